"""What is wrong with responses that are streams of events."""

from __future__ import annotations

from collections.abc import Iterator

from callwright.diagnostics import Diagnostic
from callwright.runtime.reading.paths import PathError, parse_path
from callwright.specfile.checks.base import Checking, Path
from callwright.specfile.model.calls import Response, Stream
from callwright.specfile.resolve import ResolvedCall


class StreamChecks(Checking):
    """The checks of `type: stream` in a call."""

    def streams(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        """Every problem of a call's streams."""
        call, path = resolved.call, ("calls", resolved.name)
        response = call.response
        is_stream = response is not None and response.type == "stream"
        for status, other in call.responses.items():
            if other.type == "stream" or is_stream:
                message = "a stream is the only success of its call"
                at = (*path, "responses", status)
                yield self.say("bad-value", message, at, "describe it under response", key=True)
        if not is_stream:
            yield from self._without(resolved, response)
            return
        assert response is not None
        if response.given("select"):
            message = "a stream has no place to select: fields are rooted at each event"
            yield self.say(
                "bad-value", message, (*path, "response", "select"), "leave select out", key=True
            )
        if response.stream is not None:
            yield from self._stream(resolved, response.stream, (*path, "response", "stream"))

    def _without(self, resolved: ResolvedCall, response: Response | None) -> Iterator[Diagnostic]:
        path: Path = ("calls", resolved.name)
        if response is not None and response.stream is not None:
            yield self.say(
                "bad-value", "stream goes with type: stream", (*path, "response", "stream")
            )
        for name, sample in resolved.call.samples.items():
            if sample.events is not None:
                at = (*path, "samples", name, "events")
                hint = "leave it out, or give the response type: stream"
                yield self.say("bad-value", "only streams have events", at, hint, key=True)

    def _stream(self, resolved: ResolvedCall, stream: Stream, path: Path) -> Iterator[Diagnostic]:
        is_sse = stream.format == "sse"
        if stream.type_path == "event":
            if not is_sse:
                message = "only server-sent events have an event field"
                yield self.say("bad-value", message, (*path, "type_path"), "a path, like $.type")
        elif stream.type_path is not None:
            try:
                parse_path(stream.type_path)
            except PathError as error:
                message = f"{stream.type_path!r} is not a path: {error}"
                hint = "a path like $.type, or the word event"
                yield self.say("bad-path", message, (*path, "type_path"), hint)
        if stream.reconnect and not (is_sse and resolved.data):
            what = "server-sent events" if not is_sse else "data calls"
            message = f"only {what} are taken up again"
            yield self.say(
                "bad-value", message, (*path, "reconnect"), "leave reconnect out", key=True
            )
