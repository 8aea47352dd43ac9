"""cURL commands of all kinds: the spec that each makes, and what the import says of what it left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from callwright.importers.connector import connector_of
from callwright.importers.curl.read import read_curl
from callwright.importers.store import usable
from callwright.importers.yaml_text import spec_text
from callwright.operations.lower import problems_of

CASES = sorted((Path(__file__).parent / "curl").iterdir())


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_paste_becomes_a_connector(path: Path, snapshot: SnapshotAssertion) -> None:
    imported = usable(connector_of(read_curl(path.read_bytes().decode()), name="acme"))
    losses = [f"{loss.place}: {loss.code}: {loss.text}" for loss in imported.losses]
    text = spec_text(imported.document)
    assert "\n".join([text, *losses]) == snapshot
    assert [d.render() for d in problems_of(text, "connector.yaml") if not d.is_warning] == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_secret_of_a_paste_reaches_the_spec(path: Path) -> None:
    imported = usable(connector_of(read_curl(path.read_bytes().decode()), name="acme"))
    text = spec_text(imported.document)
    secrets = [value for value in imported.credentials.values() if len(value) > 8]
    assert [secret for secret in secrets if secret in text] == []
