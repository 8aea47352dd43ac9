"""Walking XML as text, so that everything but the redacted pieces stays byte for byte as it came."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import TypeAlias

from callwright.captures.pairs import is_value_key, names_secret

Entries: TypeAlias = "list[tuple[str, object]]"
_LONGEST_NAME = 100

_PIECE = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>|<![^>]*>"
    # values of attributes may hold a ">"
    r"|<(?P<tag>/?[^\s/>!?\"'][^>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^>\"']*)*)>|(?P<text>[^<]+)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""(?<![^\s=<>"'/])([^\s=<>"'/]++)(\s*+=\s*+)("([^"]*)"|'([^']*)')""")


def redact_xml(
    text: str,
    places: Iterable[Sequence[str | int | None]],
    edit: Callable[[tuple[str, ...], str, bool], str],
) -> str:
    """The document with each text and attribute value edited by ``edit(names, value, placed)``.

    ``names`` are those of the elements around it and its own, without prefixes; ``placed`` whether one of ``places``
    (paths whose root is the root element's content, indexes ignored, attributes as ``@name``) names it or something
    around it, or it is the value of a pair whose name is sensitive.
    """
    wanted = [_elements(place) for place in places]
    stack: list[str] = []
    pairs = _Pairs(text)
    index = -1

    def placed(*more: str) -> bool:
        path = (*stack[1:], *more)
        return any(path[: len(place)] == place for place in wanted)

    def attribute(match: re.Match[str]) -> str:
        name = _local(match[1])
        names = (*stack, name)
        value = match[4] if match[4] is not None else match[5]
        quote = match[3][0]
        secret = placed("@" + name) or (index in pairs.tags and is_value_key(name))
        return f"{match[1]}{match[2]}{quote}{edit(names, value, secret)}{quote}"

    def piece(match: re.Match[str]) -> str:
        nonlocal index
        index += 1
        if match["text"] is not None:
            return edit(tuple(stack), match[0], placed() or pairs.holds(index))
        if match["cdata"] is not None:
            secret = placed() or pairs.holds(index)
            return f"<![CDATA[{edit(tuple(stack), match['cdata'], secret)}]]>"
        tag = match["tag"]
        if tag is None:
            return edit((), match[0], False)
        if tag.startswith("/"):
            if stack:
                stack.pop()
            return match[0]
        stack.append(_tag_name(tag))
        edited = _ATTRIBUTE.sub(attribute, match[0])
        if tag.endswith("/"):
            stack.pop()
        return edited

    return _PIECE.sub(piece, text)


class _Element:
    """An element that is open: where it began, and what may name or hold the value of a pair in it."""

    def __init__(self, name: str, index: int, attributes: Entries) -> None:
        self.name = name
        self.index = index
        self.attributes = attributes
        self.children: Entries = []
        self.values: list[tuple[int, int]] = []  # the pieces of children that hold a value
        self.text = ""


class _Pairs:
    """The values of pairs in a document whose names are sensitive, by the numbers of its pieces.

    ``tags`` are those with the value in an attribute: ``<add key="db_password" value="…"/>``.
    """

    def __init__(self, text: str) -> None:
        self.tags: set[int] = set()
        self._begins: Counter[int] = Counter()
        self._ends: Counter[int] = Counter()
        stack: list[_Element] = []
        for index, match in enumerate(_PIECE.finditer(text)):
            tag = match["tag"]
            if tag is None:
                words = match["cdata"] if match["text"] is None else html.unescape(match["text"])
                if stack and words and len(stack[-1].text) < _LONGEST_NAME:
                    stack[-1].text += words[:_LONGEST_NAME]
            elif not tag.startswith("/"):
                stack.append(_Element(_tag_name(tag), index, _attributes(match[0])))
            if tag is not None and stack and (tag.startswith("/") or tag.endswith("/")):
                self._close(stack.pop(), index, stack[-1] if stack else None)
        self._depths: list[int] | None = None

    def holds(self, index: int) -> bool:
        """Whether a piece lies in the value of such a pair."""
        if not self._begins:
            return False
        if self._depths is None:
            last = max(self._ends) + 1
            steps = (self._begins[i] - self._ends[i] for i in range(last + 1))
            self._depths = list(accumulate(steps))
        return index < len(self._depths) and self._depths[index] > 0

    def _close(self, element: _Element, index: int, parent: _Element | None) -> None:
        if names_secret(element.attributes):
            self.tags.add(element.index)
            self._mark(element.index, index)
        elif names_secret(element.children):
            for place in element.values:
                self._mark(*place)
        if parent is not None:
            parent.children.append((element.name, element.text))
            if is_value_key(element.name):
                parent.values.append((element.index, index))

    def _mark(self, first: int, last: int) -> None:
        self._begins[first] += 1
        self._ends[last] += 1


def _attributes(tag: str) -> Entries:
    found = _ATTRIBUTE.finditer(tag)
    return [(_local(m[1]), html.unescape(m[4] if m[4] is not None else m[5])) for m in found]


def _tag_name(tag: str) -> str:
    return _local(re.split(r"[\s/]", tag, maxsplit=1)[0])


def _elements(place: Sequence[str | int | None]) -> tuple[str, ...]:
    """The names in a path: ``#text`` is its element, and prefixes (kept where names clash) do not count."""
    names = [step for step in place if isinstance(step, str) and not step.startswith("#")]
    return tuple(f"@{_local(n[1:])}" if n.startswith("@") else _local(n) for n in names)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
