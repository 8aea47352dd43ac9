"""Paths in messages are rooted at the body, what leads nowhere is told, and the proof names what was declared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callwright.diagnostics import SourceSpan
from callwright.errors import CaptureError
from callwright.infer import Inference, Observation, infer
from callwright.infer.author.hints import spelled_step, steps_of, written
from callwright.ir.nodes import (
    BuiltinType,
    DeclaredClass,
    DeclaredField,
    FieldHint,
    ModelType,
)
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import prove

BODY = {
    "data": {"createdAt": "2020-01-01T00:00:00Z", "odd key's": 5, "rates": {"EUR": 1, "USD": 2, "CHF": 3, "JPY": 4}},
    "total": {"garbage": 1},
}  # fmt: skip


def observed(*hints: FieldHint, **more: Any) -> Observation:
    given: dict[str, Any] = {
        "key": "get_data", "call": "get_data", "bodies": [json.dumps(BODY).encode()], "captures": ["s.200.json"],
        "select": "$.data",
    }  # fmt: skip
    return Observation(**(given | more), hints=hints)


def told(*hints: FieldHint) -> list[tuple[str, str]]:
    notes = infer([observed(*hints)]).notes
    return [(n.message, n.hint) for n in notes if n.code == "unknown-hint-path"]


@pytest.mark.parametrize(
    ("path", "message", "way"),
    [
        ("$.data.creatdAt", "is in no capture of get_data", "did you mean $.data.createdAt?"),
        ("$.data.rates.EUR", "is one key of a map", "did you mean $.data.rates[*]?"),
        ("$.data.rates.GBP", "is in no capture of get_data", "did you mean $.data.rates[*]?"),
        ("$.data['odd keys']", "is in no capture of get_data", "did you mean $.data['odd key\\'s']?"),
        ("$.data.nothing_like_it", "is in no capture of get_data", ""),
        ("$.total.garbage", "is outside of what get_data returns (select: $.data)", ""),
        ("$", "is outside of what get_data returns (select: $.data)", "did you mean $.data?"),
        ("$.createdAt", "is outside of what get_data returns (select: $.data)", "did you mean $.data.createdAt?"),
    ],
)  # fmt: skip
def test_paths_under_select(path: str, message: str, way: str) -> None:
    assert told(FieldHint(path=path, type="string")) == [(f"{path} {message}", way)]


def test_what_is_redacted_outside_of_what_is_returned_is_fine() -> None:
    assert told(FieldHint(path="$.total.garbage", redact=True, where="x")) == []
    assert told(FieldHint(path="$.total.garbage", redact=True, ignore=True)) != []


def test_what_is_redacted_by_index_does_not_hide_what_is_declared() -> None:
    typed, hidden = FieldHint(path="$.all[*].at", type="unix_seconds"), FieldHint(path="$.all[1].at", redact=True)  # fmt: skip
    for hints in ((typed, hidden), (hidden, typed)):
        given = observed(*hints, bodies=[b'{"all": [{"at": 1}]}'], select=None)
        types = [f.type for cls in infer([given]).classes for f in cls.fields if f.wire == "at"]
        assert types == [BuiltinType(name="UnixSeconds")]


def test_places_inside_of_what_is_declared() -> None:
    outer = FieldHint(path="$.data.rates", type="any")
    assert told(outer, FieldHint(path="$.data.rates.EUR", redact=True)) == []
    assert told(outer, FieldHint(path="$.data.rates.EUR", type="string")) == [
        ("$.data.rates.EUR is inside of $.data.rates, which is declared {type: any}", "")
    ]
    assert told(outer, FieldHint(path="$.data.rates.GBP", redact=True))[0][0] == "$.data.rates.GBP is in no capture of get_data"  # fmt: skip


@pytest.mark.parametrize("step", ["name", "größe", "a b", "it's", "back\\slash", "", "1st", "[*]"])
def test_steps_are_spelled_as_they_are_read(step: str) -> None:
    assert steps_of("$" + spelled_step(step)) == (step,)


def proven_wrong(given: Observation, *others: Observation) -> list[str]:
    found = infer([given, *others])
    return failing(render_models(found), found, given)


def failing(models: dict[str, str], found: Inference, given: Observation) -> list[str]:
    with pytest.raises(CaptureError) as caught:
        prove(models, found, [given])
    return str(caught.value).splitlines()


def test_the_proof_names_the_declaration_and_its_place() -> None:
    span = SourceSpan(file="specs/a/connector.yaml", line=7, column=3)
    said = FieldHint(
        path="$.data.createdAt",
        type="unix_seconds",
        where="calls.get_data.response.fields['$.data.createdAt']",
        span=span,
    )
    assert proven_wrong(observed(said)) == [
        "s.200.json: $.data.createdAt: declared {type: unix_seconds}, captured str",
        "Correct or remove calls.get_data.response.fields['$.data.createdAt'] (specs/a/connector.yaml:7:3)",
    ]


def test_the_proof_names_declarations_of_other_calls() -> None:
    elsewhere = FieldHint(path="$.createdAt", type="date", where="there", rename="made")
    also = FieldHint(path="$.data.createdAt", nullable=True, where="here")
    named = FieldHint(path="$.data.rates", rename="rates_", where="nowhere")
    other = Observation(
        key="other", call="other", bodies=[BODY["data"]], hints=(elsewhere,)
    )  # fmt: skip
    assert proven_wrong(observed(also, named), other) == [
        "s.200.json: $.data.createdAt: declared {nullable: true} and {type: date, rename: made}, captured str",
        "Correct or remove here",
        "Correct or remove there",
    ]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (FieldHint(path="$.data.rates[*]", type="string"), [
            "s.200.json: $.data.rates.*: declared {type: string}, captured int",
            "Correct or remove fields['$.data.rates[*]']",
        ]),
        (FieldHint(path="$.data", type="integer"), [
            "s.200.json: $.data: declared {type: integer}, captured object", "Correct or remove fields['$.data']",
        ]),
        (FieldHint(path="$.data['odd key\\'s']", enum=(6,), closed=True), [
            "s.200.json: $.data[\"odd key's\"]: declared {enum: [6], closed: true}, captured int 5",
            "Correct or remove fields[\"$.data['odd key\\\\'s']\"]",
        ]),
    ],
)  # fmt: skip
def test_the_proof_under_select(said: FieldHint, lines: list[str]) -> None:
    assert proven_wrong(observed(said)) == lines


def test_the_proof_names_types_of_the_spec() -> None:
    rates = DeclaredClass(
        name="Rates",
        fields=(DeclaredField(wire="EUR", type=BuiltinType(name="str"), required=True, nullable=False),),
    )  # fmt: skip
    said = FieldHint(path="$.data.rates", type="Rates", declares=ModelType(name="Rates"), classes=(rates,))  # fmt: skip
    assert proven_wrong(observed(said)) == [
        "s.200.json: $.data.rates.EUR: declared str, captured int",
        "Correct types.Rates, or correct or remove fields['$.data.rates']",
    ]


@pytest.mark.parametrize(
    ("role", "way"),
    [
        ("success", "Declare what the provider really sends (response: {fields: {'$.data.createdAt': {type: any}}}),"
                    " or take the whole answer as plain data (response: {untyped: true})"),
        ("error", "Declare what the provider really sends (errors: {fields: {'$.data.createdAt': {type: any}}})"),
    ],
)  # fmt: skip
def test_what_nobody_declared_is_told_as_such(role: str, way: str) -> None:
    given = observed(role=role)
    found = infer([given])
    models = {p: t.replace("datetime.datetime", "int") for p, t in render_models(found).items()}
    assert failing(models, found, given) == [
        "s.200.json: $.data.createdAt: typed int, captured str",
        way,
    ]


def test_declarations_are_told_as_they_are_written() -> None:
    assert written(FieldHint(path="$", type="array", items="Money", required=False)) == "{items: Money, required: false}"  # fmt: skip
    assert written(FieldHint(path="$", type="map", nullable=True, redact=True)) == "{type: map, nullable: true, redact: true}"  # fmt: skip
    assert written(FieldHint(path="$", ignore=True, rename="x")) == "{rename: x, ignore: true}"
