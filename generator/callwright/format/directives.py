"""Words that formatters, linters and type checkers take as instructions wherever they stand in a file."""

from __future__ import annotations

import re
from collections.abc import Callable

_DIRECTIVE = re.compile(
    r"""
    (?: isort | fmt | yapf | ruff | flake8 | mypy | pyright | pylint | pytype | autopep8 | vim ) (?= \s* [:=] )
    | pyre (?= -[a-z]+ )
    | type (?= \s* :\s* ignore )
    | pragma (?= [:\s]* no\s* (?: cover | branch ) )
    | noqa | nosec | nosonar | nopep8
    | -\*-
    """,
    re.IGNORECASE | re.VERBOSE,
)
_COOKIE = re.compile(r"coding(?=\s*[:=])")  # an encoding, only after a #


def inert(source: str) -> str:
    """The inside of a text literal with no directive in it, and the same value."""
    return _broken(source, lambda letter: f"\\x{ord(letter):02x}")


def inert_comment(text: str) -> str:
    """A comment with no directive in it."""
    return _broken(text, lambda letter: f"<U+{ord(letter):04X}>")


def _broken(text: str, spelled: Callable[[str], str]) -> str:
    def broken(match: re.Match[str]) -> str:
        return match[0][:-1] + spelled(match[0][-1])

    text = _DIRECTIVE.sub(broken, text)
    return _COOKIE.sub(broken, text) if "#" in text else text
