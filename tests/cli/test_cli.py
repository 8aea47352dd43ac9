"""The command line as a user meets it: exit codes, messages, and what starting it costs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import Project

CASES = Path(__file__).parents[1] / "cases"


def callwright(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "callwright", *args],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(CASES / "acme", tmp_path / "specs" / "acme")
    (tmp_path / "callwright.toml").write_text("")
    return tmp_path


def test_help_imports_click_and_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from callwright.cli import cli\n"
        "try: cli(['--help'], prog_name='callwright')\n"
        "except SystemExit: pass\n"
        "heavy = {'httpx', 'pydantic', 'black', 'jinja2', 'yaml', 'rich', 'asyncio', 'datamodel_code_generator'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "[]\n"
    assert "generate" in done.stdout


def test_every_command_explains_itself(tmp_path: Path) -> None:
    listed = callwright("--help", cwd=tmp_path).stdout
    names = [
        line.split()[0]
        for line in listed.partition("Commands:")[2].splitlines()
        if line[2:3].strip()
    ]
    assert {
        "new",
        "add",
        "initialize",
        "generate",
        "check",
        "explain",
        "models",
        "schema",
        "demo",
    } <= set(names)
    for name in names:
        done = callwright(name, "--help", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"Usage: callwright {name}")


def test_a_command_mistyped(tmp_path: Path) -> None:
    done = callwright("generat", cwd=tmp_path)
    assert done.returncode == 2
    assert "No such command 'generat'. Did you mean 'generate'?" in done.stderr


def test_generate_then_check(project: Path) -> None:
    first = callwright("generate", cwd=project)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("acme: generated/acme (6 calls)\n  added    __init__.py ")
    assert "warning[never-initialized]" in first.stderr
    assert callwright("generate", cwd=project).stdout == "acme: generated/acme is up to date\n"
    checked = callwright("check", cwd=project)
    assert (checked.returncode, checked.stdout) == (0, "acme: up to date\n")
    assert callwright("check", "--strict", cwd=project).returncode == 1


@pytest.mark.parametrize("command", ["generate", "check"])
def test_what_is_declared_of_no_place_is_told(tmp_path: Path, command: str) -> None:
    folder = tmp_path / "specs" / "acme"
    (folder / "captures" / "list_books").mkdir(parents=True)
    (folder / "captures" / "list_books" / "first.200.json").write_text(
        '{"books": [{"price": 1.5}]}'
    )
    (folder / "connector.yaml").write_text(
        "callwright: 1\nname: acme\nbase_url: https://api.acme.example\ncalls:\n"
        "  list_books:\n    path: /books\n    samples: {first: {}}\n    response:\n      fields:\n"
        "        $.books.price: {type: decimal}\n"
    )
    done = callwright(command, cwd=tmp_path)
    assert done.stderr == (
        "specs/acme/connector.yaml:10:24: warning[unknown-hint-path]:"
        " calls.list_books.response.fields['$.books.price']: $.books.price is in no capture of list_books\n"
        "            $.books.price: {type: decimal}\n                           ^\n"
        "    = did you mean $.books[*].price?\n"
    )


def test_a_name_of_the_spec_is_gone_with_its_key(tmp_path: Path) -> None:
    spec = tmp_path / "specs" / "acme" / "connector.yaml"
    (spec.parent / "captures" / "get_book").mkdir(parents=True)
    (spec.parent / "captures" / "get_book" / "first.200.json").write_text('{"price": 1.5}')
    head = (
        "callwright: 1\nname: acme\nbase_url: https://api.acme.example\ncalls:\n"
        "  get_book:\n    path: /book\n    samples: {first: {}}\n"
    )
    for more in ("    response: {model: Bok}\n", ""):
        spec.write_text(head + more)
        done = callwright("generate", cwd=tmp_path)
    assert "  breaking: models.Bok is gone\n" in done.stdout
    assert "class Book(" in (tmp_path / "generated" / "acme" / "models.py").read_text()
    assert json.loads((spec.parent / "names.lock").read_text()) == {"get_book:$": "Book"}


def test_digits_that_would_be_lost_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "specs" / "acme"
    (folder / "captures" / "get_balance").mkdir(parents=True)
    (folder / "captures" / "get_balance" / "now.200.json").write_text(
        '{"data": {"balance": 1234567890123.4567890123456789}}'
    )
    spec = (
        "callwright: 1\nname: acme\nbase_url: https://api.acme.example\ncalls:\n"
        "  get_balance:\n    path: /balance\n    samples: {now: {}}\n    response:\n      select: $.data\n"
    )
    (folder / "connector.yaml").write_text(spec)
    assert callwright("generate", cwd=tmp_path).stderr == (
        "warning[digits-lost]: specs/acme/connector.yaml:6:5: fields: $.data.balance of get_balance has numbers of"
        " more digits than a float keeps\n    = keep them with fields: {'$.data.balance': {type: decimal}}\n"
    )
    (folder / "connector.yaml").write_text(
        spec + "      fields: {'$.data.balance': {type: decimal}}\n"
    )
    assert callwright("generate", cwd=tmp_path).stderr == ""


@pytest.mark.parametrize("command", ["generate", "check"])
def test_two_connectors_cannot_be_one_package(project: Path, command: str) -> None:
    copy = project / "specs" / "copy" / "connector.yaml"
    shutil.copytree(project / "specs" / "acme", copy.parent)
    copy.write_text(copy.read_text().replace("name: acme\n", "name: copy\npackage: acme\n"))
    done = callwright(command, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: specs/acme/connector.yaml and specs/copy/connector.yaml both make the package acme;"
        " give one of them another name: or package:\n"
    )
    assert not (project / "generated").exists()


def test_a_spec_is_named_as_its_folder(project: Path) -> None:
    (project / "specs" / "acme").rename(project / "specs" / "other")
    done = callwright("generate", cwd=project)
    assert (done.returncode, done.stderr) == (
        2,
        "error[folder-name]: specs/other/connector.yaml: name is acme, but the folder is other\n"
        "    = commands and messages name a connector by both: make them the same\n"
        "callwright: 1 error in the spec\n",
    )


def test_check_finds_a_token_that_stands_in_a_file(project: Path) -> None:
    callwright("generate", cwd=project)
    assert callwright("check", cwd=project).returncode == 0
    token = "ghp_" + "a1B2" * 9  # in two parts: no scanner may take this file for a leak
    (project / "specs" / "acme" / "notes.txt").write_text(f"line\nkey = {token}\n")
    done = callwright("check", cwd=project)
    assert done.returncode == 1
    assert (
        "specs/acme/notes.txt:2:7: error[secret-in-file]: a well-known kind of token" in done.stderr
    )
    assert token not in done.stdout + done.stderr


def test_strict_says_why_it_fails(project: Path) -> None:
    callwright("generate", cwd=project)
    done = callwright("check", "--strict", cwd=project)
    assert done.returncode == 1
    assert done.stderr.endswith("failed on warnings (--strict): acme\n")


def test_check_writes_nothing_and_shows_the_difference(project: Path) -> None:
    done = callwright("check", cwd=project)
    assert done.returncode == 1
    assert done.stdout == "acme: generated/acme is not there yet; run: callwright generate acme\n"
    assert not (project / "generated").exists()
    callwright("generate", cwd=project)
    client = project / "generated" / "acme" / "client.py"
    client.write_text(client.read_text().replace("One customer.", "Some customer."))
    done = callwright("check", cwd=project)
    assert done.returncode == 1
    assert '-        """Some customer.' in done.stdout
    assert '+        """One customer.' in done.stdout
    assert "client.py was changed by hand; generated files are never edited" in done.stdout
    assert done.stdout.endswith("acme: differs; run: callwright generate acme\n")
    again = callwright("generate", cwd=project)
    assert "generated/acme/client.py was changed by hand; overwriting it" in again.stderr
    assert callwright("check", cwd=project).returncode == 0


