"""The events of a captured stream, read as the clients read them."""

from __future__ import annotations

from callwright.captures.json_text import JsonTextError, parse_json
from callwright.captures.model import Capture
from callwright.runtime.streaming.parsers import RawEvent, parser_for


def events_of(capture: Capture) -> list[RawEvent]:
    """The events of an SSE or JSON lines capture, in order."""
    parser = parser_for(capture.kind, capture.call, len(capture.body) + 1)
    return [*parser.feed(capture.body), *parser.finish()]


def value_of(event: RawEvent) -> object:
    """The data of an event: JSON, or else the text that it is."""
    try:
        return parse_json(event.data)
    except JsonTextError:
        return event.data


def first_events(kind: str, body: bytes, count: int) -> bytes:
    """The beginning of a stream that holds so many events; all of it if it has fewer."""
    parser = parser_for(kind, "", len(body) + 1)
    seen = size = 0
    for line in body.splitlines(keepends=True):
        size += len(line)
        seen += len(list(parser.feed(line)))
        if seen >= count:
            return body[:size]
    return body
