"""Authentication through whole clients: redirects, tenants, saved values, an application's own HTTP client and auth."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
from hypothesis import strategies as st

from callwright.errors import SpecError
from callwright.initialize.credentials.login import custom_auth
from callwright.runtime.auth.registry import build_scheme
from callwright.runtime.auth.token_request import names_in
from callwright.runtime.client import AsyncClient, Client
from callwright.runtime.definition import (
    AllOf,
    ApiKey,
    Assertion,
    Basic,
    Bearer,
    Call,
    Connector,
    Credential,
    CustomAuth,
    CustomToken,
    Environment,
    Errors,
    FailedWhen,
    Jwt,
    NamedScheme,
    OAuth2,
    Response,
    Retry,
    SavedValue,
    Scheme,
    Send,
    TokenAnswer,
    TokenRequest,
)
from callwright.runtime.errors import (
    ApiError,
    AuthenticationError,
    AuthError,
    MissingCredentialError,
)
from tests.auth.provider import Provider, Reply, serving

READ = Call("read", "GET", "/data", True, response=Response(untyped=True))


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[Provider]:
    with serving() as running:
        yield running


def connector(scheme: Scheme, base_url: str, **changes: Any) -> Connector:
    used: Any = getattr(build_scheme(scheme), "names", names_in(scheme))
    names = tuple(sorted(used))
    return Connector(
        "acme",
        "ACME_",
        (Environment("live", base_url),),
        credentials=tuple(Credential(n, {"live": f"ACME_{n.upper()}"}) for n in names),
        auth=(NamedScheme("default", scheme, names),),
        **changes,
    )


def machine(provider: Provider, **changes: Any) -> OAuth2:
    return OAuth2("client_credentials", f"{provider.url}/token", **changes)


GIVEN = {"client_id": "app", "client_secret": "cs-secret"}


def read(client: Client) -> Any:
    value: Any = client._call(READ, {}, returns=Any)
    return value


@pytest.mark.parametrize(
    "scheme",
    [
        ApiKey(Send("header", "X-Api-Key")),
        ApiKey(Send("query", "key")),
        ApiKey(Send("cookie", "sid")),
        Bearer("${api_key}"),
        Basic("${api_key}", "x-${api_key}"),
        AllOf((ApiKey(Send("header", "X-A")), ApiKey(Send("query", "b")))),
        Jwt("direct", Assertion("HS256", "${api_key}"), send=Send("header", "X-Signed")),
    ],
)
def test_credentials_stay_at_their_origin(
    scheme: Scheme, provider: Provider, elsewhere: Provider
) -> None:
    secret = "key-secret-4711"
    elsewhere.token_of = lambda r: "any"
    elsewhere.valid.add("any")
    location = {"Location": f"{elsewhere.url}/data?moved=1"}
    provider.answer = lambda r: Reply(302, {}, location)  # type: ignore[method-assign]
    with Client(connector(scheme, provider.url), credentials={"api_key": secret}) as client:
        assert read(client) == {"token": "any"}
    (request,) = elsewhere.data_requests
    assert request.query == {"moved": "1"}
    assert not {"x-api-key", "x-a", "x-signed", "authorization", "cookie"} & request.headers.keys()
    assert secret not in repr(request)


def test_a_token_stays_at_its_origin(provider: Provider, elsewhere: Provider) -> None:
    issue = provider.answer

    def answer(request: Any) -> Reply:
        if request.path == "/data":
            provider.data_requests.append(request)
            return Reply(307, {}, {"Location": f"{elsewhere.url}/data"})
        return issue(request)

    provider.answer = answer  # type: ignore[method-assign]
    scheme = machine(provider, send=Send("header", "X-Token"))
    with (
        Client(connector(scheme, provider.url), credentials=GIVEN) as client,
        pytest.raises(AuthenticationError),
    ):
        read(client)
    assert provider.data_requests[0].headers["x-token"] == "tok-secret-1"
    assert all("x-token" not in r.headers for r in elsewhere.data_requests)


def test_a_success_that_says_the_token_is_bad_refreshes(provider: Provider) -> None:
    issue = provider.answer

    def answer(request: Any) -> Reply:
        if request.path != "/data":
            return issue(request)
        refused = provider.token_of(request) == "tok-secret-1"
        return Reply(200, {"ok": False, "error": "invalid_auth"} if refused else {"ok": True})

    provider.answer = answer  # type: ignore[method-assign]
    from callwright.runtime.definition import FailedWhen

    errors = Errors(
        code_path=("$.error",),
        failed_when=(FailedWhen(("$.ok",), is_=False),),
        raises={"invalid_auth": "AuthenticationError"},
    )
    with Client(
        connector(machine(provider), provider.url, errors=errors), credentials=GIVEN
    ) as client:
        assert read(client) == {"ok": True}
    assert provider.grants == ["client_credentials", "refresh_token"]


def refreshing(provider: Provider) -> dict[str, tuple[Scheme, dict[str, str]]]:
    """Every scheme that obtains a token, with its credentials."""
    login = TokenRequest("/token", form={"p": "${password}"})
    again = TokenRequest(
        "/token", form={"grant_type": "refresh_token", "refresh_token": "${refresh_token}"}
    )
    signed = Assertion("HS256", "${key}")
    return {
        "client_credentials": (machine(provider), GIVEN),
        "custom_token": (CustomToken((login,)), {"password": "pw-secret"}),
        "custom_token with refresh": (
            CustomToken((login,), refresh=again),
            {"password": "pw-secret"},
        ),
        "exchange": (Jwt("exchange", signed, token_url=f"{provider.url}/token"), {"key": "k" * 32}),
    }


SAID = {"error": {"id": "token_expired"}}


@pytest.mark.parametrize("name", list(refreshing(Provider(1))))
@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        (Reply(401, {}), {}),
        (Reply(200, SAID), {"token_expired": "AuthenticationError"}),
        (Reply(403, SAID), {"token_expired": "AuthenticationError"}),
        (Reply(400, {}), {"400": "AuthenticationError"}),
        (Reply(419, {}), {"419": "AuthenticationError"}),
        (Reply(500, SAID), {"token_expired": "AuthenticationError"}),
    ],
)
def test_an_error_mapped_to_authentication_renews_the_token_once(
    provider: Provider, name: str, reply: Reply, rule: dict[str, str]
) -> None:
    provider.expires_in = 0
    answer = provider.answer

    def refusing(request: Any) -> Reply:
        response = answer(request)
        return reply if response.status == 401 else response

    provider.answer = refusing  # type: ignore[method-assign]
    scheme, given = refreshing(provider)[name]
    errors = Errors(
        code_path=("$.error.id",),
        failed_when=(FailedWhen(("$.error.id",), present=True),),
        raises=rule,
    )
    made = connector(scheme, provider.url, errors=errors).replace(
        credentials=tuple(Credential(n, {}) for n in given),
        auth=(NamedScheme("default", scheme, tuple(given)),),
    )
    with Client(made, credentials=given) as client:
        read(client)
        provider.revoke_all()
        assert read(client) == {"token": "tok-secret-2"}
        assert len(provider.token_requests) == 2
        provider.token_of = lambda r: None  # whatever token it is: refused
        with pytest.raises(AuthenticationError):
            read(client)
        assert len(provider.token_requests) == 3


def test_a_failed_login_is_tried_again_by_the_next_call(provider: Provider) -> None:
    scheme = CustomToken((TokenRequest("/login", json={"p": "${password}"}),))
    provider.replies = [Reply(401, {"message": "wrong password pw-secret"})]
    made = connector(scheme, provider.url)
    with Client(made, credentials={"password": "pw-secret"}) as client:
        with pytest.raises(
            AuthError, match=r"/login answered 401: wrong password \*\*\*$"
        ) as raised:
            read(client)
        assert raised.value.status_code == 401
        assert len(provider.token_requests) == 1
        assert read(client) == {"token": "tok-secret-1"}


@hypothesis.settings(max_examples=50, deadline=None)
@hypothesis.given(
    status=st.integers(200, 599).filter(lambda s: s not in (204, 205, 304)),
    body=st.one_of(
        st.binary(max_size=60),
        st.text(max_size=30).map(lambda t: json.dumps({"access_token": t, "expires_in": t})),
        st.floats().map(lambda f: json.dumps({"access_token": f, "expires_in": f})),
        st.sampled_from(["1e400", '"\\ud800"', "[" * 5000, '{"access_token": ' + "9" * 5000 + "}"]),
    ),
    header=st.text(
        st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30
    ),
)
def test_whatever_a_token_endpoint_responds_ends_in_an_api_error(
    fuzzed: Provider, status: int, body: Any, header: str
) -> None:
    names = ("Content-Type", "Location", "Set-Cookie", "Retry-After")
    fuzzed.replies = [Reply(status, body, dict.fromkeys(names, header))]
    answer = TokenAnswer(("$.access_token", "$", "header.set-cookie.a"))
    made = connector(machine(fuzzed, answer=answer, send=Send("query", "t")), fuzzed.url)
    with Client(made, credentials=GIVEN, retry=Retry(attempts=1)) as client:
        try:
            read(client)
        except ApiError as error:
            failed = error
        else:
            failed = None
    fuzzed.replies = []
    assert failed is None or str(failed).encode()


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Provider]:
    with serving() as running:
        running.token_of = lambda r: "tok"
        running.valid.add("tok")
        yield running


def test_token_requests_take_nothing_of_an_applications_http_client(provider: Provider) -> None:
    class Own(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, Any, None]:
            request.headers["X-Own"] = "own-secret"
            yield request

    headers = {"X-Default": "d"}
    with (
        httpx.Client(headers=headers, auth=Own()) as own,
        Client(
            connector(machine(provider), provider.url), credentials=GIVEN, http_client=own
        ) as client,
    ):
        read(client)
    (token,) = provider.token_requests
    (data,) = provider.data_requests
    assert not {"x-default", "x-own"} & token.headers.keys()
    assert data.headers["x-default"] == "d"


def test_a_tenants_token_outlives_its_copy_of_the_client(provider: Provider) -> None:
    with Client(connector(machine(provider), provider.url), credentials=GIVEN) as client:
        for _ in range(3):
            for tenant in ("a", "b"):
                copy = client._copy(credentials={"client_id": tenant, "client_secret": tenant})
                read(copy)
        read(client)
    assert [r.params["client_id"] for r in provider.token_requests] == ["a", "b", "app"]


def test_a_ready_token_reaches_a_scheme_that_only_calls_name(provider: Provider) -> None:
    named = NamedScheme("machine", machine(provider), ("client_id", "client_secret"), (), True)
    key = NamedScheme("key", ApiKey(Send("header", "x-key"), "${app_key}"), ("app_key",))
    provider.valid |= {"ready-1", "ready-2"}
    call = READ.replace(auth="machine")
    choices: list[tuple[tuple[NamedScheme, ...], dict[str, str]]] = [
        ((named,), {}),
        ((key, named), {"app_key": "k"}),
    ]
    for schemes, given in choices:
        definition = connector(machine(provider), provider.url).replace(
            auth=schemes, credentials=tuple(Credential(n, {}) for n in (*GIVEN, "app_key"))
        )
        with Client(definition, credentials=given, access_token="ready-1") as client:
            client._call(call, {}, returns=Any)
            client._copy(access_token="ready-2")._call(call, {}, returns=Any)
    assert not provider.token_requests
    assert [r.headers["authorization"] for r in provider.data_requests] == [
        "Bearer ready-1",
        "Bearer ready-2",
    ] * 2


def test_a_saved_value_can_be_the_base_url(provider: Provider, elsewhere: Provider) -> None:
    pattern = r"http://127\.0\.0\.1:\d+"
    save = {"instance_url": SavedValue(("$.instance_url",), pattern)}
    scheme = machine(provider, answer=TokenAnswer(save=save))
    body = {"access_token": "t", "instance_url": elsewhere.url}
    elsewhere.valid.add("t")
    provider.replies = [Reply(200, body)]
    made = connector(scheme, "${instance_url}")
    with Client(made, credentials=GIVEN) as client:
        assert read(client) == {"token": "t"}
    provider.replies = [Reply(200, body)]

    async def main() -> Any:
        async with AsyncClient(made, credentials=GIVEN) as client:
            return await client._call(READ, {}, returns=Any)

    assert asyncio.run(main()) == {"token": "t"}
    provider.replies = [Reply(200, {**body, "instance_url": "https://evil.test"})]
    with (
        Client(made, credentials=GIVEN) as client,
        pytest.raises(AuthError, match="does not match the pattern"),
    ):
        read(client)


def test_nothing_of_a_login_is_logged(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    login = TokenRequest(
        f"{provider.url}/${{tenant_key}}/login",
        headers={"X-Secret": "${api_key}"},
        query={"p": "${password}"},
        json={"password": "${password}"},
    )
    scheme = CustomToken((login,), send=Send("query", "token"))
    given = {"tenant_key": "tk-secret", "api_key": "ak-secret", "password": "pw-secret"}
    with (
        Client(connector(scheme, provider.url), credentials=given) as client,
        pytest.raises(AuthenticationError),
    ):
        read(client)
    assert provider.token_requests[0].path == "/tk-secret/login"
    assert "/login" in caplog.text
    assert "-secret" not in caplog.text


class Signing(httpx.Auth):
    """An application's own scheme."""

    def __init__(self, key_id: str, secret: str) -> None:
        self.value = f"{key_id}:{len(secret)}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["X-Signature"] = self.value
        yield request


