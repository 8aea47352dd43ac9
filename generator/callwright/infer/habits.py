"""What a provider does with a key elsewhere, borrowed where a class has too little evidence of its own.

Present in the one response we have says little about the next. Two things elsewhere in the connector say more: how
often classes of the same role (successes, errors) have the key absent or null (habit), and, for envelopes (classes that hold the same objects under the same
keys, like the events of a webhook), how many of them lack the key. Both count as PRIOR_STRENGTH responses, so a few
responses of the class itself overrule them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from callwright.infer.forest import Forest, Node, nodes_below

PRIOR_STRENGTH = 2
"""What is known from elsewhere weighs as much as this many responses of the class itself."""

RISK = 0.2
"""A field is not required when it is likelier than this, by its key's habits, that the next response breaks it."""

ENVELOPE_RISK = 0.1
"""The same for a key that sibling envelopes lack; their presence is seen directly, so less is left to chance."""

ENVELOPE_OBJECTS = 2
"""Envelopes are siblings when they hold this many objects of the same class under the same key."""

ENVELOPE_OVERLAP = 1 / 3
"""… and these are at least this part of the objects that the smaller one holds."""


ENOUGH_SIBLINGS = 100
"""Of more siblings than this only so many are looked at."""


@dataclass(slots=True)
class _Habit:
    """Of the classes with a key: how many always have it, how many not; how many with null, how many without."""

    always: int = 0
    sometimes: int = 0
    null: int = 0
    full: int = 0


@dataclass(slots=True)
class Habits:
    """What is known of all classes. Classes are numbered as in ``learn``'s argument."""

    keys: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    siblings: list[list[int]] = field(default_factory=list[list[int]])
    _habits: dict[tuple[str, str], _Habit] = field(
        default_factory=lambda: defaultdict[tuple[str, str], _Habit](_Habit)
    )

    def null_elsewhere(self, role: str, key: str, responses: int) -> bool:
        """Whether null must be expected at a key that was never null in ``responses`` responses of a class."""
        habit = self._habits[role, key]
        return _risk(habit.null, habit.null + habit.full, responses) > RISK

    def absent_elsewhere(self, role: str, key: str, responses: int) -> bool:
        """Whether a key that was never absent in ``responses`` responses of a class must be expected to be."""
        habit = self._habits[role, key]
        return _risk(habit.sometimes, habit.sometimes + habit.always, responses) > RISK

    def absent_in_siblings(self, index: int, key: str, responses: int) -> bool:
        """Whether an object or list must be expected to be absent, because sibling envelopes lack it."""
        siblings = self.siblings[index]
        lacking = sum(key not in self.keys[other] for other in siblings)
        if lacking == len(siblings):
            return False  # what only this one holds is what it is about
        return _risk(lacking, len(siblings), responses) > ENVELOPE_RISK

    def note(self, nodes: Sequence[Node], responses: int) -> None:
        """Learn from one class seen in this many responses."""
        keys = frozenset(key for node in nodes for key in node.fields)
        self.keys.append(keys)
        for key in keys:
            absent, null = _behaviour(nodes, key)
            habit = self._habits[nodes[0].role, key]
            if absent:
                habit.sometimes += 1
            elif responses > 1:
                habit.always += 1
            if null:
                habit.null += 1
            else:
                habit.full += 1


def _risk(against: int, every: int, responses: int) -> float:
    if not every:
        return 0.0
    return against / every * PRIOR_STRENGTH / (PRIOR_STRENGTH + responses)


def _behaviour(nodes: Sequence[Node], key: str) -> tuple[bool, bool]:
    absent = null = False
    for node in nodes:
        for variant in node.variants:
            if key not in variant.fields or key in variant.missing:
                absent = True
            if key in variant.fields and "null" in variant.fields[key].scalars:
                null = True
    return absent, null


def learn(forest: Forest, classes: Sequence[Sequence[Node]], responses: Sequence[int]) -> Habits:
    """Habits of all classes; ``responses``: how many responses each class was seen in."""
    habits = Habits()
    for nodes, count in zip(classes, responses, strict=True):
        habits.note(nodes, count)
    habits.siblings = _siblings(forest, classes)
    return habits


def _some(indexes: list[int]) -> list[int]:
    """At most ENOUGH_SIBLINGS of them, spread evenly: more tell nothing more, and time must not grow with the square."""
    step = max(1, len(indexes) // ENOUGH_SIBLINGS)
    return indexes[::step][:ENOUGH_SIBLINGS]


def _siblings(forest: Forest, classes: Sequence[Sequence[Node]]) -> list[list[int]]:
    class_of = {node.id: i for i, nodes in enumerate(classes) for node in nodes}
    holdings = [
        frozenset(
            (key, class_of[child.id])
            for node in nodes
            for key, places in node.fields.items()
            for place in places
            for child in nodes_below(forest, place, depth=0)
        )
        for nodes in classes
    ]
    holders: dict[tuple[str, int], list[int]] = defaultdict(list)
    for index, held in enumerate(holdings):
        for item in held:
            holders[item].append(index)
    shown = {item: _some(indexes) for item, indexes in holders.items()}
    found: list[list[int]] = []
    for index, held in enumerate(holdings):
        shared: dict[int, int] = defaultdict(int)
        for item in held:
            for other in shown[item]:
                shared[other] += other != index
        found.append(
            sorted(
                other
                for other, count in shared.items()
                if count >= ENVELOPE_OBJECTS
                and count >= ENVELOPE_OVERLAP * min(len(held), len(holdings[other]))
            )
        )
    return found
