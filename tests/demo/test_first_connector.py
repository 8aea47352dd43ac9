"""docs/your-first-connector.md, followed step by step against the provider it speaks of."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from callwright.demo.provider import API_KEY, running_provider
from tests.cli.support import Project

PAGE = (Path(__file__).parents[2] / "docs" / "your-first-connector.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_holds(empty_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, samples, errors = blocks("yaml")
    monkeypatch.setenv("BOOKSHOP_API_KEY", API_KEY)
    with running_provider() as (port, _):
        spec = spec.replace("8437", str(port))
        place = empty_project.write("specs/bookshop/connector.yaml", spec)
        failed = empty_project.run("initialize", "bookshop")
        assert failed.code == 3
        assert "404 Not Found" in failed.text
        assert not (place.parent / "captures").exists()
        place.write_text(spec.partition("    samples:")[0] + samples + errors)
        stored = empty_project.run("initialize", "bookshop")
        assert stored.code == 0, stored.text
        uncertain = empty_project.run("explain", "bookshop", "--uncertain").out
        assert textwrap.indent(uncertain, "    ") in PAGE
        assert empty_project.run("generate").code == 0
        assert "Frankenstein 1818" in use(empty_project.root)
        place.write_text(
            place.read_text().replace(
                "    samples:\n", "    samples:\n      in_a_series: {args: {book_id: 102}}\n"
            )
        )
        assert empty_project.run("initialize", "bookshop").code == 0
    done = empty_project.run("generate")
    assert "breaking: models.Book.series: Any → Series | None" in done.out
    rename(empty_project, place.parent / "names.lock")


def use(root: Path) -> str:
    """What the page's program prints, which is what the page says."""
    (code,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert textwrap.indent(done.stdout, "    ") in PAGE
    return done.stdout


def rename(project: Project, lock: Path) -> None:
    """A name of names.lock is edited."""
    lock.write_text(lock.read_text().replace('"Author"', '"Writer"'))
    assert '"get_book:$.author": "Author"' in PAGE
    assert "breaking: models.Author is gone" in project.run("generate").out
    assert "class Writer(" in (project.root / "generated/bookshop/models.py").read_text()
