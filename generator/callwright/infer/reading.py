"""Bodies as values: JSON, XML, text and number answers, and the part of them that is returned."""

from __future__ import annotations

import json
import re
from typing import cast

from callwright.captures.json_text import JsonTextError, decode, parse_json
from callwright.errors import CaptureError
from callwright.infer.observation import Observation
from callwright.runtime.paths import parse_path

# what json.loads would change silently, or take although it is no JSON: then the strict reader says where
_SUSPECT = re.compile(r"\\u[dD][89a-fA-F]|NaN|Infinity|[eE][-+]?\d{3}|\d{300}")


def body_value(observation: Observation, index: int) -> object:
    """The value of one body, the selected part of it when the observation says so.

    Raises:
        CaptureError: the body is not what its media type says, holds what JSON libraries do not keep, has a key twice,
            or lacks the selected path.
    """
    body = observation.bodies[index]
    name = observation.capture(index)
    value = _parsed(observation, body, name) if isinstance(body, bytes) else body
    if observation.select is None:
        return value
    found = parse_path(observation.select).find(value)
    if not found:
        raise CaptureError(
            f"{name}: nothing is at {observation.select}, which `select` returns: correct the path, or expect this "
            "sample to be an error (`expect: error`)"
        )
    return found[0]


def body_values(observation: Observation) -> list[object]:
    """The values of all bodies. In XML, what is repeated in one of them is a list in all. Raises CaptureError."""
    values = [body_value(observation, index) for index in range(len(observation.bodies))]
    if observation.media != "xml":
        return values
    lists: set[Steps] = set()
    for value in values:
        _find_lists(value, (), lists)
    for hint in observation.hints:
        if hint.type == "array":
            lists.add(tuple(str(s) for s in parse_path(hint.path).steps if isinstance(s, str)))
    return [_with_lists(value, (), lists) for value in values]


Steps = tuple[str, ...]


def _find_lists(value: object, steps: Steps, found: set[Steps]) -> None:
    if isinstance(value, list):
        found.add(steps)
        for item in cast("list[object]", value):
            _find_lists(item, steps, found)
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            _find_lists(item, (*steps, key), found)


def _with_lists(value: object, steps: Steps, lists: set[Steps]) -> object:
    if isinstance(value, list):
        return [_inside(item, steps, lists) for item in cast("list[object]", value)]
    made = _inside(value, steps, lists)
    return [made] if steps in lists else made


def _inside(value: object, steps: Steps, lists: set[Steps]) -> object:
    if not isinstance(value, dict):
        return value
    return {
        k: _with_lists(v, (*steps, k), lists) for k, v in cast("dict[str, object]", value).items()
    }


def _parsed(observation: Observation, body: bytes, name: str) -> object:
    match observation.media:
        case "json":
            return read_json(body, name)
        case "xml":
            from callwright.runtime.xml import XmlError, xml_value

            try:
                return xml_value(body)
            except XmlError as error:
                raise CaptureError(f"{name}: {error}") from None
        case "text":
            return _text(body, name)
        case "number":
            return _number(_text(body, name).strip(), name)


def read_json(body: bytes, name: str) -> object:
    """The value of a JSON text; ``name`` is told in errors.

    Raises:
        CaptureError: no JSON, or JSON that not every library keeps (NaN, 1e400, lone surrogates, a key twice).
    """
    try:
        text = decode(body)
        if _SUSPECT.search(text):
            parse_json(text)
        try:
            return json.loads(text, object_pairs_hook=_object)
        except _DuplicateKeyError as error:
            raise CaptureError(
                f"{name}: the key {error.key!r} stands twice in one object; every reader would keep another of the "
                "two: remove one of them from the capture, or make the call `untyped`"
            ) from None
        except (ValueError, RecursionError):
            parse_json(text)
            raise
    except JsonTextError as error:
        raise CaptureError(f"{name}: {error}") from None


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateKeyError(next(key for key in keys if keys.count(key) > 1))
    return made


def _text(body: bytes, name: str) -> str:
    try:
        return decode(body)
    except JsonTextError as error:
        raise CaptureError(f"{name}: {error}") from None


def _number(text: str, name: str) -> int | float:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    raise CaptureError(f"{name}: expected a number; `response: {{type: text}}` takes any text")
