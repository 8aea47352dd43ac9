"""The generated oauth.py where there are several ways to sign in, and where the connection needs a certificate."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callwright import commands
from callwright.project.settings import load_settings
from callwright.runtime.definition import (
    AllOf,
    ClientCertificate,
    Connector,
    Environment,
    NamedScheme,
    OAuth2,
)
from callwright.runtime.errors import AuthError
from callwright.runtime.sign_in import SignIn
from tests.auth.project import Project, url_in
from tests.auth.tls_front import Front, demanding
from tests.imported import imported
from tests.servers.browser import ANSWERS, browse
from tests.servers.oidc import CLIENT_SECRET
from tests.servers.process import Server

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("auth")]

REDIRECT = "http://127.0.0.1:8765/callback"
SPEC = """\
callwright: 1
name: lending
title: Lending
base_url: https://127.0.0.1:${tls_port}
variables:
  port: {type: integer, required: true}
  tls_port: {type: integer, required: true}
auth:
  reader:
    type: oauth2
    flow: authorization_code
    authorization_url: http://127.0.0.1:${port}/auth
    token_url: http://127.0.0.1:${port}/token
    client_auth: basic
    client_id: ${reader_id}
    client_secret: ${reader_secret}
    scopes: [openid, profile, email]
    profile: {path: 'http://127.0.0.1:${port}/me', id_path: $.sub}
  member:
    type: all
    of:
      - {type: client_certificate}
      - type: oauth2
        flow: authorization_code
        authorization_url: http://127.0.0.1:${port}/auth
        token_url: https://127.0.0.1:${tls_port}/token
        scopes: [openid, profile, email, 'books:read']
        profile: {path: /me, id_path: $.sub, email_path: $.email}
check: list_books
calls:
  list_books: {path: /api/books, response: {untyped: true}, samples: {all: {}}}
