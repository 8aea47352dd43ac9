"""Redirects: data calls follow, actions refuse, credentials stay on their origin."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from handwritten.acme._runtime.client import AsyncClient, Client
from handwritten.acme._runtime.definition import (
    ApiKey,
    Body,
    Call,
    Connector,
    Credential,
    Environment,
    NamedScheme,
    Param,
    Send,
)
from handwritten.acme._runtime.errors import RedirectRefusedError

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


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://h/x", "http://:80/", "http://h:0/"]
)
def test_only_web_addresses_are_followed(api: Make, server: Server, target: str) -> None:
    server.on("/x", to(target))
    with pytest.raises(RedirectRefusedError, match="no http URL"):
        api().call(READ)


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
            await AsyncClient(connector, http_client=http).request(READ, {})

    with httpx.Client(**own) as http:
        Client(connector, http_client=http).request(READ, {})
    asyncio.run(on_a_loop())
    assert len(other.received) == 2
    assert all("Authorization" in r.headers and carries_key(server) for r in server.received)
    for index, received in enumerate(other.received):
        assert not carries_key(other, index)
        assert not {"Authorization", "X-Own", "Cookie"} & set(received.headers)
