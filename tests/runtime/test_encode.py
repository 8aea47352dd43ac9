"""The request encoder: definition and arguments become URL, headers and body."""

from __future__ import annotations

import json
import string
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import pytest
from handwritten._runtime.definition import (
    Body,
    Call,
    Connector,
    Const,
    Environment,
    Field,
    Param,
    Place,
    UrlArgument,
)
from handwritten._runtime.errors import ArgumentError
from handwritten._runtime.flow import WireRequest
from handwritten._runtime.request.encode import encode
from handwritten._runtime.unset import UNSET
from hypothesis import given
from hypothesis import strategies as st

CONNECTOR = Connector("acme", "ACME_", (Environment("live", "https://h/v1"),))


def wire(call: Call, arguments: dict[str, object] | None = None, **rest: Any) -> WireRequest:
    rest = {"connector": CONNECTOR, "base_url": "https://h/v1"} | rest
    return encode(call, arguments or {}, **rest)


def get(path: str = "/x", *query: Field, **rest: Any) -> Call:
    return Call("c", "GET", path, data=True, query=query, **rest)


def post(*fields: Field, **body: Any) -> Call:
    return Call("c", "POST", "/x", data=False, body=Body(fields=fields, **body))


def by_path(**param: Any) -> Call:
    return get("/a/{id}/b", path_params=(Param("id", "id", required=True, **param),))


def test_paths() -> None:
    assert wire(by_path(), {"id": "a/b?c#d%e"}).url == "https://h/v1/a/a%2Fb%3Fc%23d%25e/b"
    assert wire(by_path(keep_slashes=True), {"id": "x y/z"}).url == "https://h/v1/a/x%20y/z/b"
    assert wire(get("")).url == "https://h/v1"
    assert wire(get("/"), base_url="https://h/v1/").url == "https://h/v1/"
    icon = get("/i/{code}@2x.png", path_params=(Param("code", "code", required=True),))
    assert wire(icon, {"code": ".."}).url == "https://h/v1/i/..@2x.png"
    assert wire(get("/ä b/%20")).url == "https://h/v1/%C3%A4%20b/%20"


@pytest.mark.parametrize("value", ["", ".", ".."])
@pytest.mark.parametrize("keep", [False, True])
def test_a_segment_never_changes_the_path(value: str, keep: bool) -> None:
    with pytest.raises(ArgumentError, match="c: id must not be"):
        wire(by_path(keep_slashes=keep, allow_blank=False), {"id": value})


@pytest.mark.parametrize("value", ["a/../b", "../x", "a//b", "/a", "a/"])
def test_nor_does_one_of_several(value: str) -> None:
    with pytest.raises(ArgumentError, match=r"c: id must not be .* in a path"):
        wire(by_path(keep_slashes=True), {"id": value})


def test_dots_made_of_two_arguments_are_refused() -> None:
    call = get("/{a}{b}", path_params=(Param("a", "a"), Param("b", "b")))
    with pytest.raises(ArgumentError, match=r"must not be '\.\.' in a path"):
        wire(call, {"a": ".", "b": "."})


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_is_one_segment_and_comes_back(text: str) -> None:
    if text in (".", ".."):
        return
    url = wire(by_path(), {"id": text}).url
    segments = urlsplit(url).path.split("/")
    assert len(segments) == 5
    assert unquote(segments[3]) == text
    assert set(url) <= set(string.ascii_letters + string.digits + "-._~%/:")
    # the HTTP library sends it unchanged
    assert httpx.URL(url).raw_path.decode() == urlsplit(url).path


NAMES = st.text(string.ascii_letters + "[]_-. &=", min_size=1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(NAMES, TEXTS, max_size=5))
def test_any_query_comes_back(items: dict[str, str]) -> None:
    params = [Param(name, f"a{i}") for i, name in enumerate(items)]
    url = wire(get("/x", *params), {f"a{i}": v for i, v in enumerate(items.values())}).url
    query = urlsplit(url).query
    assert parse_qsl(query, keep_blank_values=True) == list(items.items())
    assert "+" not in query
    assert str(httpx.URL(url)) == url


