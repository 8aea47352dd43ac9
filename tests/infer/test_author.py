"""What the author declares wins over what was observed, and names stay."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from callwright.errors import CallwrightError, CaptureError
from callwright.infer import Inference, Observation, infer
from callwright.infer.explain import explain, uncertain
from callwright.infer.type_text import type_text
from callwright.ir.nodes import (
    BuiltinType,
    DeclaredClass,
    DeclaredField,
    FieldHint,
    ListType,
    ModelType,
    TypeExpr,
)
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import difference, problems, prove
from callwright.runtime.json_text import Number


def observation(*bodies: Any, key: str = "get_order", **more: Any) -> Observation:
    return Observation(
        key=key,
        call=key,
        bodies=[b if isinstance(b, bytes) else json.dumps(b).encode() for b in bodies],
        captures=[f"captures/{key}/s{n}.200.json" for n in range(len(bodies))],
        **more,
    )


def fields(inference: Inference, name: str) -> dict[str, str]:
    cls = inference.model(name)
    assert cls is not None
    return {
        f.name: type_text(f.type)
        + (" | None" if f.nullable else "")
        + ("" if f.required else " = None")
        for f in cls.fields
    }


def hint(path: str, **more: Any) -> FieldHint:
    return FieldHint(path=path, **more)


MONEY = DeclaredClass(
    name="Money",
    fields=(
        DeclaredField(wire="amount", type=BuiltinType(name="DecimalNumber"), required=True, nullable=False),
        DeclaredField(wire="per", type=ModelType(name="Unit"), required=False, nullable=False),
    ),
)  # fmt: skip
UNIT = DeclaredClass(
    name="Unit",
    fields=(DeclaredField(wire="class", type=BuiltinType(name="str"), required=True, nullable=True),),
)  # fmt: skip


def money(path: str, declares: TypeExpr) -> FieldHint:
    return hint(path, type="Money", declares=declares, classes=(MONEY, UNIT))


def test_types_of_the_spec_are_classes() -> None:
    one = {"price": {"amount": 1.10, "per": {"class": None}, "more": 1}, "prices": []}
    two = {"price": None, "prices": [{"amount": 2}], "money": {"x": 1, "y": 2, "z": 3}}
    given = observation(
        one, two, hints=(money("$.price", ModelType(name="Money")), money("$.prices", ListType(item=ModelType(name="Money"))))
    )  # fmt: skip
    inference = infer([given])
    prove(render_models(inference), inference, [given])
    assert fields(inference, "Order")["price"] == "Money | None"
    assert fields(inference, "Order")["prices"] == "list[Money]"
    # an inferred class does not take the name
    assert fields(inference, "Order")["money"] == "OrderMoney = None"
    assert fields(inference, "Money") == {"amount": "DecimalNumber", "per": "Unit = None"}
    assert fields(inference, "Unit") == {"class_": "str | None"}
    told = explain(inference, "Money")
    assert "Money: seen in 2 responses (declared in the spec)" in told
    assert "in 2 of 2 responses" in explain(inference, "Money.amount")
    assert "Money: the captures also hold more, kept without a type" in uncertain(inference)
    assert "\nMoney is known" not in uncertain(inference)


def test_types_of_the_spec_need_no_capture_that_holds_them() -> None:
    inference = infer([observation({"price": None}, hints=(money("$.price", ModelType(name="Money")),))])  # fmt: skip
    assert fields(inference, "Order") == {"price": "Money | None"}
    assert fields(inference, "Money")["amount"] == "DecimalNumber"
    assert "class Money(Model):" in render_models(inference)["models.py"]


def test_what_is_not_of_the_declared_type_is_named() -> None:
    given = observation({"price": {"per": {}}}, hints=(money("$.price", ModelType(name="Money")),))
    inference = infer([given])
    found = [(p.path, p.message) for p in problems(render_models(inference), inference, [given])]
    assert ("$.price.amount", "declared Decimal, captured absent") in found


@pytest.mark.parametrize(("value", "expected"), [([1.5], "DecimalNumber"), (["1"], "Decimal"), ([], "Decimal")])  # fmt: skip
def test_decimals_in_lists_and_maps_are_what_was_seen(value: list[object], expected: str) -> None:
    given = observation(
        {"all": value, "by": dict.fromkeys("ab", value[0]) if value else {}},
        hints=(hint("$.all", type="array", items="decimal"), hint("$.by", type="map", values="decimal")),
    )  # fmt: skip
    inference = infer([given])
    prove(render_models(inference), inference, [given])
    assert fields(inference, "Order") == {"all": f"list[{expected}]", "by": f"dict[str, {expected}]"}  # fmt: skip


def test_the_proof_holds_a_decimal_by_its_digits() -> None:
    bodies = [b'{"data": {"amount": 1.10, "rate": 1.10}}', b'{"data": {"amount": 1e-30, "rate": -0}}']  # fmt: skip
    given = observation(*bodies, select="$.data", hints=(hint("$.data.amount", type="decimal"),))
    inference = infer([given])
    prove(render_models(inference), inference, [given])
    assert difference({"a": Number("1.10")}, {"a": Decimal("1.10")}) is None
    assert difference({"a": Number("1.10")}, {"a": Decimal("1.1")}) == "$.a"
    assert difference({"a": Number("1.10")}, {"a": 1.1}) is None
    assert difference({"a": Number("5")}, {"a": 6}) == "$.a"


ORDER = {
    "id": 1, "paid": 1700000000, "total": "5.00", "amount": 5.25, "state": "open", "extra": {"a": 1}, "legacy": 1,
    "lines": [{"sku": "x", "when": "2020-01-01T00:00:00Z"}], "raw": "aGk=", "json": "{\"a\": 1}",
}  # fmt: skip


def test_declared_types_win_and_are_proven() -> None:
    given = observation(
        ORDER,
        hints=(
            hint("$.paid", type="unix_seconds"),
            hint("$.total", type="decimal"),
            hint("$.amount", type="decimal"),
            hint("$.state", enum=("open", "closed")),
            hint("$.extra", type="map"),
            hint("$.legacy", ignore=True),
            hint("$.lines[*].when", type="string", nullable=True),
            hint("$.lines[*].sku", rename="article", required=False),
            hint("$.raw", type="bytes"),
            hint("$['json']", type="json_string"),
        ),
    )
    found = infer([given])
    assert fields(found, "Order") == {
        "id": "int", "paid": "UnixSeconds", "total": "Decimal", "amount": "DecimalNumber",
        "state": "'open' | 'closed' | str", "extra": "dict[str, int]", "lines": "list[Line]", "raw": "Base64",
        "json_": "JsonText",
    }  # fmt: skip
    assert fields(found, "Line") == {"article": "str = None", "when": "str | None"}
    assert found.notes[0].code != "unknown-hint-path"
    assert problems(render_models(found), found, [given]) == []
    assert "declared in the spec" in explain(found, "Order.paid")


def test_a_closed_enum_is_closed() -> None:
    found = infer([observation(ORDER, hints=(hint("$.state", enum=("open",), closed=True),))])
    assert fields(found, "Order")["state"] == "'open'"


def test_an_unknown_path_is_told_with_the_nearest() -> None:
    found = infer([observation(ORDER, hints=(hint("$.lines[*].skuu", type="string"),))])
    (note,) = [n for n in found.notes if n.code == "unknown-hint-path"]
    assert (note.message, note.hint) == (
        "$.lines[*].skuu is in no capture of get_order",
        "did you mean $.lines[*].sku?",
    )


def test_a_path_that_one_kind_of_answer_has_is_known() -> None:
    hints = (hint("$.state", type="string"),)
    empty = Observation(key="get_order:202", call="get_order", bodies=[{"id": 1}], hints=hints)
    found = infer([observation(ORDER, hints=hints), empty])
    assert not [n for n in found.notes if n.code == "unknown-hint-path"]


def test_a_wrong_declaration_is_caught_by_the_proof() -> None:
    given = observation(
        ORDER, ORDER | {"total": "five"}, hints=(hint("$.lines[*].sku", type="integer"),)
    )
    found = infer([given])
    with pytest.raises(CaptureError) as caught:
        prove(render_models(found), found, [given])
    assert str(caught.value).splitlines() == [
        f"captures/get_order/s{n}.200.json: $.lines[*].sku: declared {{type: integer}}, captured str"
        for n in range(2)
    ] + ["Correct or remove fields['$.lines[*].sku']"]


def test_what_is_selected_is_what_is_typed() -> None:
    body = {"ok": True, "data": {"id": 1, "when": "x"}}
    given = observation(
        body, select="$.data", model="Thing", hints=(hint("$.data.when", required=False),)
    )
    found = infer([given])
    assert type_text(found.roots["get_order"]) == "Thing"
    assert fields(found, "Thing") == {"id": "int", "when": "str = None"}
    assert problems(render_models(found), found, [given]) == []
    with pytest.raises(CaptureError, match=r"s0\.200\.json: nothing is at \$\.nothing"):
        infer([observation(body, select="$.nothing")])


def test_the_same_model_name_is_the_same_class_and_different_ones_stay_apart() -> None:
    same = infer(
        [
            observation([{"a": 1}], key="list_a", model="Shared"),
            observation({"b": 1}, key="get_b", model="Shared"),
        ]
    )
    assert fields(same, "Shared") == {"a": "int = None", "b": "int = None"}
    cat = {"name": "x", "age": 1, "owner": "y"}
    apart = infer(
        [observation(cat, key="get_a", model="Cat"), observation(cat, key="get_b", model="Dog")]
    )
    assert {type_text(root) for root in apart.roots.values()} == {"Cat", "Dog"}


def test_errors_never_loosen_successes() -> None:
    body = {"message": "x", "code": "y", "status": 1}
    found = infer(
        [
            observation(body, key="get_a"),
            observation(
                {"message": "x", "code": None, "status": 1}, key="NotFoundErrorBody", role="error"
            ),
        ]
    )
    assert fields(found, "A")["code"] == "str"


def test_required_after() -> None:
    one = infer([observation(ORDER)], required_after=2)
    two = infer([observation(ORDER, ORDER)], required_after=2)
    assert fields(one, "Order")["id"] == "int = None"
    assert fields(two, "Order")["id"] == "int"
    assert "required only after 2 responses" in explain(one, "Order.id")


def test_naive_datetimes_are_utc_when_the_spec_says_so() -> None:
    given = observation({"at": "2020-01-01T10:00:00.5"})
    assert fields(infer([given]), "Order") == {"at": "str"}
    found = infer([given], naive_datetimes="utc")
    assert fields(found, "Order") == {"at": "UtcDatetime"}
    assert problems(render_models(found), found, [given]) == []


def test_remembered_names_stay() -> None:
    first = infer([observation({"user": {"id": 1, "login": "x", "mail": "y"}})])
    again = observation(
        {
            "user": {"id": 1, "login": "x", "mail": "y"},
            "owner": {"id": 1, "login": "x", "mail": "y"},
        }
    )
    renamed = {place: "Person" if name == "User" else name for place, name in first.names.items()}
    kept = infer([again], names_lock=renamed)
    assert fields(kept, "Order") == {"user": "Person", "owner": "Person"}
    assert kept.names["get_order:$.owner"] == "Person"


def test_names_that_the_spec_gives_are_not_remembered() -> None:
    body = {"id": 1, "note": "n", "user": {"login": "x", "mail": "y"}}
    plain = observation(body)
    typo = infer([observation(body, model="Ordr"), observation([body], key="list_orders")])
    assert set(typo.names.values()) == {"User"}
    assert infer([plain], names_lock=typo.names).model("Order") is not None
    # a lock that holds such a name forgets it
    held = {"get_order:$": "Ordr", "get_order:$.user": "Person"}
    changed = infer([observation(body, model="Purchase")], names_lock=held)
    assert [cls.name for cls in changed.classes] == ["Purchase", "Person"]
    assert changed.names == {"get_order:$.user": "Person"}


def test_reserved_names_are_not_taken() -> None:
    found = infer([observation({"page": {"a": 1, "b": 2, "c": 3}})], reserved=frozenset({"Page"}))
    assert fields(found, "Order") == {"page": "OrderPage"}


def test_text_and_number_answers() -> None:
    found = infer(
        [
            observation(b"hello", key="get_text", media="text"),
            observation(b"5", b" 2.5\n", key="get_number", media="number"),
        ]
    )
    assert [type_text(root) for root in found.roots.values()] == ["str", "int | float"]
    with pytest.raises(CaptureError, match="expected a number"):
        infer([observation(b"five", key="get_number", media="number")])


def test_xml_answers_go_the_same_way() -> None:
    one = b'<r xmlns:x="u"><x:item id="1">a</x:item><note/><total>5</total></r>'
    two = b'<r><item id="1">a</item><item id="2"><b>c</b></item><note>n</note><total>6</total></r>'
    given = observation(
        one, two, key="get_feed", media="xml", hints=(hint("$.total", type="integer"),)
    )
    found = infer([given])
    assert fields(found, "Feed") == {"item": "list[FeedItem]", "note": "str | None", "total": "int"}
    assert fields(found, "FeedItem" if found.model("FeedItem") else "Item") == {
        "id": "str", "text": "str = None", "b": "str = None",
    }  # fmt: skip
    assert problems(render_models(found), found, [given]) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<a><b></a>", "not well-formed XML"),
        (b'<!DOCTYPE a SYSTEM "x"><a/>', "DOCTYPE"),
        (b"<a>" * 300, "levels deep"),
    ],
)
def test_bad_xml_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(CaptureError, match=rf"s0\.200\.json: .*{told}"):
        infer([observation(body, media="xml")])


def test_explain_says_why_and_suggests() -> None:
    found = infer(
        [observation({"at": "2020-01-01", "name": None}, {"at": "2020-01-02", "name": "x"})]
    )
    text = explain(found, "Order.at")
    assert "at: date" in text
    assert "in 2 of 2 responses" in text
    assert "every text is an RFC 3339 date" in text
    assert "captures/get_order/s0.200.json" in text
    assert "null in 1" in explain(found, "Order")
    with pytest.raises(CallwrightError, match="did you mean Order"):
        explain(found, "Ordr")
    with pytest.raises(CallwrightError, match="did you mean name"):
        explain(found, "Order.nam")


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("1234567890123.4567890123456789", True), ("0.12345678901234567890", True),
        ("0.1", False), ("1.10", False), ("12345678901234567890", False), ("100000000000000000000.0", False),
        ("1.50000000000000000000", False), ("123456789.123456", False),
    ],
)  # fmt: skip
def test_digits_that_a_float_does_not_keep_are_told(number: str, told: bool) -> None:
    body = f'{{"lines": [{{"price": {number}}}]}}'.encode()
    found = [n for n in infer([observation(body)]).notes if n.code == "digits-lost"]
    assert [n.message for n in found] == (
        ["$.lines[*].price of get_order has numbers of more digits than a float keeps"]
        if told
        else []
    )
    declared = observation(body, hints=(hint("$.lines[*].price", type="decimal"),))
    assert not [n for n in infer([declared]).notes if n.code == "digits-lost"]


def test_uncertain_lists_the_weakest_first() -> None:
    weak = uncertain(infer([observation({"a": 1, "b": None})]))
    assert weak.splitlines()[0].startswith("Order.b was null or empty in the one response")
    assert "Order was seen in one response: some fields may turn out to be optional" in weak
    assert "add a sample of get_order that returns something different" in weak
    sure = uncertain(infer([observation({"a": 1}, {"a": 2}, {"a": 3})]))
    assert sure == "Every model was seen in 3 or more responses."


def test_redacted_values_are_never_shown() -> None:
    bodies = [{"token": word} for word in ("alpha", "beta", "alpha", "beta")]
    found = infer([observation(*bodies, hints=(hint("$.token", redact=True),))])
    assert "alpha" not in explain(found) + "".join(render_models(found).values())
