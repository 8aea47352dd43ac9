"""Bodies as values: JSON, XML, text and number answers, and the part of them that is returned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from itertools import count

from callwright.captures.json_text import JsonTextError, decode, parse_json, read_float
from callwright.errors import CaptureError
from callwright.infer.seen.elements import as_objects, known_of
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.shapes import Rounded
from callwright.runtime.reading.paths import parse_path
from callwright.runtime.reading.xml import Element, XmlError, read_xml, value_of

_SHORT = 17
"""Numbers spelled with fewer characters than this keep their digits in a float."""


def body_values(observation: Observation) -> Iterable[object]:
    """The values of all bodies, as they are typed, one after the other. Raises as read_values() does."""
    values = read_values(observation)
    return as_objects(list(values)) if observation.media == "xml" else values


def read_values(observation: Observation) -> Iterator[object]:
    """The values of all bodies as a client reads them, the selected parts of them when the observation says so.

    One after the other, so that nobody need hold all of them.

    Raises:
        CaptureError: a body is not what its media type says, holds what JSON libraries do not keep, has a key twice,
            or lacks the selected path.
    """
    values: Iterator[object]
    if observation.media == "xml":
        known = observation.xml or known_of(_roots(observation), observation.hints)
        values = (value_of(root, known) for root in _roots(observation))
    else:
        values = (
            _parsed(observation, body, observation.capture(i)) if isinstance(body, bytes) else body
            for i, body in enumerate(observation.bodies)
        )
    if observation.select is not None:
        # map keeps no value while it asks for the next
        values = map(partial(_selected, observation), values, count())
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
        return parse_json(body, keys_once=True, number=_number_of)
    except JsonTextError as error:
        way_out = f"; {error.way_out}" if error.way_out else ""
        raise CaptureError(f"{name}: {error}{way_out}") from None


def _number_of(text: str) -> float:
    value = read_float(text)
    if len(text) < _SHORT or Decimal(text) == Decimal(repr(value)):
        return value
    return Rounded(value)


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