@given(st.dictionaries(NAMES, TEXTS, max_size=5))
def test_any_form_comes_back(items: dict[str, str]) -> None:
    params = [Param(name, f"a{i}") for i, name in enumerate(items)]
    arguments: dict[str, object] = {f"a{i}": v for i, v in enumerate(items.values())}
    request = wire(post(*params, type="form"), arguments)
    assert parse_qsl((request.content or b"").decode(), keep_blank_values=True) == list(
        items.items()
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_any_json_comes_back(data: Any) -> None:
    call = Call(
        "c", "POST", "/x", data=False, body=Body(whole=Param("", "body", "any", nullable=True))
    )
    assert json.loads(wire(call, {"body": data}).content or b"") == data


def test_queries() -> None:
    call = get(
        "/x", Param("q", "query", required=True), Param("n", "n", "integer", default=5),
        Const("v", "1.10"), Const("list", ["a", "b"], array_style="comma"),
        Const("opt", "${maybe}", optional=("maybe",)), Param("blank", "blank"),
    )  # fmt: skip
    assert wire(call, {"query": "a b+c"}).url == (
        "https://h/v1/x?q=a%20b%2Bc&n=5&v=1.10&list=a%2Cb"
    )
    rest = {"query": "x", "n": None, "blank": ""}
    assert wire(call, rest, values={"maybe": "m"}).url.endswith(
        "?q=x&v=1.10&list=a%2Cb&opt=m&blank="
    )
    with pytest.raises(ArgumentError, match="c: query is required"):
        wire(call)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("repeat", "a=1&a=2"),
        ("comma", "a=1%2C2"),
        ("brackets", "a%5B%5D=1&a%5B%5D=2"),
        ("indices", "a%5B0%5D=1&a%5B1%5D=2"),
    ],
)
def test_array_styles(style: Any, expected: str) -> None:
    param = Param("a", "a", "array", items=Param("", "", "integer"), array_style=style)
    assert wire(get("/x", param), {"a": [1, 2]}).url == f"https://h/v1/x?{expected}"
    assert wire(get("/x", param), {"a": []}).url == "https://h/v1/x"


def test_objects_in_queries_are_bracketed() -> None:
    params = (Param("f", "f", "map"), Place("g", (Param("h", "h"), Param("i", "i"))))
    url = wire(get("/x", *params), {"f": {"a": {"b": 1}}, "h": "2"}).url
    assert unquote(url) == "https://h/v1/x?f[a][b]=1&g[h]=2"


def test_forms() -> None:
    items = Param("items", "items", "array", items=Param("", "", "any"))
    fields = (
        items,
        Param("m", "m", "map"),
        Param("n", "n", nullable=True),
        Param("b", "b", "boolean"),
    )
    arguments: dict[str, object] = {
        "items": [{"price": "p1"}, {"price": "p2"}], "m": {"k": "v"}, "n": None, "b": True,
    }  # fmt: skip

    def body(**options: Any) -> str:
        return unquote(
            (wire(post(*fields, type="form", **options), arguments).content or b"").decode()
        )

    assert body() == "items[0][price]=p1&items[1][price]=p2&m[k]=v&n=&b=true"
    assert body(nested="dots") == "items.0.price=p1&items.1.price=p2&m.k=v&n=&b=true"
    assert body(nested="json") == ('items=[{"price":"p1"},{"price":"p2"}]&m={"k":"v"}&n=&b=true')
    kind = dict(wire(post(*fields, type="form")).headers)["Content-Type"]
    assert kind == "application/x-www-form-urlencoded"


def test_indices_can_count_from_one() -> None:
    entries = Param(
        "Entries", "e", "array", array_style="indices", first_index=1,
        items=Param("", "", "object", fields=(Param("Id", "id"),)),
    )  # fmt: skip
    request = wire(post(entries, type="form", nested="dots"), {"e": [{"Id": "a"}, {"Id": "b"}]})
    assert request.content == b"Entries.1.Id=a&Entries.2.Id=b"


