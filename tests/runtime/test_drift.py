"""Drift: what fits is typed, what does not is kept, nothing is lost, and nothing secret is told."""

from __future__ import annotations

import json
import pickle
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, Tag, TypeAdapter
from pydantic_core import to_jsonable_python

from callwright.runtime.errors import DriftError
from callwright.runtime.fields import (
    Base64,
    DecimalNumber,
    JsonText,
    UnixMillis,
    UnixSeconds,
    UtcDatetime,
)
from callwright.runtime.json_text import Number
from callwright.runtime.model import Model, by_tag
from callwright.runtime.reading.drift import (
    MAX_DRIFTS,
    Drift,
    SchemaDriftWarning,
    UnexpectedRootError,
    adapter,
    fit,
    parse,
)


class Address(Model):
    city: str
    zip: str | None = None


class Customer(Model):
    id: int
    name: str | None
    since: date
    address: Address
    tags: list[str]
    limits: dict[str, int]
    parent: Customer | None = None
    kind_: Literal["a", "b"] | None = Field(
        default=None, validation_alias="kind", serialization_alias="kind"
    )


class Name(Model):
    name: str


class Text(Model):
    type: str
    text: str


class Image(Model):
    type: str
    url: str


Block = Annotated[
    Annotated[Text, Tag("Text")]
    | Annotated[Image, Tag("Image")]
    | Annotated[dict[str, Any], Tag("")],
    by_tag("type", {"text": "Text", "image": "Image", "photo": "Image"}),
]

GOOD: dict[str, Any] = {
    "id": 1, "name": "x", "since": "2020-01-01", "address": {"city": "B"}, "tags": ["t"], "limits": {"a": 1},
}  # fmt: skip


def read(returns: Any, value: object) -> tuple[Any, list[tuple[str, str, str]]]:
    result, drifts = parse(returns, json.dumps(value).encode(), call="get_x")
    return result, [(d.path, d.expected, d.got) for d in drifts]


def test_what_fits_has_no_drift() -> None:
    customer, drifts = parse(Customer, json.dumps(GOOD).encode(), call="get_x")
    assert drifts == ()
    assert (customer.since, customer.address.city, customer.parent) == (date(2020, 1, 1), "B", None)


def test_what_fits_is_typed_beside_what_does_not() -> None:
    value = GOOD | {
        "id": "seven",
        "address": {"city": None, "new": [1]},
        "limits": {"a": 1, "b": "two"},
    }
    customer, drifts = read(Customer, value)
    assert isinstance(customer, Customer)
    assert (customer.id, customer.since, customer.limits) == (
        "seven",
        date(2020, 1, 1),
        {"a": 1, "b": "two"},
    )
    assert isinstance(customer.address, Address)
    assert customer.address.city is None  # type: ignore[unreachable]
    assert drifts == [
        ("$.id", "int", "str"),
        ("$.address.city", "str", "null"),
        ("$.limits.*", "int", "str"),
    ]


def test_what_is_absent_stays_absent() -> None:
    customer, drifts = read(Customer, {k: v for k, v in GOOD.items() if k != "name"})
    assert drifts == [("$.name", "str | None", "absent")]
    with pytest.raises(
        AttributeError,
        match=r"Customer\.name is missing from this response: .*`callwright explain Customer\.name`",
    ):
        _ = customer.name
    assert not hasattr(customer, "name")
    with pytest.raises(AttributeError, match="nonsense"):
        _ = customer.nonsense
    assert "name" not in customer.model_fields_set
    assert "name" not in customer.model_dump(exclude_unset=True)
    assert repr(customer).startswith("Customer(id=1")


def test_list_items_that_drift_alike_are_one_drift() -> None:
    value = [GOOD | {"tags": [1, "x", None]} for _ in range(50)]
    customers, drifts = read(list[Customer], value)
    assert customers[49].tags == [1, "x", None]
    assert drifts == [("$[*].tags[*]", "str", "int"), ("$[*].tags[*]", "str", "null")]


