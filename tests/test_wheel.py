"""The wheel, as users get it: built, installed in an empty environment, run far from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    # nothing of this environment may help the other one
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_generates_a_client_outside_the_checkout(tmp_path: Path) -> None:
    run(
        sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist", cwd=ROOT
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)

    project = tmp_path / "project"
    shutil.copytree(ROOT / "tests" / "cases" / "acme", project / "specs" / "acme")
    callwright = python.with_name("callwright")
    assert "acme: generated/acme (6 calls)" in run(callwright, "generate", cwd=project)
    assert run(callwright, "check", cwd=project).endswith("acme: up to date\n")
    used = run(
        python,
        "-c",
        "import acme; c = acme.Acme(api_key='k'); print(c.get_customer.__doc__.splitlines()[0])",
        cwd=project / "generated",
    )
    assert used == "One customer.\n"
