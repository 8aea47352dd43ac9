"""What an application's own functions for credentials raise: it passes as it is, and nothing is left broken by it."""

from __future__ import annotations

import asyncio
import gzip
import traceback
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from callwright.runtime.client import AsyncClient, Client
from callwright.runtime.definition import (
    AllOf,
    ApiKey,
    Assertion,
    Basic,
    Bearer,
    Call,
    ClientCertificate,
    CustomAuth,
    CustomToken,
    Digest,
    Environment,
    Jwt,
    NamedScheme,
    OAuth2,
    Response,
    Retry,
    Scheme,
    Send,
    TokenRequest,
)
from callwright.runtime.errors import ArgumentError, TransportError
from callwright.runtime.sign_in import SignIn
from tests.auth.provider import Provider, Reply, serving
from tests.auth.test_clients import connector
from tests.servers.process import free_port

READ = Call("read", "GET", "/data", True, response=Response(untyped=True))
KEY = ApiKey(Send("header", "X-Key"), "${key}")


class SealedError(Exception):
    """As a vault's own library raises it."""


def sealed() -> str:
    raise SealedError("vault is sealed")


async def sealed_async() -> str:
    await asyncio.sleep(0)
    raise SealedError("vault is sealed")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def schemes(url: str) -> dict[str, Scheme]:
    return {
        "api_key": KEY,
        "bearer": Bearer("${key}"),
        "basic": Basic("ada", "${key}"),
        "digest": Digest("ada", "${key}"),
        "machine": OAuth2(
            "client_credentials", f"{url}/token", client_id="app", client_secret="${key}"
        ),
        "login": CustomToken((TokenRequest(f"{url}/token", json={"password": "${key}"}),)),
        "jwt": Jwt("direct", Assertion("HS256", "${key}")),
        "all": AllOf((ApiKey(Send("header", "X-Other"), "other-secret"), KEY)),
    }


NAMES = tuple(schemes(""))


def assert_passes(error: SealedError, raised_in: Callable[..., object]) -> None:
    assert str(error) == "vault is sealed"
    assert (error.__cause__, error.__context__, getattr(error, "__notes__", [])) == (None, None, [])
    assert traceback.extract_tb(error.__traceback__)[-1].name == raised_in.__name__


def challenge(provider: Provider) -> None:
    """Answer everything with a challenge, as digest must have one before it asks for its credentials."""
    header = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256'}
    provider.answer = lambda request: Reply(401, {}, header)  # type: ignore[method-assign]


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_as_it_is(name: str, provider: Provider) -> None:
    made = connector(schemes(provider.url)[name], provider.url)
    if name == "digest":
        challenge(provider)
    with (
        Client(made, credentials={"key": sealed}) as client,
        pytest.raises(SealedError) as raised,
    ):
        client._call(READ, {}, returns=Any)
    assert_passes(raised.value, sealed)

    async def main(function: Callable[[], Any]) -> None:
        async with AsyncClient(made, credentials={"key": function}) as client:
            await client._call(READ, {}, returns=Any)

    for function in (sealed, sealed_async):
        with pytest.raises(SealedError) as raised:
            asyncio.run(main(function))
        assert_passes(raised.value, function)
    assert not provider.token_requests


def test_a_ready_token(provider: Provider) -> None:
    made = connector(schemes(provider.url)["machine"], provider.url)
    with (
        Client(made, credentials={"key": "k"}, access_token=sealed) as client,
        pytest.raises(SealedError) as raised,
    ):
        client._call(READ, {}, returns=Any)
    assert_passes(raised.value, sealed)


def test_a_certificate_is_asked_for_when_the_client_is_built(provider: Provider) -> None:
    made = connector(ClientCertificate("${key}", None, None, None), provider.url)
    with pytest.raises(SealedError) as raised:
        Client(made, credentials={"key": sealed})
    assert_passes(raised.value, sealed)
    with pytest.raises(ArgumentError, match="sealed_async: is asynchronous"):
        AsyncClient(made, credentials={"key": sealed_async})


def test_signing_users_in(provider: Provider) -> None:
    scheme = OAuth2(
        "authorization_code",
        f"{provider.url}/token",
        authorization_url=f"{provider.url}/auth",
        client_id="app",
        client_secret="${key}",
    )
    made = connector(scheme, provider.url)
    back: dict[str, Any] = {"redirect_uri": "http://127.0.0.1/back", "code_verifier": "v" * 43}
    with pytest.raises(SealedError) as raised:
        SignIn(made, "default", credentials={"key": sealed}).exchange("c", **back)
    assert_passes(raised.value, sealed)
    sign_in = SignIn(made, "default", credentials={"key": sealed_async})
    with pytest.raises(SealedError) as raised:
        asyncio.run(sign_in.exchange_async("c", **back))
    assert_passes(raised.value, sealed_async)


