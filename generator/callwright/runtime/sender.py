"""Connection pools that send one request at a time and read its answer within bounds."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import urlsplit

from .bounded import Body
from .errors import (
    ApiError,
    ApiTimeoutError,
    ArgumentError,
    RedirectRefusedError,
    TransportError,
)
from .flow import WireRequest, WireResponse
from .http import httpx
from .transport import (
    AsyncSecretTransport,
    SecretTransport,
    hide_in_logs,
    proxy_mounts,
    shown_request,
    whole_request,
)

if TYPE_CHECKING:
    import asyncio
    import ssl
    from collections.abc import AsyncIterable, Iterable, Mapping

DEFAULT_LIMIT = 104_857_600
Pairs: TypeAlias = tuple[tuple[str, str], ...]


class _NoCookies(httpx.Cookies):
    """Forgets all: cookies of one call are not for the next, as copies of a client serve different accounts."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


_NO_COOKIES = _NoCookies()


class _Http(httpx.Client):
    @property
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        pass


class _AsyncHttp(httpx.AsyncClient):
    @property
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        pass


class Pool:
    """One connection pool and TLS context, shared by a client and its copies; used from any thread."""

    def __init__(
        self,
        client: httpx.Client | None,
        transport: httpx.BaseTransport | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._owned = client is None
        self._closed = False
        self._client: httpx.Client
        if client is not None:
            self._client = client
            return
        verify: Any = True if tls is None else tls
        if transport is not None:
            self._client = _Http(transport=SecretTransport(transport))
            return
        self._client = _Http(
            transport=SecretTransport(httpx.HTTPTransport(verify=verify)),
            mounts=proxy_mounts(
                lambda proxy: SecretTransport(httpx.HTTPTransport(verify=verify, proxy=proxy))
            ),
        )

    def send(self, wire: WireRequest) -> WireResponse:
        """Send one request, once. Raises TransportError and ResponseTooLargeError."""
        if self._closed or self._client.is_closed:
            raise _closed(wire)
        show = hide_in_logs(wire, own_client=not self._owned)
        started = time.perf_counter()
        try:
            response = self._client.send(
                shown_request(wire) if self._owned else whole_request(wire, self._client.headers),
                stream=True,
                auth=_auth(wire, self._owned),
                follow_redirects=False,
            )
            try:
                headers = _raw_headers(response)
                if response.is_stream_consumed:
                    return _answer(wire, response, headers, _read(wire, response), started)
                body = _body(wire, response, headers)
                for chunk in cast("Iterable[bytes]", response.stream):
                    if not body.feed(chunk):
                        break
                return _answer(wire, response, headers, body, started)
            finally:
                response.close()
        except _FAILURES as error:
            failed = _own(wire, error) or _misdirected(wire, error) or translate(wire, error)
        finally:
            if show is not None:
                show()
        # raised outside of the handler: the library's exception holds its request
        raise failed

    def close(self) -> None:
        """Close the connections, unless the HTTP client is the application's own."""
        self._closed = True
        if self._owned:
            self._client.close()


class AsyncPool:
    """One connection pool and TLS context, shared by a client and its copies; belongs to one event loop."""

    def __init__(
        self,
        client: httpx.AsyncClient | None,
        transport: httpx.AsyncBaseTransport | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._owned = client is None
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient
        if client is not None:
            self._client = client
            return
        verify: Any = True if tls is None else tls
        if transport is not None:
            self._client = _AsyncHttp(transport=AsyncSecretTransport(transport))
            return
        self._client = _AsyncHttp(
            transport=AsyncSecretTransport(httpx.AsyncHTTPTransport(verify=verify)),
            mounts=proxy_mounts(
                lambda proxy: AsyncSecretTransport(
                    httpx.AsyncHTTPTransport(verify=verify, proxy=proxy)
                )
            ),
        )

    def bind(self) -> None:
        """Tie the pool to the running event loop; raises ApiError on any other one."""
        import asyncio

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ApiError("asynchronous clients need a running asyncio event loop") from None
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ApiError(
                "this client belongs to another event loop, and its connections with it;"
                " make a client in each loop"
            )

    async def send(self, wire: WireRequest) -> WireResponse:
        """Send one request, once. Raises TransportError and ResponseTooLargeError."""
        if self._closed or self._client.is_closed:
            raise _closed(wire)
        show = hide_in_logs(wire, own_client=not self._owned)
        started = time.perf_counter()
        try:
            response = await self._client.send(
                shown_request(wire) if self._owned else whole_request(wire, self._client.headers),
                stream=True,
                auth=_auth(wire, self._owned),
                follow_redirects=False,
            )
            try:
                headers = _raw_headers(response)
                if response.is_stream_consumed:
                    return _answer(wire, response, headers, _read(wire, response), started)
                body = _body(wire, response, headers)
                async for chunk in cast("AsyncIterable[bytes]", response.stream):
                    if not body.feed(chunk):
                        break
                return _answer(wire, response, headers, body, started)
            finally:
                await response.aclose()
        except _FAILURES as error:
            failed = _own(wire, error) or _misdirected(wire, error) or translate(wire, error)
        finally:
            if show is not None:
                show()
        # raised outside of the handler: the library's exception holds its request
        raise failed

    async def aclose(self) -> None:
        """Close the connections, unless the HTTP client is the application's own."""
        self._closed = True
        if self._owned:
            await self._client.aclose()


def _auth(wire: WireRequest, owned: bool) -> Any:
    if wire.auth is not None:
        return wire.auth
    # None also keeps .netrc out; an application's client keeps the auth it was given
    return None if owned or wire.bare else httpx.USE_CLIENT_DEFAULT


def _own(wire: WireRequest, error: Exception) -> Exception | None:
    """The error when an application's own auth raised it (see own_auth.py): it passes as it is."""
    return error if getattr(wire.auth, "raised", None) is error else None


def _misdirected(wire: WireRequest, error: Exception) -> ApiError | None:
    """The error for a Location that is no URL: an application's own client resolves it, though it does not follow it."""
    if isinstance(error, httpx.RemoteProtocolError):
        is_location = "in location header" in str(error)
    else:
        is_location = isinstance(error, httpx.InvalidURL) and _is_valid(wire)
    if not is_location:
        return None
    return RedirectRefusedError(f"{_label(wire)}: redirected to something that is no http URL")


def _is_valid(wire: WireRequest) -> bool:
    try:
        httpx.URL(wire.secret_url or wire.url)
    except httpx.InvalidURL:
        return False
    return True


def _label(wire: WireRequest) -> str:
    return wire.call or f"{wire.method} {wire.url}"


def _closed(wire: WireRequest) -> ApiError:
    return ApiError(f"{_label(wire)}: the client is closed")


def _raw_headers(response: httpx.Response) -> Pairs:
    try:
        return tuple((k.decode(), v.decode()) for k, v in response.headers.raw)
    except UnicodeDecodeError:
        return tuple((_header_text(k), _header_text(v)) for k, v in response.headers.raw)


def _header_text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _body(wire: WireRequest, response: httpx.Response, headers: Pairs) -> Body:
    limit = DEFAULT_LIMIT if wire.max_bytes is None else wire.max_bytes
    # the headers of an answer to HEAD describe a body that does not come
    shown = () if wire.method == "HEAD" else headers
    return Body(_label(wire), limit, response.status_code, shown)


def _read(wire: WireRequest, response: httpx.Response) -> Body:
    # an application's own auth wanted to see the answer: the library has read and decoded it
    body = _body(wire, response, ())
    body.feed(response.content)
    return body


def _answer(
    wire: WireRequest, response: httpx.Response, headers: Pairs, body: Body, started: float
) -> WireResponse:
    content = body.finish()
    elapsed = time.perf_counter() - started
    status = response.status_code
    return WireResponse(status, headers, content, wire.url, elapsed, body.problem)


_FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    OSError,  # a TLS alert while reading passes through the library on an event loop
    UnicodeError,  # an application's own client cannot send back each cookie that it was sent
)
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)


