"""Responses that are not what a sample expects: what is shown of them. They are redacted whole, then cut."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from callwright.captures.files import kind_of, media_type
from callwright.captures.model import Capture, CaptureKind
from callwright.captures.redact import Redactor
from callwright.errors import CallwrightError
from callwright.initialize.response import error_kind
from callwright.initialize.review.display import visible
from callwright.runtime.flow import WireRequest, WireResponse
from callwright.runtime.reading.charsets import text_of
from callwright.runtime.sending.redirects import refused_location

EXCERPT = 300
"""Characters of a body that are shown without ``--raw``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A redacted response: the request it answers, where it redirects to, and its body as text.

    ``is_told``: the message says all that the body does.
    """

    method: str
    url: str
    status: int
    location: str
    body: str
    is_told: bool

    def lines(self, *, raw: bool) -> list[str]:
        """The request, then the body: an excerpt, or all of it when ``raw``."""
        lines = [visible(f"{self.method} {self.url}")]
        if self.location:
            lines.append(visible(f"Location: {self.location}"))
        if raw:
            return lines + [visible(line) for line in self.body.splitlines()]
        text = _one_line(self.body)
        if not text:
            return [*lines, "(no body)"]
        if self.is_told:
            return lines
        if len(text) <= EXCERPT:
            return [*lines, visible(text)]
        shown = f"{text[:EXCERPT]}…"
        return [*lines, visible(shown), f"({EXCERPT} of {len(text)} characters; --raw shows all)"]


def received(
    redactor: Redactor, request: WireRequest, response: WireResponse, told: Sequence[str] = ()
) -> Received:
    """What may be shown of a response. ``redactor`` knows the secrets of the request; ``told``: what the message says
    already, as the provider's message and code."""
    body = _redacted(redactor, response.header("content-type"), response.content)
    if not body and response.problem is not None:
        body = redactor.text(f"({str(response.problem).removeprefix(f'{request.call}: ')})")
    known = {*map(redactor.text, told), str(response.status)}
    return Received(
        method=request.method,
        url=redactor.text(request.url),
        status=response.status,
        location=redactor.text(refused_location(request, response) or ""),
        body=body,
        is_told=bool(told) and known.issuperset(_texts(body)),
    )


def _redacted(redactor: Redactor, content_type: str | None, body: bytes) -> str:
    """A body as text, without secrets."""
    kind = error_kind(kind_of(content_type, body), body) if body else "empty"
    if kind == "binary" and _is_text(content_type):
        kind, body = "text", text_of(body, content_type).encode()
    if kind == "binary":
        return f"({len(body)} bytes, {media_type(content_type) or 'binary'})"
    try:
        return _redacted_as(redactor, kind, body)
    except CallwrightError:
        return _redacted_as(redactor, "text", body.decode("utf-8", "replace").encode())


def _redacted_as(redactor: Redactor, kind: CaptureKind, body: bytes) -> str:
    capture = Capture(call="", sample="", status=0, page=None, kind=kind, path="", body=body)
    return redactor.redact(capture).capture.body.decode("utf-8", "replace")


def _is_text(content_type: str | None) -> bool:
    media = media_type(content_type)
    return media.startswith("text/") or "json" in media or "xml" in media


def _one_line(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return " ".join(body.split())


def _texts(body: str) -> list[str]:
    """The values in a body: those of JSON, else the text itself."""
    try:
        return list(_leaves(json.loads(body)))
    except (ValueError, RecursionError):
        return [body.strip()]


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in cast("dict[str, object]", value).values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _leaves(inner)
    else:
        yield value if isinstance(value, str) else json.dumps(value)
