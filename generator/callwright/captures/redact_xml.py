"""Walking XML as text, so that everything but the redacted pieces stays byte for byte as it came."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

_PIECE = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>|<![^>]*>"
    # values of attributes may hold a ">"
    r"|<(?P<tag>/?[^\s/>!?\"'][^>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^>\"']*)*)>|(?P<text>[^<]+)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)(\s*=\s*)("([^"]*)"|'([^']*)')""")


def redact_xml(
    text: str,
    places: Iterable[Sequence[str | int | None]],
    edit: Callable[[tuple[str, ...], str, bool], str],
) -> str:
    """The document with each text and attribute value edited by ``edit(names, value, placed)``.

    ``names`` are those of the elements around it and its own, without prefixes; ``placed`` whether one of ``places``
    (paths whose root is the root element's content, indexes ignored, attributes as ``@name``) names it or something
    around it.
    """
    wanted = [_elements(place) for place in places]
    stack: list[str] = []

    def placed(*more: str) -> bool:
        path = (*stack[1:], *more)
        return any(path[: len(place)] == place for place in wanted)

    def attribute(match: re.Match[str]) -> str:
        name = _local(match[1])
        names = (*stack, name)
        value = match[4] if match[4] is not None else match[5]
        quote = match[3][0]
        return f"{match[1]}{match[2]}{quote}{edit(names, value, placed('@' + name))}{quote}"

    def piece(match: re.Match[str]) -> str:
        if match["text"] is not None:
            return edit(tuple(stack), match[0], placed())
        if match["cdata"] is not None:
            return f"<![CDATA[{edit(tuple(stack), match['cdata'], placed())}]]>"
        tag = match["tag"]
        if tag is None:
            return edit((), match[0], False)
        if tag.startswith("/"):
            if stack:
                stack.pop()
            return match[0]
        stack.append(_local(re.split(r"[\s/]", tag, maxsplit=1)[0]))
        edited = _ATTRIBUTE.sub(attribute, match[0])
        if tag.endswith("/"):
            stack.pop()
        return edited

    return _PIECE.sub(piece, text)


def _elements(place: Sequence[str | int | None]) -> tuple[str, ...]:
    """The names in a path: ``#text`` is its element, and prefixes (kept where names clash) do not count."""
    names = [step for step in place if isinstance(step, str) and not step.startswith("#")]
    return tuple(f"@{_local(n[1:])}" if n.startswith("@") else _local(n) for n in names)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
