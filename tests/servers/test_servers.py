"""Each fixture is a real server: it answers with the credentials and refuses without them."""

from __future__ import annotations

import base64
import hashlib
import ssl
import time
import uuid
from urllib.parse import urlencode

import httpx
import jwt
import pytest

from tests.servers.browser import browse
from tests.servers.etcd import AUTH_REVISION
from tests.servers.fixtures import StartServer
from tests.servers.jwt_exchange import ALGORITHMS
from tests.servers.process import Server


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


def test_influxdb_takes_names_in_the_url_basic_and_signed_tokens(influxdb: Server) -> None:
    url = f"{influxdb.base_url}/query"
    query = {"q": "select value from temperature", "db": "weather"}
    name, password = influxdb.credentials["username"], influxdb.credentials["password"]
    secret = influxdb.credentials["shared_secret"]
    assert httpx.get(url, params=query).status_code == 401
    assert httpx.get(url, params={**query, "u": name, "p": "wrong"}).status_code == 401
    in_url = httpx.get(url, params={**query, "u": name, "p": password}).json()
    assert in_url["results"][0]["series"][0]["values"][0] == ["2023-11-14T22:13:20Z", 21.5]
    assert httpx.get(url, params=query, auth=(name, password)).status_code == 200
    signed = jwt.encode({"username": name, "exp": time.time() + 60}, secret, "HS256")
    forged = jwt.encode({"username": name, "exp": time.time() + 60}, "another" * 6, "HS256")
    assert httpx.get(url, params=query, headers=_bearer(signed)).status_code == 200
    assert httpx.get(url, params=query, headers=_bearer(forged)).status_code == 401


def test_pdns_wants_its_key_in_a_header(pdns: Server) -> None:
    url = f"{pdns.base_url}/api/v1/servers/localhost/zones"
    assert httpx.get(url).status_code == 401
    zones = httpx.get(url, headers={"X-API-Key": pdns.credentials["api_key"]}).json()
    assert [zone["name"] for zone in zones] == ["library.example."]


def test_glewlwyd_gives_tokens_for_passwords_clients_and_refresh_tokens(glewlwyd: Server) -> None:
    url = f"{glewlwyd.base_url}/api/glwd"
    given = glewlwyd.credentials
    client = (given["client_id"], given["client_secret"])
    person = {name: given[name] for name in ("username", "password")}
    login = {"grant_type": "password", "scope": "books g_profile", **person}
    assert httpx.get(f"{url}/profile").status_code == 401
    wrong = {**login, "password": "wrong"}
    assert httpx.post(f"{url}/token", data=wrong, auth=client).status_code == 403
    tokens = httpx.post(f"{url}/token", data=login, auth=client).json()
    profile = httpx.get(f"{url}/profile", headers=_bearer(tokens["access_token"]))
    assert profile.json()["name"] == "Ada Lovelace"
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert "access_token" in httpx.post(f"{url}/token", data=again, auth=client).json()
    machine = {"grant_type": "client_credentials", "scope": "books"}
    assert "access_token" in httpx.post(f"{url}/token", data=machine, auth=client).json()


def test_oidc_gives_client_tokens_and_takes_them(oidc: Server) -> None:
    books = f"{oidc.base_url}/api/books"
    form = {"grant_type": "client_credentials", "scope": "books:read", **oidc.credentials}
    assert httpx.get(books).status_code == 401
    assert httpx.get(books, headers=_bearer("made-up")).status_code == 401
    wrong = {**form, "client_secret": "wrong"}
    assert httpx.post(f"{oidc.base_url}/token", data=wrong).json()["error"] == "invalid_client"
    token = httpx.post(f"{oidc.base_url}/token", data=form).json()["access_token"]
    answer = httpx.get(books, headers=_bearer(token)).json()
    assert (answer["client"], answer["scope"]) == ("library-post", "books:read")
    revoke = {"token": token, **oidc.credentials}
    assert httpx.post(f"{oidc.base_url}/token/revocation", data=revoke).status_code == 200
    assert httpx.get(books, headers=_bearer(token)).status_code == 401


