"""Arguments, checked and brought to JSON data: the one place that knows what each parameter type takes.

A value passes through ``check`` once and is then plain JSON data (numbers that must stay exact are ``Number``, files a
``Source``, which is read when it is sent). Texts of queries, headers, paths and forms are made from that data by ``text``.
"""

from __future__ import annotations

import base64
import datetime
import math
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from .. import template
from ..definition import Const, Field, JsonValue, Param, Place
from ..json_text import Number, dumps
from ..unset import UNSET
from .refusal import Refused as Refused

if TYPE_CHECKING:
    from .sources import Source

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def check(param: Param, value: object) -> Any:
    """The value as JSON data; raises Refused with what is wrong, never with the value itself."""
    reveal = getattr(value, "get_secret_value", None)
    if reveal is not None:
        value = reveal()
    if value is None:
        if param.nullable:
            return None
        raise Refused("must not be None")
    if param.enum:
        _check_enum(param, value)
    result = _CHECKS[param.type](param, value)
    if param.encode == "string" and not isinstance(result, str):
        return text(result)
    return result


def text(value: object) -> str:
    """Checked scalar data as text: ``true``, ``1.10``; composite data as JSON, None as blank."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return value.text
    return str(value) if isinstance(value, (int, float)) else dumps(value)


def check_raw(value: object) -> str | bytes:
    """A raw body: text or bytes. Raises Refused."""
    return _string(_BARE, value) if isinstance(value, str) else _octets(_BARE, value)


def _check_enum(param: Param, value: object) -> None:
    # True == 1 == 1.0 in Python, not for a provider
    if not any(value == e and isinstance(value, bool) is isinstance(e, bool) for e in param.enum):
        raise Refused(f"must be one of {', '.join(repr(e) for e in param.enum)}")


def _wrong(expected: str, value: object) -> Refused:
    return Refused(f"must be {expected}, not {type(value).__name__}")


def _string(param: Param, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong("a string", value)
    _check_encodable(value)
    if not value and param.required and not param.allow_blank:
        raise Refused("must not be blank")
    _check_length(param, len(value), "characters")
    if param.pattern is not None and (value or param.required):
        check_pattern(param.pattern, value)
    return value


def _check_encodable(value: str) -> None:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused("contains a lone surrogate, which is not valid text") from None


def check_pattern(pattern: str, value: str) -> None:
    """Refuse a text in which the pattern is not found."""
    from ..patterns import matches  # loads pydantic_core

    if not matches(pattern, value):
        raise Refused(f"must match the pattern {pattern}")


def _check_length(param: Param, length: int, noun: str) -> None:
    if param.min_length is not None and length < param.min_length:
        raise Refused(f"must have at least {_count(param.min_length, noun)}")
    if param.max_length is not None and length > param.max_length:
        raise Refused(f"must have at most {_count(param.max_length, noun)}")


def _count(number: int, nouns: str) -> str:
    return f"{number} {nouns.removesuffix('s') if number == 1 else nouns}"


def _check_range(param: Param, value: Decimal | int | float) -> None:
    if param.minimum is not None and value < _exact(param.minimum):
        raise Refused(f"must be at least {param.minimum}")
    if param.maximum is not None and value > _exact(param.maximum):
        raise Refused(f"must be at most {param.maximum}")


def _exact(limit: int | float) -> Decimal:
    return Decimal(repr(limit))


def _integer(param: Param, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong("an integer", value)
    _check_range(param, value)
    return value


def _number(param: Param, value: object) -> int | float | Number:
    if isinstance(value, Decimal):
        return _decimal(param, value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong("a number", value)
    if isinstance(value, float) and not math.isfinite(value):
        raise Refused("must be finite")
    _check_range(param, value)
    return value


def _decimal(param: Param, value: object) -> Number:
    if isinstance(value, float):
        raise Refused(
            "must be a Decimal, an int or a string: a float cannot represent every decimal"
        )
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, str)):
        raise _wrong("a Decimal", value)
    spelled = str(value)
    if _NUMBER.fullmatch(spelled) is None:
        raise Refused("must be a finite decimal number")
    try:
        _check_range(param, Decimal(spelled))
    except InvalidOperation:
        raise Refused("has an exponent out of range") from None
    return Number(spelled)


def _boolean(_param: Param, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong("True or False", value)
    return value


def _moment(value: object) -> datetime.datetime:
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            raise Refused("must be a datetime or an RFC 3339 string") from None
    if not isinstance(value, datetime.datetime):
        raise _wrong("a datetime", value)
    if value.utcoffset() is None:
        raise Refused(
            "must have a time zone: a naive datetime is a different instant on each machine"
            " (use datetime.now(timezone.utc), or .astimezone() for local time)"
        )
    try:
        return value.astimezone(datetime.UTC)
    except OverflowError:
        raise Refused("is out of range in UTC") from None


def _datetime(_param: Param, value: object) -> str:
    return _moment(value).replace(tzinfo=None).isoformat() + "Z"


def _date(_param: Param, value: object) -> str:
    if isinstance(value, str):
        try:
            value = datetime.date.fromisoformat(value)
        except ValueError:
            raise Refused("must be a date or an ISO 8601 string") from None
    if isinstance(value, datetime.datetime) or not isinstance(value, datetime.date):
        raise _wrong("a date", value)
    return value.isoformat()


def _unix(param: Param, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    unit = datetime.timedelta(milliseconds=1 if param.type == "unix_millis" else 1000)
    return (_moment(value) - _EPOCH) // unit


def _uuid(_param: Param, value: object) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    if not isinstance(value, str):
        raise _wrong("a UUID", value)
    try:
        uuid.UUID(value)
    except ValueError:
        raise Refused("must be a UUID") from None
    return value


def _bytes(param: Param, value: object) -> str:
    return base64.b64encode(_octets(param, value)).decode()


def _file(param: Param, value: object) -> Source:
    from .sources import source_of  # only uploads need it

    source = source_of(value)
    if source.size is not None:
        _check_length(param, source.size, "bytes")
    return source


def _octets(param: Param, value: object) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise _wrong("bytes", value)
    data = bytes(cast("bytes", value))
    _check_length(param, len(data), "bytes")
    return data


def _array(param: Param, value: object) -> list[Any]:
    if isinstance(value, (str, bytes, bytearray)) or not isinstance(value, Sequence):
        raise _wrong("a list", value)
    items = cast("Sequence[object]", value)
    _check_length(param, len(items), "items")
    return [_inside(param.items, f"[{i}]", item) for i, item in enumerate(items)]


def _map(param: Param, value: object) -> dict[str, Any]:
    return {k: _inside(param.values, f"[{k!r}]", v) for k, v in members_of(value).items()}


def members_of(value: object) -> Mapping[str, object]:
    """The members of a dict whose keys are texts; raises Refused for another value."""
    if not isinstance(value, Mapping):
        raise _wrong("a dict", value)
    members = cast("Mapping[object, object]", value)
    for key in members:
        if not isinstance(key, str):
            raise Refused(f"must have string keys, not {type(key).__name__}")
        _check_encodable(key)
    return cast("Mapping[str, object]", members)


def _inside(param: Param | None, step: str, value: object) -> Any:
    try:
        return anything(value) if param is None else check(param, value)
    except Refused as refused:
        raise refused.inside(step) from None


def _object(param: Param, value: object) -> dict[str, Any]:
    members = members_of(value)
    if not param.fields:
        return {k: _inside(None, f"[{k!r}]", v) for k, v in members.items()}
    return _fields(param.fields, members)


def _fields(fields: tuple[Field, ...], members: Mapping[str, object]) -> dict[str, Any]:
    known = {f.wire for f in fields if not isinstance(f, Const)}
    unknown = [k for k in members if k not in known]
    if unknown:
        raise Refused(
            f"has an unknown key {unknown[0]!r}; allowed keys: {', '.join(sorted(known))}"
        )
    result: dict[str, Any] = {}
    for field in fields:
        match field:
            case Const(wire, constant):
                # one with ${names} is left to the encoder, which has their values
                result[wire] = field if any(map(template.names, strings(constant))) else constant
            case Place(wire, inner):
                if wire in members:
                    place = Param(wire, wire, "object", fields=inner)
                    result[wire] = _inside(place, f"[{wire!r}]", members[wire])
            case Param():
                _member(field, members, result)
    return result


def strings(value: JsonValue) -> Iterator[str]:
    """Every text inside a constant."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from strings(member)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _member(field: Param, members: Mapping[str, object], result: dict[str, Any]) -> None:
    value = members.get(field.wire, field.default)
    if value is UNSET or (value is None and not field.nullable and not field.required):
        if field.required:
            raise Refused(f"is missing the required key {field.wire!r}")
        return
    result[field.wire] = _inside(field, f"[{field.wire!r}]", value)


