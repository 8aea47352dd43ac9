"""Scalars by the YAML 1.2 core schema with their spelling kept; and no text makes the loader fall over."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callwright.diagnostics import Diagnostic
from callwright.errors import SpecError
from callwright.specfile.load import load_text
from callwright.specfile.model.values import spelled
from callwright.specfile.source import Map, Spelled, plain, to_data
from callwright.specfile.yaml_text import core_scalar, read_yaml

PRINTABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40
)


def read(scalar: str) -> object:
    """The value of one unquoted scalar."""
    node, problems = read_yaml(f"a: {scalar}\n", "test.yaml")
    assert node is not None, problems
    data = to_data(node)
    assert isinstance(data, Map)
    return data["a"]


class TestCore:
    @pytest.mark.parametrize(
        "text",
        [
            *["NO", "no", "yes", "on", "off", "y", "n", "TrUe", "nULL"],  # booleans of YAML 1.1
            *["012", "0123", "08", "-007", "00", "1_000", "0b11", "12:30:45", "190:20"],
            *["2022-11-28", "2001-12-14t21:59:43.10-05:00", "1.2.3", "1e", "e3", ".", "-", "+."],
            *[
                "0x",
                "0o8",
                "0xG",
                "- 1",
                "+-1",
                ".infinity",
                "inf",
                "nan",
                "١٢",
                "１",
            ],
        ],
    )
    def test_text_stays_text(self, text: str) -> None:
        assert core_scalar(text) == text

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            *[("true", True), ("True", True), ("TRUE", True), ("false", False), ("FALSE", False)],
            *[("0", 0), ("-1", -1), ("+12", 12), ("0x1F", 31), ("0o17", 15)],
            *[("1.10", 1.1), ("-.5", -0.5), ("1.", 1.0), ("1e3", 1000.0), ("1.5E-2", 0.015)],
            *[(".inf", math.inf), ("-.Inf", -math.inf), ("+.INF", math.inf)],
        ],
    )
    def test_values_keep_their_spelling(self, text: str, value: object) -> None:
        found = core_scalar(text)
        assert found == Spelled(value, text)
        assert type(found.value) is type(value)

    def test_not_a_number(self) -> None:
        found = core_scalar(".nan")
        assert isinstance(found, Spelled)
        assert math.isnan(found.value)

    @pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
    def test_null(self, text: str) -> None:
        assert core_scalar(text) is None

    @pytest.mark.parametrize("written", ["'1.10'", '"1.10"', "!!str 1.10"])
    def test_quoted_is_text(self, written: str) -> None:
        assert read(written) == "1.10"

    @given(st.integers())
    def test_integers(self, number: int) -> None:
        assert core_scalar(str(number)) == Spelled(number, str(number))

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
    def test_decimals_are_spelled_as_written(self, number: Decimal) -> None:
        found = read(f"{number:f}")
        assert spelled(found) == f"{number:f}"
        assert plain(found) == float(number)

    @given(PRINTABLE)
    @example("1.10")
    @example("0x_1")
    @example("-.inf")
    def test_a_constant_is_sent_as_it_is_spelled(self, text: str) -> None:
        found = core_scalar(text)
        assert spelled(found) == (text if found is not None else None)


class TestConstants:
    def test_headers_and_queries_send_the_spelling(self) -> None:
        document, _ = load_text(
            "callwright: 1\nname: a\nbase_url: https://a.example\ncalls:\n  a:\n    path: /\n"
            "    headers: {V: 1.10, A: NO, B: 2022-11-28, C: 012, D: 1_000, E: True, F: 0x1F}\n"
        )
        headers = document.calls["a"].headers
        sent = {name: spelled(p.value) for name, p in headers.items() if p is not None}
        assert sent == {
            "V": "1.10", "A": "NO", "B": "2022-11-28", "C": "012", "D": "1_000", "E": "True",
            "F": "0x1F",
        }  # fmt: skip

    def test_json_has_types(self) -> None:
        document, _ = load_text(
            "callwright: 1\nname: a\nbase_url: https://a.example\ncalls:\n  a:\n    path: /\n"
            "    body: {fields: {V: 1.10, A: NO, C: 012, E: True, F: 0x1F, G: {value: {h: [1, ~]}}}}\n"
        )
        body = document.calls["a"].body
        assert body is not None
        sent = {name: plain(p.value) for name, p in body.fields.items() if p is not None}
        assert sent == {
            "V": 1.1, "A": "NO", "C": "012", "E": True, "F": 31, "G": {"h": [1, None]},
        }  # fmt: skip


# text that is likely to get past the first character
PIECES = st.sampled_from(
    [
        *["callwright: 1\n", "name: a\n", "calls:\n", "  a:\n", "    path: /x\n", "auth: ", "\n"],
        *["{", "}", "[", "]", ": ", ", ", "'", '"', "- ", "&a ", "*a", "<<", "!!x ", "|\n", ">-\n"],
        *["#", "\t", "? ", "---\n", "...\n", "%YAML 1.1\n", "$.a[0]", "\\", "1e999", "-", "\ufeff"],
        *["type: oauth2", "query", "null", "x-a", "é", "\u2028", "\x85", "\x00", "\ud800", "\r"],
    ]
)


def refused(text: str) -> Sequence[Diagnostic] | None:
    """What is told about a text; None when it is a spec. Anything but SpecError fails the test."""
    try:
        load_text(text)
    except SpecError as caught:
        return caught.diagnostics
    return None


class TestAnyText:
    @settings(max_examples=300, deadline=None)
    @given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)))
    def test_only_spec_errors(self, text: str) -> None:
        assert all(d.message and d.render() for d in refused(text) or ())

    @settings(max_examples=200, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | PRINTABLE,
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "path", "query", "auth", "calls", "a", "value", "fields", "send"]
                )
                | PRINTABLE,
                inner,
                max_size=4,
            ),
            max_leaves=12,
        ),
        st.sampled_from(
            ["auth", "calls", "errors", "paginate", "types", "environments", "shared", "variables"]
        ),
    )
    @example({"type": {"": None}}, "paginate")
    def test_any_structure_under_any_key(self, value: object, key: str) -> None:
        text = json.dumps({"callwright": 1, "name": "a", key: value}, ensure_ascii=False)
        assert all(d.span is not None for d in refused(text) or ())
