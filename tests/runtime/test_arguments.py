"""Arguments: what each type takes, how it goes on the wire, and what is refused."""

from __future__ import annotations

import datetime
import enum
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from handwritten._runtime.definition import Body, Call, Connector, Const, Environment, Param
from handwritten._runtime.errors import ArgumentError
from handwritten._runtime.request.encode import encode
from pydantic import SecretStr

CONNECTOR = Connector("acme", "ACME_", (Environment("live", "https://h"),))
ZONE = datetime.timezone(datetime.timedelta(hours=2))
MOMENT = datetime.datetime(2024, 5, 6, 9, 30, 0, 250000, ZONE)
WHOLE = datetime.datetime(2024, 5, 6, 9, 30, tzinfo=ZONE)
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Color(enum.StrEnum):
    RED = "red"


def on_wire(param: Param, value: object) -> str:
    """The query's value and the JSON text of one argument, as they go out."""
    query = Call("c", "GET", "/", data=True, query=(param,))
    url = encode(query, {"p": value}, connector=CONNECTOR, base_url="https://h").url
    return url.partition("=")[2]


def in_json(param: Param, value: object) -> str:
    body = Call("c", "POST", "/", data=False, body=Body(whole=param))
    content = encode(body, {"p": value}, connector=CONNECTOR, base_url="https://h").content
    assert content is not None
    return content.decode()


@pytest.mark.parametrize(
    ("kind", "value", "query", "body"),
    [
        ("string", "a b&c", "a%20b%26c", '"a b&c"'),
        ("string", "Zoë-_.~", "Zo%C3%AB-_.~", '"Zoë-_.~"'),
        ("string", SecretStr("s"), "s", '"s"'),
        ("integer", 12, "12", "12"),
        ("integer", 10**30, "1" + "0" * 30, "1" + "0" * 30),
        ("number", 1.5, "1.5", "1.5"),
        ("number", Decimal("1.10"), "1.10", "1.10"),
        ("number", 3, "3", "3"),
        ("boolean", True, "true", "true"),
        ("datetime", MOMENT, "2024-05-06T07%3A30%3A00.250000Z", '"2024-05-06T07:30:00.250000Z"'),
        ("datetime", WHOLE, "2024-05-06T07%3A30%3A00Z", '"2024-05-06T07:30:00Z"'),
        ("datetime", "2024-05-06T09:30:00+02:00", "2024-05-06T07%3A30%3A00Z", '"2024-05-06T07:30:00Z"'),
        ("date", datetime.date(2024, 5, 6), "2024-05-06", '"2024-05-06"'),
        ("unix_seconds", WHOLE, "1714980600", "1714980600"),
        ("unix_millis", MOMENT, "1714980600250", "1714980600250"),
        ("uuid", ID, str(ID), f'"{ID}"'),
        ("uuid", str(ID), str(ID), f'"{ID}"'),
        ("decimal", Decimal("0.10000000000000000001"), "0.10000000000000000001", "0.10000000000000000001"),
        ("decimal", "1.10", "1.10", "1.10"),
        ("decimal", Decimal("1E+3"), "1E%2B3", "1E+3"),
        ("bytes", b"\xff\x00", "%2FwA%3D", '"/wA="'),
        ("json_string", {"a": [1, None]}, "%7B%22a%22%3A%5B1%2Cnull%5D%7D", '"{\\"a\\":[1,null]}"'),
        ("any", {"when": WHOLE, "n": Decimal("1.0")}, None, '{"when":"2024-05-06T07:30:00Z","n":1.0}'),
        ("any", [1, "a", None, True], None, '[1,"a",null,true]'),
    ],
)  # fmt: skip
def test_each_type_on_the_wire(kind: Any, value: object, query: str | None, body: str) -> None:
    param = Param("p", "p", kind)
    if query is not None:
        assert on_wire(param, value) == query
    assert in_json(param, value) == body


def test_a_decimal_can_be_a_string_and_an_enum_member_its_value() -> None:
    assert in_json(Param("p", "p", "decimal", encode="string"), Decimal("1.10")) == '"1.10"'
    assert in_json(Param("p", "p", "integer", encode="string"), 5) == '"5"'
    assert in_json(Param("p", "p"), Color.RED) == '"red"'


