"""What a provider does with a key elsewhere, borrowed where a class has too little evidence of its own.

Present in the one response we have says little about the next. Other classes of the connector say more, in four ways: how
often the key comes and goes within one place, and whether classes lack an object they have in common (absent); how
often it is null; for envelopes (classes that hold the same objects under the same keys, like the events of a webhook), how
many of them lack the key; and for objects with a single key, whether objects under the same name hold that key at all
(the changes of an event, say). And of every list one page is the last, whatever the captured one was. All this counts as
PRIOR_STRENGTH responses, so a few responses of the class itself overrule it. Roles (successes, errors) do not learn from each other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from callwright.infer.classes.object_index import Forest, Node
from callwright.ir.naming import words

PRIOR_STRENGTH = 2
"""What is known from elsewhere weighs as much as this many responses of the class itself."""

RISK = 0.2
"""A field is not required when it is likelier than this, by what is known elsewhere, that the next response lacks it."""

ENVELOPE_RISK = 0.1
"""The same for an object or list that sibling envelopes lack; these are seen directly, so less is left to chance."""

ENVELOPE_VALUE_RISK = 0.4
"""The same for any other value: the siblings' values are mostly their own."""

ENVELOPE_OBJECTS = 2
"""Envelopes are siblings when they hold this many objects of the same class under the same key."""

ENVELOPE_OVERLAP = 1 / 3
"""… and these are at least this part of the objects that the smaller one holds."""

ENOUGH_NAMESAKES = 3
"""So many other classes under a name say what objects of that name hold."""

ENOUGH_SIBLINGS = 100
"""Of more siblings or namesakes than this only so many are looked at."""


NO_PAGE = 0.5
"""Of the pages of a list, one of two has no next or no previous one: the first and the last of a list of two pages."""

_PAGE = frozenset({"next", "prev", "previous"})
_PAGE_WORDS = frozenset(
    {"page", "cursor", "token", "url", "uri", "link", "href", "offset", "marker"}
)


@lru_cache(100_000)
def is_page_key(key: str) -> bool:
    """Whether a key leads to the next or previous page of a list (``next``, ``prev_page_url``, ``nextPageToken``)."""
    first, *others = [word.lower() for word in words(key)] or [""]
    return first in _PAGE and _PAGE_WORDS.issuperset(others)


@dataclass(slots=True)
class Habit:
    """Of the classes with a key, how many …"""

    varies: int = 0  # have it come and go at one place
    stays: int = 0  # never do
    sometimes: int = 0  # lack it in some of their objects
    always: int = 0  # have it in all
    null: int = 0  # have it null at times
    full: int = 0  # never do


