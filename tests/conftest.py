"""Fixtures for all tests: the real servers (see tests/servers/fixtures.py)."""

from __future__ import annotations

import pytest

from tests.servers import fixtures
from tests.servers.fixtures import (
    datasette,
    etcd,
    etcd_jwt,
    glewlwyd,
    httpbin,
    influxdb,
    jupyter,
    jwt_exchange,
    kinto,
    oidc,
    pdns,
    prometheus,
    prometheus_basic,
    start_server,
    synapse,
    syncthing,
)

__all__ = [
    "datasette",
    "etcd",
    "etcd_jwt",
    "glewlwyd",
    "httpbin",
    "influxdb",
    "jupyter",
    "jwt_exchange",
    "kinto",
    "oidc",
    "pdns",
    "prometheus",
    "prometheus_basic",
    "start_server",
    "synapse",
    "syncthing",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a server, and keep the tests of one server on one worker: it is started once."""
    for item in items:
        used = sorted(fixtures.SERVERS.intersection(getattr(item, "fixturenames", ())))
        if used:
            item.add_marker(pytest.mark.servers)
            if item.get_closest_marker("xdist_group") is None:
                item.add_marker(pytest.mark.xdist_group(used[0]))
