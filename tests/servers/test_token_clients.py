"""The committed clients whose servers want tokens, signed tokens or certificates, sync and async."""

from __future__ import annotations

import asyncio
import datetime

import pytest

from generated import etcd as etcd_client
from generated import glewlwyd as glewlwyd_client
from generated import influxdb as influxdb_client
from generated import jupyter as jupyter_client
from generated import oidc as oidc_client
from generated import powerdns as powerdns_client
from generated import prometheus as prometheus_client
from generated import synapse as synapse_client
from generated.oidc import MemoryTokenStore, oauth
from generated.powerdns.types import RecordSet
from tests.servers.browser import browse
from tests.servers.process import Server

MOMENT = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.UTC)


def test_influxdb_by_password_and_by_signed_token(influxdb: Server) -> None:
    login = influxdb.credentials
    by_password = influxdb_client.InfluxDB(
        username=login["username"], password=login["password"], port=influxdb.port
    )
    signed = influxdb_client.InfluxDB(
        username=login["username"], shared_secret=login["shared_secret"], port=influxdb.port
    )
    with by_password, signed:
        by_password.write(body="clients,city=oslo mm=1.5 1700000000")
        for api in (by_password, signed):
            [result] = api.query(q="SELECT mm FROM clients", epoch="s")
            assert result.series is not None
            assert result.series[0].values == [[1700000000, 1.5]]
        assert ["weather"] in by_password.list_databases()
        assert by_password.drop_series(statement="DROP SERIES FROM clients")[0].series is None
        with pytest.raises(influxdb_client.StatusError, match="database not found"):
            by_password.with_options(database="nowhere").query(q="SELECT * FROM temperature")


def test_influxdb_refuses_another_secret(influxdb: Server) -> None:
    async def run() -> None:
        async with influxdb_client.AsyncInfluxDB(
            username="ada", shared_secret="another-secret-" * 4, port=influxdb.port
        ) as api:
            with pytest.raises(influxdb_client.AuthenticationError) as refused:
                await api.query(q="SHOW MEASUREMENTS")
            assert "another-secret" not in str(refused.value) + repr(refused.value) + repr(api)

    asyncio.run(run())


def test_prometheus_by_certificate(prometheus: Server) -> None:
    files = prometheus.credentials
    with prometheus_client.Prometheus(
        certificate=files["certificate"],
        private_key=files["private_key"],
        ca=files["ca"],
        port=prometheus.port,
    ) as api:
        assert api.query(query="vector(42)", time=MOMENT).result[0].value == [1700000000, "42"]
        assert api.label_values("room") == ["north", "south"]
        assert [alert.labels["alertname"] for alert in api.alerts()] == ["TooManyShelves"]
        with pytest.raises(prometheus_client.BadRequestError, match="unclosed left parenthesis"):
            api.query(query="sum(")
    with (
        prometheus_client.Prometheus(
            certificate=str(prometheus.files["stranger_certificate"]),
            private_key=str(prometheus.files["stranger_private_key"]),
            ca=files["ca"],
            port=prometheus.port,
            retry=prometheus_client.Retry(attempts=1),
        ) as stranger,
        pytest.raises(prometheus_client.TransportError),
    ):
        stranger.build_info()


def test_prometheus_by_certificate_and_password(prometheus_basic: Server) -> None:
    given = prometheus_basic.credentials

    async def labels(password: str) -> list[str]:
        async with prometheus_client.AsyncPrometheus(
            certificate=given["certificate"],
            private_key=given["private_key"],
            ca=given["ca"],
            username=given["username"],
            password=password,
            port=prometheus_basic.port,
        ) as api:
            return await api.labels()

    assert "room" in asyncio.run(labels(given["password"]))
    with pytest.raises(prometheus_client.AuthenticationError):
        asyncio.run(labels("wrong"))


def test_synapse_talks_in_a_room(synapse: Server) -> None:
    async def run() -> list[str]:
        login = synapse.credentials
        async with synapse_client.AsyncSynapse(
            username=login["username"], password=login["password"], port=synapse.port
        ) as api:
            room = (await api.create_room(name="Readers", topic="Solaris")).room_id
            await asyncio.gather(
                *(
                    api.send_message(room, transaction_id=f"t{n}", text=f"Chapter {n}")
                    for n in range(3)
                )
            )
            assert (await api.get_topic(room)).topic == "Solaris"
            newest = await api.list_messages(room, limit=3)
            messages = [
                e for e in newest.chunk if isinstance(e, synapse_client.models.MRoomMessageChunk)
            ]
            assert all(isinstance(e.origin_server_ts, datetime.datetime) for e in messages)
            await api.leave_room(room)
            return sorted(event.content.body for event in messages)

    assert asyncio.run(run()) == ["Chapter 0", "Chapter 1", "Chapter 2"]


