"""The client generated for the case that a module of tests names in ``CASE``, and a provider that it can call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from callwright import commands
from callwright.project.settings import load_settings
from tests.cases.test_cases import project
from tests.imported import imported


class Provider:
    """Answers each request with ``status`` and ``body``; ``sent`` is what it got last."""

    def __init__(self) -> None:
        provider = self
        self.status = 200
        self.body = "{}"
        self.sent = b""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(provider.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(provider.body.encode())))
                self.end_headers()
                self.wfile.write(provider.body.encode())

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def package(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    name: str = request.module.CASE
    folder = project(tmp_path_factory.mktemp(name), name)
    commands.generate(load_settings(folder))
    with imported(folder / "generated", name) as module:
        yield module


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()
