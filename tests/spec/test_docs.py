"""docs/spec-format.md: its examples are read as they stand, and no key is left out."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from callwright.diagnostics import Severity
from callwright.project.settings import Settings, load_settings
from callwright.specfile.checks.connector import check
from callwright.specfile.load import load_text
from callwright.specfile.model.values import Base
from callwright.specfile.resolve import resolve

PAGE = Path(__file__).resolve().parents[2] / "docs" / "spec-format.md"
SOURCE = PAGE.parents[1] / "generator" / "callwright"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
HEAD = "callwright: 1\nname: acme\n"


def models(base: type[Base] = Base) -> Iterator[type[Base]]:
    for model in base.__subclasses__():
        yield model
        yield from models(model)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples(number: int) -> None:
    """Whole specs, or top-level keys of one."""
    text = EXAMPLES[number]
    whole = text if text.startswith("callwright:") else HEAD + text
    if "base_url:" not in whole:
        whole += "base_url: https://api.acme.example\n"
    document, source = load_text(whole)
    found = check(resolve(document, source))
    errors = [d for d in found if d.severity is Severity.ERROR]
    if whole != text:  # a fragment may name what it does not show
        errors = [d for d in errors if not d.code.startswith("unknown-")]
    assert [d.render() for d in errors] == []


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10
    assert len(EXAMPLES[0].splitlines()) == 5


def test_the_settings_example(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (tmp_path / "callwright.toml").write_text(example, encoding="utf-8")
    assert load_settings(tmp_path).custom_auth == {"mycorp": "mypkg.auth:make_signer"}
    assert set(tomllib.loads(example)) <= set(Settings.__dataclass_fields__)


def test_every_key_is_told() -> None:
    told = set(re.findall(r"[a-z][a-z0-9_]*", " ".join(re.findall(r"`([^`\n]+)`", TEXT))))
    keys = {f"{model.__name__}.{key}" for model in models() for key in model.keys()}  # noqa: SIM118
    assert sorted(key for key in keys if key.split(".")[1] not in told) == []


# what has the form of a code and is none
NO_CODES = {
    "bad-choice",  # told as bad-value
    "date-time",
    "callwright-demo", "demo-key-4f1c9a", "datamodel-code-generator",
    "latin-1", "utf-8", "utf-8-sig",
    "no-referrer", "no-store",
    "empty-response", "never-seen", "undeclared-keys", "weak-evidence",  # notes of `callwright explain`, which shows no codes
}  # fmt: skip


def literals(form: str) -> set[str]:
    """All texts of this form in the generator; the runtime and the importers have messages of their own."""
    return {
        node.value
        for path in SOURCE.rglob("*.py")
        if {"runtime", "importers"}.isdisjoint(path.relative_to(SOURCE).parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(form, node.value)
    }


def told_codes() -> set[str]:
    table = TEXT.partition("\n## Messages\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return {code for cell in cells for code in re.findall(r"`([^`]+)`", cell)}


def test_every_code_is_told() -> None:
    codes = literals(r"[a-z]+(-[a-z0-9]+)+") - NO_CODES
    assert len(codes) > 50
    assert sorted(c for c in codes - told_codes() if not c.startswith("capture-")) == []


def test_every_code_that_is_told_exists() -> None:
    assert sorted(told_codes() - literals(r"[a-z0-9-]+") - {"capture-…"}) == []


@pytest.mark.parametrize("key", [name for name in Settings.__dataclass_fields__ if name != "root"])
def test_every_setting_is_told(key: str) -> None:
    assert f"\n| `{key}` |" in TEXT


def test_every_link_leads_somewhere() -> None:
    heads = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        file, _, anchor = target.partition("#")
        assert not file or (PAGE.parent / file).is_file(), target
        assert file or anchor in anchors, target
