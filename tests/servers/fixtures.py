"""One session-scoped fixture per real server; `tests/conftest.py` offers them to every test.

A server that cannot be installed here skips its tests and says why; under `CI=true` it fails them.
With pytest-xdist the tests of one server run in one worker (`tests/conftest.py` groups them), which
starts it once.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import NoReturn, Protocol

import pytest

from tests.servers.install import InstallError
from tests.servers.process import Server

SERVERS: set[str] = set()
"""The names of the fixtures."""


class StartServer(Protocol):
    """Starts one more server by its module's name, with options of its `start`; it ends with the test."""

    def __call__(self, name: str, /, **options: object) -> Server: ...


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """For a test that needs a server of its own: `start_server("oidc", token_seconds=2)`."""
    with ExitStack() as stack:

        def start(name: str, /, **options: object) -> Server:
            return _enter(stack, name, options)

        yield start


def _server_fixture(
    name: str, server: str = "", **options: object
) -> Callable[[], Iterator[Server]]:
    SERVERS.add(name)

    @pytest.fixture(scope="session", name=name)
    def started() -> Iterator[Server]:
        with ExitStack() as stack:
            yield _enter(stack, server or name, options)

    return started


def _enter(stack: ExitStack, name: str, options: Mapping[str, object]) -> Server:
    start: Callable[..., AbstractContextManager[Server]]
    start = importlib.import_module(f"tests.servers.{name}").start
    try:
        return stack.enter_context(start(**options))
    except InstallError as error:
        _give_up(f"the {name} server cannot be installed here: {error}")


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


httpbin = _server_fixture("httpbin")
datasette = _server_fixture("datasette")
kinto = _server_fixture("kinto")
syncthing = _server_fixture("syncthing")
influxdb = _server_fixture("influxdb")
pdns = _server_fixture("pdns")
glewlwyd = _server_fixture("glewlwyd")
oidc = _server_fixture("oidc")
synapse = _server_fixture("synapse")
etcd = _server_fixture("etcd")
etcd_jwt = _server_fixture("etcd_jwt", "etcd", jwt=True)
prometheus = _server_fixture("prometheus")
prometheus_basic = _server_fixture("prometheus_basic", "prometheus", basic=True)
jupyter = _server_fixture("jupyter")
jwt_exchange = _server_fixture("jwt_exchange")
