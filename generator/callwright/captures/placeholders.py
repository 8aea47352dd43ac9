"""What stands in a secret's place: of the same type and format, equal for equal secrets, telling nothing of them."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from dataclasses import dataclass, field

from callwright.secrets import PLACEHOLDER

_EMAIL = re.compile(r"[^\s@<>\"']+@([^\s@<>\"']+\.[A-Za-z]{2,})\Z")
_EXAMPLE_HOST = re.compile(
    r"(.+\.)?(example\.(com|org|net)|test|invalid|example|localhost)\Z", re.IGNORECASE
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:([T ])\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?\Z")
_URL = re.compile(r"https?://", re.IGNORECASE)
_FIRST_DAY = datetime.date(2000, 1, 1)


@dataclass(slots=True)
class Placeholders:
    """Hands out placeholders: counted in the order in which different values appear, so without any chance.

    One of these serves all captures of a run, so that a value that joins two answers still joins them.
    """

    made: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    counts: Counter[str] = field(default_factory=Counter[str])

    def text(self, value: str, kind: str | None = None) -> str:
        """The placeholder of a text; one that already is a placeholder, and "", stay as they are."""
        if not value or PLACEHOLDER.fullmatch(value):
            return value
        kind = kind or _kind(value)
        key = (kind, value)
        if key not in self.made:
            self.counts[kind] += 1
            self.made[key] = _text_of(kind, self.counts[kind], value)
        return self.made[key]

    def number(self, token: str) -> str:
        """The placeholder of a JSON number: an integer for an integer, else a fraction."""
        key = ("number", token)
        if key not in self.made:
            self.counts["number"] += 1
            whole = 1_000_000 + self.counts["number"]
            self.made[key] = f"{whole}" if re.fullmatch(r"-?[0-9]+", token) else f"{whole}.5"
        return self.made[key]


def is_email(text: str) -> bool:
    """Whether a text is one e-mail address of a real domain."""
    return _EMAIL.match(text) is not None and not is_example(text)


def is_example(text: str) -> bool:
    """Whether a text is an e-mail address of a domain that is kept for examples: nobody's, so nothing to hide."""
    match = _EMAIL.match(text)
    return match is not None and _EXAMPLE_HOST.match(match[1]) is not None


def _kind(value: str) -> str:
    if _EMAIL.match(value):
        return "email"
    if _UUID.match(value):
        return "uuid"
    if _DATE.match(value):
        return "date"
    if value.isdecimal() and value.isascii():
        return "digits"
    return "url" if _URL.match(value) else "text"


def _text_of(kind: str, count: int, value: str) -> str:
    match kind:
        case "email":
            return f"user{count}@example.com"
        case "uuid":
            return f"00000000-0000-4000-8000-{count:012d}"
        case "date":
            return _date(count, value)
        case "digits":
            return str(count).zfill(len(value))
        case "url":
            return f"https://example.com/redacted_{count}"
        case _:
            return f"redacted_{count}"


def _date(count: int, value: str) -> str:
    """Another day, at midnight, in the same notation: fraction and zone are part of the format."""
    day = (_FIRST_DAY + datetime.timedelta(days=count)).isoformat()
    match = _DATE.match(value)
    if match is None or match[1] is None:
        return day
    fraction = re.sub(r"\d", "0", match[2] or "")
    return f"{day}{match[1]}00:00:00{fraction}{match[3] or ''}"
