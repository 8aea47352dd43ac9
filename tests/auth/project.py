"""A project in a folder, driven by the command line as a developer does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Project:
    """A project folder with a spec (that of specs/ when none is given), and its own user state."""

    def __init__(self, folder: Path, connector: str, text: str | None = None) -> None:
        self.folder = folder
        specs = folder / "specs" / connector
        specs.mkdir(parents=True)
        if text is None:
            text = (ROOT / "specs" / connector / "connector.yaml").read_text()
        (specs / "connector.yaml").write_text(text)
        self.spec = specs / "connector.yaml"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "BROWSER": "false",
        }

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-m", "callwright", *arguments],
            cwd=self.folder,
            env={**self.env, **env},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def run(self, *arguments: str, stdin: str = "", **env: str) -> tuple[int, str]:
        process = self.start(*arguments, **env)
        out, err = process.communicate(stdin, timeout=60)
        assert "Traceback" not in err
        return process.returncode, out + err


def url_in(stream: Any) -> str:
    for line in stream:
        if line.startswith("http"):
            return str(line.strip())
    raise AssertionError("no URL was printed")
