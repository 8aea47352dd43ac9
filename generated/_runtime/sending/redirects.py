"""Redirects: followed for data calls, with credentials only as long as they stay on their origin."""

from __future__ import annotations

import re
from collections.abc import Container
from urllib.parse import unquote_plus, urljoin, urlsplit

from ..definition import Call
from ..errors import RedirectRefusedError
from ..flow import HIDDEN, Flow, Send, WireRequest, WireResponse
from ..redaction.request_secrets import redactor_for
from ..request import urls

MAX_REDIRECTS = 10
_FOLLOWED = (301, 302, 303, 307, 308)
_KEPT = frozenset(
    {"accept", "accept-language", "user-agent", "range", "if-none-match", "if-modified-since"}
)
"""The headers that go to another origin too."""
_LONGEST = 16_384
_LONGEST_SHOWN = 300
_LONGEST_HOST = 253
# longer and empty labels make the look-up of an address fail with errors of its own
_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_NETLOC = re.compile(r"(\[[^]]+\]|[^][:]+)(:[0-9]*)?")
_USER = re.compile(r"//[^/?#]*@")


def follow(
    call: Call,
    request: WireRequest,
    response: WireResponse,
    mapped: Container[str] = (),
) -> Flow[tuple[WireRequest, WireResponse]]:
    """The request sent last and its response. The 3xx of an action, and one of a ``mapped`` status, is the response.

    Raises RedirectRefusedError for more than ten redirects, for a Location that is no http(s) URL, from https to http,
    and for a body on its way to another origin.
    """
    hops = 0
    while call.data and response.status in _FOLLOWED and not _is_final(call, response, mapped):
        location = response.header("location")
        if location is None:
            break
        hops += 1
        if hops > MAX_REDIRECTS:
            problem = f"more than {MAX_REDIRECTS} redirects, the last"
            raise _refused(call, request, location, problem)
        request = _redirected(call, request, response.status, location)
        response = yield Send(request)
    return request, response


def _is_final(call: Call, response: WireResponse, mapped: Container[str]) -> bool:
    return response.status in call.responses or str(response.status) in mapped


def refused_location(request: WireRequest, response: WireResponse) -> str | None:
    """Where a redirect that is not followed leads, as it may be shown; None when the response is no redirect."""
    location = response.header("location")
    if location is None or response.status not in _FOLLOWED:
        return None
    return _shown_location(request, location)


def _refused(
    call: Call, request: WireRequest, location: str, problem: str, rest: str = ""
) -> RedirectRefusedError:
    shown = _shown_location(request, location)
    return RedirectRefusedError(f"{call.name}: {problem} to {shown}{rest}", location=shown)


def _shown_location(request: WireRequest, location: str) -> str:
    """A Location without what may be secret: a password, its query, and the secrets of the request."""
    target = _target(request.secret_url or request.url, location)
    path, mark, _ = (location if target is None else target).partition("#")[0].partition("?")
    shown = redactor_for(request).text(_USER.sub("//", path))
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown)
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[:_LONGEST_SHOWN] + "…"
    return f"{shown}?{HIDDEN}" if mark else shown


def _target(current: str, location: str) -> str | None:
    """The URL that a Location leads to, without fragment, user and password; None when it is no http(s) URL."""
    if len(location) > _LONGEST:
        return None
    try:
        parts = urlsplit(urljoin(current, location))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    # the server does not choose credentials that are sent
    netloc = parts.netloc.rpartition("@")[2]
    is_place = _NETLOC.fullmatch(netloc) is not None and _is_host(host) and port != 0
    if parts.scheme not in ("http", "https") or not is_place:
        return None
    target = parts._replace(netloc=netloc, fragment="").geturl()
    # what came percent-encoded stays as it is
    return "".join(c if "!" <= c <= "~" else urls.quote_literal(c) for c in target)


def _is_host(host: str) -> bool:
    if ":" in host or not host.strip("0123456789."):
        return urls.is_address(host)
    return len(host) <= _LONGEST_HOST and _HOST.fullmatch(host) is not None


def _redirected(call: Call, request: WireRequest, status: int, location: str) -> WireRequest:
    current = request.secret_url or request.url
    target = _target(current, location)
    if target is None:
        raise _refused(call, request, location, "redirected", ", which is not an http URL")
    method = request.method
    bodies = (request.content, request.secret_content, request.upload)
    has_body = any(body is not None for body in bodies)
    keeps_body = has_body and status in (307, 308)
    if not keeps_body:
        request = _without_body(request)
    if status == 303 or (status in (301, 302) and method == "POST"):
        method = method if method == "HEAD" else "GET"
    request = request.replace(method=method)
    here, there = urls.origin(current), urls.origin(target)
    if here == there:
        return _at(request, target)
    if keeps_body:
        problem = "redirected with its body to another origin,"
        raise _refused(call, request, location, problem)
    if here[0] == "https" and there[0] == "http" and not urls.is_loopback(there[1]):
        raise _refused(call, request, location, "redirected from https to plain http,")
    return _stripped(request, target)


def continued(call: Call, request: WireRequest, next_url: str) -> WireRequest:
    """The request for the next page of a list, at the URL that the page before named.

    Raises RedirectRefusedError if it is no http(s) URL, or leads to another origin and the spec does not say to ignore that.
    """
    current = request.secret_url or request.url
    target = _target(current, next_url)
    if target is None:
        raise _refused(call, request, next_url, "the next page leads", ", which is not an http URL")
    if urls.origin(current) == urls.origin(target):
        return _at(request, target)
    if call.paginate is None or call.paginate.origin == "refuse":
        rest = ", which is another origin; `origin: ignore` takes its path and query only"
        raise _refused(call, request, next_url, "the next page leads", rest)
    here = urlsplit(current)
    return _at(request, urlsplit(target)._replace(scheme=here.scheme, netloc=here.netloc).geturl())


def _without_body(request: WireRequest) -> WireRequest:
    headers = tuple(h for h in request.headers if not h[0].lower().startswith("content-"))
    return request.replace(headers=headers, content=None, secret_content=None, upload=None)


def _at(request: WireRequest, target: str) -> WireRequest:
    """The request on the same origin; credentials of the query are added again, so they must not stand in it too."""
    target = without_query(target, {name for name, _ in request.secret_query})
    real = request.secret_url or request.url
    if urlsplit(real).path != urlsplit(request.url).path:
        # part of this path is secret, and nobody can tell which: only the origin is shown
        parts = urlsplit(target)
        return request.replace(url=f"{parts.scheme}://{parts.netloc}/***", secret_url=target)
    return _shown(request, target)


def without_query(url: str, names: set[str]) -> str:
    """A URL without these parameters of its query."""
    path, mark, query = url.partition("?")
    if not names or not mark:
        return url
    kept = [p for p in query.split("&") if unquote_plus(p.partition("=")[0]) not in names]
    return path + ("?" + "&".join(kept) if kept else "")


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
