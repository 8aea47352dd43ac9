"""``client.request``: endpoints without a method have what the others have."""

from __future__ import annotations

import datetime
import json
import uuid
import warnings
from decimal import Decimal
from typing import Any

import pytest
from handwritten import acme
from handwritten._runtime.definition import (
    ApiKey,
    Bearer,
    Const,
    Credential,
    Errors,
    FailedWhen,
    NamedScheme,
    Param,
    Retry,
    Send,
    Shared,
)
from handwritten._runtime.errors import (
    ApiError,
    ApiTimeoutError,
    ArgumentError,
    DriftError,
    MissingCredentialError,
    NotFoundError,
    ResponseTooLargeError,
    ServerError,
    TransportError,
    UnexpectedBodyError,
)
from handwritten._runtime.reading.drift import SchemaDriftWarning
from handwritten._runtime.request import plan
from handwritten.acme import models
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import CUSTOMER, KEY, Answer, Api, Make, Server

SCHEMES: dict[str, Any] = {
    "credentials": (Credential("api_key", {}), Credential("token", {})),
    "auth": (
        NamedScheme("key", ApiKey(Send("header", "X-Api-Key")), required=("api_key",)),
        NamedScheme("login", Bearer(), required=("token",), only_named=True),
    ),
}
SHARED = Shared(
    headers=(Const("Accept-Language", "en"), Param("X-Team", "team", shared=True)),
    query=(Const("v", "2"), Param("units", "units", default="metric", shared=True)),
    body=(Const("source", "web"),),
)


def send(api: Api, *args: Any, **options: Any) -> Any:
    return api.run(api.client.request(*args, **options))


def raw(api: Api, *args: Any, **options: Any) -> Any:
    return api.run(api.client.raw(api.client.request, *args, **options))


def test_plain_data_without_a_type(api: Make, server: Server) -> None:
    server.on("/v1/x", Answer(body=b'{"a":[1,null,"x"]}'))
    assert send(api(), "GET", "/v1/x") == {"a": [1, None, "x"]}


@pytest.mark.parametrize(
    ("returns", "body", "expected"),
    [
        (models.Customer, CUSTOMER, "Ada"),
        (list[models.Customer], b"[" + CUSTOMER + b"]", "Ada"),
        (models.Customer | None, CUSTOMER, "Ada"),
        (models.Customer | None, b"", None),
        (dict[str, int], b'{"a":1}', {"a": 1}),
    ],
)
def test_a_type_form_is_the_type_of_the_response(
    api: Make, server: Server, returns: Any, body: bytes, expected: Any
) -> None:
    server.on("/x", Answer(body=body))
    result = send(api(), "GET", "/x", returns=returns)
    result = result[0] if isinstance(result, list) else result
    assert getattr(result, "name", result) == expected


@pytest.mark.parametrize(("method", "status"), [("DELETE", 204), ("HEAD", 200), ("POST", 202)])
def test_an_empty_body_is_none(api: Make, server: Server, method: str, status: int) -> None:
    server.on("/x", Answer(status, b""))
    rule = FailedWhen(("$.ok",), not_=True)  # says nothing of what has no body
    assert send(api(errors=Errors(failed_when=(rule,))), method, "/x") is None


def test_an_empty_body_is_not_a_model(api: Make, server: Server) -> None:
    server.on("/x", Answer(200, b""))
    with pytest.raises(UnexpectedBodyError, match="GET /x: expected JSON, got an empty body"):
        send(api(), "GET", "/x", returns=models.Customer)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("a b&c", "q=a%20b%26c"),
        (5, "q=5"),
        (1.5, "q=1.5"),
        (True, "q=true"),
        (Decimal("1.10"), "q=1.10"),
        (datetime.date(2024, 1, 2), "q=2024-01-02"),
        (datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC), "q=2024-01-02T00%3A00%3A00Z"),
        (uuid.UUID(int=0), "q=00000000-0000-0000-0000-000000000000"),
        (["a", 2, None], "q=a&q=2"),
        ((), ""),
        (None, ""),
    ],
)
def test_values_of_the_query(api: Make, server: Server, value: Any, sent: str) -> None:
    server.on("/x", Answer())
    send(api(), "GET", "/x", query={"q": value})
    assert server.received[0].path == ("/x?" + sent if sent else "/x")


