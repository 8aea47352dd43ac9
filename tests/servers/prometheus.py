"""Prometheus behind TLS that asks for a client certificate, optionally with basic on top."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import trustme

from tests.servers.install import ensure
from tests.servers.process import Server, launched

USERNAME = "ada"
PASSWORD = "lovelace-1815"
PASSWORD_HASH = "$2b$04$EZ6PRe8BLCwQs0ETBbD.SOvCJT1c67g60hqn2g.li7n.UA0EnTS1K"

SETTINGS = """\
global:
  evaluation_interval: 1s
  external_labels: {site: library}
rule_files: [rules.yml]
"""

RULES = """\
groups:
  - name: library
    interval: 1s
    rules:
      - record: library:shelves
        expr: vector(42)
        labels: {room: north}
      - record: library:shelves
        expr: vector(17.5)
        labels: {room: south}
      - alert: TooManyShelves
        expr: library:shelves > 40
        labels: {severity: page}
        annotations: {summary: A room is full}
"""


@contextmanager
def start(port: int | None = None, *, basic: bool = False) -> Iterator[Server]:
    """Run it; `files` has `certificate`, `private_key` and `ca` of a client that may enter."""
    prometheus = ensure("prometheus") / "root" / "usr" / "bin" / "prometheus"

    def command(folder: Path, port: int) -> list[str | Path]:
        _write_certificates(folder)
        (folder / "prometheus.yml").write_text(SETTINGS)
        (folder / "rules.yml").write_text(RULES)
        (folder / "web.yml").write_text(_web_settings(folder, basic))
        return [
            prometheus,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--web.config.file={folder / 'web.yml'}",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--storage.tsdb.path={folder / 'data'}",
        ]

    with launched(command, port=port, ready="/-/ready", tls=_client_context) as running:
        _wait_for_samples(running.port, running.folder, basic)
        yield running.server(
            "prometheus",
            scheme="https",
            credentials={
                "certificate": str(running.folder / "client.pem"),
                "private_key": str(running.folder / "client.key"),
                "ca": str(running.folder / "ca.pem"),
                **({"username": USERNAME, "password": PASSWORD} if basic else {}),
            },
            files={
                "certificate": running.folder / "client.pem",
                "private_key": running.folder / "client.key",
                "ca": running.folder / "ca.pem",
                "stranger_certificate": running.folder / "stranger.pem",
                "stranger_private_key": running.folder / "stranger.key",
            },
        )


def _write_certificates(folder: Path) -> None:
    """A server's and a client's certificate of one authority, and a stranger's of another."""
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    owners = {
        "server": authority.issue_cert("127.0.0.1", "localhost"),
        "client": authority.issue_cert("ada@library.example"),
        "stranger": other.issue_cert("ada@library.example"),
    }
    for name, certificate in owners.items():
        chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
        (folder / f"{name}.pem").write_bytes(chain)
        certificate.private_key_pem.write_to_path(folder / f"{name}.key")


def _web_settings(folder: Path, basic: bool) -> str:
    tls = (
        "tls_server_config:\n"
        f"  cert_file: {folder}/server.pem\n"
        f"  key_file: {folder}/server.key\n"
        f"  client_ca_file: {folder}/ca.pem\n"
        "  client_auth_type: RequireAndVerifyClientCert\n"
    )
    users = f"basic_auth_users:\n  {USERNAME}: {PASSWORD_HASH}\n"
    return tls + users if basic else tls


def _client_context(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "client.pem", folder / "client.key")
    return context


def _wait_for_samples(port: int, folder: Path, basic: bool) -> None:
    """The rules run after the server is ready: wait until their first results can be asked for."""
    auth = (USERNAME, PASSWORD) if basic else None
    transport = httpx.HTTPTransport(verify=_client_context(folder))
    with httpx.Client(transport=transport, auth=auth, timeout=5) as client:
        url = f"https://127.0.0.1:{port}/api/v1/query"
        for _ in range(200):
            answer = client.get(url, params={"query": "library:shelves and on() ALERTS"})
            # until its storage is open it answers 503, in plain text
            if answer.status_code == 200 and answer.json()["data"]["result"]:
                return
            time.sleep(0.05)
