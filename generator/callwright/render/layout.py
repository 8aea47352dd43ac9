"""How source is laid out: by isort and black, in process and remembered by content, or right from the start.

Most definitions of generated models are printed as black would print them, so that black need not be asked, or even
imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callwright.cache import cached, version_of

WIDTH = 88
INDENT = 4  # fields stand inside a class


@dataclass(frozen=True, slots=True)
class Pieces:
    """A large file in pieces, so that a changed one costs only its own layout.

    In ``frame`` each name of ``slots`` stands for its pieces, as a method that does nothing (``def slot(self): pass``)
    for methods, as a constant (``slot = None``) for statements. No foreign text in the frame may hold such a name.
    """

    frame: str
    slots: Mapping[str, Sequence[str]]


def call_statement(head: str, value: str | None, arguments: Sequence[str]) -> list[str]:
    """``head``, ``head = value`` or ``head = value(arguments)``, broken over lines when too long for a class body."""
    room = WIDTH - INDENT
    text = head if value is None else f"{head} = {value}"
    if arguments:
        text += f"({', '.join(arguments)})"
    if len(text) <= room or not arguments:
        return [text]
    inner = ", ".join(arguments)
    if len(f"{head} = {value}(") <= room:
        if len(inner) + 4 <= room:
            return [f"{head} = {value}(", f"    {inner}", ")"]
        return [f"{head} = {value}(", *(f"    {a}," for a in arguments), ")"]
    return [text]


def text_literal(text: str) -> str:
    """A text as a literal, in double quotes as black prefers them."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in text else plain


# one line of a class that black leaves as it is, whatever stands around it
_TYPE = r'(?:[\w.\[\], |]|"[^"\\\']*")+'
_WORDS = r'"""[^"\\ ](?:[^"\\]*[^"\\ ])?"""'
_PLAIN = re.compile(
    rf"""class\ \w+\(Model,\ captures=\d+\):\n
    (?:\ {{4}}{_WORDS}\n\n)?
    (?:\ {{4}}(?:
        pass\n
      | \w+:\ {_TYPE}(?:\ =\ None)?\n(?:\ {{4}}{_WORDS}\n)?
    ))+""",
    re.ASCII | re.VERBOSE,
)


def laid_out(source: str) -> str:
    """One definition as black prints it."""
    if _PLAIN.fullmatch(source) and max(map(len, source.split("\n"))) <= WIDTH:
        return source
    return cached("black", versions(), source, black)


def tidied(text: str) -> str:
    """A module as isort and black print it. Raises SyntaxError."""
    return cached("format", versions(), text, _tidied)


def _tidied(text: str) -> str:
    import isort

    formatted = black(isort.code(text, config=isort.Config(profile="black", line_length=WIDTH)))
    ast.parse(formatted)
    return formatted


def joined(pieces: Pieces) -> str:
    """A file of pieces as isort and black print it. Raises SyntaxError."""
    text = tidied(pieces.frame)
    for slot, sources in pieces.slots.items():
        stub = rf"(?m)^(?:    def {slot}\(self\):\n        pass|{slot} = None)\n"
        before, after = re.split(stub, text)
        made = "\n".join(cached("piece", versions(), source, _piece) for source in sources)
        text = f"{before}{made}{after}"
    return text


def _piece(source: str) -> str:
    head = "class _:\n" if source.startswith(" ") else ""
    formatted = black(head + source)
    ast.parse(formatted)
    return formatted.removeprefix(head)


def black(text: str) -> str:
    """Source as black prints it. Raises SyntaxError."""
    from black import format_str
    from black.mode import Mode, TargetVersion
    from black.parsing import InvalidInput

    try:
        return format_str(text, mode=Mode({TargetVersion.PY311}, line_length=WIDTH))
    except InvalidInput as error:
        raise SyntaxError(str(error)) from None


def versions() -> str:
    """What decides the layout."""
    return f"{version_of('black')} {version_of('isort')} {WIDTH}"