def test_a_handful_of_drifts_at_most() -> None:
    value = {"city": 1, "zip": 2}
    _, drifts = read(
        dict[str, Customer], {"x": {"address": value, "id": "", "name": 1, "since": "z"}}
    )
    assert len(drifts) == MAX_DRIFTS


@pytest.mark.parametrize(
    ("returns", "value", "expected", "got"),
    [
        (Customer, [GOOD], "Customer", "list"),
        (Customer, None, "Customer", "null"),
        (list[Customer], GOOD, "list[Customer]", "object"),
        (int, "5", "int", "str"),
        (Customer | list[Customer], "x", "Customer | list[Customer]", "str"),
    ],
)
def test_another_kind_of_root_is_an_error(
    returns: Any, value: object, expected: str, got: str
) -> None:
    with pytest.raises(UnexpectedRootError) as caught:
        read(returns, value)
    assert (caught.value.expected, caught.value.got) == (expected, got)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": ', b"[" * 300 + b"]" * 300, b"\xff"])
def test_no_json_is_an_error(body: bytes) -> None:
    with pytest.raises(UnexpectedRootError, match="no JSON"):
        parse(Customer, body, call="get_x")


def test_no_value_of_the_response_is_told() -> None:
    value = GOOD | {
        "id": "secret-1",
        "since": "secret-2",
        "limits": {"secret-3": "secret-4"},
        "address": "secret-5",
    }
    _, drifts = parse(Customer, json.dumps(value).encode(), call="get_x")
    warning = SchemaDriftWarning(drifts)
    assert warning.drift is drifts[0]
    assert "secret" not in f"{drifts!r} {warning} {warning!r} {warning.__dict__}"
    for body in (b'{"a": secret}', b'["secret"]', b'"secret"'):
        with pytest.raises(UnexpectedRootError) as caught:
            parse(Customer, body, call="get_x")
        assert "secret" not in "".join(traceback.format_exception(caught.value))
        assert caught.value.__context__ is None
        assert caught.value.__cause__ is None


def test_dumping_a_drifted_object_warns_of_nothing_and_loses_nothing() -> None:
    value = GOOD | {
        "id": "seven",
        "address": [1],
        "parent": {"id": {}},
        "more": {"deep": [1]},
        "kind": "new",
    }
    customer, drifts = read(Customer, value)
    assert drifts
    for options in ({}, {"by_alias": True}, {"warnings": "error"}):
        assert customer.model_dump(exclude_unset=True, **options)["address"] == [1]
        assert customer.model_dump(mode="json", exclude_unset=True, **options) == value
        assert json.loads(customer.model_dump_json(exclude_unset=True, **options)) == value
    many = TypeAdapter(list[Customer])
    assert many.dump_python([customer], mode="json", exclude_unset=True) == [value]
    assert json.loads(many.dump_json([customer], exclude_unset=True)) == [value]
    assert many.dump_python([customer])[0]["id"] == "seven"


def test_dumping_a_list_that_drifted_warns_of_nothing_and_loses_nothing() -> None:
    value = [GOOD | {"tags": "t", "limits": [1]}, 5, None, GOOD | {"tags": [1, {"a": None}]}]
    customers, drifts = read(list[Customer], value)
    assert len(drifts) == MAX_DRIFTS
    many = TypeAdapter(list[Customer])
    assert many.dump_python([customers[0], customers[3]], mode="json", exclude_unset=True) == value[::3]  # fmt: skip
    # pydantic itself speaks up for what is no Customer at all, unless it is not told that there are only Customers
    assert many.dump_python(customers, mode="json", exclude_unset=True, warnings=False) == value
    dumped = to_jsonable_python(customers)
    assert dumped[1:3] == value[1:3]
    assert (dumped[0]["tags"], dumped[0]["limits"]) == ("t", [1])
    assert [c.model_dump(mode="json", exclude_unset=True) for c in customers[::3]] == value[::3]