def test_json_bodies() -> None:
    fields = (
        Param("a", "a"), Param("n", "n", nullable=True), Const("v", "1.10"), Const("w", {"x": "${r}"}),
        Place("p", (Place("q", (Param("z", "z", "integer"),)), Const("c", 1))),
        Const("gone", "${maybe}", optional=("maybe",)),
    )  # fmt: skip

    def body(**arguments: object) -> Any:
        return json.loads(wire(post(*fields), arguments, values={"r": "eu"}).content or b"")

    constants = {"v": "1.10", "w": {"x": "eu"}}
    assert body() == constants
    assert body(a=None, n=None) == {"n": None} | constants
    assert body(a="", n=UNSET, z=3) == {"a": "", **constants, "p": {"q": {"z": 3}, "c": 1}}
    assert wire(post(Param("a", "a"))).content == b"{}"
    assert ("Content-Type", "application/json") in wire(post(Param("a", "a"))).headers


def test_whole_bodies() -> None:
    call = Call(
        "c", "POST", "/x", data=False,
        body=Body(whole=Param("", "record", "object"), content_type="application/vnd.x+json"),
    )  # fmt: skip
    request = wire(call, {"record": {"a": 1}})
    assert request.content == b'{"a":1}'
    assert dict(request.headers)["Content-Type"] == "application/vnd.x+json"
    empty = wire(call)
    assert (empty.content, empty.headers) == (None, ())


@pytest.mark.parametrize("value", ["text", b"\x00\xff"])
def test_raw_bodies_take_text_and_bytes(value: str | bytes) -> None:
    call = Call(
        "c", "PUT", "/x", data=False,
        body=Body("raw", whole=Param("", "body", required=True), content_type="text/csv"),
    )  # fmt: skip
    request = wire(call, {"body": value})
    assert request.content == (value.encode() if isinstance(value, str) else value)
    assert dict(request.headers)["Content-Type"] == "text/csv"
    with pytest.raises(ArgumentError, match="c: body must be bytes, not int"):
        wire(call, {"body": 5})


def test_raw_templates_are_escaped_for_their_content_type() -> None:
    fields = (Param("name", "name"), Param("n", "n", "integer"))
    evil = {"name": "<&\"'>\n", "n": 3}

    def body(kind: str, template: str) -> str:
        call = post(*fields, type="raw", content_type=kind, template=template)
        return (wire(call, evil, values={"v": "a&b"}).content or b"").decode()

    assert body("text/xml; charset=utf-8", "<a n='{n}'>{name} ${v} {other}</a>") == (
        "<a n='3'>&lt;&amp;&quot;&#x27;&gt;\n a&amp;b {other}</a>"
    )
    text = body("application/json", '{"a": {"b": "{name}"}, "n": {n}}')
    assert json.loads(text) == {"a": {"b": evil["name"]}, "n": 3}
    assert body("text/plain", "{name}{n}{") == evil["name"] + "3{"  # type: ignore[operator]


def test_multipart() -> None:
    fields = (Param('na"me', "a"), Param("f", "f", "file"), Param("tags", "t", "array"))
    request = wire(post(*fields, type="multipart"), {"a": "grün", "f": b"\0\r\n", "t": ["x", "y"]})
    kind = dict(request.headers)["Content-Type"]
    boundary = kind.partition("boundary=")[2]
    mark = f"--{boundary}\r\nContent-Disposition: form-data; name="
    assert request.upload is not None
    assert b"".join(request.upload.pieces()) == (
        mark + '"na%22me"\r\n\r\ngrün\r\n' + mark + '"f"; filename="f"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\0\r\n\r\n"
        + mark + '"tags"\r\n\r\nx\r\n' + mark + f'"tags"\r\n\r\ny\r\n--{boundary}--\r\n'
    ).encode()  # fmt: skip


def test_headers() -> None:
    call = Call(
        "c", "GET", "/x", data=True,
        headers=(Param("X-A", "a"), Const("X-V", "2022-11-28"), Param("X-B", "b", allow_blank=True)),
    )  # fmt: skip
    assert wire(call, {"a": " x\t", "b": ""}).headers == (
        ("X-A", "x"),
        ("X-V", "2022-11-28"),
        ("X-B", ""),
    )
    for value in ("a\r\nX-Evil: 1", "a\nb", "a\x00", "a\x7f"):
        with pytest.raises(ArgumentError, match="c: a must not contain line breaks"):
            wire(call, {"a": value})
    with pytest.raises(ArgumentError, match="c: a must not be blank"):
        wire(call, {"a": ""})


