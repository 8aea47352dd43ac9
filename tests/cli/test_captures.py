"""What generate, check and explain say of captures: unproven ones, left-over ones, and new values of the same types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callwright.cli import cli

SPEC = """\
callwright: 1
name: acme
base_url: https://api.acme.example
auth: none
calls:
  me: {path: /me, samples: {basic: {}}}
"""
RICH = {"id": 1, "state": "open", "items": [{"state": "open"}, {"state": "shut"}], "metadata": {"a": "b"}}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "callwright.toml").write_text("")
    folder = tmp_path / "specs" / "acme" / "captures" / "me"
    folder.mkdir(parents=True)
    (folder.parents[1] / "connector.yaml").write_text(SPEC)
    (folder / "basic.200.json").write_text(json.dumps(RICH))
    return folder


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


def package(folder: Path) -> dict[str, bytes]:
    generated = folder.parents[3] / "generated" / "acme"
    return {
        p.relative_to(generated).as_posix(): p.read_bytes()
        for p in generated.rglob("*")
        if p.is_file()
    }


def test_other_values_of_the_same_types_change_no_source(folder: Path) -> None:
    for version in ("v2", "v3"):
        (folder / f"basic.200.{version}.json").write_text(json.dumps(RICH))
    assert run("generate").exit_code == 0
    before = package(folder)
    other = {"id": 99, "state": "done", "items": [{"state": "lost"}], "metadata": {"c": "d"}}
    for name in ("basic.200.json", "basic.200.v2.json", "basic.200.v3.json"):
        (folder / name).write_text(json.dumps(other, indent=4))
    assert run("generate").exit_code == 0
    after = package(folder)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    # the captures that the package ships are other ones, and their digest with them
    assert changed == {"_recorded/me/basic.200.json", ".callwright.json"}
    assert run("check").exit_code == 0


@pytest.mark.parametrize("source", ["docs", "import:openapi", "import:postman"])
def test_captures_that_are_claims_are_shown_as_unproven(folder: Path, source: str) -> None:
    (folder / "basic.200.meta.yaml").write_text(f"source: {source}\n")
    run("generate")
    checked = run("check", "--strict")
    assert checked.exit_code == 0  # for information only
    place = "specs/acme/captures/me/basic.200.json"
    assert f"info[unproven-capture]: unproven, not captured from the API: {place} ({source})" in checked.output  # fmt: skip
    assert "callwright initialize acme.me.basic" in checked.output
    for args in ((), ("Me.id",), ("Me",)):
        assert f"in {place} (unproven: {source})" in run("explain", "acme", *args).output
    assert f"{place} is unproven (source: {source})" in run("explain", "acme", "--uncertain").output


@pytest.mark.parametrize("source", ["live", "manual"])
def test_other_captures_are_not(folder: Path, source: str) -> None:
    (folder / "basic.200.meta.yaml").write_text(f"source: {source}\n")
    run("generate")
    for command in (("check",), ("explain", "acme"), ("explain", "acme", "--uncertain")):
        assert "unproven" not in run(*command).output


def test_many_unproven_captures_are_one_line(folder: Path) -> None:
    samples = ", ".join(f"s{n}: {{}}" for n in range(8))
    (folder.parents[1] / "connector.yaml").write_text(SPEC.replace("basic: {}", samples))
    (folder / "basic.200.json").unlink()
    for n in range(8):
        (folder / f"s{n}.200.json").write_text("{}")
        (folder / f"s{n}.200.meta.yaml").write_text("source: docs\n")
    run("generate")
    (line,) = [text for text in run("check").output.splitlines() if "unproven" in text]
    assert line.endswith("s4.200.json (docs) and 3 more")


@pytest.mark.parametrize("command", ["generate", "check", "explain"])
def test_a_meta_file_that_expands_for_ever_is_refused(folder: Path, command: str) -> None:
    lines = ["request:", "  a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    (folder / "basic.200.meta.yaml").write_text("\n".join(lines))
    done = run(command, "acme")
    assert done.exit_code == 2
    assert "specs/acme/captures/me/basic.200.meta.yaml:" in done.output


def test_a_version_without_a_first_one_is_an_error(folder: Path) -> None:
    (folder / "basic.200.json").rename(folder / "basic.200.v2.json")
    done = run("generate")
    assert done.exit_code == 2
    assert "rename it to basic.200.json" in done.output
