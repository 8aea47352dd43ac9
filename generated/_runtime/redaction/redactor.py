"""Hides known secrets in any text, however they are written there.

Decoded values are compared: a text is searched as it is, with its escapes decoded (percent, JSON, HTML, backslash), and
with its base64 and hexadecimal parts decoded, each inside of the others too. The time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from ..flow import HIDDEN
from .decoding import packed, unescaped
from .sensitive import SHORT, is_common, is_sensitive

Place: TypeAlias = "tuple[int, int, str]"
"""Start, end, and the secret that is there."""

_ESCAPES = 3
"""How many escapings inside of one another are looked through."""
_PACKINGS = 2
"""As many of base64 and hexadecimal."""
_LINE = 16
"""A line of a secret of many lines is a secret of its own from this length on."""


class Redactor:
    """Hides these secrets. Those that are short or ordinary words only as the whole value of a sensitive name."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms: dict[str, str] = {}  # what is looked for → the secret it belongs to
        common: set[str] = set()
        for secret in sorted({s for s in secrets if s}, key=lambda s: (-len(s), s)):
            if is_common(secret):
                common.add(secret)
                continue
            for form in _forms(secret):
                self._forms.setdefault(form, secret)
        self._shortest = min(map(len, self._forms), default=0)
        self._least = min((len(form.encode("utf-8", "replace")) for form in self._forms), default=0)
        self._common = common
        self._assigned = _assigned(common)

    def text(self, text: str) -> str:
        """The text with every secret replaced by ``***``."""
        return self.replaced(text, lambda _: HIDDEN)

    def content(self, content: bytes) -> bytes:
        """A body with every secret replaced, in whatever encoding it is."""
        if not self._forms and self._assigned is None:
            return content
        content = self._encoded(content, "utf-8", "surrogateescape")
        if b"\0" in content:
            for codec in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
                content = self._encoded(content, codec, "surrogatepass")
        return content

    def header(self, name: str, value: str) -> str:
        """A header's value: a sensitive one is hidden whole."""
        return HIDDEN if value and is_sensitive(name) else self.text(value)

    def replaced(self, text: str, replacement: Callable[[str], str]) -> str:
        """The text with each secret replaced by ``replacement(secret)``."""
        return self._replaced(text, lambda place: replacement(place[2]))

    def find(self, text: str) -> list[Place]:
        """Where secrets are, in order and without overlaps."""
        found = self._known(text, _ESCAPES, _PACKINGS) if self._forms else []
        if self._assigned is not None:
            found += self._whole_values(text)
        return merged(found)

    def _replaced(self, text: str, replacement: Callable[[Place], str]) -> str:
        parts: list[str] = []
        position = 0
        for place in self.find(text):
            parts += [text[position : place[0]], replacement(place)]
            position = place[1]
        return "".join([*parts, text[position:]]) if parts else text

    def _encoded(self, content: bytes, codec: str, errors: str) -> bytes:
        unit = {"utf-16": 2, "utf-32": 4}.get(codec[:6], 1)
        if rest := len(content) % unit:
            return self._encoded(content[:-rest], codec, errors) + content[-rest:]
        try:
            text = content.decode(codec, errors)
        except UnicodeDecodeError:
            return content  # numbers that are no characters: it is in another encoding
        hidden = self._replaced(text, lambda place: _in_body(text, *place))
        return content if hidden == text else hidden.encode(codec, errors)

    def _known(self, text: str, escapes: int, packings: int) -> list[Place]:
        if len(text) < self._shortest:
            return []
        found = [
            (start, start + len(form), secret)
            for form, secret in self._forms.items()
            for start in _places(text, form)
        ]
        view = unescaped(text) if escapes else None
        if view is not None:
            inner = self._known(view.text, escapes - 1, packings)
            found += [(*view.source(start, end), secret) for start, end, secret in inner]
        if packings:
            for part in packed(text, self._least):
                inner = self._known(part.text, min(escapes, 2), packings - 1)
                found += [(*part.source(start, end), secret) for start, end, secret in inner]
        return found

    def _whole_values(self, text: str) -> list[Place]:
        if text in self._common:
            return []
        assert self._assigned is not None
        return [
            (*match.span("value"), match["value"])
            for match in self._assigned.finditer(text)
            if is_sensitive(match["name"])
        ]


def _in_body(text: str, start: int, end: int, secret: str) -> str:
    """What replaces a secret in a body: a JSON number becomes a string, so that the rest can still be read."""
    before, after = text[max(0, start - 2) : start].strip()[-1:], text[end : end + 1].strip()
    is_number = secret.isdecimal() and before in (":", "[", ",") and after in ("", ",", "]", "}")
    return f'"{HIDDEN}"' if is_number and before else HIDDEN


def merged(found: Iterable[Place]) -> list[Place]:
    """Overlapping places joined; of several that begin together the longest names the secret."""
    result: list[Place] = []
    for start, end, secret in sorted(found, key=lambda place: (place[0], -place[1])):
        if result and start < result[-1][1]:
            first, last, before = result[-1]
            result[-1] = (first, max(last, end), before)
        else:
            result.append((start, end, secret))
    return result


def _forms(secret: str) -> list[str]:
    """A secret as it may stand in decoded text."""
    forms = [secret, *(line for line in secret.splitlines() if len(line) >= _LINE)]
    for form in list(forms):
        # a text is decoded as often as possible, so also where the secret itself looks like an escape
        view = unescaped(form)
        while view is not None and view.text not in forms:
            forms.append(view.text)
            view = unescaped(view.text)
    # a form decodes plus signs to spaces
    forms += [form.replace(" ", "+") for form in forms if " " in form]
    forms += [form.replace("+", " ") for form in forms if "+" in form]
    forms += [form.encode().decode("latin-1") for form in forms if _is_beyond_ascii(form)]
    return [f for f in dict.fromkeys(forms) if len(f) >= SHORT and not is_common(f)]


def _is_beyond_ascii(text: str) -> bool:
    return not text.isascii() and not re.search("[\ud800-\udfff]", text)


def _places(text: str, form: str) -> list[int]:
    places: list[int] = []
    start = text.find(form)
    while start >= 0:
        places.append(start)
        start = text.find(form, start + len(form))
    return places


def _assigned(values: set[str]) -> re.Pattern[str] | None:
    """A pattern for ``name = value`` with one of these values, as in JSON, forms, XML and log lines."""
    if not values:
        return None
    longest_first = sorted(values, key=lambda value: (-len(value), value))
    alternatives = "|".join(map(re.escape, longest_first))
    return re.compile(
        r"(?<![\w.-])(?P<name>[A-Za-z][\w.-]{1,99}+)(?:\\?[\"'])?\s{0,9}+(?:[:=>]|%3[AaDd])\s{0,9}+(?:\\?[\"'])?"
        rf"(?P<value>{alternatives})(?![^\s\\\"'&;,<>}})\]])"
    )
