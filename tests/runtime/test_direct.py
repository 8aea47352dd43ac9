"""Requests go straight to the transport, unless a tool has replaced a method of the HTTP library's client."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
from handwritten._runtime.definition import Call, Response
from handwritten._runtime.sending import direct

from tests.runtime.conftest import Answer, Make, Server

READ = Call("read", "GET", "/x", data=True, response=Response(untyped=True))


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> type[Any]:
    is_async = request.node.callspec.params["api"] == "async"
    return httpx.AsyncClient if is_async else httpx.Client


@pytest.mark.parametrize("method", ["send", "_send_single_request"])
def test_a_replaced_method_sees_every_request(
    api: Make, kind: type[Any], server: Server, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    server.on("/x", Answer())
    original = getattr(kind, method)
    seen: list[str] = []

    def traced(self: Any, request: httpx.Request, **options: Any) -> Any:
        seen.append(str(request.url))
        return original(self, request, **options)

    client = api()
    assert direct.is_possible(kind)
    client.call(READ)
    assert seen == []
    monkeypatch.setattr(kind, method, traced)
    assert not direct.is_possible(kind)
    client.call(READ)
    assert seen == [f"{server.url}/x"]


def test_the_librarys_line_in_the_log_is_the_same(
    api: Make,
    kind: type[Any],
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.on("/x", Answer())
    caplog.set_level(logging.INFO, logger="httpx")
    client = api()
    client.call(READ)
    monkeypatch.setattr(direct, "is_possible", lambda kind: False)
    client.call(READ)
    fast, full = (r.getMessage() for r in caplog.records if r.name == "httpx")
    assert fast == full == f'HTTP Request: GET {server.url}/x "HTTP/1.1 200 OK"'


def test_a_transport_of_the_applications_own_is_asked_through_the_client(api: Make) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"host": request.url.host})

    found = api(client={"transport": httpx.MockTransport(answer)}).call(READ)
    assert found == {"host": "127.0.0.1"}
