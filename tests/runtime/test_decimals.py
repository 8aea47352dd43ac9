"""Declared decimals: every digit that came, from the wire to the object and back; all other numbers as ever."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, Tag, TypeAdapter
from pydantic_core import to_jsonable_python

from callwright.runtime.fields import DecimalNumber
from callwright.runtime.model import Model, by_tag
from callwright.runtime.reading.drift import UnexpectedRootError, parse


class Price(Model):
    amount: DecimalNumber
    old: DecimalNumber | None = Field(
        default=None, validation_alias="oldAmount", serialization_alias="oldAmount"
    )
    rate: float | None = None
    steps: list[DecimalNumber] | None = None
    by_country: dict[str, DecimalNumber | None] | None = None
    text: Decimal | None = None
    child: Price | None = None
    anything: Any = None


class Share(Model):
    type: str
    part: float


class Fee(Model):
    type: str
    part: DecimalNumber


Line = Annotated[
    Annotated[Share, Tag("Share")] | Annotated[Fee, Tag("Fee")] | Annotated[dict[str, Any], Tag("")],
    by_tag("type", {"share": "Share", "fee": "Fee"}),
]  # fmt: skip

SPELLINGS = ["12345678901234567890.123456789", "1.10", "1e-30", "-0.0", "5", "-0", "100", "1E+2",
             "0.1", "123456789012345678901234567890"]  # fmt: skip


def read(returns: Any, body: str) -> tuple[Any, list[tuple[str, str, str]]]:
    value, drifts = parse(returns, body.encode(), call="get_x")
    return value, [(d.path, d.expected, d.got) for d in drifts]


def same(value: object, spelling: str) -> bool:
    return isinstance(value, Decimal) and value.as_tuple() == Decimal(spelling).as_tuple()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_digits_are_those_that_came_wherever_a_decimal_is_declared(spelling: str) -> None:
    body = (
        f'{{"amount": {spelling}, "oldAmount": {spelling}, "steps": [1.0, {spelling}],'
        f' "by_country": {{"de": {spelling}, "fr": null}}, "child": {{"amount": {spelling}}}}}'
    )
    price, drifts = read(Price, body)
    assert drifts == []
    places = [price.amount, price.old, price.steps[1], price.by_country["de"], price.child.amount]
    assert all(same(found, spelling) for found in places)
    assert read(list[DecimalNumber], f"[{spelling}]")[0] == [Decimal(spelling)]
    assert same(read(DecimalNumber | None, spelling)[0], spelling)


def test_other_numbers_of_the_same_body_stay_what_they_are() -> None:
    price, _ = read(
        Price,
        '{"amount": 1.10, "rate": 1.10, "new": [1.10, 123456789012345678901234567890],'
        ' "anything": {"amount": 1.10, "n": 5}}',
    )
    assert same(price.amount, "1.10")
    found = [price.rate, *price.model_extra["new"], *price.anything.values()]
    assert [(type(v), v) for v in found] == [
        (float, 1.1), (float, 1.1), (int, 123456789012345678901234567890), (float, 1.1), (int, 5),
    ]  # fmt: skip


def test_of_a_union_the_chosen_option_decides() -> None:
    lines, drifts = read(
        list[Line],
        '[{"type": "fee", "part": 1.10}, {"type": "share", "part": 1.10}, {"part": 1.10}]',
    )
    assert [(path, got) for path, _, got in drifts] == [("$[*].type", "absent")]
    assert [type(x) for x in (lines[0].part, lines[1].part, lines[2]["part"])] == [
        Decimal, float, float,
    ]  # fmt: skip
    assert same(lines[0].part, "1.10")


@pytest.mark.parametrize(
    ("wrong", "got"),
    [('"1.10"', "str"), ("true", "bool"), ("[1.10]", "list"), ("null", "null"), ("1e400", "a number beyond floats"),
     ("NaN", "NaN"), ("-Infinity", "a number beyond floats")],
)  # fmt: skip
def test_another_kind_where_a_decimal_is_declared_is_drift(wrong: str, got: str) -> None:
    body = f'{{"amount": {wrong}, "oldAmount": 1.10, "steps": [{wrong}, 1.10], "text": 1.10}}'
    price, drifts = read(Price, body)
    assert drifts == [
        ("$.amount", "Decimal", got),
        ("$.steps[*]", "Decimal", got),
        ("$.text", "Decimal | None", "float"),
    ]
    assert same(price.old, "1.10")
    assert same(price.steps[1], "1.10")
    assert price.text == 1.1
    if wrong not in ("NaN", "-Infinity"):
        dumped = price.model_dump_json(exclude_unset=True)
        assert json.loads(dumped, parse_float=Decimal) == json.loads(body, parse_float=Decimal)


def test_decimals_in_texts_take_texts() -> None:
    price, drifts = read(Price, '{"amount": 1, "text": "12345678901234567890.10"}')
    assert drifts == []
    assert str(price.text) == "12345678901234567890.10"
    assert price.model_dump(mode="json")["text"] == "12345678901234567890.10"
    for wrong in ("NaN", "1_0", " 1", "", "1e9999999"):
        assert read(Price, f'{{"amount": 1, "text": "{wrong}"}}')[0].text == wrong


def test_dumping_loses_no_digit() -> None:
    spelling = "12345678901234567890.123456789"
    price, _ = read(Price, f'{{"amount": {spelling}, "oldAmount": 1.10, "steps": [5, 0.25], "text": "1.10"}}')  # fmt: skip
    assert price.model_dump_json(exclude_unset=True) == (
        f'{{"amount":{spelling},"oldAmount":1.10,"steps":[5,0.25],"text":"1.10"}}'
    )
    # without our own writer: numbers that are the same number, else text
    expected = {"amount": spelling, "oldAmount": 1.1, "steps": [5, 0.25], "text": "1.10"}
    assert price.model_dump(mode="json", exclude_unset=True) == expected
    assert json.loads(TypeAdapter(list[Price]).dump_json([price], exclude_unset=True)) == [expected]  # fmt: skip
    assert price.model_dump(exclude_unset=True)["amount"] == Decimal(spelling)
    assert to_jsonable_python(price)["oldAmount"] == 1.1
    assert price.model_dump_json(exclude_unset=True, indent=1).startswith(f'{{\n "amount": {spelling},')  # fmt: skip


@given(
    st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**300), max_value=10**300)
    ),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_decimals_survive_beside_any_float(amounts: list[Decimal], rate: float) -> None:
    body = f'{{"amount": 1, "rate": {rate!r}, "steps": [{", ".join(map(str, amounts))}]}}'
    price, drifts = read(Price, body)
    assert drifts == []
    assert [d.as_tuple() for d in price.steps] == [d.as_tuple() for d in amounts]
    assert (type(price.rate), price.rate) == (float, rate)
    again, drifts = read(Price, price.model_dump_json())
    assert drifts == []
    assert [d.as_tuple() for d in again.steps] == [d.as_tuple() for d in amounts]
    assert again == price


@pytest.mark.parametrize("body", ["{", '{"amount": 1.10', "", '{"amount": 1.1.0}'])
def test_what_is_no_json_is_refused_as_ever(body: str) -> None:
    with pytest.raises(UnexpectedRootError, match="no JSON"):
        read(Price, body)


def test_an_exponent_that_no_decimal_takes() -> None:
    price, drifts = read(Price, f'{{"amount": 1.10, "oldAmount": 1e-{"9" * 30}, "anything": 1e{"9" * 30}}}')  # fmt: skip
    assert same(price.amount, "1.10")
    assert drifts == []
    assert price.old == 0


def test_of_a_key_twice_the_last_counts() -> None:
    assert same(read(Price, '{"amount": 1.10, "amount": 2.20}')[0].amount, "2.20")