def test_dumping_takes_all_that_pydantic_takes() -> None:
    customer, _ = read(Customer, GOOD | {"parent": GOOD, "more": 1})
    assert customer.model_dump(exclude_defaults=True) == GOOD | {
        "since": date(2020, 1, 1),
        "more": 1,
        "parent": GOOD | {"since": date(2020, 1, 1)},
    }
    assert customer.model_dump(include={"parent": {"id", "tags"}}) == {"parent": {"id": 1, "tags": ["t"]}}  # fmt: skip
    assert "zip" not in customer.model_dump(exclude={"address": {"zip"}})["address"]
    assert "kind_" in customer.model_dump(by_alias=False)
    properties = Customer.model_json_schema(mode="serialization")["$defs"]["Customer"]["properties"]
    assert properties["since"]["format"] == "date"
    assert properties["limits"]["additionalProperties"] == {"type": "integer"}


BLOCKS: list[dict[str, Any]] = [{"type": "text", "text": "x"}, {"type": "photo", "url": "u"}]
TAGS = "one of 'image', 'photo', 'text'"


def test_tagged_unions_fall_back_on_unknown_tags() -> None:
    blocks = [*BLOCKS, {"type": "new", "z": 1}, {"z": 2}, {"type": 7}, {"type": None}]
    found, drifts = read(list[Block], blocks)
    assert [type(b) for b in found] == [Text, Image, dict, dict, dict, dict]
    assert drifts == [
        ("$[*].type", TAGS, "an unknown tag"),
        ("$[*].type", TAGS, "absent"),
        ("$[*].type", TAGS, "int"),
        ("$[*].type", TAGS, "null"),
    ]
    assert adapter(list[Block]).dump_python(found, mode="json") == blocks
    found, drifts = read(list[Block], [*BLOCKS, {"type": "text"}, 5])
    assert isinstance(found[2], Text)
    assert drifts == [
        ("$[*].text", "str", "absent"),
        ("$[*]", "Text | Image | dict[str, Any]", "int"),
    ]


class Page(Model):
    blocks: list[Block]
    first: Block | None = None
    by_name: dict[str, Block] | None = None


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"blocks": [{"type": "new"}]}, "$.blocks[*].type"),
        ({"blocks": [], "first": {"type": "new"}}, "$.first.type"),
        ({"blocks": BLOCKS, "by_name": {"a": {"type": "new"}}}, "$.by_name.*.type"),
    ],
)
def test_an_unknown_tag_is_drift_wherever_it_is(value: dict[str, Any], path: str) -> None:
    page, drifts = read(Page, value)
    assert isinstance(page, Page)
    assert drifts == [(path, TAGS, "an unknown tag")]
    assert page.model_dump(mode="json", exclude_unset=True) == value
    # what one response met says nothing of the next
    assert read(Page, {"blocks": BLOCKS}) == (Page.model_validate({"blocks": BLOCKS}), [])


def test_pydantic_alone_takes_unknown_tags_without_a_word() -> None:
    assert Page.model_validate({"blocks": [{"type": "new"}]}).blocks == [{"type": "new"}]


def test_many_known_tags_are_not_all_told() -> None:
    many = Annotated[
        Annotated[Text, Tag("Text")] | Annotated[dict[str, Any], Tag("")],
        by_tag("the type", {f"t{n}": "Text" for n in range(9)}),
    ]
    assert read(many, {"the type": "x"})[1] == [
        ("$['the type']", "one of 't0', 't1', 't2', 't3', 't4' and 4 more", "an unknown tag")
    ]


def test_unknown_tags_of_other_threads_are_theirs() -> None:
    def parse_known() -> int:
        return sum(len(read(Page, {"blocks": BLOCKS})[1]) for _ in range(200))

    with ThreadPoolExecutor(2) as pool:
        known = pool.submit(parse_known)
        for _ in range(200):
            assert read(Block, {"type": "new"})[1]
        assert known.result() == 0


def test_new_keys_are_no_drift_and_readable() -> None:
    customer, drifts = read(Customer, GOOD | {"loyalty": "gold"})
    assert drifts == []
    assert customer.loyalty == "gold"
    assert customer.model_extra == {"loyalty": "gold"}


