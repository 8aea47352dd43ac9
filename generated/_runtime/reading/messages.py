"""The message of an error response: where the spec says it stands, else where providers usually put it."""

from __future__ import annotations

import re

from ..definition import Errors
from ..flow import WireResponse
from ..json_text import in_words
from ..unset import UNSET
from .charsets import text_of
from .paths import lookup

LONGEST = 500
"""Characters of a message that an error keeps; the whole body is in its ``content``."""

_USUAL = (
    "$.message", "$.Message", "$.error.message", "$.Error.Message", "$.error_description", "$.detail",
    "$.message[0]", "$.detail[0].msg", "$.msg", "$.error_message", "$.errorMessage", "$.description",
    "$.error", "$.title", "$.errors[0].message", "$.errors[0].detail", "$.errors[0].title", "$.errors[0]",
    "$.errors.message", "$.errorMessages[0]", "$.error.detail", "$.error.description", "$.error.reason",
    "$.error.error_description", "$.error.message.value", "$.error[0].message", "$.error[0]", "$.messages[0]",
    "$[0].message", "$.fault.faultstring", "$.Body.Fault.faultstring", "$",
)  # fmt: skip
_LONGEST_TEXT = 4096  # bytes: a longer body is a document or a dump
_MARKUP = re.compile(r"\s*<|.*(</|<!doctype|<html)", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd]")


def message_of(
    rules: Errors, body: object, response: WireResponse, code: str | None = None
) -> str | None:
    """What the provider says went wrong, in one line of any length; None when it says no more than the ``code``."""
    own = lookup(rules.message_path, body, response.headers)
    if own is not UNSET and own is not None:
        text = in_words(own)
        if text.strip():
            return _one_line(text)
    for path in _USUAL:
        value = lookup((path,), body)
        if isinstance(value, str) and value.strip() and value != code:
            return _one_line(value)
    return _plain_text(response) if body is UNSET else None


def shortened(message: str) -> str:
    """A message of at most LONGEST characters."""
    return message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"


def _plain_text(response: WireResponse) -> str | None:
    """A body that is short text, whatever it is labelled as; a web page is none."""
    if len(response.content) > _LONGEST_TEXT:
        return None
    text = text_of(response.content, response.header("content-type"))
    if _MARKUP.match(text) or _CONTROL.search(text):
        return None
    return _one_line(text) or None


def _one_line(text: str) -> str:
    # JSON escapes can spell half of a character, which nothing prints
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(whole.split())
