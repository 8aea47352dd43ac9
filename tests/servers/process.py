"""Starts a server process on a free port, waits until it answers, and ends it."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

KEEPER = Path(__file__).with_name("keeper.py")
READY_SECONDS = 60.0
POLL_SECONDS = 0.03
ATTEMPTS = 3


class StartError(Exception):
    """A server did not come up; the text ends with the end of its log."""


@dataclass(frozen=True)
class Server:
    """A running server.

    `credentials` and `variables` go by the names the connector in `specs/` of the same name gives
    them; `files` are certificates and keys by their purpose; `process` is the keeper of the real
    one (`keeper.py`), `folder` is temporary and goes with it.
    """

    name: str
    base_url: str
    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    output: IO[bytes]
    credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, Path] = field(default_factory=dict[str, Path])

    @property
    def log(self) -> str:
        """What the server printed so far."""
        return _text(self.output)

    def environment(self, connector: str | None = None) -> dict[str, str]:
        """The environment variables that point the connector's client at this server."""
        prefix = (connector or self.name).upper()
        values = {"port": str(self.port), **self.variables, **self.credentials}
        return {f"{prefix}_{name.upper()}": value for name, value in values.items()}


@dataclass(frozen=True)
class Running:
    """A process that answers: what `launched` yields to a server's own module."""

    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    output: IO[bytes]

    def server(
        self,
        name: str,
        *,
        scheme: str = "http",
        credentials: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        files: Mapping[str, Path] | None = None,
    ) -> Server:
        """The same, as tests see it."""
        return Server(
            name=name,
            base_url=f"{scheme}://127.0.0.1:{self.port}",
            port=self.port,
            process=self.process,
            folder=self.folder,
            output=self.output,
            credentials=credentials or {},
            variables=variables or {},
            files=files or {},
        )


Command = Callable[[Path, int], Sequence[str | Path]]
"""Prepares the server's files in the folder and returns the command that serves on the port."""


@contextmanager
def launched(
    command: Command,
    *,
    port: int | None = None,
    ready: str = "/",
    env: Mapping[str, str] | None = None,
    tls: Callable[[Path], ssl.SSLContext] | None = None,
) -> Iterator[Running]:
    """Run a server on 127.0.0.1 until the block ends, on a free port unless one is given.

    Args:
        command: Prepares and names the command; called again with another port when the first
            was taken meanwhile.
        port: This port and no other.
        ready: The path that is asked until anything but a 5xx answers.
        env: Variables for the server beside the few it always gets (`HOME` is its own folder).
        tls: Makes the TLS context for asking, when the server speaks https.

    Raises:
        StartError: It ended or did not answer in time.
    """
    running = _ready(command, port, ready, env or {}, tls)
    try:
        yield running
    finally:
        _end(running)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a preparing command of a server in its folder and return what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(folder, env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise StartError(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def _ready(
    command: Command,
    port: int | None,
    path: str,
    env: Mapping[str, str],
    tls: Callable[[Path], ssl.SSLContext] | None,
) -> Running:
    """Start until it answers; another port when one attempt fails."""
    for attempt in range(1, ATTEMPTS + 1):
        running = _spawn(command, port or free_port(), env)
        try:
            _wait_until_ready(running, path, tls)
            return running
        except BaseException as error:
            _end(running)
            if attempt == ATTEMPTS or not isinstance(error, StartError):
                raise
    raise AssertionError("unreachable")


def _spawn(command: Command, port: int, env: Mapping[str, str]) -> Running:
    folder = Path(tempfile.mkdtemp(prefix="callwright-server-"))
    try:
        words = [str(word) for word in command(folder, port)]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the server ends
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", KEEPER, folder, *words],
        cwd=folder,
        env=_environment(folder, env),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        # an interrupt at the terminal is for the tests, which then end the server
        start_new_session=True,
    )
    return Running(port, process, folder, output)


def _environment(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Little of the caller's environment: no proxies, no settings, no secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    return {**kept, "HOME": str(folder), "NO_PROXY": "*", **env}


def _wait_until_ready(
    running: Running, ready: str, tls: Callable[[Path], ssl.SSLContext] | None
) -> None:
    scheme = "https" if tls else "http"
    url = f"{scheme}://127.0.0.1:{running.port}{ready}"
    deadline = time.monotonic() + READY_SECONDS
    verify = tls(running.folder) if tls else False
    with httpx.Client(verify=verify, trust_env=False, timeout=5) as client:
        while not _answers(client, url):
            if running.process.poll() is not None:
                raise StartError(f"ended with {running.process.returncode}:\n{_tail(running)}")
            if time.monotonic() > deadline:
                raise StartError(f"no answer from {url}:\n{_tail(running)}")
            time.sleep(POLL_SECONDS)


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code < 500
    except httpx.TransportError:
        return False


def _tail(running: Running) -> str:
    return _text(running.output)[-2000:]


def _text(output: IO[bytes]) -> str:
    """All that was written; the reading position is the server's writing position, so it stays."""
    descriptor = output.fileno()
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode(errors="replace")


def _end(running: Running) -> None:
    """Close the keeper's input and wait until it has ended the server and removed its folder."""
    process = running.process
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    process.wait()
    running.output.close()
