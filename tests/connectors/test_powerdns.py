"""PowerDNS: a key in a header, zones and their records, answers without a body."""

from __future__ import annotations

import logging

import pytest

from generated import powerdns as package
from generated.powerdns import AsyncPowerDNS, PowerDNS
from tests.connectors.harness import WRONG, Face, assert_hidden
from tests.servers.process import Server

pytestmark = pytest.mark.anyio
ZONE = "shop.example."
ADDRESS = "www.shop.example."


async def test_a_zone_is_created_changed_and_deleted(face: Face, pdns: Server) -> None:
    async with face(PowerDNS, AsyncPowerDNS, pdns) as api:
        created = await api.create_zone(name=ZONE, nameservers=["ns1.shop.example."])
        try:
            assert (created.id, created.kind) == (ZONE, "Native")
            await api.change_records(
                ZONE,
                rrsets=[
                    {
                        "name": ADDRESS,
                        "type": "A",
                        "ttl": 60,
                        "changetype": "REPLACE",
                        "records": [{"content": "192.0.2.1", "disabled": False}],
                    }
                ],
            )
            sets = {found.name: found for found in (await api.get_zone(ZONE)).rrsets}
            assert (sets[ADDRESS].ttl, sets[ADDRESS].records[0].content) == (60, "192.0.2.1")
            matches = await api.search(q="www.shop*", limit=5)
            assert [(match.name, match.zone) for match in matches] == [(ADDRESS, ZONE)]
            assert {zone.name for zone in await api.list_zones()} == {ZONE, "library.example."}
        finally:
            await api.delete_zone(ZONE)
        assert [zone.name for zone in await api.list_zones()] == ["library.example."]


async def test_comments_have_times(face: Face, pdns: Server) -> None:
    async with face(PowerDNS, AsyncPowerDNS, pdns) as api:
        comments = [
            comment
            for found in (await api.get_zone("library.example.")).rrsets
            for comment in found.comments
        ]
        assert [(c.account, c.content) for c in comments] == [("ada", "the catalogue")]
        assert comments[0].modified_at.tzinfo is not None


async def test_errors_have_typed_bodies(face: Face, pdns: Server) -> None:
    async with face(PowerDNS, AsyncPowerDNS, pdns) as api:
        with pytest.raises(package.UnprocessableEntityError) as refused:
            await api.change_records(
                "library.example.",
                rrsets=[
                    {
                        "name": "www.library.example.",
                        "type": "A",
                        "ttl": 60,
                        "changetype": "REPLACE",
                        "records": [{"content": "nonsense"}],
                    }
                ],
            )
        assert refused.value.body is not None
        assert "nonsense" in refused.value.body.error
        with pytest.raises(package.NotFoundError):
            await api.get_zone("nowhere.example.")
        with pytest.raises(package.ConflictError):
            await api.create_zone(name="library.example.", nameservers=["ns1.library.example."])
        with pytest.raises(package.ArgumentError, match="zone"):
            await api.get_zone("no.dot.at.the.end")


async def test_a_wrong_key_is_refused_and_hidden(
    face: Face, pdns: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(PowerDNS, AsyncPowerDNS, pdns, api_key=WRONG) as api:
        with pytest.raises(package.AuthenticationError) as refused:
            await api.list_zones()
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text


async def test_an_answer_can_be_had_as_it_came(face: Face, pdns: Server) -> None:
    async with face(PowerDNS, AsyncPowerDNS, pdns) as api:
        answer = await api.raw(api.list_zones)
        assert [zone.dnssec for zone in answer.parse()] == [False]
        assert "X-API-Key: ***" in answer.curl
        with pytest.raises(package.AuthenticationError):
            (await api.raw(api.with_options(api_key=WRONG).list_zones)).parse()


async def test_many_can_ask_at_once(face: Face, pdns: Server) -> None:
    async with face(PowerDNS, AsyncPowerDNS, pdns) as api:
        assert {len(zones) for zones in await face.at_once(api.list_zones)} == {1}


async def test_settings_come_from_the_environment(
    face: Face, pdns: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in pdns.environment("powerdns").items():
        monkeypatch.setenv(name, value)
    nothing = dict.fromkeys(("port", *pdns.credentials))
    async with face(PowerDNS, AsyncPowerDNS, pdns, **nothing) as api:
        assert await api.list_zones()
