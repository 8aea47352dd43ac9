"""Spans of OpenTelemetry, named by call, with the attributes of its conventions for HTTP clients."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import urlsplit

from .definition import Call
from .errors import ArgumentError
from .hooks import RequestEvent


class Tracer:
    """Starts the spans of a client. ``provider``: a TracerProvider. Raises ArgumentError for anything else."""

    def __init__(self, provider: object, package: str, version: str) -> None:
        try:
            self._api: Any = importlib.import_module("opentelemetry.trace")
        except ImportError:
            raise ArgumentError(
                package, "tracer_provider", "needs OpenTelemetry: pip install opentelemetry-api"
            ) from None
        get: Any = getattr(provider, "get_tracer", None)
        if get is None:
            raise ArgumentError(package, "tracer_provider", "must be a TracerProvider")
        self._tracer: Any = get(package, version)

    def start(self, call: Call) -> Span:
        """The span of one call, from its first request to its result."""
        span = self._tracer.start_span(call.name, kind=self._api.SpanKind.CLIENT)
        return Span(span, self._api)


class Span:
    """The span of one call."""

    def __init__(self, span: Any, api: Any) -> None:
        self._span = span
        self._api = api
        self._problem = ""
        self._text = ""

    def sending(self, event: RequestEvent) -> None:
        """A request is sent."""
        parts = urlsplit(event.url)
        self._span.set_attribute("http.request.method", event.method)
        self._span.set_attribute("url.full", event.url)
        self._span.set_attribute("server.address", parts.hostname or "")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self._span.set_attribute("server.port", port)

    def received(self, status: int) -> None:
        """A response was received."""
        self._span.set_attribute("http.response.status_code", status)
        self._problem = str(status) if status >= 400 else ""

    def retrying(self, attempt: int) -> None:
        """The call is sent again."""
        self._span.set_attribute("http.request.resend_count", attempt)

    def fail(self, error: BaseException) -> None:
        """The call raises."""
        self._problem, self._text = type(error).__qualname__, str(error)

    def end(self) -> None:
        """The call is over."""
        if self._problem:
            self._span.set_attribute("error.type", self._problem)
            failed = self._api.Status(self._api.StatusCode.ERROR, self._text or None)
            self._span.set_status(failed)
        self._span.end()
