"""Types of fields that a spec declares: what the wire writes as a number or text, and Python has a type for."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, SerializationInfo

from .model import DECIMAL_MARKS


def _written(kind: type, write: Callable[[Any], object]) -> PlainSerializer:
    """In JSON, values of this kind as the wire has them. What drifted is of another kind, and written as it came."""

    def serialize(value: object, info: SerializationInfo) -> Any:
        return write(value) if info.mode_is_json() and isinstance(value, kind) else value

    return PlainSerializer(serialize)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _from_unix(unit: int) -> Callable[[object], datetime]:
    """Numbers counted in ``unit`` microseconds since 1970 → instants in UTC."""

    def read(value: object) -> datetime:
        if isinstance(value, datetime):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("expected a number of the time since 1970")
        try:
            return _EPOCH + timedelta(microseconds=round(value * unit))
        except OverflowError:
            pass
        raise ValueError("a time that no calendar holds")

    return read


def _to_unix(unit: int) -> Callable[[datetime], int | float]:
    def write(value: datetime) -> int | float:
        whole, rest = divmod((value - _EPOCH) // _MICROSECOND, unit)
        return whole + rest / unit if rest else whole

    return write


UnixSeconds = Annotated[
    datetime,
    BeforeValidator(_from_unix(1_000_000)),
    _written(datetime, _to_unix(1_000_000)),
]
"""An instant that the wire writes as seconds since 1970."""

UnixMillis = Annotated[
    datetime, BeforeValidator(_from_unix(1000)), _written(datetime, _to_unix(1000))
]
"""An instant that the wire writes as milliseconds since 1970."""


def _read_utc(value: object) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise ValueError("expected a datetime")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def _write_naive(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat()


UtcDatetime = Annotated[datetime, BeforeValidator(_read_utc), _written(datetime, _write_naive)]
"""A datetime that the wire writes without an offset, and that the spec says is UTC."""


def _read_base64(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueError("expected base64 text")
    return b64decode(value, validate=True)


Base64 = Annotated[
    bytes,
    BeforeValidator(_read_base64),
    _written(bytes, lambda value: b64encode(value).decode()),
]
"""Bytes that the wire writes as base64 text."""


class _Text(str):
    """A text that stood inside the text, apart from a text that is no JSON and was kept."""

    __slots__ = ()


def _read_json(value: object) -> Any:
    if not isinstance(value, str):
        raise ValueError("expected JSON inside a text")
    try:
        found = json.loads(value)
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None
    return _Text(found) if isinstance(found, str) else found


def _write_json(value: object) -> object:
    raw = isinstance(value, str) and not isinstance(value, _Text)
    return value if raw else json.dumps(value)


JsonText = Annotated[
    Any, BeforeValidator(_read_json), _written(object, _write_json), "a text that holds JSON"
]
"""A value that the wire writes as JSON inside a text."""


def _read_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("expected a number")
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise ValueError("not a number, or one beyond what JSON readers take")
    return number


def _write_number(value: Decimal) -> int | float | str:
    marks = DECIMAL_MARKS.get()
    if marks is not None:
        if not marks:
            marks.append(f"{os.urandom(16).hex()}:")
        return marks[0] + str(value)
    if value.as_tuple().exponent == 0 and not value.is_signed():
        return int(value)
    number = float(value)
    # the text keeps what the float would lose
    return number if Decimal(str(number)) == value else str(value)


DecimalNumber = Annotated[Decimal, BeforeValidator(_read_number), _written(Decimal, _write_number)]
"""A decimal that the wire writes as a JSON number.

A client reads it with all the digits that came (``1.10`` is not 1.1). ``model_dump_json`` writes it as a number with
these digits; ``model_dump(mode="json")`` as an int or float where that is the same number, else as text.
"""
