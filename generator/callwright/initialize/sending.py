"""The client that sends samples: each call once, noting what was really sent and what came back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing

from callwright.captures.events import first_events
from callwright.runtime.client import Client
from callwright.runtime.core import Exchange, exchange
from callwright.runtime.definition import Call
from callwright.runtime.errors import ApiTimeoutError, TransportError, UnexpectedBodyError
from callwright.runtime.flow import WireRequest, WireResponse, drive_sync

_REFUSALS = (501, 503, 505, 511)  # the 5xx of a server that did not begin


LONGEST_STREAM = 10.0
"""Seconds after which no more events of a stream are read."""


class SampleClient(Client):
    """A client that remembers the last call: the request sent last (a token request too) and its response.

    ``wire`` and ``response`` are None before anything was sent or received. ``call_sent``: the call's own request may
    have reached the provider, unlike a token request before it. ``redirect``: which response led to the last request,
    "" when none did.
    """

    wire: WireRequest | None = None
    response: WireResponse | None = None
    call_sent: bool = False
    redirect: str = ""
    _call_tried: bool = False
    _call_status: int | None = None

    def _exchange(
        self,
        call: Call,
        arguments: Mapping[str, object],
        *,
        next_url: str | None = None,
        events: int | None = None,
    ) -> Exchange:
        """Send a call exactly once; of a stream, keep so many events. Raises ApiError as ``exchange`` does."""
        self.wire = self.response = self._call_status = None
        self.call_sent = self._call_tried = False
        self.redirect = ""

        def send(wire: WireRequest) -> WireResponse:
            return self._send(wire, is_call=wire.call == call.name)

        if events is not None:
            timeout = call.timeout or self._settings.connector.timeout
            call = call.replace(timeout=timeout.replace(read=LONGEST_STREAM))
        flow = exchange(
            self._settings,
            self._limiter,
            call,
            arguments,
            attempts=1,
            next_url=next_url,
            stream_after=None if events is None else "",
        )
        done = drive_sync(flow, send=send, sleep=time.sleep)
        return done if events is None else _with_events(done, events)

    @property
    def login_failed(self) -> bool:
        """Whether the last call was not sent because a request before it failed."""
        return self.wire is not None and not self._call_tried

    @property
    def refusal(self) -> str:
        """Why the last call was certainly not executed; "" when it may have been."""
        status = self._call_status
        if status is not None and (300 <= status < 500 or status in _REFUSALS):
            return f"was refused with {status}"
        return "" if self.call_sent else "was not sent"

    def _send(self, wire: WireRequest, *, is_call: bool) -> WireResponse:
        status = self._call_status
        if is_call and self.wire is not None and status is not None and 300 <= status < 400:
            self.redirect = f"{self.wire.method} {self.wire.url} redirected there with {status}"
        self.wire, self.response = wire, None
        if is_call:
            self.call_sent, self._call_tried, self._call_status = True, True, None
        try:
            self.response = self._pool.send(wire)
        except TransportError as error:
            if is_call:
                self.call_sent = error.request_sent
            raise
        except UnexpectedBodyError as error:
            if is_call:
                self._call_status = error.status_code
            raise
        if is_call:
            self._call_status = self.response.status
        return self.response


def _with_events(done: Exchange, count: int) -> Exchange:
    """The exchange with the first events of its stream as the body: so many, or as many as come in time."""
    opened = done.response.opened
    if opened is None:
        return done
    stream = done.call.response.stream
    kind = "sse" if stream is None else stream.format
    end = time.monotonic() + LONGEST_STREAM
    content = b""
    try:
        with closing(opened.pieces()) as pieces:
            for piece in pieces:
                content += piece
                kept = first_events(kind, content, count)
                if len(kept) < len(content) or time.monotonic() > end:
                    content = kept
                    break
    except ApiTimeoutError:
        if not content:
            raise
    finally:
        opened.close()
    return done.replace(response=done.response.replace(content=content, opened=None))
