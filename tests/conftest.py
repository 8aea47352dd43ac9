"""Fixtures for all tests: the real servers (see tests/servers/fixtures.py)."""

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
    "synapse",
    "syncthing",
]
