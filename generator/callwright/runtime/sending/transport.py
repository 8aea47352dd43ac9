"""Requests of the HTTP library, and where their secrets go in.

Credentials are added below the library's client, so that its log lines, its exceptions and ``request.url`` never hold
them. An application's own client has no such place: there a filter cleans the library's log.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeAlias

from ..definition import Timeout
from ..flow import HIDDEN, Upload, WireRequest
from ..http import LOGGERS, httpx
from ..redaction.request_secrets import redactor_for
from ..request import urls

if TYPE_CHECKING:
    from ..redaction.redactor import Redactor

_KEY = "callwright"
_DEFAULTS = (
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"User-Agent", b"callwright"),
)
_ANY = Timeout()
RawHeaders: TypeAlias = list[tuple[bytes, bytes]]


def shown_request(wire: WireRequest) -> httpx.Request:
    """The request without its secrets; the secret transports find them in its extensions."""
    request = httpx.Request(
        wire.method,
        wire.url,
        headers=_headers(wire.headers),
        content=wire.content,
        extensions={"timeout": _timeout(wire.timeout or _ANY), _KEY: wire},
    )
    return request if wire.upload is None else _with_upload(request, wire.upload)


def whole_request(wire: WireRequest, defaults: httpx.Headers) -> httpx.Request:
    """The request with its secrets, for an application's own client, whose default headers it keeps."""
    extensions = {"timeout": _timeout(wire.timeout or _ANY)}
    headers = _headers(wire.headers, _DEFAULTS if wire.bare else tuple(defaults.raw))
    request = httpx.Request(
        wire.method,
        _whole_url(wire, httpx.URL(wire.secret_url or wire.url)),
        headers=_with_secret_headers(wire, headers),
        content=wire.content if wire.secret_content is None else wire.secret_content,
        extensions=extensions,
    )
    # both are ours to decide: the one bounds what is read, the other asks only for what can be
    request.headers["Accept-Encoding"] = "gzip, deflate"
    return request if wire.upload is None else _with_upload(request, wire.upload)


def _with_upload(request: httpx.Request, upload: Upload) -> httpx.Request:
    from .uploads import attach  # most requests send no files

    return attach(request, upload)


def _headers(
    own: tuple[tuple[str, str], ...], defaults: tuple[tuple[bytes, bytes], ...] = _DEFAULTS
) -> RawHeaders:
    headers = [(k.encode(), v.encode()) for k, v in own]
    names = {k.lower() for k, _ in headers}
    return [*(d for d in defaults if d[0].lower() not in names), *headers]


def _timeout(timeout: Timeout) -> dict[str, float | None]:
    return {
        "connect": timeout.connect,
        "read": timeout.read,
        "write": timeout.write,
        "pool": timeout.pool,
    }


def _whole_url(wire: WireRequest, url: httpx.URL) -> httpx.URL:
    if not wire.secret_query:
        return url
    added = "&".join(f"{urls.quote(k)}={urls.quote(v)}" for k, v in wire.secret_query)
    query = url.query.decode()
    return url.copy_with(query=(f"{query}&{added}" if query else added).encode())


def _with_secret_headers(wire: WireRequest, public: RawHeaders) -> RawHeaders:
    """The headers with the secret ones, which replace others of their name; all cookies are one header."""
    secret = [(k.encode(), v.encode()) for k, v in wire.secret_headers]
    names = {k.lower() for k, _ in secret}
    if not wire.secret_cookies and b"cookie" not in names:
        return [*(h for h in public if h[0].lower() not in names), *secret]
    names.add(b"cookie")
    cookies = [v for k, v in (*public, *secret) if k.lower() == b"cookie"]
    cookies += [f"{k}={v}".encode() for k, v in wire.secret_cookies]
    kept = [h for h in public if h[0].lower() not in names]
    kept += [h for h in secret if h[0].lower() != b"cookie"]
    return [*kept, (b"Cookie", b"; ".join(cookies))]