def test_of_a_union_the_nearest_option_is_taken() -> None:
    found, drifts = read(Text | Customer | None, {"type": "x", "text": 5})
    assert isinstance(found, Text)
    assert drifts == [("$.text", "str", "int")]
    # both lack a key, and one knows the other
    found, drifts = read(Name | Address, {"zip": "1"})
    assert isinstance(found, Address)
    assert drifts == [("$.city", "str", "absent")]


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (int, "007", 7),
        (int, "1_000", "1_000"),
        (int, "٣", "٣"),
        (int, "1.0", "1.0"),
        (int, "9" * 5000, "9" * 5000),
        (int, "9" * 400, 10**400 - 1),
        (float, "+1.50", 1.5),
        (float, "nan", "nan"),
        (float, "1e999", "1e999"),
        (int | float, "5", 5),
        (int | float, "5.5", 5.5),
        (int | None, "5", 5),
        (int | None, None, None),
        (bool, "True", True),
        (bool, "yes", "yes"),
        (str, "5", "5"),
        (str | int, "5", "5"),
        (Any, "5", "5"),
        (UnixSeconds, "1700000000", 1700000000),
        (UnixMillis, "1.5", 1.5),
        (UtcDatetime, "2020", "2020"),
        (DecimalNumber, ".10", Number("0.10")),
        (DecimalNumber, "1e9999999", "1e9999999"),
        (Address, "B", {"#text": "B"}),
        (Address, "", {}),
        (Address | None, None, None),
        (Address | None, "B", {"#text": "B"}),
        (Address | str, "B", "B"),
        (dict[str, int], "", {}),
        (dict[str, int], {"a": "1"}, {"a": 1}),
        (list[int], "1", [1]),
        (list[int] | None, ["1"], [1]),
        (list[Block], [{"type": "text", "n": "1"}, "x"], [{"type": "text", "n": "1"}, "x"]),
    ],
)
def test_texts_of_xml_fit_what_is_declared(form: Any, text: Any, value: object) -> None:
    found = fit(form, text)
    assert (found, type(found)) == (value, type(value))


def test_recursive_models_drift_inside() -> None:
    value = GOOD | {"parent": GOOD | {"parent": GOOD | {"since": "not a date"}}}
    customer, drifts = read(Customer, value)
    assert customer.parent.parent.since == "not a date"
    assert drifts == [("$.parent.parent.since", "date", "str")]


def test_strict_at_the_root_too() -> None:
    assert read(list[int], [1, "2"])[1] == [("$[*]", "int", "str")]
    assert read(Any, {"a": [1]}) == ({"a": [1]}, [])
    assert read(int | float, 1.5) == (1.5, [])


def test_values_already_parsed_are_taken() -> None:
    customer, drifts = parse(Customer, GOOD | {"id": 10**30}, call="get_x")
    assert (customer.id, drifts) == (10**30, ())


def test_a_closed_enum_names_what_it_expected() -> None:
    assert read(Customer, GOOD | {"kind": "c"})[1] == [("$.kind", "one of 'a', 'b' | None", "str")]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([*GOOD, "parent", "kind", "city", "type", "text", "z"]), inner, max_size=5
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "parent", "kind", "other"]), JSON, max_size=8))
def test_whatever_comes_comes_back(value: dict[str, Any]) -> None:
    customer, _ = parse(Customer, json.dumps(value).encode(), call="get_x")
    assert isinstance(customer, Customer)
    assert customer.model_dump(mode="json", exclude_unset=True) == value
    many = TypeAdapter(dict[str, Customer])
    assert many.dump_python({"a": customer}, mode="json", exclude_unset=True) == {"a": value}


class Declared(Model):
    seconds: UnixSeconds
    millis: UnixMillis
    utc: UtcDatetime
    data: Base64
    inner: JsonText
    price: DecimalNumber


