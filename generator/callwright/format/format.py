"""Formatting of generated source, remembered by content; and the proof that it parses."""

from __future__ import annotations

from collections.abc import Mapping

from callwright.errors import FormatError
from callwright.format.layout import Pieces, joined, tidied


def format_files(files: Mapping[str, str | Pieces]) -> dict[str, str]:
    """Format each ``.py`` file and check that it parses; other files pass unchanged.

    Raises:
        FormatError: a file is not valid Python (a bug of the generator, never the user's).
    """
    return {path: _format(path, source) for path, source in files.items()}


def _format(path: str, source: str | Pieces) -> str:
    try:
        if isinstance(source, Pieces):
            return joined(source)
        return tidied(source) if path.endswith(".py") else source
    except (SyntaxError, ValueError, RecursionError) as error:
        raise FormatError(
            f"{path}: the generated source is not valid Python ({error}); please report this with the spec"
        ) from None
