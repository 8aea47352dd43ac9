"""`callwright demo`: everything it shows is real, and it leaves a project that passes check."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from callwright.demo.transcript import run_blocks


def callwright(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "callwright", *args],
        cwd=folder,
        env={
            **os.environ,
            "XDG_CACHE_HOME": str(folder / ".cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_whole_path_is_shown_and_left_behind(tmp_path: Path) -> None:
    done = callwright(tmp_path, "demo")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 88  # the width of generated code
    assert "\x1b" not in done.stdout
    for shown in (
        "get_book.unknown: got 404 Not Found (expected 2xx): there is no book 999",
        '{"error": {"code": "not_found", "message": "there is no book 999",',
        "To keep this response as an error sample, add `status: 404` to a sample.",
        "create_order.two_books  201  application/json",
        "def get_book(self, book_id: int) -> models.Book:",
        "('Frankenstein', 9.9, datetime.date(1818, 1, 1))",
        "('cover.png', 79)",
        "b'\\x89PNG'",
        "create_order: 409 Conflict: 0 of 'The Odyssey' left (code out_of_stock)",
        "0 copies are left",
        "page_size must be at most 100",
        "['Frankenstein', 'The Mysterious Island', 'Michael Strogoff']",
        "All of it is in callwright-demo/",
    ):
        assert shown in done.stdout
    port = re.search(r"127\.0\.0\.1:(\d+)", done.stdout)
    assert port is not None
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port[1]))) != 0, "the provider still runs"
    folder = tmp_path / "callwright-demo"
    written = "".join(p.read_text() for p in folder.rglob("*") if p.suffix in {".json", ".yaml"})
    assert "demo-key-" not in written
    checked = callwright(folder, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_second_run_is_as_good_as_the_first(tmp_path: Path) -> None:
    callwright(tmp_path, "demo", "--folder", "x")
    (tmp_path / "x/specs/bookshop/captures/get_book/old.200.json").write_text("{")
    (tmp_path / "x/specs/mine").mkdir()
    (tmp_path / "x/specs/mine/notes.txt").write_text("kept")
    again = callwright(tmp_path, "demo", "--folder", "x")
    assert again.returncode == 0, again.stderr
    assert not (tmp_path / "x/specs/bookshop/captures/get_book/old.200.json").exists()
    assert (tmp_path / "x/specs/mine/notes.txt").read_text() == "kept"


@pytest.mark.parametrize("in_the_way", ["file", "folder"])
def test_what_is_not_the_demos_is_left_alone(tmp_path: Path, in_the_way: str) -> None:
    taken = tmp_path / "taken"
    if in_the_way == "file":
        taken.write_text("mine")
    else:
        taken.mkdir()
        (taken / "mine.txt").write_text("mine")
    done = callwright(tmp_path, "demo", "--folder", "taken")
    assert done.returncode == 2
    assert "taken" in done.stderr
    assert "Traceback" not in done.stderr
    assert (taken if in_the_way == "file" else taken / "mine.txt").read_text() == "mine"


def test_the_transcript_is_what_python_would_show(capsys: pytest.CaptureFixture[str]) -> None:
    run_blocks("a = 1\n\na + 1\n\nif a:\n    print('x')\n\ntuple(\n    [a]\n)")
    assert capsys.readouterr().out == (
        ">>> a = 1\n>>> a + 1\n2\n>>> if a:\n...     print('x')\nx\n>>> tuple(\n...     [a]\n... )\n(1,)\n"
    )
