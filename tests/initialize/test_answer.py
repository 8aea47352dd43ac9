"""Which kind an answer's body is, and when it is not what the spec promised."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.captures.model import CaptureKind
from callwright.errors import InitializeError
from callwright.initialize.response import checked_body, stored_type
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
        ({"type": "number"}, "text/plain", b"9" * 4000, "text"),
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
        (
            {"type": "stream", "stream": Stream("jsonl")},
            None,
            b"1\n{\n",
            "JSON cannot be used: line 1",
        ),
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


@pytest.mark.parametrize(
    ("response", "content_type", "body", "stored"),
    [
        ({}, "application/json; charset=iso-8859-1", '{"n": "Zoë"}'.encode("latin-1"), b'{"n": "Zo\xc3\xab"}'),
        ({}, "text/plain; charset=windows-1252", '"€"'.encode("cp1252"), '"€"'.encode()),
        ({}, "application/json", '"€"'.encode("utf-16"), '"€"'.encode()),
        ({}, "application/json; charset=idna", '"€"'.encode(), '"€"'.encode()),
        ({"type": "text"}, "text/plain; charset=koi8-r", "Жанна".encode("koi8-r"), "Жанна".encode()),
        ({"type": "number"}, "text/plain; charset=utf-16le", "1.5".encode("utf-16-le"), b"1.5"),
        ({"type": "xml"}, "text/xml; charset=iso-8859-1", "<a>ë</a>".encode("latin-1"), "<a>ë</a>".encode()),
        (
            {"type": "xml"},
            "text/xml; charset=iso-8859-1",
            "<?xml version='1.0' encoding='iso-8859-1'?><a>ë</a>".encode("latin-1"),
            "<?xml version='1.0' encoding='UTF-8'?><a>ë</a>".encode(),
        ),
        ({"type": "file"}, "text/plain; charset=iso-8859-1", b"\xeb", b"\xeb"),
        ({"type": "stream", "stream": Stream("jsonl")}, "application/jsonl; charset=latin1", b'"\xeb"', '"ë"'.encode()),
    ],
)  # fmt: skip
def test_texts_are_stored_in_utf8(
    response: dict[str, Any], content_type: str, body: bytes, stored: bytes
) -> None:
    found = checked_body(request(**response), 200, content_type, body, is_error=False)
    assert found[1] == stored
    # what is stored says of itself what it is
    kind = stored_type(found[0], content_type)
    assert checked_body(request(**response), 200, kind, stored, is_error=False)[1] == stored


def test_errors_are_stored_in_utf8_too() -> None:
    kind = "application/json; charset=iso-8859-1"
    found = checked_body(request(), 400, kind, b'{"message": "\xeb"}', is_error=True)
    assert found == ("json", '{"message": "ë"}'.encode())


@pytest.mark.parametrize("text", [b"nan", b"inf", b"1_0", b"0x1", b"1e400"])
def test_a_number_is_what_json_calls_one(text: bytes) -> None:
    with pytest.raises(InitializeError, match="a number was promised"):
        checked_body(request(type="number"), 200, "text/plain", text, is_error=False)
