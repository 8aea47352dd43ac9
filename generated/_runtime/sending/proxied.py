"""Transports that send each request directly, or through the proxy that the environment names for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..http import httpx
from .environment import Proxies, Proxy, unusable

_CONNECTED = ("proxy.start_tls.started", "socks.start_tls.started")
_OPENED = "socks.setup_socks5_connection.complete"


class _Progress:
    """Follows the library's steps: whether the proxy, or already the provider, is at the other end."""

    __slots__ = ("_forwards", "with_proxy")

    def __init__(self, *, forwards: bool) -> None:
        self._forwards = forwards
        self.with_proxy = forwards  # a tunnel that is kept open leads to the provider

    def step(self, event: str, _info: object) -> None:
        """Note a step."""
        if event.endswith(".connect_tcp.started"):
            self.with_proxy = True
        elif event in _CONNECTED or event == _OPENED:
            self.with_proxy = self._forwards

    async def step_async(self, event: str, info: object) -> None:
        """Note a step."""
        self.step(event, info)

    def blame(self, error: Exception, proxy: Proxy, host: str) -> None:
        """Let a failure tell whose it is (see ``translate`` in sender.py)."""
        refused = isinstance(error, httpx.ProxyError)
        if self.with_proxy or refused:
            details = vars(error)
            details["peer"] = f"the proxy {proxy.shown} for {host}"
            details["never_sent"] = refused or not self._forwards


def _refusal(status: int) -> httpx.ProxyError:
    return httpx.ProxyError(f"{status} Proxy Authentication Required")


class ProxiedTransport(httpx.BaseTransport):
    """For a client; a proxy's connections are opened when a request goes through it."""

    def __init__(
        self, proxies: Proxies, make: Callable[[httpx.URL | None], httpx.BaseTransport]
    ) -> None:
        self._proxies = proxies
        self._make = make
        self._direct = make(None)
        self._through: dict[Proxy, httpx.BaseTransport] = {}

    def prepare(self, url: httpx.URL) -> Proxy | None:
        """The proxy for a URL, ready to be used. Raises ApiError for one that cannot be."""
        proxy = self._proxies.proxy_for(url)
        if proxy is not None and proxy not in self._through:
            self._through.setdefault(proxy, _made(self._make, proxy))
        return proxy

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """As the transport that the request goes through."""
        proxy = self.prepare(request.url)
        if proxy is None:
            return self._direct.handle_request(request)
        progress = _Progress(forwards=proxy.forwards(request.url.scheme))
        request.extensions = {**request.extensions, "trace": progress.step}
        try:
            response = self._through[proxy].handle_request(request)
            if response.status_code == 407 and progress.with_proxy:
                response.close()
                raise _refusal(407)
        except Exception as error:
            progress.blame(error, proxy, request.url.netloc.decode("ascii"))
            raise
        return response

    def close(self) -> None:
        """Close all transports."""
        for transport in (self._direct, *self._through.values()):
            transport.close()


class AsyncProxiedTransport(httpx.AsyncBaseTransport):
    """For an asynchronous client; a proxy's connections are opened when a request goes through it."""

    def __init__(
        self, proxies: Proxies, make: Callable[[httpx.URL | None], httpx.AsyncBaseTransport]
    ) -> None:
        self._proxies = proxies
        self._make = make
        self._direct = make(None)
        self._through: dict[Proxy, httpx.AsyncBaseTransport] = {}

    def prepare(self, url: httpx.URL) -> Proxy | None:
        """The proxy for a URL, ready to be used. Raises ApiError for one that cannot be."""
        proxy = self._proxies.proxy_for(url)
        if proxy is not None and proxy not in self._through:
            self._through.setdefault(proxy, _made(self._make, proxy))
        return proxy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As the transport that the request goes through."""
        proxy = self.prepare(request.url)
        if proxy is None:
            return await self._direct.handle_async_request(request)
        progress = _Progress(forwards=proxy.forwards(request.url.scheme))
        request.extensions = {**request.extensions, "trace": progress.step_async}
        try:
            response = await self._through[proxy].handle_async_request(request)
            if response.status_code == 407 and progress.with_proxy:
                await response.aclose()
                raise _refusal(407)
        except Exception as error:
            progress.blame(error, proxy, request.url.netloc.decode("ascii"))
            raise
        return response

    async def aclose(self) -> None:
        """Close all transports."""
        for transport in (self._direct, *self._through.values()):
            await transport.aclose()


def _made(make: Callable[[httpx.URL | None], Any], proxy: Proxy) -> Any:
    try:
        return make(proxy.address)
    except (ImportError, ValueError) as error:
        failed = unusable(proxy, error)
    raise failed
