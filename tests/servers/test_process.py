"""A server is gone when its block ends, and also when the tests were killed; failures say why."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.servers.process import KEEPER, StartError, launched

ROOT = Path(__file__).parents[2]
SERVE = "import http.server as h, sys; h.test(h.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind='127.0.0.1')"


def _serve(folder: Path, port: int) -> list[str | Path]:
    return [sys.executable, "-c", SERVE, str(port)]


def test_a_server_and_its_folder_are_gone_after_the_block() -> None:
    with launched(_serve) as running:
        url = f"http://127.0.0.1:{running.port}/"
        assert httpx.get(url).status_code == 200
        assert running.folder.is_dir()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert not running.folder.exists()


def test_a_server_that_ends_at_once_shows_its_log() -> None:
    with (
        pytest.raises(StartError, match="no such setting"),
        launched(
            lambda folder, port: [sys.executable, "-c", "raise SystemExit('no such setting')"]
        ),
    ):
        pass


def test_a_server_does_not_outlive_killed_tests(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    command = [
        sys.executable,
        "-c",
        "import os, time; print(os.getpid(), flush=True); time.sleep(60)",
    ]
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\n"
            "time.sleep(60)",
            *[sys.executable, str(KEEPER), str(folder), *command],
        ],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    server = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert _within(10, lambda: not _is_alive(server))
    # the keeper removes the folder after the server has ended
    assert _within(10, lambda: not folder.exists())


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _within(seconds: float, is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.05)
    return is_so()
