"""Synapse, a Matrix server that federates with nobody: JSON login, tokens in milliseconds, refresh."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.install import ensure
from tests.servers.process import Server, launched, run

USERNAME = "ada"
PASSWORD = "lovelace-1815"
SERVER_NAME = "library.example"

SETTINGS = """\
server_name: {name}
report_stats: false
pid_file: {folder}/homeserver.pid
signing_key_path: {folder}/signing.key
media_store_path: {folder}/media
log_config: {folder}/log.yaml
registration_shared_secret: synapse-registration-secret
macaroon_secret_key: synapse-macaroon-secret
form_secret: synapse-form-secret
bcrypt_rounds: 4
trusted_key_servers: []
federation_domain_whitelist: []
enable_registration: false
refreshable_access_token_lifetime: {token_seconds}s
refresh_token_lifetime: 24h
database: {{name: sqlite3, args: {{database: '{folder}/homeserver.db'}}}}
listeners:
  - {{port: {port}, type: http, bind_addresses: [127.0.0.1], resources: [{{names: [client]}}]}}
rc_login:
  address: {{per_second: 1000, burst_count: 1000}}
  account: {{per_second: 1000, burst_count: 1000}}
  failed_attempts: {{per_second: 1000, burst_count: 1000}}
rc_message: {{per_second: 1000, burst_count: 1000}}
"""

LOG_SETTINGS = """\
version: 1
handlers: {console: {class: logging.StreamHandler}}
root: {level: WARNING, handlers: [console]}
"""


@contextmanager
def start(port: int | None = None, *, token_seconds: int = 300) -> Iterator[Server]:
    """Run it with one user; refreshable access tokens live `token_seconds`."""
    binaries = ensure("synapse") / "bin"

    def command(folder: Path, port: int) -> list[str | Path]:
        settings = folder / "homeserver.yaml"
        (folder / "log.yaml").write_text(LOG_SETTINGS)
        settings.write_text(
            SETTINGS.format(name=SERVER_NAME, folder=folder, port=port, token_seconds=token_seconds)
        )
        homeserver: list[str | Path] = [
            binaries / "python",
            "-m",
            "synapse.app.homeserver",
            "-c",
            settings,
        ]
        run([*homeserver, "--generate-keys"], folder)
        return homeserver

    with launched(command, port=port, ready="/_matrix/client/versions") as running:
        url = f"http://127.0.0.1:{running.port}"
        register: list[str | Path] = [
            binaries / "register_new_matrix_user",
            "-c",
            running.folder / "homeserver.yaml",
        ]
        run([*register, "-u", USERNAME, "-p", PASSWORD, "--no-admin", url], running.folder)
        yield running.server("synapse", credentials={"username": USERNAME, "password": PASSWORD})
