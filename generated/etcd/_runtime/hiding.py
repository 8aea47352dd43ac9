"""The secrets of a request, and hiding them where an answer repeats them."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from urllib.parse import quote, unquote_plus

from .flow import HIDDEN, WireRequest
from .jsontext import dumps

_SHORTEST_VALUE = 8


def secrets_of(request: WireRequest) -> list[str]:
    """The secret texts of a request, whole and without their prefix (``Bearer``), longest first."""
    found: set[str] = set(request.secret_texts)
    for _, value in (*request.secret_headers, *request.secret_query, *request.secret_cookies):
        found |= {value, value.rpartition(" ")[2]}
        if value.startswith("Basic "):
            found |= set(_basic_parts(value[6:]))
    if request.secret_url is not None:
        # what the shown URL hides: its segments that the real one has and it has not
        path, _, query = request.secret_url.partition("?")
        found |= set(path.split("/")) - set(request.url.partition("?")[0].split("/"))
        if query != request.url.partition("?")[2]:
            # short values would stand in innocent text too
            values = [pair.partition("=")[2] for pair in query.split("&")]
            long = {v for v in values if len(v) >= _SHORTEST_VALUE}
            found |= long | {unquote_plus(v) for v in long}
    return sorted((f for f in found if f), key=len, reverse=True)


def _basic_parts(pair: str) -> list[str]:
    try:
        return base64.b64decode(pair).decode().split(":", 1)
    except ValueError:
        return []


def spellings(request: WireRequest) -> list[str]:
    """The request's secrets as they may be spelled in URLs, JSON and XML too."""
    # shorter ones would stand in innocent text too
    found = [s for s in secrets_of(request) if len(s) >= 4]
    return [s for f in found for s in dict.fromkeys(_spelled(f))]


def _spelled(secret: str) -> tuple[str, ...]:
    escaped = html.escape(secret)
    quotes = (("&#x27;", "'"), ("&#x27;", "&apos;"), ("&#x27;", "&#39;"))
    return (
        secret,
        quote(secret, safe=""),
        dumps(secret)[1:-1],
        html.escape(secret, quote=False),
        escaped,
        *(escaped.replace(*pair) for pair in quotes),
    )


def hider(request: WireRequest) -> Callable[[str], str]:
    """A function that replaces the request's secrets in a text."""
    found = spellings(request)

    def hide(text: str) -> str:
        for secret in found:
            text = text.replace(secret, HIDDEN)
        return text

    return hide


def hidden_bytes(content: bytes, request: WireRequest) -> bytes:
    """A body with the request's secrets replaced."""
    # XML may come in other encodings than UTF-8
    codecs = ("utf-8", "latin-1", *(("utf-16-le", "utf-16-be") if b"\0" in content else ()))
    for secret in spellings(request):
        for codec in codecs:
            if codec != "latin-1" or _is_latin(secret):
                content = content.replace(secret.encode(codec), HIDDEN.encode(codec))
    return content


def _is_latin(text: str) -> bool:
    return all(ord(c) < 256 for c in text)


def shown_header(name: str, value: str, hide: Callable[[str], str]) -> str:
    """A header's value as an error may keep it: sessions are credentials too."""
    return HIDDEN if name.lower() in ("set-cookie", "authorization") else hide(value)
