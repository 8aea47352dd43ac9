"""No secret survives redaction, and what survives keeps its type and format."""

from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.captures.json_text import rewrite
from callwright.captures.model import Capture, CaptureKind
from callwright.captures.redact import Redactor
from callwright.errors import CaptureError
from callwright.secrets import find_secrets, is_placeholder

KEY = 'k3y/with+odd="chars" & ümläut'


def capture(body: str | bytes, kind: CaptureKind = "json", **more: object) -> Capture:
    data = body.encode() if isinstance(body, str) else body
    return Capture(
        call="get_thing",
        sample="example",
        status=200,
        page=None,
        kind=kind,
        path="",
        body=data,
        **more,  # type: ignore[arg-type]
    )


def redacted(text: str, *paths: str, kind: CaptureKind = "json", **known: str) -> str:
    return Redactor(known).redact(capture(text, kind), paths).capture.body.decode()


def value(document: object, *paths: str, **known: str) -> object:
    return json.loads(redacted(json.dumps(document), *paths, kind="json", **known))


@pytest.mark.parametrize(
    "spelled",
    [
        KEY,
        quote(KEY, safe=""),
        quote(KEY),
        quote_plus(KEY),
        quote(KEY, safe="").lower(),
        base64.b64encode(KEY.encode()).decode(),
        base64.urlsafe_b64encode(KEY.encode()).decode().rstrip("="),
        json.dumps(KEY)[1:-1],
        json.dumps(KEY, ensure_ascii=False)[1:-1],
    ],
)
@pytest.mark.parametrize("kind", ["json", "jsonl", "sse", "xml", "text"])
def test_a_known_value_goes_in_every_spelling(spelled: str, kind: CaptureKind) -> None:
    body = json.dumps({"echo": f"before {spelled} after", spelled: 1})
    if kind == "sse":
        body = f"event: x\ndata: {body}\n\n"
    if kind == "xml":
        body = f"<a><b>{spelled.replace('&', '&amp;')}</b></a>"
    text = redacted(body, kind=kind, api_key=KEY)
    assert "k3y" not in text
    assert base64.b64encode(KEY.encode()).decode()[:12] not in text
    assert "redacted_api_key" in text


@given(
    secret=st.text(min_size=6, max_size=40).filter(lambda s: s.strip() == s),
    before=st.binary(max_size=7),
    after=st.binary(max_size=7),
)
def test_a_known_value_inside_longer_base64_is_not_decodable(
    secret: str, before: bytes, after: bytes
) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    text = redacted(json.dumps({"basic": encoded}), password=secret)
    if len(secret.encode()) >= 10:
        left = len(encoded) - len(json.loads(text)["basic"].replace("redacted_password", ""))
        assert left * 6 >= (len(secret.encode()) - 2) * 8  # at most one byte at each end is left


@given(
    secret=st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=6, max_size=30
    ).filter(lambda s: s not in "redacted_api_key"),
    document=st.recursive(
        st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ),
)
def test_no_string_of_a_document_keeps_a_known_value(secret: str, document: object) -> None:
    text = redacted(
        json.dumps([document, {f"x{secret}y": [f"<{secret}>", secret]}]), api_key=secret
    )
    assert secret not in json.dumps(json.loads(text), ensure_ascii=False)


@pytest.mark.parametrize("short", ["at", "12345", "Public", "member", "admin"])
def test_a_short_or_ordinary_value_goes_only_as_the_whole_value_of_a_sensitive_key(
    short: str,
) -> None:
    document = {
        "a": short,
        "b": f"it is {short} here",
        "c": f"?x=1&token={short}",
        "password": short,
        "d": {short: f"db_password: {short}"},
    }
    assert value(document, api_key=short) == {
        "a": short,
        "b": f"it is {short} here",
        "c": "?x=1&token=redacted_api_key",
        "password": "redacted_api_key",
        "d": {short: "db_password: redacted_api_key"},
    }


def test_an_address_with_a_secret_in_it_stays_an_address() -> None:
    known = {"api_key": "ada-7f"}
    assert value({"a": "ada-7f@library.example", "b": "ada-7f@corp.com"}, **known) == {
        "a": "user1@example.com",
        "b": "user2@example.com",
    }


def test_a_numeric_key_goes_too() -> None:
    assert value({"a": 12345678, "b": 1234}, api_key="12345678") == {"a": 1000001, "b": 1234}


