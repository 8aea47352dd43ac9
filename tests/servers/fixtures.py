"""One session-scoped fixture per real server; `tests/conftest.py` offers them to every test.

A server that cannot be installed here skips its tests and says why; under `CI=true` it fails them.
With pytest-xdist the tests of one server run in one worker (`tests/conftest.py` groups them), which
starts it once.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import NoReturn

import pytest

from tests.servers.install import InstallError
from tests.servers.process import Server

SERVERS: set[str] = set()
"""The names of the fixtures."""


def _server_fixture(
    name: str, server: str = "", **options: object
) -> Callable[[], Iterator[Server]]:
    SERVERS.add(name)

    @pytest.fixture(scope="session", name=name)
    def started() -> Iterator[Server]:
        start: Callable[..., AbstractContextManager[Server]]
        start = importlib.import_module(f"tests.servers.{server or name}").start
        with ExitStack() as stack:
            try:
                running = stack.enter_context(start(**options))
            except InstallError as error:
                _give_up(f"the {name} server cannot be installed here: {error}")
            yield running

    return started


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