def test_oidc_logs_a_person_in_by_its_pages(oidc: Server) -> None:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    redirect = "http://127.0.0.1:8765/callback"
    query = {
        "client_id": "library-public",
        "response_type": "code",
        "redirect_uri": redirect,
        "scope": "openid profile email",
        "state": "s-1",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    back = browse(f"{oidc.base_url}/auth?{urlencode(query)}", redirect)
    assert back["state"] == "s-1"
    form = {
        "grant_type": "authorization_code",
        "client_id": "library-public",
        "code": back["code"],
        "redirect_uri": redirect,
        "code_verifier": verifier,
    }
    tokens = httpx.post(f"{oidc.base_url}/token", data=form).json()
    me = httpx.get(f"{oidc.base_url}/me", headers=_bearer(tokens["access_token"])).json()
    assert me["email"] == "ada@library.example"
    again = {"grant_type": "refresh_token", "client_id": "library-public"}
    first = httpx.post(
        f"{oidc.base_url}/token", data={**again, "refresh_token": tokens["refresh_token"]}
    ).json()
    assert first["refresh_token"] != tokens["refresh_token"]


def test_oidc_takes_a_signed_assertion_for_a_secret(oidc: Server) -> None:
    claims = {
        "iss": "library-signer",
        "sub": "library-signer",
        "aud": oidc.base_url,
        "jti": uuid.uuid4().hex,
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    form = {
        "grant_type": "client_credentials",
        "client_id": "library-signer",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, oidc.files["private_key"].read_text(), "RS256"),
    }
    assert "access_token" in httpx.post(f"{oidc.base_url}/token", data=form).json()
    forged = {**form, "client_assertion": form["client_assertion"][:-8] + "AAAAAAAA"}
    refused = httpx.post(f"{oidc.base_url}/token", data=forged)
    assert refused.json()["error"] == "invalid_client"


def test_synapse_gives_tokens_in_milliseconds_and_renews_them(synapse: Server) -> None:
    url = f"{synapse.base_url}/_matrix/client/v3"
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": synapse.credentials["username"]},
        "password": synapse.credentials["password"],
        "refresh_token": True,
    }
    assert httpx.get(f"{url}/account/whoami").status_code == 401
    assert httpx.post(f"{url}/login", json={**login, "password": "wrong"}).status_code == 403
    tokens = httpx.post(f"{url}/login", json=login).json()
    assert 0 < tokens["expires_in_ms"] <= 300_000
    whoami = httpx.get(f"{url}/account/whoami", headers=_bearer(tokens["access_token"])).json()
    assert whoami["user_id"] == "@ada:library.example"
    renewed = httpx.post(f"{url}/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    assert renewed["access_token"] != tokens["access_token"]


def test_etcd_gives_simple_tokens(etcd: Server) -> None:
    url = f"{etcd.base_url}/v3"
    read = {"key": "Zm9v"}
    assert httpx.post(f"{url}/kv/range", json=read).status_code == 400
    login = {"name": etcd.credentials["username"], "password": etcd.credentials["password"]}
    wrong = httpx.post(f"{url}/auth/authenticate", json={**login, "password": "wrong"})
    assert wrong.status_code == 400
    token = httpx.post(f"{url}/auth/authenticate", json=login).json()["token"]
    answer = httpx.post(f"{url}/kv/range", json=read, headers={"Authorization": token})
    # other tests of this server may have written meanwhile
    assert int(answer.json()["header"]["revision"]) >= 1
    made_up = httpx.post(f"{url}/kv/range", json=read, headers={"Authorization": "made.up"})
    assert made_up.status_code == 401


def test_etcd_takes_signed_tokens(etcd_jwt: Server) -> None:
    url = f"{etcd_jwt.base_url}/v3/kv/range"
    claims = {"username": "root", "revision": AUTH_REVISION, "exp": int(time.time()) + 60}
    token = jwt.encode(claims, etcd_jwt.files["private_key"].read_text(), "RS256")
    good = httpx.post(url, json={"key": "Zm9v"}, headers={"Authorization": token})
    assert good.json()["header"]["revision"] == "1"
    forged = token[:-8] + "AAAAAAAA"
    assert httpx.post(url, json={"key": "Zm9v"}, headers={"Authorization": forged}).is_error


def test_prometheus_wants_a_client_certificate(prometheus: Server) -> None:
    url = f"{prometheus.base_url}/api/v1/query?query=library:shelves"
    with pytest.raises(httpx.TransportError):
        httpx.get(url, verify=_context(prometheus))
    with pytest.raises(httpx.TransportError):
        httpx.get(url, verify=_context(prometheus, "stranger_"))
    result = httpx.get(url, verify=_context(prometheus, "")).json()["data"]["result"]
    assert sorted(row["value"][1] for row in result) == ["17.5", "42"]


def test_prometheus_wants_basic_on_top(prometheus_basic: Server) -> None:
    url = f"{prometheus_basic.base_url}/api/v1/labels"
    context = _context(prometheus_basic, "")
    auth = (prometheus_basic.credentials["username"], prometheus_basic.credentials["password"])
    assert httpx.get(url, verify=context).status_code == 401
    assert httpx.get(url, verify=context, auth=(auth[0], "wrong")).status_code == 401
    assert httpx.get(url, verify=context, auth=auth).status_code == 200


def test_jupyter_takes_its_token_in_a_header_and_in_the_url(jupyter: Server) -> None:
    url = f"{jupyter.base_url}/api/contents"
    token = jupyter.credentials["token"]
    assert httpx.get(url).status_code == 403
    assert httpx.get(url, headers={"Authorization": "token wrong"}).status_code == 403
    listing = httpx.get(url, headers={"Authorization": f"token {token}"}).json()
    assert {item["name"] for item in listing["content"]} >= {"readme.txt", "shelves.ipynb"}
    assert httpx.get(url, params={"token": token}).status_code == 200


@pytest.mark.xdist_group("oidc")
def test_a_test_gets_a_server_of_its_own(start_server: StartServer) -> None:
    server = start_server("oidc", token_seconds=5)
    form = {"grant_type": "client_credentials", **server.credentials}
    answer = httpx.post(f"{server.base_url}/token", data=form).json()
    books = f"{server.base_url}/api/books"
    assert answer["expires_in"] == 5
    assert httpx.get(books, headers=_bearer(answer["access_token"])).status_code == 200
    time.sleep(5.2)
    assert httpx.get(books, headers=_bearer(answer["access_token"])).status_code == 401
    assert httpx.get(f"{server.base_url}/stats").json()["by_grant"] == {"client_credentials": 1}


@pytest.mark.parametrize(
    ("key", "algorithm"), [(key, name) for key, names in ALGORITHMS.items() for name in names]
)
def test_jwt_exchange_verifies_assertions(jwt_exchange: Server, key: str, algorithm: str) -> None:
    now = int(time.time())
    claims: dict[str, object] = {
        "iss": jwt_exchange.variables["issuer"],
        "aud": f"{jwt_exchange.base_url}/token",
        "iat": now,
        "exp": now + 300,
        "scope": "books",
    }
    secret = jwt_exchange.files[key].read_text()

    def exchange(changes: dict[str, object], tail: str = "") -> httpx.Response:
        assertion = jwt.encode({**claims, **changes}, secret, algorithm)
        assertion = assertion[: len(assertion) - len(tail)] + tail
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        return httpx.post(f"{jwt_exchange.base_url}/token", data=form)

    token = exchange({}).json()["access_token"]
    books = f"{jwt_exchange.base_url}/api/books"
    assert httpx.get(books, headers=_bearer(token)).json()["scope"] == "books"
    assert httpx.get(books).status_code == 401
    faults: list[tuple[dict[str, object], str]] = [
        ({"iss": "someone@else.example"}, ""),
        ({"aud": "http://127.0.0.1/token"}, ""),
        ({"exp": now - 1}, ""),
        ({}, "AAAAAAAA"),
    ]
    for changes, tail in faults:
        assert exchange(changes, tail).json()["error"] == "invalid_grant"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _context(server: Server, owner: str | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(server.files["ca"]))
    if owner is not None:
        certificate = server.files[f"{owner}certificate"]
        context.load_cert_chain(certificate, server.files[f"{owner}private_key"])
    return context
