"""Whatever documents in XML models are inferred from, they come back whole, and what comes next is read as well."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.errors import CaptureError
from callwright.infer import Inference, Observation, infer
from callwright.infer.seen.elements import known_of
from callwright.ir.nodes import BuiltinType, FieldHint
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import difference, problems
from callwright.render.proof.sandbox import imported, python_type
from callwright.runtime.definition import Xml
from callwright.runtime.reading.drift import adapter, fit, parse
from callwright.runtime.reading.xml import read_xml, xml_value
from tests.runtime.xml_documents import documents


def observed(*bodies: str | bytes, **more: object) -> Observation:
    return Observation(
        key="get_thing",
        call="get_thing",
        bodies=[b.encode() if isinstance(b, str) else b for b in bodies],
        media="xml",
        **more,  # type: ignore[arg-type]
    )


def known(*bodies: str) -> Xml:
    return known_of([read_xml(body.encode()) for body in bodies])


def kept(value: object, dumped: object) -> bool:
    """Whether all of a value is there; an unknown key named like an attribute makes a null of the attribute's own key."""
    if isinstance(value, dict) and isinstance(dumped, dict):
        more = dumped.keys() - value.keys()
        return all(k in dumped and kept(v, dumped[k]) for k, v in value.items()) and all(
            dumped[k] is None for k in more
        )
    if isinstance(value, list) and isinstance(dumped, list):
        return len(value) == len(dumped) and all(map(kept, value, dumped))
    return difference(value, dumped) is None


def fields(inference: Inference, name: str) -> dict[str, str]:
    model = inference.model(name)
    assert model is not None
    return {f.wire: str(getattr(f.type, "name", type(f.type).__name__)) for f in model.fields}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(documents(root="r"), min_size=1, max_size=3),
    st.lists(documents(root="r"), min_size=1, max_size=3),
)
def test_arbitrary_documents_survive(seen: list[str], unseen: list[str]) -> None:
    observation = observed(*seen)
    inference = infer([observation])
    models = render_models(inference)
    assert problems(models, inference, [observation]) == []
    with imported(models) as module:
        root = inference.roots["get_thing"]
        returns = python_type(root, module)
        for text in unseen:
            value = fit(returns, xml_value(text.encode(), known(*seen)))
            if root == BuiltinType(name="str") and not isinstance(value, str):
                continue  # another kind of root altogether
            parsed, _ = parse(returns, value, call="get_thing")
            dumped = adapter(returns).dump_python(
                parsed, mode="json", by_alias=True, exclude_unset=True, warnings=False
            )
            assert kept(value, dumped)


def test_what_captures_say_together() -> None:
    one = '<r xmlns:n="u"><i>1</i><n:i>2</n:i><j><k/></j></r>'
    two = '<r xmlns:n="u" n:a="1" a="2"><j><k/><k/></j><l/><l/></r>'
    assert known(one, two) == Xml(lists=("j/k", "r/l"), prefixed=("@n:a", "n:i"))
    hints = [FieldHint(path="$.i", type="array"), FieldHint(path="$.j.m[*].n", type="array")]
    assert known_of([read_xml(b"<r/>")], hints) == Xml(lists=("/i", "m/n"))


def test_the_order_of_captures_does_not_matter() -> None:
    bodies = ["<r><a>1</a></r>", '<r><a x="1"/><a/></r>', "<r/>"]
    assert infer([observed(*bodies)]).roots == infer([observed(*reversed(bodies))]).roots
    assert known(*bodies) == known(*reversed(bodies))


def test_attributes_in_one_capture_make_an_object_in_all() -> None:
    found = infer([observed("<r><p>5</p><q/></r>", '<r><p c="EUR">6</p><q/></r>', "<r><p/></r>")])
    (root,) = [m for m in found.classes if any(f.wire == "p" for f in m.fields)]
    (price,) = [m for m in found.classes if any(f.wire == "@c" for f in m.fields)]
    assert [(f.wire, f.required, f.nullable) for f in root.fields] == [
        ("p", True, True), ("q", False, True),
    ]  # fmt: skip
    assert [(f.wire, f.required) for f in price.fields] == [("@c", False), ("#text", True)]


def test_a_root_that_is_empty_or_text_once_is_still_an_object() -> None:
    observation = observed("<r><a>1</a><b/></r>", "<r/>", "<r>t</r>", "<r><a/><b>2</b></r>")
    found = infer([observation])
    assert fields(found, found.classes[0].name) == {"a": "str", "b": "str", "#text": "str"}
    assert problems(render_models(found), found, [observation]) == []


def test_bodies_that_are_no_xml() -> None:
    with pytest.raises(
        CaptureError, match=r"^get_thing #2: not well-formed XML \(line 1, column 4\)$"
    ):
        infer([observed("<a/>", "<a>")])
    with pytest.raises(CaptureError, match=r"nothing is at \$\.b, which `select` returns"):
        infer([observed("<a/>", select="$.b")])


def test_attributes_are_no_keys_of_a_map(make: Any) -> None:
    made = make({"get_x": [f'<x><p {name}="1"/></x>'.encode() for name in "abcde"]})
    assert made.fields("P") == dict.fromkeys("abcde", "str | None")
