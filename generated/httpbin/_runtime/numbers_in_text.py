"""Numbers as texts spell them, for answers in XML, which know nothing but texts."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from .jsontext import Number

# int() and float() take more: digits of all scripts, 1_000, nan
_SPELLED = {
    int: re.compile(r"[+-]?\d+", re.ASCII),
    float: re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII),
    Decimal: re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII),
}


def number_kinds(form: Any, base: Any) -> tuple[type, ...]:
    """What a text is read as: types that the wire writes as numbers, though their values are none, included."""
    from .fields import DecimalNumber, UnixMillis, UnixSeconds

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
    return number if math.isfinite(number) else text
