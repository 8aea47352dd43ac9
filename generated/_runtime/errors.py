"""Exceptions raised by calls.

ApiError
├─ MissingCredentialError        a required credential is not set (lists all missing ones)
├─ ArgumentError                 an argument is missing, unknown or invalid (also a ValueError)
├─ TransportError                no complete response; ``request_sent`` tells whether the request may have arrived
│  └─ ApiTimeoutError            a phase took longer than its timeout
├─ AuthError                     a token could not be obtained or refreshed
├─ StatusError                   4xx, 5xx, or a success status whose body reports a failure
│  ├─ BadRequestError 400 · AuthenticationError 401 · PermissionDeniedError 403 · NotFoundError 404 · ConflictError 409
│  ├─ UnprocessableEntityError 422 · ServerError 5xx
│  └─ RateLimitError 429
│     └─ RetryAfterTooLongError  the provider asks for a wait longer than ``max_wait``
├─ UnexpectedBodyError           the body is of another kind than expected (HTML, a list instead of an object)
├─ ResponseTooLargeError         the response exceeds ``max_response_bytes``
├─ RedirectRefusedError          a redirect was not followed
├─ StreamError                   a stream ended early or sent an invalid event
├─ DriftError                    the response does not match its model, with ``on_drift="raise"``
├─ PaginationStuckError          the provider returned the same cursor or page twice
└─ NoRecordedResponseError       the recorded client has no matching capture (testing)

All of them can be pickled, have a one-line message, and contain no secrets in their text, repr or attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar, overload

from typing_extensions import TypeForm

from .definition import Xml
from .printable import one_line, printable
from .reading.charsets import json_utf8, text_of
from .reading.data import data_of
from .unset import UNSET

T = TypeVar("T")


class Headers(dict[str, str]):
    """Response headers, with case-insensitive names. Repeated headers are joined with ", "; see ``get_list``."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = tuple((name.lower(), value) for name, value in items)
        joined: dict[str, str] = {}
        for name, value in self._items:
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        super().__init__(joined)

    def get_list(self, name: str) -> list[str]:
        """All values of a header, in order. Empty if it is absent."""
        name = name.lower()
        return [v for k, v in self._items if k == name]

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str, /) -> str: ...
    @overload
    def get(self, name: str, default: T, /) -> str | T: ...
    def get(self, name: str, default: object = None, /) -> object:
        """The value of a header, or ``default`` if it is absent."""
        return super().get(name.lower(), default)

    def __reduce__(self) -> tuple[Any, ...]:
        return Headers, (self._items,)

    def __repr__(self) -> str:
        return f"Headers({super().__repr__()})"


def _restore(kind: type[ApiError], args: tuple[object, ...], state: dict[str, object]) -> ApiError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ApiError(Exception):
    """Base class of all exceptions raised by calls. ``str()`` is one line that names the problem and the call.

    ``is_retryable``: whether the same call may succeed later. An action may have been executed all the same: see
    ``TransportError.request_sent``.
    """

    is_retryable: bool = False

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


class MissingCredentialError(ApiError):
    """Required credentials are not set. ``missing``: pairs (constructor argument, environment variable or None)."""

    def __init__(self, connector: str, missing: Sequence[tuple[str, str | None]]) -> None:
        self.missing = tuple(missing)
        names = ", ".join(f"{n} (or {env} in the environment)" if env else n for n, env in missing)
        super().__init__(f"{connector}: missing credentials: {names}")


class ArgumentError(ApiError, ValueError):
    """An argument is missing, unknown or invalid. ``call``: the method's name; ``argument``: the argument's name."""

    def __init__(self, call: str, argument: str, problem: str) -> None:
        self.call = call
        self.argument = argument
        super().__init__(f"{call}: {argument} {problem}" if argument else f"{call}: {problem}")


class TransportError(ApiError):
    """No complete response was received.

    ``request_sent``: whether the provider may have received (and executed) the request.
    """

    is_retryable = True

    def __init__(self, message: str, *, request_sent: bool = True) -> None:
        super().__init__(message)
        self.request_sent = request_sent


class ApiTimeoutError(TransportError):
    """A phase of the request took longer than its timeout.

    ``phase``: ``connect``, ``read``, ``write``, ``pool`` (waiting for a free connection) or ``total`` (the whole call);
    ``seconds``: the timeout that was exceeded, None if it is unknown.
    """

    def __init__(
        self,
        message: str,
        *,
        request_sent: bool = True,
        phase: str = "read",
        seconds: float | None = None,
    ) -> None:
        super().__init__(message, request_sent=request_sent)
        self.phase = phase
        self.seconds = seconds


class AuthError(ApiError):
    """A token could not be obtained or refreshed. ``status_code``: the status of the token endpoint's response, None
    without one; ``code``: the provider's error code (``invalid_grant``), None without one."""

    def __init__(
        self, message: str, *, status_code: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code and printable(code)


_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})


