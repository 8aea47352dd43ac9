"""oidc-provider: authorization code with PKCE and its pages, refresh with rotation, client credentials.

`/api/books` is an API that takes the tokens, `/me` the profile, `/stats` counts token requests.
The login page takes any name and password.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import RSAAlgorithm

from tests.servers.install import ensure, node_command
from tests.servers.keys import write_rsa_pair
from tests.servers.process import Server, launched

SCRIPT = Path(__file__).with_name("oidc_server.mjs")
CLIENT_SECRET = "oidc-client-secret-4be1f7"
REDIRECT_URI = "http://127.0.0.1/callback"

CLIENTS = {
    "library-post": "client_secret_post",
    "library-basic": "client_secret_basic",
    "library-public": "none",
    "library-signer": "private_key_jwt",
}
"""Client ids by how they prove themselves; all may use every grant except that public ones have no secret."""


@contextmanager
def start(
    port: int | None = None, *, token_seconds: int = 3600, refresh_seconds: int = 86400
) -> Iterator[Server]:
    """Run it; access tokens live `token_seconds`, refresh tokens `refresh_seconds`.

    A redirect goes to `REDIRECT_URI` on any port. `files["private_key"]` signs for `library-signer`.
    """
    cache = ensure("oidc")
    settings: dict[str, object] = {"ttl": token_seconds, "refreshTtl": refresh_seconds}

    def command(folder: Path, port: int) -> list[str | Path]:
        shutil.copy(SCRIPT, folder / "server.mjs")
        (folder / "node_modules").symlink_to(cache / "node_modules")
        settings.update(port=port, clients=_clients(folder))
        env = f"OIDC_SETTINGS={json.dumps(settings)}"
        return ["/usr/bin/env", env, *node_command(cache), folder / "server.mjs"]

    ready = "/.well-known/openid-configuration"
    with launched(command, port=port, ready=ready) as running:
        yield running.server(
            "oidc",
            credentials={"client_id": "library-post", "client_secret": CLIENT_SECRET},
            files={"private_key": running.folder / "signing.key"},
        )


def _clients(folder: Path) -> list[dict[str, object]]:
    """The clients' metadata as the provider wants it."""
    return [_client(name, method, folder) for name, method in CLIENTS.items()]


def _client(name: str, method: str, folder: Path) -> dict[str, object]:
    grants = ["authorization_code", "refresh_token"]
    metadata: dict[str, object] = {
        "client_id": name,
        "client_name": "Library",
        "application_type": "native",  # its loopback redirects may use any port
        "redirect_uris": [REDIRECT_URI],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
    }
    if method == "none":
        return {**metadata, "grant_types": grants}
    metadata["grant_types"] = [*grants, "client_credentials"]
    if method == "private_key_jwt":
        return {**metadata, "jwks": {"keys": [_public_jwk(folder)]}}
    return {**metadata, "client_secret": CLIENT_SECRET}


def _public_jwk(folder: Path) -> dict[str, object]:
    _, public = write_rsa_pair(folder)
    key = load_pem_public_key(public.read_bytes())
    assert isinstance(key, RSAPublicKey)
    return {**RSAAlgorithm.to_jwk(key, as_dict=True), "use": "sig", "kid": "library"}
