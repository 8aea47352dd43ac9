"""`callwright list`: a line for each connector, call and sample."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callwright.cli import cli

CALLS = """
  get: {path: /things/1, samples: {one: {}, two: {}}}
  put: {method: PUT, path: /things/1, samples: {here: {source: manual}, there: {source: docs}}}
  bare: {path: /bare}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "callwright.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    for name in ("acme", "other"):
        spec(tmp_path, name, CALLS)
    return tmp_path


def spec(root: Path, name: str, calls: str) -> None:
    folder = root / "specs" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "connector.yaml").write_text(
        f"callwright: 1\nname: {name}\nbase_url: https://{name}.example\nauth: none\ncalls:{calls}"
    )


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


def listed(*args: str) -> dict[str, str]:
    result = run("list", *args)
    assert result.exit_code == 0, result.output
    lines = (re.split(r" {2,}", line, maxsplit=1) for line in result.stdout.splitlines())
    return {name: " ".join(rest.split()) for name, rest in lines}


def test_states_of_samples(root: Path) -> None:
    (root / "body.json").write_text('{"a": 1}')
    for target, source in (("put.here", "manual"), ("put.there", "docs"), ("get.one", "manual")):
        stored = run("initialize", f"acme.{target}", "--response", "body.json", "--source", source)
        assert stored.exit_code == 0, stored.output
    spec(
        root,
        "acme",
        CALLS.replace("path: /things/1, samples: {one", "path: /items/1, samples: {one"),
    )
    lines = listed("acme")
    assert lines.pop("acme").startswith(
        "3 calls, 4 samples: 1 captured, 1 missing, 1 stale, 1 unproven"
    )
    dated = {name: re.sub(r" \d{4}-\d\d-\d\d$", " DATE", rest) for name, rest in lines.items()}
    assert dated == {
        "acme.get": "GET /items/1 data",
        "acme.get.one": "stale 200 manual DATE",
        "acme.get.two": "missing",
        "acme.put": "PUT /things/1 action",
        "acme.put.here": "captured 200 manual DATE",
        "acme.put.there": "unproven 200 docs DATE",
        "acme.bare": "GET /bare data no samples",
    }


def test_all_connectors(root: Path) -> None:
    lines = listed()
    assert [name for name in lines if "." not in name] == ["acme", "other"]
    assert lines["other.get.one"] == "missing"


def test_a_broken_connector_does_not_hide_others(root: Path) -> None:
    spec(root, "acme", " {get: {paht: /x}}\n")
    result = run("list")
    assert result.exit_code == 2
    assert "unknown key" in result.stderr
    assert "other.get.one" in result.stdout


def test_an_unknown_connector(root: Path) -> None:
    result = run("list", "acmee")
    assert result.exit_code == 2
    assert "did you mean acme?" in result.stderr


@pytest.mark.parametrize(("text", "file"), [('{"a": 1}', "one.200.json"), ("[1]", "one.200.json")])
def test_a_response_from_standard_input(root: Path, text: str, file: str) -> None:
    result = CliRunner().invoke(cli, ["initialize", "acme.get.one", "--response", "-"], input=text)
    assert result.exit_code == 0, result.output
    assert (root / "specs/acme/captures/get" / file).exists()


def test_a_bad_response_from_standard_input_is_told(root: Path) -> None:
    args = ["initialize", "acme.get.one", "--response", "-"]
    result = CliRunner().invoke(cli, args, input="<p>no</p>")
    assert result.exit_code != 0
    assert "standard input: JSON was promised" in result.stderr
