"""The proof: every capture is parsed by the generated models and dumped again, and nothing of it is lost."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from callwright.cache import recall, remember
from callwright.errors import CaptureError
from callwright.infer.observation import Observation
from callwright.infer.reading import body_values
from callwright.infer.result import Inference
from callwright.infer.texts import text_kind

MAX_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Problem:
    """A capture that the models do not reproduce: where, and what happens there. Never holds a value."""

    capture: str
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.capture}: {self.path}: {self.message}"


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
    lines = [str(problem) for problem in found[:MAX_SHOWN]]
    if len(found) > MAX_SHOWN:
        lines.append(f"… and {len(found) - MAX_SHOWN} more")
    path = re.sub(r"\[\d+\]", "[*]", found[0].path)
    raise CaptureError(
        "\n".join(lines)
        + f"\nDeclare what the provider really sends (response: {{fields: {{'{path}': {{type: any}}}}}}), or take the "
        "whole answer as plain data (response: {untyped: true})"
    )


def problems(
    models: Mapping[str, str], inference: Inference, observations: Sequence[Observation]
) -> list[Problem]:
    """What would be lost, of all captures; empty when the proof holds."""
    todo = [o for o in observations if o.bodies and o.media in ("json", "xml")]
    key = _key(models, inference, todo)
    if recall("proof", "1", key) is not None:
        return []
    found = list(_problems(models, inference, todo))
    if not found:
        remember("proof", "1", key, "proven")
    return found


def _key(
    models: Mapping[str, str], inference: Inference, observations: Iterable[Observation]
) -> str:
    digest = hashlib.sha256()
    for name, source in sorted(models.items()):
        digest.update(f"{name}\0{source}\0".encode("utf-8", "surrogatepass"))
    for observation in observations:
        root = inference.roots[observation.key]
        digest.update(repr((observation.key, root, observation.select, observation.media)).encode())
        for body in observation.bodies:
            digest.update(body if isinstance(body, bytes) else repr(body).encode())
    return digest.hexdigest()


def _problems(
    models: Mapping[str, str], inference: Inference, observations: Iterable[Observation]
) -> Iterator[Problem]:
    from callwright.render.sandbox import imported, python_type

    with imported(models) as module:
        for observation in observations:
            returns = python_type(inference.roots[observation.key], module)
            for index, value in enumerate(body_values(observation)):
                yield from _lost(observation, index, value, returns)


def _lost(observation: Observation, index: int, value: object, returns: Any) -> Iterator[Problem]:
    from callwright.runtime.drift import UnexpectedRootError, adapter, fit, parse

    name = observation.capture(index)
    if observation.media == "xml":
        value = fit(returns, value)
    body = observation.bodies[index]
    plain = isinstance(body, bytes) and observation.media == "json" and observation.select is None
    try:
        parsed, drifts = parse(returns, body if plain else value, call=observation.call)
    except UnexpectedRootError as error:
        yield Problem(name, "$", f"declared {error.expected}, captured {error.got}")
        return
    for drift in drifts:
        yield Problem(name, drift.path, f"declared {drift.expected}, captured {drift.got}")
    if drifts:
        return
    dumped = adapter(returns).dump_python(parsed, mode="json", by_alias=True, exclude_unset=True)
    path = difference(value, dumped)
    if path is not None:
        yield Problem(name, path, "would not come back as it was captured")


def difference(captured: object, dumped: object, path: str = "$") -> str | None:
    """The first place where two JSON values differ (instants count, not how they are written); None when nowhere."""
    if isinstance(captured, dict) and isinstance(dumped, dict):
        mine = cast("dict[str, object]", captured)
        other = cast("dict[str, object]", dumped)
        for key in mine.keys() ^ other.keys():
            return f"{path}[{key!r}]"
        pairs = ((f"{path}.{key}", item, other[key]) for key, item in mine.items())
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
