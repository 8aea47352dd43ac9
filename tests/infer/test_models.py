"""Whatever JSON models are inferred from, they accept it and give it back whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright import models_from_samples
from callwright.errors import CaptureError
from callwright.runtime.reading.drift import parse

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
KEYS = st.one_of(
    TEXT,
    st.sampled_from(
        ["id", "type", "class", "None", "model_config", "json", "copy", "Model", "Any", "Field", "str", "date",
         "datetime", "dict", "list", "fooBar", "foo_bar", "FooBar", "", "_", "$ref", "self", "a.b", '"""', "\\", "\n",
         "schema", "__root__", "__class__", "model_fields", "__init__", "__dict__", "int", "By_tag"]
    ),
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**40), max_value=10**40),
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=True),
    TEXT,
    st.sampled_from(["2020-01-01", "2020-02-30", "2020-01-01T10:00:00Z", "2020-01-01T10:00:00.1234567Z", "5", "true"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=20,
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(VALUES, min_size=1, max_size=3), st.lists(VALUES, min_size=1, max_size=2))
def test_arbitrary_json_survives(make: Any, first: list[Any], second: list[Any]) -> None:
    samples = {"get_first": first, "list_second": second}
    made = make(samples)
    for name, values in samples.items():
        for value in values:
            assert made.lost(name, json.dumps(value).encode()) is None


# few keys and kinds: objects collide, unify, recurse and differ by their tags all the time
COLLIDING = st.recursive(
    st.sampled_from([None, True, 1, 1.5, "x", "a", "b", "2020-01-01", "2020-01-01T00:00:00Z", [], {}]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.fixed_dictionaries(
            {},
            optional={
                "id": st.integers(0, 9), "type": st.sampled_from(["a", "b", "c"]), "object": st.sampled_from(["u", "v"]),
                "name": inner, "items": inner, "next": inner, "17": inner, "18": inner, "metadata": inner,
            },
        ),
    ),
    max_leaves=15,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(COLLIDING, min_size=1, max_size=3), min_size=1, max_size=3))
def test_colliding_shapes_survive(make: Any, calls: list[list[Any]]) -> None:
    samples = {f"get_{name}": values for name, values in zip("xyz", calls, strict=False)}
    made = make(samples)
    for name, values in samples.items():
        for value in values:
            assert made.lost(name, json.dumps(value).encode()) is None
            _, drifts = parse(made.forms[name], value, call=name)
            assert drifts == ()


def test_the_order_of_samples_never_changes_the_output() -> None:
    values = [
        {"id": 1, "name": "a", "tags": ["x"], "owner": {"id": 1, "login": "q", "kind": "u"}},
        {"name": None, "id": 2, "owner": {"id": 3, "login": "q", "kind": "o"}, "more": {"x": 1}},
        {"id": 3, "tags": [], "more": {"y": 2, "x": "s"}, "when": "2020-01-01"},
    ]
    bodies = [json.dumps(v).encode() for v in values]
    expected = models_from_samples({"get_thing": bodies})
    for order in ([0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]):
        assert models_from_samples({"get_thing": [bodies[i] for i in order]}) == expected


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": 1e400}', "does not fit a double"),
        (b'{"a": "\\ud800"}', "lone surrogate"),
        (
            b'{"a": 1, "b": {"c": 1, "c": 2}}',
            r'line 1, column 24: the key "c" stands twice in one object \(\$\.b\.c\)',
        ),
        (b"{", "not valid JSON"),
        (b"", "empty"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "levels deep"),
        (b"[" * 201 + b"]" * 201, "levels deep; .* capture a shallower answer"),
    ],
)
def test_what_no_library_keeps_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(CaptureError, match=f"^get_x #1: .*{told}"):
        models_from_samples({"get_x": [body]})


def test_a_name_without_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="no samples for 'get_x'"):
        models_from_samples({"get_x": []})


@pytest.mark.parametrize(("depth", "listed"), [(60, False), (60, True), (190, False), (95, True)])
def test_deep_answers(make: Any, depth: int, listed: bool) -> None:
    value: Any = {"end": 1}
    for level in range(depth):
        value = {f"k{level}": [value] if listed else value}
    made = make({"get_deep": [value]})
    assert made.lost("get_deep", json.dumps(value).encode()) is None
    assert made.source.count("class ") > (30 if listed else 60)


def test_ten_thousand_keys_and_long_lists(make: Any) -> None:
    value = {f"key_{n}_name": n for n in range(10_000)}
    rows = [{"id": n, "name": f"n{n}"} for n in range(100_000)]
    made = make({"get_wide": [value], "list_rows": [rows]})
    assert made.lost("get_wide", json.dumps(value).encode()) is None
    assert made.lost("list_rows", json.dumps(rows).encode()) is None


def test_the_source_needs_pydantic_only() -> None:
    source = models_from_samples(
        {"get_x": [b'{"when": "2020-01-01T00:00:00Z", "a": {"b": [1]}}']}
    ).source
    imports = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    roots = {line.split()[1].split(".")[0] for line in imports}
    assert roots <= {
        "__future__",
        "contextvars",
        "datetime",
        "decimal",
        "typing",
        "collections",
        "re",
        "pydantic",
        "pydantic_core",
    }
