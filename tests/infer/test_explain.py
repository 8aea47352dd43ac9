"""What `explain` says of a field: places as the spec writes them, and what of the captures decided."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from callwright.infer import Observation, infer
from callwright.infer.explain import explain, uncertain
from callwright.ir.nodes import FieldHint


def told(*values: Any, naive: Any = None, **hint: Any) -> list[str]:
    """What is said of a field that has these values, one per response; its first and last lines left out."""
    given = Observation(
        key="get_x",
        call="get_x",
        bodies=[json.dumps({"a": value}).encode() for value in values],
        captures=[f"s{n}.json" for n in range(len(values))],
        hints=(FieldHint(path="$.a", **hint),) if hint else (),
    )
    text = explain(infer([given], naive_datetimes=naive), "X.a")
    lines = [line.strip() for line in text.split("\n\n")[1].splitlines()]
    more = f" and {len(values) - 5} more" if len(values) > 5 else ""
    assert lines[-1] == "in " + ", ".join(f"s{n}.json" for n in range(min(5, len(values)))) + more
    return [line for line in lines[1:-1] if not line.startswith("values: ")]


COUNT = "in 2 of 2 responses"
FINE = "2020-01-01T10:00:00.123456789Z"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((1, 2), []),
        ((1, 2.5), ["int in 1 response (as in s0.json), float in 1 (as in s1.json)"]),
        ((1, "x"), ["int in 1 response (as in s0.json), str in 1 (as in s1.json)"]),
        (([1], {"b": 1}), ["list in 1 response (as in s0.json), object in 1 (as in s1.json)"]),
        (([1], [2.5, 3]), ["items: int in 2 responses (as in s0.json), float in 1 (as in s1.json)"]),
        (("2020-01-01", "2020-01-02"), ["every text is an RFC 3339 date"]),
        (("2020-01-01", "n/a"), ["date in 1 response (as in s0.json), other text in 1 ('n/a' in s1.json): text"]),
        (
            ("2020-01-01", "2020-01-01T10:00:00Z"),
            ["date in 1 response (as in s0.json), datetime in 1 (as in s1.json): text"],
        ),
        (
            ("2020-01-01T10:00:00", "2020-01-02T10:00:00"),
            [
                "text: a datetime without an offset ('2020-01-01T10:00:00');"
                " `inference: {naive_datetimes: utc}` reads it as UTC"
            ],
        ),
        (
            ("2020-01-01T10:00:00", "2020-01-01T10:00:00Z"),
            ["datetime in 1 response (as in s1.json), datetime without an offset in 1 (as in s0.json): text"],
        ),
        ((FINE, FINE), [f"text: {FINE!r} has more digits than microseconds"]),
        (("12.10.2020", "x"), ["text: '12.10.2020' is not RFC 3339"]),
        (("2020-13-45", "2020-13-45"), ["text: '2020-13-45' is not RFC 3339"]),
        (("1.5", "x"), []),
    ],
)  # fmt: skip
def test_what_decided_is_told(values: tuple[Any, ...], expected: list[str]) -> None:
    assert told(*values) == [COUNT, *expected]


def test_naive_datetimes_that_are_read_are_told() -> None:
    assert told("2020-01-01T10:00:00", "2020-01-02T10:00:00", naive="utc") == [
        COUNT,
        "every text is a datetime without an offset, read as one of UTC (inference: naive_datetimes)",
    ]


def test_empty_lists_are_counted() -> None:
    assert told([], [1], []) == ["in 3 of 3 responses, an empty list in 2"]
    assert told(None, []) == [f"{COUNT}, null in 1, an empty list in 1"]


def test_redacted_values_are_told_nowhere() -> None:
    assert told("2020-01-01", "secret", redact=True) == [
        COUNT, "date in 1 response (as in s0.json), other text in 1 (as in s1.json): text",
    ]  # fmt: skip
    assert "secret" not in str(told("secret", 1, redact=True))
    assert told(FINE, FINE, redact=True) == [COUNT]
    assert "10:00" not in str(told("2020-01-01T10:00:00", None, redact=True))


def test_redacted_items_are_told_nowhere() -> None:
    given = Observation(
        key="get_x", call="get_x", bodies=[{"a": ["2020-01-01", "secret"]}], hints=(FieldHint(path="$.a[*]", redact=True),)
    )  # fmt: skip
    text = explain(infer([given]), "X.a")
    assert "items: date in 1 response" in text
    assert "secret" not in text


def test_many_texts_need_no_example() -> None:
    values = [f"text {n}" for n in range(20)]
    assert told("2020-01-01", *values) == [
        "in 21 of 21 responses",
        "date in 1 response (as in s0.json), other text in 20 (as in s1.json): text",
    ]


def test_places_are_rooted_at_the_body_and_written_as_the_spec_has_them() -> None:
    body = {"data": {"items": [{"e-mail": {"x": 1}, "by": {"12": {"p": 1}, "13": {"p": 2}}}]}}
    given = Observation(key="get_x", call="get_x", bodies=[body], select="$.data.items")
    found = infer([given])
    assert {place for cls in found.classes for place in cls.places} == {
        "get_x:$.data.items[*]", "get_x:$.data.items[*]['e-mail']", "get_x:$.data.items[*].by.*",
    }  # fmt: skip
    assert "  at get_x:$.data.items[*]['e-mail']" in explain(found, "EMail")
    # names are remembered as ever
    assert "get_x:$[*].e-mail" in found.names


def test_each_reason_has_a_line_of_its_own() -> None:
    given = Observation(
        key="get_x", call="get_x", bodies=[{"a": 1}, {"a": 1.5}, {}],
        captures=["s0", "s1", "s2"], hints=(FieldHint(path="$.a", nullable=True),),
    )  # fmt: skip
    lines = explain(infer([given]), "X.a").splitlines()
    assert "      int in 1 response (as in s0), float in 1 (as in s1)" in lines
    assert "      declared in the spec" in lines


def test_only_what_rests_on_little_evidence_is_uncertain() -> None:
    bodies = [{"a": {"n": 1, "b": None, "k": 1}, "c": [{"b": 1, "z": 1}]}]
    given = Observation(key="get_x", call="get_x", bodies=bodies, captures=["s0"])
    text = uncertain(infer([given], required_after=1))
    assert all("as in s0" not in line for line in text.splitlines())


@pytest.mark.parametrize("count", [1, 5, 6, 40])
def test_the_captures_of_a_class_are_listed_once(count: int) -> None:
    bodies = [{"id": n, "name": "x", **({"rare": 1} if n == 2 else {})} for n in range(count)]
    given = Observation(
        key="get_x", call="get_x", bodies=bodies, captures=[f"s{n}.json" for n in range(count)]
    )
    found = infer([given])
    more = f" and {count - 5} more" if count > 5 else ""
    listed = "in " + ", ".join(f"s{n}.json" for n in range(min(5, count))) + more
    of_class, of_field = explain(found, "X"), explain(found, "X.id")
    assert of_class.count(listed) == of_field.count(listed) == 1
    assert of_class.count("s0.json") == of_field.count("s0.json") == 1
    # a field that some responses lack has others than its class
    assert ("      in s2.json" in of_class.splitlines()) == (count > 2)


@pytest.mark.parametrize(
    ("bodies", "spelled"), [(({},), "{}"), (([], []), "[]"), ((None,), "null"), (({}, {}, {}, {}), "{}")]
)  # fmt: skip
def test_responses_that_hold_nothing_are_uncertain(bodies: tuple[Any, ...], spelled: str) -> None:
    sure = Observation(key="get_x", call="get_x", bodies=[{"id": n} for n in range(3)])
    given = Observation(key="find", call="find", bodies=bodies)
    text = uncertain(infer([sure, given]))
    which = "the one response" if len(bodies) == 1 else f"all {len(bodies)} responses"
    assert f"find: {which} held nothing ({spelled}): its type is unknown (Any)" in text
    assert "add a sample of find that returns something" in text
    declared = replace(given, hints=(FieldHint(path="$", type="map"),))
    assert "find" not in uncertain(infer([sure, declared]))
    filled = replace(given, bodies=[*bodies, {"id": 1}])
    assert "held nothing" not in uncertain(infer([sure, filled]))


@pytest.mark.parametrize(
    ("values", "kind"),
    [([{}, {}], "Any"), ([None], "Any"), ([[], []], "list[Any]"), ([[], None, []], "list[Any]"), ([[], [1]], ""), ([{}, {"a": 1}], "")],
)  # fmt: skip
def test_a_field_that_never_held_anything_is_uncertain(values: list[Any], kind: str) -> None:
    bodies = [{"data": value} for value in values]
    text = uncertain(infer([Observation(key="find", call="find", bodies=bodies)]))
    which = "the one response" if len(values) == 1 else f"all {len(values)} responses"
    told = f"Find.data was null or empty in {which}: its type is unknown ({kind})"
    assert (told in text) == bool(kind)
    assert ("was null or empty" in text) == bool(kind)
