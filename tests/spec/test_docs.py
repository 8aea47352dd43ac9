"""docs/spec-format.md: its examples read, and it names every key and every code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callwright.ir.lower_requests import read_requests
from callwright.spec import auth, calls, document, parameters, policies
from callwright.spec.values import Base

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "spec-format.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
HEAD = {"callwright": "1", "name": "acme", "base_url": "https://api.acme.example"}
# an environment overrides what the rest of the spec would declare
NEEDED = {"environments": "variables: {tenant: {}}\nauth: {type: api_key, send: {query: key}}\ncalls: {upload: {base_url: 'https://files.acme.example'}}\n"}  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_specs(example: str, tmp_path: Path) -> None:
    keys = re.findall(r"^([a-z_]+):", example, re.MULTILINE)
    head = "".join(f"{key}: {value}\n" for key, value in HEAD.items() if key not in keys)
    needed = "".join(text for key, text in NEEDED.items() if key in keys)
    (tmp_path / "connector.yaml").write_text(head + needed + example, encoding="utf-8")
    assert read_requests(tmp_path, tmp_path)[1] == ()


def test_every_key_is_named() -> None:
    named = set(
        re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`[^`]+`|```.*?```", TEXT, re.DOTALL)))
    )
    models = {
        model
        for module in (auth, calls, document, parameters, policies)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, Base)
    }
    assert len(models) > 30
    assert {key for model in models for key in model.keys()} - named == set()  # noqa: SIM118


def test_every_code_is_named() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("spec", "ir")
        for path in sorted((ROOT / "generator" / "callwright" / folder).glob("*.py"))
    )
    said = r'(?:say|error|complain|problem|problem_at|_say|_not_yet|_syntax|at_node)\(\s*(?:connector,\s*|key,\s*)?"([a-z]+(?:-[a-z0-9]+)*)"'
    codes = set(re.findall(said, source)) | {"syntax", "not-supported-yet"}
    assert len(codes) > 30
    missing = {code for code in codes if f"`{code}`" not in TEXT}
    assert missing == set()
