"""Makes the live captures of `specs/`: `python -m tests.servers.capture [CONNECTOR…]`.

Starts each connector's real server on the product's own port (so that addresses in answers are the
same at every run) and runs `callwright initialize CONNECTOR --yes --all` against it.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.servers.browser import browse
from tests.servers.process import Server

ROOT = Path(__file__).parents[2]


def _nothing(server: Server) -> Mapping[str, str]:
    return {}


def _person_token(server: Server) -> Mapping[str, str]:
    """A token for the calls that ask about tokens."""
    given = server.credentials
    form = {"grant_type": "password", "scope": "books", "username": given["username"]}
    form["password"] = given["password"]
    client = (given["client_id"], given["client_secret"])
    answer = httpx.post(f"{server.base_url}/api/glwd/token", data=form, auth=client)
    token = str(answer.raise_for_status().json()["access_token"])
    return {"LIBRARY_TOKEN": token, "LIBRARY_UNKNOWN_TOKEN": "unknown-token"}


def _login(server: Server) -> Mapping[str, str]:
    """A token of the person `ada`, kept beside the server: she logs in by the provider's pages."""
    kept = {"XDG_STATE_HOME": str(server.folder / "state")}
    command = [sys.executable, "-m", "callwright", "auth", "login", "oidc", "--paste"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **server.environment(), **kept},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as login:
        assert login.stdout is not None
        url = next(line.strip() for line in login.stdout if line.startswith("http"))
        redirect = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        login.communicate(f"{redirect}?{urlencode(browse(url, redirect))}\n")
    return kept


@dataclass(frozen=True)
class Plan:
    """Which server a connector needs: the module, its port, more variables than the usual ones."""

    module: str
    port: int
    more: Callable[[Server], Mapping[str, str]] = _nothing


PLANS = {
    "httpbin": Plan("httpbin", 8000),
    "datasette": Plan("datasette", 8001),
    "kinto": Plan("kinto", 8888),
    "syncthing": Plan("syncthing", 8384),
    "prometheus": Plan("prometheus", 9090),
    "synapse": Plan("synapse", 8008),
    "etcd": Plan("etcd", 2379),
    "influxdb": Plan("influxdb", 8086),
    "jupyter": Plan("jupyter", 8888),
    "powerdns": Plan("pdns", 8081),
    "glewlwyd": Plan("glewlwyd", 4593, _person_token),
    "oidc": Plan("oidc", 3000, _login),
}


def capture(connector: str) -> int:
    """Initialize all samples of one connector; the exit code of `callwright`."""
    plan = PLANS[connector]
    start: Callable[..., AbstractContextManager[Server]]
    start = importlib.import_module(f"tests.servers.{plan.module}").start
    with start(port=plan.port) as server:
        env = {**os.environ, **server.environment(connector), **plan.more(server)}
        command = [sys.executable, "-m", "callwright", "initialize", connector, "--yes", "--all"]
        return subprocess.run(command, cwd=ROOT, env=env).returncode


def main(connectors: Sequence[str]) -> int:
    """Capture the named connectors, or all; 0 when all went well."""
    unknown = sorted(set(connectors) - set(PLANS))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(PLANS)}", file=sys.stderr)
        return 2
    return max(capture(connector) for connector in connectors or PLANS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
