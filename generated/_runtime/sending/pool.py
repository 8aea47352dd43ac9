"""Connection pools that send one request at a time and read its answer within bounds."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from ..errors import (
    ApiError,
    ApiTimeoutError,
    ArgumentError,
    RedirectRefusedError,
    TransportError,
)
from ..flow import WireRequest, WireResponse
from ..http import httpx
from . import direct
from .bounded import Body
from .network import Network
from .transport import (
    AsyncSecretTransport,
    SecretTransport,
    hide_in_logs,
    shown_request,
    whole_request,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterable, Iterable, Mapping

    from ..streaming.opened import Opened

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
        network: Network,
    ) -> None:
        """Raises ApiError when the proxy for the network's base URL cannot be used."""
        self._owned = client is None
        self._failures = _FAILURES if client is not None or transport is not None else _ANY
        self._closed = False
        self._direct: SecretTransport | None = None
        self._client: httpx.Client
        if client is not None:
            self._client = client
            return
        own = transport is None
        inner = SecretTransport(network.transport() if transport is None else transport)
        self._direct = inner if own else None
        self._client = _Http(transport=inner)

    def send(self, wire: WireRequest) -> WireResponse:
        """Send one request, once. Raises TransportError and ResponseTooLargeError."""
        if self._closed or self._client.is_closed:
            raise _closed(wire)
        if wire.upload is not None:
            wire.upload.check(asynchronous=False)
        show = hide_in_logs(wire, own_client=not self._owned)
        started = time.perf_counter()
        opened: Opened | None = None
        try:
            response = self._response(wire)
            try:
                headers = _raw_headers(response)
                if response.is_stream_consumed:
                    return _answer(wire, response, headers, _read(wire, response, headers), started)
                if wire.opens is not None and wire.opens(response.status_code, headers):
                    opened = _opened(wire, response, headers)
                    return _open_answer(wire, response, headers, started, opened)
                body = _body(wire, response, headers)
                target = wire.target
                for chunk in cast("Iterable[bytes]", response.stream):
                    if wire.deadline is not None and time.monotonic() > wire.deadline:
                        raise _late(wire)
                    if not body.feed(chunk):
                        break
                    if target is not None and target.is_full:
                        target.flush()
                return _answer(wire, response, headers, body, started)
            finally:
                if opened is None:
                    response.close()
        except self._failures as error:
            failed = _own(wire, error) or _misdirected(wire, error) or translate(wire, error)
        finally:
            if show is not None:
                show()
        # raised outside of the handler: the library's exception holds its request
        raise failed

    def _response(self, wire: WireRequest) -> httpx.Response:
        if self._direct is not None and wire.auth is None and direct.is_possible(httpx.Client):
            request = shown_request(wire)
            response = self._direct.handle_request(request)
            direct.log(request, response)
            return response
        return self._client.send(
            shown_request(wire) if self._owned else whole_request(wire, self._client.headers),
            stream=True,
            auth=_auth(wire, self._owned),
            follow_redirects=False,
        )

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
        network: Network,
    ) -> None:
        """Raises ApiError when the proxy for the network's base URL cannot be used."""
        self._owned = client is None
        self._failures = _FAILURES if client is not None or transport is not None else _ANY
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._direct: AsyncSecretTransport | None = None
        self._client: httpx.AsyncClient
        if client is not None:
            self._client = client
            return
        own = transport is None
        inner = AsyncSecretTransport(network.async_transport() if transport is None else transport)
        self._direct = inner if own else None
        self._client = _AsyncHttp(transport=inner)

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
                "this client and its connections belong to another event loop;"
                " create a client in each loop"
            )

    async def send(self, wire: WireRequest) -> WireResponse:
        """Send one request, once. Raises TransportError and ResponseTooLargeError."""
        if wire.deadline is None:
            return await self._send(wire)
        import asyncio

        try:
            async with asyncio.timeout(max(0.0, wire.deadline - time.monotonic())):
                return await self._send(wire)
        except TimeoutError:
            pass
        raise _late(wire)

    async def _send(self, wire: WireRequest) -> WireResponse:
        if self._closed or self._client.is_closed:
            raise _closed(wire)
        if wire.upload is not None:
            wire.upload.check(asynchronous=True)
        show = hide_in_logs(wire, own_client=not self._owned)
        started = time.perf_counter()
        opened: Opened | None = None
        try:
            response = await self._response(wire)
            try:
                headers = _raw_headers(response)
                if response.is_stream_consumed:
                    return _answer(wire, response, headers, _read(wire, response, headers), started)
                if wire.opens is not None and wire.opens(response.status_code, headers):
                    opened = _opened(wire, response, headers)
                    return _open_answer(wire, response, headers, started, opened)
                body = _body(wire, response, headers)
                target = wire.target
                async for chunk in cast("AsyncIterable[bytes]", response.stream):
                    if not body.feed(chunk):
                        break
                    if target is not None and target.is_full:
                        from asyncio import to_thread  # httpx alone does not import it

                        await to_thread(target.flush)
                return _answer(wire, response, headers, body, started)
            finally:
                if opened is None:
                    await response.aclose()
        except self._failures as error:
            failed = _own(wire, error) or _misdirected(wire, error) or translate(wire, error)
        finally:
            if show is not None:
                show()
        # raised outside of the handler: the library's exception holds its request
        raise failed

    async def _response(self, wire: WireRequest) -> httpx.Response:
        if self._direct is not None and wire.auth is None and direct.is_possible(httpx.AsyncClient):
            request = shown_request(wire)
            response = await self._direct.handle_async_request(request)
            direct.log(request, response)
            return response
        return await self._client.send(
            shown_request(wire) if self._owned else whole_request(wire, self._client.headers),
            stream=True,
            auth=_auth(wire, self._owned),
            follow_redirects=False,
        )

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
    """The error when an application's own auth (see own_auth.py) or file raised it: it passes as it is."""
    raisers = (wire.auth, wire.upload)
    return error if any(getattr(r, "raised", None) is error for r in raisers) else None


