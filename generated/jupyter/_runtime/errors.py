"""Everything a call raises.

ApiError
├─ MissingCredentialError        a credential was given nowhere (lists all that are missing)
├─ ArgumentError                 an argument the API would not understand (also a ValueError)
├─ TransportError                nothing came back (connect, TLS, read); ``request_sent`` tells whether it may have arrived
│  └─ ApiTimeoutError
├─ AuthError                     a token could not be obtained or refreshed
├─ StatusError                   4xx, 5xx, or a success that says it failed
│  ├─ BadRequestError 400 · AuthenticationError 401 · PermissionDeniedError 403 · NotFoundError 404 · ConflictError 409
│  ├─ UnprocessableEntityError 422 · ServerError 5xx
│  └─ RateLimitError 429
│     └─ RetryAfterTooLongError  the provider asks for a longer wait than ``max_wait``
├─ UnexpectedBodyError           not the promised kind at all (HTML, a list for an object)
├─ ResponseTooLargeError
├─ RedirectRefusedError
├─ StreamError
├─ DriftError                    an answer that does not fit its model, with ``on_drift="raise"``
├─ PaginationStuckError
└─ NoRecordedResponseError       (testing)

Each can be pickled, prints one useful line, and holds no secret in its text, repr or attributes.
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
    """Response headers: names in any case, repeats joined with ", " (``get_list`` keeps them apart)."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = tuple((name.lower(), value) for name, value in items)
        joined: dict[str, str] = {}
        for name, value in self._items:
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        super().__init__(joined)

    def get_list(self, name: str) -> list[str]:
        """Every value of this header, in order; empty when there is none."""
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
        """The value of a header, or the default."""
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
    """Base of everything a call raises; ``str()`` is one line that says what happened and to which call."""

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


class MissingCredentialError(ApiError):
    """Credentials that were given nowhere. ``missing``: (constructor argument, environment variable or None)."""

    def __init__(self, connector: str, missing: Sequence[tuple[str, str | None]]) -> None:
        self.missing = tuple(missing)
        names = ", ".join(f"{n} (or {env} in the environment)" if env else n for n, env in missing)
        super().__init__(f"{connector}: missing credentials: {names}")


class ArgumentError(ApiError, ValueError):
    """An argument is missing or not what the API takes. ``call`` names the method, ``argument`` the Python argument."""

    def __init__(self, call: str, argument: str, problem: str) -> None:
        self.call = call
        self.argument = argument
        super().__init__(f"{call}: {argument} {problem}" if argument else f"{call}: {problem}")


class TransportError(ApiError):
    """Nothing came back. ``request_sent``: whether the provider may have received (and executed) the request."""

    def __init__(self, message: str, *, request_sent: bool = True) -> None:
        super().__init__(message)
        self.request_sent = request_sent


class ApiTimeoutError(TransportError):
    """A part of the exchange took longer than its ``timeout``.

    ``phase``: which one, ``connect``, ``read``, ``write`` or ``pool`` (a free connection); ``seconds``: how long it was,
    None where that is not known.
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
    """A token could not be obtained or refreshed. ``status_code`` of the token endpoint, when it answered; ``code``
    as the provider gives it (``invalid_grant``), None when it does not."""

    def __init__(
        self, message: str, *, status_code: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code and printable(code)


class StatusError(ApiError):
    """The provider says the call failed.

    ``status_code``; ``code`` and ``message`` as the provider gives them (None when it does not); ``request_id`` for
    its support; ``headers``; ``content``, the body's bytes, and ``text``. ``body`` is the body parsed: JSON data here (of
    XML too), a model in the classes of a connector that captured such errors. ``call`` names the method.
    """

    xml_: Xml | None = None

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
        super().__init__(_status_line(call, status_code, message, code, request_id))

    @property
    def text(self) -> str:
        """The body as text, whatever its bytes."""
        return text_of(self.content, self.headers.get("content-type"))

    @property
    def body(self) -> object:
        """The body as JSON data; None when it is neither JSON nor XML."""
        value = data_of(self.content, self.xml_, self.headers.get("content-type"))
        return None if value is UNSET else value

    def _parsed(self, returns: TypeForm[T]) -> T | None:
        """The body as a model, leniently (what does not fit stays raw); None when it is another kind of body."""
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
    """400: the provider does not understand the request."""


class AuthenticationError(StatusError):
    """401: the credentials are missing, wrong or expired."""


class PermissionDeniedError(StatusError):
    """403: these credentials may not do this."""


class NotFoundError(StatusError):
    """404: there is no such thing (or these credentials may not see it)."""


class ConflictError(StatusError):
    """409: the thing has changed or exists already."""


class UnprocessableEntityError(StatusError):
    """422: the request is understood, its values are refused."""


class RateLimitError(StatusError):
    """429: too many requests. ``retry_after``: seconds the provider asks to wait, None when it does not say."""

    retry_after: float | None = None


class RetryAfterTooLongError(RateLimitError):
    """The provider asks for a longer wait than ``max_wait``; ``retry_after`` says how long."""


class ServerError(StatusError):
    """5xx: the provider failed."""


class UnexpectedBodyError(ApiError):
    """A success whose body is not of the promised kind. ``content``: the body's bytes; ``content_type`` as sent."""

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
        """The body as text, whatever its bytes."""
        return text_of(self.content, self.content_type)


class ResponseTooLargeError(ApiError):
    """The answer is larger than ``max_response_bytes``; it was not read to its end. ``limit`` in bytes."""

    def __init__(self, call: str, limit: int) -> None:
        self.call = call
        self.limit = limit
        super().__init__(f"{call}: the response is larger than {limit} bytes")


class RedirectRefusedError(ApiError):
    """A redirect that is not followed: of an action, to another origin with data, or one too many.

    ``location``: where it leads, without what may be secret (the values of its query, a password).
    """

    def __init__(self, message: str, *, location: str | None = None) -> None:
        super().__init__(message)
        self.location = location


class StreamError(ApiError):
    """A stream broke off or sent something that is no event."""


_SHOWN_DRIFTS = 3


class DriftError(ApiError):
    """An answer that does not fit its model, with ``on_drift="raise"``. ``drifts``: what was found, never the values."""

    def __init__(self, call: str, drifts: Sequence[object]) -> None:
        self.call = call
        self.drifts = tuple(drifts)
        shown = "; ".join(str(d).removeprefix(f"{call}: ") for d in self.drifts[:_SHOWN_DRIFTS])
        more = len(self.drifts) - _SHOWN_DRIFTS
        shown += f"; and {more} more" if more > 0 else ""
        super().__init__(f"{call}: the response does not fit its model: {shown}")


class PaginationStuckError(ApiError):
    """The provider sent the same cursor twice: going on would never end."""


class NoRecordedResponseError(ApiError):
    """The recorded client has no capture for this request."""


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
    """The class of a status that nothing else names."""
    return ServerError if status >= 500 else BY_STATUS.get(status, StatusError)