def test_what_is_no_text_is_told_by_its_name_only(provider: Provider) -> None:
    made = connector(KEY, provider.url)
    values: list[Any] = [None, b"key-secret-0815", ["key-secret-0815"]]
    for value in values:
        kind = type(value).__name__
        with (
            Client(made, credentials={"key": lambda v=value: v}) as client,
            pytest.raises(ArgumentError) as raised,
        ):
            client._call(READ, {}, returns=Any)
        assert str(raised.value) == f"acme: key is a function that must return str, not {kind}"
        assert raised.value.argument == "key"
        assert "0815" not in repr(vars(raised.value))


def test_threads_and_later_calls_go_on(provider: Provider) -> None:
    """One thread's failure holds no lock and is not taken for the failure of others."""
    made = connector(schemes(provider.url)["machine"], provider.url)
    answers = iter(range(64))

    def sometimes() -> str:
        if next(answers) % 2:
            raise SealedError("vault is sealed")
        return "cs-secret"

    def call(client: Client) -> str:
        try:
            value: Any = client._call(READ, {}, returns=Any)
        except SealedError:
            return "sealed"
        return str(value["token"])

    with (
        Client(made, credentials={"key": sometimes}) as client,
        ThreadPoolExecutor(32) as pool,
    ):
        found = list(pool.map(lambda _: call(client), range(32)))
    assert sorted(set(found)) == ["sealed", "tok-secret-1"]
    assert found.count("sealed") == 16
    assert len(provider.token_requests) == 1


class Own(httpx.Auth):
    """An application's own, which looks a key up and then asks for a nonce of the provider first."""

    requires_response_body = True

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self.error is not None:
            raise self.error
        asked = httpx.Request("GET", request.url.copy_with(path="/token"))
        response = yield asked
        request.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
        yield request


def own(provider: Provider) -> Any:
    made = connector(CustomAuth("mycorp"), provider.url)
    return made.replace(auth=(NamedScheme("default", made.auth[0].scheme),))


def read_async(provider: Provider, auth: httpx.Auth) -> Any:
    async def main() -> Any:
        async with AsyncClient(own(provider), auth=auth) as client:
            value: Any = await client._call(READ, {}, returns=Any)
            return value

    return asyncio.run(main())


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file"), httpx.ConnectError("vault"), KeyError("k")]
)
def test_an_applications_own_auth_fails(error: Exception, provider: Provider) -> None:
    with (
        Client(own(provider), auth=Own(error)) as client,
        pytest.raises(type(error)) as raised,
    ):
        client._call(READ, {}, returns=Any)
    with pytest.raises(type(error)) as raised_async:
        read_async(provider, Own(error))
    for found in (raised.value, raised_async.value):
        assert found is error
        assert (found.__cause__, found.__context__) == (None, None)
        assert "auth_flow" in [f.name for f in traceback.extract_tb(found.__traceback__)]
    assert not provider.data_requests


def test_an_applications_own_auth_asks_first(provider: Provider) -> None:
    with Client(own(provider), auth=Own()) as client:
        assert client._call(READ, {}, returns=Any) == {"token": "tok-secret-1"}
    assert read_async(provider, Own()) == {"token": "tok-secret-2"}


def test_a_connection_lost_under_an_applications_own_auth(provider: Provider) -> None:
    made = own(provider).replace(
        environments=(Environment("live", f"http://127.0.0.1:{free_port()}"),)
    )
    with (
        Client(made, auth=Own(), retry=Retry(attempts=1)) as client,
        pytest.raises(TransportError, match="no connection to 127"),
    ):
        client._call(READ, {}, returns=Any)


def test_an_answer_that_the_applications_own_client_has_read(provider: Provider) -> None:
    packed = gzip.compress(b'{"token": "packed"}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    provider.answer = lambda request: Reply(200, packed, headers)  # type: ignore[method-assign]
    seen: list[str] = []

    def look(response: httpx.Response) -> None:
        seen.append(response.read().decode())

    made = connector(Bearer("${key}"), provider.url)
    with (
        httpx.Client(event_hooks={"response": [look]}) as http,
        Client(made, credentials={"key": "k"}, http_client=http, timeout=5) as client,
    ):
        assert client._call(READ, {}, returns=Any) == {"token": "packed"}
    assert seen == ['{"token": "packed"}']
