"""What is only weakly known, and what to capture next."""

from __future__ import annotations

from collections.abc import Iterable

from callwright.infer.result import ModelClass, Note
from callwright.ir.nodes import BuiltinType

_ANY = BuiltinType(name="Any")

ENOUGH = 3
"""Fewer responses than this are weak evidence."""


def weak_notes(classes: Iterable[ModelClass]) -> list[Note]:
    """What is not known at all, then what is known from few responses, the fewest first, classes of the same calls in one note."""
    every = sorted(classes, key=lambda c: (c.captures, c.name))
    notes = [
        _never_seen(cls, field.wire, field.evidence.present)
        for cls in every
        for field in cls.fields
        if field.type == _ANY and not field.evidence.rule.startswith("declared")
    ]
    weak: dict[tuple[int, tuple[str, ...]], list[ModelClass]] = {}
    for cls in every:
        if cls.captures < ENOUGH:
            weak.setdefault((cls.captures, cls.calls), []).append(cls)
    return [*notes, *map(_weak, weak.values())]


def _weak(classes: list[ModelClass]) -> Note:
    first, names = classes[0], ", ".join(c.name for c in classes)
    seen = "one response" if first.captures == 1 else f"{first.captures} responses"
    are = "is" if len(classes) == 1 else "are"
    return Note(
        code="weak-evidence",
        message=f"{names} {are} known from {seen}: a key that another response lacks is not known yet",
        where=names,
        hint=f"capture {_calls(first)} where it answers otherwise",
    )


def _never_seen(cls: ModelClass, key: str, times: int) -> Note:
    return Note(
        code="never-seen",
        message=(
            f"{cls.name}.{key} was null or empty in all {times} responses: its type is unknown (Any)"
            if times > 1
            else f"{cls.name}.{key} was null or empty in the one response: its type is unknown (Any)"
        ),
        where=f"{cls.name}.{key}",
        hint=f"capture {_calls(cls)} where it holds something, or declare its type (response: fields)",
    )


def _calls(cls: ModelClass) -> str:
    shown = list(cls.calls[:3])
    more = len(cls.calls) - len(shown)
    return ", ".join(shown) + (f" or {more} more" if more > 0 else "")
