"""JSON text that keeps the spelling of numbers: decimals leave exactly as they are, and come back so."""

from __future__ import annotations

import json
from typing import Any, cast

from .record import Record


class Number(Record):
    """A number as it is spelled; ``text`` is a valid JSON number."""

    text: str


def dumps(value: object) -> str:
    """Compact JSON text; raises ValueError for NaN and infinities, TypeError for what is not JSON data."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except TypeError:
        return _spelled(value)  # only a Number takes this slower way


def _spelled(value: object) -> str:
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return "{" + ",".join(f"{dumps(k)}:{_spelled(v)}" for k, v in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spelled, cast("list[object]", value))) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def loads(text: bytes) -> Any:
    """JSON data whose numbers are Number objects."""
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)


def in_words(value: object) -> str:
    """JSON data as a text to show: strings as they are, and also what is no JSON, like NaN."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return "…"


def unreadable(error: ValueError | RecursionError) -> str:
    """Why ``json.loads`` refused a text, without quoting it."""
    match error:
        case RecursionError():
            return "nested too deep"
        case UnicodeDecodeError():
            return f"not UTF-8 at byte {error.start + 1}"
        case json.JSONDecodeError():
            problem = error.msg.partition(": ")[0].removesuffix(
                " at"
            )  # what follows would be the text's own
            return f"{problem[0].lower()}{problem[1:]} at line {error.lineno} column {error.colno}"
        case _:
            return "a number has more digits than can be read"
