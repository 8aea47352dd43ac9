"""The runtime that the packages of an output folder share: one transaction, never another than they were made for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import callwright
from callwright import commands, runtime, transaction
from callwright.render.runtime import runtime_files
from callwright.runtime.versions import OLDEST, require
from tests.cli.support import ME, UNTYPED, Project
from tests.imported import imported

RUNTIME = Path(runtime.__file__).parent


def contents(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }


@pytest.fixture
def two(empty_project: Project) -> Project:
    """A project with the packages acme and beta."""
    empty_project.spec("acme", UNTYPED)
    empty_project.spec("beta", UNTYPED)
    done = empty_project.run("generate")
    assert done.code == 0
    assert done.out.endswith("generated/_runtime: the runtime that these packages share\n")
    return empty_project


def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the runtime be that of another version."""
    files = runtime_files("httpx")
    changed = {**files, "wait.py": files["wait.py"] + "\nNEWER = True\n"}
    monkeypatch.setattr(commands, "runtime_files", lambda http: changed)


def test_it_is_copied_byte_for_byte(two: Project) -> None:
    for path in RUNTIME.rglob("*.py"):
        copied = two.root / "generated/_runtime" / path.relative_to(RUNTIME)
        assert copied.read_bytes() == path.read_bytes()
    assert (two.root / "generated/__init__.py").read_bytes() == b""
    assert not list((two.root / "generated/acme").rglob("_runtime"))


def test_it_says_which_version_it_is_from() -> None:
    assert callwright.__version__ == runtime.VERSION


def test_a_second_run_changes_nothing(two: Project) -> None:
    before = contents(two.root / "generated")
    assert two.run("generate").out == (
        "acme: generated/acme is up to date\nbeta: generated/beta is up to date\n"
    )
    assert two.run("check", "acme").out == "acme: up to date\n"
    assert contents(two.root / "generated") == before


def test_the_users_own_init_stays(empty_project: Project) -> None:
    empty_project.spec("acme", UNTYPED)
    own = empty_project.write("generated/__init__.py", "MINE = 1\n")
    empty_project.run("generate")
    assert own.read_text() == "MINE = 1\n"
    assert empty_project.run("check", "--strict").code == 0


def test_check_compares_it(two: Project) -> None:
    two.write("generated/_runtime/wait.py", "")
    (two.root / "generated/__init__.py").unlink()
    done = two.run("check", "acme")
    assert done.code == 1
    assert "+++ b/generated/_runtime/wait.py" in done.out
    assert "generated/_runtime/wait.py was changed by hand" in done.out
    assert "b/generated/__init__.py" in done.out
    assert done.out.endswith("generated/_runtime: differs; run: callwright generate\n")
    assert two.run("generate", "acme").code == 0
    assert two.run("check").code == 0


def test_a_file_of_somebody_in_it_is_named(two: Project) -> None:
    two.write("generated/_runtime/mine.py", "")
    assert "generated/_runtime/mine.py" in two.run("generate").err
    done = two.run("check", "--strict")
    assert done.code == 1
    assert "failed on warnings (--strict): the runtime" in done.err


