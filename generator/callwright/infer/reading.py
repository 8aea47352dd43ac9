"""Bodies as values: JSON, XML, text and number answers, and the part of them that is returned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal

from callwright.captures.json_text import JsonTextError, decode, parse_json
from callwright.errors import CaptureError
from callwright.infer.elements import as_objects, known_of
from callwright.infer.observation import Observation
from callwright.infer.shapes import Rounded
from callwright.runtime.paths import parse_path
from callwright.runtime.xml import Element, XmlError, read_xml, value_of

# what json.loads would change silently, or take although it is no JSON: then the strict reader says where
_SUSPECT = re.compile(r"\\u[dD][89a-fA-F]|NaN|Infinity|[eE][-+]?\d{3}|\d{300}")

# a number with more digits than a float may keep
_LONG = re.compile(r"\d[\d.]{16}")


def body_values(observation: Observation) -> list[object]:
    """The values of all bodies, as they are typed. Raises as read_values() does."""
    values = read_values(observation)
    return as_objects(values) if observation.media == "xml" else values


def read_values(observation: Observation) -> list[object]:
    """The values of all bodies as a client reads them, the selected parts of them when the observation says so.

    Raises:
        CaptureError: a body is not what its media type says, holds what JSON libraries do not keep, has a key twice,
            or lacks the selected path.
    """
    bodies = observation.bodies
    if observation.media == "xml":
        known = observation.xml or known_of(_roots(observation), observation.hints)
        values = [value_of(root, known) for root in _roots(observation)]
    else:
        values = [
            _parsed(observation, body, observation.capture(i)) if isinstance(body, bytes) else body
            for i, body in enumerate(bodies)
        ]
    if observation.select is not None:
        values = [_selected(observation, value, i) for i, value in enumerate(values)]
    return values


def _roots(observation: Observation) -> Iterator[Element]:
    # one after the other: the elements take much more room than what is made of them
    for index, body in enumerate(observation.bodies):
        yield read_root(body, observation.capture(index))


def is_xml(body: bytes) -> bool:
    """Whether a body is meant as XML rather than JSON, which never begins with ``<``."""
    return body.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")


def _selected(observation: Observation, value: object, index: int) -> object:
    assert observation.select is not None
    found = parse_path(observation.select).find(value)
    if not found:
        raise CaptureError(
            f"{observation.capture(index)}: nothing is at {observation.select}, which `select` returns: correct the "
            "path, or expect this sample to be an error (`expect: error`)"
        )
    return found[0]


def read_root(body: object, name: str) -> Element:
    """The root of an XML text; ``name`` is told in errors. Raises CaptureError: no XML, or XML that is refused."""
    assert isinstance(body, bytes), name
    try:
        return read_xml(body)
    except XmlError as error:
        raise CaptureError(f"{name}: {error}") from None


def _parsed(observation: Observation, body: bytes, name: str) -> object:
    if observation.media == "json":
        return read_json(body, name)
    text = _text(body, name)
    return _number(text.strip(), name) if observation.media == "number" else text


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
            long = _LONG.search(text) is not None
            return json.loads(text, object_pairs_hook=_object, parse_float=_float if long else None)
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


def _float(text: str) -> float:
    value = float(text)
    return value if Decimal(text) == Decimal(repr(value)) else Rounded(value)


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
