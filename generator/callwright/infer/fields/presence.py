"""What was seen of a class and its fields, and what follows: whether a field is required, and whether it may be null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callwright.infer.classes.object_index import Node
from callwright.infer.fields.priors import Habits


@dataclass(slots=True)
class Seen:
    """Responses, as bits of the whole connector, in which a field could be, was there, was absent, was null, was an
    empty list."""

    possible: int
    present: int = 0
    absent: int = 0
    null: int = 0
    empty: int = 0


class SeenClass:
    """The objects of one class: ``responses`` as bits, ``count`` of them, and how many there are per call."""

    __slots__ = ("count", "index", "nodes", "per_call", "responses", "role")

    def __init__(self, index: int, nodes: Sequence[Node]) -> None:
        self.index = index
        self.nodes = nodes
        self.role = nodes[0].role
        self.responses = 0
        for node in nodes:
            for variant in node.variants:
                self.responses |= variant.seen << node.offset
        self.count = self.responses.bit_count()
        # many calls with one response each say little about each
        self.per_call = self.count / len({node.call for node in nodes})

    def field(self, key: str) -> Seen:
        """The responses in which a field was there, was not, or was null."""
        seen = Seen(self.responses)
        for node in self.nodes:
            offset = node.offset
            for variant in node.variants:
                place = variant.fields.get(key)
                if place is None:
                    seen.absent |= variant.seen << offset
                    continue
                seen.present |= place.seen << offset
                if variant.missing:
                    seen.absent |= variant.missing.get(key, 0) << offset
                if "null" in place.scalars:
                    seen.null |= place.scalars["null"] << offset
                if place.empty_arrays:
                    seen.empty |= place.empty_arrays << offset
        return seen


@dataclass(frozen=True, slots=True)
class Certainty:
    """What decides besides what was seen: habits of the connector (if any), and ``required_after`` so many responses."""

    habits: Habits | None
    required_after: int

    def of(self, cls: SeenClass, key: str, nested: bool, seen: Seen) -> tuple[bool, bool, str]:
        """Whether a field is required, whether it may be null, and what decided that; ``nested``: it holds an object
        or a list."""
        nullable, required = bool(seen.null), not seen.absent
        why: list[str] = []
        if seen.absent and seen.absent & seen.present == seen.absent:
            why.append("optional: some objects of a response lack it")
        if self.habits is not None:
            required, nullable, reasons = self._by_habit(
                self.habits, cls, key, nested, required, nullable
            )
            why += reasons
        if required and cls.count < self.required_after:
            required = False
            why.append(f"optional: required only after {self.required_after} responses")
        return required, nullable, "; ".join(why)

    @staticmethod
    def _by_habit(
        habits: Habits,
        cls: SeenClass,
        key: str,
        nested: bool,
        required: bool,
        nullable: bool,
    ) -> tuple[bool, bool, list[str]]:
        """Whether a field is required, whether it may be null, and why, with regard to other classes."""
        why: list[str] = []
        index, count = cls.index, cls.count
        habit = habits.of(cls.role, key)
        if not nullable and habits.null_elsewhere(habit, count):
            # what may be null may be left out: both read as None
            nullable, required = True, False
            why.append("may be null: the key is null elsewhere, and there is little evidence here")
        if habits.no_page(key, count) and (required or not nullable):
            nullable, required = True, False
            why.append("may be null or absent: at its ends a list has no such page")
        if required and habits.absent_elsewhere(habit, nested, count):
            required = False
            why.append("optional: the key is absent elsewhere, and there is little evidence here")
        if required and habits.absent_in_siblings(index, key, nested, cls.per_call):
            required = False
            why.append("optional: like answers lack the key, and there is little evidence here")
        if required and habits.absent_in_namesakes(index, key, count):
            required = False
            why.append(
                "optional: objects of this name hold other keys, and there is little evidence here"
            )
        return required, nullable, why