def test_another_runtime_takes_every_package_with_it(
    two: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(monkeypatch)
    # what another connector's spec has become meanwhile is generated with it
    two.spec("beta", UNTYPED.replace("ping", "pong"))
    done = two.run("generate", "acme")
    assert done.code == 0
    assert "beta: generated/beta (1 call)" in done.out
    assert b"NEWER" in contents(two.root / "generated")["_runtime/wait.py"]
    assert b"pong" in contents(two.root / "generated")["beta/client.py"]


@pytest.mark.parametrize("problem", ["a spec with an error", "no spec", "nothing captured"])
def test_nothing_is_written_when_another_package_cannot_follow(
    two: Project, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    if problem == "a spec with an error":
        two.spec("beta", "calls: 5\n")
    elif problem == "nothing captured":
        two.spec("beta", ME)
    else:
        (two.root / "specs/beta/connector.yaml").unlink()
    assert two.run("generate", "acme").code == 0  # the same runtime asks nothing of beta
    before = contents(two.root / "generated")
    newer(monkeypatch)
    done = two.run("generate", "acme")
    assert done.code == 2
    assert "generated/beta cannot be generated" in done.err
    assert contents(two.root / "generated") == before


def test_a_run_killed_at_any_step_leaves_packages_with_their_runtime(
    two: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = contents(two.root / "generated")
    two.spec("beta", UNTYPED.replace("ping", "pong"))
    newer(monkeypatch)
    replace, seen = transaction.os.replace, set()
    for step in range(20):
        left = step

        def dying(source: Path, target: Path) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            replace(source, target)

        monkeypatch.setattr(transaction.os, "replace", dying)
        code = two.run("generate").code
        monkeypatch.setattr(transaction.os, "replace", replace)
        journal = two.root / "generated" / transaction.JOURNAL
        seen.add((code, journal.exists()))
        if code == 0:
            break
        if not journal.exists():
            left_over = contents(two.root / "generated")
            assert {p: b for p, b in left_over.items() if transaction.STAGING not in p} == old
    assert seen == {(130, False), (130, True), (0, False)}
    new = contents(two.root / "generated")
    assert b"NEWER" in new["_runtime/wait.py"]
    assert b"pong" in new["beta/client.py"]


def test_it_goes_with_the_last_package(two: Project) -> None:
    for name in ("acme", "beta"):
        shutil.rmtree(two.root / f"generated/{name}")
        (two.root / f"specs/{name}/connector.yaml").unlink()
    done = two.run("generate")
    assert (done.err, done.out) == ("", "generated/_runtime: removed; no package needs it\n")
    assert [p.name for p in (two.root / "generated").iterdir()] == ["__init__.py"]


def test_projects_have_it_inside(two: Project) -> None:
    two.write("callwright.toml", 'layout = "project"\n')
    assert two.run("generate", "acme").code == 0
    files = contents(two.root / "generated")
    assert "acme/acme/_runtime/client.py" in files
    assert {"acme/pyproject.toml", "acme/README.md", "acme/acme/__init__.py"} <= files.keys()
    assert "_runtime/client.py" in files  # beta still imports it
    assert two.run("check", "acme").code == 0
    done = two.run("generate")
    assert done.code == 0
    assert "generated/_runtime: removed; no package needs it" in done.out
    assert not (two.root / "generated/_runtime").exists()
    assert two.run("check", "--strict").code == 0
    two.write("callwright.toml", "")
    assert two.run("generate").code == 0
    assert two.run("check", "--strict").code == 0


def test_a_breaking_change_of_a_project_is_named(empty_project: Project) -> None:
    empty_project.write("callwright.toml", 'layout = "project"\n')
    empty_project.spec("acme", UNTYPED)
    empty_project.run("generate")
    empty_project.spec("acme", UNTYPED.replace("ping", "pong"))
    assert "breaking: client.Acme.ping is gone" in empty_project.run("generate").out


def test_a_client_without_the_folder_above_says_how_to_import_it(two: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import acme"],
        cwd=two.root / "generated",
        capture_output=True,
        text=True,
    )
    assert done.stderr.endswith(
        "ImportError: acme shares a runtime with the packages beside it: put the folder above"
        " generated/ on sys.path, then import generated.acme\n"
    )


def test_clients_share_a_tls_context(two: Project) -> None:
    with (
        imported(two.root / "generated", "acme") as acme,
        imported(two.root / "generated", "beta") as beta,
    ):
        first, second = acme.Acme(), beta.Beta()
        pools = [c._pool._client._transport for c in (first, acme.Acme(), acme.AsyncAcme())]
        assert len({id(pool) for pool in pools}) == 3
        first.close()
        second.close()


@pytest.mark.parametrize(
    ("library", "version"), [("httpx", "0.26.9"), ("pydantic", "2.10.6"), ("httpx2", "1.9")]
)
def test_an_older_library_is_one_clear_error(library: str, version: str) -> None:
    needed = ".".join(map(str, OLDEST[library]))
    with pytest.raises(ImportError, match=f"{library} {version} is too old .* {needed} or newer"):
        require(library, version)
    require(library, f"{needed}.0")
    require(library, "99.0.0rc1")
