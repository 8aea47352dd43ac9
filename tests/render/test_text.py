"""Foreign text in source: literals, docstrings and comments hold whatever it is, and nothing else comes of it."""

from __future__ import annotations

import ast
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.format.layout import text_literal
from callwright.render.definitions import literal, names_in, source_of
from callwright.render.environment import comment, docline, docstring
from callwright.runtime import definition as d
from callwright.runtime.unset import UNSET

hostile = st.text() | st.sampled_from(
    ['"""', '\\', '\\"""', 'x"', "'''", "{{ x }}", "{% x %}", "\r\n", "\x00", "\u202e", "\ud800", '"' * 7, "\\N{", "#"]
)  # fmt: skip


@given(
    hostile
    | st.integers()
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)
def test_a_literal_is_its_value(value: str | int | float | None) -> None:
    source = literal(value)
    assert ast.literal_eval(source) == value
    assert source.isprintable()


def test_numbers_that_are_not_finite_have_no_literal() -> None:
    with pytest.raises(TypeError):
        literal(float("nan"))


@given(st.lists(hostile, min_size=1, max_size=4).map("".join), st.integers(0, 12))
def test_a_docstring_is_one_string_and_nothing_else(text: str, indent: int) -> None:
    tree = ast.parse(f"def f():\n    {docstring(text, indent)}\n")
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    (statement,) = function.body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Constant)
    found = str(statement.value.value).replace(" ", "").replace("\n", "")
    spaces = " \t\n\r\x0b\x0c"
    assert found == "".join(
        c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text if c not in spaces
    )


# as they stand in the rules of the tools, which look for them in lines of text or in comments
DIRECTIVES = re.compile(
    r"(?i)isort: ?(skip|off|on|split|dont)|fmt: ?(off|on|skip)|yapf: ?disable|noqa|flake8[:=] ?noqa|ruff: ?noqa|nosec"
    r"|mypy: ?ignore|type: ?ignore|pyright: ?(basic|ignore)|pylint: ?disable|pragma:? ?no ?cover|#.*?coding[:=]|-\*-"
    r"|autopep8: ?off|pyre-(ignore|strict|fixme)|pytype: ?disable"
)
WORDS = [
    "isort:skip_file", "isort: skip_file", "isort: off", "fmt: off", "fmt: skip", "fmt:on", "yapf: disable", "noqa",
    "NOQA", "noqa: E501", "flake8: noqa", "ruff: noqa", "type: ignore", "type:ignore[attr]", "mypy: ignore-errors",
    "pyright: basic", "pyright: ignore", "pylint: disable=all", "pragma: no cover", "pragma:no cover", "nosec",
    "# coding: latin-1", "# -*- coding: utf-7 -*-", "-*- mode: python -*-", "autopep8: off", "pyre-strict", "#", "# ",
    " ", "\n", "\\", '"', "'", "x", "import os", "pytype: disable",
]  # fmt: skip
directed = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map("".join)


@given(directed, st.integers(0, 12))
def test_no_text_is_an_instruction(text: str, indent: int) -> None:
    sources = [literal(text), literal(text.encode()), text_literal(text), docstring(text, indent)]
    for source in (*sources, docline(text), comment(text)):
        assert not DIRECTIVES.search(source)
    assert ast.literal_eval(sources[0]) == ast.literal_eval(sources[2]) == text
    assert ast.literal_eval(sources[1]) == text.encode()


@pytest.mark.parametrize("text", ["Encoding: base64", "Pragma: no-cache", "a type: string", "- * -", "format: off"])  # fmt: skip
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert docstring(text) == f'"""{text}"""'


@given(hostile)
def test_a_comment_is_one_line(text: str) -> None:
    source = comment(text)
    assert source.startswith("# ")
    assert "\n" not in source
    assert ast.parse(source).body == []


@given(hostile)
def test_a_docline_stands_inside_a_docstring(text: str) -> None:
    (statement,) = ast.parse(f'"""About {docline(text)}: more."""').body
    assert isinstance(statement, ast.Expr)


def test_definitions_print_what_they_are() -> None:
    call = d.Call(
        "get",
        "GET",
        "/x/{id}",
        data=True,
        path_params=(d.Param("id", "id_", required=True),),
        query=(d.Const("v", 'quo"te'), d.Param("n", "n", "integer", default=0, minimum=0)),
        headers=(d.Param("X-A", "x_a", default=None),),
        responses={204: d.Response("empty"), 404: d.Response("json", value=False)},
    )
    source = source_of(call)
    namespace = {name: getattr(d, name) for name in names_in(call)}
    assert eval(source, namespace) == call
    assert "default=None" in source
    assert "default=0" in source
    assert "required=False" not in source


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=8,
)


@given(hostile, json_values | st.just(UNSET), st.lists(hostile, max_size=3))
def test_any_definition_survives_printing(name: str, default: d.JsonValue, enum: list[str]) -> None:
    param = d.Param(name, "arg", "any", default=default, enum=tuple(enum))
    namespace = {"UNSET": UNSET, "Param": d.Param}
    assert eval(source_of(param), namespace) == param
