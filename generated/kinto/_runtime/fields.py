"""Types of fields that a spec declares: what the wire writes as a number or text, and Python has a type for."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

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
    PlainSerializer(_to_unix(1_000_000), when_used="json"),
]
"""An instant that the wire writes as seconds since 1970."""

UnixMillis = Annotated[
    datetime, BeforeValidator(_from_unix(1000)), PlainSerializer(_to_unix(1000), when_used="json")
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


UtcDatetime = Annotated[
    datetime, BeforeValidator(_read_utc), PlainSerializer(_write_naive, when_used="json")
]
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
    PlainSerializer(lambda value: b64encode(value).decode(), when_used="json"),
]
"""Bytes that the wire writes as base64 text."""


def _read_json(value: object) -> Any:
    return json.loads(value) if isinstance(value, str) else value


JsonText = Annotated[
    Any, BeforeValidator(_read_json), PlainSerializer(json.dumps, when_used="json")
]
"""A value that the wire writes as JSON inside a text."""


def _read_decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("expected a number")
    try:
        return Decimal(str(value))
    except InvalidOperation:
        pass
    raise ValueError("expected a number")


def _write_number(value: Decimal) -> int | float:
    return (
        int(value)
        if value == value.to_integral_value() and value.as_tuple().exponent == 0
        else float(value)
    )


DecimalNumber = Annotated[
    Decimal, BeforeValidator(_read_decimal), PlainSerializer(_write_number, when_used="json")
]
"""A decimal that the wire writes as a JSON number."""
