"""Paths into responses."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.runtime.reading.paths import HeaderPath, PathError, lookup, parse_path, parse_source
from callwright.runtime.unset import UNSET

BODY = {
    "data": [{"id": "a", "tags": ["x", "y"]}, {"id": "b", "tags": ["z"]}],
    "next page": None,
    "it's": 1,
    "é": 2,
    "count": 0,
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$", [BODY]),
        ("$.count", [0]),
        ("$.data[0].id", ["a"]),
        ("$.data[-1].id", ["b"]),
        ("$.data[*].id", ["a", "b"]),
        ("$.data[*].tags[*]", ["x", "y", "z"]),
        ("$.data[*]['tags'][0]", ["x", "z"]),
        ("$['next page']", [None]),
        ('$["next page"]', [None]),
        (r"$['it\'s']", [1]),
        ('$["it\'s"]', [1]),
        ("$.é", [2]),
        (r"$['\u00e9']", [2]),
        ("$.data[2]", []),
        ("$.data[-3]", []),
        ("$.data.id", []),
        ("$.count.x", []),
        ("$.count[*]", []),
        ("$.missing[*].x", []),
        ("$[0]", []),
    ],
)
def test_find(text: str, found: list[object]) -> None:
    assert parse_path(text).find(BODY) == found


def test_first_tells_null_from_absent() -> None:
    assert parse_path("$['next page']").first(BODY) is None
    assert parse_path("$.nothing").first(BODY) is UNSET
    assert parse_path("$").first(UNSET) is UNSET


def test_wildcard_takes_members_too() -> None:
    assert parse_path("$[*].n").find({"a": {"n": 1}, "b": {"n": 2}}) == [1, 2]


def test_strings_have_no_elements() -> None:
    assert parse_path("$[0]").find("text") == []


def test_singular() -> None:
    assert parse_path("$.a[0]").singular
    assert not parse_path("$.a[*].b").singular


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("data", 0, "begins with $"),
        ("", 0, "begins with $"),
        ("$data", 1, "unexpected 'd'"),
        ("$.", 1, "after a dot"),
        ("$.a-b", 3, "['a name']"),
        ("$.0", 1, "after a dot"),
        ("$..id", 1, "descent"),
        ("$.*", 1, "[*]"),
        ("$.a[", 3, "in brackets"),
        ("$.a[01]", 3, "in brackets"),
        ("$.a[-0]", 3, "in brackets"),
        ("$.a[1:2]", 3, "in brackets"),
        ("$.a[id]", 3, "in brackets"),
        ("$.a['id]", 3, "in brackets"),
        ("$.a[?@.b]", 3, "filters"),
        ("$.a ", 3, "unexpected ' '"),
    ],
)
def test_bad_paths_say_where(text: str, position: int, part: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert caught.value.position == position
    assert part in str(caught.value)


@pytest.mark.parametrize("text", ["header.", "header.a b", "header.x.next", "headers.x", "x"])
def test_bad_sources(text: str) -> None:
    with pytest.raises(PathError):
        parse_source(text)


def test_header_names_ignore_case() -> None:
    headers = [("X-Request-ID", "1"), ("x-request-id", "2")]
    assert lookup(("header.x-request-id",), UNSET, headers) == "1"
    assert lookup(("header.X-REQUEST-ID",), UNSET, headers) == "1"
    assert lookup(("header.other",), UNSET, headers) is UNSET


@pytest.mark.parametrize(
    "header",
    [
        '<https://x/?page=2>; rel="next"',
        '<https://x/?page=1>; rel="prev", <https://x/?page=2>; rel="next"',
        "<https://x/?page=2>; rel=next",
        '<https://x/?page=2> ; title="a, <b>; rel=no" ; REL="last Next"',
        '<https://x/?page=1>; rel="prev",\t<https://x/?page=2>; rel="next"; foo',
    ],
)
def test_link_relations(header: str) -> None:
    assert lookup(("header.link.next",), {}, [("Link", header)]) == "https://x/?page=2"


def test_link_in_a_second_header() -> None:
    headers = [("link", '<a>; rel="prev"'), ("Link", '<b>; rel="next"')]
    assert lookup(("header.link.next",), {}, headers) == "b"
    assert lookup(("header.link.last",), {}, headers) is UNSET


@pytest.mark.parametrize(
    ("cookies", "value"),
    [
        (["SID=abc; Path=/; HttpOnly"], "abc"),
        (["SID=abc"], "abc"),
        (["lang=en; Path=/", "SID=abc; Expires=Wed, 09 Jun 2100 10:18:14 GMT"], "abc"),
        (["SID=old; Path=/", "SID=new; Path=/"], "new"),
        (['SID="quoted; value"; Path=/'], "quoted; value"),
        (['SID="say \\"hi\\""'], 'say "hi"'),
        ([" SID = abc ;Path=/"], "abc"),
        (["SID=a=b=="], "a=b=="),
        (["SID="], ""),
        (["sid=other; Path=/", "XSID=other", "lang=SID=no; SID=no"], UNSET),
        (["SID", "SID; Path=/"], UNSET),
        ([], UNSET),
    ],
)
def test_a_cookie_of_several_set_cookie_headers(cookies: list[str], value: object) -> None:
    headers = [("Content-Type", "text/plain"), *(("Set-Cookie", cookie) for cookie in cookies)]
    assert lookup(("header.set-cookie.SID",), UNSET, headers) == value
    assert lookup(("header.Set-Cookie.SID", "$.token"), {"token": "t"}, headers) == (
        "t" if value is UNSET else value
    )


@pytest.mark.parametrize("name", ["connect.sid", "__Host-session", "ASP.NET_SessionId", "a.b!c"])
def test_names_of_cookies_hold_what_cookies_may(name: str) -> None:
    headers = [("set-cookie", f"{name}=abc; Path=/")]
    assert lookup((f"header.set-cookie.{name}",), UNSET, headers) == "abc"


@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='";\\'))
)
def test_a_cookie_is_read_as_it_was_set(value: str) -> None:
    headers = [("Set-Cookie", f"SID={value}; Path=/; Secure")]
    assert lookup(("header.set-cookie.SID",), UNSET, headers) == value


def test_hostile_cookies_cost_nothing() -> None:
    started = time.perf_counter()
    for text in (
        'SID="' + "\\" * 60_000,
        'SID="' + "a" * 60_000,
        "SID=" + " " * 60_000,
        "=" * 60_000,
    ):
        lookup(("header.set-cookie.SID",), UNSET, [("set-cookie", text)])
    assert time.perf_counter() - started < 2


def test_hostile_link_headers_cost_nothing() -> None:
    started = time.perf_counter()
    for text in (
        "<" * 60_000,
        "<a>" + ";" * 60_000,
        "<a>" + " " * 60_000,
        '<a>;b="' + "\\" * 60_000,
    ):
        lookup(("header.link.next",), {}, [("link", text)])
    assert time.perf_counter() - started < 2


def test_the_first_path_that_exists_wins_and_null_gives_way() -> None:
    body = {"error": None, "message": "m", "detail": "d"}
    assert lookup(("$.message", "$.detail"), body) == "m"
    assert lookup(("$.error.text", "$.detail"), body) == "d"
    assert lookup(("$.error", "$.detail"), body) == "d"
    assert lookup(("$.nope", "$.error"), body) is None
    assert lookup(("$.nope",), body) is UNSET
    assert lookup((), body) is UNSET


def test_the_whole_text() -> None:
    assert lookup(("$",), "a token") == "a token"


def test_sources_keep_their_text() -> None:
    assert parse_source("header.Link.Next") == HeaderPath("header.Link.Next", "link", "next")


@given(st.text(), st.integers())
def test_any_name_can_be_quoted(name: str, value: int) -> None:
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    assert parse_path(f"$['{quoted}']").find({name: value}) == [value]


@given(st.text(alphabet="$.[]*'\"\\-01ab header", max_size=30))
def test_any_text_is_a_path_or_a_path_error(text: str) -> None:
    try:
        parse_source(text)
    except PathError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017
