"""Names the author gives to attributes: never two fields of one name, and never one that models need."""

from __future__ import annotations

import json

import pytest

from callwright.errors import CaptureError, SpecError
from callwright.infer import Inference, Observation, infer
from callwright.ir import naming
from callwright.ir.nodes import FieldHint
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import prove
from callwright.runtime.model import Model

CUSTOMER = {"id": "c1", "type": "person", "Type": "x", "legacy": 1}


def customer(**renames: str) -> Observation:
    hints = tuple(
        FieldHint(path=f"$.{key}", rename=name, where=f"fields.{key}") for key, name in renames.items()
    )  # fmt: skip
    return Observation(
        key="get_customer",
        call="get_customer",
        bodies=[json.dumps(CUSTOMER).encode()],
        captures=["captures/get_customer/s.200.json"],
        hints=hints,
    )


def refused(*observations: Observation) -> list[tuple[str, str, str]]:
    with pytest.raises(SpecError) as caught:
        infer(observations)
    return [(d.code, d.path, d.message) for d in caught.value.diagnostics]


def names(inference: Inference) -> dict[str, str]:
    cls = inference.model("Customer")
    assert cls is not None
    return {f.wire: f.name for f in cls.fields}


def test_a_rename_to_the_attribute_of_another_key_is_refused() -> None:
    assert refused(customer(type="id")) == [
        ("name-clash", "fields.type", "id would be the attribute of 'type' and of 'id' in Customer")
    ]


def test_two_fields_renamed_alike_are_refused_once() -> None:
    ((code, path, message),) = refused(customer(type="kind", legacy="kind"))
    assert (code, path) == ("name-clash", "fields.legacy")
    assert message == (
        "kind would be the attribute of 'legacy' and, by fields.type, of 'type' in Customer"
    )


def test_names_can_be_exchanged() -> None:
    given = customer(type="id", id="type", Type="kind")
    found = infer([given])
    prove(render_models(found), found, [given])
    assert names(found) == {"id": "type", "type": "id", "Type": "kind", "legacy": "legacy"}


def test_a_key_that_is_left_out_keeps_its_name_to_itself() -> None:
    ignored = FieldHint(path="$.legacy", ignore=True)
    given = customer(type="legacy")
    both = Observation(
        key="get_customer", call="get_customer", bodies=given.bodies, hints=(*given.hints, ignored)
    )
    assert [code for code, _, _ in refused(both)] == ["name-clash"]


def test_every_name_that_models_have_is_reserved() -> None:
    public = [n for n in {*dir(Model), *dir(type(Model))} if naming.is_name(n)]
    assert {"model_dump", "mro", "register"} <= set(public)
    assert [name for name in public if not naming.is_reserved_attribute(name)] == []


def test_the_proof_fails_for_a_declared_key_that_no_attribute_reads() -> None:
    given = customer()
    found = infer([given])
    models = {
        path: text.replace("    type: str\n", "") for path, text in render_models(found).items()
    }
    assert models != render_models(found)
    with pytest.raises(CaptureError) as caught:
        prove(models, found, [given])
    assert (
        "captures/get_customer/s.200.json: $.type: is a field of its class, and yet would be kept"
        " without a type" in str(caught.value)
    )
