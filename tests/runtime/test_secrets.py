"""A credential goes on the wire and nowhere else: not into logs, errors, pickles, reprs or cURL lines."""

from __future__ import annotations

import base64
import html
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from handwritten._runtime.definition import (
    AllOf,
    ApiKey,
    Basic,
    Bearer,
    Body,
    Call,
    Const,
    Credential,
    Environment,
    Errors,
    NamedScheme,
    Param,
    Retry,
    Send,
    Variable,
)
from handwritten._runtime.errors import (
    ApiError,
    ArgumentError,
    StatusError,
    UnexpectedBodyError,
)

from .conftest import KEY, Answer, Api, Make, Server

READ = Call("read", "GET", "/x", data=True)
WRITE = Call("write", "POST", "/x", data=False, body=Body(fields=(Param("n", "n"),)))
SCHEMES = {
    "header": ApiKey(Send("header", "X-Api-Key")),
    "prefix": ApiKey(Send("header", "Authorization", "Token token=")),
    "query": ApiKey(Send("query", "appid")),
    "cookie": ApiKey(Send("cookie", "session")),
    "body": ApiKey(Send("body", "$.auth.key")),
    "bearer": Bearer("${api_key}"),
    "basic": Basic("${api_key}", ""),
    "all": AllOf((ApiKey(Send("header", "X-One")), ApiKey(Send("query", "two")))),
}
COOKIE = "sk-live-Zx81secret-key"  # what a cookie can hold


def options(place: str) -> dict[str, Any]:
    return {
        "credentials": (Credential("api_key", {"live": "ACME_API_KEY"}),),
        "auth": (NamedScheme("default", SCHEMES[place], ("api_key",)),),
        "client": {"credentials": {"api_key": COOKIE if place == "cookie" else KEY}},
    }


def spellings(key: str) -> list[str]:
    return [key, quote(key, safe=""), base64.b64encode(f"{key}:".encode()).decode()]


def assert_hidden(text: str) -> None:
    for key in (KEY, COOKIE):
        for spelling in spellings(key):
            assert spelling not in text


def everything(error: BaseException) -> str:
    """All that an error tells: its trace, its attributes, its chain, its pickle."""
    texts = ["".join(traceback.format_exception(error))]
    seen: BaseException | None = error
    while seen is not None:
        texts += [repr(seen), repr(vars(seen)), repr(seen.args)]
        request = getattr(seen, "request", None)
        texts.append(repr(request and (request.url, request.headers)))
        seen = seen.__cause__ or seen.__context__
    return "\n".join(texts) + pickle.dumps(error).decode("latin-1")


@pytest.fixture(autouse=True)
def _all_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize("place", SCHEMES)
def test_the_credential_is_sent_and_shown_nowhere(
    api: Make, server: Server, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    call = WRITE if place == "body" else READ
    arguments = {"n": "1"} if place == "body" else {}
    made = api(**options(place))
    server.on("/x", Answer(200))
    raw = made.raw(call, **arguments)
    [received] = server.received
    key = COOKIE if place == "cookie" else KEY
    sent = received.path + str(received.headers) + received.body.decode()
    assert any(spelling in sent for spelling in spellings(key))
    assert "httpx" in {r.name for r in caplog.records}
    assert_hidden(caplog.text + raw.curl + repr(raw) + repr(made.client) + repr(raw._request))
    assert "***" in raw.curl


def echo(key: str, place: str = "") -> Answer:
    """What a careless provider answers: the request, with all that was in it."""
    texts = ", ".join(spellings(key) if place == "basic" else spellings(key)[:2])
    return Answer(
        400,
        f'{{"message":"bad: {texts}","sent":["{key}"]}}'.encode(),
        {"Content-Type": "application/json", "X-Echo": key, "Set-Cookie": f"a={key}"},
    )


@pytest.mark.parametrize("place", SCHEMES)
def test_errors_do_not_repeat_what_a_provider_echoes(
    api: Make, server: Server, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/x", echo(COOKIE if place == "cookie" else KEY, place))
    call = WRITE if place == "body" else READ
    arguments = {"n": "1"} if place == "body" else {}
    with pytest.raises(StatusError) as caught:
        api(**options(place)).call(call, **arguments)
    assert_hidden(everything(caught.value) + repr(caught.value.body))
    assert_hidden(caplog.text)
    assert b"***" in caught.value.content


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "utf-16-be"])
def test_errors_do_not_repeat_what_a_provider_echoes_in_xml(
    api: Make, server: Server, encoding: str
) -> None:
    key = 'k3y<of>&"the\'test"ü'
    declared = encoding.removesuffix("-be")
    written = (
        html.escape(key),
        html.escape(key, quote=False),
        html.escape(key).replace("&#x27;", "&apos;"),
    )
    text = f"<?xml version='1.0' encoding='{declared}'?><e a=\"{written[0]}\"><m>ü {written[1]}</m><n>{written[2]}</n></e>"
    server.on("/x", Answer(400, text.encode(encoding), {"Content-Type": "application/xml"}))
    given = options("query") | {"client": {"credentials": {"api_key": key}}}
    with pytest.raises(StatusError) as caught:
        api(**given).call(READ)
    assert caught.value.body == {"@a": "***", "m": "ü ***", "n": "***"}
    assert "k3y" not in everything(caught.value).replace("\0", "")


