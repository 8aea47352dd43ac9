"""Bodies in the charset that their Content-Type declares, and never through a codec that is no charset."""

from __future__ import annotations

import codecs
import encodings
import json
import pkgutil
from encodings import aliases
from typing import Any

import pytest
from handwritten._runtime.definition import Call, Errors, Response
from handwritten._runtime.errors import ApiError, StatusError, UnexpectedBodyError
from handwritten._runtime.model import Model
from handwritten._runtime.reading.charsets import declared_codec, json_utf8, text_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Answer, Make, Server


class Person(Model):
    name: str


def call(response: Response | None = None) -> Call:
    return Call("read", "GET", "/x", data=True, response=response or Response())


CHARSETS = [
    ("iso-8859-1", "Zoë"), ("ISO-8859-15", "Zoë €"), ("windows-1252", "Zoë €"), ("cp1251", "Жанна"), ("koi8-r", "Жанна"),
    ("Shift_JIS", "ゾーイ"), ("x-sjis", "ゾーイ"), ("euc-jp", "ゾーイ"), ("iso-2022-jp", "ゾーイ"), ("gb18030", "佐伊"), ("GB2312", "佐伊"),
    ("big5", "佐伊"), ("euc-kr", "조이"), ("ks_c_5601-1987", "조이"), ("utf-16", "Zoë"), ("utf-16le", "Zoë"), ("UTF-16BE", "Zoë"),
    ("utf-32", "Zoë"), ("utf-8", "Zoë"), ("us-ascii", "Zoe"), ("windows-1254", "Zoë"), ("iso-8859-7", "Ζωή"),
]  # fmt: skip


@pytest.mark.parametrize(("charset", "name"), CHARSETS)
def test_json_in_its_declared_charset(api: Make, server: Server, charset: str, name: str) -> None:
    codec = charset.removeprefix("x-")
    body = json.dumps({"name": name}, ensure_ascii=False).encode(codec)
    typed = Answer(200, body, {"Content-Type": f"application/json; charset={charset}"})
    quoted = Answer(200, body, {"Content-Type": f'application/json;x=1; Charset = "{charset}"'})
    failed = Answer(404, body, {"Content-Type": f"application/json;charset='{charset}'"})
    server.on("/x", typed, typed, quoted, quoted, failed)
    made = api(errors=Errors(message_path=("$.name",)))
    assert made.call(call(), returns=Person).name == name
    assert made.call(call(Response(untyped=True))) == {"name": name}
    assert made.call(call(Response(select="$.name")), returns=str) == name
    assert json.loads(made.raw(call()).text) == {"name": name}
    with pytest.raises(StatusError) as caught:
        made.call(call())
    error = caught.value
    assert (error.message, error.body, json.loads(error.text)) == (
        name,
        {"name": name},
        {"name": name},
    )


@pytest.mark.parametrize(("charset", "text"), CHARSETS)
def test_text_in_its_declared_charset(api: Make, server: Server, charset: str, text: str) -> None:
    body = text.encode(charset.removeprefix("x-"))
    kind = f"text/plain; charset={charset}"
    server.on("/x", Answer(200, body, {"Content-Type": kind}))
    assert api().call(call(Response("text"))) == text


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "shift_jis", "euc-jp"])
def test_xml_in_the_charset_of_its_content_type(api: Make, server: Server, charset: str) -> None:
    text = "ゾーイ" if charset in ("shift_jis", "euc-jp") else "Zoë"
    kind = {"Content-Type": f"text/xml; charset={charset}"}
    plain = f"<p><name>{text}</name></p>".encode(charset)
    declared = f"<?xml version='1.0' encoding='utf-8'?><p><name>{text}</name></p>".encode(charset)
    server.on("/x", Answer(200, plain, kind), Answer(200, declared, kind), Answer(404, plain, kind))
    made = api(errors=Errors(message_path=("$.name",)))
    for _ in range(2):
        assert made.call(call(Response("xml")), returns=Person).name == text
    with pytest.raises(StatusError) as caught:
        made.call(call(Response("xml")))
    assert (caught.value.message, caught.value.body) == (text, {"name": text})


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
def test_unicode_json_is_recognized_by_its_first_bytes(
    api: Make, server: Server, codec: str, kind: str
) -> None:
    server.on("/x", Answer(200, '{"name":"Zoë"}'.encode(codec), {"Content-Type": kind}))
    assert api().call(call(), returns=Person).name == "Zoë"
    assert api().call(call(Response(untyped=True))) == {"name": "Zoë"}


@pytest.mark.parametrize("charset", ["utf-16", "us-ascii", "euc-kr", "utf-32le"])
def test_json_that_is_utf8_against_its_label(api: Make, server: Server, charset: str) -> None:
    body = '{"name":"Zoë ゾ €ä"}'.encode()
    kind = {"Content-Type": f"application/json; charset={charset}"}
    server.on("/x", Answer(200, body, kind))
    assert api().call(call(), returns=Person).name == "Zoë ゾ €ä"


