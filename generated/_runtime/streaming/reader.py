"""Events as the values of a call: their data typed, where the stream ends, and when it is taken up again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel
from typing_extensions import TypeForm

from ..config import OnDrift
from ..definition import Call, Stream
from ..errors import StreamError, TransportError
from ..json_text import dumps
from ..reading.drift import Drift, UnexpectedRootError, parse
from ..reading.paths import lookup
from ..response import report
from .parsers import Parser, RawEvent, parser_for

T = TypeVar("T")
_PAUSE = 3.0  # seconds before reconnecting, where the provider says nothing
_LONGEST_PAUSE = 60.0


class EventReader(Generic[T]):
    """Reads one stream, over all its connections."""

    def __init__(
        self,
        call: Call,
        stream: Stream,
        returns: TypeForm[T],
        *,
        events: Mapping[str, TypeForm[T]],
        limit: int | None,
        on_drift: OnDrift,
        untyped: bool,
    ) -> None:
        self._call = call
        self._stream = stream
        self._returns = returns
        self._events = events
        self._limit = limit
        self._on_drift: OnDrift = on_drift
        self._untyped = untyped
        self._parser: Parser = parser_for(stream.format, call.name, limit)
        self._allowed = stream.reconnect if call.data and stream.format == "sse" else 0
        self._left = self._allowed
        self.is_done = False

    @property
    def last_id(self) -> str:
        """The id of the last event, to take the stream up after it."""
        return self._parser.last_id

    def feed(self, piece: bytes) -> Iterator[T]:
        """The events that end with this piece, up to the one that ends the stream. Raises StreamError."""
        for event in self._parser.feed(piece):
            if event.data == self._stream.end:
                self.is_done = True
                return
            self._left = self._allowed
            yield self._value(event)

    def finish(self) -> Iterator[T]:
        """What the end of a connection completes."""
        for event in self._parser.finish():
            if event.data == self._stream.end:
                self.is_done = True
                return
            yield self._value(event)

    def wait_after(self, lost: TransportError | None) -> float | None:
        """Seconds before the stream is taken up again; None when it has ended.

        Raises the error that ended the connection, or StreamError if the stream ended before its declared end.
        """
        if self.is_done or (lost is None and self._stream.end is None):
            return None
        if self._left and (self.last_id or lost is not None):
            self._left -= 1
            parser, self._parser = self._parser, parser_for(
                self._stream.format, self._call.name, self._limit
            )
            self._parser.last_id, self._parser.retry = parser.last_id, parser.retry
            return _PAUSE if parser.retry is None else min(parser.retry, _LONGEST_PAUSE)
        if lost is not None:
            raise lost
        raise StreamError(f"{self._call.name}: the stream ended before {self._stream.end!r}")

    def text_of(self, event: T) -> str | None:
        """The piece of text in an event, None if it has none. Raises StreamError without a ``text_path``."""
        path = self._stream.text_path
        if path is None:
            raise StreamError(f"{self._call.name}: its events have no text_path in the spec")
        value: Any = event.model_dump() if isinstance(event, BaseModel) else event
        found = lookup((path,), value)
        return found if isinstance(found, str) else None

    def _value(self, event: RawEvent) -> T:
        is_known = not self._events or event.event in self._events
        if not is_known:
            drift = Drift(self._call.name, "$", "a known event", f"the event {event.event!r}")
            report(self._call.name, (drift,), self._on_drift)
        if self._untyped or not is_known:
            return cast("T", plain(event.data))
        returns = self._events.get(event.event, self._returns)
        problem = ""
        try:
            value, drifts = parse(returns, event.data.encode(), call=self._call.name)
        except UnexpectedRootError as error:
            if not error.is_json:
                return self._text(event.data, returns)
            problem = f"expected {error.expected}, got {error.got}"
        else:
            if drifts:
                report(self._call.name, drifts, self._on_drift)
            return value
        raise StreamError(f"{self._call.name}: an event is of another kind: {problem}")

    def _text(self, data: str, returns: TypeForm[T]) -> T:
        """An event whose data is no JSON: a text, if texts are among the events."""
        problem = ""
        try:
            return parse(returns, dumps(data).encode(), call=self._call.name)[0]
        except UnexpectedRootError as error:
            problem = error.expected
        raise StreamError(f"{self._call.name}: an event is no JSON, expected {problem}")


def plain(data: str) -> object:
    """The data of an event as plain data: JSON, or else the text that it is."""
    try:
        return cast("object", json.loads(data))
    except (ValueError, RecursionError):
        return data
