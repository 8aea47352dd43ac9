"""What answers become: values of every kind, errors, drift."""

from __future__ import annotations

import contextlib
import copy
import datetime
import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest
from handwritten import acme
from handwritten._runtime import errors as all_errors
from handwritten._runtime.definition import (
    Call,
    Errors,
    FailedWhen,
    Param,
    Response,
)
from handwritten._runtime.errors import (
    ApiError,
    AuthenticationError,
    DriftError,
    Headers,
    NotFoundError,
    StatusError,
    UnexpectedBodyError,
)
from handwritten._runtime.model import Model
from handwritten._runtime.reading.drift import Drift, SchemaDriftWarning
from handwritten._runtime.reading.numbers_in_text import json_number
from hypothesis import given
from hypothesis import strategies as st

from .conftest import CUSTOMER, KEY, Answer, Make, Server


def call(response: Response | None = None, **rest: Any) -> Call:
    return Call("read", "GET", "/x", data=True, response=response or Response(), **rest)


def plain(body: bytes, kind: str = "text/plain") -> Answer:
    return Answer(body=body, headers={"Content-Type": kind})


def test_json_of_any_type(api: Make, server: Server) -> None:
    server.on("/x", Answer(body=b'[1, 2.5, "2024-01-01T00:00:00Z"]'))
    found = api().call(call(), returns=list[int | float | datetime.datetime])
    assert found == [1, 2.5, datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)]


def test_untyped_json_is_plain_data(api: Make, server: Server) -> None:
    server.on("/x", Answer(body=b'{"a":{"b":[1,null]}}'))
    assert api().call(call(Response(untyped=True))) == {"a": {"b": [1, None]}}
    selected = call(Response(untyped=True, select="$.a.b"))
    assert api().call(selected) == [1, None]


def test_a_selected_value_keeps_every_digit(api: Make, server: Server) -> None:
    server.on("/x", Answer(body=b'{"data":{"id":123456789012345678901234567890,"x":1.10}}'))
    selected = call(Response(select="$.data"))
    found = api().call(selected, returns=dict[str, int | float])
    assert found == {"id": 123456789012345678901234567890, "x": 1.1}
    with pytest.raises(UnexpectedBodyError, match=r"read: the body has no \$\.nope"):
        api().call(call(Response(select="$.nope")), returns=dict[str, int])


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain", "grün".encode(), "grün"),
        ("text/plain; charset=iso-8859-1", "grün".encode("latin-1"), "grün"),
        ("text/plain; charset=nonsense", b"ok", "ok"),
        ("text/plain", b"\xff", "\ufffd"),
    ],
)
def test_text_by_its_charset(api: Make, server: Server, kind: str, body: bytes, text: str) -> None:
    server.on("/x", plain(body, kind))
    assert api().call(call(Response("text"))) == text


@pytest.mark.parametrize(("body", "number"), [(b"42\n", 42), (b" 1.5", 1.5), (b"-1e3", -1000.0)])
def test_numbers(api: Make, server: Server, body: bytes, number: float) -> None:
    server.on("/x", plain(body))
    found = api().call(call(Response("number")))
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "body",
    [
        b"many", b"", b"nan", b"NaN", b"inf", b"-Infinity", b"1_0", b"0x10", b"1e400", b"-1e400", b"+5", b"007", b".5", b"5.",
        b"1 2", b"1,5", b"true", b'"5"', b"1e", b"--1", "\u0665".encode(), b"9" * 5000, b"\xff", b"5\0",
    ],
)  # fmt: skip
def test_what_json_calls_no_number_is_none(api: Make, server: Server, body: bytes) -> None:
    server.on("/x", plain(body))
    with pytest.raises(UnexpectedBodyError, match="expected a number, got"):
        api().call(call(Response("number")))


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_of_json_is_read(number: float) -> None:
    found = json_number(f"\n {json.dumps(number)}\t")
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"a":' + b"9" * 5000 + b"}", "digits|number out of range|column"),
        (b'{"a":1,\n"b":}', "line 2"),
        (b'{"a":"\x01"}', "control character"),
        (b"[" * 500 + b"]" * 500, "deep|recursion"),
        (b'{"a":"\xff"}', "UTF-8|unicode"),
        (b'{"a":"\\q\x1b[31m"}', "escape"),
        (b"{}{}", "line 1 column 3|trailing|extra"),
    ],
    ids=["digits", "syntax", "control", "depth", "bytes", "escape", "extra"],
)
@pytest.mark.parametrize(
    "how",
    [Response(), Response(untyped=True), Response(select="$.a")],
    ids=["typed", "untyped", "select"],
)
def test_json_that_cannot_be_read_says_why(
    api: Make, server: Server, body: bytes, why: str, how: Response
) -> None:
    if b"[[[" in body and how != Response():
        body = b"[" * 100_000  # Python's own reader goes deeper
    server.on("/x", Answer(body=body))
    with pytest.raises(
        UnexpectedBodyError, match=f"(?i)expected JSON, got .*: .*({why})"
    ) as caught:
        api().call(call(how), returns=dict[str, int])
    assert str(caught.value).isprintable()
    assert "999" not in str(caught.value)
    assert "31m" not in str(caught.value)


