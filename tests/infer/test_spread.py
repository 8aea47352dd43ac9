"""What one call declares of a field shapes it for the class, wherever else the class is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callwright.errors import SpecError
from callwright.infer import Inference, Observation, infer
from callwright.infer.type_text import type_text
from callwright.ir.nodes import (
    BuiltinType,
    DeclaredClass,
    DeclaredField,
    FieldHint,
    ListType,
    ModelType,
)
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import problems

ADDRESS = {"city": "Bern", "zip": "3000", "street": "x"}
CUSTOMER = {"id": "c1", "kind": "person", "email": "x", "address": ADDRESS, "old": [ADDRESS]}


def observed(key: str, body: Any, *hints: FieldHint, **more: Any) -> Observation:
    return Observation(key=key, call=key, bodies=[json.dumps(body).encode()], hints=hints, **more)


def inferred(*given: Observation) -> Inference:
    found = infer(given)
    assert problems(render_models(found), found, given) == []
    return found


def fields(inference: Inference, name: str = "Customer") -> dict[str, str]:
    cls = inference.model(name)
    assert cls is not None
    return {
        f.name: type_text(f.type) + (" | None" if f.nullable else "")
        for f in cls.fields
        if f.name in ("address", "old", "zip")
    }


@pytest.mark.parametrize("turned", [False, True])
def test_a_map_declared_in_one_call_is_one_in_all(turned: bool) -> None:
    given = [
        observed("get_customer", CUSTOMER, FieldHint(path="$.address", type="map")),
        observed("list_customers", [CUSTOMER]),
    ]
    found = inferred(*(given[::-1] if turned else given))
    assert fields(found)["address"] == "dict[str, str]"


def test_a_class_that_nothing_uses_any_more_is_gone() -> None:
    body = {key: value for key, value in CUSTOMER.items() if key != "old"}
    found = inferred(
        observed("get_customer", body, FieldHint(path="$.address", type="map")),
        observed("list_customers", {"data": [body]}, select="$.data"),
    )
    assert [cls.name for cls in found.classes] == ["Customer"]


def test_what_lists_hold_is_carried_too_and_joined_with_what_is_declared_there() -> None:
    found = inferred(
        observed("get_customer", CUSTOMER, FieldHint(path="$.old[*]", type="map")),
        observed("list_customers", [CUSTOMER], FieldHint(path="$[*].old[*]", nullable=True)),
        observed("find_customer", {"hit": CUSTOMER}, FieldHint(path="$.hit.address", type="any")),
    )
    assert fields(found) == {"address": "Any", "old": "list[dict[str, str] | None]"}


def test_an_object_declared_in_one_call_is_no_map_in_others() -> None:
    body = CUSTOMER | {"address": {"2020": 1, "2021": 2}}
    found = inferred(
        observed("get_customer", body, FieldHint(path="$.address", type="object")),
        observed("list_customers", [body]),
    )
    assert fields(found)["address"] == "Address"


def test_a_type_of_the_spec_is_seen_wherever_it_holds() -> None:
    place = DeclaredClass(
        name="Place",
        fields=(DeclaredField(wire="city", type=BuiltinType(name="str"), required=True, nullable=False),),
    )  # fmt: skip
    said = FieldHint(path="$.old", type="array", items="Place", declares=ListType(item=ModelType(name="Place")), classes=(place,))  # fmt: skip
    found = inferred(
        observed("get_customer", CUSTOMER, said),
        observed("list_customers", {"data": [CUSTOMER]}, select="$.data"),
    )
    assert fields(found)["old"] == "list[Place]"
    cls = found.model("Place")
    assert cls is not None
    assert (cls.captures, cls.places) == (2, ("get_customer:$.old[*]", "list_customers:$.data[*].old[*]"))  # fmt: skip


def test_declarations_inside_of_what_is_a_map_lead_nowhere() -> None:
    found = infer(
        [
            observed("get_customer", CUSTOMER, FieldHint(path="$.address", type="map")),
            observed("list_customers", [CUSTOMER], FieldHint(path="$[*].address.zip", type="string")),
        ]
    )  # fmt: skip
    notes = [n for n in found.notes if n.code == "unknown-hint-path"]
    assert [(n.message, n.hint) for n in notes] == [
        ("$[*].address.zip is inside of $[*].address, which is declared {type: map}", "did you mean $[*].address[*]?")
    ]  # fmt: skip


def test_a_map_here_and_an_object_there_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        infer(
            [
                observed("get_customer", CUSTOMER, FieldHint(path="$.address", type="map")),
                observed("list_customers", [CUSTOMER], FieldHint(path="$[*].address", type="object")),
                observed("find_customers", [CUSTOMER]),
            ]
        )  # fmt: skip
    assert [d.code for d in caught.value.diagnostics] == ["declared-twice"]
