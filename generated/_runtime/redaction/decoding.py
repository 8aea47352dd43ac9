"""A text with its escapes, base64 or hexadecimal parts decoded, and where each decoded character came from."""

from __future__ import annotations

import base64
import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import lru_cache

Span = tuple[int, int]

_HEX = "[0-9A-Fa-f]"
_BYTE = r"(?:%|\\x)"
_TAIL = rf"{_BYTE}[89ABab]{_HEX}"
_ESCAPE = re.compile(
    rf"(?P<byte>{_BYTE}(?:[0-7]{_HEX}|[CDcd]{_HEX}{_TAIL}|[Ee]{_HEX}(?:{_TAIL}){{2}}|[Ff][0-7](?:{_TAIL}){{3}}|{_HEX}{{2}}))"
    rf"|(?P<pair>[\\%]u[Dd][89ABab]{_HEX}{{2}}[\\%]u[Dd][C-Fc-f]{_HEX}{{2}})"
    rf"|(?P<unit>[\\%]u{_HEX}{{4}}|\\u\{{{_HEX}{{1,6}}\}}|\\U{_HEX}{{8}})"
    r"|(?P<octal>\\[0-3][0-7]{2})"
    r"|\\(?P<sign>[\r\n -/:-@\[-`{-~bfnrt])"
    rf"|(?P<entity>&(?:\#(?:[0-9]{{1,7}}|[xX]{_HEX}{{1,6}});?|[A-Za-z][A-Za-z0-9]{{1,31}};))"
    r"|(?P<raw>[\udc80-\udcff])"
)
_MAY_ESCAPE = re.compile(r"[%\\&\udc80-\udcff]")
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SHORTEST_LINE = 20  # of base64 in lines
_STANDARD = str.maketrans("-_", "+/")


class View:
    """A decoded text. ``source`` gives the place in the original of a place in it."""

    def __init__(self, text: str, source: Callable[[int, int], Span]) -> None:
        self.text = text
        self.source = source


def unescaped(text: str) -> View | None:
    """The text with its escapes decoded once: percent, JSON, HTML and backslash escapes. None when it has none."""
    if not _MAY_ESCAPE.search(text):
        return None
    parts: list[str] = []
    decoded_ends, source_ends, source_starts, lengths = [0], [0], [0], [0]
    position = length = 0
    for match in _ESCAPE.finditer(text):
        value = _decoded(match)
        parts += [text[position : match.start()], value]
        length += match.start() - position + len(value)
        position = match.end()
        decoded_ends.append(length)
        lengths.append(len(value))
        source_starts.append(match.start())
        source_ends.append(position)
    if len(decoded_ends) == 1:
        return None
    parts.append(text[position:])
    starts = [end - size for end, size in zip(decoded_ends, lengths, strict=True)]

    def place(index: int) -> Span:
        """The source of the character at ``index``."""
        mark = bisect_right(starts, index) - 1
        if index < decoded_ends[mark]:
            return source_starts[mark], source_ends[mark]
        start = source_ends[mark] + index - decoded_ends[mark]
        return start, start + 1

    return View("".join(parts), lambda start, end: (place(start)[0], place(end - 1)[1]))


def _decoded(match: re.Match[str]) -> str:
    text = match[0]
    match match.lastgroup:
        case "byte":
            data = bytes.fromhex(text.replace("%", "").replace("\\x", ""))
            return data.decode("utf-8", "replace") if len(data) > 1 else data.decode("latin-1")
        case "pair":
            pair = bytes.fromhex(re.sub("[\\\\%]u", "", text))
            return pair.decode("utf-16-be")
        case "unit":
            code = int(text[2:].strip("{}"), 16)
            return chr(code) if code <= 0x10FFFF else text
        case "octal":
            return chr(int(text[1:], 8))
        case "sign":
            return _CONTROLS.get(text[1], text[1])
        case "entity":
            return html.unescape(text)
        case _:
            return chr(ord(text) - 0xDC00)  # a byte that is not UTF-8: probably latin-1


def packed(text: str, shortest: int) -> Iterator[View]:
    """The base64 and hexadecimal parts that can hold ``shortest`` bytes, decoded at each alignment to latin-1."""
    base64_runs, hexadecimal_runs = _runs(shortest)
    for match in base64_runs.finditer(text):
        if len(match["run"]) * 3 // 4 >= shortest:
            for offset in range(4):
                yield _base64_view(match, offset)
    for match in hexadecimal_runs.finditer(text):
        for offset in range(2):
            yield _hex_view(match, offset)


@lru_cache(maxsize=64)
def _runs(shortest: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    least = min(shortest * 4 // 3, _SHORTEST_LINE)
    return (
        re.compile(rf"(?P<run>[A-Za-z0-9+/_-]{{{least},}}+(?:\r?\n[A-Za-z0-9+/_-]++)*+)={{0,2}}"),
        re.compile(rf"{_HEX}{{{2 * shortest},}}+"),
    )


def _base64_view(match: re.Match[str], offset: int) -> View:
    first, run = match.start(), match["run"]
    places = None
    if "\n" in run:
        places = [index for index, char in enumerate(run) if char not in "\r\n"]
        run = run.replace("\r", "").replace("\n", "")
    run = run[offset:].translate(_STANDARD)
    run = run[: len(run) - (len(run) % 4 == 1)]
    decoded = base64.b64decode(run + "=" * (-len(run) % 4)).decode("latin-1")

    def source(start: int, end: int) -> Span:
        begin, last = start * 8 // 6 + offset, (end * 8 - 1) // 6 + offset
        if places is not None:
            begin, last = places[begin], places[last]
        end = first + last + 1
        return first + begin, match.end() if end == match.end("run") else end

    return View(decoded, source)


def _hex_view(match: re.Match[str], offset: int) -> View:
    first = match.start() + offset
    run = match[0][offset:]
    decoded = bytes.fromhex(run[: len(run) // 2 * 2]).decode("latin-1")
    return View(decoded, lambda start, end: (first + 2 * start, first + 2 * end))