def test_drift_names_places_from_the_body_on(api: Make, server: Server) -> None:
    server.on("/x", Answer(body=b'{"run":{"n":"x","list":[{"m":"y"}]},"odd key":[[{"n":"z"}]]}'))

    def paths(select: str | None, returns: Any) -> set[str]:
        found: list[Drift] = []
        api(client={"on_drift": found.append}).call(call(Response(select=select)), returns=returns)
        return {d.path for d in found}

    assert paths("$.run", dict[str, int]) == {"$.run.*"}
    assert paths("$.run.list", list[dict[str, int]]) == {"$.run.list[*].*"}
    assert paths("$.run.list[-1]", dict[str, int]) == {"$.run.list[*].*"}
    assert paths("$['odd key'][0]", list[dict[str, int] | None]) == {"$['odd key'][*][*].*"}
    with pytest.raises(DriftError, match=r"\$\.run\.\*: expected int, got str"):
        api(client={"on_drift": "raise"}).call(
            call(Response(select="$.run")), returns=dict[str, int]
        )
    with pytest.raises(UnexpectedBodyError, match=r"expected list\[int\], got object at \$\.run"):
        api().call(call(Response(select="$.run")), returns=list[int])


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e400"])
def test_what_json_calls_no_number_is_drift_in_a_float(
    api: Make, server: Server, number: bytes
) -> None:
    class Sized(Model):
        g: float
        h: float | None = None

    server.on("/x", Answer(body=b'{"g":%s,"h":1.5}' % number))
    found: list[Drift] = []
    made = api(client={"on_drift": found.append})
    assert made.call(call(), returns=Sized).h == 1.5
    assert made.call(call(), returns=dict[str, float])["h"] == 1.5
    assert [d.path for d in found] == ["$.g", "$.*"]


def test_files_are_bytes(api: Make, server: Server) -> None:
    server.on("/x", plain(b"\x89PNG\0", "image/png"))
    assert api().call(call(Response("image"))) == b"\x89PNG\0"


def test_answers_by_status(api: Make, server: Server) -> None:
    by_status = {
        202: Response("empty", value="pending"),
        404: Response("empty", value=False),
        204: Response("empty"),
    }
    server.on("/x", Answer(202), Answer(404), Answer(204), Answer(200, b"7"))
    made = api()
    found = [made.call(call(responses=by_status), returns=int) for _ in range(4)]
    assert found == ["pending", False, None, 7]


@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        (b"<html>maintenance</html>", "text/html", "expected JSON, got 24 bytes of text/html"),
        (b"", "application/json", "expected JSON, got an empty body"),
        (b'{"a":', "application/json", "expected JSON, got 5 bytes of application/json"),
        (b'[{"id":"c1"}]', "application/json", "expected .*, got "),
        (b"[" * 100_000, "application/json", "expected JSON"),
    ],
    ids=["html", "empty", "cut", "list", "deep"],
)
def test_another_kind_of_body_is_an_error_that_keeps_it(
    server: Server, body: bytes, kind: str, problem: str
) -> None:
    server.on("/customers/c1", plain(body, kind))
    client = acme.Acme(api_key=KEY, base_url=server.url)
    expected = pytest.raises(UnexpectedBodyError, match=f"^get_customer: {problem}")
    with client, expected as caught:
        client.get_customer("c1")
    assert (caught.value.content, caught.value.content_type) == (body, kind)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert pickle.loads(pickle.dumps(caught.value)).text == body.decode()