_PHASES: Mapping[type[Exception], tuple[str, str]] = {
    httpx.ConnectTimeout: ("connect", "no connection to {}"),
    httpx.PoolTimeout: ("pool", "no connection to {} was free"),
    httpx.WriteTimeout: ("write", "{} did not take the request"),
    httpx.ReadTimeout: ("read", "{} did not answer"),
}


def _timed_out(wire: WireRequest, error: httpx.TimeoutException, sent: bool) -> ApiTimeoutError:
    phase, problem = _PHASES.get(type(error), ("read", "{} did not answer"))
    seconds: float | None = getattr(wire.timeout, phase, None)
    within = "in time" if seconds is None else f"within {seconds:g} s"
    return ApiTimeoutError(
        f"{_label(wire)}: {problem.format(urlsplit(wire.url).netloc)} {within} (timeout {phase})",
        request_sent=sent,
        phase=phase,
        seconds=seconds,
    )


_TLS_ALERT = re.compile(r"\[SSL: (\w+)\]")


def translate(wire: WireRequest, error: Exception) -> ApiError:
    """The library's exception as ours, with what is safe to tell of it."""
    host = urlsplit(wire.url).netloc
    sent = not isinstance(error, _NEVER_SENT)
    label = _label(wire)
    match error:
        case httpx.TimeoutException():
            return _timed_out(wire, error, sent)
        case httpx.ConnectError():
            return TransportError(f"{label}: no connection to {host}: {error}", request_sent=sent)
        case _ if alert := _TLS_ALERT.search(str(error)):
            problem = alert[1].replace("_", " ").lower()
            return TransportError(f"{label}: TLS with {host} failed: {problem}", request_sent=sent)
        case httpx.LocalProtocolError() | httpx.InvalidURL() | httpx.UnsupportedProtocol():
            # its text repeats what was refused, which may be a secret
            return ArgumentError(label, "", "HTTP does not allow this request")
        case httpx.RemoteProtocolError():
            return TransportError(f"{label}: {host} broke off the answer", request_sent=sent)
        case UnicodeError():
            return TransportError(f"{label}: the headers from {host} cannot be read")
        case _:
            kind = type(error).__name__
            return TransportError(
                f"{label}: lost the connection to {host} ({kind})", request_sent=sent
            )