def _json_string(param: Param, value: object) -> str:
    if param.fields:
        return dumps(_fields(param.fields, members_of(value)))
    return dumps(_array(param, value) if param.items is not None else anything(value))


def _any(_param: Param, value: object) -> Any:
    return anything(value)


_BARE = Param("", "")


def anything(value: object) -> Any:
    """Any JSON data; decimals, dates, datetimes and UUIDs are taken too, as their parameter types take them."""
    match value:
        case None | bool():
            return value
        case str():
            return _string(_BARE, value)
        case int() | float() | Decimal():
            return _number(_BARE, value)
        case datetime.datetime():
            return _datetime(_BARE, value)
        case datetime.date() | uuid.UUID():
            return str(value)
        case Mapping():
            members = members_of(cast("object", value))
            return {k: _inside(None, f"[{k!r}]", v) for k, v in members.items()}
        case bytes() | bytearray():
            raise Refused("must be JSON data, not bytes")
        case Sequence():
            items = cast("Sequence[object]", value)
            return [_inside(None, f"[{i}]", v) for i, v in enumerate(items)]
        case _:
            raise _wrong("JSON data", value)


_CHECKS: dict[str, Callable[[Param, object], Any]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "array": _array,
    "object": _object,
    "datetime": _datetime,
    "date": _date,
    "unix_seconds": _unix,
    "unix_millis": _unix,
    "uuid": _uuid,
    "decimal": _decimal,
    "bytes": _bytes,
    "file": _file,
    "map": _map,
    "any": _any,
    "json_string": _json_string,
}