def _misdirected(wire: WireRequest, error: Exception) -> ApiError | None:
    """The error for a Location that is no URL: an application's own client resolves it, though it does not follow it."""
    if isinstance(error, httpx.RemoteProtocolError):
        is_location = "in location header" in str(error)
    else:
        is_location = isinstance(error, httpx.InvalidURL) and _is_valid(wire)
    if not is_location:
        return None
    return RedirectRefusedError(f"{_label(wire)}: redirected to something that is not an http URL")


def _is_valid(wire: WireRequest) -> bool:
    try:
        httpx.URL(wire.secret_url or wire.url)
    except httpx.InvalidURL:
        return False
    return True


def _label(wire: WireRequest) -> str:
    return wire.call or f"{wire.method} {wire.url}"


def _late(wire: WireRequest) -> ApiError:
    from ..deadline import late

    seconds = wire.timeout.total if wire.timeout is not None else None
    return late(_label(wire), seconds or 0.0, sent=True)


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
    # the headers of an answer to HEAD describe a body that does not come
    described = () if wire.method == "HEAD" else headers
    return _empty_body(wire, response.status_code, headers, described)


def _empty_body(wire: WireRequest, status: int, headers: Pairs, described: Pairs) -> Body:
    """Where the body goes: into memory, or into the file it is. ``described``: the headers that say how it comes."""
    target = wire.target
    if target is not None:
        if target.accepts(status, headers):
            target.start()
            return Body(_label(wire), wire.max_download, status, described, target)
        target.skip()
    limit = DEFAULT_LIMIT if wire.max_bytes is None else wire.max_bytes
    return Body(_label(wire), limit, status, described)


def _opened(wire: WireRequest, response: httpx.Response, headers: Pairs) -> Opened:
    from ..streaming.opened import Opened  # most clients stream nothing

    return Opened(wire, response, headers, lambda error: translate(wire, error))


def _open_answer(
    wire: WireRequest, response: httpx.Response, headers: Pairs, started: float, opened: Opened
) -> WireResponse:
    elapsed = time.perf_counter() - started
    return WireResponse(response.status_code, headers, b"", wire.url, elapsed, opened=opened)


def _read(wire: WireRequest, response: httpx.Response, headers: Pairs) -> Body:
    # an application's own auth wanted to see the answer: the library has read and decoded it
    encoded = any(k.lower() == "content-encoding" for k, _ in headers)
    described = () if encoded or wire.method == "HEAD" else headers
    body = _empty_body(wire, response.status_code, headers, described)
    body.feed(response.content)
    return body


def _answer(
    wire: WireRequest, response: httpx.Response, headers: Pairs, body: Body, started: float
) -> WireResponse:
    content = body.finish()
    elapsed = time.perf_counter() - started
    status = response.status_code
    return WireResponse(status, headers, content, wire.url, elapsed, body.problem)


_ANY: tuple[type[Exception], ...] = (Exception,)
"""What may fail in a pool of our own: the libraries below let errors of others pass (h11, anyio, ssl, idna)."""
_FAILURES: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    OSError,  # a TLS alert while reading passes through the library on an event loop
    UnicodeError,  # an application's own client cannot send back each cookie that it was sent
)
"""The same with an application's own client or transport, whose own errors pass as they are."""
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)


