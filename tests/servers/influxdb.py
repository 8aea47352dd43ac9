"""InfluxDB 1.6 with authentication: name and password in the URL or basic, or an HS256 token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.servers.install import ensure
from tests.servers.process import Server, launched

USERNAME = "ada"
PASSWORD = "lovelace-1815"
SHARED_SECRET = "influxdb-shared-secret-1c9e0b7a6d"

SETTINGS = """\
reporting-enabled = false
bind-address = "127.0.0.1:0"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = true
  shared-secret = "{secret}"
"""

POINTS = """\
temperature,city=berlin,sensor=a value=21.5,battery=98i 1700000000000000000
temperature,city=berlin,sensor=a value=20.75,battery=97i 1700003600000000000
temperature,city=berlin,sensor=b value=19 1700000000000000000
temperature,city=oslo,sensor=c value=-3.25,battery=71i,note="snow" 1700000000000000000
"""


@contextmanager
def start(port: int | None = None) -> Iterator[Server]:
    """Run it with one administrator and the database `weather`."""
    influxd = ensure("influxdb") / "root" / "usr" / "bin" / "influxd"

    def command(folder: Path, port: int) -> list[str | Path]:
        settings = folder / "influxdb.conf"
        settings.write_text(SETTINGS.format(folder=folder, port=port, secret=SHARED_SECRET))
        return [influxd, "run", "-config", settings]

    with launched(command, port=port, ready="/ping") as running:
        base_url = f"http://127.0.0.1:{running.port}"
        user = f"CREATE USER {USERNAME} WITH PASSWORD '{PASSWORD}' WITH ALL PRIVILEGES"
        auth = (USERNAME, PASSWORD)
        httpx.post(f"{base_url}/query", params={"q": user}).raise_for_status()
        create = {"q": "CREATE DATABASE weather"}
        httpx.post(f"{base_url}/query", params=create, auth=auth).raise_for_status()
        where = {"db": "weather"}
        httpx.post(f"{base_url}/write", params=where, auth=auth, content=POINTS).raise_for_status()
        credentials = {"username": USERNAME, "password": PASSWORD, "shared_secret": SHARED_SECRET}
        yield running.server("influxdb", credentials=credentials)