def test_cookies() -> None:
    call = Call("c", "GET", "/x", data=True, cookies=(Param("a", "a"), Const("b", "2")))
    assert wire(call, {"a": "1"}).headers == (("Cookie", "a=1; b=2"),)
    for value in ("a;b", "a b", 'a"', "a,b", "a\\b", "ä", "a\n"):
        with pytest.raises(ArgumentError, match="c: a must not contain"):
            wire(call, {"a": value})


def test_shared_parameters() -> None:
    call = get("/x", Param("u", "units", shared=True, default="metric"))
    assert wire(call).url.endswith("?u=metric")
    assert wire(call, shared={"units": "imperial"}).url.endswith("?u=imperial")
    assert wire(call, {"units": UNSET}, shared={"units": "imperial"}).url.endswith("?u=imperial")
    assert wire(call, {"units": "standard"}, shared={"units": "imperial"}).url.endswith("=standard")
    assert wire(call, {"units": None}, shared={"units": "imperial"}).url.endswith("/x")


def test_auto_parameters_are_new_each_time() -> None:
    call = get("/x", Param("id", "id", "string", auto="uuid4"))
    assert wire(call).url != wire(call).url
    assert wire(call, {"id": "mine"}).url.endswith("?id=mine")


def test_auto_parameters_are_made_where_a_method_passes_none() -> None:
    """Generated methods pass None for what their caller left out."""
    param = Param("id", "id", "string", auto="uuid4")
    for call in (get("/x", param), get("/x/{id}", path_params=(param,))):
        one, other = (wire(call, {"id": None}).url for _ in range(2))
        assert len(one) == len(other) > len("https://h/v1/x/") + 30
        assert one != other


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://files.slack.com/a?b=1#frag", "https://files.slack.com/a?b=1&n=1"),
        ("https://A.B.slack.COM/", "https://A.B.slack.COM/?n=1"),
        ("https://hooks.example:8443/x", "https://hooks.example:8443/x?n=1"),
    ],
)
def test_a_url_argument_of_an_allowed_host(url: str, sent: str) -> None:
    call = get("", Const("n", "1"), url=UrlArgument("to", ("*.slack.com", "hooks.example")))
    assert wire(call, {"to": url}).url == sent


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.com/x", "https://evil.com/.slack.com", "https://evilslack.com",
        "https://a.slack.com@evil.com/", "https://evil.com\\.slack.com", "http://a.slack.com/",
        "https://a.slack.com.evil.com", "//a.slack.com", "a.slack.com", "", "https://a.slack.com/ x",
        "https://[::1", "https://a.slack.com:port/", "https://u:p@a.slack.com/", 5, None,
    ],
)  # fmt: skip
def test_a_url_argument_of_another_host(url: object) -> None:
    call = get("", url=UrlArgument("to", ("*.slack.com",)))
    with pytest.raises(ArgumentError, match="c: to "):
        wire(call, {"to": url})


def test_dollars_and_literals() -> None:
    call = get("/x", Const("a", "$${b} $c ${v}"))
    assert unquote(wire(call, values={"v": "1"}).url) == "https://h/v1/x?a=${b} $c 1"
    with pytest.raises(ArgumentError, match="c: v has no value"):
        wire(call)


def test_equal_arguments_make_equal_bytes() -> None:
    call = post(Param("a", "a"), Param("f", "f", "file"), type="multipart")
    arguments: dict[str, object] = {"a": "1", "f": b"2"}
    first, second = wire(call, arguments), wire(call, arguments)
    assert first.upload is not None
    assert second.upload is not None
    assert first.replace(upload=None) == second.replace(upload=None)
    assert [*first.upload.pieces()] == [*second.upload.pieces()]


@pytest.mark.parametrize("base", ["https://h/graphql/", "https://h/graphql", "https://h/"])
@pytest.mark.parametrize("template", [False, True])
def test_a_base_url_is_called_as_written_when_there_is_no_path(base: str, template: bool) -> None:
    given = {"base_url": "${where}", "values": {"where": base}} if template else {"base_url": base}
    assert wire(get(""), **given).url == base
    assert wire(get("", Param("q", "q")), {"q": "1"}, **given).url == f"{base}?q=1"
    assert wire(get("/x"), **given).url == f"{base.rstrip('/')}/x"


