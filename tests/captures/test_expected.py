"""Samples without a capture: told by `generate` and `check`, and an error of `check --strict`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from callwright.cli import cli

HEAD = "callwright: 1\nname: acme\nbase_url: https://api.acme.example\ncalls:\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "callwright.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def project(root: Path, samples: str, *captures: str, response: str = "{type: json}") -> None:
    folder = root / "specs" / "acme"
    stored = folder / "captures" / "get"
    stored.mkdir(parents=True)
    for name in captures:
        (stored / name).write_text('{"id": 1}')
    (folder / "connector.yaml").write_text(
        f"{HEAD}  get:\n    path: /x\n    response: {response}\n    samples: {{{samples}}}\n"
    )


def warnings(command: str = "check") -> str:
    return CliRunner().invoke(cli, [command]).stderr


@pytest.mark.parametrize("command", ["generate", "check"])
def test_one_sample_is_told_with_the_command_that_captures_it(root: Path, command: str) -> None:
    project(root, "one: {}, unknown: {status: 404}", "one.200.json")
    assert warnings(command) == (
        "specs/acme/connector.yaml:6:5: warning[missing-capture]: calls.get: no capture of the sample unknown\n"
        "    = run: callwright initialize acme.get.unknown\n"
    )


def test_strict_is_not_passed(root: Path) -> None:
    project(root, "one: {}, two: {}", "one.200.json")
    assert CliRunner().invoke(cli, ["generate"]).exit_code == 0
    assert CliRunner().invoke(cli, ["check"]).exit_code == 0
    assert CliRunner().invoke(cli, ["check", "--strict"]).exit_code == 1
    (root / "specs/acme/captures/get/two.200.json").write_text('{"id": 2}')
    assert CliRunner().invoke(cli, ["generate"]).exit_code == 0
    assert CliRunner().invoke(cli, ["check", "--strict"]).exit_code == 0


def test_many_samples_of_a_call_are_one_warning(root: Path) -> None:
    project(root, ", ".join(f"s{n}: {{}}" for n in range(9)), "s0.200.json", "s1.200.json")
    assert "no capture of the samples s2, s3, s4, s5, s6 and 2 more\n" in warnings()
    assert warnings().endswith("= run: callwright initialize acme.get\n")
    assert warnings().count("warning[") == 1


@pytest.mark.parametrize("sample", ["two: {}", "two: {status: 404}", "two: {status: 201}"])
def test_an_answer_of_another_status_is_none(root: Path, sample: str) -> None:
    project(root, f"one: {{}}, {sample}", "one.200.json", "two.500.json")
    assert "no capture of the sample two\n" in warnings()


def test_any_error_is_what_an_error_expects(root: Path) -> None:
    project(root, "one: {}, two: {expect: error}", "one.200.json", "two.500.json")
    assert warnings() == ""


def test_what_is_put_there_by_hand_is_told_with_its_option(root: Path) -> None:
    project(root, "one: {}, two: {source: manual}", "one.200.json")
    assert warnings().endswith("= run: callwright initialize acme.get.two --response FILE\n")


def test_a_call_that_needs_no_capture_for_its_type_is_told_too(root: Path) -> None:
    project(root, "one: {}", response="{type: text}")
    assert "missing-capture" in warnings()


def test_a_call_that_is_left_out_is_told_once(root: Path) -> None:
    project(root, "one: {}, two: {}")
    assert warnings().count("warning[") == 1
    assert "never-initialized" in warnings()
