"""Numbers as texts spell them: in XML, which knows nothing but texts, and as whole bodies."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..json_text import Number

# int() and float() take more: digits of all scripts, 1_000, nan
_SPELLED = {
    int: re.compile(r"[+-]?\d+", re.ASCII),
    float: re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII),
    Decimal: re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII),
}

_JSON = re.compile(r"-?(0|[1-9][0-9]*)(?:(\.[0-9]+)?([eE][+-]?[0-9]+)?)")


def json_number(text: str) -> int | float | None:
    """The number that a text spells as JSON does; None for any other text, and where Python has no such number."""
    match = _JSON.fullmatch(text.strip(" \t\r\n"))
    if match is None:
        return None
    try:
        number = int(match[0]) if match.lastindex == 1 else float(match[0])
    except ValueError:
        return None  # more digits than Python reads
    return number if _is_finite(number) else None


def _is_finite(number: int | float) -> bool:
    # math.isfinite() raises for integers beyond floats
    return isinstance(number, int) or math.isfinite(number)


def number_kinds(form: Any, base: Any) -> tuple[type, ...]:
    """What a text is read as: types that the wire writes as numbers, though their values are none, included."""
    from ..fields import DecimalNumber, UnixMillis, UnixSeconds

    if form in (UnixSeconds, UnixMillis):
        return int, float
    if form == DecimalNumber:
        return (Decimal,)
    return (base,) if base in (int, float) else ()


def read_number(kinds: Iterable[type], text: str) -> int | float | str | Number:
    """The number of the first of these kinds that a text spells; the text where Python has no such number."""
    kind = next((k for k in kinds if _SPELLED[k].fullmatch(text)), None)
    if kind is None:
        return text
    try:
        number = kind(text)
    except (ValueError, ArithmeticError):
        return text
    if kind is Decimal:
        return Number(str(number))
    return number if _is_finite(number) else text