DRIFTED = b'{"id":"c1","created":"2024-01-01T00:00:00Z","zipCode":7}'


def test_drift_warns_where_the_application_calls(server: Server) -> None:
    server.on("/customers/c1", Answer(body=DRIFTED))
    client = acme.Acme(api_key=KEY, base_url=server.url)
    with client, pytest.warns(SchemaDriftWarning) as caught:
        customer = client.get_customer("c1")
    assert customer.id == "c1"
    assert {w.message.drift.path for w in caught} == {"$.name", "$.zipCode"}  # type: ignore[union-attr]
    assert {Path(w.filename).name for w in caught} == {"test_answers.py"}


def test_drift_of_the_asynchronous_client_warns_there_too(server: Server) -> None:
    import asyncio

    server.on("/customers/c1", Answer(body=DRIFTED))

    async def main() -> None:
        async with acme.AsyncAcme(api_key=KEY, base_url=server.url) as client:
            await client.get_customer("c1")

    with pytest.warns(SchemaDriftWarning) as caught:
        asyncio.run(main())
    assert {Path(w.filename).name for w in caught} == {"test_answers.py"}


def test_drift_can_raise_be_ignored_or_be_collected(server: Server) -> None:
    server.on("/customers/c1", Answer(body=DRIFTED))
    client = acme.Acme(api_key=KEY, base_url=server.url, on_drift="raise")
    with client, pytest.raises(DriftError) as caught:
        client.get_customer("c1")
    assert len(caught.value.drifts) == 2
    assert pickle.loads(pickle.dumps(caught.value)).drifts == caught.value.drifts
    found: list[Drift] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with acme.Acme(api_key=KEY, base_url=server.url, on_drift="ignore") as client:
            assert client.get_customer("c1").id == "c1"
        with acme.Acme(api_key=KEY, base_url=server.url, on_drift=found.append) as client:
            assert client.get_customer("c1").id == "c1"
    assert {d.path for d in found} == {"$.name", "$.zipCode"}


def test_what_fits_does_not_drift(server: Server) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER))
    with acme.Acme(api_key=KEY, base_url=server.url, on_drift="raise") as client:
        assert client.get_customer("c1").name == "Ada"


@pytest.mark.parametrize(
    ("rule", "body", "fails"),
    [
        (FailedWhen(("$.ok",), is_=False), b'{"ok":false}', True),
        (FailedWhen(("$.ok",), is_=False), b'{"ok":0}', False),
        (FailedWhen(("$.ok",), is_=False), b"{}", False),
        (FailedWhen(("$.status",), not_="success"), b'{"status":"error"}', True),
        (FailedWhen(("$.status",), not_="success"), b'{"status":"success"}', False),
        (FailedWhen(("$.status",), not_="success"), b"{}", True),
        (FailedWhen(("$.status",), not_="success"), b"[]", True),
        (FailedWhen(("$.status",), not_="success"), b"<html>maintenance</html>", True),
        (FailedWhen(("$.status",), not_="success"), b'{"status":null}', True),
        (FailedWhen(("$.status",), not_=None), b'{"status":null}', False),
        (FailedWhen(("header.x-failed",), not_="1"), b"{}", False),
        (FailedWhen(("header.x-status",), not_="ok"), b'{"x":1}', True),
        (FailedWhen(("$.errors[0]",), present=True), b'{"errors":[{}]}', True),
        (FailedWhen(("$.errors[0]",), present=True), b'{"errors":[]}', False),
        (FailedWhen(("$.data",), present=False), b"{}", True),
        (FailedWhen(("header.x-failed",), is_="1"), b"{}", True),
        (FailedWhen(("header.x-failed",), is_=1), b"{}", True),
        (FailedWhen(("header.x-failed",), is_=0), b"{}", False),
        (FailedWhen(("header.x-failed",), not_=1), b"{}", False),
        (FailedWhen(("header.x-failed",), not_=True), b"{}", True),
        (FailedWhen(("$.code",), not_=0), b'{"code":"0"}', True),
    ],
)
def test_a_success_that_says_it_failed(
    api: Make, server: Server, rule: FailedWhen, body: bytes, fails: bool
) -> None:
    server.on("/x", Answer(body=body, headers={"X-Failed": "1"}))
    made = api(errors=Errors(failed_when=(rule,)))
    untyped = call(Response(untyped=True))
    if fails:
        with pytest.raises(StatusError) as caught:
            made.call(untyped)
        assert caught.value.status_code == 200
    else:
        made.call(untyped)


