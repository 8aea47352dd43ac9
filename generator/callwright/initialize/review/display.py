"""What others wrote, on a terminal: none of it acts there, columns stay straight, and lines end somewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

UNLIMITED = sys.maxsize
"""Cells of a line where there is no terminal: it is not cut."""

_LEAST = 16  # cells of a column that has to give way


def visible(text: str) -> str:
    """The text with what cannot be seen, or would act on the terminal, as in JSON: ``\\u001b``, ``\\u202e``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def padded(text: str, width: int) -> str:
    """The text with blanks up to ``width`` cells; wide characters fill two."""
    return text + " " * (width - cell_len(text))


def cut(text: str, width: int) -> str:
    """The text in at most ``width`` cells, ending in ``…`` where it goes on."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + "…"


def cut_front(text: str, width: int) -> str:
    """The end of the text in at most ``width`` cells, beginning with ``…`` where more stands before it."""
    if cell_len(text) <= width:
        return text
    while cell_len(text) >= width and text:
        text = text[1:]
    return f"…{text}"


def table(rows: Sequence[tuple[str, str, str, str]], width: int) -> list[str]:
    """A mark and three columns in ``width`` cells, so wide as what they hold; the first gives way at its front, then
    the second."""
    first, second, third = (max((cell_len(r[i]) for r in rows), default=0) for i in range(1, 4))
    over = max(first + second + third + 6 - width, 0)
    given = min(over, max(first - _LEAST, 0))
    first -= given
    second -= min(over - given, max(second - _LEAST, 0))
    lines = (
        f"{mark} {padded(cut_front(a, first), first)}  {padded(cut(b, second), second)}  {c}"
        for mark, a, b, c in rows
    )
    return [cut(line.rstrip(), width) for line in lines]