def test_exact_key_names_are_redacted_and_near_ones_kept() -> None:
    document = {
        "password": "hunter2",
        "api-key": "abc",
        "accessToken": {"type": "x", "n": [1, None, True, ""]},
        "next_page_token": "keep",
        "tokens": 12,
        "address": "10 Downing Street",
        "name": None,
    }
    assert value(document) == {
        "password": "redacted_1",
        "api-key": "redacted_2",
        "accessToken": {"type": "redacted_3", "n": [1000001, None, True, ""]},
        "next_page_token": "keep",
        "tokens": 12,
        "address": "10 Downing Street",
        "name": None,
    }


def test_personal_data_is_redacted_where_its_key_says_so() -> None:
    document = {
        "email": "ann@corp.com",
        "owner": "ann@corp.com",
        "demo": "jo@example.org",
        "phone": "jo@example.com",
        "address": {"city": "Bonn", "zip": "53113"},
    }
    assert value(document) == {
        "email": "user1@example.com",
        "owner": "user1@example.com",
        "demo": "jo@example.org",
        "phone": "jo@example.com",
        "address": {"city": "redacted_1", "zip": "00001"},
    }


@pytest.mark.parametrize(
    ("original", "placeholder"),
    [
        ("ann@corp.com", "user1@example.com"),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "00000000-0000-4000-8000-000000000001"),
        ("1971-05-06", "2000-01-02"),
        ("1971-05-06T10:11:12.123+02:00", "2000-01-02T00:00:00.000+02:00"),
        ("0228123456", "0000000001"),
        ("https://me.corp.com/x", "https://example.com/redacted_1"),
        ("Ann", "redacted_1"),
        ("", ""),
        (12, 1000001),
        (1.5, 1000001.5),
        (True, False),
        (None, None),
    ],
)
def test_a_placeholder_keeps_type_and_format(original: object, placeholder: object) -> None:
    assert value({"a": {"b": original}}, "$.a.b") == {"a": {"b": placeholder}}


def test_paths_reach_into_lists_and_whole_objects() -> None:
    document = {"data": [{"n": "a", "keep": 1}, {"n": "b"}, {"n": "a"}], "who": {"x": {"y": "z"}}}
    assert value(document, "$.data[*].n", "$.who", "$.data[-1].missing") == {
        "data": [{"n": "redacted_1", "keep": 1}, {"n": "redacted_2"}, {"n": "redacted_1"}],
        "who": {"x": {"y": "redacted_3"}},
    }


def test_equal_values_join_across_captures_of_a_run_and_runs_are_alike() -> None:
    def run() -> list[str]:
        redactor = Redactor()
        return [
            redactor.redact(capture(json.dumps(d)), ["$.id", "$.ref"]).capture.body.decode()
            for d in ({"id": "cus_1"}, {"id": "cus_2", "ref": "cus_1"})
        ]

    first, second = run()
    assert json.loads(first) == {"id": "redacted_1"}
    assert json.loads(second) == {"id": "redacted_2", "ref": "redacted_1"}
    assert run() == [first, second]


# built from pieces, so that no scanner takes this file for a leak
TOKENS = [
    "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
    "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a",
    "xox" + "b-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy",
    "AK" + "IAIOSFODNN7EXAMPLE",
    "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "-----BEGIN RSA PRIV" + "ATE KEY-----\nMIIEow\n-----END RSA PRIV" + "ATE KEY-----",
]


@pytest.mark.parametrize("token", TOKENS)
def test_well_known_tokens_go_wherever_they_stand(token: str) -> None:
    assert value({"message": f"you sent {token}!"}) == {"message": "you sent redacted_1!"}
    assert [f.kind for f in find_secrets(f"a: {token}\n")] == ["a well-known kind of token"]


def test_urls_lose_their_secret_parameters_and_passwords() -> None:
    document = {
        "next": "https://h.io/x?page=2&access_token=abc&sig=d%2F#f",
        "db": "postgres://joe:hunter2@db/x",
    }
    assert value(document) == {
        "next": "https://h.io/x?page=2&access_token=redacted_1&sig=redacted_2#f",
        "db": "postgres://redacted_3@db/x",
    }


def test_json_inside_a_string_is_json() -> None:
    inner = json.dumps({"password": "hunter2", "n": 1})
    assert value({"data": inner}) == {"data": inner.replace("hunter2", "redacted_1")}


