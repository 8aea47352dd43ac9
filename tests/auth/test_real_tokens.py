"""Token schemes at real servers: happy, refused, expired, revoked, rotated, and one request for all."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from callwright.runtime.auth.token_store import MemoryTokenStore, Token
from callwright.runtime.definition import (
    Assertion,
    Body,
    Call,
    Const,
    CustomToken,
    Jwt,
    OAuth2,
    Response,
    Send,
    TokenAnswer,
    TokenRequest,
)
from callwright.runtime.errors import AuthenticationError, AuthError
from tests.auth.real import STRANGERS_KEY, Method, check_async, check_sync, check_wrong, get
from tests.servers import etcd as etcd_server
from tests.servers import glewlwyd as glewlwyd_server
from tests.servers import jwt_exchange as jwt_server
from tests.servers import oidc as oidc_server
from tests.servers import synapse as synapse_server
from tests.servers.install import InstallError
from tests.servers.process import Server

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("auth")]

WRONG = "wrong-secret-0815"


def glewlwyd_password(server: Server) -> Method:
    return Method(
        OAuth2(
            "password",
            f"{server.base_url}/api/glwd/token",
            client_auth="basic",
            scopes=("books", "g_profile"),
        ),
        server.base_url,
        get("/api/glwd/profile"),
        server.credentials,
        {"password": WRONG},
        AuthError,
        "/api/glwd/token",
    )


def oidc_client(server: Server, client_auth: str = "body", client: str = "post") -> Method:
    assertion = Assertion("RS256", claims={"aud": server.base_url})
    signs = client_auth == "private_key_jwt"
    given = {"client_id": f"library-{client}", "client_secret": oidc_server.CLIENT_SECRET}
    wrong = {"client_secret": WRONG}
    if signs:
        given = {
            "client_id": "library-signer",
            "private_key": server.files["private_key"].read_text(),
        }
        wrong = {"client_id": "library-post"}
    return Method(
        OAuth2(
            "client_credentials",
            f"{server.base_url}/token",
            client_auth=client_auth,  # type: ignore[arg-type]
            assertion=assertion if signs else None,
            scopes=("books:read",),
        ),
        server.base_url,
        get("/api/books"),
        given,
        wrong,
        AuthError,
        "/token",
    )


def synapse_login(server: Server) -> Method:
    url = f"{server.base_url}/_matrix/client/v3"
    return Method(
        CustomToken(
            (
                TokenRequest(
                    f"{url}/login",
                    json={
                        "type": "m.login.password",
                        "identifier": {"type": "m.id.user", "user": "${username}"},
                        "password": "${password}",
                        "refresh_token": True,
                    },
                ),
            ),
            refresh=TokenRequest(f"{url}/refresh", json={"refresh_token": "${refresh_token}"}),
            answer=TokenAnswer(expires_in_path=("$.expires_in_ms",), unit="milliseconds"),
        ),
        server.base_url,
        get("/_matrix/client/v3/account/whoami"),
        server.credentials,
        {"password": WRONG},
        AuthError,
        "/_matrix/client/v3/login",
        optional=("refresh_token",),
    )


def etcd_login(server: Server) -> Method:
    return Method(
        CustomToken(
            (
                TokenRequest(
                    "/v3/auth/authenticate",
                    json={"name": "${username}", "password": "${password}"},
                ),
            ),
            answer=TokenAnswer(token_path=("$.token",)),
            send=Send("header", "Authorization"),
        ),
        server.base_url,
        Call(
            "probe",
            "POST",
            "/v3/kv/range",
            True,
            body=Body(fields=(Const("key", "Zm9v"),)),
            response=Response(untyped=True),
        ),
        server.credentials,
        {"password": WRONG},
        AuthError,
        "/v3/auth/authenticate",
    )


def jwt_bought(server: Server) -> Method:
    return Method(
        Jwt(
            "exchange",
            Assertion("RS256", claims={"iss": jwt_server.ISSUER, "scope": "books"}),
            token_url=f"{server.base_url}/token",
        ),
        server.base_url,
        get("/api/books"),
        server.credentials,
        {"private_key": STRANGERS_KEY},
        AuthError,
        "/token",
    )


KINDS = {
    "glewlwyd": glewlwyd_password,
    "oidc": oidc_client,
    "synapse": synapse_login,
    "etcd": etcd_login,
    "jwt_exchange": jwt_bought,
}


@pytest.fixture(params=KINDS)
def method(request: pytest.FixtureRequest) -> Method:
    server: Server = request.getfixturevalue(request.param)
    return KINDS[request.param](server)


def test_happy_on_a_thread_and_on_a_loop(method: Method) -> None:
    assert check_sync(method).keys() == check_async(method).keys()
    assert method.requests[method.token_path] == 2


def test_a_wrong_credential_is_one_silent_error(
    method: Method, caplog: pytest.LogCaptureFixture
) -> None:
    error = check_wrong(method, caplog)
    if isinstance(error, AuthError):
        assert "real: no token: " in str(error)


def test_threads_and_tasks_make_one_token_request(method: Method) -> None:
    barrier = threading.Barrier(32)
    with method.client() as client, ThreadPoolExecutor(32) as pool:

        def go(_: int) -> Any:
            barrier.wait()
            return method.run(client)

        assert len(list(pool.map(go, range(32)))) == 32
    assert method.requests[method.token_path] == 1

    async def main() -> None:
        async with method.async_client() as client:
            answers = await asyncio.gather(*(method.arun(client) for _ in range(200)))
            assert len(answers) == 200

    asyncio.run(main())
    assert method.requests[method.token_path] == 2


def test_a_token_that_the_server_does_not_know_is_replaced(method: Method) -> None:
    """As after a restart of the server, or a revocation by someone else."""

    class Spoiling(MemoryTokenStore):
        """Gives out a token nobody issued, once."""

        def set(self, key: str, token: Token, /) -> None:
            if not spoiled:
                spoiled.append(key)
                token = Token("made.up-token", time.time() + 3600, None, time.time())
            super().set(key, token)

    spoiled: list[str] = []
    store = Spoiling()
    with method.client(token_store=store) as client:
        first = method.run(client)  # the token just obtained is used, the spoiled one is stored
        assert method.run(client).keys() == first.keys()
    assert method.requests[method.token_path] == 2
    spoiled.clear()

    async def main() -> Any:
        async with method.async_client(token_store=Spoiling()) as client:
            await method.arun(client)
            return await method.arun(client)

    assert asyncio.run(main()).keys() == first.keys()


def test_a_ready_token_skips_the_flow(method: Method) -> None:
    store: dict[str, Token] = {}

    class Open(MemoryTokenStore):
        def set(self, key: str, token: Token, /) -> None:
            store[key] = token

    with method.client(token_store=Open()) as client:
        answer = method.run(client)
    (token,) = store.values()
    method.requests.clear()
    with method.client(access_token=token.access_token) as client:
        assert method.run(client).keys() == answer.keys()
    with method.client(access_token="made.up") as client, pytest.raises(AuthenticationError):
        method.run(client)
    assert method.requests[method.token_path] == 0


@pytest.mark.parametrize(
    ("client_auth", "client"),
    [("body", "post"), ("basic", "basic"), ("private_key_jwt", "signer")],
)
def test_every_way_a_client_proves_itself(
    oidc: Server, client_auth: str, client: str, caplog: pytest.LogCaptureFixture
) -> None:
    method = oidc_client(oidc, client_auth, client)
    answer = check_sync(method)
    assert answer["client"] == f"library-{client}"
    assert answer["scope"] == "books:read"
    error = check_wrong(method, caplog)
    assert isinstance(error, AuthError)
    assert error.code == "invalid_client"


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(key, name) for key, names in jwt_server.ALGORITHMS.items() for name in names],
)
def test_every_algorithm_is_verified_by_a_server(
    jwt_exchange: Server, key: str, algorithm: str
) -> None:
    assertion = Assertion(algorithm, claims={"iss": jwt_server.ISSUER, "scope": algorithm})
    method = Method(
        Jwt("exchange", assertion, token_url=f"{jwt_exchange.base_url}/token"),
        jwt_exchange.base_url,
        get("/api/books"),
        {"private_key": jwt_exchange.files[key].read_text()},
        {},
        AuthError,
    )
    assert check_sync(method)["scope"] == algorithm


def test_client_credentials_at_glewlwyd(glewlwyd: Server) -> None:
    url = f"{glewlwyd.base_url}/api/glwd"
    scheme = OAuth2("client_credentials", f"{url}/token", client_auth="basic", scopes=("books",))
    given = {n: glewlwyd.credentials[n] for n in ("client_id", "client_secret")}
    method = Method(
        scheme, glewlwyd.base_url, get("/config"), given, {}, AuthError, "/api/glwd/token"
    )
    assert isinstance(check_sync(method), dict)
    assert method.requests["/api/glwd/token"] == 1


def revoke_at_glewlwyd(server: Server, token: str) -> None:
    auth = (server.credentials["client_id"], server.credentials["client_secret"])
    httpx.post(
        f"{server.base_url}/api/glwd/revoke", data={"token": token}, auth=auth
    ).raise_for_status()


def revoke_at_oidc(server: Server, token: str) -> None:
    form = {"token": token, **server.credentials}
    httpx.post(f"{server.base_url}/token/revocation", data=form).raise_for_status()


def revoke_at_synapse(server: Server, token: str) -> None:
    url = f"{server.base_url}/_matrix/client/v3/logout"
    httpx.post(url, headers={"Authorization": f"Bearer {token}"}).raise_for_status()


def revoke_at_jwt(server: Server, token: str) -> None:
    httpx.post(f"{server.base_url}/revoke", data={"token": token}).raise_for_status()


REVOKE = {
    "oidc": revoke_at_oidc,
    "synapse": revoke_at_synapse,
    "jwt_exchange": revoke_at_jwt,
}


@pytest.mark.parametrize("name", REVOKE)
def test_a_revoked_token_is_replaced(name: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(name)
    method = KINDS[name](server)
    store = Seeing()
    with method.client(token_store=store) as client:
        method.run(client)
        REVOKE[name](server, store.last.access_token)
        first = store.last
        assert method.run(client)
        assert store.last.access_token != first.access_token


class Seeing(MemoryTokenStore):
    """A store that shows the test what was stored."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[Token] = []

    @property
    def last(self) -> Token:
        return self.tokens[-1]

    def set(self, key: str, token: Token, /) -> None:
        self.tokens.append(token)
        super().set(key, token)


