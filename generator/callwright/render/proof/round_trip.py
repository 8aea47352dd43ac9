"""The proof: every capture is parsed by the generated models and dumped again, and nothing of it is lost."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from pydantic_core import from_json

from callwright.cache import recall, remember
from callwright.captures.json_text import decode, depth_of
from callwright.errors import CaptureError
from callwright.infer.author.hints import spelled_step
from callwright.infer.result import Inference
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.reading import read_values
from callwright.infer.seen.texts import text_kind
from callwright.ir.nodes import ModelType, TypeExpr
from callwright.render.annotations import contained
from callwright.render.models.fragments import class_keys
from callwright.render.proof.chunks import Slicer
from callwright.render.proof.report import Blame, Problem
from callwright.runtime.json_text import Number, dumps, loads

if TYPE_CHECKING:
    from callwright.runtime.model import Model

MAX_SHOWN = 10

PIECE = 40
"""Objects nested in more levels than this are dumped by themselves."""

_PLAIN = frozenset({str, int, float, bool, type(None)})
_VERSION = "6"


def prove(
    models: Mapping[str, str], inference: Inference, observations: Sequence[Observation]
) -> None:
    """Check every capture against the generated models (file name → source, as ``render_models`` gives them).

    Raises:
        CaptureError: a capture would not come back whole; the message names it, the JSON path and the way out.
    """
    found = problems(models, inference, observations)
    if not found:
        return
    shown = found[:MAX_SHOWN]
    lines = [str(problem) for problem in shown]
    if len(found) > MAX_SHOWN:
        lines.append(f"… and {len(found) - MAX_SHOWN} more")
    lines += dict.fromkeys(problem.way_out for problem in shown)
    raise CaptureError("\n".join(lines))


def problems(
    models: Mapping[str, str], inference: Inference, observations: Sequence[Observation]
) -> list[Problem]:
    """What would be lost, of all captures; empty when the proof holds."""
    keys = _Keys(inference)
    todo: list[tuple[Observation, str]] = []
    for observation in observations:
        if observation.bodies and observation.media in ("json", "xml"):
            key = keys.of(observation)
            if recall("proof", _VERSION, key) is None:
                todo.append((observation, key))
    if not todo:
        return []
    found = list(_problems(models, inference, [o for o, _ in todo]))
    if not found:
        for _, key in todo:
            remember("proof", _VERSION, key, "proven")
    return found


class _Keys:
    """What the proof of an observation depends on: its bodies, its root, and the classes reached from there."""

    def __init__(self, inference: Inference) -> None:
        self._roots = inference.roots
        self._uses: dict[str, set[str]] = {
            c.name: {
                e.name for e in contained(f.type for f in c.fields) if isinstance(e, ModelType)
            }
            for c in inference.classes
        } | {u.name: set(u.options) for u in inference.unions}
        self._texts = class_keys(inference.classes) | {
            u.name: repr((u.key, u.options, u.tags)) for u in inference.unions
        }

    def of(self, observation: Observation) -> str:
        """A digest of all that decides whether an observation's bodies survive."""
        root = self._roots[observation.key]
        digest = hashlib.sha256(
            repr(
                (root, observation.select, observation.media, observation.hints, observation.xml)
            ).encode()
        )
        for name in sorted(self._reached(root)):
            digest.update(self._texts[name].encode("utf-8", "surrogatepass"))
        for body in observation.bodies:
            digest.update(body if isinstance(body, bytes) else repr(body).encode())
        return digest.hexdigest()

    def _reached(self, root: TypeExpr) -> set[str]:
        found: set[str] = set()
        waiting = [e.name for e in contained([root]) if isinstance(e, ModelType)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._uses[name]
        return found


def _problems(
    models: Mapping[str, str], inference: Inference, observations: Iterable[Observation]
) -> Iterator[Problem]:
    from callwright.render.proof.sandbox import imported, python_type

    proof = _Proof(inference)
    with imported(models) as module:
        for observation in observations:
            returns = python_type(inference.roots[observation.key], module)
            blame = Blame(observation, inference.declared.get(observation.key, {}))
            values = _values(observation, returns)
            for index in range(len(observation.bodies)):
                # given away at once: one value is large enough
                yield from proof.problems(blame, index, next(values), returns)


def _values(observation: Observation, returns: Any) -> Iterator[object]:
    """What is returned of each body, its numbers with all digits where the type keeps them."""
    from callwright.runtime.reading.decimals import declares

    if observation.media != "json" or not declares(returns):
        return read_values(observation)
    return map(partial(_exactly, select=observation.select), observation.bodies)


Piece: TypeAlias = "tuple[str, object, object, Any]"
"""A path, what was captured there, what was read of it, and the type of that."""

Lost: TypeAlias = "tuple[str, str, str]"
"""What does not survive: the path below the returned value, the type there, and what happens."""


class _Proof:
    """Parses answers and dumps them again, large ones in parts."""

    def __init__(self, inference: Inference) -> None:
        self._wires = {c.name: frozenset(f.wire for f in c.fields) for c in inference.classes}
        self._roots = inference.roots
        self._slicer = Slicer(inference)

    def problems(self, blame: Blame, index: int, value: object, returns: Any) -> Iterator[Problem]:
        """What of a body does not survive, in words."""
        lost = self._lost(blame.observation, index, value, returns)
        return blame.problems(blame.observation.capture(index), value, lost)

    def _lost(
        self, observation: Observation, index: int, value: object, returns: Any
    ) -> Iterable[Lost]:
        """What of a body does not survive, each place once."""
        from callwright.runtime.reading.drift import MAX_DRIFTS, fit

        if observation.media == "xml":
            value = fit(returns, value)
        body = observation.bodies[index]
        plain = observation.media == "json" and observation.select is None
        text = body if plain and isinstance(body, bytes) else None
        found: dict[Lost, None] = {}
        for part in self._slicer.parts(self._roots[observation.key], value):
            if text is not None and part.value is not value:
                found |= dict.fromkeys(_misread(text, value))
                text = None  # that pydantic reads the whole as it is, is known by now
            lost = self._of_part(observation.call, returns, part.value, text)
            found |= dict.fromkeys((part.place(path), kind, what) for path, kind, what in lost)
            if len(found) >= MAX_DRIFTS:
                break
        return found

    def _of_part(
        self, call: str, returns: Any, value: object, text: bytes | None
    ) -> Iterator[Lost]:
        from callwright.runtime.reading.drift import UnexpectedRootError, parse

        try:
            parsed, drifts = parse(returns, text or dumps(value).encode(), call=call)
        except UnexpectedRootError as error:
            yield "$", error.expected, f"captured {error.got}"
            return
        for drift in drifts:
            yield drift.path, drift.expected, f"captured {drift.got}"
        if drifts:
            return
        for kept in unread(parsed, self._wires) if _is_unread(parsed, self._wires) else ():
            yield kept, "", "is a field of its class, and yet would be kept without a type"
        for path, captured, read, kind in _shallow(value, parsed, returns):
            place = difference(captured, _dumped(kind, read), path)
            if place is not None:
                yield place, "", "would not come back as it was captured"
                return


def _misread(text: bytes, value: object) -> Iterator[Lost]:
    """Where pydantic's JSON parser reads something else than Python's."""
    place = difference(value, from_json(text))
    if place is not None:
        yield place, "", "is read as different values by different JSON libraries"


def _dumped(returns: Any, parsed: object) -> object:
    from callwright.runtime.model import spelled
    from callwright.runtime.reading.drift import adapter

    dumped, mark = spelled(
        lambda: adapter(returns).dump_python(parsed, mode="json", by_alias=True, exclude_unset=True)
    )
    return _with_decimals(dumped, mark) if mark else dumped


def _shallow(captured: object, parsed: object, returns: Any) -> Iterator[Piece]:
    """What was captured and what was read of it, with its path and type, in pieces that pydantic can dump.

    Its limit is 255 levels, of which an object in an object takes two. Deeper objects are pieces of their own, and None
    where they stood.
    """
    if depth_of(captured) > PIECE:
        captured = loads(dumps(captured).encode())  # a copy that can be changed
        yield from _cut(captured, parsed, "$", 0)
    yield "$", captured, parsed, returns


def _cut(captured: Any, parsed: Any, path: str, level: int) -> Iterator[Piece]:
    """Take out the objects ``PIECE`` levels below this one, or as near below that as there are some; deepest first."""
    from callwright.runtime.model import Model

    names = _names(parsed) if isinstance(parsed, Model) else {}
    inner: Any = vars(parsed) if isinstance(parsed, Model) else parsed
    steps: Any = list(captured) if isinstance(captured, dict) else range(len(captured))
    for step in steps:
        name = names.get(step, step)
        if not isinstance(captured[step], dict | list) or (
            isinstance(parsed, Model) and step not in names
        ):
            continue
        below: object = inner[name]
        apart = level >= PIECE and isinstance(below, Model)
        place = path + (spelled_step(step) if isinstance(step, str) else f"[{step}]")
        if isinstance(below, Model | dict | list):
            yield from _cut(captured[step], below, place, 0 if apart else level + 1)
        if apart:
            yield place, captured[step], below, type(below)
            captured[step] = inner[name] = None


def _names(model: Model) -> dict[str, str]:
    """The attributes of an object by the keys they were read from."""
    return {
        (info.validation_alias if isinstance(info.validation_alias, str) else name): name
        for name, info in type(model).model_fields.items()
    }


def _is_unread(value: object, wires: Mapping[str, frozenset[str]]) -> bool:
    """Whether there is a place that ``unread`` would tell: few answers are walked through with their paths."""
    from callwright.runtime.model import Model

    kinds = (Model, list, dict)
    waiting: list[Any] = [value] if isinstance(value, kinds) else []
    while waiting:
        one = waiting.pop()
        inner = one
        if isinstance(one, Model):
            extra, known = one.__pydantic_extra__, wires.get(type(one).__name__)
            if extra and known and not known.isdisjoint(extra):
                return True
            # of a class with thousands of optional fields an object may have one
            inner = map(vars(one).get, one.__pydantic_fields_set__)
        elif isinstance(one, dict):
            inner = one.values()
        waiting += [item for item in inner if isinstance(item, kinds)]
    return False


def unread(value: object, wires: Mapping[str, frozenset[str]], path: str = "$") -> Iterator[str]:
    """The places of parsed data whose key is one of its class (``wires``: class → keys) and is no attribute of it."""
    from callwright.runtime.model import Model

    match value:
        case Model():
            cls = type(value)
            extra = value.model_extra or {}
            known = wires.get(cls.__name__, frozenset())
            yield from (path + spelled_step(key) for key in extra if key in known)
            for name, inner in value.__dict__.items():
                if isinstance(inner, Model | list | dict):
                    alias = cls.model_fields[name].validation_alias
                    key = alias if isinstance(alias, str) else name
                    yield from unread(cast("object", inner), wires, path + spelled_step(key))
        case list():
            for index, item in enumerate(cast("list[object]", value)):
                if isinstance(item, Model | list | dict):
                    yield from unread(cast("object", item), wires, f"{path}[{index}]")
        case dict():
            for key, item in cast("dict[str, object]", value).items():
                if isinstance(item, Model | list | dict):
                    yield from unread(cast("object", item), wires, path + spelled_step(key))
        case _:
            pass


def _exactly(body: object, select: str | None) -> object:
    """The returned value of a body, its numbers with all digits."""
    from callwright.runtime.reading.paths import lookup

    value = loads(decode(body).encode()) if isinstance(body, bytes) else body
    return value if select is None else lookup((select,), value)


def _with_decimals(dumped: object, mark: str) -> object:
    """What was dumped, the marked texts in it as decimals."""
    match dumped:
        case str():
            return Decimal(dumped[len(mark) :]) if dumped.startswith(mark) else dumped
        case list():
            return [_with_decimals(item, mark) for item in cast("list[object]", dumped)]
        case dict():
            members = cast("dict[str, object]", dumped).items()
            return {key: _with_decimals(item, mark) for key, item in members}
        case _:
            return dumped


def difference(captured: object, dumped: object, path: str = "$") -> str | None:
    """The first place where two JSON values differ (instants count, not how they are written); None when nowhere."""
    steps = _steps_to_difference(captured, dumped)
    return None if steps is None else path + "".join(reversed(steps))


def _steps_to_difference(captured: Any, dumped: Any) -> list[str] | None:
    """The steps to the first place where two values differ, the last one first."""
    if type(captured) is dict and type(dumped) is dict:
        if captured.keys() != dumped.keys():
            return [spelled_step(min(captured.keys() ^ dumped.keys()))]
        for key, mine in captured.items():
            other, kind = dumped[key], type(mine)
            if kind in _PLAIN and kind is type(other) and mine == other:
                continue
            if (found := _steps_to_difference(mine, other)) is not None:
                return [*found, spelled_step(key)]
    elif type(captured) is list and type(dumped) is list:
        if len(captured) != len(dumped):
            return []
        for index, mine in enumerate(captured):
            if (found := _steps_to_difference(mine, dumped[index])) is not None:
                return [*found, f"[{index}]"]
    elif not _equal(captured, dumped):
        return []
    return None


def _equal(a: object, b: object) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, Number):
        if isinstance(b, Decimal):
            return Decimal(a.text).as_tuple() == b.as_tuple()  # where 1.10 is not 1.1
        a = json.loads(a.text)
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a == b
    if isinstance(a, str) and isinstance(b, str) and a != b:
        return _same_meaning(a, b)
    return type(a) is type(b) and a == b


def _same_meaning(a: str, b: str) -> bool:
    """Texts that declared types may write in another way: instants, uuids, JSON inside a text."""
    kinds = {text_kind(a), text_kind(b)}
    if len(kinds) == 1 and kinds <= {"datetime", "naive"}:
        return datetime.fromisoformat(a) == datetime.fromisoformat(b)
    if len(a) == len(b) and a.lower() == b.lower():
        return re.fullmatch(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", a.lower()) is not None
    if a[:1] in ("{", "["):
        try:
            return bool(json.loads(a) == json.loads(b))
        except ValueError:
            return False
    return False