class StatusError(ApiError):
    """The provider reported that the call failed.

    ``status_code``; the provider's error ``code`` and ``message`` (None without one); its ``request_id``, to quote to
    the provider's support; ``headers``; ``content``, the body's bytes, and ``text``. ``body``: the parsed body, as JSON
    data (also for XML), or as a model in error classes with captured bodies. ``call``: the method's name.
    ``retry_after``: seconds to wait before the next attempt, as the provider asks; None if it does not say.
    """

    xml_: Xml | None = None
    retry_after: float | None = None

    def __init__(
        self,
        call: str,
        status_code: int,
        *,
        message: str | None = None,
        code: str | None = None,
        request_id: str | None = None,
        headers: Headers | None = None,
        content: bytes = b"",
    ) -> None:
        self.call = call
        self.status_code = status_code
        self.message = message and printable(message)
        self.code = code and printable(code)
        self.request_id = request_id and printable(request_id)
        self.headers = headers if headers is not None else Headers()
        self.content = content
        self.is_retryable = status_code in _TEMPORARY
        super().__init__(_status_line(call, status_code, message, code, request_id))

    @property
    def text(self) -> str:
        """The body as text. Undecodable bytes are replaced."""
        return text_of(self.content, self.headers.get("content-type"))

    @property
    def body(self) -> object:
        """The body as JSON data. None if it is neither JSON nor XML."""
        value = data_of(self.content, self.xml_, self.headers.get("content-type"))
        return None if value is UNSET else value

    def _parsed(self, returns: TypeForm[T]) -> T | None:
        """The body as a model. Values that do not match stay raw; None if the body is of another kind."""
        # only connectors with typed errors need it
        from .reading.drift import UnexpectedRootError, fitted, parse

        kind = self.headers.get("content-type")
        try:
            return parse(returns, json_utf8(self.content, kind), call=self.call)[0]
        except (UnexpectedRootError, RecursionError):
            pass
        value = UNSET if self.xml_ is None else data_of(self.content, self.xml_, kind)
        if value is UNSET:
            return None
        try:
            return parse(returns, fitted(returns, value), call=self.call)[0]
        except UnexpectedRootError:
            return None


def _status_line(
    call: str, status: int, message: str | None, code: str | None, request_id: str | None
) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    notes = [f"code {code}"] if code is not None else []
    if request_id is not None:
        notes.append(f"request id {request_id}")
    text = f"{call}: {status}{phrase}"
    if message:
        text += f": {message}"
    if notes:
        text += f" ({', '.join(notes)})"
    return one_line(text)


class BadRequestError(StatusError):
    """400: the request is invalid."""


class AuthenticationError(StatusError):
    """401: the credentials are missing, invalid or expired."""


class PermissionDeniedError(StatusError):
    """403: the credentials do not permit this operation."""


class NotFoundError(StatusError):
    """404: the resource does not exist, or the credentials do not permit access to it."""


class ConflictError(StatusError):
    """409: the request conflicts with the state of the resource, such as one that already exists."""


class UnprocessableEntityError(StatusError):
    """422: the request is well-formed, but its values are rejected."""


class RateLimitError(StatusError):
    """429: too many requests."""


class RetryAfterTooLongError(RateLimitError):
    """The provider asks for a wait longer than ``max_wait``. ``retry_after``: how long, in seconds."""


class ServerError(StatusError):
    """5xx: an error on the provider's side."""


class UnexpectedBodyError(ApiError):
    """A success whose body is of an unexpected kind. ``content``: the body's bytes; ``content_type``: as received."""

    def __init__(
        self,
        call: str,
        problem: str,
        *,
        status_code: int,
        content: bytes = b"",
        content_type: str | None = None,
    ) -> None:
        self.call = call
        self.status_code = status_code
        self.content = content
        self.content_type = content_type
        super().__init__(f"{call}: {problem}")

    @property
    def text(self) -> str:
        """The body as text. Undecodable bytes are replaced."""
        return text_of(self.content, self.content_type)


class ResponseTooLargeError(ApiError):
    """The response is larger than ``max_response_bytes`` and was not read to its end. ``limit``: in bytes."""

    def __init__(self, call: str, limit: int) -> None:
        self.call = call
        self.limit = limit
        super().__init__(f"{call}: the response is larger than {limit} bytes")


class RedirectRefusedError(ApiError):
    """A redirect was not followed: that of an action, one that would send a body to another origin or leave https, one
    without a valid http(s) URL, or one too many.

    ``location``: the redirect's target, without possible secrets (query values, a password).
    """

    def __init__(self, message: str, *, location: str | None = None) -> None:
        super().__init__(message)
        self.location = location


class StreamError(ApiError):
    """A stream ended early or sent an invalid event."""


_SHOWN_DRIFTS = 3


class DriftError(ApiError):
    """A response does not match its model (with ``on_drift="raise"``). ``drifts``: the differences, without values."""

    def __init__(self, call: str, drifts: Sequence[object]) -> None:
        self.call = call
        self.drifts = tuple(drifts)
        shown = "; ".join(str(d).removeprefix(f"{call}: ") for d in self.drifts[:_SHOWN_DRIFTS])
        more = len(self.drifts) - _SHOWN_DRIFTS
        shown += f"; and {more} more" if more > 0 else ""
        super().__init__(f"{call}: the response does not match its model: {shown}")


class PaginationStuckError(ApiError):
    """The provider returned the same cursor or page twice, so paging would never end."""


class NoRecordedResponseError(ApiError):
    """A recorded client (in a package's ``testing``) has no capture for this request."""


BY_STATUS: Mapping[int, type[StatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def class_for(status: int) -> type[StatusError]:
    """The default exception class for a status."""
    return ServerError if status >= 500 else BY_STATUS.get(status, StatusError)