NO_CHARSETS = [
    "idna", "undefined", "punycode", "zlib", "zip", "bz2", "hex", "base64", "rot13", "uu", "quopri", "unicode_escape",
    "raw_unicode_escape", "mbcs", "oem", "utf-7", "charmap", "string_escape", "no-such-charset", "utf-8-variants", "..",
    "cp037", "hz", "os.system", "\\xff", "", '"', "'", "utf8mb4", "binary", "x-user-defined",
]  # fmt: skip


@pytest.mark.parametrize("charset", NO_CHARSETS)
def test_what_is_no_charset_is_read_as_utf8(api: Make, server: Server, charset: str) -> None:
    kind = {"Content-Type": f"text/plain; charset={charset}"}
    server.on("/x", Answer(200, "grün".encode(), kind), Answer(400, "grün".encode(), kind))
    made = api()
    assert made.call(call(Response("text"))) == "grün"
    with pytest.raises(StatusError) as caught:
        made.call(call())
    assert (caught.value.text, caught.value.message) == ("grün", "grün")


@pytest.mark.parametrize(
    "kind", ["text/plain; charset=idna", "application/json; charset=shift_jis"]
)
def test_bytes_that_are_in_no_charset(api: Make, server: Server, kind: str) -> None:
    server.on("/x", Answer(200, b"\xff..hello" + b"x" * 100, {"Content-Type": kind}))
    assert "hello" in api().call(call(Response("text")))
    with pytest.raises(UnexpectedBodyError, match="expected JSON"):
        api().call(call(), returns=Person)


def every_codec() -> set[str]:
    found = {m.name for m in pkgutil.iter_modules(encodings.__path__)}
    return found | set(aliases.aliases)


def test_only_charsets_are_obeyed() -> None:
    for name in sorted(every_codec()):
        codec = declared_codec(f"text/plain; charset={name}")
        if codec is not None:
            info = codecs.lookup(codec)
            assert info._is_text_encoding
            assert "<" in "<".encode(codec).decode(codec)
            if not codec.startswith("utf"):
                assert "<key>".encode(codec) == b"<key>", "redaction reads bytes"


@given(st.binary(max_size=80), st.sampled_from([*sorted(every_codec()), None]))
def test_any_bytes_in_any_charset_are_read(content: bytes, charset: str | None) -> None:
    kind = None if charset is None else f"application/json; charset={charset}"
    text_of(content, kind).encode()
    assert isinstance(json_utf8(content, kind), bytes)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the alphabets are made at first use
@given(
    st.sampled_from(["koi8-r", "cp1251", "big5", "iso-8859-7", "gb18030", "utf-16le"]), st.data()
)
def test_texts_come_back(charset: str, data: st.DataObject) -> None:
    text = data.draw(st.text(st.characters(codec=charset), max_size=40))
    kind = f"application/json; charset={charset}"
    body = json.dumps(text, ensure_ascii=False).encode(charset)
    assert json.loads(json_utf8(body, kind)) == text
    if not text.startswith(("\ufeff", "\ufffe")):
        assert text_of(text.encode(charset), kind) == text


def test_utf8_costs_no_copy() -> None:
    body = b'{"name":"Ada"}'
    for kind in (
        None,
        "application/json",
        "application/json; charset=utf-8",
        "text/json;charset=UTF8",
    ):
        assert json_utf8(body, kind) is body


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Ungültige Größe".encode(), "Ungültige Größe"),
        ("Ungültige Größe".encode("latin-1"), "Ungültige Größe"),
        (b"plain", "plain"),
    ],
)
def test_header_values_are_utf8_where_they_are_that(
    api: Make, server: Server, raw: bytes, text: str
) -> None:
    head = b"HTTP/1.1 400 No\r\nX-Other: caf\xe9\r\nX-Error: %s\r\nContent-Length: 0\r\n\r\n" % raw
    server.on("/x", Answer(raw=head))
    made = api(errors=Errors(message_path=("header.x-error",)))
    with pytest.raises(ApiError) as caught:
        made.call(call())
    error: Any = caught.value
    assert (error.message, error.headers["x-error"]) == (text, text)
    assert made.raw(call()).headers["X-Error"] == text
    assert made.raw(call()).headers["X-Other"] == "café"


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("windows-31j", "cp932"), ("windows-874", "cp874"), ("DOS-866", "cp866"), ("win-1251", "cp1251"),
        ("iso-8859-8-i", "iso8859_8"), ("iso88591", "latin_1"), ("iso_8859-15", "iso8859_15"), ("windows-949", "cp949"),
        ("windows-936", "gbk"), ("cn-big5", "big5"), ("koi8-ru", "koi8_u"), ("x-mac-ukrainian", "mac_cyrillic"),
    ],
)  # fmt: skip
def test_names_that_only_the_web_has(charset: str, codec: str) -> None:
    assert declared_codec(f"text/plain; charset={charset}") == codec
