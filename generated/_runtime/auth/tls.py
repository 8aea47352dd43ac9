"""TLS client certificates: PEM or PKCS#12 material, checked when the client is built.

Needs ``cryptography``; only packages whose connector takes a client certificate have this module.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime
import os
import secrets
import ssl
import tempfile
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

from ..definition import ClientCertificate
from ..errors import AuthError
from ..flow import Flow
from ..sending.environment import default_tls
from ..template import names
from .pem import read_material, unquoted
from .scheme import AuthContext, AuthScheme

_PEM = b"-----BEGIN"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """A private key and its certificate chain, the own certificate first."""

    key: PrivateKeyTypes
    chain: tuple[x509.Certificate, ...]


class ClientCertificateScheme(AuthScheme):
    """The certificate is part of the connection: requests stay as they are."""

    def __init__(self, definition: ClientCertificate) -> None:
        self._definition = definition

    def ssl_context(self, context: AuthContext) -> Flow[ssl.SSLContext | None]:
        """A context that shows the certificate, and trusts ``ca`` alone where one is given. Raises AuthError."""
        d = self._definition
        certificate = yield from context.expand(d.certificate)
        if certificate is None:
            raise context.missing(*names(d.certificate))
        key = None if d.private_key is None else (yield from context.expand(d.private_key))
        passphrase = None if d.passphrase is None else (yield from context.expand(d.passphrase))
        authority = None if d.ca is None else (yield from context.expand(d.ca))
        try:
            if key is None and not holds_key(certificate):
                raise context.missing(*(names(d.private_key or "") or ("private_key",)))
            identity = read_identity(certificate, key, passphrase)
            check(identity, datetime.datetime.now(datetime.UTC))
            tls = trust(authority)
            present(tls, identity)
        except AuthError as error:
            raise AuthError(f"{context.connector.name}: {error}") from None
        return tls


def read_identity(certificate: str, private_key: str | None, passphrase: str | None) -> Identity:
    """The key and certificates of credentials: PEM texts or paths, or a PKCS#12 file (or its base64 text).

    A PEM text may hold both. Raises AuthError for what cannot be read; no part of it is in the message.
    """
    material = _certificate_bytes(certificate)
    password = passphrase.encode() if passphrase else None
    if _PEM not in material:
        return _from_pkcs12(material, password)
    key_material = material if private_key is None else read_material(private_key, "private_key")
    try:
        chain = x509.load_pem_x509_certificates(material)
    except ValueError:
        raise AuthError("certificate holds no PEM certificate that can be read") from None
    return Identity(_key(key_material, password), tuple(chain))


def holds_key(certificate: str) -> bool:
    """Whether a credential holds a private key beside the certificate. Raises AuthError when it cannot be read."""
    material = _certificate_bytes(certificate)
    return _PEM not in material or b"PRIVATE KEY-----" in material


def _certificate_bytes(value: str) -> bytes:
    with contextlib.suppress(ValueError, binascii.Error):
        # PKCS#12 is binary: as a variable it comes in base64 (and a path is no base64 of this form)
        data = base64.b64decode("".join(unquoted(value).split()), validate=True)
        if data[:1] == b"\x30" and len(data) > 100:
            return data
    return read_material(value, "certificate")


def _from_pkcs12(material: bytes, password: bytes | None) -> Identity:
    try:
        key, own, more = pkcs12.load_key_and_certificates(material, password)
    except ValueError as error:
        wrong = "password" in str(error).lower() or "mac" in str(error).lower()
        reason = "the passphrase does not open it" if wrong else "it is neither PEM nor PKCS#12"
        raise AuthError(f"certificate cannot be read: {reason}") from None
    if key is None or own is None:
        raise AuthError("certificate is a PKCS#12 file without a private key and its certificate")
    return Identity(key, (own, *more))


def _key(material: bytes, password: bytes | None) -> PrivateKeyTypes:
    try:
        return _load(material, password)
    except TypeError:
        if password is None:
            raise AuthError("private_key is encrypted: its passphrase is needed") from None
        return _unencrypted(material)
    except ValueError as error:
        wrong = password is not None and "decrypt" in str(error).lower()
        reason = "the passphrase does not open it" if wrong else "it is not a PEM private key"
        raise AuthError(f"private_key cannot be read: {reason}") from None
    except Exception as error:
        # unsupported kinds; the message of the library could quote the material
        raise AuthError(f"private_key cannot be read ({type(error).__name__})") from None


def _unencrypted(material: bytes) -> PrivateKeyTypes:
    # a passphrase is given but the key has none: harmless, as when one variable serves several clients
    try:
        return _load(material, None)
    except ValueError:
        raise AuthError("private_key cannot be read: it is not a PEM private key") from None


def _load(material: bytes, password: bytes | None) -> PrivateKeyTypes:
    return serialization.load_pem_private_key(material, password)


def check(identity: Identity, now: datetime.datetime) -> None:
    """Raises AuthError for a key of another certificate, and for one that has expired or is not valid yet."""
    own = identity.chain[0]
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    der = serialization.Encoding.DER
    if own.public_key().public_bytes(der, public) != identity.key.public_key().public_bytes(
        der, public
    ):
        raise AuthError("private_key does not belong to the certificate")
    if own.not_valid_after_utc < now:
        raise AuthError(f"the certificate expired on {own.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")
    if own.not_valid_before_utc > now:
        raise AuthError(
            f"the certificate is not valid before {own.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        )


def trust(authority: str | None) -> ssl.SSLContext:
    """A client's TLS context: for the public authorities, or for the given one alone. Raises AuthError."""
    if authority is None:
        return default_tls()
    material = read_material(authority, "ca")
    try:
        return ssl.create_default_context(cadata=material.decode("ascii"))
    except (ssl.SSLError, ValueError):
        raise AuthError("ca holds no PEM certificate that can be read") from None


def present(context: ssl.SSLContext, identity: Identity) -> None:
    """Make the context show the certificate. The ssl module reads files only: the key is in one for a moment, readable
    by its owner and encrypted with a password that nobody else ever knows."""
    password = secrets.token_bytes(32).hex().encode()
    pem = serialization.Encoding.PEM
    key = identity.key.private_bytes(
        pem,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    content = b"".join((key, *(c.public_bytes(pem) for c in identity.chain)))
    handle, name = tempfile.mkstemp(prefix="callwright-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        context.load_cert_chain(name, password=password)
    except ssl.SSLError as error:
        raise AuthError(f"the certificate cannot be used: {error.reason or 'TLS error'}") from None
    finally:
        os.unlink(name)


def build(definition: ClientCertificate) -> ClientCertificateScheme:
    """The scheme for its definition."""
    return ClientCertificateScheme(definition)
