"""Records are frozen dataclasses to everyone but the importing process."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest
from handwritten._runtime.definition import Call, Const, Param, Retry
from handwritten._runtime.flow import WireRequest


def test_they_are_made_like_dataclasses() -> None:
    param = Param("a", "b", required=True)
    assert (param.wire, param.arg, param.type, param.required) == ("a", "b", "string", True)
    assert Retry() == Retry(3)
    first, second = (Call("c", "GET", "/", data=True) for _ in range(2))
    assert first.base_urls == {}
    assert first.base_urls is not second.base_urls


@pytest.mark.parametrize(
    ("arguments", "keywords", "problem"),
    [
        (("a",), {}, "Const needs value"),
        (("a",), {"vlaue": "b"}, "Const has no vlaue"),
        (("a", "b"), {"nope": 1}, "Const has no nope"),
        (("a",) * 40, {}, "Const takes at most"),
    ],
)
def test_wrong_arguments_are_told(
    arguments: tuple[str, ...], keywords: dict[str, object], problem: str
) -> None:
    with pytest.raises(TypeError, match=problem):
        Const(*arguments, **keywords)  # type: ignore[arg-type]


def test_they_do_not_change() -> None:
    param = Param("a", "b")
    with pytest.raises(AttributeError, match="wire"):
        param.wire = "c"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="wire"):
        del param.wire
    changed = param.replace(wire="c")
    assert (param.wire, changed.wire, changed.arg) == ("a", "c", "b")


def test_they_compare_hash_copy_and_pickle_by_value() -> None:
    param = Param("a", "b", enum=("x",))
    assert param == Param("a", "b", enum=("x",))
    assert param != Param("a", "b")
    assert param != "a"
    assert len({param, Param("a", "b", enum=("x",))}) == 1
    assert pickle.loads(pickle.dumps(param)) == copy.deepcopy(param) == param


def test_the_standard_library_takes_them_for_dataclasses() -> None:
    assert dataclasses.is_dataclass(Param)
    assert [f.name for f in dataclasses.fields(Retry)][:2] == ["attempts", "statuses"]
    assert dataclasses.replace(Retry(), attempts=5).attempts == 5
    match Param("a", "b"):
        case Param(wire, arg):
            assert (wire, arg) == ("a", "b")


def test_secrets_are_not_in_the_repr() -> None:
    request = WireRequest("GET", "https://h/", secret_headers=(("K", "hidden"),))
    assert "hidden" not in repr(request)
    assert repr(Retry(attempts=2)).startswith("Retry(attempts=2, statuses=(408,")
