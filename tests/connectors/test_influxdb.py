"""InfluxDB: name and password in the URL or as basic, or a token signed with a shared secret."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from generated import influxdb as package
from generated.influxdb import AsyncInfluxDB, InfluxDB
from tests.connectors.harness import WRONG, Face, assert_hidden
from tests.servers.process import Server

pytestmark = pytest.mark.anyio
LOGIN: dict[str, Any] = {"shared_secret": None}
TOKEN: dict[str, Any] = {"password": None}


@pytest.mark.parametrize("proof", [LOGIN, TOKEN], ids=["basic", "signed"])
async def test_points_are_written_read_and_dropped(
    face: Face, influxdb: Server, proof: dict[str, Any]
) -> None:
    async with face(InfluxDB, AsyncInfluxDB, influxdb, **proof) as api:
        await api.write(body="rain,city=oslo mm=1.5 1700000000\nrain,city=berlin mm=2 1700000060")
        try:
            (result,) = await api.query(q="SELECT mm FROM rain", epoch="s")
            assert result.series is not None
            assert result.series[0].columns == ["time", "mm"]
            assert result.series[0].values == [[1700000000, 1.5], [1700000060, 2]]
            (grouped,) = await api.query(q="SELECT mean(mm) FROM rain GROUP BY city")
            assert grouped.series is not None
            assert [table.tags for table in grouped.series] == [
                {"city": "berlin"},
                {"city": "oslo"},
            ]
        finally:
            await api.drop_series(statement="DROP SERIES FROM rain")
        assert (await api.query(q="SELECT mm FROM rain"))[0].series is None


async def test_name_and_password_in_the_url(face: Face, influxdb: Server) -> None:
    async with face(InfluxDB, AsyncInfluxDB, influxdb, **LOGIN) as api:
        assert ["weather"] in await api.list_databases()
        answer = await api.raw(api.list_databases)
        assert "u=***" in answer.curl
        assert influxdb.credentials["password"] not in answer.curl
        ping = await api.raw(api.ping)
        assert (ping.status_code, ping.headers["X-Influxdb-Version"][:2]) == (204, "1.")


async def test_errors_have_typed_bodies(face: Face, influxdb: Server) -> None:
    async with face(InfluxDB, AsyncInfluxDB, influxdb, **LOGIN) as api:
        with pytest.raises(package.BadRequestError, match="error parsing query") as refused:
            await api.query(q="SELEC")
        assert refused.value.body is not None
        assert "SELEC" in refused.value.body.error
        with pytest.raises(package.BadRequestError, match="unable to parse"):
            await api.write(body="broken")
        with pytest.raises(package.StatusError, match="database not found"):
            await api.with_options(database="nowhere").query(q="SELECT mm FROM rain")
        with pytest.raises(package.ArgumentError, match="statement"):
            await api.drop_series(statement="DROP DATABASE weather")


@pytest.mark.parametrize(
    "proof",
    [{**LOGIN, "password": WRONG}, {**TOKEN, "shared_secret": WRONG}],
    ids=["basic", "signed"],
)
async def test_a_wrong_credential_is_refused_and_hidden(
    face: Face, influxdb: Server, caplog: pytest.LogCaptureFixture, proof: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(InfluxDB, AsyncInfluxDB, influxdb, **proof) as api:
        with pytest.raises(package.AuthenticationError) as refused:
            await api.query(q="SHOW MEASUREMENTS")
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text


async def test_credentials_in_the_url_are_hidden(
    face: Face, influxdb: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(InfluxDB, AsyncInfluxDB, influxdb, **LOGIN) as api:
        await api.list_databases()
        with pytest.raises(package.AuthenticationError) as refused:
            await api.with_options(password=WRONG).list_databases()
        assert_hidden(refused.value, WRONG)
        assert WRONG not in caplog.text
        assert influxdb.credentials["password"] not in caplog.text


async def test_many_can_ask_at_once(face: Face, influxdb: Server) -> None:
    async with face(InfluxDB, AsyncInfluxDB, influxdb, **TOKEN) as api:
        answers = await face.at_once(api.query, q="SELECT value FROM temperature LIMIT 1")
        assert {len(answer) for answer in answers} == {1}
