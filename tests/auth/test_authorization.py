"""End users sign in: authorization code with state and PKCE, at oidc-provider with its pages."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.initialize.credentials.login import code_scheme
from callwright.runtime.auth.token_store import MemoryTokenStore, Token
from callwright.runtime.client import Client
from callwright.runtime.definition import (
    AllOf,
    ApiKey,
    Call,
    Connector,
    Const,
    Credential,
    Environment,
    NamedScheme,
    OAuth2,
    Param,
    Profile,
    Response,
    Send,
)
from callwright.runtime.errors import ArgumentError, AuthError, MissingCredentialError
from callwright.runtime.sign_in import SignIn, read_redirect
from tests.auth.provider import Provider, Reply, serving
from tests.imported import imported
from tests.servers import oidc as oidc_server
from tests.servers.browser import ANSWERS, browse
from tests.servers.install import InstallError
from tests.servers.process import Server, free_port

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "generated"
ME = Call("profile", "GET", "/data", True)
REDIRECT = "http://127.0.0.1:8765/callback"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def connector(url: str, **changes: Any) -> Connector:
    definition = OAuth2(
        "authorization_code",
        f"{url}/token",
        authorization_url=changes.pop("authorization_url", f"{url}/auth"),
        **changes,
    )
    return Connector(
        "acme",
        "ACME_",
        (Environment("live", url),),
        credentials=(
            Credential("client_id", {"live": "ACME_CLIENT_ID"}),
            Credential("client_secret", {"live": "ACME_CLIENT_SECRET"}),
        ),
        auth=(NamedScheme("default", definition, ("client_id", "client_secret")),),
    )


def signing_in(url: str, settings: dict[str, Any] | None = None, **changes: Any) -> SignIn:
    credentials = {"client_id": "app 1", "client_secret": "cs-secret"}
    return SignIn(connector(url, **changes), "default", credentials=credentials, **(settings or {}))


def test_a_user_signs_in_by_one_part_of_several(provider: Provider) -> None:
    made = connector(provider.url)
    (code,) = made.auth
    key = ApiKey(Send("header", "X-Key"))
    both = NamedScheme("both", AllOf((key, code.scheme)), ("api_key", *code.required))
    made = made.replace(auth=(both,), credentials=(*made.credentials, Credential("api_key", {})))
    given = {"client_id": "app 1", "client_secret": "cs-secret"}
    store = MemoryTokenStore()
    sign_in = SignIn(made, "both", credentials=given, token_store=store)  # without the key of calls
    request = sign_in.authorization_url(redirect_uri=REDIRECT)
    sign_in.exchange("c", redirect_uri=REDIRECT, code_verifier=request.code_verifier, subject="ann")
    read = Call("read", "GET", "/data", True, response=Response(untyped=True))
    with Client(
        made, credentials={**given, "api_key": "k-1"}, token_store=store, subject="ann"
    ) as client:
        client._exchange(read, {})
    (sent,) = provider.data_requests
    assert (sent.headers["x-key"], sent.headers["authorization"]) == ("k-1", "Bearer tok-secret-1")
    assert code_scheme(made, None).name == "both"


def test_the_url_holds_state_and_challenge(provider: Provider) -> None:
    sign_in = signing_in(
        provider.url,
        scopes=("read", "write"),
        scope_separator=",",
        authorization_params={"prompt": "consent"},
        rename_params={"client_id": "client_key"},
        authorization_url=f"{provider.url}/auth?v=2",
    )
    request = sign_in.authorization_url(redirect_uri=REDIRECT)
    query = dict(parse_qsl(urlsplit(request.url).query))
    assert request.code_verifier is not None
    assert 43 <= len(request.code_verifier) <= 128
    digest = hashlib.sha256(request.code_verifier.encode()).digest()
    assert query == {
        "v": "2",
        "response_type": "code",
        "client_key": "app 1",
        "redirect_uri": REDIRECT,
        "scope": "read,write",
        "state": request.state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "prompt": "consent",
    }
    assert request.state not in repr(request)
    assert request.code_verifier not in repr(request)
    other = sign_in.authorization_url(redirect_uri=REDIRECT)
    assert (other.state, other.code_verifier) != (request.state, request.code_verifier)
    assert "state=mine" in sign_in.authorization_url(redirect_uri=REDIRECT, state="mine").url


def test_without_pkce_there_is_no_verifier(provider: Provider) -> None:
    sign_in = signing_in(provider.url, pkce=False, redirect_uri=REDIRECT)
    request = sign_in.authorization_url()
    assert request.code_verifier is None
    assert "code_challenge" not in request.url
    sign_in.exchange("c-1")
    assert provider.token_requests[0].params["redirect_uri"] == REDIRECT


def test_an_authorization_url_is_never_plain_http_elsewhere(provider: Provider) -> None:
    sign_in = signing_in(provider.url, authorization_url="http://acme.example/auth")
    with pytest.raises(AuthError, match="plain http"):
        sign_in.authorization_url(redirect_uri=REDIRECT)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("code=c&state=other", "belongs to another sign-in"),
        ("code=c", "belongs to another sign-in"),
        ("state=s", "has no code"),
        ("code=&state=s", "has no code"),
        (
            "error=access_denied&error_description=no%0Athanks&state=s",
            "refused the sign-in: access_denied: no thanks",
        ),
    ],
)
def test_answers_that_are_refused(query: str, problem: str) -> None:
    for text in (query, f"{REDIRECT}?{query}"):
        with pytest.raises(AuthError, match=problem):
            read_redirect(text, state="s")


@pytest.mark.parametrize(
    "query",
    [
        "state=s&code=4/0A-b_c&scope=email%20https://www.example.com/auth/email",
        "code=4/0A-b_c&iss=https://accounts.example?x&state=s",
        "code=4/0A-b_c&state=s#_=_",
    ],
)
def test_a_code_among_addresses_that_are_not_encoded(query: str) -> None:
    for text in (query, f"?{query}", f"{REDIRECT}?{query}", f"com.example.app:/cb?{query}"):
        assert read_redirect(text, state="s") == "4/0A-b_c"


@pytest.mark.parametrize("state", ["", "&state=", "&state=other"])
@pytest.mark.parametrize(
    ("query", "said", "code"),
    [
        (
            "error=access_denied&error_description=The+user%1b[31m+said%0Ano",
            "access_denied: The user [31m said no",
            "access_denied",
        ),
        ("error=server_error", "server_error", "server_error"),
        ("error_code=1349&error_message=App+not+set+up", "1349: App not set up", "1349"),
        (
            "error=access_denied&error_reason=user_denied",
            "access_denied: user_denied",
            "access_denied",
        ),
        (f"error={'x' * 2000}", "x" * 299 + "…", "x" * 299 + "…"),
    ],
)
def test_a_refusal_without_the_state_says_what_came(
    query: str, said: str, code: str, state: str
) -> None:
    for text in (query + state, f"{REDIRECT}?{query}{state}", f"{REDIRECT}#{query}{state}"):
        with pytest.raises(AuthError, match="belongs to another sign-in") as raised:
            read_redirect(text, state="s")
        assert f"refused the sign-in: {said} (" in str(raised.value)
        assert raised.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "code=a?b&state=s",
        "?code=a?b&state=s",
        " http://x.example/cb?code=a%3Fb&state=s#_=_\n",
        "127.0.0.1:8765/callback?code=a?b&state=s",
        "/callback?state=s&code=a?b",
        "http://x.example/cb#code=a?b&state=s",
    ],
)
def test_an_address_or_a_part_of_it_can_be_brought_back(text: str) -> None:
    assert read_redirect(text, state="s") == "a?b"


@settings(deadline=None)
@given(st.text() | st.text().map(lambda t: f"https://x.example/cb?{t}"))
def test_whatever_the_browser_brings_back_is_refused_clearly(text: str) -> None:
    with pytest.raises(AuthError) as raised:
        read_redirect(text, state="s")
    assert str(raised.value).isprintable()


def test_a_session_without_state_accepts_nothing() -> None:
    with pytest.raises(AuthError, match="another sign-in"):
        read_redirect("code=c&state=", state="")
    assert read_redirect("code=c&state=s", state="s") == "c"


def test_a_code_is_exchanged_with_its_verifier(provider: Provider) -> None:
    sign_in = signing_in(provider.url)
    token = sign_in.exchange("c-1", redirect_uri=REDIRECT, code_verifier="v" * 43)
    assert token.access_token == "tok-secret-1"
    assert provider.token_requests[0].params == {
        "grant_type": "authorization_code",
        "code": "c-1",
        "redirect_uri": REDIRECT,
        "code_verifier": "v" * 43,
        "client_id": "app 1",
        "client_secret": "cs-secret",
    }
    with pytest.raises(ArgumentError, match="code_verifier is required"):
        sign_in.exchange("c-1", redirect_uri=REDIRECT)
    with pytest.raises(ArgumentError, match="redirect_uri is required"):
        sign_in.exchange("c-1", code_verifier="v" * 43)


def test_a_refused_code_is_one_silent_error(provider: Provider) -> None:
    provider.replies = [
        Reply(400, {"error": "invalid_grant", "error_description": "used: code-99"})
    ]
    with pytest.raises(AuthError) as raised:
        signing_in(provider.url).exchange("code-99", redirect_uri=REDIRECT, code_verifier="v" * 43)
    assert "invalid_grant: used: ***" in str(raised.value)
    assert "cs-secret" not in repr(vars(raised.value))


def test_missing_credentials_are_told_at_once(provider: Provider) -> None:
    with pytest.raises(MissingCredentialError, match="ACME_CLIENT_ID"):
        SignIn(connector(provider.url), "default")
    with pytest.raises(ArgumentError, match="'other' is not an authorization-code scheme"):
        SignIn(connector(provider.url), "other")


def test_a_profile_that_is_none(provider: Provider) -> None:
    provider.valid.add("t")
    sign_in = signing_in(provider.url, profile=Profile(ME, ("$.token",), ("$.email",)))
    profile = sign_in.fetch_profile(Token("t"))
    assert (profile.id, profile.email, profile.data) == ("t", None, {"token": "t"})
    with pytest.raises(AuthError, match="answered 401: token refused"):
        sign_in.fetch_profile(Token("other"))
    with pytest.raises(ArgumentError, match="has no profile"):
        signing_in(provider.url).fetch_profile(Token("t"))


def profile_call(**changes: Any) -> Profile:
    return Profile(ME.replace(**{"path": "/data", **changes}), ("$.token", "$.id"))


def test_a_profile_is_requested_as_calls_are(provider: Provider) -> None:
    provider.valid.add("t")
    call = profile_call(
        headers=(
            Const("Client-Id", "${client_id}"),
            Param("X-Tenant", "tenant", required=True, shared=True),
        ),
        query=(Const("v", "2"), Const("fields", "id,name")),
    )
    sign_in = signing_in(provider.url, {"shared": {"tenant": "acme"}}, profile=call)
    assert sign_in.fetch_profile(Token("t")).id == "t"
    (request,) = provider.data_requests
    assert (request.headers["client-id"], request.headers["x-tenant"]) == ("app 1", "acme")
    assert request.query == {"v": "2", "fields": "id,name"}


def test_a_profile_of_a_scheme_of_several_shows_all_of_them(provider: Provider) -> None:
    provider.valid.add("t")
    made = connector(provider.url, profile=profile_call())
    (code,) = made.auth
    key = ApiKey(Send("header", "X-Key"))
    both = NamedScheme("both", AllOf((key, code.scheme)), ("api_key", *code.required))
    made = made.replace(auth=(both,), credentials=(*made.credentials, Credential("api_key", {})))
    given = {"client_id": "app 1", "client_secret": "cs-secret"}
    sign_in = SignIn(made, "both", credentials={**given, "api_key": "k-1"})
    assert sign_in.fetch_profile(Token("t")).id == "t"
    (request,) = provider.data_requests
    assert (request.headers["x-key"], request.headers["authorization"]) == ("k-1", "Bearer t")
    with pytest.raises(MissingCredentialError, match="api_key"):
        SignIn(made, "both", credentials=given).fetch_profile(Token("t"))


def test_a_profile_at_the_instance_of_the_token(provider: Provider) -> None:
    provider.valid.add("t")
    sign_in = signing_in("http://127.0.0.1:9", profile=profile_call(base_url="${instance_url}"))
    token = Token("t", saved={"instance_url": provider.url})
    assert sign_in.fetch_profile(token).id == "t"


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(403, {"message": "scope missing t-secret"}), r"answered 403: scope missing \*\*\*"),
        (Reply(200, "hello"), "neither JSON nor XML"),
        (Reply(302, ""), "acme: no profile: .*answered 302"),
    ],
)
def test_a_profile_that_fails_keeps_the_token(
    provider: Provider, reply: Reply, problem: str
) -> None:
    store = MemoryTokenStore()
    sign_in = signing_in(provider.url, {"token_store": store}, profile=profile_call(path="/me"))
    token = sign_in.exchange("c", redirect_uri=REDIRECT, code_verifier="v" * 43, subject="ann")
    provider.replies = [reply]
    with pytest.raises(AuthError, match=problem) as raised:
        sign_in.fetch_profile(token.replace(access_token="t-secret"))
    assert "t-secret" not in str(raised.value)
    assert list(store._tokens.values()) == [token]


@pytest.fixture(scope="session")
def package() -> Iterator[Any]:
    """The generated client of `specs/oidc`."""
    with imported(GENERATED, "oidc") as module:
        yield module


@pytest.mark.servers
@pytest.mark.xdist_group("auth")
class TestOidc:
    """The whole way, with the provider's own pages, by the package an application imports."""

    def given(self, oidc: Server) -> dict[str, Any]:
        return {**oidc.credentials, "port": oidc.port}

    def test_the_functions(self, oidc: Server, package: Any) -> None:
        oauth = package.oauth
        request = oauth.authorization_url(redirect_uri=REDIRECT, **self.given(oidc))
        back = browse(request.url, REDIRECT)
        assert back["state"] == request.state
        token = oauth.exchange(
            back["code"],
            redirect_uri=REDIRECT,
            code_verifier=request.code_verifier,
            **self.given(oidc),
        )
        assert token.refresh_token
        profile = oauth.fetch_profile(token, **self.given(oidc))
        assert (profile.id, profile.email) == ("ada", "ada@library.example")
        with pytest.raises(package.AuthError, match="invalid_grant"):
            oauth.exchange(
                back["code"],
                redirect_uri=REDIRECT,
                code_verifier=request.code_verifier,
                **self.given(oidc),
            )

    def test_two_users_of_one_client(self, oidc: Server, package: Any, tmp_path: Path) -> None:
        store = package.FileTokenStore(tmp_path)
        given = self.given(oidc)
        sign_in = package.oauth.SignIn(token_store=store, **given)
        for name in ("ada", "bob"):
            request = sign_in.authorization_url(redirect_uri=REDIRECT)
            back = browse(request.url, REDIRECT, {**ANSWERS, "login": name})
            sign_in.exchange(
                back["code"],
                redirect_uri=REDIRECT,
                code_verifier=request.code_verifier,
                subject=name,
            )
        with package.LibraryLogin(token_store=store, subject="ada", **given) as client:
            assert client.me().sub == "ada"
            bob = client.with_options(subject="bob")
            assert (bob.me().sub, client.me().sub) == ("bob", "ada")
            with pytest.raises(package.AuthError, match="for subject 'eve'; sign in again"):
                client.with_options(subject="eve").me()
            sign_in.sign_out(subject="bob")
            with pytest.raises(package.AuthError, match="there is none for subject 'bob'"):
                bob.me()

        async def main() -> str:
            async with package.AsyncLibraryLogin(
                token_store=store, subject="ada", **given
            ) as client:
                return str((await client.me()).sub)

        assert asyncio.run(main()) == "ada"

    def test_a_users_calls_at_once_use_a_refresh_token_once(self, package: Any) -> None:
        """oidc-provider revokes everything when a rotated refresh token comes a second time."""
        try:
            with oidc_server.start(token_seconds=2) as server:
                self.many_calls_with_an_expired_token(package, server)
        except InstallError as error:
            pytest.skip(f"the server cannot be installed here: {error}")

    def many_calls_with_an_expired_token(self, package: Any, server: Server) -> None:
        store = package.MemoryTokenStore()
        given = self.given(server)
        sign_in = package.oauth.SignIn(token_store=store, **given)
        request = sign_in.authorization_url(redirect_uri=REDIRECT)
        back = browse(request.url, REDIRECT)
        sign_in.exchange(
            back["code"],
            redirect_uri=REDIRECT,
            code_verifier=request.code_verifier,
            subject="ada",
        )
        with (
            package.LibraryLogin(token_store=store, subject="ada", **given) as client,
            ThreadPoolExecutor(32) as pool,
        ):
            for _ in range(2):
                time.sleep(2.1)
                people = list(pool.map(lambda _: client.me().sub, range(32)))
                assert people == ["ada"] * 32
        grants = httpx.get(f"{server.base_url}/stats").json()["by_grant"]
        assert grants["refresh_token"] == 2

    def test_the_application_of_the_documentation(self, oidc: Server, tmp_path: Path) -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        env = {
            **oidc.environment(),
            "PATH": "",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'docs' / 'examples'}",
            "REDIRECT_URI": f"{url}/callback",
        }
        command = [sys.executable, "-m", "uvicorn", "oauth_login:app", "--port", str(port)]
        log = (tmp_path / "log").open("w+")
        process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(url)
            log_in_and_out(url)
        finally:
            process.terminate()
            process.wait(10)
            log.close()


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            assert "Log in" in httpx.get(url).text
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the application did not start")


def log_in_and_out(url: str) -> None:
    with httpx.Client(base_url=url) as browser:
        started = browser.get("/login")
        assert started.status_code == 303
        back = browse(started.headers["location"], f"{url}/callback")
        foreign = httpx.get(f"{url}/callback", params=back)
        assert foreign.status_code == 400
        assert "another sign-in" in foreign.text
        assert browser.get("/callback", params=back).headers["location"] == "/"
        assert "Hello ada@library.example" in browser.get("/").text
        assert "Hello" not in httpx.get(url).text
        browser.get("/logout")
        assert "Log in" in browser.get("/").text
