"""Keys and certificates as people keep them: in variables, secret stores and files of all systems."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from callwright.runtime.auth.pem import read_material
from callwright.runtime.auth.tls import read_identity
from callwright.runtime.errors import AuthError
from tests.auth.test_tls import CHAIN, KEY

PKCS8 = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
BAG = (
    "Bag Attributes\n    friendlyName: me\n    localKeyID: 01 02\nKey Attributes: <No Attributes>\n"
)

FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "without its last line break": str.strip,
    "blanks around it": lambda pem: f"\n  {pem} \n",
    "indented": lambda pem: "\n".join(f"    {line}" for line in pem.splitlines()),
    "CRLF": lambda pem: pem.replace("\n", "\r\n"),
    "CR": lambda pem: pem.replace("\n", "\r"),
    "line breaks written out": lambda pem: pem.replace("\n", "\\n"),
    "CRLF written out": lambda pem: pem.replace("\n", "\\r\\n"),
    "double quotes": lambda pem: f'"{pem}"',
    "single quotes and line breaks written out": lambda pem: "'" + pem.replace("\n", "\\n") + "'",
    "a single line": lambda pem: " ".join(pem.split("\n")),
    "a byte order mark": lambda pem: "\ufeff" + pem,
    "text before it": lambda pem: BAG + pem,
    "base64": lambda pem: base64.b64encode(pem.encode()).decode(),
    "base64 in lines": lambda pem: base64.encodebytes(pem.encode()).decode(),
    "base64 in quotes": lambda pem: f'"{base64.b64encode(pem.encode()).decode()}"',
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@forms
def test_a_key_is_understood_however_it_is_kept(form: Callable[[str], str]) -> None:
    assert read_material(form(PKCS8), "private_key").decode() == PKCS8


@forms
def test_certificates_and_their_key_are_understood_however_they_are_kept(
    form: Callable[[str], str],
) -> None:
    identity = read_identity(form(CHAIN), form(KEY), None)
    assert identity.key.public_key() == read_identity(CHAIN, KEY, None).key.public_key()
    assert len(identity.chain) == len(read_identity(CHAIN, KEY, None).chain)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_file_is_understood_as_editors_and_shells_write_it(
    tmp_path: Path, codec: str, quote: str
) -> None:
    path = tmp_path / "my key.pem"
    path.write_bytes((BAG + PKCS8).replace("\n", "\r\n").encode(codec))
    assert read_material(f"{quote}{path}{quote}\n", "private_key").decode() == PKCS8


def test_an_encrypted_key_of_the_traditional_form_keeps_its_headers() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"pw")
    ).decode()
    assert "DEK-Info:" in pem
    read = read_material(pem.replace("\n", "\\r\\n"), "private_key")
    assert load_pem_private_key(read, b"pw").private_numbers() == key.private_numbers()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "value", ["hush-hush", "MIIEowIBAAKCAQEA-hush", "aHVzaC1odXNo", "a\0b-hush", "~nobody-hush/x"]
)
def test_what_is_neither_names_the_credential_and_what_is_expected(value: str) -> None:
    with pytest.raises(AuthError, match="signing_key is neither PEM text") as caught:
        read_material(value, "signing_key")
    error = caught.value
    assert "path of a readable file" in str(error)
    assert "hush" not in repr((error.args, error.__context__, error.__cause__))