def test_xml_by_element_attribute_and_path() -> None:
    text = (
        '<?xml version="1.0"?><ns:r><u password="hunter2" id="7"><Token>abc</Token>'
        "<name>Ann</name><n><![CDATA[Ann]]></n><e/></u></ns:r>"
    )
    assert redacted(text, "$.u.name", "$.u.n", "$.u['@id']", kind="xml") == (
        '<?xml version="1.0"?><ns:r><u password="redacted_1" id="1"><Token>redacted_2</Token>'
        "<name>redacted_3</name><n><![CDATA[redacted_3]]></n><e/></u></ns:r>"
    )


@pytest.mark.parametrize(
    ("text", "paths", "left"),
    [
        # a ">" may stand in the value of an attribute
        ('<r><a t="x > y" token="s3cret"/></r>', (), '<r><a t="x > y" token="redacted_1"/></r>'),
        ("<r><a t='\">' pin='12'>x</a></r>", ("$.a['@pin']",), "<r><a t='\">' pin='01'>x</a></r>"),
        # names count all the way down, as in JSON
        ("<r><password><v>s3cret</v></password></r>", (), "<r><password><v>redacted_1</v></password></r>"),
        ("<r><to>\n  ann@corp.com\n</to></r>", (), "<r><to>\n  user1@example.com\n</to></r>"),
        ("<r><email>a@example.com</email></r>", (), "<r><email>a@example.com</email></r>"),
        # paths as inference spells them
        ('<r><p c="1">Ann</p></r>', ("$.p['#text']",), '<r><p c="1">redacted_1</p></r>'),
        (
            '<r xmlns:n="u"><p>1</p><n:p>Ann</n:p></r>',
            ("$['n:p']",),
            '<r xmlns:n="u"><p>1</p><n:p>redacted_1</n:p></r>',
        ),
        # a known secret in references to its characters
        ("<r><a>x &#107;3y-9&apos;s y</a></r>", (), "<r><a>x redacted_key y</a></r>"),
        ("<r a='k3y-9&#x27;s'/>", (), "<r a='redacted_key'/>"),
    ],
)  # fmt: skip
def test_xml_by_all_layers(text: str, paths: tuple[str, ...], left: str) -> None:
    assert redacted(text, *paths, kind="xml", key="k3y-9's") == left


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16", "utf-16-be"])
def test_xml_stays_in_its_encoding(encoding: str) -> None:
    declared = encoding.removesuffix("-be")
    text = f"<?xml version='1.0' encoding='{declared}'?>\r\n<r>Kölner &amp; <k>k3y-5e</k><!-- ü --></r>\n"
    body = text.encode(encoding)
    assert Redactor().redact(capture(body, "xml")).capture.body == body
    done = Redactor({"key": "k3y-5e"}).redact(capture(body, "xml")).capture.body
    assert done == text.replace("k3y-5e", "redacted_key").encode(encoding)
    secret = Redactor({"key": "Kölner"}).redact(capture(body, "xml")).capture.body
    assert "Kölner" not in secret.decode(encoding)


def test_xml_that_cannot_be_decoded_is_not_stored() -> None:
    with pytest.raises(CaptureError, match=r"get_thing\.example: not UTF-8 at byte 4; nothing was"):
        Redactor().redact(capture(b"<a>\xff</a>", "xml"))


def test_text_loses_assignments_of_secrets() -> None:
    assert redacted("password=hunter22; mode=fast", kind="text") == "password=redacted_1; mode=fast"


def test_a_text_inside_of_json_loses_assignments_of_secrets_too() -> None:
    left = value(
        {
            "log": "login with password=zxcv-secret-1 failed",
            "hint": "password: at least 8 characters",
        }
    )
    assert left == {
        "log": "login with password=redacted_1 failed",
        "hint": "password: at least 8 characters",
    }


def test_the_request_part_is_redacted_too() -> None:
    request = {
        "method": "POST",
        "url": "http://h/x?api_key=abc",
        "headers": {"Authorization": "Bearer abc", "Accept": "text/plain", "X-Weird": "1"},
        "body": '{"password": "hunter2"}',
    }
    done = Redactor().redact(capture("{}", request=request)).capture.request
    assert done == {
        "method": "POST",
        "url": "http://h/x?api_key=redacted_1",
        "headers": {"accept": "text/plain"},
        "body": '{"password": "redacted_2"}',
    }
    assert Redactor().request_body("user=a&password=b") == "user=a&password=redacted_1"