@settings(max_examples=100)
@given(st.text(min_size=1).filter(lambda text: text not in (".", "..")))
def test_a_path_param_is_one_segment(value: str) -> None:
    from urllib.parse import unquote

    from handwritten._runtime.definition import Connector, Response
    from handwritten._runtime.request.encode import encode
    from handwritten._runtime.request.unlisted import Input

    connector = Connector("acme", "ACME_", ())
    made = Input(connector, "GET", "/a/{id}/b", str)
    try:
        call = made.call(path_params={"id": value}, response=Response())
        url = encode(call, made.arguments, connector=connector, base_url="https://x.example").url
    except ArgumentError:
        assert any("\ud800" <= char <= "\udfff" for char in value)
        return
    path = url.removeprefix("https://x.example")
    assert [unquote(part) for part in path.split("/")] == ["", "a", value, "b"]


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        ({"json": {"a": None, "b": [1]}}, b'{"a":null,"b":[1]}', "application/json"),
        ({"json": [{"a": 1}]}, b'[{"a":1}]', "application/json"),
        ({"json": {}}, b"{}", "application/json"),
        ({"json": None}, b"null", "application/json"),
        ({"json": {"n": Decimal("1.10")}}, b'{"n":1.10}', "application/json"),
        (
            {"form": {"a": "x y", "b": [1, 2], "c": None, "d": {"e": "f"}}},
            b"a=x%20y&b=1&b=2&d%5Be%5D=f",
            "application/x-www-form-urlencoded",
        ),
        ({"content": "é"}, "é".encode(), "text/plain; charset=utf-8"),
        ({"content": b"\x00"}, b"\x00", "application/octet-stream"),
        ({"content": "a,b", "headers": {"content-type": "text/csv"}}, b"a,b", "text/csv"),
        ({}, b"", None),
    ],
)
def test_bodies(api: Make, server: Server, body: Any, sent: bytes, kind: str | None) -> None:
    server.on("/x", Answer())
    send(api(), "POST", "/x", **body)
    (received,) = server.received
    headers = {name.lower(): value for name, value in received.headers.items()}
    assert (received.body, headers.get("content-type")) == (sent, kind)


def test_what_all_calls_share_is_sent_and_can_be_replaced_or_removed(
    api: Make, server: Server
) -> None:
    server.on("/x", Answer())
    made = api(client={"shared": {"team": "blue"}}, shared=SHARED)
    send(made, "POST", "/x", json={"a": 1})
    send(
        made, "POST", "/x", json={"source": "app"}, query={"v": 3, "units": None},
        headers={"accept-language": "de", "X-Team": None},
    )  # fmt: skip
    first, second = server.received
    assert first.path == "/x?v=2&units=metric"
    assert (first.headers["Accept-Language"], first.headers["X-Team"]) == ("en", "blue")
    assert json.loads(first.body) == {"source": "web", "a": 1}
    assert second.path == "/x?v=3"
    assert second.headers["accept-language"] == "de"
    assert "X-Team" not in second.headers
    assert json.loads(second.body) == {"source": "app"}


def test_headers_win_over_those_of_with_options(api: Make, server: Server) -> None:
    server.on("/x", Answer())
    made = api()
    copy = made.client._copy(headers={"X-A": "copy", "X-B": "copy"})
    made.run(copy.request("GET", "/x", headers={"x-a": "own"}))
    headers = {name.lower(): value for name, value in server.received[0].headers.items()}
    assert (headers["x-a"], headers["x-b"]) == ("own", "copy")


@pytest.mark.parametrize(
    ("auth", "sent"),
    [(None, {"X-Api-Key": KEY}), ("login", {"Authorization": "Bearer t-123456"}), ("none", {})],
)
def test_authentication(api: Make, server: Server, auth: str | None, sent: dict[str, str]) -> None:
    server.on("/x", Answer())
    keys = {"api_key": KEY, "token": "t-123456"}
    send(api(client={"credentials": keys}, **SCHEMES), "GET", "/x", auth=auth)
    headers = server.received[0].headers
    assert {n: headers[n] for n in ("X-Api-Key", "Authorization") if n in headers} == sent


def test_credentials_of_a_scheme_can_be_missing(api: Make, server: Server) -> None:
    made = api(client={"credentials": {"api_key": KEY}}, **SCHEMES)
    with pytest.raises(MissingCredentialError, match="token"):
        send(made, "GET", "/x", auth="login")
    with pytest.raises(ArgumentError, match="auth must be one of 'key', 'login', 'none'"):
        send(made, "GET", "/x", auth="basic")
    assert server.received == []


@pytest.mark.parametrize(
    ("method", "use_as", "requests"),
    [
        ("GET", None, 3), ("HEAD", None, 3), ("POST", None, 1), ("PUT", None, 1), ("DELETE", None, 1),
        ("POST", "data", 3), ("GET", "action", 1),
    ],
)  # fmt: skip
def test_only_data_is_repeated(
    api: Make, server: Server, method: str, use_as: Any, requests: int
) -> None:
    server.on("/x", Answer(503))
    with pytest.raises(ServerError):
        send(api(), method, "/x", use_as=use_as)
    assert len(server.received) == requests


