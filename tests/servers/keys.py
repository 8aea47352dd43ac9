"""Fresh keys for the servers that verify or sign tokens."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def write_rsa_pair(folder: Path, name: str = "signing") -> tuple[Path, Path]:
    """Write a new 2048-bit pair: private, public."""
    return write_pair(folder, name, rsa.generate_private_key(65537, 2048))


def write_pair(folder: Path, name: str, key: PrivateKey) -> tuple[Path, Path]:
    """Write a key and its public half as PEM (PKCS#8 and SubjectPublicKeyInfo): private, public."""
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    private.chmod(0o600)
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public