def reveal(request: httpx.Request) -> httpx.Request:
    """The request as it really goes out."""
    wire = request.extensions.get(_KEY)
    if not isinstance(wire, WireRequest):
        return request
    added = wire.secret_headers or wire.secret_query or wire.secret_cookies
    if not added and wire.secret_url is None and wire.secret_content is None:
        return request
    url = request.url if wire.secret_url is None else httpx.URL(wire.secret_url)
    headers = request.headers.raw
    if wire.secret_content is None:
        real = _twin(request)
    else:
        real = httpx.Request(
            request.method, url, content=wire.secret_content, extensions=request.extensions
        )
        length = (b"Content-Length", b"%d" % len(wire.secret_content))
        headers = [*(h for h in headers if h[0].lower() != b"content-length"), length]
    real.url = _whole_url(wire, url)
    real.headers = _revealed(wire, request.headers, headers)
    return real


def _revealed(wire: WireRequest, shown: httpx.Headers, raw: RawHeaders) -> httpx.Headers:
    if wire.secret_cookies or wire.secret_content is not None or len(wire.secret_headers) != 1:
        return httpx.Headers(_with_secret_headers(wire, raw))
    ((name, value),) = wire.secret_headers
    if name.lower() == "cookie":
        return httpx.Headers(_with_secret_headers(wire, raw))
    # nearly every call has just one secret header: this takes half the time
    headers = shown.copy()
    headers.encoding = "utf-8"
    headers[name] = value
    return headers


def _twin(request: httpx.Request) -> httpx.Request:
    # the constructor would parse and check all of it again, which is felt in every call
    twin = object.__new__(httpx.Request)
    twin.__dict__.update(request.__dict__)
    return twin


class _Unfollowed(httpx.Response):
    """A redirect that the library leaves to us: it would resolve the Location even of one that it does not follow, and
    fail where that is no URL."""

    @property
    def has_redirect_location(self) -> bool:
        return False


def _left_alone(response: httpx.Response) -> httpx.Response:
    if not response.has_redirect_location:
        return response
    return _Unfollowed(
        response.status_code,
        headers=response.headers,
        stream=response.stream,
        extensions=response.extensions,
    )


class SecretTransport(httpx.BaseTransport):
    """Adds the secrets, then hands the request on."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As the inner transport's."""
        return _left_alone(self._inner.handle_request(reveal(request)))

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()


class AsyncSecretTransport(httpx.AsyncBaseTransport):
    """Adds the secrets, then hands the request on."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As the inner transport's."""
        return _left_alone(await self._inner.handle_async_request(reveal(request)))

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


_LIBRARY, _WIRE = map(logging.getLogger, LOGGERS)
_VALUE = r"""(?:b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*")"""
_SESSION = re.compile(rf"(b'set-cookie', ){_VALUE}", re.IGNORECASE)
_LOCATION = re.compile(r"""(b'location', b['"][^?#'"]*[?#])(?:[^'"\\]|\\.)*""", re.IGNORECASE)
_HEADER = re.compile(rf"(\(b'[^']*', ){_VALUE}")


class _Sending:
    """Cleans log lines about the request being sent. The redactor is built for the first line: most log nothing."""

    def __init__(self, wire: WireRequest) -> None:
        self._wire = wire
        self._redactor: Redactor | None = None

    def clean(self, text: str) -> str:
        if self._redactor is None:
            self._redactor = redactor_for(self._wire)
        text = self._redactor.text(text)
        # the response to a token request is secret as a whole
        for pattern in (_HEADER,) if self._wire.bare else (_SESSION, _LOCATION):
            text = pattern.sub(rf"\1{HIDDEN}", text)
        return text


class _Redact(logging.Filter):
    """Replaces the secrets of the request being sent in the log lines of the HTTP libraries."""

    def filter(self, record: logging.LogRecord) -> bool:
        sending = _sending.get()
        if sending is not None:
            record.msg, record.args = sending.clean(record.getMessage()), ()
        return True


_sending: ContextVar[_Sending | None] = ContextVar("callwright", default=None)
_filter = _Redact()


def hide_in_logs(wire: WireRequest, *, own_client: bool) -> Callable[[], None] | None:
    """Keep this request's secrets out of the libraries' logs until the returned function is called.

    Needed with an application's own client, whose log lines show whole URLs, and where the wire is logged: an answer
    may repeat a secret. Otherwise None.
    """
    if not own_client and not _WIRE.isEnabledFor(logging.DEBUG):
        return None
    for logger in (_LIBRARY, _WIRE):
        if _filter not in logger.filters:
            logger.addFilter(_filter)
    token = _sending.set(_Sending(wire))
    return lambda: _sending.reset(token)
