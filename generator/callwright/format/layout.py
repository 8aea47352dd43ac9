"""How source is laid out: by isort and black, in process and remembered by content, or right from the start.

Most definitions of generated models are printed as black would print them, so that black need not be asked, or even
imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from callwright.cache import cached, version_of
from callwright.format.directives import inert

WIDTH = 88
INDENT = 4  # fields stand inside a class


@dataclass(frozen=True, slots=True)
class Pieces:
    """A large file in pieces, so that a changed one costs only its own layout.

    In ``frame`` each name of ``slots`` stands for its pieces, as a method that does nothing (``def slot(self): pass``)
    for methods, as a constant (``slot = None``) for statements. No foreign text in the frame may hold such a name.
    ``twins``: slot → the earlier one that holds the synchronous twins of its methods.
    """

    frame: str
    slots: Mapping[str, Sequence[str]]
    twins: Mapping[str, str] = field(default_factory=dict[str, str])


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
    plain = inert(repr(text))
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in text else plain


# one line of a class that black leaves as it is, whatever stands around it
_TYPE = r'(?:[\w.\[\], |]|"[^"\\\']*")+'
_WORDS = r'"""[^"\\ ](?:[^"\\]*[^"\\ ])?"""'
_PLAIN = re.compile(
    rf"""class\ \w+\(Model\):\n
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
    formatted = black(_sorted(text))
    ast.parse(formatted)
    return formatted


def with_sorted_imports(text: str) -> str:
    """A module that is laid out but for the order of its imports, as isort prints it. Raises SyntaxError."""
    return cached("sorted", versions(), text, _parsed)


def _parsed(text: str) -> str:
    made = _sorted(text)
    ast.parse(made)
    return made


def _sorted(text: str) -> str:
    import isort

    return isort.code(text, config=isort.Config(profile="black", line_length=WIDTH))


def joined(pieces: Pieces) -> str:
    """A file of pieces as isort and black print it. Raises SyntaxError."""
    text = tidied(pieces.frame)
    made: dict[str, list[str]] = {}
    for slot, sources in pieces.slots.items():
        stub = rf"(?m)^(?:    def {slot}\(self\):\n        pass|{slot} = None)\n"
        before, after = re.split(stub, text)
        twin = pieces.twins.get(slot)
        known = zip(pieces.slots[twin], made[twin], strict=True) if twin else repeat(("", ""))
        made[slot] = [
            _of_twin(source, *pair) or cached("piece", versions(), source, _piece)
            for source, pair in zip(sources, known, strict=False)
        ]
        text = before + "\n".join(made[slot]) + after
    return text


def _of_twin(source: str, twin: str, formatted: str) -> str | None:
    """An asynchronous method, formatted, by its formatted synchronous twin; None when the words more may move others.

    Where the twin's signature and call are broken over lines, those of the method are in the same places.
    """
    if source != _asynchronous(twin):
        return None
    longer = [line for line in formatted.split("\n") if line.startswith((_DEF, _CALL))]
    broken = [line for line in longer if line.endswith("(") and len(line) + 6 <= WIDTH]
    return _asynchronous(formatted) if len(longer) == len(broken) == 2 else None


_DEF, _CALL = "    def ", "        return self._call("


def _asynchronous(method: str) -> str:
    made = method.replace(_DEF, "    async def ", 1)
    return made.replace(_CALL, "        return await self._call(", 1)


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
