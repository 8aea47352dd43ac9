"""Synapse: a JSON login whose token is refreshed, rooms and messages, typed errors."""

from __future__ import annotations

import datetime
import logging
import uuid

import pytest

from generated import synapse as package
from generated.synapse import AsyncSynapse, Synapse, models
from tests.connectors.harness import WRONG, Face, Tokens, assert_hidden
from tests.servers.process import Server

pytestmark = pytest.mark.anyio
LOGIN = "/_matrix/client/v3/login"
REFRESH = "/_matrix/client/v3/refresh"


async def test_a_room_with_a_topic_and_messages(face: Face, synapse: Server) -> None:
    async with face(Synapse, AsyncSynapse, synapse) as api:
        room = (await api.create_room(name="Reading group", topic="Solaris")).room_id
        try:
            assert (await api.get_topic(room)).topic == "Solaris"
            assert (await api.set_topic(room, topic="The Cyberiad")).event_id.startswith("$")
            assert (await api.get_topic(room)).topic == "The Cyberiad"
            same = str(uuid.uuid4())
            sent = await api.send_message(room, transaction_id=same, text="Who read it?")
            assert await api.send_message(room, transaction_id=same, text="Who read it?") == sent
            again = await api.send_message(room, text="Who read it?")
            assert again not in (sent, await api.send_message(room, text="Who read it?"))
            newest = await api.list_messages(room, limit=2)
            message = newest.chunk[0]
            assert isinstance(message, models.MRoomMessageChunk)  # told apart by its type
            assert message.content.body == "Who read it?"
            age = datetime.datetime.now(datetime.UTC) - message.origin_server_ts
            assert abs(age) < datetime.timedelta(minutes=1)
            older = await api.list_messages(room, start=newest.end, limit=50)
            assert isinstance(older.chunk[-1], models.MRoomCreateChunk)
        finally:
            assert await api.leave_room(room, reason="The end") is True
        with pytest.raises(package.PermissionDeniedError):
            await api.send_message(room, transaction_id=str(uuid.uuid4()), text="Anyone?")


async def test_who_asks_and_what_the_server_allows(face: Face, synapse: Server) -> None:
    async with face(Synapse, AsyncSynapse, synapse) as api:
        assert (await api.whoami()).user_id == "@ada:library.example"
        allowed = await api.capabilities()
        assert allowed.m_room_versions.available[allowed.m_room_versions.default] == "stable"
        assert (await api.get_profile("@ada:library.example")).displayname == "ada"
        answer = await api.raw(api.whoami)
        assert answer.parse().is_guest is False
        assert "Bearer ***" in answer.curl


async def test_errors_have_typed_bodies(face: Face, synapse: Server) -> None:
    async with face(Synapse, AsyncSynapse, synapse) as api:
        with pytest.raises(package.NotFoundError) as missing:
            await api.get_profile("@nobody:library.example")
        assert missing.value.body is not None
        assert (missing.value.body.errcode, missing.value.code) == ("M_UNKNOWN", "M_UNKNOWN")
        with pytest.raises(package.PermissionDeniedError) as outside:
            await api.list_messages("!nowhere:library.example")
        assert outside.value.body is not None
        assert outside.value.body.errcode == "M_FORBIDDEN"
        with pytest.raises(package.ArgumentError, match="user_id"):
            await api.get_profile("ada")


async def test_many_share_one_login(face: Face, synapse: Server) -> None:
    transport = face.counting()
    async with face(Synapse, AsyncSynapse, synapse, transport=transport) as api:
        assert len({owner.device_id for owner in await face.at_once(api.whoami)}) == 1
        assert transport.sent[LOGIN] == 1


async def test_an_expired_token_is_refreshed_without_a_login(face: Face, synapse: Server) -> None:
    transport, store = face.counting(), Tokens()
    async with face(Synapse, AsyncSynapse, synapse, transport=transport, token_store=store) as api:
        first = await api.whoami()
        life = store.given[0].expires_at - store.given[0].obtained_at
        assert 200 < life <= 300  # seconds, though Synapse says milliseconds
        store.age()
        assert await api.whoami() == first
        assert (transport.sent[LOGIN], transport.sent[REFRESH]) == (1, 1)


async def test_a_wrong_password_and_a_strangers_token(
    face: Face, synapse: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(Synapse, AsyncSynapse, synapse, password=WRONG) as api:
        with pytest.raises(package.AuthError, match="Invalid username or password") as refused:
            await api.whoami()
        assert refused.value.code == "M_FORBIDDEN"
        assert_hidden(refused.value, WRONG)
        with pytest.raises(package.AuthenticationError) as unknown:
            await api.with_options(access_token=WRONG).whoami()
        assert unknown.value.code == "M_UNKNOWN_TOKEN"
        assert_hidden(unknown.value, WRONG)
        assert WRONG not in repr(api) + caplog.text


async def test_settings_come_from_the_environment(
    face: Face, synapse: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in synapse.environment().items():
        monkeypatch.setenv(name, value)
    nothing = dict.fromkeys(("port", *synapse.credentials))
    async with face(Synapse, AsyncSynapse, synapse, **nothing) as api:
        assert (await api.whoami()).is_guest is False