def test_headers_are_kept_by_an_allow_list() -> None:
    headers = (
        ("Content-Type", "text/html"),
        ("Set-Cookie", "a=b"),
        ("X-Api-Key", "abc"),
        ("Link", "<https://h/?cursor=1&token=abc>; rel=next"),
        ("X-Custom", "1"),
        ("X-RateLimit-Remaining", "5"),
    )
    done = Redactor().redact(capture("{}", headers=headers), keep_headers=["X-Custom"])
    assert done.capture.headers == (
        ("content-type", "text/html"),
        ("link", "<https://h/?cursor=1&token=redacted_1>; rel=next"),
        ("x-custom", "1"),
        ("x-ratelimit-remaining", "5"),
    )
    hidden = Redactor().redact(capture("{}", headers=headers), ["header.link"])
    assert [name for name, _ in hidden.capture.headers] == ["content-type", "x-ratelimit-remaining"]


def test_a_binary_body_with_a_secret_is_refused() -> None:
    assert (
        Redactor({"api_key": KEY}).redact(capture(b"\x89PNG", "binary")).capture.body == b"\x89PNG"
    )
    with pytest.raises(CaptureError, match="holds the credential api_key") as caught:
        Redactor({"api_key": "hunter2hunter2"}).redact(capture(b"\0hunter2hunter2", "binary"))
    assert "hunter2" not in str(caught.value)


def test_what_was_taken_out_is_counted() -> None:
    body = json.dumps({"a": "ann@corp.com", "b": "bob@corp.com", "password": "x", "echo": KEY})
    assert Redactor({"api_key": KEY}).redact(capture(body)).redacted == {
        "credential": 1,
        "email": 2,
        "value": 1,
    }


def test_redaction_is_idempotent_and_invisible_to_the_scanner() -> None:
    body = json.dumps({"password": "hunter2", "e": "ann@corp.com", "t": TOKENS[0], "k": KEY})
    once = redacted(body, api_key=KEY)
    assert redacted(once, api_key=KEY) == once
    assert find_secrets(once, [KEY]) == []
    assert all(is_placeholder(v) for v in json.loads(once).values())


def test_the_scanner_names_places_and_never_the_secret() -> None:
    (found,) = find_secrets(f"first\n  x={quote_plus(KEY)}", [KEY])
    assert (found.line, found.column, found.kind) == (2, 5, "a credential's value")
    assert KEY not in repr(found)


def test_a_redactor_does_not_show_what_it_knows() -> None:
    assert KEY not in repr(Redactor({"api_key": KEY}))


