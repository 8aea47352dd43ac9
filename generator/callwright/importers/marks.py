"""Variables inside texts of a source: a text with marks stands for what is known only when the request is sent."""

from __future__ import annotations

import re
from collections.abc import Callable

_START, _END = "\x02", "\x03"
_MARK = re.compile(f"{_START}([^{_START}{_END}]*){_END}")


def mark(name: str) -> str:
    """The mark of a variable, to be put into a text."""
    return f"{_START}{name}{_END}"


def unmarked(text: str) -> str:
    """A text of a source without the characters that marks are made of."""
    return text.replace(_START, "").replace(_END, "")


def marked_names(text: str) -> list[str]:
    """The variables of a text, in order."""
    return _MARK.findall(text)


def whole_mark(text: str) -> str | None:
    """The variable that a text consists of; None when it holds anything else."""
    found = _MARK.fullmatch(text)
    return found[1] if found else None


def replaced(text: str, value: Callable[[str], str]) -> str:
    """The text with each mark replaced by what ``value`` gives for its name."""
    return _MARK.sub(lambda match: value(match[1]), text)


def shown(text: str) -> str:
    """The text as a person would write it: ``${name}`` for a mark."""
    return replaced(text, lambda name: f"${{{name}}}")
