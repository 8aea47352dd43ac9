"""Credentials as people have them: from mounted files, clipboards and documentation."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from handwritten._runtime.client import Client
from handwritten._runtime.credentials import place_problem, stripped
from handwritten._runtime.definition import (
    AllOf,
    ApiKey,
    Assertion,
    Basic,
    Bearer,
    Body,
    Call,
    Connector,
    Const,
    Credential,
    Environment,
    Jwt,
    NamedScheme,
    OAuth2,
    Scheme,
    Send,
)
from handwritten._runtime.errors import ApiError, ArgumentError, AuthError
from hypothesis import given
from hypothesis import strategies as st

READ = Call("read", "GET", "/x", data=True)
HEADER = ApiKey(Send("header", "X-Key"), "${key}")
COOKIE = ApiKey(Send("cookie", "sid"), "${key}")
COOKIE_HEADER = ApiKey(Send("header", "Cookie", "SID="), "${key}")
TOKEN_PREFIX = ApiKey(Send("header", "Authorization", "Token token="), "${key}")
BEARER = Bearer("${key}")
QUERY = ApiKey(Send("query", "k"), "${key}")
OAUTH = OAuth2("client_credentials", "https://acme.example/token", client_id="${key}")


def connector(scheme: Scheme, *names: str) -> Connector:
    names = names or ("key",)
    return Connector(
        "acme",
        "ACME_",
        (Environment("live", "https://acme.example"),),
        auth=(NamedScheme("default", scheme, names),),
        credentials=tuple(Credential(n, {"live": f"ACME_{n.upper()}"}) for n in names),
    )


def sent(scheme: Scheme, call: Call = READ, **credentials: Any) -> httpx.Request:
    """The request that a client makes, secrets included."""
    found: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        found.append(request)
        return httpx.Response(200, content=b"{}")

    given = {n: v for n, v in credentials.items() if n != "access_token"}
    options = {"access_token": credentials.get("access_token")}
    built = connector(scheme, *(given or {"key": ""}))
    with Client(
        built, transport=httpx.MockTransport(answer), credentials=given, **options
    ) as client:
        client._exchange(call, {})
    return found[0]


def from_argument(monkeypatch: pytest.MonkeyPatch, value: str) -> dict[str, Any]:
    return {"key": value}


def from_environment(monkeypatch: pytest.MonkeyPatch, value: str) -> dict[str, Any]:
    monkeypatch.setenv("ACME_KEY", value)
    return {"key": None}


def from_function(monkeypatch: pytest.MonkeyPatch, value: str) -> dict[str, Any]:
    return {"key": lambda: value}


Source = Callable[[pytest.MonkeyPatch, str], dict[str, Any]]
sources = pytest.mark.parametrize("source", [from_argument, from_environment, from_function])


@sources
@pytest.mark.parametrize("value", ["k-123\n", "k-123\r\n", "  k-123 ", "\ufeffk-123", "\tk-123"])
def test_white_space_around_a_credential_is_taken_off(
    monkeypatch: pytest.MonkeyPatch, source: Source, value: str
) -> None:
    given = source(monkeypatch, value)
    assert sent(HEADER, **given).headers["X-Key"] == "k-123"
    assert sent(QUERY, **given).url.params["k"] == "k-123"


def test_white_space_around_a_password_is_taken_off() -> None:
    request = sent(Basic(), username="u", password="pw 1\n")
    assert request.headers["Authorization"] == "Basic dTpwdyAx"


def test_a_blank_variable_is_a_missing_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", " \n")
    with pytest.raises(ApiError, match="ACME_KEY"):
        sent(HEADER, key=None)


@sources
@pytest.mark.parametrize(
    ("scheme", "value", "problem"),
    [
        (HEADER, "hush-1\nX-Evil: hush-1", "line breaks or control characters"),
        (QUERY, "hush-1\x01", "line breaks or control characters"),
        (Basic("${key}", ""), "hush-1\u2028x", "line breaks or control characters"),
        (HEADER, "\u201chush-1\u201d", "non-ASCII"),
        (BEARER, "hush-1\u2026", "non-ASCII"),
        (AllOf((QUERY, HEADER)), "hush-1é", "non-ASCII"),
        (HEADER, "hush-1\udcff", "not valid UTF-8"),
        (COOKIE, "hush-1; admin=1", "semicolons"),
        (COOKIE, "hush-1,b", "semicolons"),
        (COOKIE, '"hush-1"', "semicolons"),
        (COOKIE, "hush-1 b", "semicolons"),
        (COOKIE, "hush-1é", "non-ASCII"),
        (COOKIE_HEADER, "hush-1; admin=1", "semicolons"),
        (BEARER, "Bearer hush-1", "begins with 'Bearer'"),
        (BEARER, "bearer  hush-1", "begins with 'Bearer'"),
        (TOKEN_PREFIX, "Token token=hush-1", "begins with 'Token token='"),
        (COOKIE_HEADER, "SID=hush-1", "begins with 'SID='"),
        (Basic("${key}", ""), "hush-1:pw", "must not contain a colon"),
    ],
)
def test_what_cannot_be_sent_names_the_credential_and_holds_no_part_of_it(
    monkeypatch: pytest.MonkeyPatch, source: Source, scheme: Scheme, value: str, problem: str
) -> None:
    given = source(monkeypatch, value)
    with pytest.raises(ArgumentError) as caught:
        sent(scheme, **given)
    error = caught.value
    assert (error.argument, problem in str(error)) == ("key", True), str(error)
    if source is not from_function:
        assert "ACME_KEY" in str(error)
    chain = "".join(traceback.format_exception(error)[-1:]) + repr((error.args, vars(error)))
    assert "hush-1" not in chain
    assert "hush-1" not in repr((error.__context__, error.__cause__))


def test_a_header_may_hold_a_whole_cookie_line_and_a_query_any_text() -> None:
    scheme = ApiKey(Send("header", "Cookie"), "${key}")
    assert sent(scheme, key="SID=a; theme=dark").headers["Cookie"] == "SID=a; theme=dark"
    assert sent(QUERY, key="Zoë, ; ü").url.params["k"] == "Zoë, ; ü"
    assert sent(Basic("${key}", ""), key="Zoë").headers["Authorization"] == "Basic Wm/Dqzo="


def test_a_key_that_only_looks_like_its_prefix_is_sent() -> None:
    assert sent(BEARER, key="BearerTown-1").headers["Authorization"] == "Bearer BearerTown-1"


@pytest.mark.parametrize("token", ["Bearer hush-1", "hush-1\nx", "\u201chush-1\u201d", " "])
def test_a_ready_token_is_checked_like_a_credential(token: str) -> None:
    with pytest.raises(ArgumentError, match="access_token") as caught:
        sent(OAUTH, access_token=token)
    assert "hush-1" not in str(caught.value)
    assert sent(OAUTH, access_token=" hush-1\n").headers["Authorization"] == "Bearer hush-1"


@pytest.mark.parametrize("token", ["hush-1\nx", "\u201chush-1\u201d", "Bearer hush-1"])
def test_a_ready_token_of_a_function_is_checked_when_it_is_sent(token: str) -> None:
    with pytest.raises(AuthError, match="the token for the header Authorization") as caught:
        sent(OAUTH, access_token=lambda: token)
    assert "hush-1" not in str(caught.value)


@sources
def test_a_credential_in_a_constant_header_is_checked(
    monkeypatch: pytest.MonkeyPatch, source: Source
) -> None:
    call = Call("read", "GET", "/x", data=True, headers=(Const("X-Also", "k ${key}"),))
    given = source(monkeypatch, "\u201chush-1\u201d")
    match = r"read: key \(read from ACME_KEY when not given\) must not contain non-ASCII characters"
    with pytest.raises(ArgumentError, match=match) as caught:
        sent(QUERY, call, **given)
    assert "hush-1" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["Bearer ", "Token token=", "ApiKey "])
def test_a_credential_that_repeats_the_text_before_it_in_a_constant_header_is_refused(
    prefix: str,
) -> None:
    headers = (Const("Authorization", f"{prefix}${{key}}"), Const("X-Also", "a ${key}"))
    call = Call("read", "GET", "/x", data=True, headers=headers)
    assert sent(QUERY, call, key="hush-1").headers["Authorization"] == f"{prefix}hush-1"
    match = rf"read: key .*ACME_KEY.* begins with '{prefix.strip()}'"
    with pytest.raises(ArgumentError, match=match) as caught:
        sent(QUERY, call, key=f"{prefix.upper()}hush-1")
    assert "hush-1" not in str(caught.value)


def test_a_cookie_constant_names_the_variable_of_its_credential() -> None:
    call = Call("read", "GET", "/x", data=True, cookies=(Const("sid", "${key}"),))
    with pytest.raises(ArgumentError, match=r"read: key .*ACME_KEY.* semicolons"):
        sent(QUERY, call, key="hush;1")


def test_keys_and_certificates_may_have_lines() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nhush-1\n-----END PRIVATE KEY-----"
    with pytest.raises(AuthError, match="key is not a private key"):
        sent(Jwt("direct", Assertion("RS256", "${key}")), key=pem)
    request = sent(Jwt("direct", Assertion("HS256", "${key}")), key="of\nthree\nlines")
    assert request.headers["Authorization"].startswith("Bearer ey")


def test_a_credential_goes_into_json_of_any_label_and_into_forms() -> None:
    scheme = ApiKey(Send("body", "$.key"), "${key}")

    def body(**changes: Any) -> Call:
        return Call("write", "POST", "/x", data=False, body=Body(**changes))

    fields = (Const("a", 1),)
    request = sent(scheme, body(fields=fields, content_type="application/vnd.acme.v1"), key="k")
    assert (request.content, request.headers["Content-Type"]) == (
        b'{"a":1,"key":"k"}',
        "application/vnd.acme.v1",
    )
    request = sent(scheme, body(fields=(Const("a", "1"),), type="form"), key="k/1")
    assert request.content == b"a=1&key=k%2F1"
    raw = {"type": "raw", "content_type": "text/plain", "template": "x"}
    with pytest.raises(AuthError, match="needs a JSON object"):
        sent(scheme, body(**raw), key="k")


@given(st.text())
def test_stripping_twice_changes_nothing_and_what_passes_can_be_sent(text: str) -> None:
    value = stripped(text)
    assert stripped(value) == value
    if place_problem(HEADER.send, value) is None:
        value.encode("ascii")
        assert not set(value) & {"\r", "\n", "\0"}
    if place_problem(COOKIE.send, value) is None:
        assert not set(value) & set(" ;,\r\n")
