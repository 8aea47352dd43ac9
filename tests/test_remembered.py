"""Runs in which nothing changed are remembered; everything that decides the output is part of what is asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from callwright import cache, pipeline
from callwright.remembered import Made, inputs, recall_made
from callwright.spec.settings import Settings, load_settings

CASES = Path(__file__).parent / "cases"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    project = tmp_path / "project"
    shutil.copytree(CASES / "acme", project / "specs" / "acme")
    (project / "callwright.toml").write_text("")
    return load_settings(project)


def test_the_second_run_is_the_first_one_read_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = settings.specs / "acme"
    first = pipeline.make(folder, settings)
    monkeypatch.setattr("callwright.build.build", None)
    second = pipeline.make(folder, settings)
    assert second == first
    assert second.diagnostics[0].render() == first.diagnostics[0].render()
    assert isinstance(recall_made(inputs(folder, settings.root, settings.http)), Made)


@pytest.mark.parametrize(
    "path",
    ["connector.yaml", "captures/get_customer/known.200.json", "names.lock", "calls/new.yaml"],
)
def test_every_input_counts(settings: Settings, path: str) -> None:
    folder = settings.specs / "acme"
    before = inputs(folder, settings.root, "httpx")
    place = folder / path
    place.parent.mkdir(exist_ok=True)
    place.write_text((place.read_text() if place.exists() else "") + "\n")
    assert inputs(folder, settings.root, "httpx") != before


def test_the_http_library_counts(settings: Settings) -> None:
    folder = settings.specs / "acme"
    assert inputs(folder, settings.root, "httpx") != inputs(folder, settings.root, "httpx2")
