"""Links and records that somebody else put into the output folder: nothing is written, moved or deleted because of them."""

from __future__ import annotations

import hashlib
import json
from itertools import product
from pathlib import Path

import pytest

from callwright.errors import OutputError
from callwright.output import MANIFEST, compare, unowned, write_file
from callwright.transaction import JOURNAL, STAGING
from tests.cli.support import UNTYPED, Project
from tests.output.support import write

DEEP = "[" * 100_000
BROKEN = [
    '{"files": {"a\\u0000b": "x"}}', '{"files": {"\\ud800": "x"}}', DEEP, '{"files": ' + DEEP, "[]", "null", "1e999",
    '{"files": []}', '{"files": {"client.py": 1}}', '{"files": {"x/../../y": "x", "/etc": "x", ".": "x", "a//b": "x"}}',
    '{"files": {"client.py/": "x"}, "generated_by": {"black": "\\ud800", "callwright": ["\\u001b[2J"]}}',
    '{"generated_by": 5}', "\ufeff{}", '{"files": {"' + "a" * 300 + '": "x"}}', "9" * 5000,
    '{"acme": {"write": ["mine.py"], "remove": ["mine.py"]}}', '{"acme": {"write": [5, "\\ud800", "a\\u0000"], "remove": {}}}',
    '{"../acme": {"write": ["x"]}, "/etc": {"write": ["x"]}, "": {"write": ["x"]}, "acme": 5, "\\ud800": {"write": ["x"]}}',
]  # fmt: skip


def manifest(**files: str) -> dict[str, bytes]:
    contents = {f"{name}.py": text.encode() for name, text in files.items()}
    listed = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    return {**contents, MANIFEST: json.dumps({"files": listed}).encode()}


def outside(project: Project) -> Path:
    for name in ("client.py", "__init__.py", MANIFEST):
        project.write(f"outside/{name}", "precious")
    return project.root / "outside"


def link(project: Project, place: str, target: Path) -> None:
    path = project.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("command", "place"),
    [
        *product(["generate", "check"], ["generated", "generated/acme", "generated/_runtime"]),
        ("generate", f"generated/{STAGING}"),
    ],
)
def test_a_link_to_another_folder_is_refused(
    empty_project: Project, place: str, command: str
) -> None:
    empty_project.spec("acme", UNTYPED)
    before = {path: path.read_text() for path in outside(empty_project).iterdir()}
    link(empty_project, place, empty_project.root / "outside")
    done = empty_project.run(command)
    assert done.code == 2
    assert f"{place}: is a symbolic link" in done.err
    assert {path: path.read_text() for path in outside(empty_project).iterdir()} == before


@pytest.mark.parametrize("target", ["outside/client.py", "outside/new.py"])
@pytest.mark.parametrize(
    "place",
    [
        f"generated/{JOURNAL}", f"generated/acme/{MANIFEST}", "generated/acme/client.py",
        f"generated/_runtime/{MANIFEST}", "generated/_runtime/client.py",
        "specs/acme/.names.lock.new", "specs/acme/names.lock",
    ],
)  # fmt: skip
def test_a_link_to_a_file_is_never_written_through(
    empty_project: Project, place: str, target: str
) -> None:
    empty_project.spec("acme", "calls: {me: {path: /me, samples: {basic: {}}}}\n")
    empty_project.capture("acme", "me", {"id": 1})
    before = {path: path.read_text() for path in outside(empty_project).iterdir()}
    link(empty_project, place, empty_project.root / target)
    done = empty_project.run("generate")
    assert done.code in (0, 2)
    assert {path: path.read_text() for path in (empty_project.root / "outside").iterdir()} == before


def test_a_staging_folder_that_holds_a_link(tmp_path: Path) -> None:
    write(tmp_path / "out", manifest(a="1\n"), tmp_path)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.py").write_text("precious")
    staging = tmp_path / STAGING / "out"
    staging.mkdir(parents=True)
    (staging / "sub").symlink_to(tmp_path / "outside")
    (staging / "a.py").symlink_to(tmp_path / "outside" / "b.py")
    (tmp_path / JOURNAL).write_text('{"out": {"write": ["sub/b.py", "a.py"]}}')
    with pytest.raises(OutputError, match="symbolic link"):
        write(tmp_path / "out", manifest(a="2\n"), tmp_path)
    assert (tmp_path / "outside" / "b.py").read_text() == "precious"


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("name", [f"acme/{MANIFEST}", f"_runtime/{MANIFEST}", JOURNAL])
def test_a_broken_record(empty_project: Project, name: str, text: str) -> None:
    empty_project.spec("acme", UNTYPED)
    empty_project.run("generate")
    empty_project.write("generated/acme/mine.py", "mine = 1\n")
    empty_project.write(f"generated/{name}", text)
    assert empty_project.run("check").code in (0, 1)
    done = empty_project.run("generate")
    assert done.code == 0, done.err
    assert (empty_project.root / "generated/acme/mine.py").read_text() == "mine = 1\n"
    assert (empty_project.root / "generated/acme/client.py").exists()
    assert empty_project.run("check").code == 0


@pytest.mark.parametrize("text", [*BROKEN, '{"me:$": "\\ud800"}', '{"\\ud800": "Me"}', "\x00"])
def test_a_broken_lock_of_names(empty_project: Project, text: str) -> None:
    empty_project.spec("acme", "calls: {me: {path: /me, samples: {basic: {}}}}\n")
    empty_project.capture("acme", "me", {"id": 1})
    lock = empty_project.write("specs/acme/names.lock", text)
    done = empty_project.run("generate")
    assert done.code in (0, 2)
    if done.code == 2:
        assert "specs/acme/names.lock: " in done.err
        assert lock.read_text() == text


@pytest.mark.parametrize("kind", ["manifest", "journal"])
def test_a_record_deletes_and_overwrites_nothing_that_was_not_generated(
    tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out"
    write(out, manifest(a="1\n"), tmp_path)
    (out / "mine.py").write_text("mine")
    if kind == "manifest":
        (out / MANIFEST).write_text('{"files": {"mine.py": "0", "a.py": "0"}}')
    else:
        (tmp_path / STAGING / "out").mkdir(parents=True)
        (tmp_path / STAGING / "out" / "mine.py").write_text("theirs")
        (tmp_path / JOURNAL).write_text('{"out": {"write": ["mine.py"], "remove": ["mine.py"]}}')
    assert [c.path for c in compare(out, manifest(a="2\n"), tmp_path)] == ["a.py"]
    write(out, manifest(a="2\n"), tmp_path)
    assert (out / "mine.py").read_text() == "mine"
    assert unowned(out, manifest(a="2\n")) == ("mine.py",)


def test_a_stale_file_changed_by_hand_stays(tmp_path: Path) -> None:
    write(tmp_path, manifest(a="1\n", b="2\n"))
    (tmp_path / "b.py").write_text("mine")
    write(tmp_path, manifest(a="1\n"))
    assert (tmp_path / "b.py").read_text() == "mine"
    assert unowned(tmp_path, manifest(a="1\n")) == ("b.py",)


def test_a_link_in_place_of_the_temporary_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".names.lock.new").symlink_to(tmp_path / "precious")
    write_file(tmp_path / "names.lock", b"{}\n")
    assert (tmp_path / "names.lock").read_bytes() == b"{}\n"
    assert (tmp_path / "precious").read_text() == "precious"
