"""Prometheus: a client certificate, alone and with basic on top; samples, rules and alerts."""

from __future__ import annotations

import datetime
import logging
import ssl
from pathlib import Path

import httpx
import pytest

from generated import prometheus as package
from generated.prometheus import AsyncPrometheus, Prometheus
from tests.connectors.harness import WRONG, Face, assert_hidden
from tests.servers.process import Server

pytestmark = pytest.mark.anyio
MOMENT = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.UTC)
ROOM = 'label_replace(vector(42), "room", "north", "", "")'


async def test_samples_at_a_moment_and_over_time(face: Face, prometheus: Server) -> None:
    async with face(Prometheus, AsyncPrometheus, prometheus) as api:
        found = await api.query(query=ROOM, time=MOMENT, timeout="5s")
        assert found.result_type == "vector"
        assert found.result[0].metric == {"room": "north"}
        assert found.result[0].value == [1700000000, "42"]
        assert (await api.query(query="library:nothing")).result == []
        later = MOMENT + datetime.timedelta(minutes=1)
        values = (await api.query_range(query=ROOM, start=MOMENT, end=later, step=30)).result[0]
        assert [value for _, value in values.values] == ["42"] * 3


async def test_what_is_stored_and_which_rules_run(face: Face, prometheus: Server) -> None:
    async with face(Prometheus, AsyncPrometheus, prometheus) as api:
        rooms = {series["room"] for series in await api.series(match=["library:shelves"])}
        assert rooms == {"north", "south"}
        assert await api.label_values("room") == ["north", "south"]
        assert {"room", "__name__"} <= set(await api.labels())
        (group,) = await api.rules()
        assert (group.name, len(group.rules)) == ("library", 3)
        (alerting,) = await api.rules(rule_type="alert")
        assert [rule.name for rule in alerting.rules] == ["TooManyShelves"]
        (alert,) = await api.alerts()
        assert (alert.labels["room"], alert.annotations) == ("north", {"summary": "A room is full"})
        assert (await api.build_info()).version


async def test_errors_have_typed_bodies(face: Face, prometheus: Server) -> None:
    async with face(Prometheus, AsyncPrometheus, prometheus) as api:
        with pytest.raises(package.BadRequestError, match="parse error") as refused:
            await api.query(query="sum(")
        assert refused.value.body is not None
        assert (refused.value.body.error_type, refused.value.code) == ("bad_data", "bad_data")
        failed = await api.raw(api.query, query="sum(")
        assert failed.status_code == 400
        with pytest.raises(package.BadRequestError):
            failed.parse()
        with pytest.raises(package.ArgumentError, match="time"):
            await api.query(query="up", time=datetime.datetime(2023, 11, 14))


async def test_who_shows_no_certificate_or_a_strangers_is_refused(
    face: Face, prometheus: Server
) -> None:
    stranger = {
        "certificate": str(prometheus.files["stranger_certificate"]),
        "private_key": str(prometheus.files["stranger_private_key"]),
    }
    once = package.Retry(attempts=1)
    async with face(Prometheus, AsyncPrometheus, prometheus, retry=once, **stranger) as api:
        with pytest.raises(package.TransportError):
            await api.build_info()
    nothing = dict.fromkeys(("certificate", "private_key"))
    with pytest.raises(package.MissingCredentialError, match="PROMETHEUS_CERTIFICATE"):
        async with face(Prometheus, AsyncPrometheus, prometheus, **nothing):
            pass


def test_the_server_takes_nobody_without_a_certificate(prometheus: Server) -> None:
    trusting = ssl.create_default_context(cafile=prometheus.credentials["ca"])
    with pytest.raises(httpx.TransportError):
        httpx.get(prometheus.base_url, verify=trusting, trust_env=False)


async def test_a_certificate_and_its_key_must_fit(
    face: Face, prometheus: Server, tmp_path: Path
) -> None:
    wrong = {"private_key": str(prometheus.files["stranger_private_key"])}
    with pytest.raises(package.ApiError, match="private_key does not belong to the certificate"):
        async with face(Prometheus, AsyncPrometheus, prometheus, **wrong):
            pass
    missing = {"certificate": str(tmp_path / "nothing.pem")}
    with pytest.raises(package.ApiError, match="certificate"):
        async with face(Prometheus, AsyncPrometheus, prometheus, **missing):
            pass


def texts(server: Server) -> dict[str, str]:
    return {name: Path(path).read_text() for name, path in server.credentials.items()}


async def test_a_certificate_as_text(face: Face, prometheus: Server) -> None:
    async with face(Prometheus, AsyncPrometheus, prometheus, **texts(prometheus)) as api:
        assert (await api.build_info()).version
        assert "PRIVATE KEY" not in repr(api)


async def test_a_certificate_with_a_login(
    face: Face, prometheus_basic: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(Prometheus, AsyncPrometheus, prometheus_basic) as api:
        assert await api.label_values("room") == ["north", "south"]
    async with face(Prometheus, AsyncPrometheus, prometheus_basic, password=WRONG) as api:
        with pytest.raises(package.AuthenticationError) as refused:
            await api.labels()
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text


async def test_many_can_ask_at_once(face: Face, prometheus: Server) -> None:
    async with face(Prometheus, AsyncPrometheus, prometheus) as api:
        assert len({info.version for info in await face.at_once(api.build_info)}) == 1


async def test_settings_come_from_the_environment(
    face: Face, prometheus: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in prometheus.environment().items():
        monkeypatch.setenv(name, value)
    nothing = dict.fromkeys(("port", *prometheus.credentials))
    async with face(Prometheus, AsyncPrometheus, prometheus, **nothing) as api:
        assert (await api.build_info()).version
