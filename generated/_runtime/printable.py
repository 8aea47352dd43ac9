"""Text of a provider without what could move a terminal's cursor or reorder a line."""

from __future__ import annotations

import re

# controls, line and paragraph separators, marks of text direction, and half characters, which no terminal can encode
_UNSAFE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def printable(text: str) -> str:
    """The text with control characters as spaces; tabs and line feeds stay."""
    return text if text.isprintable() else re.sub(_UNSAFE, " ", text)


def one_line(text: str) -> str:
    """The printable text on one line, its white space collapsed."""
    return " ".join(printable(text).split())
