"""What uploads and downloads of a generated client cost, as ratios to the same written by hand with httpx.

    python -m benchmarks.files [--size MEGABYTES]

Bars: at least 0.95 times the throughput by hand, and a body of 1 GB within 50 MB more memory than a small one.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from callwright import generate

ROOT = Path(__file__).resolve().parent.parent
SERVER = """
import socket, sys, threading
piece = bytes(1_000_000)
def serve(connection):
    file = connection.makefile("rb", buffering=1 << 20)
    while line := file.readline():
        method, path, _ = line.split(b" ")
        length = 0
        while (header := file.readline()) != b"\\r\\n":
            if header.lower().startswith(b"content-length:"):
                length = int(header.partition(b":")[2])
        while length > 0:
            length -= len(file.read(min(length, 1 << 20)))
        if method == b"GET":
            size = int(path.rpartition(b"/")[0].rpartition(b"/")[2])
            connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Type: a/b\\r\\nContent-Length: %d000000\\r\\n\\r\\n" % size)
            for _ in range(size):
                connection.sendall(piece)
        else:
            connection.sendall(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""
SPEC = """
callwright: 1
name: bench
base_url: http://127.0.0.1:1
allow_insecure: true
calls:
  content: {path: '/files/{size}/content', path_params: {size: {type: integer}}, response: {type: file}}
  replace: {method: PUT, path: /files, body: {type: raw, content_type: a/b, of: file, arg: file}, response: {type: empty}}
  upload: {path: /files, body: {type: multipart, fields: {purpose: {}, file: {type: file}}}, response: {type: empty}}
"""
MEMORY = """
from pathlib import Path
from clients import bench
with bench.Bench(base_url="http://127.0.0.1:{port}") as client:
    path = Path({path!r})
    client.download(client.content, {size}, to=path)
    client.replace(file=path)
    client.upload(purpose="x", file=path)
# not ru_maxrss, which a process inherits from the one that starts it
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def start_server() -> tuple[subprocess.Popen[str], int]:
    """A server that sends as many megabytes as the path says, and reads what is sent."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def generated(folder: Path) -> None:
    """A generated package ``clients.bench``."""
    (folder / "specs/bench").mkdir(parents=True)
    (folder / "specs/bench/connector.yaml").write_text(SPEC)
    (folder / "callwright.toml").write_text('output = "clients"\n')
    with contextlib.chdir(folder):
        generate(folder)


def compared(by_hand: Callable[[], object], own: Callable[[], object], size: int) -> str:
    """The throughput by hand, and the client's in relation to it: the best of interleaved rounds, as disks vary."""
    by_hand(), own()
    pairs = [(_seconds(by_hand), _seconds(own)) for _ in range(15)]
    hand, mine = min(hand for hand, _ in pairs), min(mine for _, mine in pairs)
    return f"{size / hand:6.0f} MB/s by hand, client {hand / mine:.2f}×"


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def throughput(port: int, folder: Path, size: int) -> None:
    """Print how a download, a raw upload and a multipart upload compare."""
    import httpx
    from clients import bench  # type: ignore[import-not-found]

    base = f"http://127.0.0.1:{port}"
    path = folder / "file.bin"
    with httpx.Client() as http, bench.Bench(base_url=base) as client:

        def download() -> None:
            # to a new file each time: replacing one is a matter of the file system
            path.unlink(missing_ok=True)
            url = f"{base}/files/{size}/content"
            with http.stream("GET", url) as response, path.open("wb") as file:
                for chunk in response.iter_raw():
                    file.write(chunk)

        def raw() -> None:
            with path.open("rb") as file:
                http.put(f"{base}/files", content=file)

        def multipart() -> None:
            with path.open("rb") as file:
                http.post(f"{base}/files", data={"purpose": "x"}, files={"file": file})

        def download_to() -> None:
            path.unlink(missing_ok=True)
            client.download(client.content, size, to=path)

        print("download:        ", compared(download, download_to, size))
        print("raw upload:      ", compared(raw, lambda: client.replace(file=path), size))
        own = compared(multipart, lambda: client.upload(purpose="x", file=path), size)
        print("multipart upload:", own)


def memory(port: int, folder: Path) -> None:
    """Print what a gigabyte each way takes more than a megabyte."""

    def used(size: int) -> int:
        code = MEMORY.format(port=port, path=str(folder / "file.bin"), size=size)
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, check=True, capture_output=True
        )
        return int(run.stdout)

    small, large = used(1), used(1000)
    print(f"memory of 1 GB each way: {(large - small) / 1024:.1f} MB more than of 1 MB")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=200, help="megabytes of a transfer")
    size = parser.parse_args().size
    folder = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
    sys.path.insert(0, str(folder))
    server, port = start_server()
    try:
        generated(folder)
        throughput(port, folder, size)
        memory(port, folder)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