def test_layout_is_ours_and_everything_else_the_providers() -> None:
    text = '{"b":1.50,"a":[1E3,-0,{}, [] ,"\\u00e9\\/"],"n":12345678901234567890123}'
    assert redacted(text) == (
        '{\n  "b": 1.50,\n  "a": [\n    1E3,\n    -0,\n    {},\n    [],\n    "\\u00e9\\/"\n  ],\n'
        '  "n": 12345678901234567890123\n}\n'
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


@given(JSON)
def test_rewriting_is_what_the_json_module_prints(document: object) -> None:
    expected = json.dumps(document, indent=2) + "\n"
    assert rewrite(json.dumps(document)) == expected
    assert rewrite(expected) == expected
    assert rewrite(json.dumps(document), indent=None) == json.dumps(document)


@given(
    text=st.text(max_size=200),
    kind=st.sampled_from(["sse", "xml", "text"]),
    where=st.integers(0, 200),
)
def test_any_text_of_any_kind_loses_a_known_value(text: str, kind: CaptureKind, where: int) -> None:
    secret = "Zq7-unmistakable-9"
    at = min(where, len(text))
    done = redacted(f"{text[:at]} {secret} {text[at:]}", kind=kind, api_key=secret)
    assert secret not in done


@given(st.text("<>/ab='\"! -[]CDAT?&;\n", max_size=80))
def test_xml_that_is_none_survives_untouched(text: str) -> None:
    assert redacted(text, "$.nothing.here", kind="xml") == text


@pytest.mark.parametrize(
    "pair",
    [
        {"key": "db_password", "value": "hunter2-x"},
        {"Value": "hunter2-x", "Name": "DB_PASSWORD"},
        {"k": "stripeApiKey", "v": "hunter2-x"},
        {"id": "smtp-password", "value": {"stringValue": ["hunter2-x"]}},
        {"name": "X-Api-Key", "value": "hunter2-x", "enabled": True},
        [["Authorization", "hunter2-x"], ["Accept", "text/plain"]],
        ["DB_PASSWORD=hunter2-x", "PATH=/bin"],
        {"env": ["GITHUB_TOKEN=hunter2-x"]},
    ],
)
def test_a_pair_of_name_and_value_counts_as_the_key_it_names(pair: object) -> None:
    body = redacted(json.dumps({"tags": [{"key": "team", "value": "blue"}], "pair": pair}))
    assert "hunter2-x" not in body
    assert json.loads(body)["tags"] == [{"key": "team", "value": "blue"}]


@pytest.mark.parametrize(
    "pair",
    [
        {"key": "team", "value": "blue", "password_set": True},
        {"name": "next_page_token", "value": "c2"},
        {"key": "password", "note": "may change"},
        ["token", "price"],
        [["team", "blue"], ["size", 3]],
        ["PATH=/bin", "SECRET="],
    ],
)
def test_pairs_that_name_no_secret_stay(pair: object) -> None:
    assert value(pair) == pair


@pytest.mark.parametrize(
    "pair",
    [
        '<add key="db_password" value="hunter2-x"/>',
        "<property name='db.password'>hunter2-x</property>",
        "<tag><Key>db_password</Key><Value>hunter2-x</Value></tag>",
        "<tag><value><s>hunter2-x</s></value><name> DB_PASSWORD </name></tag>",
        "<entry key='apiKey'><![CDATA[hunter2-x]]></entry>",
    ],
)
def test_a_pair_in_xml_counts_as_the_key_it_names(pair: str) -> None:
    other = '<add key="team" value="blue"/><tag><Key>team</Key><Value>blue</Value></tag>'
    body = redacted(f"<r>{other}{pair}{other}</r>", kind="xml")
    assert "hunter2-x" not in body
    assert body.count("blue") == 4


def test_a_key_that_is_a_secret_gets_a_stable_placeholder() -> None:
    secret = "tok-8f3a-zebra"
    document = {"users": [{secret: 1, f"{secret}/b": 2, "name": "x"}], secret: {secret: secret}}
    for other in ({}, {"other": "o-zebra-value"}):
        done = Redactor({**other, "secret_7": secret}).redact(capture(json.dumps(document)))
        assert json.loads(done.capture.body) == {
            "users": [{"redacted_key": 1, "redacted_key_2": 2, "name": "x"}],
            "redacted_key": {"redacted_key": "redacted_secret_7"},
        }
        assert done.keyed == ("$.users[*]", "$", "$.redacted_secret_7")


def test_tokens_in_fragments_and_in_escaped_addresses_go() -> None:
    links = {
        "a": "https://h.example/cb#access_token=zx-1&state=5",
        "b": "https%3A%2F%2Fh.example%2Fcb%23id_token%3Dzx-1%26state%3D5",
        "c": '<a href="https://h.example/cb#state=5&amp;access_token=zx-1">',
        "d": "{'u': 'https:\\/\\/h.example\\/cb\\u0023access_token\\u003dzx-1'}",
    }
    assert "zx-1" not in redacted(json.dumps(links))
    for link in links.values():
        assert "zx-1" not in redacted(link, kind="text")
    headers = (("Location", links["a"]),)
    assert "zx-1" not in str(Redactor().redact(capture("{}", headers=headers)).capture.headers)


LONG = 100_000


@pytest.mark.parametrize(
    "unit",
    [
        "-eyJ", "eyJ.", "-SG.", "SG.a", "-----BEGIN A ", "-----BEGIN ", "://a:", "a@", "a.", "?a", "&a=", "#token=", "password",
        "password ", "token: ", "Bearer ", "Basic a", "%25", "\\u005c", "&amp;", "\\", "abcd", "A-", "0f", "redacted_", "{", "key-",
        "[1,", "http://a", "sk_live_", "secret_", "<a ", "<!--", '"', "=", "\n", " ", "é", "1",
    ],
)  # fmt: skip
def test_the_time_of_redaction_is_linear(unit: str) -> None:
    redactor = Redactor({"api_key": KEY, "short": "ab12"})
    text = unit * (LONG // len(unit))
    started = time.perf_counter()
    redactor.redact(capture(json.dumps({"a": text, "b": [text]})))
    redactor.redact(capture(text, "text"))
    redactor.redact(capture(f"<r a='{html.escape(text)}'>{html.escape(text)}</r>", "xml"))
    find_secrets(text)
    assert time.perf_counter() - started < 10  # quadratic time takes minutes