"""


@pytest.fixture(scope="module")
def front(oidc: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with demanding(oidc.port, tmp_path_factory.mktemp("front")) as running:
        yield running


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    project = Project(tmp_path_factory.mktemp("lending"), "lending", SPEC)
    (project.folder / "callwright.toml").write_text("")
    commands.generate(load_settings(project.folder))
    with imported(project.folder / "generated", "lending") as module:
        yield module


def ports(oidc: Server, front: Front) -> dict[str, int]:
    return {"port": oidc.port, "tls_port": front.port}


def member(oidc: Server, front: Front, owner: str = "ada") -> dict[str, Any]:
    return {**oidc.credentials, **front.material(owner), **ports(oidc, front)}


def test_the_certificate_reaches_the_token_endpoint(
    oidc: Server, front: Front, package: Any
) -> None:
    store = package.MemoryTokenStore()
    given = member(oidc, front)
    sign_in = package.oauth.SignIn(scheme="member", token_store=store, **given)
    request = sign_in.authorization_url(redirect_uri=REDIRECT)
    code = browse(request.url, REDIRECT)["code"]
    before = len(front.seen)
    token = sign_in.exchange(
        code, redirect_uri=REDIRECT, code_verifier=request.code_verifier, subject="ada"
    )
    assert sign_in.fetch_profile(token).email == "ada@library.example"
    with package.Lending(token_store=store, subject="ada", **given) as client:
        assert client.list_books()["subject"] == "ada"
    assert len(front.seen) == before + 3
    assert all("ada@library.example" in name for name in front.seen[before:])


def test_the_same_on_a_loop(oidc: Server, front: Front, package: Any) -> None:
    async def main() -> Any:
        given = member(oidc, front)
        store = package.MemoryTokenStore()
        sign_in = package.oauth.SignIn(scheme="member", token_store=store, **given)
        request = await sign_in.authorization_url_async(redirect_uri=REDIRECT)
        back = await asyncio.to_thread(browse, request.url, REDIRECT, {**ANSWERS, "login": "bob"})
        token = await sign_in.exchange_async(
            back["code"],
            redirect_uri=REDIRECT,
            code_verifier=request.code_verifier,
            subject="bob",
        )
        profile = await sign_in.fetch_profile_async(token)
        async with package.AsyncLending(token_store=store, subject="bob", **given) as client:
            return profile.id, (await client.list_books())["subject"]

    assert asyncio.run(main()) == ("bob", "bob")


def test_a_certificate_that_cannot_work(oidc: Server, front: Front, package: Any) -> None:
    stranger = package.oauth.SignIn(scheme="member", **member(oidc, front, "stranger"))
    with pytest.raises(package.AuthError, match="no token"):
        stranger.exchange("c", redirect_uri=REDIRECT, code_verifier="v" * 43)
    mixed = member(oidc, front) | {"private_key": front.material("stranger")["private_key"]}
    with pytest.raises(package.AuthError, match="does not belong to the certificate"):
        package.oauth.SignIn(scheme="member", **mixed)
    without = {k: v for k, v in member(oidc, front).items() if k != "certificate"}
    with pytest.raises(package.MissingCredentialError, match="LENDING_CERTIFICATE"):
        package.oauth.SignIn(scheme="member", **without)


def test_material_that_stands_in_the_spec(oidc: Server, front: Front) -> None:
    paths = front.material()
    certificate = ClientCertificate(
        paths["certificate"], paths["private_key"], passphrase=None, ca=paths["ca"]
    )
    code = OAuth2(
        "authorization_code",
        f"https://127.0.0.1:{front.port}/token",
        authorization_url=f"{oidc.base_url}/auth",
        client_id="library-post",
        client_secret=CLIENT_SECRET,
    )
    scheme = NamedScheme("member", AllOf((AllOf((certificate,)), code)))
    made = Connector("lending", "LENDING_", (Environment("live", oidc.base_url),), auth=(scheme,))
    sign_in = SignIn(made, "member")
    back: dict[str, Any] = {"redirect_uri": REDIRECT, "code_verifier": "v" * 43}
    with pytest.raises(AuthError) as raised:
        sign_in.exchange("no-such-code", **back)
    assert raised.value.code == "invalid_grant"  # so the provider was reached
    with pytest.raises(AuthError) as raised:
        asyncio.run(sign_in.exchange_async("no-such-code", **back))
    assert raised.value.code == "invalid_grant"


def test_the_other_scheme_needs_no_certificate(oidc: Server, front: Front, package: Any) -> None:
    given = {"reader_id": "library-basic", "reader_secret": CLIENT_SECRET, **ports(oidc, front)}
    request = package.oauth.authorization_url(scheme="reader", redirect_uri=REDIRECT, **given)
    back = browse(request.url, REDIRECT)
    before = len(front.seen)
    token = package.oauth.exchange(
        back["code"],
        scheme="reader",
        redirect_uri=REDIRECT,
        code_verifier=request.code_verifier,
        **given,
    )
    assert package.oauth.fetch_profile(token, scheme="reader", **given).id == "ada"
    assert len(front.seen) == before


def test_the_scheme_is_asked_for(oidc: Server, front: Front, package: Any) -> None:
    for scheme in ("readers", None):
        with pytest.raises(
            package.ArgumentError,
            match=f"scheme {scheme!r} is not an authorization-code scheme; available: 'reader', 'member'",
        ):
            package.oauth.SignIn(scheme=scheme, **ports(oidc, front))
    with pytest.raises(TypeError, match="'scheme'"):
        package.oauth.SignIn(**ports(oidc, front))
    assert "'reader' or 'member'" in package.oauth.SignIn.__doc__


def test_logging_in_with_a_certificate(tmp_path: Path, oidc: Server, front: Front) -> None:
    project = Project(tmp_path, "lending", SPEC)
    given = {f"LENDING_{k.upper()}": str(v) for k, v in member(oidc, front).items()}
    arguments = ("auth", "login", "lending", "--scheme", "member", "--paste")
    process = project.start(*arguments, **given)
    back = browse(url_in(process.stdout), REDIRECT)
    address = f"{REDIRECT}?code={back['code']}&state={back['state']}\n"
    out, err = process.communicate(address, timeout=30)
    assert process.returncode == 0, err
    assert "Logged in to Lending as ada@library.example" in out
    code, text = project.run("auth", "check", "lending", **given)
    assert code == 0, text
    assert "Lending takes the credentials of member (GET /api/books: 200)." in text
    code, text = project.run(*arguments, **given | {"LENDING_CERTIFICATE": ""})
    assert (code, "LENDING_CERTIFICATE" in text) == (2, True), text
    broken = given | {"LENDING_PRIVATE_KEY": given["LENDING_CA"]}
    for command in (arguments, ("auth", "check", "lending", "--scheme", "member")):
        code, text = project.run(*command, **broken)
        assert (code, "private_key cannot be read" in text) == (2, True), text
    stranger = {f"LENDING_{k.upper()}": v for k, v in front.material("stranger").items()}
    code, text = project.run("auth", "check", "lending", **given | stranger)
    assert code == 3, text
    assert "error: member: list_books: " in text
