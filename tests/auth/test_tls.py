"""Client certificates: every kind of material, and what is wrong with material that cannot work."""

from __future__ import annotations

import base64
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from callwright.runtime.definition import ClientCertificate
from callwright.runtime.errors import AuthError, MissingCredentialError
from callwright.runtime.flow import drive_sync
from tests.auth.harness import Caller

CA = trustme.CA()
MINE = CA.issue_cert("ann@acme.example")
OTHER = CA.issue_cert("bob@acme.example")
CHAIN = b"".join(c.bytes() for c in MINE.cert_chain_pems).decode()
KEY = MINE.private_key_pem.bytes().decode()
CA_PEM = CA.cert_pem.bytes().decode()
PRIVATE: Any = load_pem_private_key(KEY.encode(), None)
ENCRYPTED = PRIVATE.private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"open sesame")
).decode()


def bundle(passphrase: bytes | None = b"open sesame") -> bytes:
    certificate = x509.load_pem_x509_certificate(CHAIN.encode())
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"me", PRIVATE, certificate, None, encryption)


def context_of(**credentials: Any) -> ssl.SSLContext:
    given = {"ca": CA_PEM, **credentials}
    c = Caller(
        ClientCertificate(),
        "https://127.0.0.1:1",
        optional=("private_key", "passphrase", "ca"),
        **given,
    )
    flow = c.scheme.ssl_context(c.context())

    def fail(_: Any) -> Any:
        raise AssertionError("a flow for a certificate neither sends nor waits")

    context = drive_sync(flow, send=fail, sleep=fail)
    assert context is not None
    return context


@contextmanager
def demanding_server() -> Iterator[tuple[int, list[str]]]:
    """A TLS server that refuses those without a certificate of CA, and the names it saw."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    CA.issue_cert("127.0.0.1").configure_cert(tls)
    CA.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    seen: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            try:
                with tls.wrap_socket(raw, server_side=True) as connection:
                    seen.append(str(connection.getpeercert()))
                    connection.sendall(b"welcome")
            except OSError:
                raw.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], seen
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def greeting(port: int, context: ssl.SSLContext) -> bytes:
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as connection,
    ):
        return connection.recv(100)


def test_every_kind_of_material_reaches_the_server(tmp_path: Path) -> None:
    files = {"cert.pem": CHAIN, "key.pem": KEY, "all.pem": KEY + CHAIN, "ca.pem": CA_PEM}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "me.p12").write_bytes(bundle())
    kinds: list[dict[str, str]] = [
        {"certificate": CHAIN, "private_key": KEY},
        {"certificate": CHAIN.replace("\n", "\\n"), "private_key": KEY.replace("\n", "\\n")},
        {"certificate": str(tmp_path / "cert.pem"), "private_key": str(tmp_path / "key.pem")},
        {"certificate": str(tmp_path / "all.pem"), "ca": str(tmp_path / "ca.pem")},
        {"certificate": CHAIN, "private_key": ENCRYPTED, "passphrase": "open sesame"},
        {"certificate": CHAIN, "private_key": KEY, "passphrase": "not needed"},
        {"certificate": str(tmp_path / "me.p12"), "passphrase": "open sesame"},
        {"certificate": base64.b64encode(bundle()).decode(), "passphrase": "open sesame"},
        {"certificate": base64.encodebytes(bundle(None)).decode()},
    ]
    with demanding_server() as (port, seen):
        for material in kinds:
            assert greeting(port, context_of(**material)) == b"welcome"
        assert len(seen) == len(kinds)
        assert all("ann@acme.example" in name for name in seen)
        plain = ssl.create_default_context(cadata=CA_PEM)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            assert greeting(port, plain) == b"never"


def test_only_the_given_authority_is_trusted() -> None:
    stranger = trustme.CA().cert_pem.bytes().decode()
    with demanding_server() as (port, _), pytest.raises(ssl.SSLCertVerificationError):
        greeting(port, context_of(certificate=CHAIN, private_key=KEY, ca=stranger))


def test_without_an_authority_the_public_ones_are_trusted() -> None:
    context = context_of(certificate=CHAIN, private_key=KEY, ca=None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert len(context.get_ca_certs()) > 10


def issued(days_from: int, days_to: int) -> dict[str, str]:
    now = datetime.datetime.now(datetime.UTC)
    certificate = CA.issue_cert(
        "late@acme.example",
        not_before=now + datetime.timedelta(days=days_from),
        not_after=now + datetime.timedelta(days=days_to),
    )
    return {
        "certificate": certificate.cert_chain_pems[0].bytes().decode(),
        "private_key": certificate.private_key_pem.bytes().decode(),
    }


@pytest.mark.parametrize(
    ("material", "problem"),
    [
        ({"certificate": "no-such-file.pem"}, "certificate is neither PEM text .*No such file"),
        ({"certificate": CHAIN, "private_key": "no-such.key"}, "private_key is neither PEM text"),
        ({"certificate": CHAIN, "private_key": CHAIN}, "private_key cannot be read: it is not"),
        ({"certificate": KEY, "private_key": KEY}, "certificate holds no PEM certificate"),
        (
            {"certificate": CHAIN, "private_key": OTHER.private_key_pem.bytes().decode()},
            "private_key does not belong to the certificate",
        ),
        ({"certificate": CHAIN, "private_key": ENCRYPTED}, "its passphrase is needed"),
        (
            {"certificate": CHAIN, "private_key": ENCRYPTED, "passphrase": "wrong-pass"},
            "private_key cannot be read: the passphrase does not open it",
        ),
        (
            {"certificate": base64.b64encode(bundle()).decode(), "passphrase": "wrong-pass"},
            "certificate cannot be read: the passphrase does not open it",
        ),
        ({"certificate": base64.b64encode(bundle()).decode()}, "the passphrase does not open it"),
        ({"certificate": CHAIN, "private_key": KEY, "ca": KEY}, "ca holds no PEM certificate"),
        (issued(-9, -2), "the certificate expired on"),
        (issued(2, 9), "the certificate is not valid before"),
    ],
)
def test_material_that_cannot_work_is_told(material: dict[str, str], problem: str) -> None:
    with pytest.raises(AuthError, match=problem) as raised:
        context_of(**material)
    text = repr(raised.value)
    for value in material.values():
        for line in value.splitlines():
            if not line.startswith("-----"):
                assert line not in text


def test_a_certificate_without_its_key_names_the_credential() -> None:
    with pytest.raises(MissingCredentialError, match="private_key") as raised:
        context_of(certificate=CHAIN)
    assert raised.value.missing == (("private_key", "ACME_PRIVATE_KEY"),)


def test_garbage_is_neither_pem_nor_pkcs12(tmp_path: Path) -> None:
    (tmp_path / "x.p12").write_bytes(b"\x30\x82garbage" * 40)
    with pytest.raises(AuthError, match="certificate cannot be read"):
        context_of(certificate=str(tmp_path / "x.p12"))


def test_nothing_is_left_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    context_of(certificate=CHAIN, private_key=KEY)
    assert list(tmp_path.iterdir()) == []
