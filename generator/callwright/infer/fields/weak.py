"""What is only weakly known, and what to capture next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from callwright.infer.author.hints import steps_of
from callwright.infer.result import ModelClass, ModelField, Note
from callwright.infer.seen.observation import Observation
from callwright.ir.nodes import BuiltinType, DictType, ListType, TypeExpr

_ANY = BuiltinType(name="Any")
_LIST = ListType(item=_ANY)
_EMPTY = (_ANY, DictType(value=_ANY), _LIST, BuiltinType(name="None"))

ENOUGH = 3
"""Fewer responses than this are weak evidence."""


def weak_notes(classes: Iterable[ModelClass]) -> list[Note]:
    """What is not known at all, then what is known from few responses, the fewest first, classes of the same calls in one note."""
    every = sorted(classes, key=lambda c: (c.captures, c.name))
    notes = [_never_seen(cls, field) for cls in every for field in cls.fields if _is_unknown(field)]
    weak: dict[tuple[int, tuple[str, ...]], list[ModelClass]] = {}
    for cls in every:
        if cls.captures < ENOUGH:
            weak.setdefault((cls.captures, cls.calls), []).append(cls)
    return [*notes, *map(_weak, weak.values())]


def empty_notes(roots: Iterable[tuple[Observation, TypeExpr]]) -> Iterator[Note]:
    """What returned nothing in every response, so that its type is unknown: ``{}``, ``[]``, null."""
    for observation, root in roots:
        if root not in _EMPTY or any(steps_of(hint.path) == () for hint in observation.hints):
            continue
        count = len(observation.bodies)
        of = "the one response" if count == 1 else f"all {count} responses"
        what = observation.call if observation.role == "success" else observation.key
        yield Note(
            code="empty-response",
            message=f"{what}: {of} held nothing ({_spelled(root)}): its type is unknown (Any)",
            where=observation.call,
            hint=f"add a sample of {observation.call} that returns something, or declare its type (response: fields)",
        )


def _spelled(root: TypeExpr) -> str:
    if isinstance(root, BuiltinType):
        return "null"
    return "{}" if isinstance(root, DictType) else "[]"


def _weak(classes: list[ModelClass]) -> Note:
    first, names = classes[0], ", ".join(c.name for c in classes)
    seen = "one response" if first.captures == 1 else f"{first.captures} responses"
    was = "was" if len(classes) == 1 else "were"
    return Note(
        code="weak-evidence",
        message=f"{names} {was} seen in {seen}: some fields may turn out to be optional",
        where=names,
        hint=f"add a sample of {_calls(first)} that returns something different",
    )


def _is_unknown(field: ModelField) -> bool:
    seen = field.evidence
    if seen.rule.startswith("declared"):
        return False
    return field.type == _ANY or (field.type == _LIST and seen.present == seen.empty + seen.null)


def _never_seen(cls: ModelClass, field: ModelField) -> Note:
    name, times = f"{cls.name}.{field.wire}", field.evidence.present
    which = "the one response" if times == 1 else f"all {times} responses"
    shown = "Any" if field.type == _ANY else "list[Any]"
    return Note(
        code="never-seen",
        message=f"{name} was null or empty in {which}: its type is unknown ({shown})",
        where=name,
        hint=f"add a sample of {_calls(cls)} that returns something there, or declare its type (response: fields)",
    )


def _calls(cls: ModelClass) -> str:
    shown = list(cls.calls[:3])
    more = len(cls.calls) - len(shown)
    return ", ".join(shown) + (f" or {more} more" if more > 0 else "")