@pytest.mark.parametrize(
    ("rule", "fails"),
    [
        (FailedWhen(("$.ok",), not_=True), False),
        (FailedWhen(("$.ok",), is_=False), False),
        (FailedWhen(("$.code",), not_=0), False),
        (FailedWhen(("$.code",), is_=0), True),
        (FailedWhen(("$.code",), not_=1), True),
        (FailedWhen(("$.rate",), not_=1.5), False),
        (FailedWhen(("$.gone",), not_=True), True),
    ],
)
def test_texts_of_xml_are_compared_as_the_spec_writes_them(
    api: Make, server: Server, rule: FailedWhen, fails: bool
) -> None:
    body = b"<r><ok>True</ok><code> 0 </code><rate>1.5</rate></r>"
    server.on("/x", plain(body, "application/xml"))
    made = api(errors=Errors(failed_when=(rule,)))
    with pytest.raises(StatusError) if fails else contextlib.nullcontext():
        made.call(call(Response("xml", untyped=True)))


@pytest.mark.parametrize("digits", [308, 309, 400, 4000])
def test_integers_beyond_floats_are_numbers(api: Make, server: Server, digits: int) -> None:
    server.on("/x", plain(b"9" * digits), plain(b"-" + b"9" * digits))
    made = api()
    assert made.call(call(Response("number"))) == 10**digits - 1
    assert made.call(call(Response("number"))) == 1 - 10**digits


@pytest.mark.parametrize("kind", ["image", "file", "empty", "text", "number"])
def test_a_body_without_places_is_no_failure_where_none_was_promised(
    api: Make, server: Server, kind: Any
) -> None:
    server.on("/x", plain(b"7", "application/octet-stream"), plain(b'{"ok":false}'))
    made = api(errors=Errors(failed_when=(FailedWhen(("$.ok",), not_=True),)))
    download = call(Response(kind))
    assert made.call(download) in (b"7", None, "7", 7)
    with pytest.raises(StatusError):
        made.call(download)


def test_codes_and_statuses_choose_the_class(api: Make, server: Server) -> None:
    rules = Errors(
        message_path=("$.error.message", "$.message"),
        code_path=("$.error.code", "$.error"),
        failed_when=(FailedWhen(("$.ok",), is_=False),),
        raises={"channel_not_found": "NotFoundError", "410": "NotFoundError"},
    )
    server.on("/x", Answer(body=b'{"ok":false,"error":"channel_not_found"}'))
    with pytest.raises(NotFoundError) as caught:
        api(errors=rules).call(call())
    assert (caught.value.code, caught.value.message) == ("channel_not_found", None)
    server.on("/x", Answer(410, b'{"message":"gone","error":{"code":17}}'))
    with pytest.raises(NotFoundError, match=r"^read: 410 Gone: gone \(code 17\)$"):
        api(errors=rules).call(call())


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestError"), (401, "AuthenticationError"), (403, "PermissionDeniedError"),
        (404, "NotFoundError"), (409, "ConflictError"), (422, "UnprocessableEntityError"),
        (429, "RateLimitError"), (500, "ServerError"), (599, "ServerError"), (418, "StatusError"),
        (304, "StatusError"), (300, "StatusError"),
    ],
)  # fmt: skip
def test_classes_by_status(api: Make, server: Server, status: int, name: str) -> None:
    server.on("/x", Answer(status, b""))
    action = Call("act", "POST", "/x", data=False)
    with pytest.raises(StatusError) as caught:
        api(client={"retry": acme.Retry(attempts=1)}).call(action)
    assert type(caught.value).__name__ == name
    assert caught.value.status_code == status


def test_a_message_is_one_line_whatever_the_provider_sends(api: Make, server: Server) -> None:
    rules = Errors(message_path=("$.m",))
    server.on("/x", Answer(400, b'{"m":"first\\nsecond\\u0000 third"}'))
    with pytest.raises(StatusError) as caught:
        api(errors=rules).call(call())
    assert "\n" not in str(caught.value)


