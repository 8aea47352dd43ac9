"""One session-scoped fixture per real server; `tests/conftest.py` offers them to every test.

A server that cannot be installed here skips its tests and says why; under `CI=true` it fails them.
With pytest-xdist each worker starts its own server, so tests of one server belong together:

    pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("kinto")]
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


def _server_fixture(name: str) -> Callable[[], Iterator[Server]]:
    @pytest.fixture(scope="session", name=name)
    def started() -> Iterator[Server]:
        start: Callable[[], AbstractContextManager[Server]]
        start = importlib.import_module(f"tests.servers.{name}").start
        with ExitStack() as stack:
            try:
                server = stack.enter_context(start())
            except InstallError as error:
                _give_up(f"the {name} server cannot be installed here: {error}")
            yield server

    return started


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


httpbin = _server_fixture("httpbin")
datasette = _server_fixture("datasette")
kinto = _server_fixture("kinto")
syncthing = _server_fixture("syncthing")
