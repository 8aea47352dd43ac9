"""A token endpoint that exchanges signed assertions (RFC 7523), and a small API that takes its tokens.

`POST /token` · `POST /revoke` (form: `token`) · `GET /api/books` · `GET /stats` (`token_requests`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.servers.keys import write_pair
from tests.servers.process import Server, launched

SCRIPT = Path(__file__).with_name("jwt_server.py")
ISSUER = "robot@library.example"
SHARED_SECRET = "jwt-shared-secret-5d2e8f0a9b7c6d4e3f2a1b0c"

ALGORITHMS = {
    "rsa": ("RS256", "RS384", "RS512", "PS256"),
    "p256": ("ES256",),
    "p384": ("ES384",),
    "ed25519": ("EdDSA",),
    "shared": ("HS256",),
}
"""The accepted algorithms by the name of the key in `Server.files`."""


@contextmanager
def start(port: int | None = None, *, token_seconds: int = 3600) -> Iterator[Server]:
    """Run it; `files` has a private key (PEM) by each name of ALGORITHMS, `shared` a plain secret."""
    settings: dict[str, object] = {"ttl": token_seconds, "issuer": ISSUER}

    def command(folder: Path, port: int) -> list[str | Path]:
        _write_keys(folder)
        keys = {
            algorithm: str(folder / ("shared.key" if name == "shared" else f"{name}.pub"))
            for name, algorithms in ALGORITHMS.items()
            for algorithm in algorithms
        }
        env = f"JWT_SETTINGS={json.dumps({**settings, 'port': port, 'keys': keys})}"
        return ["/usr/bin/env", env, sys.executable, "-I", SCRIPT]

    with launched(command, port=port, ready="/stats") as running:
        yield running.server(
            "jwt_exchange",
            credentials={"private_key": str(running.folder / "rsa.key")},
            variables={"issuer": ISSUER},
            files={name: running.folder / f"{name}.key" for name in ALGORITHMS},
        )


def _write_keys(folder: Path) -> None:
    write_pair(folder, "rsa", rsa.generate_private_key(65537, 2048))
    write_pair(folder, "p256", ec.generate_private_key(ec.SECP256R1()))
    write_pair(folder, "p384", ec.generate_private_key(ec.SECP384R1()))
    write_pair(folder, "ed25519", ed25519.Ed25519PrivateKey.generate())
    (folder / "shared.key").write_text(SHARED_SECRET)
