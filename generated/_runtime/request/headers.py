"""What header names, header values and cookies may hold (RFC 9110, RFC 6265)."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_IN_COOKIES = re.compile(r'[^!-~]|[",;\\]')
MANAGED = frozenset(
    {"connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer",
     "transfer-encoding", "upgrade"}
)  # fmt: skip
"""The headers that describe the connection or the message, which the HTTP library writes itself."""


def name_problem(name: str) -> str | None:
    """Why a request cannot have a header of this name; None when it can."""
    if _TOKEN.fullmatch(name) is None:
        return "is not a valid header name (letters, digits and hyphens)"
    if name.lower() in MANAGED:
        return "is set by the HTTP library and cannot be overridden"
    return None


def value_problem(value: str, *, ascii_only: bool = False) -> str | None:
    """Why this cannot be the value of a header; None when it can. The value is not part of the text."""
    if value.isascii() and value.isprintable():
        return None  # nearly every value of every call
    if _CONTROL.search(value) is not None:
        return "must not contain line breaks or control characters in a header"
    if value.isascii():
        return None
    if ascii_only:
        return "must not contain non-ASCII characters (such as curly quotes) in a header"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "contains a lone surrogate, which is not valid text"
    return None


def is_cookie_name(name: str) -> bool:
    """Whether a cookie can have this name."""
    return _TOKEN.fullmatch(name) is not None


def cookie_problem(value: str) -> str | None:
    """Why this cannot be the value of a cookie; None when it can. The value is not part of the text."""
    if _NOT_IN_COOKIES.search(value) is None:
        return None
    return (
        "must not contain spaces, quotes, commas, semicolons, backslashes or non-ASCII characters"
        " in a cookie"
    )