def test_declared_types_read_and_write_what_the_wire_has() -> None:
    value = {
        "seconds": 1700000000.5, "millis": 1700000000123, "utc": "2020-01-01T10:00:00", "data": "aGk=",
        "inner": '{"a": 1}', "price": 1.25,
    }  # fmt: skip
    found, drifts = read(Declared, value)
    assert drifts == []
    assert found.seconds == datetime(2023, 11, 14, 22, 13, 20, 500000, tzinfo=UTC)
    assert found.utc == datetime(2020, 1, 1, 10, tzinfo=UTC)
    assert (found.data, found.inner, str(found.price)) == (b"hi", {"a": 1}, "1.25")
    assert found.model_dump(mode="json") == value


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("seconds", "x"),
        ("seconds", True),
        ("millis", 10**40),
        ("utc", "soon"),
        ("data", "%%"),
        ("inner", "{"),
        ("price", "x"),
    ],
)
def test_declared_types_drift(key: str, wrong: object) -> None:
    value = {
        "seconds": 1,
        "millis": 1,
        "utc": "2020-01-01T10:00:00",
        "data": "",
        "inner": "1",
        "price": 1,
    } | {key: wrong}
    found, drifts = read(Declared, value)
    assert [path for path, _, _ in drifts] == [f"$.{key}"]
    assert not any("Any" in expected for _, expected, _ in drifts)
    assert getattr(found, key) == wrong
    assert found.model_dump(mode="json")[key] == wrong
    assert json.loads(TypeAdapter(list[Declared]).dump_json([found]))[0][key] == wrong


def test_lists_and_maps_of_declared_types_drift_and_are_dumped() -> None:
    class Log(Model):
        at: list[UnixSeconds]
        by: dict[str, Base64 | None] | None

    value = {"at": [1, "x"], "by": {"a": "aGk=", "b": 5}}
    for drifted in (value, value | {"at": "never"}, value | {"by": [1]}, value | {"at": None}):
        log, drifts = read(Log, drifted)
        assert drifts
        assert log.model_dump(mode="json") == drifted
        assert TypeAdapter(list[Log]).dump_python([log], mode="json") == [drifted]
    assert read(Log, value)[0].model_dump()["by"]["a"] == b"hi"


def test_values_of_xml_fit_their_type() -> None:
    value = {
        "id": "1",
        "name": None,
        "tags": "t",
        "limits": {"a": "2"},
        "parent": {"id": "3"},
        "address": {"city": "B"},
    }
    assert fit(Customer, value) == {
        "id": 1, "name": None, "tags": ["t"], "limits": {"a": 2}, "parent": {"id": 3}, "address": {"city": "B"},
    }  # fmt: skip


def test_a_drift_reads_well() -> None:
    assert str(Drift("get_x", "$.a", "int", "null")) == "get_x: $.a: expected int, got null"
    assert str(Drift("get_x", "$.a", "int", "absent")) == "get_x: $.a is absent, expected int"
    drifts = [Drift("get_x", f"$.{name}", "int", "str") for name in "abcd"]
    assert str(SchemaDriftWarning(drifts[:2])) == (
        "get_x: $.a: expected int, got str; $.b: expected int, got str"
    )


def test_an_error_says_how_much_it_does_not_say() -> None:
    drifts = [Drift("get_x", f"$.{name}", "int", "str") for name in "abcd"]
    begin = "get_x: the response does not match its model: $.a: expected int, got str; $.b: expected int, got str"
    assert str(DriftError("get_x", drifts)) == f"{begin}; $.c: expected int, got str; and 1 more"
    assert str(DriftError("get_x", drifts[:2])) == begin
    assert DriftError("get_x", drifts).drifts == tuple(drifts)


@pytest.mark.parametrize(
    "text",
    [
        "1700000000",
        "2020-01-01T10:00:00",
        "2020-01-01T10:00:00.123456789Z",
        "2020-01-01 10:00:00Z",
        "2020-01-01",
        "",
    ],
)
def test_what_is_no_rfc_3339_stays_text(text: str) -> None:
    class Timed(Model):
        at: datetime
        ats: list[datetime | None]

    found, drifts = read(Timed, {"at": text, "ats": [text, None, "2020-01-01T10:00:00Z"]})
    assert (found.at, found.ats[0], found.ats[2].year) == (text, text, 2020)
    assert [path for path, _, _ in drifts] == ["$.at", "$.ats[*]"]
    assert read(list[datetime], [text])[0] == [text]
    assert read(date, "86400") == ("86400", [("$", "date", "str")])
