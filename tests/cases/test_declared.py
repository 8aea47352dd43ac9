"""The client generated for the case `declared`, asked over a socket: every digit of a decimal, and types of the spec."""

from __future__ import annotations

import asyncio
import json
import warnings
from decimal import Decimal
from typing import Any

import pytest

from tests.cases.conftest import Provider

CASE = "declared"
ORDER = '{{"id": 1, "total": {0}, "tax": {0}, "weight": 1.10, "price_text": "{0}", "rates": [{0}], "never": null,'\
    ' "status": "paused", "history": [], "level": 1,' \
    ' "paid": {{"amount": {0}, "currency": "EUR", "at": 1.10}}, "refunds": [{{"amount": {0}, "currency": "XXX"}}],' \
    ' "parties": {{}}, "new": {0}}}'  # fmt: skip
SPELLINGS = ["12345678901234567890.123456789", "1.10", "1e-30", "-0.0", "5", "100"]


def same(value: object, spelling: str) -> bool:
    return isinstance(value, Decimal) and value.as_tuple() == Decimal(spelling).as_tuple()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_digit_arrives(package: Any, provider: Provider, spelling: str) -> None:
    provider.body = ORDER.format(spelling)
    with package.Declared(base_url=provider.url) as client:
        order = client.get_order(1)
        again = client.raw(client.get_order, 1).parse()
    assert order == again
    found = [order.total, order.tax, order.price_text, order.paid.amount, order.refunds[0].amount, order.rates[0]]  # fmt: skip
    assert all(same(value, spelling) for value in found)
    # what nobody declared is as ever
    assert [type(v) for v in (order.weight, order.paid.at)] == [float, float]
    assert order.new == json.loads(spelling)
    assert type(order.new) is type(json.loads(spelling))
    text = order.model_dump_json(exclude={"weight": True, "new": True, "paid": {"at"}})
    sent, dumped = (json.loads(t, parse_float=Decimal) for t in (provider.body, text))
    del sent["weight"], sent["new"], sent["paid"]["at"]
    assert Decimal(sent.pop("price_text")) == Decimal(dumped.pop("price_text"))
    assert dumped == sent


def test_every_digit_arrives_asynchronously(package: Any, provider: Provider) -> None:
    async def total() -> object:
        async with package.AsyncDeclared(base_url=provider.url) as client:
            return (await client.get_order(1)).total

    provider.body = ORDER.format("1.10")
    assert same(asyncio.run(total()), "1.10")


def test_selected_parts_and_whole_answers_are_types_of_the_spec(
    package: Any, provider: Provider
) -> None:
    with package.Declared(base_url=provider.url) as client:
        provider.body = '{"data": [{"amount": 1.10, "currency": "EUR"}]}'
        (money,) = client.list_orders()
        assert isinstance(money, package.models.Money)
        assert same(money.amount, "1.10")
        provider.body = '{"amount": 1e-30, "currency": "EUR"}'
        party = {"name": "A", "address": {"city": "B"}}
        money = client.create_order(party=party, total=Decimal("1.10"))
    assert same(money.amount, "1e-30")
    sent = {"party": party | {"kind": "customer"}, "total": 1.1}
    assert json.loads(provider.sent) == sent
    assert b'"total":1.10' in provider.sent


def test_what_is_no_decimal_any_more_drifts_and_is_dumped(package: Any, provider: Provider) -> None:
    provider.body = ORDER.format("1.10").replace('"total": 1.10', '"total": "1.10"').replace('"tax": 1.10', '"tax": 1e400')  # fmt: skip
    with package.Declared(base_url=provider.url) as client, warnings.catch_warnings(record=True) as told:  # fmt: skip
        warnings.simplefilter("always")
        order = client.get_order(1)
    assert [str(w.message) for w in told] == [
        "get_order: $.total: expected Decimal, got str",
        "get_order: $.tax: expected Decimal | None, got a number beyond floats",
    ]
    assert order.total == "1.10"
    assert same(order.paid.amount, "1.10")
    assert order.model_dump(mode="json")["total"] == "1.10"


def test_what_is_no_json_is_refused(package: Any, provider: Provider) -> None:
    provider.body = ORDER.format("1.1.0")
    expected = pytest.raises(package.UnexpectedBodyError, match="expected JSON")
    with package.Declared(base_url=provider.url) as client, expected:
        client.get_order(1)
