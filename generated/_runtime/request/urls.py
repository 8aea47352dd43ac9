"""URLs by RFC 3986: what stands in them is encoded, and a variable never changes where a request goes."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote as _quote
from urllib.parse import urlsplit

from .. import template
from .values import Refused

_LITERAL = "%/?:@!$&'()*+,;=~"
_LABELS = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_URL = re.compile(r"[!-~]*")
_PORTS = {"http": 80, "https": 443}
INSECURE = "for a server without https, add allow_insecure: true to connector.yaml"
"""The way out of a refusal of plain http."""
EXPOSED = (
    "is plain http, which would send the credentials unencrypted;" f" use https, or, {INSECURE}"
)
"""Why credentials are not sent to a URL that ``is_exposed``."""


def quote(text: str) -> str:
    """Percent-encoded: everything but unreserved characters."""
    # most names and many values need nothing, and this is the busiest line of a call
    return text if text.isascii() and text.isalnum() else _quote(text, safe="")


def quote_literal(text: str) -> str:
    """A piece of a path as written in a spec: only what no URL may hold is encoded."""
    return _quote(text, safe=_LITERAL)


def segment(text: str, *, keep_slashes: bool = False, allow_blank: bool = False) -> str:
    """A value as one path segment (several with ``keep_slashes``); raises Refused for blank, ``.`` and ``..``."""
    for part in text.split("/") if keep_slashes else (text,):
        check_segment(part, allow_blank)
    return _quote(text, safe="/" if keep_slashes else "")


def check_segment(text: str, allow_blank: bool = False) -> None:
    """Refuse a segment that would make the URL another path."""
    if not text and not allow_blank:
        raise Refused("must not be blank in a path")
    if text in (".", ".."):
        raise Refused(f"must not be {text!r} in a path")


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port (the scheme's own when not given), in lower case."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return is_address(host) and ipaddress.ip_address(host).is_loopback


def is_address(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_exposed(url: str) -> bool:
    """Whether what is sent to this URL can be read on the way (plain http, another machine)."""
    return not url.startswith("https://") and _is_exposed("/".join(url.split("/", 3)[:3]))


@lru_cache(maxsize=256)
def _is_exposed(address: str) -> bool:
    scheme, host, _ = origin(address)
    return scheme != "https" and not is_loopback(host)


def base(text: str, value: Callable[[str], str], *, allow_insecure: bool) -> str:
    """As ``filled``, without a slash at the end."""
    return filled(text, value, allow_insecure=allow_insecure).rstrip("/")


def filled(text: str, value: Callable[[str], str], *, allow_insecure: bool) -> str:
    """A base URL with its variables filled in; raises Refused when the result is not a base URL.

    A variable in the host is checked as hostname labels, in the path it becomes one segment, as a port it must be
    digits; one that is the whole URL must be https (or loopback).
    """
    pieces = template.split(text)
    if pieces and pieces[0][0] == "name":
        whole = value(pieces[0][1])
        if not allow_insecure and is_exposed(whole):
            raise Refused(f"must be an https URL; {INSECURE}")
        check_url(whole)
        pieces[0] = ("text", whole if len(pieces) == 1 else whole.rstrip("/"))
    result = ""
    for kind, piece in pieces:
        result += piece if kind == "text" else _placed(result, value(piece))
    check_url(result)
    return result


def _placed(before: str, value: str) -> str:
    _, _, rest = before.partition("://")
    if "/" in rest:
        return segment(value)
    if re.search(r":\Z", rest.rpartition("]")[2]):
        if not (value.isascii() and value.isdigit()):
            raise Refused("must be a port number")
        return value
    if _LABELS.fullmatch(value) is None:
        raise Refused("must be a valid part of a hostname: letters, digits, inner hyphens and dots")
    return value


def check_url(url: str) -> None:
    """Refuse what is no plain http(s) URL of a host and a path."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refused("is not a URL") from None
    if _URL.fullmatch(url) is None or re.search(r'["<>\\^`{|}]', url):
        raise Refused("is not a URL: it contains characters that must be percent-encoded")
    if parts.scheme not in _PORTS or not host:
        raise Refused("must be an http or https URL with a host")
    if "@" in parts.netloc:
        raise Refused("must not contain a user name or password")
    if parts.query or parts.fragment:
        raise Refused("must not contain a query or a fragment")


def checked_argument(url: str, hosts: tuple[str, ...], *, allow_insecure: bool) -> str:
    """A whole URL given to a call: of an allowed host (``*.`` is one or more labels), without its fragment."""
    address, _, _ = url.partition("#")
    check_url(address.partition("?")[0])
    if _URL.fullmatch(address) is None:
        raise Refused("is not a URL: it contains characters that must be percent-encoded")
    host = (urlsplit(address).hostname or "").lower()
    if not any(_matches(host, pattern.lower()) for pattern in hosts):
        raise Refused(f"must be on one of these hosts: {', '.join(hosts)}")
    if not allow_insecure and is_exposed(address):
        raise Refused(f"must be an https URL; {INSECURE}")
    return address


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern
