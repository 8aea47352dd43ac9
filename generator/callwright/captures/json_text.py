"""JSON as text: strict parsing with places, and rewriting that keeps key order and the spelling of every number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeAlias

from callwright.runtime.definition import JsonValue

Step: TypeAlias = "str | int"
"""One step of a place inside a document: a key or an index."""

Edit: TypeAlias = "Callable[[tuple[Step, ...], str, bool], str]"
"""``edit(path, token, is_key)`` → the token to print. Tokens are raw JSON: strings with their quotes."""

MAX_DEPTH = 200
"""Deeper documents are refused, as pydantic's own JSON reader refuses them."""

_TOKEN = re.compile(
    r'(?P<space>[ \t\r\n]+)|(?P<mark>[{}\[\],:])|(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")'
    r"|(?P<scalar>[-+0-9.eE]+|true|false|null)",
    re.DOTALL,
)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonTextError(ValueError):
    """A text is no JSON that every reader keeps. ``line`` and ``column`` count from 1; ``length`` in characters."""

    def __init__(self, message: str, line: int, column: int, length: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.reason = message
        self.line = line
        self.column = column
        self.length = length


class _UnkeptNumber(ValueError):
    pass


def decode(data: bytes) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises JsonTextError at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise JsonTextError("not UTF-8", before.count(b"\n") + 1, column) from None


def parse_json(data: bytes | str) -> JsonValue:
    """The value of a JSON document, refusing what is not JSON and what JSON libraries do not keep.

    Refused: NaN and infinities, numbers beyond a double's range, lone surrogates, more than MAX_DEPTH levels.
    Raises JsonTextError with the place.
    """
    text = decode(data) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    try:
        value: JsonValue = json.loads(text, parse_constant=_refuse, parse_float=_float)
    except json.JSONDecodeError as error:
        raise JsonTextError(_reason(error), error.lineno, error.colno) from None
    except RecursionError:
        raise _too_deep(text) from None
    except ValueError:
        _locate(text)
        raise JsonTextError("a number that cannot be read", 1, 1) from None
    if _SURROGATE.search(text):
        _locate(text)
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise _too_deep(text)
    return value


def rewrite(text: str, edit: Edit | None = None, indent: int | None = 2) -> str:
    """The document in our own layout (``indent`` spaces per level; None keeps the layout), tokens edited by ``edit``.

    The text must be valid JSON. Only layout and edited tokens change: never the order of keys or a number's spelling.
    """
    out: list[str] = []
    path: list[Step] = []
    opened = False  # the last mark opened a container, so a closing one makes it empty
    wants_key = False
    for kind, piece in _tokens(text):
        if kind == "space":
            if indent is None:
                out.append(piece)
            continue
        closing = piece in ("}", "]") and kind == "mark"
        if opened and not closing:
            _newline(out, len(path), indent)
        opened = False
        if kind == "string" and wants_key:
            path[-1] = json.loads(piece)
            wants_key = False
            out.append(edit(tuple(path), piece, True) if edit else piece)
        elif kind != "mark":
            out.append(edit(tuple(path), piece, False) if edit else piece)
        elif piece == ":":
            out.append(": " if indent is not None else piece)
        elif piece == ",":
            out.append(piece)
            _newline(out, len(path), indent)
            last = path[-1]
            if isinstance(last, int):
                path[-1] = last + 1
            wants_key = isinstance(last, str)
        elif closing:
            path.pop()
            if out[-1] not in ("{", "["):
                _newline(out, len(path), indent)
            out.append(piece)
        else:
            out.append(piece)
            path.append("" if piece == "{" else 0)
            opened, wants_key = True, piece == "{"
    return "".join(out) + ("\n" if indent is not None else "")


def _newline(out: list[str], depth: int, indent: int | None) -> None:
    if indent is not None:
        out.append("\n" + " " * (indent * depth))


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        yield str(match.lastgroup), match[0]


def _depth(value: object) -> int:
    """How many containers lie in one another, level by level, so that no depth exhausts the stack."""
    level, depth = [value], 0
    while level := [v for v in level if isinstance(v, dict | list)]:  # pyright: ignore
        depth += 1
        level = [v for c in level for v in (c.values() if isinstance(c, dict) else c)]
    return depth


def _too_deep(text: str) -> JsonTextError:
    depth = 0
    for match in _TOKEN.finditer(text):
        if match[0] in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                return _error_at(text, match.start(), f"nested more than {MAX_DEPTH} levels deep")
        elif match[0] in ("]", "}"):
            depth -= 1
    return _error_at(text, 0, f"nested more than {MAX_DEPTH} levels deep")


def _error_at(text: str, start: int, reason: str, length: int = 1) -> JsonTextError:
    line = text.count("\n", 0, start) + 1
    return JsonTextError(reason, line, start - text.rfind("\n", 0, start), length)


def _refuse(constant: str) -> NoReturn:
    raise _UnkeptNumber(constant)


def _float(text: str) -> float:
    value = float(text)
    if value and value - value == 0:
        return value  # neither zero nor infinite
    mantissa = re.split("[eE]", text)[0]
    if value in (float("inf"), float("-inf")) or (value == 0 and mantissa.strip("-0.")):
        raise _UnkeptNumber(text)
    return value


def _reason(error: json.JSONDecodeError) -> str:
    """The parser's message in our words: it speaks of Python, and of "line 1 column 1" twice."""
    if error.doc.strip() == "":
        return "the file is empty; JSON was expected"
    return f"not valid JSON: {error.msg[0].lower()}{error.msg[1:]}"


def _locate(text: str) -> None:
    """Raise with the place of the first token that JSON libraries do not keep; nothing when there is none."""
    for match in re.finditer(r'"[^"\\]*(?:\\.[^"\\]*)*"|NaN|-?Infinity|[-+0-9.eE]+', text):
        reason = _unkept(match[0])
        if reason:
            raise _error_at(text, match.start(), reason, len(match[0]))


def _unkept(token: str) -> str | None:
    if token.endswith(("NaN", "Infinity")):
        return f"{token} is not JSON"
    try:
        value = json.loads(token, parse_float=_float)
        if isinstance(value, str):
            value.encode()
    except UnicodeEncodeError:
        return "a lone surrogate: half of a character, which no JSON library keeps"
    except _UnkeptNumber:
        return f"{_shorten(token)} does not fit a double; JSON libraries would change it"
    except ValueError:
        return f"a number of {len(token)} digits cannot be read" if len(token) > 4000 else None
    return None


def _shorten(token: str) -> str:
    return token if len(token) <= 24 else f"{token[:20]}…"