@pytest.mark.parametrize(
    ("param", "value", "problem"),
    [
        (Param("p", "p"), 5, "must be a string, not int"),
        (Param("p", "p"), b"x", "must be a string, not bytes"),
        (Param("p", "p"), "\ud800", "contains a lone surrogate"),
        (Param("p", "p", required=True), "", "must not be blank"),
        (Param("p", "p", required=True), None, "is required"),
        (Param("p", "p", enum=("a", "b")), "c", "must be one of 'a', 'b'"),
        (Param("p", "p", "integer", enum=(1, 2)), True, "must be one of 1, 2"),
        (Param("p", "p", pattern="^[a-z]+$"), "abc1", "must match the pattern"),
        (Param("p", "p", pattern="^[a-z]+$"), "abc\n", "must match the pattern"),
        (Param("p", "p", min_length=2), "a", "at least 2 characters"),
        (Param("p", "p", max_length=2), "abc", "at most 2 characters"),
        (Param("p", "p", "integer"), True, "must be an integer, not bool"),
        (Param("p", "p", "integer"), 1.0, "must be an integer, not float"),
        (Param("p", "p", "integer"), "1", "must be an integer, not str"),
        (Param("p", "p", "integer", minimum=1), 0, "must be at least 1"),
        (Param("p", "p", "number", maximum=0.1), Decimal("0.11"), "must be at most 0.1"),
        (Param("p", "p", "number"), float("nan"), "must be finite"),
        (Param("p", "p", "number"), float("inf"), "must be finite"),
        (Param("p", "p", "decimal"), 0.1, "a float cannot represent every decimal"),
        (Param("p", "p", "decimal"), Decimal("NaN"), "finite decimal number"),
        (Param("p", "p", "decimal"), "1,5", "finite decimal number"),
        (Param("p", "p", "boolean"), "true", "must be True or False"),
        (Param("p", "p", "datetime"), datetime.datetime(2024, 1, 1), "must have a time zone"),
        (Param("p", "p", "datetime"), "2024-01-01T00:00:00", "must have a time zone"),
        (Param("p", "p", "datetime"), datetime.date(2024, 1, 1), "must be a datetime"),
        (Param("p", "p", "datetime"), "yesterday", "must be a datetime"),
        (Param("p", "p", "unix_seconds"), datetime.datetime(2024, 1, 1), "must have a time zone"),
        (Param("p", "p", "date"), WHOLE, "must be a date, not datetime"),
        (Param("p", "p", "uuid"), "x", "must be a UUID"),
        (Param("p", "p", "bytes"), "x", "must be bytes, not str"),
        (Param("p", "p", "array"), "abc", "must be a list, not str"),
        (Param("p", "p", "array", max_length=1), ["a", "b"], "at most 1 item"),
        (Param("p", "p", "any"), object(), "must be JSON data"),
        (Param("p", "p", "any"), {"a": [b"x"]}, r"\['a'\]\[0\] must be JSON data, not bytes"),
        (Param("p", "p", "any"), {1: 2}, "string keys, not int"),
        (Param("p", "p", "array", items=Param("", "", "integer")), [1, "2"], r"p\[1\] must be an integer"),
        (Param("p", "p", "map", values=Param("", "", "integer")), {"k": None}, r"p\['k'\] must not be None"),
    ],
)  # fmt: skip
def test_what_is_refused(param: Param, value: object, problem: str) -> None:
    with pytest.raises(ArgumentError, match=problem) as caught:
        in_json(param, value)
    assert isinstance(caught.value, ValueError)
    assert caught.value.argument.startswith("p")
    assert caught.value.call == "c"
    assert str(caught.value).startswith("c: p")


OBJECT = Param(
    "p", "p", "object",
    fields=(
        Param("id", "id", "integer", required=True),
        Param("note", "note", nullable=True),
        Param("kind", "kind", default="plain"),
        Const("version", 2),
        Const("region", "at ${region}"),
    ),
)  # fmt: skip


def test_typed_objects_have_the_wires_own_keys() -> None:
    call = Call("c", "POST", "/", data=False, body=Body(whole=OBJECT))

    def sent(value: object) -> Any:
        request = encode(
            call, {"p": value}, connector=CONNECTOR, base_url="https://h", values={"region": "eu"}
        )
        return json.loads(request.content or b"")

    constants = {"version": 2, "region": "at eu"}
    assert sent({"id": 1}) == {"id": 1, "kind": "plain"} | constants
    assert sent({"id": 1, "note": None, "kind": "x"}) == (
        {"id": 1, "note": None, "kind": "x"} | constants
    )
    with pytest.raises(ArgumentError, match="p is missing the required key 'id'"):
        sent({})
    with pytest.raises(
        ArgumentError, match="p has an unknown key 'ID'; allowed keys: id, kind, note"
    ):
        sent({"id": 1, "ID": 2})
    with pytest.raises(ArgumentError, match=r"p\['id'\] must be an integer, not str"):
        sent({"id": "1"})
    with pytest.raises(ArgumentError, match="p must be a dict, not list"):
        sent([])


def test_data_that_is_too_deep_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ArgumentError, match="p is nested too deeply"):
        in_json(Param("p", "p", "any"), deep)
