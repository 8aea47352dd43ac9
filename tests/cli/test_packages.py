"""One package is made by one connector of a project, whichever of them a command names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from callwright.project.connectors import package_of

SPEC = "callwright: 1\nname: {name}\n{more}base_url: https://api.acme.example\n"
SPEC += "calls: {{ping: {{path: /ping, response: {{untyped: true}}}}}}\n"
CLASH = (
    "error: specs/acme/connector.yaml and specs/copy/connector.yaml both make the package acme;"
    " give one of them another name: or package:\n"
)


def put(root: Path, name: str, more: str = "") -> Path:
    folder = root / "specs" / name
    folder.mkdir(parents=True)
    (folder / "connector.yaml").write_text(SPEC.format(name=name, more=more))
    return folder


def callwright(root: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "callwright", *arguments], cwd=root, capture_output=True, text=True
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", ["generate", "check"])
@pytest.mark.parametrize("named", [(), ("acme",), ("copy",), ("copy", "acme")])
def test_two_of_one_package(command: str, named: tuple[str, ...], tmp_path: Path) -> None:
    put(tmp_path, "acme")
    put(tmp_path, "copy", "package: acme\n")
    put(tmp_path, "other")
    assert callwright(tmp_path, command, *named) == (2, CLASH)
    assert not (tmp_path / "generated").exists()


def test_a_clash_of_others_is_theirs(tmp_path: Path) -> None:
    put(tmp_path, "acme")
    put(tmp_path, "copy", "package: acme\n")
    put(tmp_path, "other")
    assert callwright(tmp_path, "generate", "other") == (0, "")


def test_a_spec_that_is_broken_holds_up_no_other(tmp_path: Path) -> None:
    put(tmp_path, "acme")
    put(tmp_path, "torn", "package: [\n")
    (put(tmp_path, "odd") / "connector.yaml").write_bytes(b"package: \xff")
    assert callwright(tmp_path, "generate", "acme") == (0, "")


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("name: acme\n", "acme"),
        ("name: acme\npackage: bills\n", "bills"),
        ("{name: acme, 'package': \"bills\"}", "bills"),
        ("name: acme\ndescription: a package\n", "acme"),
        ("calls:\n  a: {query: {package: {}}}\n", "acme"),
        ("# package: bills\nname: acme\n", "acme"),
        ("package: 7\n", "acme"),
        ("package:\n", "acme"),
        ("- package\n", "acme"),
        ("package\n", "acme"),
        ("\ufeffpackage: bills\n", "bills"),
        ("", "acme"),
        ("package: *none\n", "acme"),
    ],
)
def test_the_package_is_read_alone(text: str, package: str, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "connector.yaml").write_text(text, encoding="utf-8")
    assert package_of(folder) == package
