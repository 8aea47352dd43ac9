"""Signed tokens: algorithms and key formats, direct and exchanged, and what a bad key says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from callwright.runtime.auth.signing import Signer
from callwright.runtime.definition import Assertion, Jwt, Send, TokenAnswer
from callwright.runtime.errors import AuthError
from tests.auth.harness import Caller
from tests.auth.provider import Provider, Reply, serving

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()
SECRET = "a-shared-secret-of-some-length-123"


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def direct(url: str, algorithm: str, key: Any, **changes: Any) -> Caller:
    assertion = Assertion(algorithm, **changes)
    return Caller(Jwt("direct", assertion), url, private_key=key)


def sent(provider: Provider) -> str:
    return provider.data_requests[-1].headers["authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", RSA),
        ("RS384", RSA),
        ("RS512", RSA),
        ("PS256", RSA),
        ("ES256", P256),
        ("ES384", P384),
        ("EdDSA", ED),
    ],
)
def test_every_algorithm_verifies(provider: Provider, algorithm: str, key: Any) -> None:
    forms = [PrivateFormat.PKCS8]
    if algorithm != "EdDSA":
        forms.append(PrivateFormat.TraditionalOpenSSL)  # PKCS#1, SEC 1
    for form in forms:
        direct(provider.url, algorithm, pem(key, form), claims={"iss": "me"}).call()
        assert jwt.decode(sent(provider), key.public_key(), [algorithm])["iss"] == "me"


def test_a_shared_secret_of_any_length(provider: Provider) -> None:
    for secret in (SECRET, "short"):
        direct(provider.url, "HS256", secret).call()
        header, payload, _ = sent(provider).split(".")
        algorithm = jwt.get_algorithm_by_name("HS256")
        expected = algorithm.sign(f"{header}.{payload}".encode(), secret.encode())
        assert jwt.utils.base64url_encode(expected).decode() == sent(provider).split(".")[2]


def test_claims_and_headers_come_from_the_spec(provider: Provider) -> None:
    assertion = Assertion(
        "ES256",
        headers={"kid": "${key_id}", "typ": None},
        claims={
            "iss": "${issuer}",
            "aud": "appstoreconnect-v1",
            "iat": None,
            "scope": ["a", "${issuer}"],
            "nested": {"n": 1.5, "flag": True},
            "region": "${region}",
        },
        lifetime=900,
    )
    c = Caller(
        Jwt("direct", assertion),
        provider.url,
        private_key=pem(P256),
        key_id="k1",
        issuer="me",
        optional=("region",),
    )
    c.call()
    token = sent(provider)
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "kid": "k1"}
    claims = jwt.decode(token, P256.public_key(), ["ES256"], audience="appstoreconnect-v1")
    assert claims.pop("exp") == pytest.approx(time.time() + 900, abs=5)
    assert claims == {
        "iss": "me",
        "aud": "appstoreconnect-v1",
        "scope": ["a", "me"],
        "nested": {"n": 1.5, "flag": True},
    }


def test_a_direct_token_is_signed_once_until_it_nears_its_end(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    read = Signer._read_key

    def counted(self: Signer, context: Any, value: str) -> Any:
        reads.append("key")
        return read(self, context, value)

    monkeypatch.setattr(Signer, "_read_key", counted)
    c = direct(provider.url, "RS256", pem(RSA), lifetime=2)
    provider.token_of = lambda r: "any"
    provider.valid.add("any")
    for _ in range(3):
        c.call()
    first = {r.headers["authorization"] for r in provider.data_requests}
    assert len(first) == 1
    time.sleep(2.1)
    c.call()
    assert len({r.headers["authorization"] for r in provider.data_requests}) == 2
    assert reads == ["key"]


def test_a_refused_direct_token_is_not_sent_again_unchanged(provider: Provider) -> None:
    c = direct(provider.url, "EdDSA", pem(ED))
    c.call()
    tokens = [r.headers["authorization"] for r in provider.data_requests]
    assert len(tokens) == len(set(tokens))


def test_an_assertion_buys_a_token(provider: Provider) -> None:
    definition = Jwt(
        "exchange",
        Assertion("RS256", claims={"iss": "${email}", "scope": "a b"}),
        token_url=f"{provider.url}/token",
        token_params={"requested": "x"},
        answer=TokenAnswer(),
        send=Send("header", "Authorization", "Bearer "),
    )
    c = Caller(definition, provider.url, private_key=pem(RSA), email="me@x.test")
    assert [c.call().status, c.call().status] == [200, 200]
    (request,) = provider.token_requests
    assert request.params["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert request.params["requested"] == "x"
    claims = jwt.decode(
        request.params["assertion"],
        RSA.public_key(),
        ["RS256"],
        audience=f"{provider.url}/token",
    )
    assert (claims["iss"], claims["scope"]) == ("me@x.test", "a b")
    provider.revoke_all()
    assert c.call().status == 200
    assert len(provider.token_requests) == 2
    one, two = (r.params["assertion"] for r in provider.token_requests)
    assert one != two  # each has an id of its own


def test_an_exchange_that_fails_does_not_show_the_assertion(provider: Provider) -> None:
    definition = Jwt("exchange", Assertion("HS256", "${secret}"), token_url=f"{provider.url}/token")
    c = Caller(definition, provider.url, secret=SECRET)

    def answer(request: Any) -> Reply:
        return Reply(400, {"error": "invalid_grant", "detail": request.params["assertion"]})

    provider.answer = answer  # type: ignore[method-assign]
    with pytest.raises(AuthError, match=r"400: invalid_grant: \*\*\*$"):
        c.call()


def test_a_key_may_be_a_file_or_hold_escaped_line_breaks(
    provider: Provider, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    file.write_text(pem(RSA))
    for key in (str(file), pem(RSA).replace("\n", "\\n"), f"  {pem(RSA)}  "):
        direct(provider.url, "RS256", key).call()
        jwt.decode(sent(provider), RSA.public_key(), ["RS256"])


ENCRYPTED = RSA.private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
).decode()
PUBLIC = {
    key: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for key in (RSA, P256)
}


@pytest.mark.parametrize(
    ("algorithm", "key", "problem"),
    [
        ("RS256", "MIIEowIBAAKCAQEA-no-header", "neither PEM text"),
        ("RS256", "/no/such/file.pem", "No such file"),
        (
            "RS256",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            "private key for",
        ),
        ("RS256", pem(P256), "not a private key for RS256"),
        ("ES256", pem(RSA), "not a private key for ES256"),
        ("ES256", pem(P384), "not a private key for ES256"),
        ("RS256", ENCRYPTED, "unencrypted"),
        ("RS256", PUBLIC[RSA], "is a public key"),
        ("ES256", PUBLIC[P256], "is a public key"),
    ],
)
def test_a_bad_key_is_told_when_the_client_is_built(algorithm: str, key: str, problem: str) -> None:
    c = direct("http://127.0.0.1:1", algorithm, key)
    with pytest.raises(AuthError, match=problem) as raised:
        c.scheme.check(c.context())
    error = raised.value
    assert "private_key" in str(error)
    for line in key.strip().splitlines():
        if len(line) > 12 and not line.startswith("-----"):
            assert line not in str(error)
    assert error.__cause__ is None
    assert key.strip().splitlines()[0] not in repr(error.__context__)


def test_a_key_that_a_callable_gives_is_not_asked_for_early() -> None:
    c = direct("http://127.0.0.1:1", "RS256", lambda: pytest.fail("asked"))
    c.scheme.check(c.context())
