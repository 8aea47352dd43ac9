"""Which kind an answer's body is, and when it is not what the spec promised."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.captures.model import CaptureKind
from callwright.errors import InitializeError
from callwright.initialize.answer import checked_body
from callwright.ir.nodes import Request
from callwright.runtime.definition import Call, Response, Stream


def request(**response: Any) -> Request:
    return Request(
        call=Call("ping", "GET", "/ping", data=True, response=Response(**response)),
        arguments=(),
        description="",
        docs_url=None,
        group=None,
        deprecated=None,
        hints=(),
        samples=(),
        place="specs/acme/connector.yaml:1:1",
        digest="",
    )


@pytest.mark.parametrize(
    ("response", "content_type", "body", "kind"),
    [
        ({}, "application/json", b"[1]", "json"),
        ({}, "text/plain", b"[1]", "json"),
        ({}, None, b'"x"', "json"),
        ({}, "application/json", b"", "empty"),
        ({"type": "text"}, "application/json", b"[1]", "text"),
        ({"type": "number"}, "text/plain", b"1.5\n", "text"),
        ({"type": "image"}, "image/png", b"\x89PNG", "binary"),
        ({"type": "file"}, "application/json", b"{", "binary"),
        ({"type": "xml"}, "text/xml", b"<a><b/></a>", "xml"),
        ({"type": "empty"}, "text/plain", b"ok", "text"),
        ({"type": "stream", "stream": Stream("jsonl")}, None, b"1\n2\n", "jsonl"),
        ({"type": "stream", "stream": Stream("sse")}, None, b"data: x\n\n", "sse"),
        ({"value": False}, "text/html", b"<p>", "text"),
    ],
)
def test_the_promised_kind(
    response: dict[str, Any], content_type: str | None, body: bytes, kind: CaptureKind
) -> None:
    found = checked_body(request(**response), 200, content_type, body, is_error=False)
    assert found == (kind, body)


@pytest.mark.parametrize(
    ("response", "content_type", "body", "message"),
    [
        ({}, "text/html", b"<p>" + b"x" * 500, "JSON was promised, the response is text/html"),
        ({}, None, b"no", "the response is without a content type"),
        ({"type": "number"}, "text/plain", b"many", "a number was promised"),
        (
            {"type": "text"},
            "text/plain",
            b"\xff",
            "text was promised, the response is text/plain and not UTF-8",
        ),
        ({"type": "xml"}, "text/xml", b"<a>", "XML was promised"),
        ({"type": "xml"}, "text/xml", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "DOCTYPE"),
        ({"type": "stream", "stream": Stream("jsonl")}, None, b"1\n{\n", "JSON was promised"),
    ],
)
def test_another_kind_is_refused_in_one_short_line(
    response: dict[str, Any], content_type: str | None, body: bytes, message: str
) -> None:
    with pytest.raises(InitializeError) as caught:
        checked_body(request(**response), 200, content_type, body, is_error=False)
    text = str(caught.value)
    assert message in text
    assert len(text) < 300
    assert "\n" not in text


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("application/json", b'{"a": 1}', "json"),
        ("application/json", b"Bad Gateway", "text"),
        ("text/html", b"<h1>502</h1>", "text"),
        ("text/html", b"\xff", "binary"),
        ("application/problem+json", b"{}", "json"),
    ],
)
def test_errors_are_what_they_are(content_type: str, body: bytes, kind: CaptureKind) -> None:
    assert checked_body(request(), 502, content_type, body, is_error=True) == (kind, body)