EVERY = [
    all_errors.MissingCredentialError("acme", [("api_key", "ACME_API_KEY"), ("app_key", None)]),
    all_errors.ArgumentError("c", "a", "is wrong"),
    all_errors.TransportError("m", request_sent=False),
    all_errors.ApiTimeoutError("m"),
    all_errors.AuthError("m", status_code=400),
    all_errors.RateLimitError("c", 429, message="m", headers=Headers([("A", "1"), ("a", "2")])),
    all_errors.RetryAfterTooLongError("c", 429),
    all_errors.UnexpectedBodyError("c", "p", status_code=200, content=b"x"),
    all_errors.ResponseTooLargeError("c", 5),
    all_errors.RedirectRefusedError("m"),
    all_errors.StreamError("m"),
    all_errors.DriftError("c", [Drift("c", "$.a", "str", "int")]),
    all_errors.PaginationStuckError("m"),
    all_errors.NoRecordedResponseError("m"),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda e: type(e).__name__)
def test_every_error_survives_a_pickle(error: ApiError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert repr(vars(again)) == repr(vars(error))


def test_missing_credentials_are_listed_at_once() -> None:
    assert str(EVERY[0]) == (
        "acme: missing credentials: api_key (or ACME_API_KEY in the environment), app_key"
    )


def test_headers_are_found_in_any_case() -> None:
    headers = Headers([("Link", "a"), ("LINK", "b"), ("X-One", "1")])
    assert (headers["link"], headers.get_list("Link"), len(headers)) == ("a, b", ["a", "b"], 2)
    assert headers.get("none") is None


def test_an_authentication_error_by_code_asks_the_scheme_once(api: Make, server: Server) -> None:
    rules = Errors(
        code_path=("$.error",),
        failed_when=(FailedWhen(("$.ok",), is_=False),),
        raises={"invalid_auth": "AuthenticationError"},
    )
    server.on("/x", Answer(body=b'{"ok":false,"error":"invalid_auth"}'))
    made = api(errors=rules)
    asked: list[int] = []

    def challenged(request: Any, response: Any, _context: Any) -> Any:
        asked.append(response.status)
        yield from ()
        return request

    login = made.client._settings.named_login("none")
    login.scheme.challenged = challenged
    with pytest.raises(AuthenticationError):
        made.call(call())
    assert asked == [200]
    assert len(server.received) == 2


def test_an_argument_that_is_not_of_the_call_is_told(api: Make) -> None:
    with pytest.raises(
        all_errors.ArgumentError, match="read: nope is an unknown argument; this call takes"
    ):
        api().call(call(query=(Param("q", "q"),)), nope=1)


def test_a_byte_order_mark_is_read_over(server: Server) -> None:
    server.on("/customers/c1", Answer(body=b"\xef\xbb\xbf" + CUSTOMER))
    with acme.Acme(api_key=KEY, base_url=server.url, on_drift="raise") as client:
        assert client.get_customer("c1").name == "Ada"


def test_a_web_page_is_not_the_text_that_was_promised(api: Make, server: Server) -> None:
    server.on("/x", plain(b"<html>Log in</html>", "text/html; charset=utf-8"))
    with pytest.raises(UnexpectedBodyError, match="expected text, got a web page"):
        api().call(call(Response("text")))
    declared = call(Response("text", content_type="text/html"))
    assert api().call(declared) == "<html>Log in</html>"


def test_a_line_of_plain_text_is_the_message_of_an_error(api: Make, server: Server) -> None:
    server.on(
        "/x", Answer(status=404, body=b"No such folder\n", headers={"Content-Type": "text/plain"})
    )
    with pytest.raises(NotFoundError, match="404 Not Found: No such folder") as caught:
        api().call(call())
    assert caught.value.message == "No such folder"


def test_headers_are_a_dict_without_case_that_survives_copying() -> None:
    headers = Headers([("Link", "a"), ("LINK", "b"), ("X-One", "1")])
    assert json.loads(json.dumps(headers)) == {"link": "a, b", "x-one": "1"}
    assert "X-ONE" in headers
    assert (headers.get("X-ONE"), headers.get("x-two"), headers.get("X-Two", "2")) == (
        "1",
        None,
        "2",
    )
    for twin in (copy.copy(headers), copy.deepcopy(headers), pickle.loads(pickle.dumps(headers))):
        assert twin == headers
        assert twin.get_list("Link") == ["a", "b"]
