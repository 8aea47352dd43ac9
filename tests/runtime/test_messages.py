"""The message of an error: where the spec says, where providers usually put it, or the body itself."""

from __future__ import annotations

import json

import pytest
from handwritten._runtime.definition import Call, Errors, FailedWhen
from handwritten._runtime.errors import StatusError
from hypothesis import given
from hypothesis import strategies as st

from .conftest import Answer, Api, Make, Server

READ = Call("read", "GET", "/x", data=True)
SAID = "There is no experiment 7."


def error_of(made: Api, server: Server, answer: Answer) -> StatusError:
    server.on("/x", answer)
    with pytest.raises(StatusError) as caught:
        made.call(READ)
    return caught.value


def labelled(body: bytes, kind: str | None) -> Answer:
    return Answer(404, body, {} if kind is None else {"Content-Type": kind})


@pytest.mark.parametrize(
    "body",
    [
        {"message": SAID}, {"error": SAID}, {"error": {"message": SAID}}, {"detail": SAID}, {"title": SAID},
        {"error": "invalid_grant", "error_description": SAID}, {"errors": [{"message": SAID}, {"message": "other"}]},
        {"errors": [SAID]}, {"errors": [{"title": "Missing", "detail": SAID}]}, [{"message": SAID}], SAID,
        {"type": "about:blank", "title": "Not Found", "status": 404, "detail": SAID},
        {"message": None, "error": {"code": 7, "message": SAID}}, {"message": " ", "title": SAID},
        {"message": {"text": "x"}, "detail": [1], "error": {"message": SAID}}, {"Message": SAID},
        {"statusCode": 400, "message": [SAID, "other"], "error": "Bad Request"}, {"ok": False, "description": SAID},
        {"detail": [{"loc": ["query", "id"], "msg": SAID, "type": "missing"}]}, {"error": "E17", "msg": SAID},
        {"errorMessages": [SAID], "errors": {}}, {"errors": {"message": SAID}}, {"error": [{"message": SAID}]},
        {"error": {"reason": SAID, "type": "parsing"}}, {"error": {"message": {"lang": "en", "value": SAID}}},
        {"fault": {"faultstring": SAID, "detail": {"errorcode": "x"}}}, {"error": {"code": 7, "description": SAID}},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_without_a_path_the_usual_places_are_tried(api: Make, server: Server, body: object) -> None:
    error = error_of(api(), server, Answer(404, json.dumps(body).encode()))
    assert error.message == SAID
    assert str(error) == f"read: 404 Not Found: {SAID}"


@pytest.mark.parametrize(
    "body",
    [
        f"<Error><Code>NoSuchKey</Code><Message>{SAID}</Message></Error>",
        f"<?xml version='1.0'?><error><message>{SAID}</message></error>",
        f"<ErrorResponse><Error><Message>{SAID}</Message></Error></ErrorResponse>",
        f"<error>{SAID}</error>",
        "<s:Envelope xmlns:s='urn:s'><s:Body><s:Fault><faultcode>c</faultcode>"
        f"<faultstring>{SAID}</faultstring></s:Fault></s:Body></s:Envelope>",
    ],
)
def test_in_xml_too(api: Make, server: Server, body: str) -> None:
    assert error_of(api(), server, labelled(body.encode(), "application/xml")).message == SAID


@pytest.mark.parametrize(
    "body",
    [{}, [], 7, True, None, "", {"message": 7}, {"error": True}, {"error": {"message": ["x"]}}, {"errors": []}],
    ids=json.dumps,
)  # fmt: skip
def test_what_is_no_text_is_no_message(api: Make, server: Server, body: object) -> None:
    error = error_of(api(), server, Answer(404, json.dumps(body).encode()))
    assert error.message is None
    assert str(error) == "read: 404 Not Found"


def test_the_specs_own_path_comes_first(api: Make, server: Server) -> None:
    made = api(errors=Errors(message_path=("$.reason", "header.x-error")))
    body = b'{"message":"usual","reason":"own"}'
    assert error_of(made, server, Answer(404, body)).message == "own"
    assert error_of(made, server, Answer(404, b'{"reason":{"a":1}}')).message == '{"a":1}'
    for nothing in (
        b'{"message":"usual"}',
        b'{"message":"usual","reason":null}',
        b'{"message":"usual","reason":""}',
    ):
        assert error_of(made, server, Answer(404, nothing)).message == "usual"


def test_a_code_is_not_repeated_as_the_message(api: Make, server: Server) -> None:
    rules = Errors(code_path=("$.error",), failed_when=(FailedWhen(("$.ok",), not_=True),))
    error = error_of(api(errors=rules), server, Answer(body=b'{"ok":false,"error":"no_channel"}'))
    assert (error.code, error.message) == ("no_channel", None)
    body = b'{"error":"no_channel","title":"There is none"}'
    assert error_of(api(errors=rules), server, Answer(body=body)).message == "There is none"


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"Invalid API token", "text/html; charset=utf-8", "Invalid API token"),
        (b"Invalid API token\n", "text/plain", "Invalid API token"),
        (b"Invalid API token", "application/json", "Invalid API token"),
        (b"Invalid API token", None, "Invalid API token"),
        (b"Invalid API token", "application/octet-stream", "Invalid API token"),
        (b"first\r\n\r\n second\tthird", "text/plain", "first second third"),
        ("Ungültig".encode("latin-1"), "text/html; charset=iso-8859-1", "Ungültig"),
        (b"a < b and b > c", "text/html", "a < b and b > c"),
        (b"<html><body>maintenance</body></html>", "text/html", None),
        (b"\n<!DOCTYPE html><title>502</title>", "text/plain", None),
        (b"<h1>Not found</h1>", None, "Not found"),
        (b"<h1>Not found</h1><p>nginx</p>", "text/html", None),
        (b"Not <b>found</b>", "text/html", None),
        (b"\x89PNG\r\n\x1a\n", "image/png", None),
        (b"\xff\xfe\x00", "text/plain", None),
        (b"", "text/plain", None),
        (b" \n ", "text/plain", None),
        (b"x" * 100_000, "text/plain", None),
    ],
)  # fmt: skip
def test_a_body_of_short_text_is_its_message_whatever_its_label(
    api: Make, server: Server, body: bytes, kind: str | None, message: str | None
) -> None:
    assert error_of(api(), server, labelled(body, kind)).message == message


def test_messages_are_one_line_and_bounded(api: Make, server: Server) -> None:
    error = error_of(api(), server, Answer(404, json.dumps({"message": "a\n b" * 5000}).encode()))
    assert error.message is not None
    assert error.message.startswith("a ba ba b")
    assert len(error.message) == 500
    assert len(str(error)) < 600
    assert len(error.content) > 20_000


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "error", "errors", "detail", "x"]), inner),
    )
)
def test_any_body_gives_one_line_or_nothing(body: object) -> None:
    from handwritten._runtime.flow import WireResponse
    from handwritten._runtime.reading.messages import message_of

    response = WireResponse(400, (), json.dumps(body).encode(), "http://h/")
    message = message_of(Errors(), body, response)
    assert message is None or (message and message.splitlines() == [message])