_CLOSE = 0.05  # seconds by which a phase may end before what is left of the total
_PHASES: Mapping[type[Exception], tuple[str, str]] = {
    httpx.ConnectTimeout: ("connect", "no connection to {}"),
    httpx.PoolTimeout: ("pool", "no free connection to {}"),
    httpx.WriteTimeout: ("write", "could not send the request to {}"),
    httpx.ReadTimeout: ("read", "no response from {}"),
}


def _timed_out(wire: WireRequest, error: httpx.TimeoutException, sent: bool) -> ApiTimeoutError:
    phase, problem = _PHASES.get(type(error), ("read", "no response from {}"))
    host = _peer(wire, error)
    if wire.deadline is not None and time.monotonic() >= wire.deadline - _CLOSE:
        phase = "total"  # it was what was left of it that had passed
    seconds: float | None = getattr(wire.timeout, phase, None)
    within = "in time" if seconds is None else f"within {seconds:g} s"
    return ApiTimeoutError(
        f"{_label(wire)}: {problem.format(host)} {within} ({phase} timeout)",
        request_sent=sent,
        phase=phase,
        seconds=seconds,
    )


_TLS_ALERT = re.compile(r"\[SSL: (\w+)\]")
# what the HTTP parser quotes is the response, which may repeat a secret
_QUOTED = re.compile(r"\s*:?\s*(?:bytearray\()?\bb?['\"].*", re.DOTALL)
_NO_RESPONSE = "Server disconnected"
_CUT_OFF = (_NO_RESPONSE, "peer closed connection")


def _peer(wire: WireRequest, error: Exception) -> str:
    """Whom the connection was with: the provider's host, or a proxy (see proxied.py)."""
    peer: str = getattr(error, "peer", "")
    # urlsplit raises an error of its own for what may be the very problem
    return peer or re.split(r"[/?#]", wire.url.partition("://")[2])[0]


def _not_http(error: Exception) -> str:
    """What is wrong with a response that is not HTTP; blank when the connection just ended."""
    text = str(error)
    if text.startswith(_CUT_OFF):
        return ""
    return _QUOTED.sub("", text)[:100] or "it cannot be parsed"


def _proxy_problem(error: Exception) -> str:
    """What a proxy says, without its own words beyond a line."""
    return "".join(c for c in str(error) if " " <= c <= "~")[:100]


def translate(wire: WireRequest, error: Exception) -> ApiError:
    """The library's exception as ours, with what is safe to tell of it."""
    if isinstance(error, ApiError):
        return error
    host = _peer(wire, error)
    sent = not isinstance(error, _NEVER_SENT) and not getattr(error, "never_sent", False)
    label = _label(wire)
    match error:
        case httpx.TimeoutException():
            return _timed_out(wire, error, sent)
        case httpx.ConnectError():
            return TransportError(f"{label}: no connection to {host}: {error}", request_sent=sent)
        case _ if alert := _TLS_ALERT.search(str(error)):
            problem = alert[1].replace("_", " ").lower()
            return TransportError(f"{label}: TLS with {host} failed: {problem}", request_sent=sent)
        case httpx.ProxyError():
            proxy = host if hasattr(error, "peer") else f"the proxy for {host}"
            problem = _proxy_problem(error)
            return TransportError(
                f"{label}: {proxy} refused the connection: {problem}", request_sent=False
            )
        case httpx.RemoteProtocolError() if problem := _not_http(error):
            return TransportError(
                f"{label}: {host} sent something that is not an HTTP response: {problem}",
                request_sent=sent,
            )
        case httpx.RemoteProtocolError():
            problem = "before the response was complete"
            if str(error).startswith(_NO_RESPONSE):
                # it sent nothing, or something else (an SSH banner)
                problem = "without sending an HTTP response"
            return TransportError(
                f"{label}: {host} closed the connection {problem}", request_sent=sent
            )
        case _ if _is_refused(error):
            # its text repeats what was refused, which may be a secret
            return ArgumentError(label, "", "HTTP does not allow this request")
        case UnicodeError():
            return TransportError(f"{label}: the headers from {host} cannot be read")
        case _:
            kind = type(error).__name__
            return TransportError(
                f"{label}: lost the connection to {host} ({kind})", request_sent=sent
            )


def _is_refused(error: Exception) -> bool:
    """Whether the libraries refused the request itself, by errors of their own or of Python."""
    kinds = (httpx.LocalProtocolError, httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError)
    return isinstance(error, kinds) or type(error).__name__ == "LocalProtocolError"
