"""Glewlwyd: OAuth 2 by password, client credentials and rolling refresh tokens.

`/api/glwd/profile` takes the tokens; `/api/glwd/introspect` and `/api/glwd/revoke` the client's own.
"""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from tests.servers.install import ensure
from tests.servers.process import Server, launched

ADMIN = {"username": "admin", "password": "password"}
USERNAME = "ada"
PASSWORD = "lovelace-1815"
CLIENT_ID = "library"
CLIENT_SECRET = "glewlwyd-client-secret-77d0"
SCOPE = "books"

SETTINGS = """\
port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{port}"
login_url="login.html"
api_prefix="api"
static_files_path="{folder}"
log_mode="console"
log_level="WARNING"
cookie_domain="127.0.0.1"
cookie_secure=0
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="{modules}/user"
user_middleware_module_path="{folder}/user_middleware"
client_module_path="{modules}/client"
user_auth_scheme_module_path="{modules}/scheme"
plugin_module_path="{modules}/plugin"
use_secure_connection=false
secure_connection_key_file=""
secure_connection_pem_file=""
secure_connection_ca_file=""
hash_algorithm = "SHA512"
database = {{ type = "sqlite3" path = "{folder}/glewlwyd.db" }};
"""


@contextmanager
def start(
    port: int | None = None, *, token_seconds: int = 3600, refresh_seconds: int = 86400
) -> Iterator[Server]:
    """Run it with one user, one confidential client and one scope."""
    usr = ensure("glewlwyd") / "root" / "usr"
    libraries = next(iter((usr / "lib").glob("*-linux-*")))
    schema = usr / "share" / "doc" / "glewlwyd" / "database" / "init.sqlite3.sql.gz"

    def command(folder: Path, port: int) -> list[str | Path]:
        with closing(sqlite3.connect(folder / "glewlwyd.db")) as database:
            database.executescript(gzip.decompress(schema.read_bytes()).decode())
        (folder / "user_middleware").mkdir()
        settings = SETTINGS.format(port=port, folder=folder, modules=usr / "lib" / "glewlwyd")
        (folder / "glewlwyd.conf").write_text(settings)
        return [usr / "bin" / "glewlwyd", "-c", folder / "glewlwyd.conf"]

    env = {"LD_LIBRARY_PATH": str(libraries)}
    with launched(command, port=port, ready="/config", env=env) as running:
        _set_up(f"http://127.0.0.1:{running.port}/api", token_seconds, refresh_seconds)
        yield running.server(
            "glewlwyd",
            credentials={
                "username": USERNAME,
                "password": PASSWORD,
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
            },
        )


def _set_up(url: str, token_seconds: int, refresh_seconds: int) -> None:
    """Add the scope, the OAuth 2 plugin, the user and the client, as an administrator would."""
    scopes = [SCOPE, "g_profile"]
    plugin = {
        "url": "glwd",
        "jwt-type": "sha",
        "jwt-key-size": "256",
        "key": "glewlwyd-signing-key-2b9c",
        "access-token-duration": token_seconds,
        "refresh-token-duration": refresh_seconds,
        "code-duration": 600,
        "refresh-token-rolling": True,
        "auth-type-code-enabled": True,
        "auth-type-implicit-enabled": False,
        "auth-type-password-enabled": True,
        "auth-type-client-enabled": True,
        "auth-type-refresh-enabled": True,
        "scope": [],
        "additional-parameters": [],
        "pkce-allowed": True,
        "pkce-method-plain-allowed": False,
        "introspection-revocation-allowed": True,
        "introspection-revocation-allow-target-client": True,
        "introspection-revocation-auth-scope": [],
    }
    additions: list[tuple[str, dict[str, object]]] = [
        (
            "scope",
            {"name": SCOPE, "display_name": "Books", "password_required": True, "scheme": {}},
        ),
        (
            "mod/plugin",
            {
                "module": "oauth2-glewlwyd",
                "name": "glwd",
                "display_name": "Library login",
                "parameters": plugin,
                "order_rank": 0,
                "readonly": False,
            },
        ),
        (
            "user",
            {
                "username": USERNAME,
                "name": "Ada Lovelace",
                "email": "ada@library.example",
                "password": PASSWORD,
                "scope": scopes,
                "enabled": True,
            },
        ),
        (
            "client",
            {
                "client_id": CLIENT_ID,
                "name": "Library",
                "confidential": True,
                "client_secret": CLIENT_SECRET,
                "password": CLIENT_SECRET,
                "scope": [SCOPE],
                "authorization_type": ["code", "password", "client_credentials", "refresh_token"],
                "redirect_uri": ["http://127.0.0.1/callback"],
                "enabled": True,
            },
        ),
    ]
    session = httpx.post(f"{url}/auth", json=ADMIN).raise_for_status().headers["set-cookie"]
    # its cookie has an empty domain, which a cookie jar does not take
    with httpx.Client(base_url=url, headers={"Cookie": session.split(";")[0]}) as client:
        for path, body in additions:
            answer = client.post(f"/{path}/", json=body)
            if answer.is_error:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
