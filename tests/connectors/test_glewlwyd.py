"""Glewlwyd: OAuth 2 by password, and the application's own basic credentials beside it."""

from __future__ import annotations

import datetime
import logging

import pytest

from generated import glewlwyd as package
from generated.glewlwyd import AsyncGlewlwyd, Glewlwyd
from tests.connectors.harness import WRONG, Face, Tokens, assert_hidden
from tests.servers.process import Server

pytestmark = pytest.mark.anyio
TOKEN_PATH = "/api/glwd/token"


async def test_a_persons_token_is_bought_used_and_revoked(face: Face, glewlwyd: Server) -> None:
    store = Tokens()
    async with face(Glewlwyd, AsyncGlewlwyd, glewlwyd, token_store=store) as api:
        person = await api.profile()
        assert (person.username, person.email) == ("ada", "ada@library.example")
        token = store.given[0].access_token
        state = await api.introspect(token=token, token_type_hint="access_token")
        assert (state.active, state.username, state.client_id) == (True, "ada", "library")
        assert state.exp is not None
        assert state.iat is not None
        assert state.exp - state.iat == datetime.timedelta(hours=1)
        assert "books" in (state.scope or "")
        assert (await api.raw(api.revoke, token=token)).status_code == 200


async def test_an_expired_and_a_revoked_token_are_replaced(face: Face, glewlwyd: Server) -> None:
    store, transport = Tokens(), face.counting()
    async with face(
        Glewlwyd, AsyncGlewlwyd, glewlwyd, token_store=store, transport=transport
    ) as api:
        await api.profile()
        await api.profile()
        assert transport.sent[TOKEN_PATH] == 1
        store.age()
        await api.profile()
        assert (transport.sent[TOKEN_PATH], len(store.given)) == (2, 2)
        await api.revoke(token=store.given[1].access_token)
        await api.profile()
        assert len(store.given) == 3


async def test_many_share_one_token(face: Face, glewlwyd: Server) -> None:
    transport = face.counting()
    async with face(Glewlwyd, AsyncGlewlwyd, glewlwyd, transport=transport) as api:
        assert {person.name for person in await face.at_once(api.profile)} == {"Ada Lovelace"}
        assert transport.sent[TOKEN_PATH] == 1


@pytest.mark.parametrize("name", ["password", "client_secret"])
async def test_a_wrong_credential_is_refused_and_hidden(
    face: Face, glewlwyd: Server, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(Glewlwyd, AsyncGlewlwyd, glewlwyd, **{name: WRONG}) as api:
        with pytest.raises(package.AuthError) as refused:
            await api.profile()
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text


async def test_each_call_asks_for_its_own_credentials(face: Face, glewlwyd: Server) -> None:
    async with face(Glewlwyd, AsyncGlewlwyd, glewlwyd, username=None, password=None) as api:
        with pytest.raises(package.MissingCredentialError, match="GLEWLWYD_PASSWORD"):
            await api.profile()
        assert (await api.raw(api.introspect, token="nonsense")).status_code == 200
    async with face(Glewlwyd, AsyncGlewlwyd, glewlwyd, access_token=WRONG) as api:
        with pytest.raises(package.AuthenticationError) as unknown:
            await api.profile()
        assert_hidden(unknown.value, WRONG)


async def test_settings_come_from_the_environment(
    face: Face, glewlwyd: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in glewlwyd.environment().items():
        monkeypatch.setenv(name, value)
    nothing = dict.fromkeys(("port", *glewlwyd.credentials))
    async with face(Glewlwyd, AsyncGlewlwyd, glewlwyd, **nothing) as api:
        assert (await api.profile()).name == "Ada Lovelace"
