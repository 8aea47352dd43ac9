"""Walking XML as text, so that everything but the redacted pieces stays byte for byte as it came."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

_PIECE = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>|<![^>]*>|<(?P<tag>/?[^\s/>!?][^>]*)>|(?P<text>[^<]+)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)(\s*=\s*)("([^"]*)"|'([^']*)')""")


def redact_xml(
    text: str,
    places: Iterable[Sequence[str | int | None]],
    edit: Callable[[str, str, bool], str],
) -> str:
    """The document with each text and attribute value edited by ``edit(name, value, placed)``.

    ``name`` is the element's or attribute's, without prefix; ``placed`` whether one of ``places`` (paths whose root is
    the root element's content, indexes ignored, attributes as ``@name``) names it or something around it.
    """
    wanted = [tuple(step for step in place if isinstance(step, str)) for place in places]
    stack: list[str] = []

    def placed(*more: str) -> bool:
        path = (*stack[1:], *more)
        return any(path[: len(place)] == place for place in wanted)

    def attribute(match: re.Match[str]) -> str:
        name = _local(match[1])
        value = match[4] if match[4] is not None else match[5]
        quote = match[3][0]
        return f"{match[1]}{match[2]}{quote}{edit(name, value, placed('@' + name))}{quote}"

    def piece(match: re.Match[str]) -> str:
        if match["text"] is not None:
            return edit(stack[-1] if stack else "", match[0], placed())
        if match["cdata"] is not None:
            return f"<![CDATA[{edit(stack[-1] if stack else '', match['cdata'], placed())}]]>"
        tag = match["tag"]
        if tag is None:
            return edit("", match[0], False)
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


def _local(name: str) -> str:
    return name.rpartition(":")[2]
