"""models_from_samples(): what it takes, and what it says of anything else."""

from __future__ import annotations

import json
import math
from typing import Any, cast

import pytest

from callwright import models_from_samples
from callwright.errors import CaptureError

ORDER = {"id": 1, "total": 2.5, "lines": [{"sku": "x"}], "note": None, "größe": "\U0001f600"}


def test_bytes_texts_and_parsed_values_are_the_same() -> None:
    text = json.dumps(ORDER)
    expected = models_from_samples({"get_order": [text.encode()]})
    assert models_from_samples({"get_order": [text]}) == expected
    assert models_from_samples({"get_order": [ORDER]}) == expected
    assert models_from_samples({"get_order": ["\ufeff" + text]}) == expected
    mixed = models_from_samples({"get_order": [text.encode(), text, ORDER]})
    assert mixed.source == expected.source


@pytest.mark.parametrize(
    ("value", "root"),
    [(5, "int"), (None, "Any"), (True, "bool"), (["x"], "list[str]"), ('"x"', "str"), (10**40, "int")],
)  # fmt: skip
def test_any_json_value_is_a_sample(value: Any, root: str) -> None:
    assert models_from_samples({"get_x": [value]}).roots == {"get_x": root}


def test_xml_may_be_text() -> None:
    text = "<?xml version='1.0'?><a><b>é</b></a>"
    assert models_from_samples({"get_x": [text]}) == models_from_samples({"get_x": [text.encode()]})


LOOP: dict[str, Any] = {}
LOOP["again"] = LOOP


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        ([{}], TypeError, "samples: expected a mapping of names, found list"),
        ({"x": "{}"}, TypeError, "samples of 'x': expected a list of them, found str"),
        ({"x": b"{}"}, TypeError, "samples of 'x': expected a list of them, found bytes"),
        ({"x": {"a": 1}}, TypeError, "samples of 'x': expected a list of them, found dict"),
        ({"x": None}, TypeError, "samples of 'x': expected a list of them, found NoneType"),
        ({"x": [1, {1}]}, TypeError, "x #2: expected bytes, str or a parsed JSON value, found set"),
        ({"x": [bytearray(b"1")]}, TypeError, "x #1: expected bytes, str or a parsed JSON value, found bytearray"),
        ({"x": [{"a": [(1,)]}]}, TypeError, "x #1: $.a[0]: expected a JSON value, found tuple"),
        ({"x": [{"a-b": b"1"}]}, TypeError, "x #1: $['a-b']: expected a JSON value, found bytes"),
        ({"x": [{"a": {1: 2}}]}, TypeError, "x #1: $.a: expected a str as key, found int"),
        ({"x": [{"a": math.inf}]}, CaptureError, "x #1: line 1, column 7: Infinity is not JSON"),
        ({"x": [LOOP]}, CaptureError, "x #1: nested more than 200 levels deep"),
        ({"x": ["no"]}, CaptureError, "x #1: line 1, column 1: not valid JSON: expecting value"),
        ({"x": ["\ud800"]}, CaptureError, "x #1: line 1, column 1: not UTF-8"),
        ({"x": []}, ValueError, "no samples for 'x': give at least one body each"),
        ({"x": [{}, "<a/>"]}, ValueError, "samples of 'x' are both JSON and XML: give each kind its own name"),
    ],
)  # fmt: skip
def test_what_is_no_sample_is_named(samples: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        models_from_samples(cast("Any", samples))
    assert str(caught.value).startswith(message)
