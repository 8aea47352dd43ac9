"""Streams of bytes as events: server-sent events (WHATWG HTML, 9.2) and JSON lines."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Protocol

from ..errors import StreamError
from ..record import Record

DEFAULT_LIMIT = 8_388_608
"""The largest event accepted, in bytes, where the spec says nothing else."""

_LINE_END = re.compile(r"\r\n|\n|\r")


class RawEvent(Record):
    """An event before its data is read. ``event``: its type, "message" if the provider names none."""

    data: str
    event: str = "message"
    id: str = ""


class Parser(Protocol):
    """Turns pieces of a stream, however it is cut, into events."""

    last_id: str
    retry: float | None

    def feed(self, piece: bytes) -> Iterator[RawEvent]:
        """The events that end with this piece. Raises StreamError."""
        ...

    def finish(self) -> Iterator[RawEvent]:
        """What the end of the stream completes."""
        ...


class _Lines:
    """Lines of UTF-8 text, each once its end was received; the sequence CR LF is one end even between two pieces."""

    def __init__(self, call: str, limit: int) -> None:
        self._call = call
        self._limit = limit
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._parts: list[str] = []
        self._size = 0
        self._after_return = False

    def feed(self, piece: bytes, *, final: bool = False) -> Iterator[str]:
        text = self._decoder.decode(piece, final)
        if self._after_return and text:
            text = text.removeprefix("\n")
            self._after_return = False
        self._after_return = self._after_return or text.endswith("\r")
        start = 0
        for match in _LINE_END.finditer(text):
            self._parts.append(text[start : match.start()])
            start = match.end()
            line = "".join(self._parts)
            self._parts.clear()
            self._size = 0
            yield line
        if start < len(text):
            self._parts.append(text[start:])
            self._size += len(text) - start
            self.check(self._size)

    def check(self, size: int) -> None:
        """Raise StreamError for an event that is too large."""
        if size > self._limit:
            raise StreamError(f"{self._call}: an event is larger than {self._limit} bytes")

    def rest(self) -> str:
        """What was received after the last line end."""
        return "".join(self._parts)


class SseParser:
    """Server-sent events. ``retry``: how long the provider wants clients to wait before reconnecting, in seconds."""

    def __init__(self, call: str, limit: int = DEFAULT_LIMIT) -> None:
        self.last_id = ""
        self.retry: float | None = None
        self._lines = _Lines(call, limit)
        self._data: list[str] = []
        self._size = 0
        self._event = ""
        self._id = ""

    def feed(self, piece: bytes) -> Iterator[RawEvent]:
        """The events that end with this piece. Raises StreamError."""
        for line in self._lines.feed(piece):
            event = self._line(line)
            if event is not None:
                yield event

    def finish(self) -> Iterator[RawEvent]:
        """Nothing: an event without the empty line that ends it is incomplete, and dropped."""
        return iter(())

    def _line(self, line: str) -> RawEvent | None:
        if not line:
            return self._dispatch()
        name, colon, value = line.partition(":")
        if colon and not name:
            return None  # a comment, often sent to keep the connection open
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._size += len(value)
                self._lines.check(self._size)
                self._data.append(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit() and len(value) < 10:
                self.retry = int(value) / 1000
            case _:
                pass  # fields that the standard does not know are ignored
        return None

    def _dispatch(self) -> RawEvent | None:
        self.last_id = self._id
        data, event = self._data, self._event
        self._data, self._event, self._size = [], "", 0
        return RawEvent("\n".join(data), event or "message", self._id) if data else None


class LineParser:
    """JSON lines: an event a line; blank lines are none."""

    last_id = ""
    retry: float | None = None

    def __init__(self, call: str, limit: int = DEFAULT_LIMIT) -> None:
        self._lines = _Lines(call, limit)

    def feed(self, piece: bytes) -> Iterator[RawEvent]:
        """The events that end with this piece. Raises StreamError."""
        return (RawEvent(line) for line in self._lines.feed(piece) if line.strip())

    def finish(self) -> Iterator[RawEvent]:
        """The last line, which needs no line end."""
        rest = self._lines.rest()
        if rest.strip():
            yield RawEvent(rest)


def parser_for(kind: str, call: str, limit: int | None) -> Parser:
    """The parser of a format."""
    limit = DEFAULT_LIMIT if limit is None else limit
    return SseParser(call, limit) if kind == "sse" else LineParser(call, limit)
