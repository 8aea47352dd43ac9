"""Kinto with its memory backend: basic authentication by accounts, Next-Page pagination, ETags."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.servers.install import ensure
from tests.servers.process import Server, launched

USERNAME = "ada"
PASSWORD = "lovelace-1815"

SETTINGS = """\
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s
threads = 8

[app:main]
use = egg:kinto
kinto.includes = kinto.plugins.default_bucket kinto.plugins.accounts
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = 410c67060b4aac91e7f6daf9361c27d0
kinto.default_bucket_hmac_secret = 983f64b6ac0e6360492b500f3f9cab38
kinto.bucket_create_principals = system.Authenticated
kinto.paginate_by = 100
kinto.project_name = Library
multiauth.policies = account
multiauth.policy.account.use = kinto.plugins.accounts.AccountsPolicy
kinto.account_create_principals = system.Everyone
"""


@contextmanager
def start(port: int | None = None) -> Iterator[Server]:
    """Run it with one account and no buckets."""
    kinto = ensure("kinto") / "bin" / "kinto"

    def command(folder: Path, port: int) -> list[str | Path]:
        settings = folder / "kinto.ini"
        settings.write_text(SETTINGS)
        return [kinto, "start", "--ini", settings, "--port", str(port)]

    with launched(command, port=port, ready="/v1/__heartbeat__") as running:
        base_url = f"http://127.0.0.1:{running.port}"
        account = {"data": {"password": PASSWORD}}
        httpx.put(f"{base_url}/v1/accounts/{USERNAME}", json=account).raise_for_status()
        yield running.server(
            "kinto",
            credentials={"username": USERNAME, "password": PASSWORD},
        )
