"""The client generated for the case `parameters`: every type of parameter in every place, as it arrives at a server."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest

from tests.cases.recorder import Recorder, Request

CASE = "parameters"
UTC = datetime.UTC
CET = datetime.timezone(datetime.timedelta(hours=1))
SCALARS: dict[str, Any] = {
    "text": "abcé",
    "whole": -5,
    "real": 0.5,
    "flag": True,
    "at": datetime.datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=CET),
    "day": datetime.date(2026, 1, 2),
    "seconds": datetime.datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
    "millis": datetime.datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
    "id": uuid.UUID(int=5),
    "amount": Decimal("1.10"),
    "data": b"\0\1",
    "size": "m",
    "anything": {"a": [1, None]},
    "json": {"b": True},
    "nullable": None,
    "blank": "",
    "key": "k",
}
AS_TEXT = (
    "text=abcé&whole=-5&real=0.5&flag=true&at=2026-01-02T02:04:05.600000Z&day=2026-01-02&seconds=60&millis=60000"
    "&id=00000000-0000-0000-0000-000000000005&amount=1.10&data=AAE=&size=m&anything[a]=1&anything[a]="
    '&json={"b":true}&nullable=&blank=&key=k'
)
ARRAYS: dict[str, Any] = {
    "repeat": ["a", "b c"],
    "comma": [1, 2],
    "brackets": [datetime.date(2026, 1, 2)],
    "indices": [True, False],
    "from_one": ["x", "y"],
    "nested": [[1, 2], [3]],
    "parts": [{"name": "n", "price": "1.10", "sizes": ["s", "m"]}, {"name": "o"}],
    "map": {"k": ["1", "2"], "l": ["3"]},
}
CONSTANTS = "&constant=a&constant=1.10&constant_comma=a,b"
BRACKETS = (
    "repeat=a&repeat=b c&comma=1,2&brackets[]=2026-01-02&indices[0]=true&indices[1]=false&from_one[1]=x&from_one[2]=y"
    "&nested[0]=1&nested[0]=2&nested[1]=3"
    "&parts[0][name]=n&parts[0][price]=1.10&parts[0][sizes]=s,m&parts[0][kind]=part&parts[0][edition]=v1"
    "&parts[1][name]=o&parts[1][kind]=part&parts[1][edition]=v1&map[k]=1,2&map[l]=3" + CONSTANTS
)
JSON_TEXT = (
    'repeat=["a","b c"]&comma=[1,2]&brackets=["2026-01-02"]&indices=[true,false]&from_one=["x","y"]&nested=[[1,2],[3]]'
    '&parts=[{"name":"n","price":1.10,"sizes":["s","m"],"kind":"part","edition":"v1"},'
    '{"name":"o","kind":"part","edition":"v1"}]&map={"k":["1","2"],"l":["3"]}&constant=["a","1.10"]&constant_comma=["a","b"]'
)


@pytest.fixture
def server() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.close()


@pytest.fixture
def client(package: Any, server: Recorder) -> Iterator[Any]:
    with package.Parameters(base_url=f"{server.url}/base", edition="v1") as made:
        yield made


def query(request: Request) -> str:
    return unquote(request.path.partition("?")[2])


def test_scalars_in_a_query(client: Any, server: Recorder) -> None:
    client.scalars(**SCALARS)
    assert server.last.path.partition("?")[0] == "/base/scalars"
    assert query(server.last) == f"lang=en&debug=no&{AS_TEXT}"
    assert "text=abc%C3%A9&" in server.last.path
    client.scalars()
    shared, _, key = query(server.last).partition("&key=")
    assert shared == "lang=en&debug=no"
    assert uuid.UUID(key).version == 4
    assert (server.last.headers["x-edition"], server.last.headers["x-shared"]) == ("v1", "on")


def test_scalars_in_bodies(client: Any, server: Recorder) -> None:
    client.scalars_in_json(**SCALARS)
    assert server.last.body.decode() == (
        '{"text":"abcé","whole":-5,"real":0.5,"flag":true,"at":"2026-01-02T02:04:05.600000Z","day":"2026-01-02",'
        '"seconds":60,"millis":60000,"id":"00000000-0000-0000-0000-000000000005","amount":1.10,"data":"AAE=","size":"m",'
        '"anything":{"a":[1,null]},"json":"{\\"b\\":true}","nullable":null,"blank":"","key":"k"}'
    )
    client.scalars_in_form(**SCALARS)
    assert unquote(server.last.body.decode()) == AS_TEXT
    client.scalars_in_json(key="k")
    assert server.last.body == b'{"key":"k"}'


def test_arrays_and_nested_values(client: Any, server: Recorder) -> None:
    client.arrays(**ARRAYS)
    assert query(server.last) == f"lang=en&debug=no&{BRACKETS}"
    client.arrays_in_form(**ARRAYS)
    assert unquote(server.last.body.decode()) == BRACKETS
    client.arrays_in_dots(**ARRAYS)
    dotted = BRACKETS.replace("brackets[]", "brackets()").replace("][", ".").replace("[", ".").replace("]", "")  # fmt: skip
    assert unquote(server.last.body.decode()) == dotted.replace("brackets()", "brackets[]")
    client.arrays_in_json_text(**ARRAYS)
    assert unquote(server.last.body.decode()) == JSON_TEXT
    client.arrays_in_parts(**ARRAYS)
    parts = server.last.parts
    assert "&".join(f"{p.name}={p.content.decode()}" for p in parts) == BRACKETS
    client.arrays()
    assert query(server.last) == f"lang=en&debug=no{CONSTANTS}"


def test_paths_headers_and_cookies(client: Any, server: Recorder) -> None:
    client.path_and_headers(
        5, "a b/c?", [1, 2], accept="fr", x_number=Decimal("1.10"), x_list=["a", "b"], session="s"
    )
    assert server.last.path == "/base/items/5/a%20b/c%3F/x-1%2C2.json"
    own = {k: v for k, v in server.last.headers.items() if k.startswith(("x-", "cookie"))}
    assert own == {
        "x-edition": "v1",
        "x-number": "1.10",
        "x-list": "a,b",
        "x-version": "1.10",
        "x-locale": "fr",
        "cookie": "session=s; theme=dark",
    }


def test_places_and_constants_of_json(client: Any, server: Recorder) -> None:
    client.places(name="x", start=datetime.date(2026, 1, 1), part={"name": "p"})
    constants: dict[str, Any] = {
        "options": {"a": [1, True, None], "b": "v1"}, "quoted": "1.0", "number": 1.0,
    }  # fmt: skip
    assert json.loads(server.last.body) == {
        "filter": {"name": "x", "range": {"from": "2026-01-01"}},
        "part": {"name": "p", "kind": "part", "edition": "v1"},
        **constants,
    }
    client.places()
    assert json.loads(server.last.body) == constants


def test_whole_bodies(client: Any, server: Recorder) -> None:
    def sent() -> tuple[str, str]:
        return server.last.headers["content-type"], server.last.body.decode()

    client.whole_list(parts=[{"name": "p"}])
    assert sent() == ("application/json", '[{"name":"p","kind":"part","edition":"v1"}]')
    client.whole_scalar(amount="1.10")
    assert sent() == ("application/json", "1.10")
    client.whole_form(form={"a": ["1", "2"], "b": True})
    assert sent() == ("application/x-www-form-urlencoded", "a=1%2C2&b=true")
    client.merge_patch(patch={"a": None, "b": {"c": 1}})
    assert sent() == ("application/merge-patch+json", '{"a":null,"b":{"c":1}}')
    client.template_json(q='a"\n\\é', n=3)
    assert sent() == ("application/json", '{"q": "a\\"\\n\\\\é", "n": 3, "e": "v1"}')
    client.template_xml(q='<&">')
    assert sent() == ("text/xml", '<q a="&lt;&amp;&quot;&gt;">&lt;&amp;&quot;&gt;</q>')
    client.upload_url(f"{server.url}/u?sig=1%2F", body=b"\0")
    assert (server.last.path, server.last.body) == ("/u?sig=1%2F&lang=en&debug=no", b"\0")


NAIVE = "at must have a time zone: a naive datetime is a different instant on each machine"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("text", "a", "must have at least 2 characters"),
        ("text", "abcdef", "must have at most 5 characters"),
        ("text", "AB", "must match the pattern ^[a-zé]+$"),
        ("whole", 6, "must be at most 5"),
        ("whole", True, "must be an integer, not bool"),
        ("whole", 1.0, "must be an integer, not float"),
        ("real", 0.1, "must be at least 0.5"),
        ("real", float("nan"), "must be finite"),
        ("flag", 1, "must be True or False, not int"),
        ("at", datetime.datetime(2026, 1, 1), NAIVE.removeprefix("at ")),
        ("day", datetime.datetime(2026, 1, 1), "must be a date, not datetime"),
        ("seconds", datetime.datetime(2026, 1, 1), "must have a time zone"),
        ("id", "x", "must be a UUID"),
        ("amount", 11, "must be at most 10"),
        ("amount", 1.5, "must be a Decimal, an int or a string"),
        ("data", b"1234", "must have at most 3 bytes"),
        ("data", "x", "must be bytes, not str"),
        ("size", "xl", "must be one of 's', 'm', 'l'"),
        ("anything", {1: 2}, "must have string keys, not int"),
        ("blank", 3, "must be a string, not int"),
    ],
)
@pytest.mark.parametrize("method", ["scalars", "scalars_in_json", "scalars_in_form"])
def test_constraints(
    package: Any, client: Any, server: Recorder, method: str, name: str, value: object, problem: str
) -> None:
    with pytest.raises(package.ArgumentError) as told:
        getattr(client, method)(**{name: value})
    assert str(told.value).startswith(f"{method}: {name} {problem}")
    assert not server.received


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"nested": []}, "nested must have at least 1 item"),
        ({"nested": [[1], [2], [3]]}, "nested must have at most 2 items"),
        ({"nested": ["x"]}, "nested[0] must be a list, not str"),
        ({"parts": [{"price": 1}]}, "parts[0] is missing the required key 'name'"),
        ({"parts": [{"name": "n", "sizes": ["s", "q"]}]}, "parts[0]['sizes'][1] must be one of 's', 'm', 'l'"),
        ({"parts": [{"name": "n", "prize": 1}]}, "parts[0] has an unknown key 'prize'; allowed keys: name, price, sizes"),
        ({"repeat": "abc"}, "repeat must be a list, not str"),
        ({"comma": [1, "2"]}, "comma[1] must be an integer, not str"),
        ({"map": {"k": ["a,b"]}}, "map['k'][0] must not contain a comma: the list is joined with commas"),
        ({"map": {"k][l": []}}, "map must not have the key 'k][l', which would be read as nested keys"),
    ],
)  # fmt: skip
def test_constraints_inside_values(
    package: Any, client: Any, server: Recorder, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(package.ArgumentError) as told:
        client.arrays(**arguments)
    assert str(told.value) == f"arrays: {problem}"
    assert not server.received


def test_variables_and_urls(package: Any, client: Any, server: Recorder) -> None:
    with pytest.raises(package.ArgumentError, match=r"edition must match the pattern"):
        package.Parameters(base_url=server.url, edition="v12")
    hosts = "must be on one of these hosts: *.upload.example, 127.0.0.1"
    for url, problem in [
        ("https://upload.example/x", hosts),
        ("https://a.upload.example.evil.com/", hosts),
        ("ftp://127.0.0.1/", "must be an http or https URL with a host"),
        ("https://user:pw@a.upload.example/", "must not contain a user name or password"),
    ]:
        with pytest.raises(package.ArgumentError) as told:
            client.upload_url(url, body=b"")
        assert str(told.value) == f"upload_url: upload_url {problem}"
    for rest in ("..", "", "a/../b", "."):
        with pytest.raises(package.ArgumentError, match="path_and_headers: rest must not be"):
            client.path_and_headers(5, rest, [1])
    assert not server.received
