"""Redirects: data calls follow, actions refuse, credentials stay on their origin."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from handwritten._runtime.client import AsyncClient, Client
from handwritten._runtime.definition import (
    ApiKey,
    Body,
    Call,
    Connector,
    Credential,
    Environment,
    Errors,
    NamedScheme,
    Param,
    Response,
    Send,
)
from handwritten._runtime.errors import AuthenticationError, RedirectRefusedError
from handwritten._runtime.flow import Send as SendEffect
from handwritten._runtime.flow import WireRequest, WireResponse
from handwritten._runtime.sending.redirects import follow
from hypothesis import given
from hypothesis import strategies as st

from .conftest import KEY, Answer, Make, Server

READ = Call("read", "GET", "/x", data=True)
SEARCH = Call("search", "POST", "/x", data=True, body=Body(fields=(Param("q", "q"),)))
ACT = Call("act", "POST", "/x", data=False)
OK = Answer(body=b'{"ok":true}')
PLACES = [Send("header", "X-Api-Key"), Send("query", "key"), Send("cookie", "session")]


def to(url: str, status: int = 302) -> Answer:
    return Answer(status, b"", {"Location": url})


def keyed(send: Send) -> dict[str, Any]:
    """A connector with the key in this place, and a client that has it."""
    return {
        "credentials": (Credential("api_key", {}),),
        "auth": (NamedScheme("default", ApiKey(send), ("api_key",)),),
        "client": {"credentials": {"api_key": "the-key"}},
    }


def carries_key(server: Server, index: int = 0) -> bool:
    received = server.received[index]
    return "the-key" in received.path + str(received.headers)


@pytest.mark.parametrize("send", PLACES)
def test_credentials_stay_on_their_origin(
    api: Make, server: Server, other: Server, send: Send
) -> None:
    server.on("/x", to(f"{other.url}/y"))
    other.on("/y", OK)
    assert api(**keyed(send)).call(READ, returns=dict[str, bool]) == {"ok": True}
    assert carries_key(server)
    assert not carries_key(other)


@pytest.mark.parametrize("send", PLACES)
def test_credentials_do_not_return_after_a_detour(
    api: Make, server: Server, other: Server, send: Send
) -> None:
    server.on("/x", to(f"{other.url}/y"))
    other.on("/y", to(f"{server.url}/z"))
    server.on("/z", OK)
    api(**keyed(send)).call(READ, returns=dict[str, bool])
    assert not carries_key(server, 1)


@pytest.mark.parametrize("send", PLACES)
def test_credentials_follow_on_the_same_origin(api: Make, server: Server, send: Send) -> None:
    server.on("/x", to("/y?page=2&key=stale"))
    server.on("/y", OK)
    api(**keyed(send)).call(READ, returns=dict[str, bool])
    assert carries_key(server, 1)
    if send.place == "query":
        assert server.received[1].path == "/y?page=2&key=the-key"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_actions_are_not_redirected(api: Make, server: Server, status: int) -> None:
    server.on("/x", to("/y", status))
    server.on("/y", OK)
    made = api()
    with pytest.raises(RedirectRefusedError, match="act: 30"):
        made.call(ACT)
    assert [r.path for r in server.received] == ["/x"]
    assert made.raw(ACT).status_code == status


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [(301, "GET", b""), (302, "GET", b""), (303, "GET", b""), (307, "POST", b'{"q":"a"}')],
)
def test_a_reading_post_keeps_its_method_only_where_http_says_so(
    api: Make, server: Server, status: int, method: str, body: bytes
) -> None:
    server.on("/x", to("/y", status))
    server.on("/y", OK)
    api().call(SEARCH, returns=dict[str, bool], q="a")
    last = server.received[1]
    assert (last.method, last.body) == (method, body)
    assert ("Content-Type" in last.headers) is (method == "POST")


def test_a_body_does_not_go_to_another_origin(api: Make, server: Server, other: Server) -> None:
    server.on("/x", to(f"{other.url}/y", 307))
    with pytest.raises(RedirectRefusedError, match="with its body to another origin"):
        api().call(SEARCH, q="a")
    assert other.received == []


def test_redirects_are_bounded(api: Make, server: Server) -> None:
    server.on("/x", to("/x"))
    with pytest.raises(RedirectRefusedError, match="more than 10 redirects"):
        api().call(READ)
    assert len(server.received) == 11


def test_a_secret_path_stays_hidden_after_a_redirect(api: Make, server: Server) -> None:
    call = Call("read", "GET", "/bot${api_key}/x", data=True)
    server.on(f"/bot{'s3cret-key'}/x", to("/bots3cret-key/y"))
    server.on("/bots3cret-key/y", Answer(404, b"/bots3cret-key/y not found"))
    made = api(
        credentials=(Credential("api_key", {}),),
        client={"credentials": {"api_key": "s3cret-key"}},
    )
    raw = made.raw(call)
    assert "s3cret-key" not in raw.curl
    assert KEY not in raw.curl
    assert [r.path for r in server.received] == ["/bots3cret-key/x", "/bots3cret-key/y"]


def test_headers_of_a_copy_stay_on_their_origin(api: Make, server: Server, other: Server) -> None:
    server.on("/x", to(f"{other.url}/y"))
    other.on("/y", OK)
    made = api()
    made.client = made.client._copy(headers={"X-Tenant-Key": "the-key", "Accept-Language": "de"})
    made.call(READ, returns=dict[str, bool])
    assert carries_key(server)
    assert not carries_key(other)
    assert other.received[0].headers["Accept-Language"] == "de"


def test_an_applications_own_client_adds_nothing_at_another_origin(
    server: Server, other: Server
) -> None:
    server.on("/x", to(f"{other.url}/y"))
    other.on("/y", OK)
    connector = Connector("acme", "ACME_", (Environment("live", server.url),))
    own: dict[str, Any] = {
        "auth": httpx.BasicAuth("ann", "the-key"),
        "headers": {"X-Own": "the-key"},
        "cookies": {"own": "the-key"},
    }

    async def on_a_loop() -> None:
        async with httpx.AsyncClient(**own) as http:
            await AsyncClient(connector, http_client=http)._exchange(READ, {})

    with httpx.Client(**own) as http:
        Client(connector, http_client=http)._exchange(READ, {})
    asyncio.run(on_a_loop())
    assert len(other.received) == 2
    assert all("Authorization" in r.headers and carries_key(server) for r in server.received)
    for index, received in enumerate(other.received):
        assert not carries_key(other, index)
        assert not {"Authorization", "X-Own", "Cookie"} & set(received.headers)


HOSTILE = [
    "http://[/", "http://[::1", "http://[::1]x/", "//[", "javascript:1", "data:text/html,x", "mailto:a@b", "http://a b/",
    "http://a..b/", "http://" + "a" * 64 + "/", "http://" + "a." * 130 + "a/", "http://h:99999/", "http://h:-1/",
    "http://h:x/", "http://999.1.1.1/", "http://1.2.3/", "http://%41/", "http://h<>/", "http://\u00fc.example/",
    "https://", "/" * 20_000, "file:///etc/passwd", "ftp://h/x", "http://:80/", "http://h:0/",
]  # fmt: skip


@pytest.mark.parametrize("target", HOSTILE)
@pytest.mark.parametrize("call", [READ, ACT], ids=["data", "action"])
def test_whatever_a_location_holds_is_refused(
    api: Make, server: Server, target: str, call: Call
) -> None:
    server.on("/x", to(target))
    with pytest.raises(RedirectRefusedError) as caught:
        api().call(call)
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.location
    assert error.location in str(error)
    assert len(str(error)) < 600
    assert len(server.received) == 1


@pytest.mark.parametrize("target", HOSTILE)
@pytest.mark.parametrize("call", [READ, ACT], ids=["data", "action"])
def test_a_clients_own_http_client_refuses_them_too(
    server: Server, target: str, call: Call
) -> None:
    server.on("/x", to(target))
    connector = Connector("acme", "ACME_", environments=(Environment("live", server.url),))
    with httpx.Client() as http, pytest.raises(RedirectRefusedError):
        Client(connector, http_client=http)._call(call, {}, returns=None)
    assert len(server.received) == 1


@given(st.binary(min_size=1, max_size=60).map(lambda b: b.decode("latin-1")))
def test_any_location_is_a_url_or_refused(location: str) -> None:
    request = WireRequest("GET", "http://127.0.0.1:80/a/b?c=d")
    flow = follow(READ, request, WireResponse(302, (("Location", location),), b"", request.url))
    error = sent = None
    try:
        sent = next(flow)
    except RedirectRefusedError as refused:
        error = refused
    if error is not None:
        assert error.location is not None
        assert error.location.isprintable()
        return
    assert isinstance(sent, SendEffect)
    url = sent.request.secret_url or sent.request.url
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
    assert "@" not in urlsplit(url).netloc


@pytest.mark.parametrize(
    "target", ["http://user:pa55word@{}/y", "//user@{}/y", "//user:pa55word@{}/y", "http://@{}/y"]
)
def test_a_location_brings_no_credentials(api: Make, server: Server, target: str) -> None:
    server.on("/x", to(target.format(server.url.partition("//")[2])))
    server.on("/y", OK)
    made = api()
    assert made.call(READ, returns=dict[str, bool]) == {"ok": True}
    assert "Authorization" not in server.received[1].headers
    with pytest.raises(RedirectRefusedError) as caught:
        made.call(ACT)
    assert caught.value.location == f"{server.url}/y"
    assert "user" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/größe".encode(), "/gr%C3%B6%C3%9Fe"),
        ("/größe".encode("latin-1"), "/gr%C3%B6%C3%9Fe"),
        (b"/gr%C3%B6%C3%9Fe", "/gr%C3%B6%C3%9Fe"),
        (b"/gr%F6%DFe?q=a%20b", "/gr%F6%DFe?q=a%20b"),
        (b"/a b", "/a%20b"),
        ("/x?q=größe".encode(), "/x?q=gr%C3%B6%C3%9Fe"),
    ],
)
def test_a_location_is_encoded_once(api: Make, server: Server, location: bytes, path: str) -> None:
    server.on("/start", to(location.decode("latin-1")))
    server.on(path.partition("?")[0], OK)
    start = Call("read", "GET", "/start", data=True)
    assert api().call(start, returns=dict[str, bool]) == {"ok": True}
    assert server.received[1].path == path


def test_a_refused_redirect_says_where_it_leads(api: Make, server: Server, other: Server) -> None:
    made = api()
    server.on("/x", to("/orders/?token=abc123&next=1#frag", 301))
    with pytest.raises(RedirectRefusedError) as caught:
        made.call(ACT)
    assert caught.value.location == f"{server.url}/orders/?***"
    assert f"redirected to {server.url}/orders/?***" in str(caught.value)
    server.on("/x", to(f"{other.url}/y", 307))
    with pytest.raises(RedirectRefusedError, match="another origin") as caught:
        made.call(SEARCH, q="a")
    assert caught.value.location == f"{other.url}/y"
    server.on("/x", to("/x?again=1"))
    with pytest.raises(RedirectRefusedError, match="more than 10") as caught:
        made.call(READ)
    assert caught.value.location == f"{server.url}/x?***"


def test_a_refused_redirect_shows_no_secret_of_the_request(api: Make, server: Server) -> None:
    server.on("/x", to("/login/the-key/\x1b[31m", 302))
    with pytest.raises(RedirectRefusedError) as caught:
        api(**keyed(Send("header", "X-Api-Key"))).call(ACT)
    assert caught.value.location == f"{server.url}/login/***/%1B[31m"


@pytest.mark.parametrize("call", [READ, ACT], ids=["data", "action"])
def test_a_mapped_redirect_is_the_response(api: Make, server: Server, call: Call) -> None:
    rules = Errors(raises={"302": "AuthenticationError", "moved": "NotFoundError"})
    server.on("/x", to("/signin"))
    with pytest.raises(AuthenticationError) as caught:
        api(errors=rules).call(call)
    assert caught.value.headers["location"] == "/signin"
    server.on("/x", to("/y", 307))
    server.on("/y", to("/signin"))
    with pytest.raises(RedirectRefusedError if call is ACT else AuthenticationError):
        api(errors=rules).call(call)
    assert "/signin" not in [r.path for r in server.received]


@pytest.mark.parametrize("data", [True, False])
def test_a_redirect_status_with_a_response_of_its_own_is_not_followed(
    api: Make, server: Server, data: bool
) -> None:
    responses = {303: Response("empty", value="made"), 302: Response("empty")}
    call = Call("make", "GET" if data else "POST", "/x", data=data, responses=responses)
    server.on("/x", to("/y", 303), to("/y", 302))
    made = api()
    assert [made.call(call), made.call(call)] == ["made", None]
    assert [r.path for r in server.received] == ["/x", "/x"]
