"""Each folder beside this file is a connector with captures; its whole package is a snapshot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from callwright import commands
from callwright import pipeline as stages
from callwright.output import MANIFEST
from callwright.project.settings import load_settings

CASES = Path(__file__).parent
NAMES = sorted(p.parent.name for p in CASES.glob("*/connector.yaml"))


def project(folder: Path, name: str) -> Path:
    """A project that holds this one case."""
    shutil.copytree(CASES / name, folder / "specs" / name)
    (folder / "callwright.toml").write_text("")
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_package(name: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    from tests.cases.tree import TreeExtension

    settings = load_settings(project(tmp_path, name))
    built = stages.build(settings.specs / name, settings)
    # what is recorded are the captures, as they stand beside the spec
    kept = [p for p in built.files if not p.startswith("_recorded/") or p.endswith("/index.json")]
    files = {p: built.files[p].decode() for p in kept if p != MANIFEST}
    files["diagnostics.txt"] = "".join(f"{d.render()}\n" for d in built.diagnostics)
    files["names.lock"] = built.lock.decode()
    assert files == snapshot(extension_class=TreeExtension)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes_under_any_hash_seed_and_folder(name: str, tmp_path: Path) -> None:
    made = []
    for seed, place in (("1", "one"), ("2", "two/deeper")):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        project(folder, name)
        subprocess.run(
            [sys.executable, "-m", "callwright", "generate"],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed, "CALLWRIGHT_NO_CACHE": "1"},
            check=True,
            capture_output=True,
        )
        output = folder / "generated"
        made.append(
            {p.relative_to(output): p.read_bytes() for p in output.rglob("*") if p.is_file()}
        )
    assert made[0] == made[1]


def test_every_package_is_strictly_typed_and_imports(tmp_path: Path) -> None:
    for name in NAMES:
        shutil.copytree(CASES / name, tmp_path / "specs" / name)
    (tmp_path / "callwright.toml").write_text("")
    results = commands.generate(load_settings(tmp_path)).connectors
    packages = [result.folder.name for result in results]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "generated"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
    (tmp_path / "pyrightconfig.json").write_text(
        # the runtime is checked as it stands in generated/
        '{"typeCheckingMode": "strict", "exclude": ["**/_runtime"]}'
    )
    pyright = str(Path(sys.executable).parent / "pyright")
    checked = subprocess.run(
        [pyright, "--pythonpath", sys.executable], cwd=tmp_path, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    # checkers do not see a lazy name that leads nowhere
    used = "; ".join(
        f"from generated import {p}; [getattr({p}, n) for n in {p}.__all__]" for p in packages
    )
    imported = subprocess.run(
        [sys.executable, "-W", "error", "-c", used], cwd=tmp_path, capture_output=True, text=True
    )
    assert imported.returncode == 0, imported.stderr
