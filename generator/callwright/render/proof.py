"""The proof: every capture is parsed by the generated models and dumped again, and nothing of it is lost."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from callwright.cache import recall, remember
from callwright.errors import CaptureError
from callwright.infer.hints import spelled_step
from callwright.infer.observation import Observation
from callwright.infer.reading import read_values
from callwright.infer.result import Inference
from callwright.infer.texts import text_kind
from callwright.ir.nodes import ModelType, TypeExpr
from callwright.render.annotations import contained
from callwright.render.blame import Blame, Problem
from callwright.render.fragments import class_key
from callwright.runtime.jsontext import Number, dumps

MAX_SHOWN = 10
_VERSION = "5"


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
        self._texts = {c.name: class_key(c) for c in inference.classes} | {
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
    from callwright.render.sandbox import imported, python_type

    wires = {c.name: frozenset(f.wire for f in c.fields) for c in inference.classes}
    with imported(models) as module:
        for observation in observations:
            returns = python_type(inference.roots[observation.key], module)
            blame = Blame(observation, inference.declared.get(observation.key, {}))
            for index, value in enumerate(read_values(observation)):
                lost = _lost(observation, index, value, returns, wires)
                yield from blame.problems(observation.capture(index), value, lost)


def _lost(
    observation: Observation,
    index: int,
    value: object,
    returns: Any,
    wires: Mapping[str, frozenset[str]],
) -> Iterator[tuple[str, str, str]]:
    """What of a body does not survive: the path below the returned value, the type there, and what happens."""
    from callwright.runtime.drift import UnexpectedRootError, adapter, fit, parse
    from callwright.runtime.exact import declares
    from callwright.runtime.model import spelled

    body = observation.bodies[index]
    json_text = isinstance(body, bytes) and observation.media == "json"
    plain = json_text and observation.select is None
    data = body if plain else value
    if observation.media == "xml":
        value = fit(returns, value)
        data = dumps(value).encode()
    if json_text and declares(returns):
        value, data = _exactly(cast(bytes, body), observation.select)
    try:
        parsed, drifts = parse(returns, data, call=observation.call)
    except UnexpectedRootError as error:
        yield "$", error.expected, f"captured {error.got}"
        return
    for drift in drifts:
        yield drift.path, drift.expected, f"captured {drift.got}"
    if drifts:
        return
    for place in unread(parsed, wires):
        yield place, "", "is a field of its class, and yet would be kept without a type"
    dumped, mark = spelled(
        lambda: adapter(returns).dump_python(parsed, mode="json", by_alias=True, exclude_unset=True)
    )
    path = difference(value, _with_decimals(dumped, mark) if mark else dumped)
    if path is not None:
        yield path, "", "would not come back as it was captured"


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
                yield from unread(item, wires, f"{path}[{index}]")
        case dict():
            for key, item in cast("dict[str, object]", value).items():
                yield from unread(item, wires, path + spelled_step(key))
        case _:
            pass


def _exactly(body: bytes, select: str | None) -> tuple[object, bytes]:
    """The returned value of a body, its numbers with all digits, and its text."""
    from callwright.captures.json_text import decode
    from callwright.runtime.jsontext import loads
    from callwright.runtime.paths import lookup

    value = loads(decode(body).encode())
    if select is not None:
        value = lookup((select,), value)
    return value, dumps(value).encode()


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
    if isinstance(captured, dict) and isinstance(dumped, dict):
        mine = cast("dict[str, object]", captured)
        other = cast("dict[str, object]", dumped)
        for key in mine.keys() ^ other.keys():
            return path + spelled_step(key)
        pairs = ((path + spelled_step(key), item, other[key]) for key, item in mine.items())
    elif isinstance(captured, list) and isinstance(dumped, list):
        items, others = cast("list[object]", captured), cast("list[object]", dumped)
        if len(items) != len(others):
            return path
        pairs = ((f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(items, others, strict=True)))
    else:
        return None if _equal(captured, dumped) else path
    return next((d for p, a, b in pairs if (d := difference(a, b, p)) is not None), None)


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
