"""The one check of credentials, wherever they come from: what is taken off, what can never be sent."""

from __future__ import annotations

import re

from .definition import ClientCertificate, Connector, CustomAuth, Send, parts
from .request.headers import cookie_problem, value_problem
from .template import names

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_INVISIBLE = "\ufeff\u200b"


def stripped(value: str) -> str:
    """The value without white space (and byte order marks) around it: files and clipboards add it."""
    return value.strip().strip(_INVISIBLE).strip()


def text_problem(connector: Connector, name: str, value: str) -> str | None:
    """Why this cannot be the credential of this name, wherever it is sent; None when it can."""
    if not value:
        return "must not be blank"
    if value.isascii() and value.isprintable():
        return None
    lines = "-----BEGIN" in value or name in _multiline(connector)
    if _CONTROL.search(value) is not None and not lines:
        return "must not contain line breaks or control characters"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "is not valid UTF-8 text"
    return None


def _multiline(connector: Connector) -> set[str]:
    """The credentials that may have several lines: keys, certificates, and what the application's own code reads."""
    found: set[str] = set()
    for part in (p for named in connector.auth for p in parts(named.scheme)):
        assertion = getattr(part, "assertion", None)
        if assertion is not None:
            found.update(names(assertion.key))
        if isinstance(part, ClientCertificate):
            for text in (part.certificate, part.private_key, part.ca):
                found.update(names(text or ""))
        if isinstance(part, CustomAuth):
            found.update(part.credentials)
    return found


def place_problem(send: Send, value: str) -> str | None:
    """Why a credential cannot be sent where ``send`` says; None when it can. It is not part of the text."""
    problem = prefix_problem(send.prefix, value) if send.prefix else None
    if problem is not None:
        return problem
    is_cookie = send.place == "header" and send.name.lower() == "cookie" and bool(send.prefix)
    if send.place == "cookie" or is_cookie:
        return cookie_problem(value)
    return value_problem(value, ascii_only=True) if send.place == "header" else None


def without_prefix(prefix: str, value: str) -> str:
    """A provider's token without the prefix that is added when it is sent: some return ``Bearer abc``."""
    return value[len(prefix.strip()) :].lstrip() if _repeats(prefix, value) else value


def prefix_problem(prefix: str, value: str) -> str | None:
    """Why a credential cannot follow the text that is sent before it; None when it can."""
    if not _repeats(prefix, value):
        return None
    return (
        f"begins with {prefix.strip()!r}, which is added automatically:"
        " remove it (or remove the prefix from the spec)"
    )


def _repeats(prefix: str, value: str) -> bool:
    word = prefix.strip().lower()
    if not word or not value.lower().startswith(word):
        return False
    return not prefix[-1:].isspace() or value[len(word) : len(word) + 1].isspace()
