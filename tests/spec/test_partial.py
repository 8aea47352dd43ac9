"""A spec with errors is checked as far as these allow: whatever is broken in it, the checks go on and nothing is lost."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.diagnostics import Severity
from callwright.operations.lower import inspect_spec
from callwright.specfile.load import read_connector

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.yaml"))
SPECS: list[Any] = [yaml.safe_load(path.read_text("utf-8")) for path in EXAMPLES]
junk = st.sampled_from([None, 5, True, "x", "${y}", [], ["x"], {}, {"a": 1}, {"type": "x"}])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: Any = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    )
    return [p for key, item in inner for p in ((*path, key), *places(item, (*path, key)))]  # fmt: skip


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """An example with some values replaced."""
    spec = copy.deepcopy(draw(st.sampled_from(SPECS)))
    for _ in range(draw(st.integers(1, 4))):
        every = places(spec)
        if not every:
            break
        path = draw(st.sampled_from(every))
        holder = spec
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = copy.deepcopy(draw(junk))
    return spec


@given(broken())
@settings(max_examples=60, deadline=None)
def test_whatever_is_broken_the_checks_go_on(spec: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = yaml.safe_dump(spec, sort_keys=False, allow_unicode=True)
        (folder / "connector.yaml").write_text(text, "utf-8")
        requests, problems = inspect_spec(folder, folder)
        document, _, first = read_connector(folder, folder)
    assert {(d.code, d.path) for d in first} <= {(d.code, d.path) for d in problems}
    failed = any(d.severity is Severity.ERROR for d in problems)
    assert failed or (document is not None and requests is not None)
    assert failed or len(requests.calls if requests else ()) == len(spec.get("calls") or ())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_read_whole(tmp_path: Path, path: Path) -> None:
    (tmp_path / "connector.yaml").write_text(path.read_text("utf-8"), "utf-8")
    requests, problems = inspect_spec(tmp_path, tmp_path)
    document, _, _ = read_connector(tmp_path, tmp_path)
    assert document is not None
    assert requests is not None
    assert [r.call.name for r in requests.calls] == list(document.calls) or problems
