"""A server is gone when its block ends, and also when the tests were killed; failures say why."""

from __future__ import annotations

import os
import subprocess
import sys
import time
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
    assert _gone_within(server, seconds=10)
    assert not folder.exists()


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
