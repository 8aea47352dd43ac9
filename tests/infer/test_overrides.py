"""What is declared takes effect, or is an error that names it: nothing is ignored without a word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callwright.infer import Inference, Observation, infer
from callwright.infer.explain import explain, uncertain
from callwright.infer.type_text import type_text
from callwright.ir.nodes import BuiltinType, DeclaredClass, DeclaredField, FieldHint, ModelType
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import problems


def observed(*bodies: Any, key: str = "get_order", **more: Any) -> Observation:
    return Observation(
        key=key, call=key, bodies=[json.dumps(body).encode() for body in bodies], **more
    )


def wrong(*given: Observation) -> tuple[Inference, list[str]]:
    found = infer(given)
    told = problems(render_models(found), found, given)
    assert all(p.way_out.startswith("Correct or remove fields[") for p in told)
    return found, [f"{p.path}: {p.message}" for p in told]


def field(inference: Inference, key: str, cls: str = "Order") -> str:
    model = inference.model(cls)
    assert model is not None
    found = next(f for f in model.fields if f.wire == key)
    more = (" | None" if found.nullable else "") + ("" if found.required else " = None")
    return type_text(found.type) + more


@pytest.mark.parametrize(
    ("value", "kind", "got"),
    [
        ("x", "map", "str"), ("[1]", "array", "str"), ({"a": 1}, "array", "object"), ([1], "object", "list"),
        (5, "object", "int"), ([{"a": 1}], "map", "list"),
    ],
)  # fmt: skip
def test_a_kind_that_no_capture_shows_is_an_error(value: object, kind: str, got: str) -> None:
    given = observed({"a": value}, hints=(FieldHint(path="$.a", type=kind),))
    found, told = wrong(given)
    assert told == [f"$.a: declared {{type: {kind}}}, captured {got}"]
    assert "declared in the spec" in explain(found, "Order.a")


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, "map", "dict[str, Any] | None"), (None, "array", "list[Any] | None"),
        (None, "object", "dict[str, Any] | None"), ({}, "map", "dict[str, Any]"), ({}, "object", "dict[str, Any]"),
        ([], "array", "list[Any]"), ([1], "array", "list[int]"), ({"b": 1}, "object", "A"),
        ({"b": 1}, "map", "dict[str, int]"),
    ],
)  # fmt: skip
def test_a_kind_holds_where_captures_do_not_contradict_it(
    value: object, kind: str, expected: str
) -> None:
    found, told = wrong(observed({"a": value}, hints=(FieldHint(path="$.a", type=kind),)))
    assert (field(found, "a"), told) == (expected, [])


@pytest.mark.parametrize(
    ("path", "bodies", "place"),
    [
        ("$.a", [{"a": None}], "$.a"), ("$.a", [{"a": None}, {"a": 1}], "$.a"), ("$.a[*]", [{"a": [None]}], "$.a[*]"),
        ("$.m[*]", [{"m": {"12": 1, "13": None}}], "$.m.*"), ("$.m[*].a", [{"m": {"12": {"a": None}}}], "$.m[*].a"),
    ],
)  # fmt: skip
def test_null_where_it_is_declared_never_to_be_is_an_error(
    path: str, bodies: list[Any], place: str
) -> None:
    _, told = wrong(observed(*bodies, hints=(FieldHint(path=path, nullable=False),)))
    assert told == [f"{place}: declared {{nullable: false}}, captured null"]


def test_null_below_a_selected_value_is_told_where_it_is() -> None:
    given = observed({"d": {"a": None}}, select="$.d", hints=(FieldHint(path="$.d.a", nullable=False),))  # fmt: skip
    assert wrong(given)[1] == ["$.d.a: declared {nullable: false}, captured null"]


def test_required_holds_for_what_was_never_seen_with_a_value() -> None:
    found, told = wrong(observed({"a": None}, hints=(FieldHint(path="$.a", required=True),)))
    assert (field(found, "a"), told) == ("Any | None", [])


@pytest.mark.parametrize(
    ("hint", "value", "got"),
    [
        ({}, "done", "captured str 'done'"),
        ({}, ["open", "done", "lost", "done", "new", "old"], "captured str 'done', 'lost', 'new', …"),
        ({}, "x" * 60, f"captured str '{'x' * 38}…"),
        ({"enum": (1, 2)}, 5, "captured int 5"),
        ({"redact": True}, "done", "captured str"),
    ],
)  # fmt: skip
def test_what_a_closed_enum_lacks_is_named(hint: dict[str, Any], value: object, got: str) -> None:
    path = "$.a[*]" if isinstance(value, list) else "$.a"
    keys: dict[str, Any] = {"enum": ("open",), "closed": True} | hint
    said = FieldHint(path=path, **keys)
    _, (told,) = wrong(observed({"a": value}, hints=(said,)))
    assert told.endswith(f"}}, {got}")


def test_a_redacted_value_is_named_by_no_declaration_above_or_below() -> None:
    enum = FieldHint(path="$.a.b", enum=("open",), closed=True)
    _, (told,) = wrong(observed({"a": {"b": "no"}}, hints=(FieldHint(path="$.a", redact=True), enum)))  # fmt: skip
    assert told.endswith(", captured str")


BUYER = {
    "id": 1,
    "total": 5,
    "state": "x",
    "buyer": {"name": "x", "score": 0.12345678901234567890, "home": {"city": "y"}},
}


def test_what_only_an_ignored_field_leads_to_is_nothing() -> None:
    body = json.dumps(BUYER).replace("0.12345678901234568", "0.12345678901234567890").encode()
    given = Observation(key="get_order", call="get_order", bodies=[body], hints=(FieldHint(path="$.buyer", ignore=True),))  # fmt: skip
    assert "digits-lost" in {n.code for n in infer([observed_raw(body)]).notes}
    found = infer([given])
    assert [cls.name for cls in found.classes] == ["Order"]
    assert found.names == {"get_order:$": "Order"}
    assert {note.code for note in found.notes} == {"weak-evidence"}
    assert "Buyer" not in uncertain(found)


def observed_raw(body: bytes) -> Observation:
    return Observation(key="get_order", call="get_order", bodies=[body])


def test_what_is_ignored_in_one_call_is_nothing_in_the_others() -> None:
    both = (
        observed(BUYER, hints=(FieldHint(path="$.buyer", ignore=True),)),
        observed([BUYER], key="list_orders"),
    )
    found = infer(both)
    assert [cls.name for cls in found.classes] == ["Order"]
    assert set(found.names) == {"get_order:$", "list_orders:$[*]"}


def test_a_class_that_is_used_elsewhere_stays_with_all_its_evidence() -> None:
    person = {"name": "x", "mail": "y", "age": 1}
    body = {"buyer": person, "seller": person}
    given = observed(body, body, hints=(FieldHint(path="$.buyer", ignore=True),))
    found = infer([given])
    assert len(found.classes) == 2
    person_class = next(cls for cls in found.classes if cls.name != "Order")
    assert "get_order:$.buyer" in person_class.places
    assert problems(render_models(found), found, [given]) == []


def test_the_union_of_kinds_below_an_ignored_field_is_none() -> None:
    blocks = [{"type": "a", "x": 1, "p": 1}, {"type": "b", "y": 2, "q": 2}]
    plain = infer([observed({"id": 1, "blocks": blocks})])
    assert len(plain.unions) == 1
    found = infer([observed({"id": 1, "blocks": blocks}, hints=(FieldHint(path="$.blocks", ignore=True),))])  # fmt: skip
    assert (found.unions, [cls.name for cls in found.classes]) == ((), ["Order"])


def test_what_is_declared_below_an_ignored_field_is_told() -> None:
    money = DeclaredClass(
        name="Money",
        fields=(DeclaredField(wire="a", type=BuiltinType(name="int"), required=True, nullable=False),),
    )  # fmt: skip
    hints = (
        FieldHint(path="$.buyer", ignore=True),
        FieldHint(path="$.buyer.name", redact=True),
        FieldHint(path="$.buyer.home", type="Money", declares=ModelType(name="Money"), classes=(money,)),
    )  # fmt: skip
    found = infer([observed(BUYER, hints=hints)])
    assert [cls.name for cls in found.classes] == ["Order"]
    (note,) = [n for n in found.notes if n.code == "unknown-hint-path"]
    assert note.message == "$.buyer.home is inside of $.buyer, which is declared {ignore: true}"
    assert note.hint == ""


def test_digits_are_kept_by_declared_items_and_values() -> None:
    body = b'{"l": [0.12345678901234567890], "m": {"12": 0.12345678901234567890}}'

    def hints(word: str) -> tuple[FieldHint, ...]:
        items = FieldHint(path="$.l", type="array", items=word)
        return items, FieldHint(path="$.m", type="map", values=word)

    lost = infer([Observation(key="get_x", call="get_x", bodies=[body], hints=hints("number"))])
    assert [n.hint for n in lost.notes if n.code == "digits-lost"] == [
        "keep them with fields: {'$.m': {values: decimal}}",
        "keep them with fields: {'$.l': {items: decimal}}",
    ]
    kept = infer([Observation(key="get_x", call="get_x", bodies=[body], hints=hints("decimal"))])
    assert not [n for n in kept.notes if n.code == "digits-lost"]
