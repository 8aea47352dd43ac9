"""What is only weakly known, and what to capture next."""

from __future__ import annotations

from collections.abc import Iterable

from callwright.infer.result import ModelClass, Note
from callwright.ir.nodes import BuiltinType

ENOUGH = 3
"""Fewer responses than this are weak evidence."""


def weak_notes(classes: Iterable[ModelClass]) -> list[Note]:
    """Notes on classes with weak evidence, the weakest first, and on fields never seen with a value."""
    every = sorted(classes, key=lambda c: (c.captures, c.name))
    notes = [_weak(c) for c in every if c.captures < ENOUGH]
    notes += [
        _never_seen(cls, field.wire, field.evidence.present)
        for cls in every
        for field in cls.fields
        if field.type == BuiltinType(name="Any") and not field.evidence.rule.startswith("declared")
    ]
    return notes


def _weak(cls: ModelClass) -> Note:
    seen = "one response" if cls.captures == 1 else f"{cls.captures} responses"
    return Note(
        code="weak-evidence",
        message=f"{cls.name} is known from {seen}: a key that another response lacks is not known yet",
        where=cls.name,
        hint=f"capture {_calls(cls)} again, with other arguments",
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
