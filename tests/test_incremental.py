"""Runs in which nothing changed are remembered; everything that decides the output is part of what is asked."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callwright import cache, commands
from callwright.incremental import Made, inputs, recall_made
from callwright.project.settings import Settings, load_settings

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
    first = commands.make(folder, settings)
    monkeypatch.setattr("callwright.pipeline.build", None)
    second = commands.make(folder, settings)
    assert second == first
    assert second.diagnostics[0].render() == first.diagnostics[0].render()
    assert isinstance(recall_made(inputs(folder, settings)), Made)


@pytest.mark.parametrize(
    "path",
    ["connector.yaml", "captures/get_customer/known.200.json", "names.lock", "calls/new.yaml"],
)
def test_every_input_counts(settings: Settings, path: str) -> None:
    folder = settings.specs / "acme"
    before = inputs(folder, settings)
    place = folder / path
    place.parent.mkdir(exist_ok=True)
    place.write_text((place.read_text() if place.exists() else "") + "\n")
    assert inputs(folder, settings) != before


@pytest.mark.parametrize(
    "change", [{"http": "httpx2"}, {"layout": "project"}, {"output": Path("other")}]
)
def test_settings_that_shape_the_output_count(settings: Settings, change: dict[str, Any]) -> None:
    folder = settings.specs / "acme"
    assert inputs(folder, settings) != inputs(folder, dataclasses.replace(settings, **change))


def changed(folder: Path) -> None:
    """Change what one capture of each call holds: a value, and a field more."""
    for call in (p for p in (folder / "captures").glob("*") if p.is_dir()):
        for path in sorted(call.glob("*.json"))[:1]:
            value: Any = json.loads(path.read_bytes())
            if isinstance(value, dict):
                first = next((k for k, v in value.items() if isinstance(v, str)), None)
                # of the same kind as what is there, and a text of JSON: some are declared to be
                more = {first: '"another"'} if first else {}
                path.write_text(
                    json.dumps({"one_more": next(iter(value.values()), 1)} | value | more)
                )


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("name", sorted(p.parent.name for p in CASES.glob("*/connector.yaml")))
def test_after_a_change_the_cache_changes_no_byte(
    name: str, damaged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: Path | None = tmp_path / "cache"
    monkeypatch.setattr(cache, "cache_folder", lambda: kept)
    folder = tmp_path / "project" / "specs" / name
    shutil.copytree(CASES / name, folder)
    (tmp_path / "project" / "callwright.toml").write_text("")
    settings = load_settings(tmp_path / "project")
    before = commands.make(folder, settings)
    changed(folder)
    if damaged:
        for path in (p for p in (tmp_path / "cache").rglob("*") if p.is_file()):
            path.write_bytes(path.read_bytes()[:-1] + b"?")
    with_cache = commands.make(folder, settings)
    kept = None
    assert commands.make(folder, settings) == with_cache
    # roots has maps, not classes; of paged only the items are typed
    if list(folder.glob("captures/*/*.json")) and name not in ("roots", "paged"):
        assert with_cache.files != before.files


@pytest.mark.parametrize(
    "edit",
    [
        lambda spec: f"# moved by a line\n{spec}",
        lambda spec: spec.replace("One customer.", "Another description."),
        lambda spec: spec.replace("$.nowhere", "$.elsewhere"),
    ],
)
def test_after_a_change_of_the_spec_messages_are_those_of_the_new_one(
    edit: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: Path | None = tmp_path / "cache"
    monkeypatch.setattr(cache, "cache_folder", lambda: kept)
    folder = tmp_path / "project" / "specs" / "acme"
    shutil.copytree(CASES / "acme", folder)
    (tmp_path / "project" / "callwright.toml").write_text("")
    spec = folder / "connector.yaml"
    path = "    path: /customers/{customer_id}\n"
    hint = "    response: {fields: {'$.nowhere': {type: string}}}\n"
    spec.write_text(spec.read_text().replace(path, path + hint, 1))
    settings = load_settings(tmp_path / "project")
    before = commands.make(folder, settings)
    assert any("nowhere" in d.message for d in before.diagnostics)
    spec.write_text(edit(spec.read_text()))
    with_cache = commands.make(folder, settings)
    kept = None
    assert commands.make(folder, settings) == with_cache
    assert with_cache != before


def test_what_is_not_needed_is_not_imported() -> None:
    code = "import sys, callwright.{}; print(*sys.modules)"
    heavy = {"pydantic", "jinja2", "black", "isort", "yaml", "datamodel_code_generator", "click"}
    for module, allowed in (("commands", set[str]()), ("pipeline", {"pydantic"})):
        found = subprocess.run(
            [sys.executable, "-c", code.format(module)], capture_output=True, text=True, check=True
        ).stdout.split()
        assert heavy & set(found) <= allowed
        assert "callwright.specfile.model.document" not in found
