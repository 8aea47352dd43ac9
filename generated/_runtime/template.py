"""``${name}`` in constant texts: found and replaced, never evaluated; ``$${`` stands for a literal ``${``."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_REFERENCE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@lru_cache(maxsize=2048)
def names(text: str) -> tuple[str, ...]:
    """The names a text mentions, each once, in order."""
    if "${" not in text:
        return ()
    return tuple(dict.fromkeys(m for m in _REFERENCE.findall(text) if m))


def substitute(text: str, value: Callable[[str], str]) -> str:
    """The text with each ``${name}`` replaced by ``value(name)``."""
    if "${" not in text:
        return text
    whole = names(text)
    if len(whole) == 1 and len(text) == len(whole[0]) + 3:
        return value(whole[0])
    return _REFERENCE.sub(lambda m: value(m[1]) if m[1] else "${", text)


def split(text: str) -> list[tuple[str, str]]:
    """The text in pieces: ("text", literal) and ("name", a reference's name)."""
    pieces: list[tuple[str, str]] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        pieces.append(("text", text[end : match.start()] + ("" if match[1] else "${")))
        if match[1]:
            pieces.append(("name", match[1]))
        end = match.end()
    pieces.append(("text", text[end:]))
    return [p for p in pieces if p[1]]
