"""docs/authentication.md: every recipe is a spec that loads, every link leads somewhere."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest

from callwright.operations.lower import read_requests

PAGE = Path(__file__).parents[2] / "docs" / "authentication.md"
TEXT = PAGE.read_text()
RECIPES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
SPEC = """\
callwright: 1
name: acme
title: Acme
base_url: https://api.example.com
calls:
  read: {path: /data, samples: {one: {}}}
  other: {path: /other, auth: none, samples: {one: {}}}
"""


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_loads(recipe: str, tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "connector.yaml").write_text(SPEC + recipe)
    requests, _ = read_requests(folder, tmp_path)
    expected = 0 if recipe == "auth: none\n" else 2 if "account:" in recipe else 1
    assert len(requests.connector.auth) == expected


def test_python_blocks_parse() -> None:
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert blocks
    for block in blocks:
        ast.parse(f"async def main():\n{textwrap.indent(block, '    ')}")


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert len(links) > 10
    for link in links:
        if link.startswith("#"):
            assert link[1:] in anchors
        else:
            assert (PAGE.parent / link).is_file()


def test_every_method_of_bubble_is_mapped() -> None:
    for name in (
        "None or self-handled",
        "Private key in URL",
        "Private key in header",
        "HTTP Basic Auth",
        "OAuth2 Password Flow",
        "OAuth2 User-Agent Flow",
        "OAuth2 Custom Token",
        "JSON Web Token",
        "Client-side SSL certificate",
    ):
        assert f"| {name} |" in TEXT
