"""What the process's environment says of connections: which proxies to use, and whom to trust."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TypeAlias
from urllib.request import getproxies

from ..errors import ApiError
from ..http import httpx
from ..record import Record
from ..request import urls

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
_SCHEMES = ("http", "https", "socks5", "socks5h")
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_HOST = re.compile(r"[a-z0-9._*-]+")
_BRACKETED = re.compile(r"\[([^\]]+)\](/[0-9]{1,3})?(?::([0-9]{1,5}))?")
_WITH_PORT = re.compile(r"([^:]+):([0-9]{1,5})")


class Proxy(Record):
    """A proxy of the environment: ``variable`` names it, ``shown`` is its address without a password."""

    variable: str
    address: httpx.URL

    @property
    def shown(self) -> str:
        """The proxy for messages: host, port and variable."""
        port = self.address.port or _PORTS[self.address.scheme]
        host = self.address.host
        return f"{f'[{host}]' if ':' in host else host}:{port} ({self.variable})"

    def forwards(self, scheme: str) -> bool:
        """Whether it sees the requests of this scheme itself, instead of opening a connection for them."""
        return scheme == "http" and self.address.scheme in ("http", "https")


class Exemption(Record):
    """An entry of NO_PROXY. ``host`` is a name (its subdomains included), or a pattern with ``*``."""

    scheme: str = ""
    host: str = ""
    port: int | None = None
    network: Network | None = None

    def covers(self, scheme: str, host: str, port: int | None) -> bool:
        """Whether a request to this origin goes past the proxies."""
        if self.scheme not in ("", "all", scheme) or self.port not in (None, port):
            return False
        if self.network is not None:
            address = _address(host)
            return address is not None and address in self.network
        if "*" in self.host:
            return fnmatchcase(host, self.host)
        return host == self.host or host.endswith(f".{self.host}")


class Proxies:
    """The proxies of the environment as it was when the client was built."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self._exemptions = tuple(exemptions(addresses.pop("no", "")))
        self._addresses = addresses

    def proxy_for(self, url: httpx.URL) -> Proxy | None:
        """The proxy that a request goes through, None for a direct connection: this machine always has one.

        Raises ApiError for a variable that names no usable proxy.
        """
        scheme = url.scheme
        kind = scheme if scheme in self._addresses else "all"
        address = self._addresses.get(kind)
        host = url.raw_host.decode("ascii").lower().rstrip(".")
        if address is None or urls.is_loopback(host):
            return None
        port = url.port or _PORTS.get(scheme)
        if any(e.covers(scheme, host, port) for e in self._exemptions):
            return None
        return _proxy(kind, address)


def proxies() -> Proxies | None:
    """The proxies that the environment (or else the system) names; None without any."""
    found = {kind: address.strip() for kind, address in getproxies().items()}
    addresses = {kind: found[kind] for kind in ("http", "https", "all", "no") if found.get(kind)}
    return Proxies(addresses) if addresses.keys() - {"no"} else None


def exemptions(text: str) -> Iterator[Exemption]:
    """The entries of NO_PROXY; what is no host, address or network is passed over."""
    for entry in re.split(r"[,\s]+", text.lower()):
        scheme, mark, rest = entry.rpartition("://")
        found = _exemption(rest.rstrip("/") if mark else rest)
        if found is not None:
            yield found.replace(scheme=scheme)


def _exemption(entry: str) -> Exemption | None:
    bracketed = _BRACKETED.fullmatch(entry)
    with_port = _WITH_PORT.fullmatch(entry)
    host, port = entry, None
    if bracketed is not None:
        host, port = bracketed[1] + (bracketed[2] or ""), bracketed[3]
    elif with_port is not None:
        host, port = with_port[1], with_port[2]
    number = None if port is None else int(port)
    try:
        return Exemption(port=number, network=ipaddress.ip_network(host, strict=False))
    except ValueError:
        pass
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return None
    name = name.strip(".")
    return Exemption(host=name, port=number) if _HOST.fullmatch(name) else None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _proxy(kind: str, text: str) -> Proxy:
    names = (f"{kind}_proxy", f"{kind}_proxy".upper())
    variable = next(
        (n for n in names if os.environ.get(n, "").strip() == text), f"{kind} proxy of the system"
    )
    address = _parsed(text)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text)
    if scheme is not None and scheme[1].lower() not in _SCHEMES:
        kinds = ", ".join(_SCHEMES)
        raise ApiError(f"{variable}: {scheme[1]!r} is not a kind of proxy: {kinds}")
    if address is None:
        raise ApiError(f"{variable} is not a proxy URL such as http://proxy.example:3128")
    return Proxy(variable, address)


def _parsed(text: str) -> httpx.URL | None:
    """The address of a proxy; None for what is none."""
    try:
        address = httpx.URL(text if "://" in text else f"http://{text}")
        usable = _HOST.fullmatch(address.host) or urls.is_address(address.host)
        return address if usable and (address.port or 1) < 65536 else None
    except Exception:
        return None  # the library raises what it likes, and its texts repeat passwords


def unusable(proxy: Proxy, error: Exception) -> ApiError:
    """The error for a proxy that the HTTP library does not take."""
    if isinstance(error, ImportError):
        return ApiError(
            f"{proxy.variable} names a SOCKS proxy, which needs a package: pip install 'httpx[socks]'"
        )
    return ApiError(f"{proxy.variable} names a proxy that cannot be used ({type(error).__name__})")


def shared_tls() -> ssl.SSLContext:
    """The TLS context of all clients of this process without a certificate of their own; nobody changes it.

    Making one takes longer than everything else of a client. Raises ApiError as default_tls() does.
    """
    return _made_once(*_authorities())


@lru_cache(maxsize=8)
def _made_once(variable: str, path: str) -> ssl.SSLContext:
    return _tls(variable, path)


def default_tls() -> ssl.SSLContext:
    """A new TLS context for the public authorities, or those of SSL_CERT_FILE or SSL_CERT_DIR.

    Raises ApiError when the variable names nothing that can be read.
    """
    return _tls(*_authorities())


def _authorities() -> tuple[str, str]:
    """The environment variable that names the authorities, and its value; blank for the public ones."""
    variable = next((v for v in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(v)), "")
    return variable, os.environ.get(variable, "")


def _tls(variable: str, path: str) -> ssl.SSLContext:
    problem = ""
    if variable == "SSL_CERT_DIR" and not any(map(os.path.isdir, path.split(os.pathsep))):
        problem = "there is no such folder"
    else:
        try:
            context: ssl.SSLContext = httpx.create_ssl_context()
            return context
        except ssl.SSLError:
            problem = "it holds no PEM certificates"
        except (OSError, ValueError) as error:
            problem = getattr(error, "strerror", None) or "it cannot be read"
    raise ApiError(f"{variable or 'the certificate authorities'}: {problem}: {path!r}")
