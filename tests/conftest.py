"""Fixtures for all tests: the real servers (see tests/servers/fixtures.py)."""

from tests.servers.fixtures import datasette, httpbin, kinto, syncthing

__all__ = ["datasette", "httpbin", "kinto", "syncthing"]
