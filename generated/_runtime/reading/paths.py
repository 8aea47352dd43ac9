"""Paths into a response: the RFC 9535 subset ``$ .name ['any name'] [n] [-1] [*]``, and ``header.<name>``.

``header.link.<relation>`` is the target of a link, ``header.set-cookie.<name>`` the value of one cookie.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

from ..unset import UNSET, Unset

Step: TypeAlias = "str | int | None"
"""A member's name, an element's index, or None for every member or element (``[*]``)."""

_SHORTHAND = re.compile(r"\.([A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)")
_INDEX = re.compile(r"\[(0|-?[1-9][0-9]{0,14})\]")
_QUOTED = re.compile(r"""\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEADER = re.compile(r"header\.([A-Za-z0-9!#$%&'*+^_`|~-]+)(?:\.([A-Za-z0-9!#$%&'*+.^_`|~-]+))?")
_LINK = re.compile(
    r"<([^<>]*)>" r"((?:\s*;\s*[^\s=;,\"<]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"<]*))?)*)"
)
_PARAMETER = re.compile(r";\s*([^\s=;,\"<]+)(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"<]*)))?")
_QUOTED_COOKIE = re.compile(r"\s*\"((?:[^\"\\]|\\.)*)\"\s*(?:;|\Z)")


class PathError(ValueError):
    """A path that cannot be read. ``position`` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path into JSON data; ``text`` is its spelling."""

    text: str
    steps: tuple[Step, ...]

    @property
    def singular(self) -> bool:
        """Whether it can address one value at most (it holds no ``[*]``)."""
        return None not in self.steps

    def find(self, value: object) -> list[object]:
        """All values it addresses, in document order; none when the place does not exist."""
        found: list[object] = [] if value is UNSET else [value]
        for step in self.steps:
            found = [inner for outer in found for inner in _children(outer, step)]
        return found

    def first(self, value: object) -> object | Unset:
        """The first value it addresses, or UNSET."""
        found = self.find(value)
        return found[0] if found else UNSET


@dataclass(frozen=True, slots=True)
class HeaderPath:
    """A path to a header; ``part`` is the relation of a Link header's target, or the name of a Set-Cookie header's
    cookie."""

    text: str
    name: str
    part: str | None = None

    def first(self, headers: Iterable[tuple[str, str]]) -> str | Unset:
        """The first header of this name, the first link of this relation, or the cookie; else UNSET."""
        values = [value for key, value in headers if key.lower() == self.name]
        if self.part is None:
            parts: Iterable[str | None] = values
        elif self.name == "link":
            parts = (_link(value, self.part) for value in values)
        else:
            # a cookie that is set twice has its last value
            parts = (_cookie(value, self.part) for value in reversed(values))
        return next((part for part in parts if part is not None), UNSET)


@lru_cache(maxsize=2048)
def parse_path(text: str) -> Path:
    """Read a path that begins with ``$``. Raises PathError."""
    if not text.startswith("$"):
        raise PathError("a path begins with $", 0)
    steps: list[Step] = []
    position = 1
    while position < len(text):
        step, position = _step(text, position)
        steps.append(step)
    return Path(text, tuple(steps))


@lru_cache(maxsize=512)
def parse_source(text: str) -> Path | HeaderPath:
    """Read a path, ``header.<name>``, ``header.link.<relation>`` or ``header.set-cookie.<name>``. Raises PathError."""
    if not text.startswith("header."):
        if not text.startswith("$"):
            raise PathError("a path begins with $ or header.", 0)
        return parse_path(text)
    match = _HEADER.fullmatch(text)
    if match is None:
        raise PathError("not a header's name", len("header."))
    name, part = match[1].lower(), match[2]
    if part is not None and name not in ("link", "set-cookie"):
        raise PathError(
            "only header.link and header.set-cookie take another name"
            " (header.link.next, header.set-cookie.SID)",
            match.start(2),
        )
    # relations ignore case, names of cookies do not
    return HeaderPath(text, name, part.lower() if part and name == "link" else part)


def lookup(
    paths: tuple[str, ...], body: object | Unset, headers: Iterable[tuple[str, str]] = ()
) -> object | Unset:
    """The value of the first path that exists, a null only when no later path has more to say; else UNSET.

    ``body`` is the parsed answer (or its text, for the path ``$``), UNSET when there is none.
    """
    headers = tuple(headers)
    result: object | Unset = UNSET
    for text in paths:
        source = parse_source(text)
        if isinstance(source, HeaderPath):
            found: object | Unset = source.first(headers)
        else:
            found = source.first(body)
        if found is not UNSET:
            result = found
            if found is not None:
                break
    return result


def _step(text: str, position: int) -> tuple[Step, int]:
    if match := _SHORTHAND.match(text, position):
        return match[1], match.end()
    if text.startswith("[*]", position):
        return None, position + 3
    if match := _INDEX.match(text, position):
        return int(match[1]), match.end()
    if match := _QUOTED.match(text, position):
        single, double = match.groups()
        return _unescape(single if double is None else double), match.end()
    raise PathError(_complaint(text, position), position)


def _complaint(text: str, position: int) -> str:
    rest = text[position:]
    if rest.startswith((".*", "..")):
        return "wildcards are written [*], and there is no descent with .."
    if rest.startswith("[?"):
        return "filters are not part of paths"
    if rest.startswith("["):
        return "in brackets stands a number, * or a name in quotes"
    if rest.startswith("."):
        return "after a dot stands a name of letters, digits and _; write others as ['a name']"
    return f"unexpected {rest[0]!r}; write a name with other characters as ['a name']"


def _unescape(text: str) -> str:
    def replace(match: re.Match[str]) -> str:
        code, letter = match.groups()
        return chr(int(code, 16)) if code else _ESCAPES.get(letter, letter)

    plain = _ESCAPE.sub(replace, text)
    # two escaped surrogates are one character
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _children(value: object, step: Step) -> list[object]:
    if isinstance(value, Mapping):
        members = cast("Mapping[object, object]", value)
        if step is None:
            return list(members.values())
        return [members[step]] if isinstance(step, str) and step in members else []
    if isinstance(value, list):
        elements = cast("list[object]", value)
        if step is None:
            return elements
        if isinstance(step, int) and -len(elements) <= step < len(elements):
            return [elements[step]]
    return []


def _link(header: str, relation: str) -> str | None:
    for target, parameters in _LINK.findall(header):
        for name, quoted, plain in _PARAMETER.findall(parameters):
            if name.lower() == "rel" and relation in (quoted or plain).lower().split():
                return cast("str", target)
    return None


def _cookie(header: str, name: str) -> str | None:
    """The value of a Set-Cookie header for the cookie of this name, without its quotes and attributes."""
    key, equals, rest = header.partition("=")
    if not equals or key.strip() != name:
        return None
    if quoted := _QUOTED_COOKIE.match(rest):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    return rest.partition(";")[0].strip()
