"""What the author declares about places of a response, found by path while the places are visited."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from callwright.infer.observation import Observation
from callwright.infer.result import Note
from callwright.ir.nodes import (
    BuiltinType,
    DictType,
    FieldHint,
    ListType,
    LiteralType,
    TypeExpr,
    UnionType,
)
from callwright.runtime.paths import PathError, parse_path

ANY_STEP = "*"
"""The step to the items of a list and the values of a map."""

_ANY = BuiltinType(name="Any")
_TYPES: Mapping[str, TypeExpr] = {
    "string": BuiltinType(name="str"),
    "integer": BuiltinType(name="int"),
    "number": UnionType(options=(BuiltinType(name="int"), BuiltinType(name="float"))),
    "boolean": BuiltinType(name="bool"),
    "datetime": BuiltinType(name="datetime.datetime"),
    "date": BuiltinType(name="datetime.date"),
    "unix_seconds": BuiltinType(name="UnixSeconds"),
    "unix_millis": BuiltinType(name="UnixMillis"),
    "uuid": BuiltinType(name="UUID"),
    "decimal": BuiltinType(name="Decimal"),
    "bytes": BuiltinType(name="Base64"),
    "file": BuiltinType(name="Base64"),
    "json_string": BuiltinType(name="JsonText"),
    "any": BuiltinType(name="Any"),
}
OBSERVED = frozenset({None, "object", "array", "map"})
"""Declared types whose insides are still inferred."""


@dataclass(slots=True)
class Hints:
    """The hints of one observation by the steps of their paths; ``used`` are those whose place exists."""

    by_steps: dict[tuple[str, ...], FieldHint] = field(
        default_factory=dict[tuple[str, ...], FieldHint]
    )
    known: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])

    def at(self, steps: tuple[str, ...]) -> FieldHint | None:
        """The hint for a place that is being visited."""
        self.known.add(steps)
        return self.by_steps.get(steps)

    def unused(self, observation: Observation) -> Iterable[Note]:
        """A note for each hint whose path leads nowhere."""
        paths = {_spelled(steps): steps for steps in self.known}
        for steps, hint in self.by_steps.items():
            if steps in self.known:
                continue
            near = difflib.get_close_matches(_spelled(steps), paths, n=1, cutoff=0.7)
            yield Note(
                code="unknown-hint-path",
                message=f"{hint.path} is in no capture of {observation.call}",
                where=observation.call,
                hint=f"did you mean {near[0]}?" if near else "",
            )


def read_hints(observation: Observation) -> Hints:
    """The hints of an observation, rooted at the value that is returned (``select`` taken off)."""
    prefix = _steps(observation.select) if observation.select else ()
    hints = Hints()
    for hint in observation.hints:
        steps = _steps(hint.path)
        if steps is not None and prefix is not None and steps[: len(prefix)] == prefix:
            hints.by_steps[steps[len(prefix) :]] = hint
    return hints


def _steps(path: str) -> tuple[str, ...] | None:
    try:
        parsed = parse_path(path)
    except PathError:
        return None
    return tuple(step if isinstance(step, str) else ANY_STEP for step in parsed.steps)


def _spelled(steps: tuple[str, ...]) -> str:
    return "$" + "".join("[*]" if step == ANY_STEP else f".{step}" for step in steps)


def declared(hint: FieldHint) -> TypeExpr | None:
    """The type a hint gives, None when it leaves that to observation."""
    if hint.enum:
        literal = LiteralType(values=hint.enum)
        if hint.closed:
            return literal
        kinds = dict.fromkeys(type(value).__name__ for value in hint.enum)
        return UnionType(options=(literal, *(BuiltinType(name=kind) for kind in kinds)))
    if hint.type == "array" and hint.items:
        return ListType(item=_TYPES.get(hint.items, _ANY))
    if hint.type == "map" and hint.values:
        return DictType(value=_TYPES.get(hint.values, _ANY))
    if hint.type in OBSERVED:
        return None
    return _TYPES.get(hint.type or "", _ANY)