@dataclass(slots=True)
class Habits:
    """What is known of all classes. Classes are numbered as in ``learn``'s argument."""

    keys: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    siblings: list[list[int]] = field(default_factory=list[list[int]])
    namesakes: list[list[int]] = field(default_factory=list[list[int]])
    _habits: dict[tuple[str, str], Habit] = field(
        default_factory=lambda: defaultdict[tuple[str, str], Habit](Habit)
    )

    def of(self, role: str, key: str) -> Habit:
        """What is known of a key."""
        return self._habits[role, key]

    @staticmethod
    def null_elsewhere(habit: Habit, responses: float) -> bool:
        """Whether null must be expected at a key that was never null in ``responses`` responses of a class."""
        return habit.null > 0 and _risk(habit.null, habit.full, responses) > RISK

    @staticmethod
    def absent_elsewhere(habit: Habit, nested: bool, responses: float) -> bool:
        """Whether a key that was never absent in ``responses`` responses of a class must be expected to be.

        Plain values that one place has and another has not are mostly the difference between a short and a full
        object, which stays; objects and lists (``nested``) come and go more freely.
        """
        # what one class does with a key is no habit yet
        varies = habit.varies > 1 and _risk(habit.varies, habit.stays, responses) > RISK
        return varies or (nested and _risk(habit.sometimes, habit.always, responses) > RISK)

    @staticmethod
    def no_page(key: str, responses: float) -> bool:
        """Whether a key leads to a page that the next response may not have: it is null or absent then."""
        return is_page_key(key) and _risk(NO_PAGE, 1 - NO_PAGE, responses) > RISK

    def absent_in_siblings(self, index: int, key: str, nested: bool, responses: float) -> bool:
        """Whether a key must be expected to be absent, because sibling envelopes lack it."""
        siblings = self.siblings[index]
        if not siblings:
            return False
        lacking = sum(key not in self.keys[other] for other in siblings)
        if lacking == len(siblings):
            return False  # what only this one holds is what it is about
        most = ENVELOPE_RISK if nested else ENVELOPE_VALUE_RISK
        return _risk(lacking, len(siblings) - lacking, responses) > most

    def absent_in_namesakes(self, index: int, key: str, responses: float) -> bool:
        """Whether the only key of a class must be expected to be absent, because objects of its name hold others."""
        namesakes = self.namesakes[index]
        if len(self.keys[index]) > 1 or len(namesakes) < ENOUGH_NAMESAKES:
            return False
        lacking = sum(key not in self.keys[other] for other in namesakes)
        return _risk(lacking, len(namesakes) - lacking, responses) > RISK

    def note(self, nodes: Sequence[Node], responses: int) -> None:
        """Learn from one class seen in this many responses."""
        keys = frozenset().union(*(node.fields for node in nodes))
        self.keys.append(keys)
        role, several = nodes[0].role, responses > 1
        for key in keys:
            absent, varies, null = _behaviour(nodes, key)
            habit = self._habits[role, key]
            if varies:
                habit.varies += 1
            elif several:
                habit.stays += 1
            if absent:
                habit.sometimes += 1
            elif several:
                habit.always += 1
            if null:
                habit.null += 1
            else:
                habit.full += 1


def _risk(against: float, others: float, responses: float) -> float:
    """How likely the next response goes against what was seen in all responses so far."""
    if not against:
        return 0.0
    return against / (against + others) * PRIOR_STRENGTH / (PRIOR_STRENGTH + responses)


def _behaviour(nodes: Sequence[Node], key: str) -> tuple[bool, bool, bool]:
    """Whether a class has a key sometimes absent, whether it is so at one place, and whether it is ever null."""
    absent = varies = null = False
    if len(nodes) == 1 and len(nodes[0].variants) == 1:  # most classes are of one place
        (variant,) = nodes[0].variants
        missing = key in variant.missing
        return missing, missing, "null" in variant.fields[key].scalars
    for node in nodes:
        having = lacking = missing = False
        for variant in node.variants:
            place = variant.fields.get(key)
            if place is None:
                lacking = True
                continue
            having = True
            missing = missing or key in variant.missing
            null = null or "null" in place.scalars
        absent = absent or missing or lacking
        varies = varies or missing or (having and lacking)
    return absent, varies, null


def learn(forest: Forest, classes: Sequence[Sequence[Node]], responses: Sequence[int]) -> Habits:
    """Habits of all classes; ``responses``: how many responses each class was seen in."""
    habits = Habits()
    for nodes, count in zip(classes, responses, strict=True):
        habits.note(nodes, count)
    habits.siblings = _siblings(forest, classes)
    habits.namesakes = _namesakes(classes)
    return habits


def _namesakes(classes: Sequence[Sequence[Node]]) -> list[list[int]]:
    """The other classes under the same field names; what a tag above tells apart holds other keys for that reason."""
    named: dict[str, list[int]] = defaultdict(list)
    names = [
        sorted({n.name for n in nodes if n.name and not (n.parent and n.parent.tag_key)})
        for nodes in classes
    ]
    for index, own in enumerate(names):
        for name in own:
            named[name].append(index)
    shown = {name: _some(indexes) for name, indexes in named.items()}
    return [
        sorted({other for name in own for other in shown[name] if other != index})
        for index, own in enumerate(names)
    ]


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
            for key in node.nested
            for place in node.fields[key]
            for child in forest.at.get(id(place), ())
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
        shared: Counter[int] = Counter()
        for item in held:
            shared.update(shown[item])
        found.append(
            sorted(
                other
                for other, count in shared.items()
                if other != index
                and count >= ENVELOPE_OBJECTS
                and count >= ENVELOPE_OVERLAP * min(len(held), len(holdings[other]))
            )
        )
    return found
