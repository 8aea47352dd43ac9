"""Patterns of JSON Schema: ECMAScript's regular expressions, found anywhere in a text.

They run on pydantic's engine, whose time grows linearly with the text. What it has no equivalent for (look-around,
back references) is refused. Classes (``\\d``, ``\\w``, ``\\b``) are ASCII, and ``$`` is the very end.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

_QUANTIFIER = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_SPACE = (
    r"\t\n\x0b\x0c\r \xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
)
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": _SPACE}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_CODE = re.compile(
    r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|c([A-Za-z])|(0)(?![0-9])"
)
_PROPERTY = re.compile(r"[pP]\{[A-Za-z0-9_=]+\}")
_CLASS_OR_ESCAPE = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ANY = r"[^\n\r\x{2028}\x{2029}]"


class PatternError(ValueError):
    """Not a pattern, or one that the engine does not run."""


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found in a text. Raises PatternError."""
    return compiled(pattern).isinstance_python(text)


def whole(pattern: str) -> str:
    """The pattern of texts that match as a whole."""
    is_whole = pattern.startswith("^") and pattern.endswith("$") and not pattern.endswith("\\$")
    return pattern if is_whole and "|" not in pattern else f"^(?:{pattern})$"


def is_anchored(pattern: str) -> bool:
    """Whether the pattern, and each of its alternatives, says how a text begins."""
    bare = _CLASS_OR_ESCAPE.sub("x", pattern)
    depth, starts = 0, [0]
    for index, char in enumerate(bare):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            starts.append(index + 1)
    return all(bare.startswith("^", start) for start in starts)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> SchemaValidator:
    """The pattern, ready to be used. Raises PatternError."""
    from pydantic_core import SchemaError, SchemaValidator  # a tenth of what pydantic takes to load

    try:
        return SchemaValidator({"type": "str", "pattern": translated(pattern)})
    except SchemaError as error:
        problem = _reason(str(error))
    raise PatternError(problem)


def _reason(text: str) -> str:
    """What the engine says, without its drawing of the translated pattern."""
    if "size limit" in text:
        return "it is too large"
    last = text.strip().rpartition("error: ")[2]
    if last.startswith("look-around"):
        return "look-around, such as (?=…), is not supported"
    return last.partition(", ")[0].strip() or "it cannot be read"


def translated(pattern: str) -> str:
    """The pattern in the engine's language. Raises PatternError."""
    result: list[str] = []
    position = 0
    while position < len(pattern):
        text, position = _next(pattern, position)
        result.append(text)
    return "".join(result)


def _next(pattern: str, position: int) -> tuple[str, int]:
    """What stands at a position, translated, and the position behind it."""
    char = pattern[position]
    if char == "\\":
        return _escape(pattern, position + 1)
    if char == "[":
        return _class(pattern, position + 1)
    if char == ".":
        return _ANY, position + 1
    if char == "{":
        quantifier = _QUANTIFIER.match(pattern, position)
        return (quantifier[0], quantifier.end()) if quantifier else (r"\{", position + 1)
    return (f"\\{char}" if char in "]}" else char), position + 1


def _escape(pattern: str, position: int) -> tuple[str, int]:
    """An escape outside of a class; ``position`` is behind the backslash."""
    char = _escaped_char(pattern, position)
    if char.lower() in _CLASSES:
        return f"[{'^' if char.isupper() else ''}{_CLASSES[char.lower()]}]", position + 1
    if char in "bB":
        return f"(?-u:\\{char})", position + 1
    if named := _PROPERTY.match(pattern, position):
        return f"\\{named[0]}", named.end()
    code, position = _code(pattern, position)
    return _literal(code), position


def _escaped_char(pattern: str, position: int) -> str:
    if position == len(pattern):
        raise PatternError("a backslash at its end")
    return pattern[position]


def _code(pattern: str, position: int) -> tuple[int, int]:
    """The character that an escape stands for."""
    char = pattern[position]
    if char in _CONTROLS:
        return _CONTROLS[char], position + 1
    found = _CODE.match(pattern, position)
    if found is None:
        if char.isalnum():
            raise PatternError(_unknown(char))
        return ord(char), position + 1
    if found[4]:
        return ord(found[4]) % 32, found.end()
    code = 0 if found[5] else int(found[1] or found[2] or found[3], 16)
    low = re.compile(r"\\u([dD][c-fC-F][0-9A-Fa-f]{2})").match(pattern, found.end())
    if 0xD800 <= code < 0xDC00 and low:
        return 0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00, low.end()
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        raise PatternError(f"\\{found[0]} is not a character")
    return code, found.end()


def _unknown(char: str) -> str:
    ways = {"A": "^ is the beginning", "Z": "$ is the end", "z": "$ is the end"}
    if char.isdigit() or char == "k":
        return "back references are not supported"
    return f"\\{char} has no meaning{': ' + ways[char] if char in ways else ''}"


def _literal(code: int) -> str:
    char = chr(code)
    return char if char.isalnum() and char.isascii() else f"\\x{{{code:x}}}"


def _class(pattern: str, position: int) -> tuple[str, int]:
    """A class; ``position`` is behind its bracket."""
    negated = pattern.startswith("^", position)
    position += negated
    parts: list[str] = []
    while True:
        if position >= len(pattern):
            raise PatternError("a [ without its ]")
        if pattern[position] == "]":
            break
        part, low, position = _member(pattern, position)
        is_range = pattern.startswith("-", position) and not pattern.startswith("-]", position)
        if low is not None and is_range:
            end, high, after = _member(pattern, position + 1)
            if high is not None:
                part, position = f"{part}-{end}", after
                if high < low:
                    raise PatternError("a range whose end comes before its start")
        parts.append(part)
    if not parts:
        # nothing, or anything: lines included
        return r"[\x{0}-\x{10ffff}]" if negated else r"[^\x{0}-\x{10ffff}]", position + 1
    return f"[{'^' if negated else ''}{''.join(parts)}]", position + 1


def _member(pattern: str, position: int) -> tuple[str, int | None, int]:
    """A member of a class: translated, its code where it is one character, and the position behind it."""
    if position >= len(pattern):
        raise PatternError("a [ without its ]")
    if pattern[position] != "\\":
        code = ord(pattern[position])
        return _literal(code), code, position + 1
    char = _escaped_char(pattern, position + 1)
    if char.lower() in _CLASSES:
        inner = _CLASSES[char.lower()]
        return (f"[^{inner}]" if char.isupper() else inner), None, position + 2
    if char == "b":
        return _literal(8), 8, position + 2
    if named := _PROPERTY.match(pattern, position + 1):
        return f"\\{named[0]}", None, named.end()
    code, position = _code(pattern, position + 1)
    return _literal(code), code, position
