"""What an application can watch of its calls: hooks, and what they are given. Nothing in it is secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from .errors import ApiError, Headers
from .record import Record


class RequestEvent(Record):
    """A request before it is sent. Secrets are ``***``.

    ``call``: the method's name, blank for requests of the authentication; ``attempt`` counts from 1.
    """

    call: str
    method: str
    url: str
    headers: Headers
    attempt: int


class ResponseEvent(Record):
    """A response that was received. Secrets are ``***``. ``elapsed``: in seconds."""

    request: RequestEvent
    status_code: int
    headers: Headers
    elapsed: float


class RetryEvent(Record):
    """A call that is about to be sent again, after ``wait`` seconds.

    ``attempt``: the one that failed; ``status_code``: of its response, None if there was none; ``error``: why there was
    none.
    """

    call: str
    attempt: int
    wait: float
    status_code: int | None
    error: ApiError | None


RequestHook: TypeAlias = "Callable[[RequestEvent], Awaitable[object] | object]"
ResponseHook: TypeAlias = "Callable[[ResponseEvent], Awaitable[object] | object]"
RetryHook: TypeAlias = "Callable[[RetryEvent], Awaitable[object] | object]"
ErrorHook: TypeAlias = "Callable[[ApiError], Awaitable[object] | object]"


class Hooks(Record):
    """Functions that are called during calls; in the asynchronous client they may be asynchronous.

    Args:
        request: Called before each request.
        response: Called after each response, for streams when it begins.
        retry: Called before each retry.
        error: Called when a call fails, with what it raises.

    Acme(hooks=Hooks(response=lambda event: print(event.request.call, event.status_code, event.elapsed)))
    """

    request: RequestHook | None = None
    response: ResponseHook | None = None
    retry: RetryHook | None = None
    error: ErrorHook | None = None
