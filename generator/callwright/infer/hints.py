"""What the author declares about places of a response, found by path while the places are visited."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from callwright.infer.observation import Observation
from callwright.infer.result import Note
from callwright.infer.shapes import Place
from callwright.ir.declared import ANY, WORDS, open_literal
from callwright.ir.nodes import BuiltinType, DictType, FieldHint, ListType, TypeExpr
from callwright.runtime.paths import PathError, parse_path

ANY_STEP = "*"
"""The step to the items of a list and the values of a map."""

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

    def paths(self) -> Iterable[tuple[str, str | None]]:
        """The paths of all hints; with each that leads nowhere the nearest that leads somewhere, empty when none is near."""
        places = {_spelled(steps) for steps in self.known}
        for steps, hint in self.by_steps.items():
            yield hint.path, None if steps in self.known else _nearest(_spelled(steps), places)


def _nearest(path: str, places: Iterable[str]) -> str:
    every = sorted(places)
    # the step into a list is what is forgotten most
    bare = [place for place in every if place.replace("[*]", "") == path.replace("[*]", "")]
    return next(iter(bare or difflib.get_close_matches(path, every, n=1, cutoff=0.7)), "")


@dataclass(slots=True)
class UnknownPaths:
    """The hints that lead nowhere in all answers of their call; one kind of answer may well lack what another has.

    What is declared of errors mostly holds for those of all calls, so it must lead somewhere in one of these.
    """

    _near: dict[tuple[str, str], str | None] = field(
        default_factory=dict[tuple[str, str], "str | None"]
    )

    def note(self, observation: Observation, hints: Hints) -> None:
        """Take in which hints of one observation lead somewhere."""
        call = observation.call if observation.role == "success" else ""
        for path, near in hints.paths():
            known = self._near.setdefault((call, path), near)
            self._near[call, path] = None if known is None or near is None else known

    def notes(self) -> Iterable[Note]:
        """A note for each."""
        for (call, path), near in self._near.items():
            if near is not None:
                yield Note(
                    code="unknown-hint-path",
                    message=f"{path} is in no capture of {call or 'an error'}",
                    where=call,
                    hint=f"did you mean {near}?" if near else "",
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
    if hint.declares is not None:
        return hint.declares
    if hint.enum:
        return open_literal(hint.enum, closed=hint.closed)
    if hint.type == "array" and hint.items:
        return ListType(item=WORDS.get(hint.items, ANY))
    if hint.type == "map" and hint.values:
        return DictType(value=WORDS.get(hint.values, ANY))
    if hint.type in OBSERVED:
        return None
    return WORDS.get(hint.type or "", ANY)


def written(hint: FieldHint) -> str:
    """A declaration as the spec has it: ``{type: unix_seconds, nullable: true}``."""
    implied = {"array": hint.items, "map": hint.values}.get(hint.type or "")
    said = {
        "type": None if implied else hint.type,
        "items": hint.items,
        "values": hint.values,
        "enum": f"[{', '.join(map(_scalar, hint.enum))}]" if hint.enum else None,
        "closed": hint.closed or None,
        "required": hint.required,
        "nullable": hint.nullable,
        "rename": hint.rename,
        "ignore": hint.ignore or None,
        "redact": hint.redact or None,
    }
    shown = (f"{key}: {_scalar(value)}" for key, value in said.items() if value is not None)
    return f"{{{', '.join(shown)}}}"


def _scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_written(said: TypeExpr, places: Sequence[Place]) -> TypeExpr:
    """A declared type, its decimals as numbers or texts, whichever was seen."""
    match said:
        case BuiltinType(name="Decimal"):
            numbers = any({"int", "float"} & p.scalars.keys() for p in places)
            return BuiltinType(name="DecimalNumber") if numbers else said
        case ListType(item=item):
            return ListType(item=as_written(item, [p.items for p in places if p.items is not None]))
        case DictType(value=value):
            values = [v for p in places for o in p.objects.values() for v in o.fields.values()]
            return DictType(value=as_written(value, values))
        case _:
            return said