def test_retry_and_timeout_are_those_of_the_request(api: Make, server: Server) -> None:
    server.on("/x", Answer(503))
    made = api(client={"retry": Retry(attempts=2), "timeout": 30.0})
    with pytest.raises(ServerError):
        send(made, "GET", "/x", retry=Retry(attempts=4))
    assert len(server.received) == 4
    server.on("/x", Answer(delay=1.0))
    with pytest.raises(ApiTimeoutError):
        send(made, "POST", "/x", timeout=0.2)


def test_lost_actions_are_not_repeated(api: Make, server: Server) -> None:
    server.on("/x", Answer(fault="cut"))
    with pytest.raises(TransportError):
        send(api(), "POST", "/x", json={})
    assert len(server.received) == 1


def test_data_is_redirected(api: Make, server: Server) -> None:
    server.on("/x", Answer(302, headers={"Location": "/y"}))
    server.on("/y", Answer(body=b"[1]"))
    assert send(api(), "GET", "/x", returns=list[int]) == [1]


def test_errors_are_those_of_the_connector(api: Make, server: Server) -> None:
    server.on("/v1/x", Answer(404, b'{"error":{"message":"no such thing"}}'))
    with pytest.raises(NotFoundError, match=r"GET /v1/x: 404.*no such thing"):
        send(api(errors=Errors(message_path=("$.error.message",))), "GET", "/v1/x")
    server.on("/ok", Answer(body=b'{"ok":false,"code":"gone"}'))
    rules = Errors(
        code_path=("$.code",),
        failed_when=(FailedWhen(("$.ok",), is_=False),),
        raises={"gone": "NotFoundError"},
    )
    with pytest.raises(NotFoundError):
        send(api(errors=rules), "POST", "/ok")


def test_own_error_classes_of_a_package(server: Server) -> None:
    server.on("/pay", Answer(402, b'{"error":{"message":"declined"}}'))
    with acme.Acme(api_key=KEY, base_url=server.url) as client, pytest.raises(acme.CardError):
        client.request("POST", "/pay", json={"amount": 1})
    assert server.received[0].path == "/pay?lang=en"


def test_drift_is_reported_where_the_request_is_written(api: Make, server: Server) -> None:
    server.on("/x", Answer(body=CUSTOMER.replace(b'"Ada"', b"5")))
    with pytest.raises(DriftError, match=r"GET /x: .*\$\.name"):
        send(api(client={"on_drift": "raise"}), "GET", "/x", returns=models.Customer)
    with (
        acme.Acme(api_key=KEY, base_url=server.url) as client,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        assert client.request("GET", "/x", returns=models.Customer).id == "c1"
    (warning,) = caught
    assert (warning.category, warning.filename) == (SchemaDriftWarning, __file__)


def test_raw(api: Make, server: Server) -> None:
    server.on("/x", Answer(404, b'{"a":1}'))
    response = raw(api(), "GET", "/x", query={"q": "1"})
    assert (response.status_code, response.text) == (404, '{"a":1}')
    with pytest.raises(NotFoundError):
        response.parse()
    server.on("/x", Answer(body=CUSTOMER))
    assert raw(api(), "GET", "/x", returns=models.Customer).parse().name == "Ada"


def test_responses_are_bounded(api: Make, server: Server) -> None:
    server.on("/x", Answer(body=b'"' + b"x" * 2000 + b'"'))
    with pytest.raises(ResponseTooLargeError):
        send(api(max_response_bytes=1000), "GET", "/x")


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"X-Auth-Token": "hunter2-secret"}},
        {"headers": {"Authorization": "Bearer hunter2-secret"}},
        {"query": {"access_token": "hunter2-secret"}},
        {"path_params": {"token": "hunter2-secret"}, "path": "/x/{token}"},
        {"json": {"password": "hunter2-secret", "name": "Ada"}},
        {"form": {"password": "hunter2-secret"}},
    ],
)
def test_values_of_secret_names_are_hidden(api: Make, server: Server, options: Any) -> None:
    options = {"path": "/x", **options}
    shown = options["path"].replace("{token}", "hunter2-secret")
    server.on(shown, Answer(400, b'{"got":"hunter2-secret"}'))
    response = raw(api(), "POST", **options)
    assert "hunter2-secret" not in response.curl
    with pytest.raises(ApiError) as caught:
        send(api(), "POST", **options)
    assert "hunter2-secret" not in f"{caught.value} {vars(caught.value)}"
    received = server.received[0]
    assert "hunter2-secret" in f"{received.path} {received.headers} {received.body!r}"


