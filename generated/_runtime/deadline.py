"""A deadline for a whole call: its retries, waits and token requests."""

from __future__ import annotations

import time
from typing import Any, TypeVar

from .definition import Timeout
from .errors import ApiTimeoutError
from .flow import Effect, Flow, Send, Shield, Sleep, WireRequest

T = TypeVar("T")


def bounded(flow: Flow[T], call: str, seconds: float) -> Flow[T]:
    """The flow, within so many seconds: no request and no wait of it goes beyond. Raises ApiTimeoutError."""
    end = time.monotonic() + seconds
    effect = next_effect(flow, None, None)
    result: Any = None
    while not isinstance(effect, _Done):
        failure: BaseException | None = None
        result = None
        try:
            result = yield _within(effect, call, seconds, end)
        except BaseException as error:
            failure = error
        # outside of the handler, so that what a flow raises instead does not carry this error as its context
        effect = next_effect(flow, result, failure)
    value: T = effect.value
    return value


class _Done:
    def __init__(self, value: Any) -> None:
        self.value = value


def next_effect(flow: Flow[T], result: Any, failure: BaseException | None) -> Effect | _Done:
    """The next effect of a flow, or its value."""
    try:
        return flow.send(result) if failure is None else flow.throw(failure)
    except StopIteration as stop:
        return _Done(stop.value)


def _within(effect: Effect, call: str, seconds: float, end: float) -> Effect:
    left = end - time.monotonic()
    match effect:
        case Send(request):
            if left <= 0:
                raise late(call, seconds, sent=False)
            return Send(_limited(request, left, end, seconds))
        case Sleep(pause) if pause >= left:
            raise late(call, seconds, sent=False)
        case Shield(inner):
            return Shield(bounded(inner, call, max(left, 0.001)))
        case _:
            return effect


def _limited(request: WireRequest, left: float, end: float, seconds: float) -> WireRequest:
    timeout = request.timeout or Timeout()
    phases = {
        phase: left if value is None else min(value, left)
        for phase in ("connect", "read", "write", "pool")
        for value in (getattr(timeout, phase),)
    }
    return request.replace(timeout=timeout.replace(**phases, total=seconds), deadline=end)


def late(call: str, seconds: float, *, sent: bool) -> ApiTimeoutError:
    """The error of a call that took too long as a whole."""
    return ApiTimeoutError(
        f"{call}: not done within {seconds:g} s (total timeout)",
        request_sent=sent,
        phase="total",
        seconds=seconds,
    )
