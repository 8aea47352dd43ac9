"""Headers of a request that belong to the tool that sent it, not to the API."""

from __future__ import annotations

import re

_DROPPED = re.compile(
    r":.*|host|content-length|connection|transfer-encoding|te|upgrade|expect|accept-encoding|origin|referer|sec-.*|dnt"
    r"|priority|pragma|cache-control|if-none-match|if-modified-since|x-forwarded-.*|via|postman-token|keep-alive"
    r"|upgrade-insecure-requests|content-type|authorization|cookie"
)
_TOOL_AGENT = re.compile(
    r"(?:curl|PostmanRuntime|insomnia|bruno|Mozilla|HTTPie|Wget|python-|axios|okhttp)\b",
    re.IGNORECASE,
)
_PLAIN_ACCEPT = re.compile(r"\*/\*|application/json(?:\s*[;,].*)?", re.IGNORECASE)
_TRACKING_COOKIE = re.compile(
    r"_ga.*|_gid|_gat.*|_hj.*|__cf.*|AMCV.*|_fbp|_gcl.*|OptanonConsent|ajs_.*|mp_.*", re.IGNORECASE
)


def is_dropped(name: str, value: str) -> bool:
    """Whether a client need not send this header: a library sets it, or it says nothing to the API."""
    lower = name.lower()
    if lower == "user-agent":
        return _TOOL_AGENT.match(value) is not None
    if lower == "accept":
        return _PLAIN_ACCEPT.fullmatch(value) is not None
    return _DROPPED.fullmatch(lower) is not None


def is_tracking_cookie(name: str) -> bool:
    """Whether a cookie is of a web site's statistics."""
    return _TRACKING_COOKIE.fullmatch(name) is not None