@pytest.mark.parametrize("kind", ["application/vnd.api+json", "application/x-acme; v=2", None])
def test_json_has_the_label_that_the_spec_gives(kind: str | None) -> None:
    request = wire(post(Param("a", "a"), content_type=kind), {"a": "é"})
    assert request.content == '{"a":"é"}'.encode()
    assert ("Content-Type", kind or "application/json") in request.headers


def test_a_call_without_a_body_may_have_a_content_type() -> None:
    request = wire(get(headers=(Const("Content-Type", "application/vnd.api+json"),)))
    assert request.headers == (("Content-Type", "application/vnd.api+json"),)


def test_a_cookie_header_and_cookies_are_one_header() -> None:
    call = get(headers=(Const("cookie", "a=1"),), cookies=(Const("b", "2"), Param("c", "c")))
    assert wire(call, {"c": "3"}).headers == (("Cookie", "a=1; b=2; c=3"),)


COMMA = Param("t", "tags", "array", array_style="comma", items=Param("", ""))


@pytest.mark.parametrize(
    "call",
    [
        get("/x", COMMA),
        get(headers=(COMMA,)),
        get("/{t}", path_params=(Param("t", "tags", "array", items=Param("", "")),)),
        post(COMMA, type="form"),
        post(COMMA, type="multipart"),
        post(COMMA, type="raw", template="{t}", content_type="text/plain"),
    ],
    ids=["query", "header", "path", "form", "multipart", "raw"],
)
def test_an_item_with_a_comma_never_becomes_two(call: Call) -> None:
    items: list[Any] = ["a", "b,c"]
    if call.body is not None and call.body.type == "raw":
        assert wire(call, {"tags": items}).content == b'["a","b,c"]'
        return
    with pytest.raises(ArgumentError, match=r"c: tags\[1\] must not contain a comma") as caught:
        wire(call, {"tags": items})
    assert "b,c" not in str(caught.value)
    assert wire(call, {"tags": ["a", "b"]})


def test_a_json_list_may_hold_commas() -> None:
    assert wire(post(COMMA), {"tags": ["a,b"]}).content == b'{"t":["a,b"]}'


@pytest.mark.parametrize(
    ("nested", "key"), [("dots", "a.b"), ("brackets", "a[b]"), ("brackets", "a]")]
)
def test_a_key_that_would_be_read_as_nested_keys_is_refused(nested: Any, key: str) -> None:
    free = Param("m", "m", "map", values=Param("", ""))
    with pytest.raises(ArgumentError, match="c: m must not have the key"):
        wire(post(free, type="form", nested=nested), {"m": {key: "1"}})
    declared = Param("m", "m", "object", fields=(Param(key, "k"),))
    assert wire(post(declared, type="form", nested=nested), {"m": {key: "1"}}).content
    assert wire(post(free, type="form", nested="json"), {"m": {key: "1"}}).content


WHOLE = Param("", "record", "object", required=True)
SHARED: tuple[Field, ...] = (Const("api", "x"), Param("company", "company"))


@pytest.mark.parametrize(
    ("kind", "content"),
    [("json", b'{"api":"x","company":"c1","a":"1"}'), ("form", b"api=x&company=c1&a=1")],
)
def test_shared_fields_reach_a_body_that_is_one_argument(kind: Any, content: bytes) -> None:
    call = post(*SHARED, type=kind, whole=WHOLE)
    assert wire(call, {"record": {"a": "1"}, "company": "c1"}).content == content
    own = wire(call, {"record": {"api": "own"}, "company": "c1"}).content or b""
    assert b"own" in own
    assert b"x" not in own


def test_shared_fields_reach_a_multipart_body_that_is_one_argument() -> None:
    call = post(*SHARED, type="multipart", whole=WHOLE)
    content = (wire(call, {"record": {"a": "1", "api": "own"}}).content or b"").decode()
    assert content.count('name="api"') == 1
    assert 'name="a"\r\n\r\n1\r\n' in content
    assert "own" in content


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_comma_lists_come_back_as_they_were(items: list[str]) -> None:
    try:
        url = wire(get("/x", COMMA), {"tags": items}).url
    except ArgumentError:
        assert any("," in item for item in items)
    else:
        assert dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))["t"].split(",") == items
