"""Streams of bytes as events: server-sent events (WHATWG HTML, 9.2) and JSON lines."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from ..errors import StreamError

DEFAULT_LIMIT = 8_388_608
"""The largest event accepted, in bytes, where the spec says nothing else."""


class RawEvent(NamedTuple):
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
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        first, *lines = text.split("\n")  # the last is the start of a line that is still to end
        if lines:
            yield "".join((*self._parts, first))
            self._parts.clear()
            self._size = 0
            first = lines.pop()
            yield from lines
        if first:
            self._parts.append(first)
            self._size += len(first)
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
            if line:
                self._field(line)
            elif self._data:
                yield self._dispatch()
            else:
                self.last_id = self._id
                self._event = ""

    def finish(self) -> Iterator[RawEvent]:
        """Nothing: an event without the empty line that ends it is incomplete, and dropped."""
        return iter(())

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._size += len(value)
            self._lines.check(self._size)
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) < 10:
            self.retry = int(value) / 1000
        # comments, often sent to keep the connection open, and fields that the standard does not know are ignored

    def _dispatch(self) -> RawEvent:
        self.last_id = self._id
        event = RawEvent("\n".join(self._data), self._event or "message", self._id)
        self._data, self._event, self._size = [], "", 0
        return event


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
