"""Each folder beside this file is a connector with captures; its whole package, the runtime aside, is a snapshot."""

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
RUNTIME = Path(stages.__file__).parent / "runtime"


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
    # the runtime is compared below, and the manifest holds its digests
    files = {
        p: b.decode()
        for p, b in built.files.items()
        if not p.startswith("_runtime/") and p != MANIFEST
    }
    files["diagnostics.txt"] = "".join(f"{d.render()}\n" for d in built.diagnostics)
    files["names.lock"] = built.lock.decode()
    assert files == snapshot(extension_class=TreeExtension)


@pytest.mark.parametrize("name", NAMES)
def test_the_runtime_is_copied_byte_for_byte(name: str, tmp_path: Path) -> None:
    settings = load_settings(project(tmp_path, name))
    built = stages.build(settings.specs / name, settings)
    copied = {p: b for p, b in built.files.items() if p.startswith("_runtime/")}
    assert copied
    for path, body in copied.items():
        assert body == (RUNTIME / path.removeprefix("_runtime/")).read_bytes()


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
    results = commands.generate(load_settings(tmp_path))
    packages = [result.folder.name for result in results]
    output = tmp_path / "generated"
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", *packages],
        cwd=output,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
    (output / "pyrightconfig.json").write_text(
        # the runtime is checked as it stands in generated/
        '{"typeCheckingMode": "strict", "exclude": ["**/_runtime"]}'
    )
    pyright = str(Path(sys.executable).parent / "pyright")
    checked = subprocess.run(
        [pyright, "--pythonpath", sys.executable], cwd=output, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    used = "; ".join(f"import {p}; [getattr({p}, n) for n in {p}.__all__]" for p in packages)
    imported = subprocess.run(
        [sys.executable, "-W", "error", "-c", used], cwd=output, capture_output=True, text=True
    )
    assert imported.returncode == 0, imported.stderr
