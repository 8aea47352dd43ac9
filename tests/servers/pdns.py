"""PowerDNS with its HTTP API: the key in X-API-Key, zones and records to change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from tests.servers.install import ensure
from tests.servers.process import Server, free_port, launched

API_KEY = "powerdns-key-93be5a10"

SETTINGS = """\
api=yes
api-key={key}
webserver=yes
webserver-address=127.0.0.1
webserver-port={port}
local-address=127.0.0.1
local-port={dns_port}
launch=gsqlite3
gsqlite3-database={folder}/pdns.sqlite3
module-dir={modules}
socket-dir={folder}
security-poll-suffix=
guardian=no
daemon=no
disable-syslog=yes
write-pid=no
"""

ZONE = {
    "name": "library.example.",
    "kind": "Native",
    "nameservers": ["ns1.library.example."],
    "rrsets": [
        {
            "name": "www.library.example.",
            "type": "A",
            "ttl": 300,
            "records": [{"content": "192.0.2.10", "disabled": False}],
            "comments": [{"content": "the catalogue", "account": "ada"}],
        }
    ],
}


@contextmanager
def start(port: int | None = None) -> Iterator[Server]:
    """Run it with the zone `library.example.`."""
    root = ensure("pdns") / "root" / "usr"
    libraries = next(iter((root / "lib").glob("*-linux-*")))
    schema = root / "share" / "pdns-backend-sqlite3" / "schema" / "schema.sqlite3.sql"

    def command(folder: Path, port: int) -> list[str | Path]:
        with closing(sqlite3.connect(folder / "pdns.sqlite3")) as database:
            database.executescript(schema.read_text())
        settings = SETTINGS.format(
            key=API_KEY,
            port=port,
            dns_port=free_port(),
            folder=folder,
            modules=libraries / "pdns",
        )
        (folder / "pdns.conf").write_text(settings)
        return [root / "sbin" / "pdns_server", f"--config-dir={folder}"]

    env = {"LD_LIBRARY_PATH": str(libraries)}
    with launched(command, port=port, ready="/api", env=env) as running:
        url = f"http://127.0.0.1:{running.port}/api/v1/servers/localhost/zones"
        headers = {"X-API-Key": API_KEY}
        httpx.post(url, json=ZONE, headers=headers).raise_for_status()
        yield running.server("powerdns", credentials={"api_key": API_KEY})
