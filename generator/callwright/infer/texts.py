"""What a text looks like: a date, an instant, or only text. Nothing else is ever made of a string."""

from __future__ import annotations

import re
from datetime import date, datetime

# RFC 3339; at most microseconds, because datetime would drop a nanosecond; T and Z in capitals, as all providers send
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?\Z"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


def text_kind(text: str) -> str:
    """``date``, ``datetime`` (with an offset), ``naive`` (a datetime without one) or ``str``."""
    length = len(text)
    if length < 10 or length > 32 or text[4] != "-" or text[7] != "-" or not text[:4].isascii():
        return "str"
    try:
        if length == 10:
            if not _DATE.match(text):
                return "str"
            date.fromisoformat(text)
            return "date"
        match = _INSTANT.match(text)
        if not match:
            return "str"
        datetime.fromisoformat(text)
    except ValueError:  # 2020-13-45
        return "str"
    return "datetime" if match[1] else "naive"
