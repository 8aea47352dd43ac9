"""A scripted HTTP server on a real socket, and the hand-written package put together as the generator would."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(tempfile.mkdtemp(prefix="callwright-runtime-"))


def assemble(folder: Path) -> None:
    """Lay out the hand-written package with its runtime."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tests/runtime/handwritten", folder / "handwritten", ignore=ignore)
    (folder / "handwritten/__init__.py").touch()
    runtime = folder / "handwritten/_runtime"
    shutil.copytree(ROOT / "generator/callwright/runtime", runtime, ignore=ignore)


assemble(PACKAGES)
sys.path.insert(0, str(PACKAGES))

from handwritten._runtime.client import AsyncClient, Client  # noqa: E402
from handwritten._runtime.definition import Call, Connector, Environment  # noqa: E402
from handwritten._runtime.raw import RawResponse  # noqa: E402


def pytest_unconfigure() -> None:
    shutil.rmtree(PACKAGES, ignore_errors=True)


@dataclass
class Answer:
    """One scripted answer. ``fault``: "cut" closes without a word, "half" in the middle of the body.

    ``raw``: all that is sent, from the status line on, before the connection is closed.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    delay: float = 0.0
    fault: Literal["cut", "half"] | None = None
    raw: bytes | Iterable[bytes] | None = None


@dataclass
class Received:
    """A request as the server executed it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client that gave up
            super().handle_error(request, client_address)


class Server:
    """Answers by script; ``received`` holds every request that was executed, in order."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._scripts: dict[str, list[Answer]] = {}
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"scripted": self})
        self._http = _Quiet(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def on(self, path: str, *answers: Answer) -> None:
        """Answer requests for a path (without its query) in this order; the last answer stays."""
        self._scripts[path] = list(answers)

    def answer(self, received: Received) -> Answer:
        with self._lock:
            self.received.append(received)
            script = self._scripts.get(received.path.partition("?")[0])
            if not script:
                return Answer(404, b'{"error":{"code":"none","message":"nothing here"}}')
            return script.pop(0) if len(script) > 1 else script[0]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scripted: Server

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received = Received(self.command, self.path, dict(self.headers), body, time.monotonic())
        answer = self.scripted.answer(received)
        time.sleep(answer.delay)
        if answer.fault == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if answer.raw is not None:
            self.close_connection = True
            for piece in [answer.raw] if isinstance(answer.raw, bytes) else answer.raw:
                self.wfile.write(piece)
            return
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        if answer.status == 204:
            del headers["Content-Length"]
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.fault == "half":
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


@pytest.fixture
def other() -> Iterator[Server]:
    """A second server: another origin."""
    found = Server()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of the backoff are a hundredth; waits the server asks for stay as they are."""
    from handwritten._runtime import wait

    monkeypatch.setattr(wait, "_BASE", 0.005)
    for name in ("ACME_API_KEY", "ACME_REGION", "ACME_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)


class Api:
    """A client of any definitions, driven the same way whether it is synchronous or not."""

    def __init__(self, kind: str, connector: Connector, **options: Any) -> None:
        self._runner = asyncio.Runner() if kind == "async" else None
        self.client: Any = (AsyncClient if self._runner else Client)(connector, **options)

    def call(self, call: Call, returns: Any = None, **arguments: Any) -> Any:
        return self.run(self.client._call(call, arguments, returns=returns))

    def raw(self, call: Call, **arguments: Any) -> RawResponse[Any]:
        twin = self.client._twin()
        twin._raw = True
        found: RawResponse[Any] = self.run(twin._call(call, arguments, returns=None))
        return found

    def run(self, result: Any) -> Any:
        return result if self._runner is None else self._runner.run(result)

    def close(self) -> None:
        if self._runner is None:
            self.client.close()
        else:
            self._runner.run(self.client.aclose())
            self._runner.close()


Make = Callable[..., Api]


@pytest.fixture(params=["sync", "async"])
def api(request: pytest.FixtureRequest, server: Server) -> Iterator[Make]:
    """Makes clients of the scripted server: ``api(errors=Errors(…), client={"retry": …})``."""
    made: list[Api] = []

    def make(client: dict[str, Any] | None = None, **connector: Any) -> Api:
        connector.setdefault("environments", (Environment("live", server.url),))
        found = Api(request.param, Connector("acme", "ACME_", **connector), **(client or {}))
        made.append(found)
        return found

    yield make
    for one in made:
        one.close()


CUSTOMER = b'{"id":"c1","name":"Ada","created":"2024-01-01T00:00:00Z"}'
KEY = "sk-live-Zx81/secret+key"
