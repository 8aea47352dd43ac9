"""What a text looks like: a date, an instant, or only text. Nothing else is ever made of a string."""

from __future__ import annotations

from datetime import date, datetime

from callwright.runtime.model import DATE_TEXT, INSTANT_TEXT


def text_kind(text: str) -> str:
    """``date``, ``datetime`` (RFC 3339), ``naive`` (a datetime without an offset) or ``str``."""
    length = len(text)
    if length < 10 or length > 32 or text[4] != "-" or text[7] != "-":
        return "str"
    try:
        if length == 10:
            if not DATE_TEXT.match(text):
                return "str"
            date.fromisoformat(text)
            return "date"
        match = INSTANT_TEXT.match(text)
        if not match:
            return "str"
        datetime.fromisoformat(text)
    except ValueError:  # 2020-13-45
        return "str"
    return "datetime" if match[1] else "naive"
