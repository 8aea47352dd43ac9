"""JSON as text: strict parsing with places, and rewriting that keeps key order and the spelling of every number."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, TypeAlias

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
_PLAIN = re.compile(r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*\Z")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonTextError(ValueError):
    """A text is no JSON that every reader keeps. ``line`` and ``column`` count from 1; ``length`` in characters.

    ``way_out``: what to do about it, where that is not to correct the text.
    """

    way_out = ""

    def __init__(self, message: str, line: int, column: int, length: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.reason = message
        self.line = line
        self.column = column
        self.length = length


class RepeatedKeyError(JsonTextError):
    """An object has a key twice, so that readers keep different values. The place is that of the second."""

    way_out = (
        "every reader would keep another of the two: remove one of them, or, where nobody reads the answer, say so with "
        "response: {untyped: true}"
    )


class TooDeepTextError(JsonTextError):
    """More than MAX_DEPTH levels."""

    way_out = (
        "JSON readers refuse that: capture a shallower answer, or take it as text (response: {type: text}, stored as "
        ".txt)"
    )


class UnkeptError(JsonTextError):
    """A number or a text that JSON libraries change or refuse: NaN, 1e400, half of a character."""

    way_out = (
        "put a value there that is kept (null, or \\ufffd for half of a character); where the provider always answers so, take "
        "the answer as text: response: {type: text}, and store it as .txt"
    )


class _UnkeptNumber(ValueError):
    pass


class _Repeated(Exception):
    pass


def decode(data: bytes) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises JsonTextError at the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise JsonTextError("not UTF-8", before.count(b"\n") + 1, column) from None


def parse_json(
    data: bytes | str,
    *,
    keys_once: bool = False,
    number: Callable[[str], float] | None = None,
) -> JsonValue:
    """The value of a JSON document, refusing what is not JSON and what JSON libraries do not keep.

    Refused: NaN and infinities, numbers beyond a double's range, lone surrogates, more than MAX_DEPTH levels, and with
    ``keys_once`` a key that stands twice in one object. ``number`` reads numbers with a point or an exponent, as
    ``read_float`` does.

    Raises:
        JsonTextError: with the place; a RepeatedKeyError for a key that stands twice.
    """
    text = decode(data) if isinstance(data, bytes) else data.removeprefix("\ufeff")
    try:
        value: JsonValue = json.loads(
            text,
            parse_constant=_refuse,
            parse_float=number or read_float,
            object_pairs_hook=_keys_once if keys_once else None,
        )
    except json.JSONDecodeError as error:
        raise JsonTextError(_reason(error), error.lineno, error.colno) from None
    except _Repeated:
        raise _repeated(text) from None
    except RecursionError:
        raise _too_deep(text) from None
    except ValueError:
        _locate(text)
        raise JsonTextError("a number that cannot be read", 1, 1) from None
    if _SURROGATE.search(text):
        _locate(text)
    if text.count("[") + text.count("{") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        raise _too_deep(text)
    return value


def _keys_once(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Repeated
    return made


def _repeated(text: str) -> RepeatedKeyError:
    """The first key of a valid document that stands twice in one object."""
    seen: dict[int, tuple[tuple[Step, ...], set[str]]] = {}  # by depth, the object there now
    found: list[tuple[tuple[Step, ...], str]] = []

    def look(path: tuple[Step, ...], token: str, is_key: bool) -> str:
        if not is_key or found:
            return token
        place, key = path[:-1], str(path[-1])
        known = seen.get(len(place))
        if known is None or known[0] != place:
            known = seen[len(place)] = (place, set())
        keys = known[1]
        if key in keys:
            found.append((path, token))
            return f"\0{token}"
        keys.add(key)
        return token

    before, _, _ = rewrite(text, look, indent=None).partition("\0")
    path, token = found[0]
    key = json.dumps(path[-1], ensure_ascii=False)
    told = f"the key {key} stands twice in one object ({spelled_path(path)})"
    line = before.count("\n") + 1
    return RepeatedKeyError(
        # what a provider sends must not move a terminal's cursor
        "".join(c if c.isprintable() else repr(c)[1:-1] for c in told),
        line,
        len(before) - before.rfind("\n"),
        len(token),
    )


def spelled_path(steps: Iterable[Step]) -> str:
    """Where something is in a document, as paths of the spec have it."""
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else spelled_key(s) for s in steps)


def spelled_key(key: str) -> str:
    """A key as a step of a path: ``.name``, ``['any name']``."""
    if _PLAIN.match(key):
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


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


def depth_of(value: object) -> int:
    """How many containers lie in one another, level by level, so that no depth exhausts the stack."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    depth = 0
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
    return depth


def _too_deep(text: str) -> TooDeepTextError:
    depth = start = 0
    for match in _TOKEN.finditer(text):
        if match[0] in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                start = match.start()
                break
        elif match[0] in ("]", "}"):
            depth -= 1
    found = _error_at(text, start, f"nested more than {MAX_DEPTH} levels deep")
    return TooDeepTextError(found.reason, found.line, found.column)


def _error_at(text: str, start: int, reason: str, length: int = 1) -> JsonTextError:
    line = text.count("\n", 0, start) + 1
    return JsonTextError(reason, line, start - text.rfind("\n", 0, start), length)


def _refuse(constant: str) -> NoReturn:
    raise _UnkeptNumber(constant)


def read_float(text: str) -> float:
    """The number of a JSON text. Raises ValueError for one that does not fit a double."""
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
            found = _error_at(text, match.start(), reason, len(match[0]))
            raise UnkeptError(found.reason, found.line, found.column, found.length)


def _unkept(token: str) -> str | None:
    if token.endswith(("NaN", "Infinity")):
        return f"{token} is not JSON"
    try:
        value = json.loads(token, parse_float=read_float)
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
