"""Static credentials at real servers: keys, basic, digest, bearer, shared secrets, certificates."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    load_pem_private_key,
    pkcs12,
)

from callwright.runtime.definition import (
    AllOf,
    ApiKey,
    Assertion,
    Basic,
    Bearer,
    Body,
    Call,
    ClientCertificate,
    Const,
    Digest,
    Jwt,
    Response,
    Send,
)
from callwright.runtime.errors import (
    ArgumentError,
    AuthenticationError,
    AuthError,
    PermissionDeniedError,
    TransportError,
)
from generated.prometheus import AsyncPrometheus, Prometheus
from tests.auth.real import (
    STRANGERS_KEY,
    Method,
    assert_silent,
    check_async,
    check_sync,
    check_wrong,
    get,
)
from tests.servers.etcd import AUTH_REVISION
from tests.servers.process import Server

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("auth")]

WRONG = "wrong-secret-0815"
QUERY = (Const("q", "select value from temperature"), Const("db", "weather"))


def all_three(method: Method, caplog: pytest.LogCaptureFixture) -> Any:
    """Happy on a thread and on a loop, and refused with a wrong credential."""
    answer = check_sync(method)
    assert check_async(method) == answer
    check_wrong(method, caplog)
    return answer


def user(server: Server, **more: str) -> dict[str, str]:
    return {n: server.credentials[n] for n in ("username", "password")} | more


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_digest(httpbin: Server, algorithm: str, caplog: pytest.LogCaptureFixture) -> None:
    given = user(httpbin)
    path = f"/digest-auth/auth/{given['username']}/{given['password']}/{algorithm}"
    method = Method(
        Digest(), httpbin.base_url, get(path), given, {"password": WRONG}, AuthenticationError
    )
    answer = check_sync(method)
    assert answer["authenticated"] is True
    assert check_async(method) == answer
    caplog.set_level("DEBUG")
    with (
        method.client(credentials={"password": WRONG}) as client,
        pytest.raises(AuthenticationError) as raised,
    ):
        method.run(client)
    # the right password is part of httpbin's path
    assert_silent(raised.value, [WRONG], caplog.text)


def test_basic(kinto: Server, caplog: pytest.LogCaptureFixture) -> None:
    given = user(kinto)
    method = Method(
        Basic(), kinto.base_url, get("/v1/buckets"), given, {"password": WRONG}, AuthenticationError
    )
    all_three(method, caplog)


def test_key_in_a_header(syncthing: Server, pdns: Server, caplog: pytest.LogCaptureFixture) -> None:
    scheme = ApiKey(Send("header", "X-API-Key"))
    for server, path, refused in (
        (syncthing, "/rest/config/folders", PermissionDeniedError),
        (pdns, "/api/v1/servers/localhost/zones", AuthenticationError),
    ):
        method = Method(
            scheme, server.base_url, get(path), server.credentials, {"api_key": WRONG}, refused
        )
        assert len(all_three(method, caplog)) == 1


def test_key_with_a_prefix_and_in_the_url(
    jupyter: Server, caplog: pytest.LogCaptureFixture
) -> None:
    for send in (Send("header", "Authorization", "token "), Send("query", "token")):
        method = Method(
            ApiKey(send, "${token}"),
            jupyter.base_url,
            get("/api/contents"),
            jupyter.credentials,
            {"token": WRONG},
            PermissionDeniedError,
        )
        assert all_three(method, caplog)["type"] == "directory"


def test_bearer(httpbin: Server) -> None:
    given = {"token": "bearer-secret-1"}
    method = Method(Bearer(), httpbin.base_url, get("/bearer"), given, {}, AuthenticationError)
    assert check_sync(method)["token"] == check_async(method)["token"] == "bearer-secret-1"


def test_two_keys_in_the_url(influxdb: Server, caplog: pytest.LogCaptureFixture) -> None:
    scheme = AllOf(
        (
            ApiKey(Send("query", "u"), "${username}"),
            ApiKey(Send("query", "p"), "${password}"),
        )
    )
    method = Method(
        scheme,
        influxdb.base_url,
        get("/query", query=QUERY),
        user(influxdb),
        {"password": WRONG},
        AuthenticationError,
    )
    assert all_three(method, caplog)["results"][0]["series"]


def test_a_token_signed_with_a_shared_secret(
    influxdb: Server, caplog: pytest.LogCaptureFixture
) -> None:
    assertion = Assertion("HS256", "${shared_secret}", claims={"username": "${username}"})
    given = {n: influxdb.credentials[n] for n in ("username", "shared_secret")}
    method = Method(
        Jwt("direct", assertion),
        influxdb.base_url,
        get("/query", query=QUERY),
        given,
        {"shared_secret": WRONG * 2},
        AuthenticationError,
    )
    assert all_three(method, caplog)["results"][0]["series"]


def test_a_token_signed_with_a_private_key(
    etcd_jwt: Server, etcd: Server, caplog: pytest.LogCaptureFixture
) -> None:
    assertion = Assertion("RS256", claims={"username": "${username}", "revision": AUTH_REVISION})
    probe = Call(
        "probe",
        "POST",
        "/v3/kv/range",
        True,
        body=Body(fields=(Const("key", "Zm9v"),)),
        response=Response(untyped=True),
    )
    key = etcd_jwt.files["private_key"].read_text()
    method = Method(
        Jwt("direct", assertion, send=Send("header", "Authorization")),
        etcd_jwt.base_url,
        probe,
        {"username": "root", "private_key": key},
        {"username": "nobody"},
        AuthenticationError,
    )
    assert check_sync(method)["header"] == check_async(method)["header"]
    with (
        method.client(credentials={"private_key": STRANGERS_KEY}) as client,
        pytest.raises(AuthenticationError),
    ):
        method.run(client)
    with pytest.raises(AuthError, match="private_key is not a private key"):
        method.client(credentials={"private_key": "-----BEGIN PRIVATE KEY-----\nAA=="})


def test_a_client_certificate(prometheus: Server, caplog: pytest.LogCaptureFixture) -> None:
    files = {n: str(prometheus.files[n]) for n in ("certificate", "private_key", "ca")}
    stranger = {
        "certificate": str(prometheus.files["stranger_certificate"]),
        "private_key": str(prometheus.files["stranger_private_key"]),
    }
    method = Method(
        ClientCertificate(),
        prometheus.base_url,
        get("/api/v1/labels"),
        files,
        stranger,
        TransportError,
        optional=("private_key", "passphrase", "ca"),
    )
    assert all_three(method, caplog)["status"] == "success"
    texts = {n: prometheus.files[n].read_text() for n in files}
    with method.client(credentials=texts) as client:
        assert method.run(client)["status"] == "success"
    with httpx.Client() as own, pytest.raises(ArgumentError, match="http_client"):
        method.client(http_client=own)
    with pytest.raises(AuthError, match="private_key does not belong to the certificate"):
        method.client(credentials={"private_key": stranger["private_key"]})


def test_a_client_certificate_with_basic(
    prometheus_basic: Server, caplog: pytest.LogCaptureFixture
) -> None:
    files = {n: str(prometheus_basic.files[n]) for n in ("certificate", "private_key", "ca")}
    method = Method(
        AllOf((ClientCertificate(), Basic())),
        prometheus_basic.base_url,
        get("/api/v1/labels"),
        {**files, **user(prometheus_basic)},
        {"password": WRONG},
        AuthenticationError,
        optional=("passphrase",),
    )
    assert all_three(method, caplog)["status"] == "success"


def test_a_bundle_with_a_login_needs_no_other_credential(
    prometheus_basic: Server, tmp_path: Path
) -> None:
    files = prometheus_basic.files
    key: Any = load_pem_private_key(files["private_key"].read_bytes(), None)
    own, *more = x509.load_pem_x509_certificates(files["certificate"].read_bytes())
    bundle = tmp_path / "me.p12"
    encryption = BestAvailableEncryption(b"open sesame")
    bundle.write_bytes(
        pkcs12.serialize_key_and_certificates(b"me", key, own, more or None, encryption)
    )
    given: dict[str, Any] = {
        "certificate": str(bundle),
        "passphrase": "open sesame",
        "ca": str(files["ca"]),
        "port": prometheus_basic.port,
        **user(prometheus_basic),
    }

    async def main() -> list[str]:
        async with AsyncPrometheus(**given) as api:
            return await api.labels()

    with Prometheus(**given) as api:
        assert api.labels() == asyncio.run(main())
