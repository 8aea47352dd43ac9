"""The hand-written package, used as its users use it, against a scripted server."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import Any

import httpx
import pytest
from handwritten import acme
from handwritten._runtime import errors as base
from handwritten._runtime.client import Client
from handwritten._runtime.definition import (
    ApiKey,
    Call,
    Connector,
    Const,
    Credential,
    Environment,
    NamedScheme,
    Param,
    Send,
)

from .conftest import CUSTOMER, KEY, Answer, Server

PROBLEM = b'{"error":{"code":"unknown_customer","message":"There is no such customer."}}'


@pytest.fixture
def client(server: Server) -> Any:
    with acme.Acme(api_key=KEY, base_url=server.url) as found:
        yield found


def test_get_returns_a_model_and_sends_key_and_shared_parameter(
    server: Server, client: acme.Acme
) -> None:
    server.on("/customers/a%2Fb%20c", Answer(body=CUSTOMER))
    customer = client.get_customer("a/b c")
    assert (customer.id, customer.name, customer.created.year) == ("c1", "Ada", 2024)
    [received] = server.received
    assert received.path == "/customers/a%2Fb%20c?lang=en"
    assert received.headers["X-Api-Key"] == KEY


def test_async_methods_are_the_same(server: Server) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER))

    async def main() -> str:
        async with acme.AsyncAcme(api_key=KEY, base_url=server.url, lang="de") as client:
            return (await client.get_customer("c1")).name

    assert asyncio.run(main()) == "Ada"
    assert server.received[0].path == "/customers/c1?lang=de"


def test_a_shared_parameter_can_be_set_per_call_and_left_out(
    server: Server, client: acme.Acme
) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER))
    client.get_customer("c1", lang="de")
    client.get_customer("c1", lang=None)
    assert [r.path for r in server.received] == ["/customers/c1?lang=de", "/customers/c1"]


def test_json_body_with_place_null_and_decimal(server: Server, client: acme.Acme) -> None:
    server.on("/customers", Answer(201, CUSTOMER))
    client.create_customer(
        name="Zoë", nickname=None, address={"street": "S", "zipCode": "1"}, credit="12.50"
    )
    [received] = server.received
    assert received.body.decode() == (
        '{"name":"Zoë","nickname":null,"address":{"street":"S","zipCode":"1"},'
        '"limits":{"credit":12.50,"currency":"EUR"}}'
    )
    assert received.headers["Content-Type"] == "application/json"
    client.create_customer(name="x")
    assert server.received[1].body == b'{"name":"x"}'


def test_empty_answers_and_constant_values(server: Server, client: acme.Acme) -> None:
    server.on("/customers/c1", Answer(204, b""), Answer(200, b"{}"), Answer(404, PROBLEM))
    assert client.delete_customer("c1") is None  # type: ignore[func-returns-value]
    assert client.customer_exists("c1") is True
    assert client.customer_exists("c1") is False


def test_a_call_without_auth_sends_no_credentials(server: Server, client: acme.Acme) -> None:
    server.on("/ping", Answer(body=b"pong", headers={"Content-Type": "text/plain"}))
    assert client.ping() == "pong"
    assert "X-Api-Key" not in server.received[0].headers


def test_an_error_has_its_class_and_typed_body(server: Server, client: acme.Acme) -> None:
    headers = {"Content-Type": "application/json", "X-Request-Id": "req_7"}
    server.on("/customers/nope", Answer(404, PROBLEM, headers))
    with pytest.raises(acme.NotFoundError) as caught:
        client.get_customer("nope")
    error = caught.value
    assert isinstance(error, base.NotFoundError)
    assert error.body is not None
    assert error.body.error.code == "unknown_customer"
    assert (error.status_code, error.code, error.request_id) == (404, "unknown_customer", "req_7")
    assert str(error) == (
        "get_customer: 404 Not Found: There is no such customer."
        " (code unknown_customer, request id req_7)"
    )
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.body, again.headers["x-request-id"]) == (
        str(error),
        error.body,
        "req_7",
    )


def test_an_error_of_another_kind_has_no_body(server: Server, client: acme.Acme) -> None:
    server.on("/customers/nope", Answer(404, b"<html>", {"Content-Type": "text/html"}))
    with pytest.raises(acme.NotFoundError) as caught:
        client.get_customer("nope")
    assert caught.value.body is None
    assert caught.value.text == "<html>"


def test_a_status_mapped_by_the_spec_raises_its_own_class(
    server: Server, client: acme.Acme
) -> None:
    server.on("/customers", Answer(402, b'{"error":{"code":"declined","message":"No."}}'))
    with pytest.raises(acme.CardError) as caught:
        client.create_customer(name="x")
    assert caught.value.body is not None
    assert caught.value.body.error.message == "No."


def test_raw_gives_any_answer_as_it_came(server: Server, client: acme.Acme) -> None:
    headers = {"Content-Type": "application/json", "X-Total": "3"}
    server.on("/customers/c1", Answer(body=CUSTOMER, headers=headers), Answer(404, PROBLEM))
    raw = client.raw(client.get_customer, "c1", lang="de")
    assert (raw.status_code, raw.headers["x-total"], raw.content) == (200, "3", CUSTOMER)
    assert raw.parse().name == "Ada"
    assert raw.elapsed > 0
    assert raw.curl == (f"curl '{server.url}/customers/c1?lang=de' --header 'X-Api-Key: ***'")
    failed = client.raw(client.get_customer, "c1")
    assert failed.status_code == 404
    with pytest.raises(acme.NotFoundError):
        failed.parse()
    assert client.get_customer.__self__ is client
    with pytest.raises(acme.ArgumentError, match="method of a client"):
        client.raw(len, "x")


def test_async_raw(server: Server) -> None:
    server.on("/customers/c1", Answer(404, PROBLEM))

    async def main() -> int:
        async with acme.AsyncAcme(api_key=KEY, base_url=server.url) as client:
            return (await client.raw(client.get_customer, "c1")).status_code

    assert asyncio.run(main()) == 404


def test_credential_callables_are_asked_at_each_use(server: Server) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER))
    keys = iter(["first", "second"])
    with acme.Acme(api_key=lambda: next(keys), base_url=server.url) as client:
        client.get_customer("c1")
        client.get_customer("c1")
    assert [r.headers["X-Api-Key"] for r in server.received] == ["first", "second"]


def test_async_credential_callables_may_be_coroutines(server: Server) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER))

    async def key() -> str:
        await asyncio.sleep(0)
        return "awaited"

    async def main() -> None:
        async with acme.AsyncAcme(api_key=key, base_url=server.url) as client:
            await client.get_customer("c1")

    asyncio.run(main())
    assert server.received[0].headers["X-Api-Key"] == "awaited"


def test_copies_share_the_pool_and_change_only_what_is_given(
    server: Server, client: acme.Acme
) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER))
    copy = client.with_options(api_key="other-key", lang="de", headers={"X-Trace": "1"})
    copy.get_customer("c1")
    client.get_customer("c1")
    first, second = server.received
    assert (first.headers["X-Api-Key"], first.headers["X-Trace"]) == ("other-key", "1")
    assert first.path.endswith("lang=de")
    assert (second.headers["X-Api-Key"], "X-Trace" in second.headers) == (KEY, False)
    assert second.path.endswith("lang=en")
    assert copy._pool is client._pool


def test_a_closed_client_says_so(server: Server) -> None:
    client = acme.Acme(api_key=KEY, base_url=server.url)
    client.close()
    with pytest.raises(acme.ApiError, match="get_customer: the client is closed"):
        client.get_customer("c1")


def test_an_async_client_belongs_to_one_event_loop(server: Server) -> None:
    server.on("/ping", Answer(body=b"pong"))
    client = acme.AsyncAcme(api_key=KEY, base_url=server.url)
    with asyncio.Runner() as first:
        assert first.run(client.ping()) == "pong"
        with asyncio.Runner() as second, pytest.raises(acme.ApiError, match="another event loop"):
            second.run(client.ping())
        first.run(client.aclose())


def test_your_own_http_client_is_used_and_not_closed(server: Server) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER))
    with httpx.Client(headers={"X-Mine": "yes"}) as http:
        with acme.Acme(api_key=KEY, base_url=server.url, http_client=http) as client:
            client.get_customer("c1")
        assert not http.is_closed
    headers = server.received[0].headers
    assert (headers["X-Mine"], headers["X-Api-Key"]) == ("yes", KEY)


def test_transport_answers_in_place_of_the_network() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "https://eu.acme.example/v1/customers/c1?lang=en"
        assert request.headers["X-Api-Key"] == KEY
        return httpx.Response(200, content=CUSTOMER)

    with acme.Acme(api_key=KEY, transport=httpx.MockTransport(answer)) as client:
        assert client.get_customer("c1").id == "c1"


def test_one_client_serves_many_threads(server: Server, client: acme.Acme) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER))
    names: list[str] = []

    def work() -> None:
        names.extend(client.get_customer("c1").name for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["Ada"] * 40


def test_an_unreachable_host_is_a_transport_error_that_was_not_sent() -> None:
    client = acme.Acme(api_key=KEY, base_url="http://127.0.0.1:1")
    with client, pytest.raises(acme.TransportError, match="no connection to 127") as caught:
        client.get_customer("c1")
    assert caught.value.request_sent is False
    assert caught.value.__cause__ is None
    assert pickle.loads(pickle.dumps(caught.value)).request_sent is False


def test_a_slow_answer_is_a_timeout(server: Server) -> None:
    server.on("/customers/c1", Answer(body=CUSTOMER, delay=0.5))
    retry = acme.Retry(attempts=1)
    client = acme.Acme(api_key=KEY, base_url=server.url, timeout=0.1, retry=retry)
    with (
        client,
        pytest.raises(
            acme.ApiTimeoutError, match=r"no response from \S+ within 0\.1 s \(read timeout\)$"
        ) as caught,
    ):
        client.get_customer("c1")
    assert caught.value.request_sent is True
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.phase, copy.seconds, str(copy)) == ("read", 0.1, str(caught.value))


@pytest.mark.parametrize(
    ("error", "problem", "sent"),
    [
        (httpx.ConnectTimeout, "no connection to api.acme.example within 2 s (connect timeout)", False),
        (httpx.PoolTimeout, "no free connection to api.acme.example within 5 s (pool timeout)", False),
        (httpx.WriteTimeout, "could not send the request to api.acme.example within 4 s (write timeout)", True),
        (httpx.ReadTimeout, "no response from api.acme.example within 3 s (read timeout)", True),
    ],
)  # fmt: skip
def test_a_timeout_says_which_one_and_how_long(
    error: type[httpx.TimeoutException], problem: str, sent: bool
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("", request=request)

    client = acme.Acme(
        api_key=KEY, base_url="https://api.acme.example", transport=httpx.MockTransport(answer),
        timeout=acme.Timeout(2, 3, 4, 5), retry=acme.Retry(attempts=1),
    )  # fmt: skip
    with client, pytest.raises(acme.ApiTimeoutError) as caught:
        client.get_customer("c1")
    assert str(caught.value) == f"get_customer: {problem}"
    assert caught.value.request_sent is sent


def test_cookies_of_one_call_are_not_sent_with_the_next(server: Server, client: acme.Acme) -> None:
    headers = {"Content-Type": "application/json", "Set-Cookie": "session=of-tenant-a; Path=/"}
    server.on("/customers/c1", Answer(body=CUSTOMER, headers=headers))
    client.get_customer("c1")
    client.with_options(api_key="tenant-b").get_customer("c1")
    assert "Cookie" not in server.received[1].headers


def test_an_own_http_client_that_is_closed_is_told(server: Server) -> None:
    http = httpx.Client()
    http.close()
    client = acme.Acme(api_key=KEY, base_url=server.url, http_client=http)
    with pytest.raises(acme.ApiError, match="the client is closed"):
        client.get_customer("c1")


def test_headers_of_a_copy_are_sent_without_the_blanks_around_them(server: Server) -> None:
    server.on("/ping", Answer(body=b"pong", headers={"Content-Type": "text/plain"}))
    with acme.Acme(api_key=KEY, base_url=server.url) as client:
        client.with_options(headers={"X-A": " 1\t", "X-B": ""}).ping()
    assert (server.received[0].headers["X-A"], server.received[0].headers["X-B"]) == ("1", "")


@pytest.mark.parametrize("own_client", [False, True])
@pytest.mark.parametrize(
    "send", [Send("header", "Cookie", "SID="), Send("cookie", "SID"), Send("header", "cookie")]
)
def test_cookies_of_a_call_and_of_a_credential_are_one_header(
    server: Server, send: Send, own_client: bool
) -> None:
    server.on("/x", Answer())
    key = "k1" if send.prefix or send.place == "cookie" else "SID=k1"
    connector = Connector(
        "acme",
        "ACME_",
        (Environment("live", server.url),),
        auth=(NamedScheme("default", ApiKey(send), ("api_key",)),),
        credentials=(Credential("api_key", {}),),
    )
    call = Call("read", "GET", "/x", data=True, cookies=(Const("theme", "dark"),))
    with httpx.Client() as own:
        options: dict[str, Any] = {"http_client": own} if own_client else {}
        with Client(connector, credentials={"api_key": key}, **options) as client:
            client._exchange(call, {})
    assert server.received[0].headers["Cookie"] == "theme=dark; SID=k1"


@pytest.mark.parametrize("own_client", [False, True])
def test_every_value_of_a_secret_header_is_sent(server: Server, own_client: bool) -> None:
    server.on("/x", Answer())
    tags = Param("X-Tag", "tags", "array", items=Param("", ""), array_style="comma", secret=True)
    other = Param("X-Other", "other", secret=True)
    connector = Connector("acme", "ACME_", (Environment("live", server.url),))
    call = Call("read", "GET", "/x", data=True, headers=(tags, other))
    with httpx.Client() as own:
        options: dict[str, Any] = {"http_client": own} if own_client else {}
        with Client(connector, **options) as client:
            client._exchange(call, {"tags": ["a", "b"], "other": "Zoë"})
    headers = server.received[0].headers
    assert (headers["X-Tag"], headers["X-Other"]) == ("a,b", "Zoë".encode().decode("latin-1"))