def test_secrets_are_in_no_frame_and_no_path_of_an_error(api: Make, server: Server) -> None:
    made = api(client={"credentials": {"api_key": KEY}}, **SCHEMES)
    key = KEY.replace("/", "")
    other = api(client={"credentials": {"api_key": key}}, **SCHEMES)
    with pytest.raises(NotFoundError) as caught:
        send(other, "GET", f"/bot{key}/me")
    assert key not in str(caught.value)
    with pytest.raises(NotFoundError) as caught:
        send(made, "POST", "/x", headers={"X-Own": KEY}, json={"a": KEY})
    trace = caught.tb
    while trace is not None:
        if "_runtime" in trace.tb_frame.f_code.co_filename:
            assert KEY not in repr(trace.tb_frame.f_locals)
        trace = trace.tb_next  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("https://evil.example/x", "GET https://evil.example/x: path must start with a slash"),
        ("https://u:hunter2@evil.example/x?t=hunter2", "GET https://evil.example/x: path must"),
        ("x", "must start with a slash"),
        ("//evil.example/x", "GET //evil.example/x: path must not start with two slashes"),
        ("/\\evil.example", "must not start with two slashes"),
        ("/a/../b", "must not hold the segment '..'"),
        ("/a/%2e%2E/b", "must not hold the segment '..'"),
        ("/a%2F..%2Fb", "must not hold the segment '..'"),
        ("/a/..", "must not hold the segment '..'"),
        ("/a/./b", "must not hold the segment '.'"),
        ("/x/{id}", "path_params['id'] is required: the path holds {id}"),
        ("/x/{}", "path_params[''] is required"),
        ("/x/${api_key}", "must not hold ${"),
        ("/x/{id", "holds a brace"),
        ("/x?a=1", "must not hold a query"),
        ("/x#a", "must not hold a query or a fragment"),
        ("/\ud800", "contains a lone surrogate"),
        (5, "path must be a string, not int"),
    ],
)
def test_refused_paths(api: Make, server: Server, path: Any, problem: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        send(api(), "GET", path)
    assert problem in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert server.received == []


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"path_params": {"id": 1}}, "path_params['id'] has no placeholder {id} in the path"),
        ({"query": {"a": {"b": 1}}}, "query['a'] must be a string, number"),
        ({"query": {"a": b"x"}}, "query['a'] must be a string, number"),
        ({"query": {"a": [[1]]}}, "query['a'] must be a string, number"),
        ({"query": {"a": datetime.datetime(2024, 1, 1)}}, "query['a'] must have a time zone"),
        ({"query": {"a": float("nan")}}, "query['a'] must be finite"),
        ({"query": [("a", 1)]}, "query must be a dict, not list"),
        ({"query": {1: 1}}, "query must have string keys"),
        ({"query": {"\ud800": 1}}, "query contains a lone surrogate"),
        ({"headers": {"a b": "c"}}, "headers['a b'] is not a valid header name"),
        ({"headers": {"Host": "c"}}, "headers['Host'] is set by the HTTP library"),
        ({"headers": {"X-A": "a\r\nb"}}, "headers['X-A'] must not contain line breaks"),
        ({"headers": {"X-A": ["a"]}}, "headers['X-A'] must be a string, number"),
        ({"json": {}, "form": {}}, "form cannot be given with json"),
        ({"form": {}, "content": ""}, "content cannot be given with form"),
        ({"json": {"a": [object()]}}, "json['a'][0] must be JSON data, not object"),
        ({"json": [{"\ud800": 1}]}, "json[0] contains a lone surrogate"),
        ({"form": "a=b"}, "form must be a dict, not str"),
        (
            {"content": 5},
            "content must be a pathlib.Path, bytes, a file opened in binary mode, or an Upload, not int",
        ),
        ({"use_as": "read"}, "use_as must be 'data' or 'action'"),
        ({"timeout": 0}, "timeout must be more than 0 seconds"),
        ({"retry": 3}, "retry must be a Retry"),
        ({"method": "GET /"}, "request: method must be an HTTP method, like GET"),
    ],
)
def test_refused_arguments(api: Make, server: Server, options: Any, problem: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        send(api(), **{"method": "POST", "path": "/x", **options})
    assert problem in str(caught.value)
    assert server.received == []


@pytest.mark.parametrize("value", [".", "..", ""])
def test_a_path_param_is_not_another_path(api: Make, server: Server, value: str) -> None:
    with pytest.raises(ArgumentError, match=r"path_params\['id'\] must not be"):
        send(api(), "GET", "/x/{id}", path_params={"id": value})
    assert server.received == []


def test_paths_are_below_the_base_url(api: Make, server: Server) -> None:
    server.on("/", Answer())
    server.on("/a%20b/$count", Answer())
    send(api(), "GET", "")
    send(api(), "get", "/a b/$count")
    assert [r.path for r in server.received] == ["/", "/a%20b/$count"]


def test_no_plan_is_kept(api: Make, server: Server) -> None:
    server.on("/x", Answer())
    before = len(plan._PLANS)
    for number in range(5):
        send(api(), "GET", "/x", query={"n": number})
    assert len(plan._PLANS) == before
