"""The wheel, as users get it: built, installed in an empty environment, run far from the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
USE = "c = Acme(api_key='k'); print(c.get_customer.__doc__.splitlines()[0])"
USED = "One customer.\n"


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
    assert run(python, "-c", f"from generated.acme import Acme; {USE}", cwd=project) == USED

    # a client that is a project of its own goes where Callwright never was
    (project / "callwright.toml").write_text('layout = "project"\n')
    run(callwright, "generate", cwd=project)
    assert sorted(p.name for p in (project / "generated").iterdir()) == ["__init__.py", "acme"]
    built = project / "generated" / "acme"
    run(
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        tmp_path / "clients",
        cwd=built,
    )
    (client,) = (tmp_path / "clients").glob("acme-*.whl")
    venv.create(tmp_path / "other", with_pip=True)
    python = tmp_path / "other" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", client, "mypy", cwd=tmp_path)
    assert run(python, "-c", f"from acme import Acme; {USE}", cwd=tmp_path) == USED
    (tmp_path / "consumer.py").write_text(
        "from acme import Acme\n\ndef name(client: Acme) -> str:\n"
        '    return client.get_customer("c1").name\n'
    )
    run(python, "-m", "mypy", "--strict", "consumer.py", cwd=tmp_path)
