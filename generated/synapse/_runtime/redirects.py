"""Redirects: followed for data calls, with credentials only as long as they stay on their origin."""

from __future__ import annotations

from urllib.parse import unquote_plus, urljoin, urlsplit

from . import urls
from .definition import Call
from .errors import RedirectRefusedError
from .flow import Flow, Send, WireRequest, WireResponse

MAX_REDIRECTS = 10
_FOLLOWED = (301, 302, 303, 307, 308)
_KEPT = frozenset(
    {"accept", "accept-language", "user-agent", "range", "if-none-match", "if-modified-since"}
)
"""The headers that go to another origin too."""


def follow(
    call: Call, request: WireRequest, response: WireResponse
) -> Flow[tuple[WireRequest, WireResponse]]:
    """The request sent last and its answer. Actions are not redirected: their 3xx is the answer.

    Raises RedirectRefusedError for more than ten redirects, another scheme than http(s), from https to http, and a
    body on its way to another origin.
    """
    hops = 0
    while call.data and response.status in _FOLLOWED:
        location = response.header("location")
        if location is None:
            break
        hops += 1
        if hops > MAX_REDIRECTS:
            raise RedirectRefusedError(f"{call.name}: more than {MAX_REDIRECTS} redirects")
        request = _redirected(call, request, response.status, location)
        response = yield Send(request)
    return request, response


def _redirected(call: Call, request: WireRequest, status: int, location: str) -> WireRequest:
    current = request.secret_url or request.url
    target, _, _ = urljoin(current, location).partition("#")
    target = "".join(urls.quote_literal(c) if not "!" <= c <= "~" else c for c in target)
    if not _is_web(target):
        raise RedirectRefusedError(f"{call.name}: redirected to something that is no http URL")
    method, content = request.method, request.content
    if content is None and request.secret_content is None:
        keeps_body = False
    else:
        keeps_body = status in (307, 308)
    if not keeps_body:
        request = _without_body(request)
    if status == 303 or (status in (301, 302) and method == "POST"):
        method = method if method == "HEAD" else "GET"
    request = request.replace(method=method)
    here, there = urls.origin(current), urls.origin(target)
    if here == there:
        return _at(request, target)
    if keeps_body:
        raise RedirectRefusedError(
            f"{call.name}: redirected with its body to another origin ({there[0]}://{there[1]})"
        )
    if here[0] == "https" and there[0] == "http" and not urls.is_loopback(there[1]):
        raise RedirectRefusedError(f"{call.name}: redirected from https to plain http")
    return _stripped(request, target)


def _is_web(target: str) -> bool:
    try:
        parts = urlsplit(target)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _without_body(request: WireRequest) -> WireRequest:
    headers = tuple(h for h in request.headers if not h[0].lower().startswith("content-"))
    return request.replace(headers=headers, content=None, secret_content=None)


def _at(request: WireRequest, target: str) -> WireRequest:
    """The request on the same origin; credentials of the query are added again, so they must not stand in it too."""
    names = {name for name, _ in request.secret_query}
    path, mark, query = target.partition("?")
    if names and mark:
        kept = [p for p in query.split("&") if unquote_plus(p.partition("=")[0]) not in names]
        target = path + ("?" + "&".join(kept) if kept else "")
    real = request.secret_url or request.url
    if urlsplit(real).path != urlsplit(request.url).path:
        # part of this path is secret, and nobody can tell which: only the origin is shown
        parts = urlsplit(target)
        return request.replace(url=f"{parts.scheme}://{parts.netloc}/***", secret_url=target)
    return _shown(request, target)


def _shown(request: WireRequest, target: str) -> WireRequest:
    """The request to a URL whose query is the provider's own: it may be a signature or a token."""
    path, mark, _ = target.partition("?")
    return request.replace(
        url=f"{path}?***" if mark else target, secret_url=target if mark else None
    )


def _stripped(request: WireRequest, target: str) -> WireRequest:
    # an application may have put a key into any header of its own
    headers = tuple(h for h in request.headers if h[0].lower() in _KEPT)
    stripped = request.replace(
        headers=headers, auth=None, bare=True, secret_headers=(), secret_query=(), secret_cookies=()
    )
    return _shown(stripped, target)
