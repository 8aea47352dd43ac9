"""How a client's own connections are made: TLS, proxies, how many."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from ..errors import ArgumentError
from ..http import httpx
from .environment import proxies, shared_tls

_KEPT_ALIVE = 20


class Network:
    """What connections are made with.

    ``tls``: None for the context that all clients share. ``base_url``: an address that will be called. ``proxy``: for all
    requests, whatever the environment says.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        base_url: str = "",
        proxy: str | None = None,
        max_connections: int | None = None,
    ) -> None:
        self._tls = tls
        self._base_url = base_url
        self._proxy = None if proxy is None else _checked(proxy)
        most = 100 if max_connections is None else max_connections
        self._limits = httpx.Limits(
            max_connections=most,
            max_keepalive_connections=min(most, _KEPT_ALIVE),
            keepalive_expiry=5.0,
        )

    def transport(self) -> httpx.BaseTransport:
        """A transport over these connections. Raises ApiError when a proxy of the environment cannot be used."""
        tls, limits = self._context(), self._limits
        found = None if self._proxy is not None else proxies()
        if found is None:
            return httpx.HTTPTransport(verify=tls, limits=limits, proxy=self._proxy)
        from .proxied import ProxiedTransport

        made = ProxiedTransport(
            found, lambda proxy: httpx.HTTPTransport(verify=tls, limits=limits, proxy=proxy)
        )
        if self._is_known():
            made.prepare(httpx.URL(self._base_url))
        return made

    def async_transport(self) -> httpx.AsyncBaseTransport:
        """The same for an asynchronous client."""
        tls, limits = self._context(), self._limits
        found = None if self._proxy is not None else proxies()
        if found is None:
            return httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=self._proxy)
        from .proxied import AsyncProxiedTransport

        made = AsyncProxiedTransport(
            found, lambda proxy: httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=proxy)
        )
        if self._is_known():
            made.prepare(httpx.URL(self._base_url))
        return made

    def _context(self) -> ssl.SSLContext:
        return shared_tls() if self._tls is None else self._tls

    def _is_known(self) -> bool:
        """Whether the address is known already: it has no variables."""
        return bool(self._base_url) and "${" not in self._base_url


def _checked(proxy: object) -> httpx.Proxy:
    try:
        if isinstance(proxy, str) and urlsplit(proxy).hostname:
            return httpx.Proxy(httpx.URL(proxy))
    except (ValueError, TypeError, httpx.InvalidURL):
        pass  # its text may hold a password
    raise ArgumentError("", "proxy", "must be the URL of a proxy, like http://proxy.example:3128")
