"""What a generated client costs: a call, and the import of its package, as ratios to the same written by hand.

    python -m benchmarks.client

Measured are the hand-written package of tests/runtime and generated ones of 5 and 400 calls. Bars: a call at most 0.9
times, an import (with building a client) at most 1.25 times the hand-written code.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.generate import project
from callwright import generate

ROOT = Path(__file__).resolve().parent.parent
BODY = b'{"id":"c1","name":"Ada","created":"2024-01-01T00:00:00Z","nickname":"A","zipCode":"10115"}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    + BODY
)
SERVER = """
import socket, sys, threading
answer = bytes.fromhex(sys.argv[1])
def serve(connection):
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        while (end := data.find(b"\\r\\n\\r\\n")) >= 0:
            data = data[end + 4:]
            connection.sendall(answer)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""


def assemble(folder: Path) -> None:
    """The hand-written package with its runtime, as the generator would lay it out."""
    package = folder / "clients/acme"
    ignore = shutil.ignore_patterns("__pycache__")
    (folder / "clients").mkdir()
    (folder / "clients/__init__.py").touch()
    shutil.copytree(ROOT / "tests/runtime/handwritten/acme", package, ignore=ignore)
    runtime = folder / "clients/_runtime"
    shutil.copytree(ROOT / "generator/callwright/runtime", runtime, ignore=ignore)


def generated(folder: Path, calls: int) -> None:
    """A generated package ``bench`` with so many calls."""
    project(folder, calls)
    # as a user would, from the project's folder
    with contextlib.chdir(folder):
        generate(folder)


def start_server() -> tuple[subprocess.Popen[str], int]:
    """A server that answers every request at once with the same JSON, in its own process."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, ANSWER.hex()], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def timed(function: Callable[[], object], calls: int) -> float:
    """Seconds per call."""
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def call_ratio(port: int, rounds: int = 15, calls: int = 300) -> tuple[float, float]:
    """Microseconds of a call by hand, and the median ratio of the client's to it (rounds interleaved)."""
    import httpx
    from clients import acme  # type: ignore[import-not-found]

    base = f"http://127.0.0.1:{port}/v1"
    headers = {"X-Api-Key": "sk-benchmark"}
    with httpx.Client() as http, acme.Acme(api_key="sk-benchmark", base_url=base) as client:

        def by_hand() -> object:
            answer = http.get(f"{base}/customers/c1?lang=en", headers=headers)
            answer.raise_for_status()
            return acme.models.Customer.model_validate_json(answer.content)

        def through_client() -> object:
            return client.get_customer("c1")

        timed(by_hand, 200)
        timed(through_client, 200)
        pairs = [(timed(by_hand, calls), timed(through_client, calls)) for _ in range(rounds)]
    return statistics.median(h for h, _ in pairs) * 1e6, statistics.median(c / h for h, c in pairs)


BY_HAND = "import httpx; from pydantic import BaseModel; httpx.Client()"


def import_ratio(folder: Path, module: str, make: str, rounds: int = 15) -> tuple[float, float]:
    """Milliseconds of the import by hand, and the median ratio of the package's to it (rounds interleaved)."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(folder)
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    code = f"import {module}; {module}.{make}"

    def once(source: str) -> float:
        timer = f"import time; t = time.perf_counter(); {source}; print(time.perf_counter() - t)"
        command = [sys.executable, "-c", timer]
        return float(subprocess.check_output(command, cwd=folder, env=environment, text=True))

    once(BY_HAND), once(code)
    pairs = [(once(BY_HAND), once(code)) for _ in range(rounds)]
    return statistics.median(h for h, _ in pairs) * 1e3, statistics.median(p / h for h, p in pairs)


def main() -> None:
    """Print both ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assemble(folder)
        sys.path.insert(0, name)
        hand, ratio = import_ratio(folder, "clients.acme", "Acme(api_key='k')")
        print(f"import and build: {hand:.0f} ms by hand, ratio {ratio:.2f} (bar 1.25)")
        for calls in (5, 400):
            home = folder / f"generated_{calls}"
            home.mkdir()
            generated(home, calls)
            _, ratio = import_ratio(home, "generated.bench", "Bench(token='t')")
            print(f"the same generated, {calls} calls: ratio {ratio:.2f} (bar 1.25)")
        server, port = start_server()
        try:
            hand, ratio = call_ratio(port)
        finally:
            server.terminate()
            server.wait()
        print(f"call: {hand:.0f} µs by hand, ratio {ratio:.2f} (bar 0.90)")


if __name__ == "__main__":
    main()
