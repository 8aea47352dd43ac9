"""Whatever is declared about whatever was captured: refused with a place, or proven, or blamed on a declaration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.diagnostics import Diagnostic
from callwright.errors import SpecError
from callwright.infer import Inference, Observation, infer
from callwright.ir.nodes import FieldHint
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import problems

KEYS = st.sampled_from(["id", "kind", "address", "old", "first", "second"])
SCALARS = st.sampled_from([None, 1, 2.5, "x", "2020-01-01", True])
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, min_size=1, max_size=4),
    max_leaves=8,
)  # fmt: skip
SAID: list[dict[str, Any]] = [
    {"type": "map"}, {"type": "any"}, {"type": "object"}, {"type": "array", "items": "any"}, {"type": "date"},
    {"type": "array"}, {"nullable": False}, {"required": True}, {"nullable": True}, {"required": False},
    {"rename": "zz"}, {"rename": "id"}, {"ignore": True}, {"redact": True},
]  # fmt: skip


def paths(value: Any, path: str = "$.data") -> Iterator[str]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, f"{path}.{key}")
    if isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{path}[*]")


@st.composite
def observations(draw: st.DrawFn) -> list[Observation]:
    made: list[Observation] = []
    for call in ("get_thing", "list_things"):
        body = draw(BODIES)
        places = draw(st.lists(st.sampled_from(list(dict.fromkeys(paths(body)))), max_size=3, unique=True))  # fmt: skip
        made.append(
            Observation(
                key=call,
                call=call,
                bodies=[json.dumps({"data": body}).encode()],
                select=draw(st.sampled_from([None, "$.data"])),
                hints=tuple(
                    FieldHint(path=path, where=f"{call} {path}", **draw(st.sampled_from(SAID)))
                    for path in places
                ),
            )
        )
    return made


def shown(found: Inference) -> object:
    classes = [
        (cls.name, sorted((f.wire, f.name, repr(f.type), f.required, f.nullable) for f in cls.fields))
        for cls in found.classes
    ]  # fmt: skip
    return sorted(classes), {key: repr(root) for key, root in found.roots.items()}


def inferred(made: list[Observation]) -> tuple[Inference | None, tuple[Diagnostic, ...]]:
    try:
        return infer(made), ()
    except SpecError as error:
        return None, error.diagnostics


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(observations())
def test_declarations(made: list[Observation]) -> None:
    found, refused = inferred(made)
    assert all(d.path.startswith(("get_thing $", "list_things $")) for d in refused)
    assert {d.code for d in refused} <= {"declared-twice", "name-clash"}
    if found is None:
        assert refused
        return
    assert shown(found) == shown(infer(made[::-1]))
    for cls in found.classes:
        names = [field.name for field in cls.fields]
        assert len(names) == len(set(names))
    for problem in problems(render_models(found), found, made):
        assert problem.message.startswith("declared {")
        assert problem.way_out.startswith("Correct or remove ")
