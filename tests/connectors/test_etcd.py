"""etcd: a token bought with name and password, sent raw; bytes as base64."""

from __future__ import annotations

import logging

import pytest

from generated import etcd as package
from generated.etcd import AsyncEtcd, Etcd
from tests.connectors.harness import WRONG, Face, Tokens, assert_hidden
from tests.servers.process import Server

pytestmark = pytest.mark.anyio
TOKEN_PATH = "/v3/auth/authenticate"


async def test_keys_are_stored_read_and_deleted(face: Face, etcd: Server) -> None:
    async with face(Etcd, AsyncEtcd, etcd) as api:
        first = await api.put(key=b"shelf/1", value="Straße".encode())
        try:
            assert first.prev_kv is None
            again = await api.put(key=b"shelf/1", value=b"\x00\xff")
            assert again.prev_kv is not None
            assert (again.prev_kv.key, again.prev_kv.value) == (b"shelf/1", "Straße".encode())
            await api.put(key=b"shelf/2", value=b"two")
            found = await api.range(key=b"shelf/", range_end=b"shelf0", sort_order="DESCEND")
            assert found.kvs is not None
            assert [pair.value for pair in found.kvs] == [b"two", b"\x00\xff"]
            names = await api.range(key=b"shelf/", range_end=b"shelf0", keys_only=True, limit=1)
            assert (names.more, names.kvs and names.kvs[0].value) == (True, None)
            assert (await api.range(key=b"nothing")).kvs is None
        finally:
            gone = await api.delete(key=b"shelf/", range_end=b"shelf0", prev_kv=True)
        assert gone.deleted == "2"
        assert (await api.delete(key=b"shelf/1")).deleted is None


async def test_a_lease_takes_its_keys_along(face: Face, etcd: Server) -> None:
    async with face(Etcd, AsyncEtcd, etcd) as api:
        lease = await api.grant_lease(seconds=60)
        await api.put(key=b"leased", value=b"x", lease=lease.id)
        assert (await api.range(key=b"leased")).count == "1"
        await api.revoke_lease(lease_id=lease.id)
        assert (await api.range(key=b"leased")).count is None


async def test_errors_have_typed_bodies(face: Face, etcd: Server) -> None:
    async with face(Etcd, AsyncEtcd, etcd) as api:
        with pytest.raises(package.NotFoundError, match="lease not found") as missing:
            await api.revoke_lease(lease_id="1")
        assert missing.value.body is not None
        assert (missing.value.body.code, missing.value.code) == (5, "5")
        answer = await api.raw(api.status)
        assert answer.parse().version.startswith("3.")
        assert "authorization: ***" in answer.curl.lower()


async def test_the_version_needs_no_token(face: Face, etcd: Server) -> None:
    transport = face.counting()
    async with face(
        Etcd, AsyncEtcd, etcd, username=None, password=None, access_token="x", transport=transport
    ) as api:
        assert (await api.version()).etcdserver.startswith("3.")
        assert transport.sent == {"/version": 1}


async def test_many_share_one_token(face: Face, etcd: Server) -> None:
    transport = face.counting()
    async with face(Etcd, AsyncEtcd, etcd, transport=transport) as api:
        assert len({status.version for status in await face.at_once(api.status)}) == 1
        assert transport.sent[TOKEN_PATH] == 1


async def test_expired_and_unknown_tokens_are_replaced(face: Face, etcd: Server) -> None:
    transport, store = face.counting(), Tokens()
    async with face(Etcd, AsyncEtcd, etcd, transport=transport, token_store=store) as api:
        await api.range(key=b"x")
        store.age()
        await api.range(key=b"x")
        assert (transport.sent[TOKEN_PATH], len(store.given)) == (2, 2)
        store.spoil()
        await api.range(key=b"x")
        assert transport.sent[TOKEN_PATH] == 3
        with pytest.raises(package.AuthenticationError, match="invalid auth token"):
            await api.with_options(access_token=WRONG).range(key=b"x")


async def test_a_wrong_password_is_refused_and_hidden(
    face: Face, etcd: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(Etcd, AsyncEtcd, etcd, password=WRONG) as api:
        with pytest.raises(package.AuthError, match="authentication failed") as refused:
            await api.status()
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text
