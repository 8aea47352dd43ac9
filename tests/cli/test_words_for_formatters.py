"""Texts that formatters and linters would obey change nothing of how a package is written."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from callwright.format.layout import tidied
from tests.cli.support import Project

SPEC = """\
title: Acme
description: {0}
docs_url: https://acme.example
variables: {{region: {{default: {0}, description: {0}}}}}
shared: {{query: {{note: {0}}}}}
types: {{Choice: {{enum: [{0}, other], description: {0}}}, Line: {{description: {0}, fields: {{note: {{description: {0}}}}}}}}}
calls:
  me:
    path: /me
    description: {0}
    deprecated: {0}
    query: {{note: {{description: {0}, default: {0}}}, kind: {{type: Choice}}}}
    body: {{fields: {{line: {{type: Line}}}}}}
    method: POST
    samples: {{basic: {{}}, gone: {{status: 404}}}}
"""


@pytest.mark.parametrize(
    "text",
    [
        "All of it. isort:skip_file", "isort: off", "fmt: off", "# fmt: off", "x  # fmt: skip", "# noqa", "flake8: noqa",
        "# ruff: noqa", "# type: ignore", "# mypy: ignore-errors", "# pyright: basic", "# pragma: no cover",
        "# -*- coding: utf-7 -*-", "# yapf: disable", "one\n# isort: off\n# fmt: off\n# type: ignore\nimport os",
    ],
)  # fmt: skip
def test_the_package_is_written_as_usual(empty_project: Project, text: str) -> None:
    empty_project.spec("acme", SPEC.format(json.dumps(text)))
    empty_project.capture("acme", "me", {"id": 1, text: text, "tags": [{text: 1}]})
    done = empty_project.run("generate")
    assert done.code == 0, done.err
    folder = empty_project.root / "generated" / "acme"
    for place in folder.glob("*.py"):
        source = place.read_text()
        assert tidied(source) == source, place.name
        directives = [line for line in text.split("\n") if ":" in line or "#" in line]
        assert not [line for line in directives if line in source], place.name
    code = "from generated.acme import models; print([f.validation_alias for f in models.Me.model_fields.values()])"
    used = subprocess.run(
        [sys.executable, "-c", code], cwd=empty_project.root, capture_output=True, text=True
    )
    assert repr(text) in used.stdout, used.stderr
