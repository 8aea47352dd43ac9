"""`callwright new` and `callwright add` in a project folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callwright.cli import cli
from callwright.operations.lower import read_requests


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "callwright.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, list(args))


def test_from_nothing_to_calls_that_pass(root: Path) -> None:
    made = run("new", "acme", "--base-url", "https://api.acme.com", "--title", "Acme: Mail")
    assert made.exit_code == 0, made.output
    assert "wrote specs/acme/connector.yaml" in made.stdout
    assert run("add", "acme", "list_users", "--path", "/users").exit_code == 0
    added = run(
        "add",
        "acme",
        "rename",
        "--method",
        "patch",
        "--path",
        "/users/{userId}",
        "--description",
        "It's: new",
    )
    assert added.exit_code == 0, added.output
    assert "replace CHANGE_ME" in added.stdout
    requests, problems = read_requests(root / "specs" / "acme", root)
    assert [(d.code, d.path) for d in problems] == [
        ("unfinished-sample", "calls.rename.samples.example.args.user_id")
    ]
    calls = {r.call.name: r for r in requests.calls}
    assert list(calls) == ["list_users", "rename"]
    assert (calls["rename"].call.method, calls["rename"].description) == ("PATCH", "It's: new")
    assert set(calls["rename"].samples[0].args) == {a.name for a in calls["rename"].arguments}


@pytest.mark.parametrize("name", ["class", "close", "list"])
def test_a_call_that_the_spec_would_refuse_is_not_added(root: Path, name: str) -> None:
    run("new", "acme", "--base-url", "https://api.acme.com")
    path = root / "specs" / "acme" / "connector.yaml"
    before = path.read_text()
    refused = run("add", "acme", name, "--path", "/x")
    assert refused.exit_code == 2
    assert f"error[reserved-name]: calls.{name}: " in refused.stderr
    assert path.read_text() == before
    path.write_text(before.replace("calls: {}", "calls:\n  class: {path: /y}\n"))
    assert run("add", "acme", "fine", "--path", "/x").exit_code == 0


def test_nothing_is_overwritten(root: Path) -> None:
    run("new", "acme", "--base-url", "https://api.acme.com")
    path = root / "specs" / "acme" / "connector.yaml"
    path.write_text(path.read_text() + "# mine\n")
    again = run("new", "acme", "--base-url", "https://api.acme.com")
    assert again.exit_code == 2
    assert "specs/acme/connector.yaml exists already; it was left as it is" in again.stderr
    assert path.read_text().endswith("# mine\n")
    run("add", "acme", "ping", "--path", "/ping")
    before = path.read_bytes()
    twice = run("add", "acme", "ping", "--path", "/other")
    assert (twice.exit_code, "calls.ping exists already" in twice.stderr) == (2, True)
    assert path.read_bytes() == before


def test_a_call_of_a_group_file_is_not_added_twice(root: Path) -> None:
    run("new", "acme", "--base-url", "https://api.acme.com")
    group = root / "specs" / "acme" / "calls" / "users.yaml"
    group.parent.mkdir()
    group.write_text("get_user: {path: /user}\n")
    result = run("add", "acme", "get_user", "--path", "/user")
    assert result.exit_code == 2
    assert "specs/acme/calls/users.yaml: get_user exists already" in result.stderr


def test_a_missing_connector_is_told(root: Path) -> None:
    result = run("add", "acme", "ping", "--path", "/ping")
    assert result.exit_code == 2
    assert "start it with: callwright new acme --base-url URL" in result.stderr


def test_a_result_that_is_not_valid_is_not_written(root: Path) -> None:
    run("new", "acme", "--base-url", "https://api.acme.com")
    path = root / "specs" / "acme" / "connector.yaml"
    path.write_text(path.read_text().replace("auth: none", "atuh: none"))
    before = path.read_bytes()
    result = run("add", "acme", "ping", "--path", "/ping")
    assert result.exit_code == 2
    assert "did you mean auth" in result.stderr
    assert path.read_bytes() == before


def test_a_file_in_the_way_is_one_clear_line(root: Path) -> None:
    (root / "specs").write_text("")
    result = run("new", "acme", "--base-url", "https://api.acme.com")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("json", "choose another name, like json_api"),
        ("email", "choose another name, like email_api"),
        ("class", "choose another name, like class_api"),
        ("async", "choose another name, like async_api"),
        ("httpx", "choose another name, like httpx_api"),
        ("certifi", "choose another name, like certifi_api"),
        ("client", "pass --title 'Client API'"),
        ("Acme", "acme would do"),
        ("my-api", "my_api would do"),
        ("../evil", "is no connector name"),
        ("1password", "is no connector name"),
        ("x" * 300, "at most 100"),
        ("taken", "specs/other/connector.yaml makes the package taken already"),
        ("blocked", "generated/blocked: is in the way of the package"),
    ],
)
def test_a_name_that_is_refused_later_is_refused_when_made(
    root: Path, name: str, told: str
) -> None:
    run("new", "other", "--base-url", "https://api.acme.com")
    spec = root / "specs/other/connector.yaml"
    spec.write_text(spec.read_text() + "package: taken\n")
    (root / "generated").mkdir()
    (root / "generated/blocked").write_text("")
    result = run("new", name, "--base-url", "https://api.acme.com")
    assert result.exit_code == 2
    assert told in result.stderr
    assert [path.name for path in (root / "specs").iterdir()] == ["other"]


@pytest.mark.parametrize("title", ["Client", "404", "Acme: [x]", "Модель", "''"])
def test_a_new_connector_is_one_that_check_takes(root: Path, title: str) -> None:
    made = run("new", "acme", "--base-url", "https://api.acme.com", "--title", title)
    assert made.exit_code == (0 if (root / "specs/acme").exists() else 2)
    assert "error[" not in run("check").stderr


def test_nothing_is_written_through_a_link(root: Path) -> None:
    (root / "precious").write_text("precious")
    (root / "specs/acme").mkdir(parents=True)
    for name in (".connector.yaml.new", ".connector.yaml.tmp"):
        (root / "specs/acme" / name).symlink_to(root / "precious")
    assert run("new", "acme", "--base-url", "https://api.acme.com").exit_code == 0
    assert run("add", "acme", "ping", "--path", "/ping").exit_code == 0
    assert (root / "precious").read_text() == "precious"


@pytest.mark.parametrize("url", ["http://[::1", "https://a.test:99999", "u:pw@a.test"])
def test_a_base_url_that_cannot_be_called_is_refused(root: Path, url: str) -> None:
    result = run("new", "acme", "--base-url", url)
    assert result.exit_code == 2
    assert "pw@" not in result.output + result.stderr
    assert not (root / "specs").exists()
