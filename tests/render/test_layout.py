"""Models are laid out class by class, mostly without black; all together they are what isort and black would make of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.format.format import format_files
from callwright.format.layout import black, laid_out
from callwright.infer import Inference, Observation, infer
from callwright.ir.nodes import BuiltinType, ListType, LiteralType, ModelType, TypeExpr, UnionType
from callwright.render.models.fragments import _annotations
from callwright.render.models.schema import Forms
from callwright.render.models.source import render_models
from tests.infer.test_models import COLLIDING, VALUES

ROOT = Path(__file__).parents[2]
HEADER = "# Generated.\n"


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callwright.cache.cache_folder", lambda: None)


def inferred(*calls: list[Any]) -> Inference:
    return infer(
        [
            Observation(key=f"get_{n}", call=f"get_{n}", bodies=[json.dumps(v).encode() for v in c])
            for n, c in enumerate(calls)
        ]
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(VALUES | COLLIDING, min_size=1, max_size=3), min_size=1, max_size=3))
def test_models_are_laid_out_as_black_would(calls: list[list[Any]]) -> None:
    files = render_models(inferred(*calls), header=HEADER)
    assert format_files(files) == files


def test_long_names_and_many_modules() -> None:
    calls = [
        [{
            f"a_field_with_a_name_of_some_length_{n}": [{f"value_{n}": 1, "of_a_kind": "x", "ABC": None}],
            "Z" * 70: n, "y" * 100: {"an_object_with_a_long_name" * 3: {"p": 1, "q": 2.5, "r": [n]}},
            "P24": {"p": 1, f"q{n}": 2}, "Eps": {"e": 1, f"f{n}": 2}, "IBAN": {"i": "1", f"j{n}": 2}, "5": True,
        }]
        for n in range(40)
    ]  # fmt: skip
    files = render_models(inferred(*calls), header=HEADER)
    assert len(files) > 3
    assert format_files(files) == files


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("generated/*/models*")), ids=lambda p: p.parent.name
)
def test_real_models_are_laid_out_as_black_would(path: Path) -> None:
    files = {p.name: p.read_text() for p in ([path] if path.is_file() else path.glob("*.py"))}
    assert format_files(files) == files


@pytest.mark.parametrize(
    "source",
    [
        "class A(Model):\n    a: int  = 1\n",
        'class A(Model):\n    """ Doc. """\n\n    a: int\n',
        'class A(Model):\n    """Doc."""\n    a: int\n',
        "class A(Model):\n    a: Literal['x']\n",
        "class A(Model):\n\n    pass\n",
        'class A(Model):\n    a: str\n    """Seen: "x" """\n',
        f"class A(Model):\n    a: list[{'B' * 90}]\n",
        "class A(Model):\n    a: int = None;  b: int\n",
        'class A(Model):\n    a: Literal["\\xAB"]\n',
    ],
)
def test_what_is_not_plain_is_left_to_black(source: str) -> None:
    assert laid_out(source) == black(source)


def test_forms_are_printed_the_same_alone_and_together() -> None:
    text, date = BuiltinType(name="str"), BuiltinType(name="datetime.date")
    cls, none = ModelType(name="Thing"), BuiltinType(name="None")
    kinds: list[TypeExpr] = [
        text, date, cls, ListType(item=cls), UnionType(options=(cls, none)), BuiltinType(name="Any"),
        BuiltinType(name="datetime.datetime"), UnionType(options=(date, text, ListType(item=date))),
        LiteralType(values=("a", 1)), ListType(item=UnionType(options=(cls, cls, none))),
        UnionType(options=(BuiltinType(name="int"), BuiltinType(name="float"), none)),
    ]  # fmt: skip
    forms = Forms()
    for kind in kinds:
        forms.add(kind, True)
        forms.add(kind, False)
    together = _annotations(forms.document(forms.keys))
    assert together.keys() == forms.keys.keys()
    for name, text_of in together.items():
        assert _annotations(forms.document([name])) == {name: text_of}
