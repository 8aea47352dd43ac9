"""Each fixture is a real server: it answers with the credentials and refuses without them."""

from __future__ import annotations

import httpx
import pytest

from tests.servers.process import Server

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("servers")]


def test_httpbin_asks_for_basic_credentials_and_a_bearer_token(httpbin: Server) -> None:
    username, password = httpbin.credentials["username"], httpbin.credentials["password"]
    url = f"{httpbin.base_url}/basic-auth/{username}/{password}"
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, auth=(username, "wrong")).status_code == 401
    assert httpx.get(url, auth=(username, password)).json()["authenticated"] is True
    bearer = f"{httpbin.base_url}/bearer"
    assert httpx.get(bearer).status_code == 401
    assert httpx.get(bearer, headers={"Authorization": "Bearer x"}).json()["token"] == "x"


def test_datasette_pages_through_a_table(datasette: Server) -> None:
    url = f"{datasette.base_url}/library/loans.json"
    first = httpx.get(url, params={"_shape": "objects"}).json()
    second = httpx.get(url, params={"_shape": "objects", "_next": first["next"]}).json()
    assert len(first["rows"]) == len(second["rows"]) == 100
    assert second["rows"][0]["id"] == 101
    assert httpx.get(f"{datasette.base_url}/library/nothing.json").status_code == 404


def test_kinto_keeps_records_for_its_account_only(kinto: Server) -> None:
    url = f"{kinto.base_url}/v1/buckets/fixture_check"
    auth = (kinto.credentials["username"], kinto.credentials["password"])
    assert httpx.put(url).status_code == 401
    assert httpx.put(url, auth=(auth[0], "wrong")).status_code == 401
    assert httpx.put(url, auth=auth).status_code in (200, 201)
    assert httpx.delete(url, auth=auth).json()["data"]["deleted"] is True


def test_syncthing_wants_its_key_in_a_header(syncthing: Server) -> None:
    url = f"{syncthing.base_url}/rest/config/folders"
    assert httpx.get(url).status_code == 403
    assert httpx.get(url, headers={"X-API-Key": "wrong"}).status_code == 403
    folders = httpx.get(url, headers={"X-API-Key": syncthing.credentials["api_key"]}).json()
    assert [folder["label"] for folder in folders] == ["Photos"]
