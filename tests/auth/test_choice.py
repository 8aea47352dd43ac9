"""Which of several schemes a generated client uses, on a thread and on a loop, and which credentials it then needs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from callwright.operations.lower import read_requests
from callwright.runtime.client import Client
from callwright.runtime.definition import Call, Connector, Response
from callwright.runtime.errors import MissingCredentialError as MissingCredential
from generated.influxdb import AsyncInfluxDB, InfluxDB, MissingCredentialError

LOGIN: dict[str, Any] = {"username": "ada", "password": "pw-secret"}
SIGNED: dict[str, Any] = {"username": "ada", "shared_secret": "shared-secret-of-thirty-two-bytes"}
VARIABLES = ("USERNAME", "PASSWORD", "SHARED_SECRET", "ENVIRONMENT")


def answer(request: httpx.Request) -> httpx.Response:
    kind = request.headers.get("authorization", "").partition(" ")[0]
    return httpx.Response(200, json={"kind": kind, "keys": sorted(request.url.params)})


def sync(call: str = "query", **given: Any) -> Any:
    with InfluxDB(transport=httpx.MockTransport(answer), **given) as client:
        if call == "list_databases":
            return json.loads(client.raw(client.list_databases).content)
        return json.loads(client.raw(client.query, q="SHOW STATS").content)


def on_a_loop(call: str = "query", **given: Any) -> Any:
    async def main() -> Any:
        async with AsyncInfluxDB(transport=httpx.MockTransport(answer), **given) as client:
            if call == "list_databases":
                return json.loads((await client.raw(client.list_databases)).content)
            return json.loads((await client.raw(client.query, q="SHOW STATS")).content)

    return asyncio.run(main())


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(f"INFLUXDB_{name}", raising=False)


Shown = Callable[..., Any]
both = pytest.mark.parametrize("shown", [sync, on_a_loop])


@both
def test_the_credentials_passed_decide(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(**LOGIN)["kind"] == "Basic"
    assert shown(**SIGNED)["kind"] == "Bearer"
    monkeypatch.setenv("INFLUXDB_USERNAME", "bob")
    monkeypatch.setenv("INFLUXDB_PASSWORD", "other-secret")
    assert shown(**SIGNED)["kind"] == "Bearer"  # the environment has no say then


@both
def test_a_tie_is_a_type_error(shown: Shown) -> None:
    with pytest.raises(TypeError, match=r"match several schemes \(login, token\)") as raised:
        shown(**LOGIN | SIGNED)
    assert "secret" not in str(raised.value)


@both
def test_without_any_the_first_whose_variables_are_set(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUXDB_USERNAME", "ada")
    with pytest.raises(MissingCredentialError, match="INFLUXDB_PASSWORD"):
        shown()
    monkeypatch.setenv("INFLUXDB_SHARED_SECRET", SIGNED["shared_secret"])
    assert shown()["kind"] == "Bearer"
    monkeypatch.setenv("INFLUXDB_PASSWORD", "pw-secret")
    assert shown()["kind"] == "Basic"


@both
def test_a_scheme_that_only_calls_name_takes_no_part(shown: Shown) -> None:
    # it has the credentials of login, and is no tie
    assert shown(**LOGIN) == {"kind": "Basic", "keys": ["db", "q"]}
    assert shown("list_databases", **LOGIN) == {"kind": "", "keys": ["p", "q", "u"]}
    with pytest.raises(MissingCredentialError, match="INFLUXDB_PASSWORD"):
        shown("list_databases", **SIGNED)


def test_a_copy_may_use_another_scheme() -> None:
    with InfluxDB(transport=httpx.MockTransport(answer), **LOGIN) as client:
        copy = client.with_options(**SIGNED)
        kinds = [json.loads(c.raw(c.query, q="SHOW STATS").content)["kind"] for c in (copy, client)]
        assert kinds == ["Bearer", "Basic"]


KEY_AND_TOKEN = """
auth:
  type: all
  of:
    - {type: api_key, send: {header: X-Key}}
    - {type: oauth2, flow: client_credentials, token_url: 'https://acme.example/token'}
"""
KEY_AND_OWN = """
auth:
  type: all
  of:
    - {type: api_key, send: {header: X-Key}}
    - {type: custom, name: mycorp, credentials: [key_id, secret]}
"""
KEY_OR_OWN = """
auth:
  key: {type: api_key, send: {header: X-Key}}
  own: {type: custom, name: mycorp, credentials: [key_id, secret]}
"""


def connector(folder: Path, auth: str) -> Connector:
    head = "callwright: 1\nname: acme\nbase_url: https://acme.example\n"
    (folder / "connector.yaml").write_text(f"{head}{auth}calls: {{read: {{path: /data}}}}\n")
    return read_requests(folder, folder)[0].connector


def headers(made: Connector, **given: Any) -> tuple[str | None, str | None]:
    """The key and the authorization that one call is sent with."""
    found: list[httpx.Request] = []

    def keep(request: httpx.Request) -> httpx.Response:
        found.append(request)
        return httpx.Response(200, json={})

    call = Call("read", "GET", "/data", True, response=Response(untyped=True))
    with Client(made, transport=httpx.MockTransport(keep), **given) as client:
        client._exchange(call, {})
    (request,) = found
    return request.headers.get("x-key"), request.headers.get("authorization")


def test_a_ready_token_replaces_the_credentials_of_its_part_only(tmp_path: Path) -> None:
    made = connector(tmp_path, KEY_AND_TOKEN)
    assert headers(made, credentials={"api_key": "k"}, access_token="ready") == (
        "k",
        "Bearer ready",
    )
    with pytest.raises(MissingCredential) as raised:
        Client(made, access_token="ready")
    assert raised.value.missing == (("api_key", "ACME_API_KEY"),)
    with pytest.raises(MissingCredential) as raised:
        Client(made)
    assert [name for name, _ in raised.value.missing] == ["api_key", "client_id", "client_secret"]


def test_the_applications_own_auth_replaces_the_credentials_of_its_factory(tmp_path: Path) -> None:
    own = httpx.BasicAuth("u", "p")
    made = connector(tmp_path, KEY_AND_OWN)
    assert headers(made, credentials={"api_key": "k"}, auth=own) == ("k", "Basic dTpw")
    with pytest.raises(MissingCredential) as raised:
        Client(made)
    assert [name for name, _ in raised.value.missing] == ["auth", "api_key"]


def test_the_applications_own_auth_chooses_its_scheme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_API_KEY", "k")
    made = connector(tmp_path, KEY_OR_OWN)
    assert headers(made) == ("k", None)
    assert headers(made, auth=httpx.BasicAuth("u", "p")) == (None, "Basic dTpw")
