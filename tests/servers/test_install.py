"""Installing: what is there is left alone, what cannot be had is said in one line, and CI insists."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import fixtures, install
from tests.servers.packages import SOURCES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALLWRIGHT_SERVER_CACHE", str(tmp_path))
    return tmp_path


def test_what_is_installed_is_left_alone(empty_cache: Path) -> None:
    folder = empty_cache / f"syncthing-{install._key(SOURCES['syncthing'])}"
    folder.mkdir()
    (folder / install.STAMP).touch()
    (folder / "mine").touch()
    assert install.ensure("syncthing") == folder
    assert (folder / "mine").exists()


def test_a_half_installed_server_is_installed_anew(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = empty_cache / f"syncthing-{install._key(SOURCES['syncthing'])}"
    (folder / "half").mkdir(parents=True)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(install.InstallError, match="apt-get is not on this machine"):
        install.ensure("syncthing")
    assert not (folder / "half").exists()
    assert not (folder / install.STAMP).exists()


def test_a_test_is_skipped_where_a_server_cannot_be_had_but_not_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no apt here"):
        fixtures._give_up("no apt here")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no apt here"):
        fixtures._give_up("no apt here")


@pytest.mark.parametrize("command", [["-m", "tests.servers.install"], ["tests/servers/install.py"]])
def test_an_unknown_name_lists_the_known_ones(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *command, "syncthin"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "unknown: syncthin; there are: httpbin, datasette" in done.stderr