def test_an_applications_own_auth(provider: Provider) -> None:
    made = connector(CustomAuth("mycorp", ("key_id", "secret")), provider.url)
    made = made.replace(auth=(NamedScheme("default", made.auth[0].scheme),))
    provider.token_of = lambda r: r.headers.get("x-signature")
    provider.valid.add("k:3")
    with Client(made, auth=Signing("k", "abc")) as client:
        assert read(client) == {"token": "k:3"}

    async def main() -> Any:
        async with AsyncClient(made, auth=Signing("k", "abc")) as client:
            return await client._call(READ, {}, returns=Any)

    assert asyncio.run(main()) == {"token": "k:3"}
    with pytest.raises(MissingCredentialError, match="auth"):
        Client(made)


FACTORY = """
import httpx

class Mine(httpx.Auth):
    def __init__(self, key_id, secret):
        self.given = (key_id, secret)

def make(key_id, secret):
    return Mine(key_id, secret)

def fails(**given):
    raise KeyError(given["secret"])

def wrong(**given):
    return "no auth"
"""


def test_initialize_finds_the_projects_factory(tmp_path: Path) -> None:
    (tmp_path / "my_signing_code.py").write_text(FACTORY)
    made = connector(CustomAuth("mycorp", ("key_id", "secret")), "https://x.test")
    given = {"key_id": "k", "secret": "s", "other": "o"}
    found: Any = custom_auth(made, {"mycorp": "my_signing_code:make"}, tmp_path, given)
    assert found.given == ("k", "s")
    assert custom_auth(connector(Bearer(), "https://x.test"), {}, tmp_path, {}) is None
    for factories, problem in (
        ({}, "name a factory in callwright.toml"),
        ({"mycorp": "my_signing_code"}, "package.module:factory"),
        ({"mycorp": "no_such_module:make"}, "cannot be imported: No module named"),
        ({"mycorp": "my_signing_code:nothing"}, "cannot be imported"),
        ({"mycorp": "my_signing_code:wrong"}, "made no httpx.Auth"),
        ({"mycorp": "my_signing_code:Mine.nothing"}, "cannot be imported"),
        ({"mycorp": "my_signing_code:fails"}, r"my_signing_code:fails failed: KeyError$"),
    ):
        with pytest.raises(SpecError, match=problem):
            custom_auth(made, factories, tmp_path, given)
