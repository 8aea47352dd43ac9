"""oidc-provider: users signed in through their browser, and a machine's own token."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from generated import oidc as package
from generated.oidc import AsyncLibraryLogin, LibraryLogin, oauth
from tests.connectors.harness import WRONG, Face, Tokens, assert_hidden
from tests.servers.browser import browse
from tests.servers.process import Server

pytestmark = pytest.mark.anyio
REDIRECT = "http://127.0.0.1:8765/callback"


def given(server: Server) -> dict[str, Any]:
    return {**server.credentials, "port": server.port}


async def signed_in(face: Face, server: Server, store: Tokens, subject: str) -> Any:
    """Send a person through the pages of the provider; the token is stored."""
    sign_in = oauth.SignIn(**given(server), token_store=store)
    request = sign_in.authorization_url(redirect_uri=REDIRECT)
    assert "code_challenge_method=S256" in request.url
    back = httpx.QueryParams(browse(request.url, REDIRECT))
    code = oauth.read_redirect(f"{REDIRECT}?{back}", state=request.state)
    arguments: dict[str, Any] = {
        "redirect_uri": REDIRECT,
        "code_verifier": request.code_verifier,
        "subject": subject,
    }
    if face.asynchronous:
        token = await sign_in.exchange_async(code, **arguments)
        who = await sign_in.fetch_profile_async(token)
    else:
        token = sign_in.exchange(code, **arguments)
        who = sign_in.fetch_profile(token)
    assert (who.id, who.email) == ("ada", "ada@library.example")
    return token


def token_requests(server: Server) -> dict[str, int]:
    counts: dict[str, int] = httpx.get(f"{server.base_url}/stats").json()["by_grant"]
    return counts


async def test_a_person_signs_in_and_stays_signed_in(face: Face, oidc: Server) -> None:
    store = Tokens()
    token = await signed_in(face, oidc, store, "reader-1")
    async with face(
        LibraryLogin, AsyncLibraryLogin, oidc, token_store=store, subject="reader-1"
    ) as api:
        person = await api.me()
        assert (person.sub, person.name, person.email_verified) == ("ada", "Ada Lovelace", True)
        before = token_requests(oidc).get("refresh_token", 0)
        store.age()
        assert {one.sub for one in await face.at_once(api.me)} == {"ada"}
        assert token_requests(oidc)["refresh_token"] == before + 1
        assert store.given[-1].refresh_token not in (None, token.refresh_token)
        with pytest.raises(package.AuthError, match="sign in again"):
            await api.with_options(subject="reader-2").me()


async def test_a_ready_token_is_the_persons(face: Face, oidc: Server) -> None:
    token = await signed_in(face, oidc, Tokens(), "reader-1")
    async with face(LibraryLogin, AsyncLibraryLogin, oidc, access_token=token.access_token) as api:
        assert (await api.me()).sub == "ada"
        with pytest.raises(package.AuthenticationError) as unknown:
            await api.with_options(access_token=WRONG).me()
        assert unknown.value.code == "invalid_token"
        assert_hidden(unknown.value, WRONG)


async def test_an_answer_of_another_sign_in_is_refused(oidc: Server) -> None:
    request = oauth.authorization_url(
        redirect_uri=REDIRECT,
        client_id=oidc.credentials["client_id"],
        client_secret="x",
        port=oidc.port,
    )
    back = browse(request.url, REDIRECT)
    with pytest.raises(package.AuthError, match="another sign-in"):
        oauth.read_redirect(f"{REDIRECT}?code={back['code']}&state=other", state=request.state)
    with pytest.raises(package.AuthError) as refused:
        oauth.exchange(
            back["code"],
            redirect_uri=REDIRECT,
            code_verifier="another-verifier-another-verifier-another-v",
            **given(oidc),
        )
    assert refused.value.code == "invalid_grant"
    assert_hidden(refused.value, oidc.credentials["client_secret"], back["code"])


async def test_a_machine_has_a_token_of_its_own(face: Face, oidc: Server) -> None:
    async with face(LibraryLogin, AsyncLibraryLogin, oidc) as api:
        before = token_requests(oidc).get("client_credentials", 0)
        shelves = await face.at_once(api.list_books)
        assert token_requests(oidc)["client_credentials"] == before + 1
        books = shelves[0].items
        assert [(book.title, book.pages) for book in books] == [
            ("Frankenstein", 280),
            ("Solaris", None),
        ]
        assert (shelves[0].client, shelves[0].scope) == ("library-post", "books:read")
        answer = await api.raw(api.list_books)
        assert "Authorization: Bearer ***" in answer.curl


async def test_what_the_provider_says_of_itself(face: Face, oidc: Server) -> None:
    nothing = dict.fromkeys(("client_id", "client_secret"))
    async with face(LibraryLogin, AsyncLibraryLogin, oidc, **nothing) as api:
        known = await api.configuration()
        assert known.token_endpoint == f"{oidc.base_url}/token"
        assert "S256" in known.code_challenge_methods_supported
        with pytest.raises(package.MissingCredentialError, match="OIDC_CLIENT_SECRET"):
            await api.list_books()


async def test_a_wrong_secret_is_refused_and_hidden(
    face: Face, oidc: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(LibraryLogin, AsyncLibraryLogin, oidc, client_secret=WRONG) as api:
        with pytest.raises(package.AuthError, match="invalid_client") as refused:
            await api.list_books()
        assert refused.value.status_code == 401
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text
