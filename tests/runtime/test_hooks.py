"""Hooks, the package's log and spans: what they are told of a call, and that none of it is secret."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from handwritten._runtime.client import Client
from handwritten._runtime.definition import (
    ApiKey,
    Call,
    Connector,
    Credential,
    Environment,
    NamedScheme,
    Param,
    Response,
    Retry,
    Send,
)
from handwritten._runtime.errors import ArgumentError, NotFoundError, TransportError
from handwritten._runtime.hooks import Hooks
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.runtime.conftest import KEY, Answer, Make, Server

READ = Call(
    "read", "GET", "/x", data=True, query=(Param("q", "q"),), response=Response(untyped=True)
)
AUTH: dict[str, Any] = {
    "auth": (NamedScheme("default", ApiKey(Send("header", "X-Key")), ("api_key",)),),
    "credentials": (Credential("api_key", {"live": "ACME_API_KEY"}),),
}


def watching(kind: str, seen: list[Any]) -> Hooks:
    """Hooks that note what they are given, asynchronous where the client is."""

    def note(name: str) -> Any:
        def plain(event: Any) -> None:
            seen.append((name, event))

        async def awaited(event: Any) -> None:
            seen.append((name, event))

        return awaited if kind == "async" else plain

    return Hooks(*map(note, ("request", "response", "retry", "error")))


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.node.callspec.params["api"]
    return found


def client(api: Make, kind: str, seen: list[Any]) -> Any:
    options = {"hooks": watching(kind, seen), "credentials": {"api_key": KEY}}
    return api(client=options, **AUTH)


def test_requests_responses_and_retries(api: Make, kind: str, server: Server) -> None:
    server.on("/x", Answer(503, b"{}"), Answer(200, b"{}", {"X-Echo": f"key {KEY}"}))
    seen: list[Any] = []
    client(api, kind, seen).call(READ, q="a")
    assert [name for name, _ in seen] == ["request", "response", "retry", "request", "response"]
    first, response, retry, second, last = (event for _, event in seen)
    assert (first.call, first.method, first.url, first.attempt) == (
        "read", "GET", f"{server.url}/x?q=a", 1
    )  # fmt: skip
    assert first.headers["x-key"] == "***"
    assert (response.status_code, response.request) == (503, first)
    assert (retry.call, retry.attempt, retry.status_code, retry.error) == ("read", 1, 503, None)
    assert 0 <= retry.wait < 1
    assert second.attempt == 2
    assert last.headers["x-echo"] == "key ***"
    assert last.elapsed > 0
    assert KEY not in repr(seen)


def test_errors(api: Make, kind: str, server: Server) -> None:
    seen: list[Any] = []
    with pytest.raises(NotFoundError):
        client(api, kind, seen).call(READ)
    assert [name for name, _ in seen] == ["request", "response", "error"]
    assert isinstance(seen[-1][1], NotFoundError)


def test_lost_connections(api: Make, kind: str, server: Server) -> None:
    server.on("/x", Answer(fault="cut"))
    seen: list[Any] = []
    with pytest.raises(TransportError):
        client(api, kind, seen).call(READ)
    assert [name for name, _ in seen] == ["request", "retry"] * 2 + ["request", "error"]
    retry = seen[1][1]
    assert retry.status_code is None
    assert isinstance(retry.error, TransportError)


def test_what_a_hook_raises_passes(api: Make, kind: str, server: Server) -> None:
    server.on("/x", Answer())

    def refuse(event: Any) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        api(client={"hooks": Hooks(request=refuse)}).call(READ)
    assert server.received == []


def test_an_asynchronous_hook_in_a_synchronous_client(server: Server) -> None:
    async def late(event: Any) -> None: ...

    connector = Connector("acme", "ACME_", environments=(Environment("live", server.url),))
    with (
        Client(connector, hooks=Hooks(request=late)) as made,
        pytest.raises(ArgumentError, match="is asynchronous, and the synchronous client cannot"),
    ):
        made._call(READ, {}, returns=None)
    with pytest.raises(ArgumentError, match="hooks must be Hooks"):
        Client(connector, hooks=print)  # type: ignore[arg-type]


def test_the_log_is_the_packages_own(
    api: Make, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/x", Answer(503), Answer())
    caplog.set_level(logging.INFO, logger="handwritten._runtime")
    api(client={"credentials": {"api_key": KEY}}, **AUTH).call(READ, q="a")
    lines = [r.getMessage() for r in caplog.records if r.name == "handwritten._runtime"]
    assert lines[0].startswith(f"GET {server.url}/x?q=a: 503 in ")
    assert lines[1].startswith("read: attempt 1 failed, next in ")
    assert lines[2].startswith(f"GET {server.url}/x?q=a: 200 in ")
    assert KEY not in caplog.text


def test_nothing_is_observed_when_nobody_listens(api: Make, server: Server) -> None:
    server.on("/x", Answer())
    made = api()
    assert made.client._settings.observer(READ) is None


def spans(api: Make, **more: Any) -> tuple[Any, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    options = {"tracer_provider": provider, "credentials": {"api_key": KEY}, **more}
    return api(client=options, **AUTH), exporter


def test_a_span_a_call(api: Make, server: Server) -> None:
    server.on("/x", Answer(503), Answer())
    made, exporter = spans(api)
    made.call(READ, q="a")
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind.name, span.status.status_code.name) == ("read", "CLIENT", "UNSET")
    port = int(server.url.rpartition(":")[2])
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.full": f"{server.url}/x?q=a",
        "server.address": "127.0.0.1",
        "server.port": port,
        "http.response.status_code": 200,
        "http.request.resend_count": 1,
    }
    assert KEY not in span.to_json()


def test_spans_of_calls_that_fail(api: Make, server: Server) -> None:
    made, exporter = spans(api, retry=Retry(attempts=1))
    with pytest.raises(NotFoundError):
        made.call(READ)
    server.on("/x", Answer(fault="cut"))
    with pytest.raises(TransportError):
        made.call(READ)
    status, lost = exporter.get_finished_spans()
    assert status.status.status_code.name == lost.status.status_code.name == "ERROR"
    assert (status.attributes or {})["error.type"] == "404"
    assert (lost.attributes or {})["error.type"] == "TransportError"


def test_what_is_no_provider(api: Make) -> None:
    with pytest.raises(ArgumentError, match="tracer_provider must be a TracerProvider"):
        api(client={"tracer_provider": object()})
