"""etcd with authentication, by its JSON gateway: a token in a raw Authorization header.

Simple tokens are obtained from `/v3/auth/authenticate`; with `jwt=True` the server takes RS256
tokens, its own and those signed with `files["private_key"]` (claims `username`, and `revision`:
that of its user database, AUTH_REVISION).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.servers.install import ensure
from tests.servers.keys import write_rsa_pair
from tests.servers.process import Server, free_port, launched

USERNAME = "root"
PASSWORD = "lovelace-1815"
AUTH_REVISION = 4
"""Each step of `_enable_authentication` adds one; a token of another revision is refused."""


@contextmanager
def start(
    port: int | None = None, *, jwt: bool = False, token_seconds: int = 300
) -> Iterator[Server]:
    """Run it with the user `root`; `token_seconds` is how long its tokens live."""
    etcd = ensure("etcd") / "root" / "usr" / "bin" / "etcd"

    def command(folder: Path, port: int) -> list[str | Path]:
        client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
        urls = ["--listen-client-urls", client, "--advertise-client-urls", client]
        urls += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        urls += ["--initial-cluster", f"library={peer}", "--name", "library"]
        tokens = ["--auth-token", "simple", "--auth-token-ttl", str(token_seconds)]
        if jwt:
            private, public = write_rsa_pair(folder)
            method = f"pub-key={public},priv-key={private},sign-method=RS256,ttl={token_seconds}s"
            tokens = ["--auth-token", f"jwt,{method}"]
        fast = ["--unsafe-no-fsync", "--bcrypt-cost", "4", "--logger", "zap"]
        return [etcd, "--data-dir", folder / "data", *urls, *tokens, *fast]

    with launched(command, port=port, ready="/health") as running:
        _enable_authentication(f"http://127.0.0.1:{running.port}/v3/auth")
        credentials = {"username": USERNAME, "password": PASSWORD}
        files = {"private_key": running.folder / "signing.key"} if jwt else {}
        yield running.server("etcd", credentials=credentials, files=files)


def _enable_authentication(url: str) -> None:
    user = {"name": USERNAME, "password": PASSWORD}
    steps = [
        ("user/add", user),
        ("role/add", {"name": "root"}),
        ("user/grant", {"user": USERNAME, "role": "root"}),
        ("enable", {}),
    ]
    for path, body in steps:
        httpx.post(f"{url}/{path}", json=body).raise_for_status()
