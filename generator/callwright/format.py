"""Formatting of generated source: isort and black, in process, remembered by content; and the proof that it parses."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

from callwright.cache import cached
from callwright.errors import FormatError

LINE_LENGTH = 88
RUNTIME = "_runtime/"  # copied byte for byte


def format_files(files: Mapping[str, str]) -> dict[str, str]:
    """Format each ``.py`` file and check that it parses; other files pass unchanged, the runtime's copies too.

    Raises:
        FormatError: a file is not valid Python (a bug of the generator, never the user's).
    """
    return {
        path: _format(path, text) if path.endswith(".py") and not path.startswith(RUNTIME) else text
        for path, text in files.items()
    }


def _format(path: str, text: str) -> str:
    try:
        formatted = cached("format", _versions(), text, _formatted)
        ast.parse(formatted)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise FormatError(
            f"{path}: the generated source is not valid Python ({error}); please report this with the spec"
        ) from None
    return formatted


def _formatted(text: str) -> str:
    import isort
    from black import format_str
    from black.mode import Mode, TargetVersion
    from black.parsing import InvalidInput

    ordered = isort.code(text, config=isort.Config(profile="black", line_length=LINE_LENGTH))
    try:
        return format_str(ordered, mode=Mode({TargetVersion.PY311}, line_length=LINE_LENGTH))
    except InvalidInput as error:
        raise SyntaxError(str(error)) from None


@lru_cache(maxsize=1)
def _versions() -> str:
    # from the metadata: importing black costs more than a whole cached run
    from importlib.metadata import version

    return f"{version('black')} {version('isort')} {LINE_LENGTH}"
