"""What several calls declare about one field: the same holds, what contradicts itself is refused with both places."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callwright.diagnostics import SourceSpan
from callwright.errors import SpecError
from callwright.infer import Inference, Observation, infer
from callwright.infer.type_text import type_text
from callwright.ir.nodes import FieldHint
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import problems

CUSTOMER = {
    "id": "c1", "kind": "person", "created": 1700000000, "state": "open", "tags": [1],
    "address": {"city": "Bern", "zip": "3000", "street": "x"},
}  # fmt: skip


def observed(key: str, body: Any, *hints: FieldHint) -> Observation:
    return Observation(key=key, call=key, bodies=[json.dumps(body).encode()], hints=hints)


def two(key: str, one: dict[str, Any], other: dict[str, Any]) -> tuple[Observation, Observation]:
    """An object on its own and in a list, each with a declaration about one of its fields."""
    return (
        observed("get_customer", CUSTOMER, FieldHint(path=f"$.{key}", where="get", **one)),
        observed("list_customers", [CUSTOMER], FieldHint(path=f"$[*].{key}", where="list", **other)),
    )  # fmt: skip


def field(inference: Inference, name: str) -> str:
    cls = inference.model("Customer")
    assert cls is not None
    found = next(f for f in cls.fields if f.name == name)
    more = (" | None" if found.nullable else "") + ("" if found.required else " = None")
    return type_text(found.type) + more


@pytest.mark.parametrize(
    ("key", "one", "other", "told"),
    [
        ("created", {"type": "unix_seconds"}, {"type": "unix_millis"}, "{type: unix_millis} contradicts {type: unix_seconds}"),
        ("state", {"enum": ("open",)}, {"enum": ("open", "done")}, "{enum: [open, done]} contradicts {enum: [open]}"),
        ("state", {"enum": ("open",)}, {"enum": ("open",), "closed": True}, "{enum: [open], closed: true} contradicts {enum: [open]}"),
        ("state", {"enum": ("open",)}, {"type": "uuid"}, "{type: uuid} contradicts {enum: [open]}"),
        ("kind", {"rename": "sort"}, {"rename": "species"}, "{rename: species} contradicts {rename: sort}"),
        ("kind", {"required": True}, {"required": False}, "{required: false} contradicts {required: true}"),
        ("kind", {"nullable": True}, {"nullable": False}, "{nullable: false} contradicts {nullable: true}"),
        ("kind", {"ignore": True}, {"type": "string"}, "{type: string} contradicts {ignore: true}"),
        ("address", {"type": "map"}, {"type": "object"}, "{type: object} contradicts {type: map}"),
        ("tags", {"type": "array", "items": "integer"}, {"type": "array", "items": "number"}, "{items: number} contradicts {items: integer}"),
    ],
)  # fmt: skip
def test_what_contradicts_is_refused(
    key: str, one: dict[str, Any], other: dict[str, Any], told: str
) -> None:
    with pytest.raises(SpecError) as caught:
        infer(two(key, one, other))
    (found,) = caught.value.diagnostics
    assert (found.code, found.path) == ("declared-twice", "list")
    assert found.message == f"{told} at get: both are about Customer.{key}"


@pytest.mark.parametrize(
    ("key", "one", "other", "expected"),
    [
        ("created", {"type": "unix_seconds"}, {"type": "unix_seconds", "nullable": True}, "UnixSeconds | None"),
        ("created", {"nullable": True}, {"type": "unix_seconds", "required": False}, "UnixSeconds | None = None"),
        ("state", {"enum": ("open", "done")}, {"enum": ("done", "open")}, "'open' | 'done' | str"),
        ("state", {"type": "string"}, {"enum": ("open",), "closed": True}, "'open'"),
        ("kind", {"redact": True}, {"required": False}, "str = None"),
        ("tags", {"type": "array"}, {"type": "array", "items": "number"}, "list[int | float]"),
    ],
)  # fmt: skip
def test_what_does_not_contradict_holds_together(
    key: str, one: dict[str, Any], other: dict[str, Any], expected: str
) -> None:
    given = two(key, one, other)
    found = infer(given)
    assert field(found, key) == expected
    assert problems(render_models(found), found, given) == []


def test_items_are_compared_too_and_places_of_the_spec_are_told() -> None:
    span = SourceSpan(file="specs/a/connector.yaml", line=7, column=3)
    given = (
        observed("get_customer", CUSTOMER, FieldHint(path="$.tags[*]", type="integer", where="get", span=span)),
        observed("list_customers", [CUSTOMER], FieldHint(path="$[*].tags[*]", type="any", span=span)),
    )  # fmt: skip
    with pytest.raises(SpecError) as caught:
        infer(given)
    (found,) = caught.value.diagnostics
    assert found.render().startswith(
        "specs/a/connector.yaml:7:3: error[declared-twice]: $[*].tags[*]: "
    )
    assert "{type: any} contradicts {type: integer} at get (specs/a/connector.yaml:7:3)" in found.message  # fmt: skip


@pytest.mark.parametrize("nullable", [True, False])
def test_whether_items_values_and_answers_are_null_is_declared(nullable: bool) -> None:
    body = [[1, None]] if not nullable else [[1]]
    given = observed("get_lists", body, *(FieldHint(path=p, nullable=nullable) for p in ("$[*]", "$[*][*]")))  # fmt: skip
    found = infer([given])
    more = " | None" if nullable else ""
    assert type_text(found.roots["get_lists"]) == f"list[list[int{more}]{more}]"
    assert [p.message for p in problems(render_models(found), found, [given])] == (
        [] if nullable else ["declared {nullable: false}, captured null"]
    )


def test_what_is_left_out_everywhere_agrees() -> None:
    found = infer(two("kind", {"ignore": True}, {"ignore": True, "redact": True}))
    cls = found.model("Customer")
    assert cls is not None
    assert "kind" not in {f.wire for f in cls.fields}