SHORT = {
    "glewlwyd": lambda: glewlwyd_server.start(token_seconds=2),
    "oidc": lambda: oidc_server.start(token_seconds=2),
    "synapse": lambda: synapse_server.start(token_seconds=2),
    "etcd": lambda: etcd_server.start(token_seconds=2),
    "jwt_exchange": lambda: jwt_server.start(token_seconds=2),
}


@pytest.fixture(params=SHORT)
def short_lived(request: pytest.FixtureRequest) -> Iterator[Method]:
    try:
        with SHORT[request.param]() as server:
            yield KINDS[request.param](server)
    except InstallError as error:
        pytest.skip(f"the server cannot be installed here: {error}")


def test_expired_tokens_are_renewed_and_rotation_is_followed(short_lived: Method) -> None:
    method = short_lived
    store = Seeing()
    # etcd says nothing of a lifetime, counts it from the last use, and looks only once a second
    pause = 3.6 if "v3/auth" in method.token_path else 2.2
    with method.client(token_store=store) as client:
        for n in range(3):
            assert method.run(client)
            time.sleep(pause if n < 2 else 0)
    tokens = [t.access_token for t in store.tokens]
    assert len(tokens) == len(set(tokens)) == 3
    refreshing = [t.refresh_token for t in store.tokens if t.refresh_token]
    if refreshing and "glwd" not in method.token_path:
        assert len(set(refreshing)) == 3  # each refresh token was used once