@pytest.mark.parametrize("place", ["header", "query", "bearer", "basic"])
def test_transport_errors_tell_nothing(
    api: Make, server: Server, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/x", Answer(fault="cut"))
    with pytest.raises(ApiError) as caught:
        api(**options(place), retry=Retry(attempts=1)).call(READ)
    assert_hidden(everything(caught.value) + caplog.text)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("place", ["header", "query", "basic"])
@pytest.mark.parametrize("status", [200, 400])
def test_with_an_own_http_client_the_log_is_cleaned(
    server: Server, place: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/x", echo(KEY) if status == 400 else Answer(status))
    chosen = options(place)
    with httpx.Client() as http:
        client = chosen.pop("client") | {"http_client": http}
        from handwritten._runtime.definition import Connector

        connector = Connector("acme", "ACME_", (Environment("live", server.url),), **chosen)
        made = Api("sync", connector, **client)
        if status == 400:
            with pytest.raises(StatusError) as caught:
                made.call(READ)
            assert_hidden(everything(caught.value))
        else:
            made.call(READ, returns=dict[str, int])
        # a request of the application's own is logged as ever
        http.get(server.url + "/mine?q=1")
    assert_hidden(caplog.text)
    assert "/mine?q=1" in caplog.text


def test_an_unreachable_host_with_an_own_client_tells_nothing() -> None:
    from handwritten._runtime.definition import Connector

    chosen = options("query")
    with httpx.Client() as http:
        client = chosen.pop("client") | {"http_client": http}
        connector = Connector("a", "A_", (Environment("live", "http://127.0.0.1:1"),), **chosen)
        with pytest.raises(ApiError) as caught:
            Api("sync", connector, **client).call(READ)
    assert_hidden(everything(caught.value))


def test_secret_arguments_are_hidden_wherever_they_stand(
    api: Make, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    call = Call(
        "login", "POST", "/u/{pin}", data=False,
        path_params=(Param("pin", "pin", secret=True, required=True),),
        query=(Param("otp", "otp", secret=True),),
        headers=(Param("X-Pass", "password", secret=True),),
        cookies=(Param("c", "cookie", secret=True),),
        body=Body(fields=(Param("user", "user"), Param("pass", "body_pass", secret=True))),
    )  # fmt: skip
    arguments = dict.fromkeys(("pin", "otp", "password", "cookie", "body_pass"), COOKIE)
    server.on(f"/u/{COOKIE}", echo(COOKIE))
    made = api()
    raw = made.raw(call, user="ada", **arguments)
    [received] = server.received
    assert received.path == f"/u/{COOKIE}?otp={COOKIE}"
    assert received.headers["X-Pass"] == COOKIE
    assert received.headers["Cookie"] == f"c={COOKIE}"
    assert received.body == f'{{"user":"ada","pass":"{COOKIE}"}}'.encode()
    assert '{"user":"ada","pass":"***"}' in raw.curl
    assert "/u/***" in raw.curl
    assert_hidden(raw.curl + repr(raw._request) + caplog.text)
    with pytest.raises(StatusError) as caught:
        made.call(call, user="ada", **arguments)
    assert_hidden(everything(caught.value))


@pytest.mark.parametrize("kind", ["form", "multipart", "raw"])
def test_secret_arguments_of_other_bodies_are_hidden(api: Make, server: Server, kind: Any) -> None:
    body = Body(
        kind, (Param("a", "a"), Param("s", "s", secret=True)),
        template="<a>{a}</a><s>{s}</s>" if kind == "raw" else None,
    )  # fmt: skip
    server.on("/x", Answer())
    raw = api().raw(Call("send", "POST", "/x", data=False, body=body), a="1", s=COOKIE)
    assert COOKIE in server.received[0].body.decode()
    assert COOKIE not in raw.curl
    assert "***" in raw.curl


def test_a_credential_in_a_constant_is_hidden(api: Make, server: Server) -> None:
    call = Call(
        "read", "GET", "/bot${api_key}/x", data=True, auth="none",
        query=(Const("k", "v-${api_key}"),), headers=(Const("X-K", "${api_key}"),),
    )  # fmt: skip
    made = api(**options("cookie"))
    raw = made.raw(call)
    assert server.received[0].path == f"/bot{COOKIE}/x?k=v-{COOKIE}"
    assert server.received[0].headers["X-K"] == COOKIE
    assert_hidden(raw.curl)
    with pytest.raises(StatusError) as caught:
        made.call(call)
    assert_hidden(everything(caught.value))


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b"])
def test_a_credential_that_would_split_a_header_is_refused(
    api: Make, server: Server, value: str
) -> None:
    chosen = options("header") | {"client": {"credentials": {"api_key": lambda: value}}}
    with pytest.raises(ArgumentError, match="line break") as caught:
        api(**chosen).call(READ)
    assert value not in str(caught.value)
    assert server.received == []


def test_plain_http_to_another_machine_gets_no_credentials(api: Make) -> None:
    chosen = options("header") | {"environments": (Environment("live", "http://acme.example"),)}
    with pytest.raises(ArgumentError, match="plain http"):
        api(**chosen).call(READ)


def test_a_body_credential_is_placed_and_hidden(api: Make, server: Server) -> None:
    server.on("/x", Answer())
    raw = api(**options("body")).raw(WRITE, n="1.10")
    assert server.received[0].body.decode() == f'{{"n":"1.10","auth":{{"key":"{KEY}"}}}}'
    assert '{"n":"1.10","auth":{"key":"***"}}' in raw.curl


def test_argument_errors_never_repeat_the_value(api: Make) -> None:
    call = Call("c", "GET", "/x", data=True, query=(Param("p", "p", pattern="^[0-9]+$"),))
    with pytest.raises(ArgumentError) as caught:
        api().call(call, p=COOKIE)
    assert_hidden(everything(caught.value))


@pytest.mark.parametrize(
    "written",
    [
        lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
        lambda key: "".join(f"\\u{ord(char):04X}" for char in key),
        lambda key: "".join(f"%{byte:02x}" for byte in key.encode()),
        lambda key: "".join(f"&#x{ord(char):x};" for char in key),
        lambda key: base64.b64encode(key.encode()).decode(),
        lambda key: key.encode().hex(),
    ],
)
@pytest.mark.parametrize("place", ["header", "query", "bearer", "basic"])
def test_errors_hide_a_key_however_the_provider_writes_it(
    api: Make, server: Server, place: str, written: Callable[[str], str], caplog: Any
) -> None:
    said = written(KEY)
    headers = {"Content-Type": "application/json", "X-Request-Id": f"id-{said}", "X-Echo": said}
    server.on(
        "/x", Answer(403, f'{{"message": "key {said}!", "code": "{said}"}}'.encode(), headers)
    )
    errors = Errors(("$.message",), ("$.code",), ("header.x-request-id",))
    with pytest.raises(StatusError) as caught:
        api(**options(place), errors=errors).call(READ)
    error = caught.value
    assert (error.message, error.code) == ("key ***!", "***")
    assert error.request_id == "id-***"
    assert error.headers["X-Echo"] == "***"
    assert error.body == {"message": "key ***!", "code": "***"}
    assert_hidden(everything(error) + caplog.text)
    assert said not in everything(error) + caplog.text


def test_the_type_of_an_unexpected_body_hides_the_key(api: Make, server: Server) -> None:
    server.on("/x", Answer(200, b"<html>", {"Content-Type": f"text/html; x={quote(KEY)}"}))
    with pytest.raises(UnexpectedBodyError) as caught:
        api(**options("header")).call(READ)
    assert caught.value.content_type == "text/html; x=***"
    assert_hidden(everything(caught.value))


@pytest.mark.parametrize("char", ["\x1b[2J", "\x07", "\x7f", "\x9b2J", "\u202e", "\u2066", "\r"])
def test_control_characters_of_a_response_stay_out_of_error_texts(
    api: Make, server: Server, char: str
) -> None:
    body = json.dumps({"message": f"bad {char}thing", "code": f"c{char}", "id": f"i{char}"})
    server.on("/x", Answer(400, body.encode(), {"Content-Type": "application/json"}))
    errors = Errors(("$.message",), ("$.code",), ("$.id",))
    with pytest.raises(StatusError) as caught:
        api(errors=errors).call(READ)
    error = caught.value
    shown = (
        str(error),
        error.message,
        error.code,
        error.request_id,
        str(pickle.loads(pickle.dumps(error))),
    )
    assert not any(char[0] in (text or "") for text in shown)
    assert str(error).startswith("read: 400 Bad Request: bad ")
    assert error.body == json.loads(body)


@pytest.mark.parametrize("secret", [True, False])
def test_a_user_name_is_hidden_only_where_it_is_a_secret(
    api: Make, server: Server, secret: bool
) -> None:
    server.on("/x", Answer(400, b'{"message": "no ada-lovelace"}', {"Content-Type": "text/json"}))
    credentials = (
        Credential("username", {"live": "ACME_USERNAME"}, secret=secret),
        Credential("password", {"live": "ACME_PASSWORD"}),
    )
    given = {"username": "ada-lovelace", "password": KEY}
    scheme = NamedScheme("default", Basic(), ("username", "password"))
    made = api(
        credentials=credentials,
        auth=(scheme,),
        client={"credentials": given},
        errors=Errors(("$.message",)),
    )
    with pytest.raises(StatusError) as caught:
        made.call(Call("read", "GET", "/x", data=True, query=(Const("u", "${username}"),)))
    assert caught.value.message == ("no ***" if secret else "no ada-lovelace")
    assert server.received[0].path == "/x?u=ada-lovelace"


def test_a_secret_variable_is_hidden(api: Make, server: Server) -> None:
    server.on(
        "/x", Answer(400, f'{{"message": "no {KEY}"}}'.encode(), {"Content-Type": "text/json"})
    )
    variable = Variable(Param("tenant", "tenant", secret=True), {"live": "ACME_TENANT"})
    made = api(
        variables=(variable,), client={"variables": {"tenant": KEY}}, errors=Errors(("$.message",))
    )
    call = Call("read", "GET", "/x", data=True, headers=(Const("X-T", "${tenant}"),))
    assert_hidden(made.raw(call).curl)
    with pytest.raises(StatusError, match=r"no \*\*\*") as caught:
        made.call(call)
    assert_hidden(everything(caught.value))
    assert server.received[0].headers["X-T"] == KEY
