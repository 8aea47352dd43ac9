"""What is refused while a spec is read: each file in reading/ has its messages in the snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from callwright.errors import SpecError
from callwright.specfile.load import load_text

FOLDER = Path(__file__).parent / "reading"


@pytest.mark.parametrize("case", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_refused(case: str, snapshot: SnapshotAssertion) -> None:
    text = (FOLDER / f"{case}.yaml").read_text(encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_text(text, f"{case}.yaml")
    found = caught.value.diagnostics
    assert found
    # whatever is told about the text is told with its place
    assert all(d.span is not None for d in found) or case == "empty"
    assert "\n".join(d.render() for d in found) == snapshot


def test_problems_come_in_file_order() -> None:
    text = (FOLDER / "wrong_types.yaml").read_text(encoding="utf-8")
    with pytest.raises(SpecError, match=r"^16 errors in the spec$") as caught:
        load_text(text)
    places = [(d.span.line, d.span.column) for d in caught.value.diagnostics if d.span]
    assert places == sorted(places)
    assert len(places) == 16