def test_another_version_is_told_instead_of_a_wall_of_diff(project: Path) -> None:
    callwright("generate", cwd=project)
    manifest = project / "generated" / "acme" / ".callwright.json"
    manifest.write_text(manifest.read_text().replace('"callwright": "', '"callwright": "9.'))
    assert callwright("check", cwd=project).returncode == 0
    (project / "generated" / "acme" / "client.py").write_text("# older\n")
    done = callwright("check", cwd=project)
    assert done.returncode == 1
    assert "generated by callwright 9." in done.stdout
    assert "---" not in done.stdout


def test_a_new_capture_that_breaks_users_is_said(project: Path) -> None:
    callwright("generate", cwd=project)
    capture = project / "specs" / "acme" / "captures" / "get_customer" / "second.200.json"
    capture.write_text('{"id": 3, "name": "Cy"}')
    done = callwright("generate", cwd=project)
    assert "breaking: models.Customer.id: str → " in done.stdout
    assert done.stdout.count("models.Customer.id:") == 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"specs/acme/connector.yaml": "callwright: 1\nnam: acme\n"}, "connector.yaml:2:1: error[unknown-key]: nam"),
        ({"specs/acme/captures/get_customer/known.200.json": '{"id": 1,}'}, "known.200.json"),
        ({"specs/acme/captures/get_customer/known.200.json": b"\xff\xfe"}, "known.200.json"),
        ({"specs/acme/captures/get_custmer/x.200.json": "{}"}, "did you mean get_customer?"),
        ({"callwright.toml": "spec = 1"}, "callwright.toml"),
        ({"generated/acme/client.py": "mine"}, "client.py: was not generated by Callwright and is in the way"),
        ({"generated/acme": "a file"}, "a file is in the way"),
        ({"specs/acme/names.lock": "["}, "names.lock: cannot be read"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_message(
    project: Path, damage: dict[str, str | bytes], message: str
) -> None:
    for path, content in damage.items():
        place = project / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    done = callwright("generate", cwd=project)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert not (project / "generated" / "acme" / "__init__.py").exists()


def test_an_unknown_connector(project: Path) -> None:
    done = callwright("generate", "acm", cwd=project)
    assert done.returncode == 2
    assert "acm" in done.stderr
    assert "acme" in done.stderr


def test_a_project_without_connectors(tmp_path: Path) -> None:
    done = callwright("generate", cwd=tmp_path)
    assert done.returncode == 2
    assert "callwright new" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_exits_with_130_and_leaves_nothing_half_written(project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "callwright", "generate"],
        cwd=project,
        env={**os.environ, "CALLWRIGHT_NO_CACHE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    # what is imported is told there: from here on the command is at work, however busy the machine is
    next(line for line in process.stderr if line.endswith(" callwright.commands\n"))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    if process.returncode == 0:
        pytest.skip("the run was faster than the signal")
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert not (project / "generated" / "acme" / "__init__.py").exists()


def test_output_into_a_closed_pipe_is_no_error(project: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m callwright schema | head -c 1",
        shell=True,
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_models_from_files(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"id": 1, "name": "x"}')
    (tmp_path / "b.json").write_text('{"id": 2}')
    done = callwright("models", "user=a.json", "user=b.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "made.py").write_text(done.stdout)
    used = subprocess.run(
        [sys.executable, "-c", "import made; print(made.User(id=1))"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert used.stdout == "id=1 name=None\n", used.stderr
    (tmp_path / "bad.json").write_text('{"id": 1,')
    bad = callwright("models", "user=a.json", "user=bad.json", cwd=tmp_path)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("error: bad.json: line 1, column 10: not valid JSON")
    missing = callwright("models", "user=nowhere.json", cwd=tmp_path)
    assert (missing.returncode, missing.stderr) == (
        2,
        "error: nowhere.json: No such file or directory\n",
    )
    assert callwright("models", "user", cwd=tmp_path).returncode == 2


def test_models_from_standard_input(empty_project: Project) -> None:
    empty_project.write("a.json", '{"id": 1}')
    body = b'{"id": 1, "total": 2.5}'
    done = empty_project.run("models", "order=-", "order=a.json", stdin=body)
    assert done.code == 0
    assert "    total: float | None" in done.out
    twice = empty_project.run("models", "order=-", "user=-", stdin=body)
    assert (twice.code, twice.out) == (2, "")
    assert "standard input (-) can be read only once" in twice.err
    for content, told in ((b"", "standard input is empty"), (b"{", "standard input: line 1")):
        wrong = empty_project.run("models", "order=-", stdin=content)
        assert (wrong.code, wrong.out) == (2, "")
        assert told in wrong.err


def test_models_from_xml_files(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text('<users><user id="1">x</user><user id="2"/></users>')
    (tmp_path / "b.xml").write_text("<users><user>y</user></users>")
    (tmp_path / "c.json").write_text("{}")
    done = callwright("models", "users=a.xml", "users=b.xml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "made.py").write_text(done.stdout)
    read = "made.UsersResponse.model_validate({'user': [{'@id': '1', '#text': 'x'}]}).user[0].text"
    used = subprocess.run(
        [sys.executable, "-c", f"import made; print({read})"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert used.stdout == "x\n", done.stdout
    mixed = callwright("models", "users=a.xml", "users=c.json", cwd=tmp_path)
    assert mixed.returncode == 2
    assert "samples of 'users' are both JSON and XML: give each kind its own name" in mixed.stderr
    (tmp_path / "bad.xml").write_text("<users><user></users>")
    bad = callwright("models", "users=bad.xml", cwd=tmp_path)
    assert bad.stderr == "error: bad.xml: not well-formed XML (line 1, column 16)\n"
