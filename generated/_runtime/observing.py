"""Tells hooks, the package's log and OpenTelemetry of a call while it runs. Imported when one of them listens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from .deadline import Done, next_effect
from .definition import Call
from .errors import ApiError, Headers
from .flow import HIDDEN, Effect, Flow, Invoke, Send, Shield, Sleep, WireRequest, WireResponse
from .hooks import Hooks, RequestEvent, ResponseEvent, RetryEvent
from .redaction.request_secrets import redactor_for
from .tracing import Span, Tracer

T = TypeVar("T")


class Observer:
    """Watches one call."""

    def __init__(
        self, call: Call, hooks: Hooks | None, log: logging.Logger, tracer: Tracer | None
    ) -> None:
        self._call = call
        self._hooks = hooks or Hooks()
        self._log = log
        self._tracer = tracer
        self._span: Span | None = None
        self._attempt = 1
        self._status: int | None = None
        self._error: ApiError | None = None

    def watch(self, flow: Flow[T]) -> Flow[T]:
        """The flow, with what is told of it in between."""
        if self._tracer is not None:
            self._span = self._tracer.start(self._call)
        try:
            return (yield from self._watched(flow))
        except BaseException as error:
            if self._span is not None:
                self._span.fail(error)
            if isinstance(error, ApiError):
                yield from self.failed(error)
            raise
        finally:
            if self._span is not None:
                self._span.end()

    def failed(self, error: ApiError) -> Flow[None]:
        """The call raises this."""
        self._log.info("%s", error)
        if self._hooks.error is not None:
            yield Invoke(self._hooks.error, (error,))

    def _watched(self, flow: Flow[T]) -> Flow[T]:
        effect = next_effect(flow, None, None)
        result: Any = None
        while not isinstance(effect, Done):
            failure: BaseException | None = None
            result = None
            try:
                result = yield from self._performed(effect)
            except BaseException as error:
                failure = error
            effect = next_effect(flow, result, failure)
        value: T = effect.value
        return value

    def _performed(self, effect: Effect) -> Flow[Any]:
        match effect:
            case Send(request):
                return (yield from self._sent(request))
            case Sleep(wait, "retry"):
                yield from self._retried(wait)
                self._attempt += 1
                return (yield effect)
            case Shield(inner):
                return (yield Shield(self._watched(inner)))
            case _:
                return (yield effect)

    def _sent(self, request: WireRequest) -> Flow[WireResponse]:
        event = _request_event(request, self._attempt)
        if self._span is not None:
            self._span.sending(event)
        if self._hooks.request is not None:
            yield Invoke(self._hooks.request, (event,))
        try:
            response: WireResponse = yield Send(request)
        except ApiError as error:
            self._status, self._error = None, error
            raise
        self._status, self._error = response.status, None
        self._log.info(
            "%s %s: %d in %.3f s", event.method, event.url, response.status, response.elapsed
        )
        if self._span is not None:
            self._span.received(response.status)
        if self._hooks.response is not None:
            hide = redactor_for(request)
            headers = Headers((name, hide.header(name, v)) for name, v in response.headers)
            told = ResponseEvent(event, response.status, headers, response.elapsed)
            yield Invoke(self._hooks.response, (told,))
        return response

    def _retried(self, wait: float) -> Flow[None]:
        name = self._call.name
        self._log.info("%s: attempt %d failed, next in %.3f s", name, self._attempt, wait)
        if self._span is not None:
            self._span.retrying(self._attempt)
        if self._hooks.retry is not None:
            event = RetryEvent(name, self._attempt, wait, self._status, self._error)
            yield Invoke(self._hooks.retry, (event,))


def _request_event(request: WireRequest, attempt: int) -> RequestEvent:
    hide = redactor_for(request)
    headers = [(name, hide.header(name, value)) for name, value in request.headers]
    headers += [(name, HIDDEN) for name, _ in request.secret_headers]
    headers += [("Cookie", HIDDEN)] if request.secret_cookies else []
    url = hide.text(request.url)
    for name, _ in request.secret_query:
        url += f"{'&' if '?' in url else '?'}{name}={HIDDEN}"
    return RequestEvent(request.call, request.method, url, Headers(headers), attempt)


def observer_for(
    call: Call, hooks: Hooks | None, log: logging.Logger, tracer: Tracer | None
) -> Callable[[Flow[T]], Flow[T]]:
    """A function that lets a flow be watched."""
    return Observer(call, hooks, log, tracer).watch
