"""What is wrong with specs that read well: each file in checks/ has its messages in the snapshot."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from callwright.errors import SpecError
from callwright.operations.lower import read_requests

FOLDER = Path(__file__).parent / "checks"


@pytest.mark.parametrize("case", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_refused(case: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    shutil.copy(FOLDER / f"{case}.yaml", tmp_path / "connector.yaml")
    with pytest.raises(SpecError) as caught:
        read_requests(tmp_path, tmp_path)
    found = caught.value.diagnostics
    assert found
    assert all(d.span is not None and d.span.line <= 40 for d in found)
    assert "\n".join(d.render() for d in found) == snapshot
