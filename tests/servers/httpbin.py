"""httpbin under gunicorn: echoes requests, and asks for whatever credentials the path names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.install import ensure
from tests.servers.process import Server, launched

USERNAME = "ada"
PASSWORD = "lovelace-1815"
TOKEN = "httpbin-token-5f2c"


@contextmanager
def start(port: int | None = None) -> Iterator[Server]:
    """Run it; the paths take any credentials, so these are only what the tests send."""
    gunicorn = ensure("httpbin") / "bin" / "gunicorn"

    def command(folder: Path, port: int) -> list[str | Path]:
        # threads: a request that waits (/delay) must not hold up the next one
        return [gunicorn, "-w", "1", "--threads", "8", "-b", f"127.0.0.1:{port}", "httpbin:app"]

    with launched(command, port=port, ready="/status/200") as running:
        yield running.server(
            "httpbin",
            credentials={"username": USERNAME, "password": PASSWORD, "token": TOKEN},
        )
