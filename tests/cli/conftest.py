from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import Project


@pytest.fixture
def empty_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Project:
    """An empty project."""
    (tmp_path / "callwright.toml").write_text("")
    return Project(tmp_path, monkeypatch, capsys)