def test_synapse_says_why_a_login_failed(synapse: Server) -> None:
    with (
        synapse_client.Synapse(username="ada", password="wrong-77", port=synapse.port) as api,
        pytest.raises(synapse_client.AuthError, match="Invalid username or password") as refused,
    ):
        api.whoami()
    assert "wrong-77" not in str(refused.value) + repr(refused.value)


def test_etcd_keeps_bytes(etcd: Server) -> None:
    login = etcd.credentials
    with etcd_client.Etcd(
        username=login["username"], password=login["password"], port=etcd.port
    ) as api:
        api.put(key=b"clients/1", value=b"\x00\xff")
        before = api.put(key=b"clients/1", value="Łódź".encode()).prev_kv
        assert before is not None
        assert before.value == b"\x00\xff"
        found = api.range(key=b"clients/", range_end=b"clients0").kvs
        assert found is not None
        assert [(kv.key, kv.value) for kv in found] == [(b"clients/1", "Łódź".encode())]
        assert api.delete(key=b"clients/1").deleted == "1"
        with pytest.raises(etcd_client.NotFoundError, match="lease not found"):
            api.revoke_lease(lease_id="12345")


def test_jupyter_by_header_and_by_url(jupyter: Server) -> None:
    with jupyter_client.JupyterServer(token=jupyter.credentials["token"], port=jupyter.port) as api:
        assert api.save_text("pictures/note 1.txt", content="Grüße").path == "pictures/note 1.txt"
        assert api.get_text("pictures/note 1.txt").content == "Grüße"
        assert api.rename("pictures/note 1.txt", new_path="pictures/2.txt").name == "2.txt"
        content = api.list_directory("pictures").content
        assert content is not None
        assert {item.name for item in content} == {"2.txt", "plan.txt"}
        assert api.read_file("pictures/2.txt") == "Grüße"
        api.delete("pictures/2.txt")
        with pytest.raises(jupyter_client.NotFoundError):
            api.get_text("pictures/2.txt")


def test_glewlwyd_asks_about_a_token_it_was_given(glewlwyd: Server) -> None:
    login = glewlwyd.credentials
    with glewlwyd_client.Glewlwyd(
        username=login["username"],
        password=login["password"],
        client_id=login["client_id"],
        client_secret=login["client_secret"],
        port=glewlwyd.port,
    ) as api:
        assert api.profile().name == "Ada Lovelace"
        assert api.introspect(token="made-up").active is False


def test_oidc_signs_a_person_in_and_a_machine(oidc: Server) -> None:
    redirect = "http://127.0.0.1:8765/callback"
    client_id, client_secret = oidc.credentials["client_id"], oidc.credentials["client_secret"]
    tokens = MemoryTokenStore()
    sign_in = oauth.SignIn(
        client_id=client_id, client_secret=client_secret, port=oidc.port, token_store=tokens
    )
    request = sign_in.authorization_url(redirect_uri=redirect)
    back = browse(request.url, redirect)
    assert back["state"] == request.state
    token = sign_in.exchange(
        back["code"], redirect_uri=redirect, code_verifier=request.code_verifier, subject="user-1"
    )
    assert sign_in.fetch_profile(token).email == "ada@library.example"
    with oidc_client.LibraryLogin(
        client_id=client_id,
        client_secret=client_secret,
        token_store=tokens,
        subject="user-1",
        port=oidc.port,
    ) as api:
        assert api.me().name == "Ada Lovelace"
        assert [book.title for book in api.list_books().items] == ["Frankenstein", "Solaris"]


def test_powerdns_changes_a_zone(pdns: Server) -> None:
    with powerdns_client.PowerDNS(api_key=pdns.credentials["api_key"], port=pdns.port) as api:
        zone = api.create_zone(name="clients.example.", nameservers=["ns1.clients.example."])
        record: RecordSet = {
            "name": "www.clients.example.",
            "type": "A",
            "ttl": 60,
            "changetype": "REPLACE",
            "records": [{"content": "192.0.2.7"}],
        }
        try:
            api.change_records(zone.id, rrsets=[record])
            assert api.search(q="www.clients*")[0].content == "192.0.2.7"
            with pytest.raises(powerdns_client.UnprocessableEntityError, match="nonsense"):
                api.change_records(
                    zone.id, rrsets=[{**record, "records": [{"content": "nonsense"}]}]
                )
        finally:
            api.delete_zone(zone.id)
