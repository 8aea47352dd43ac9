"""What the author declares about places of a response, found by path while the places are visited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from callwright.captures.json_text import spelled_key
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.shapes import Place
from callwright.ir.nodes import BuiltinType, DictType, FieldHint, ListType, TypeExpr
from callwright.ir.type_words import ANY, WORDS, open_literal
from callwright.runtime.reading.paths import PathError, parse_path

ANY_STEP = "*"
"""The step to the items of a list and the values of a map."""

OBSERVED = frozenset({None, "object", "array", "map"})
"""Declared types whose insides are still inferred."""


Steps: TypeAlias = "tuple[str, ...]"
"""A path below the value that is returned; indexes are ANY_STEP."""


@dataclass(slots=True)
class Hints:
    """The hints of one observation by the steps of their paths; ``known`` are the places that exist.

    ``root``: the path of the value that is returned; ``outside``: the hints about what is not. ``spread``: what other
    calls declare of fields of the same classes, over the hints of this one.
    """

    root: str = "$"
    by_steps: dict[Steps, FieldHint] = field(default_factory=dict[Steps, FieldHint])
    outside: list[FieldHint] = field(default_factory=list[FieldHint])
    spread: dict[Steps, FieldHint] = field(default_factory=dict[Steps, FieldHint])
    known: set[Steps] = field(default_factory=set[Steps])

    def at(self, steps: Steps) -> FieldHint | None:
        """The hint for a place that is being visited."""
        self.known.add(steps)
        return self.spread.get(steps) or self.by_steps.get(steps)

    def all(self) -> dict[Steps, FieldHint]:
        """Every hint, those that were spread too."""
        return self.by_steps | self.spread

    def spelled(self, steps: Steps) -> str:
        """The path of a place, rooted at the body."""
        return self.root + "".join(map(spelled_step, steps))


def shapes(hint: FieldHint) -> bool:
    """Whether a declaration decides what a place holds, rather than only what its text or number means."""
    return hint.type in ("map", "object") or declared(hint) is not None


def only_redacts(hint: FieldHint) -> bool:
    """Whether a declaration says nothing else of a place than that it is replaced in captures."""
    return hint == FieldHint(path=hint.path, redact=True)


def places_at(root: Place, steps: Sequence[str]) -> list[Place]:
    """The places that steps lead to, whatever is declared of them."""
    found = [root]
    for step in steps:
        found = [inner for place in found for inner in _below(place, step)]
    return found


def _below(place: Place, step: str) -> Iterable[Place]:
    if step != ANY_STEP:
        return [v.fields[step] for v in place.objects.values() if step in v.fields]
    return [*([place.items] if place.items is not None else []), *members(place)]


def members(place: Place) -> list[Place]:
    """The values of all objects of a place."""
    return [inner for variant in place.objects.values() for inner in variant.fields.values()]


def read_hints(observation: Observation) -> Hints:
    """The hints of an observation, rooted at the value that is returned (``select`` taken off)."""
    hints = Hints(root=observation.select or "$")
    prefix = steps_of(hints.root)
    for hint in observation.hints:
        steps = steps_of(hint.path)
        if steps is None or prefix is None:
            continue
        if steps[: len(prefix)] == prefix:
            below = steps[len(prefix) :]
            # what is redacted at one index is declared of all items, beside what else is
            known = hints.by_steps.get(below)
            hints.by_steps[below] = hint if known is None else both(known, hint)
        else:
            hints.outside.append(hint)
    return hints


def steps_of(path: str) -> Steps | None:
    """A path as steps, None when it cannot be read."""
    try:
        parsed = parse_path(path)
    except PathError:
        return None
    return tuple(step if isinstance(step, str) else ANY_STEP for step in parsed.steps)


def spelled_step(step: str) -> str:
    """One step as paths of the spec have it: ``.name``, ``['any name']``, ``[*]``."""
    if step == ANY_STEP:
        return "[*]"
    return spelled_key(step)


_OPEN: Sequence[str] = ("type", "items", "values", "declares", "required", "nullable", "rename")


def both(a: FieldHint, b: FieldHint) -> FieldHint:
    """All that two declarations say which do not contradict one another."""
    more = {key: getattr(b, key) for key in _OPEN if getattr(a, key) is None}
    if not a.enum:
        more |= {"enum": b.enum, "closed": b.closed}
    if a.declares is None:
        more["classes"] = b.classes
    return replace(a, **more, ignore=a.ignore or b.ignore, redact=a.redact or b.redact)


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
