"""XML as values: what is kept, what is told apart, what is refused."""

from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.runtime.definition import Xml
from callwright.runtime.model import Model
from callwright.runtime.reading.drift import parse
from callwright.runtime.reading.xml import XmlError, read_xml, xml_text, xml_value
from tests.runtime.xml_documents import documents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<a><b>x</b></a>", {"b": "x"}),
        ("<a><b>x</b><b>y</b></a>", {"b": ["x", "y"]}),
        ("<a><b/><c></c><d> \n</d></a>", {"b": None, "c": None, "d": None}),
        ('<a id="1"/>', {"@id": "1"}),
        ('<a id=""><b x="1">t</b></a>', {"@id": "", "b": {"@x": "1", "#text": "t"}}),
        ("<a>x</a>", "x"),
        ("<a/>", ""),
        ("<a>\n  <b>\n    x\n  </b>\n</a>", {"b": "x"}),
        ("<a><b>\u00a0x\u00a0</b></a>", {"b": "\u00a0x\u00a0"}),
        ('<a><b xml:space="preserve"> x </b></a>', {"b": {"@space": "preserve", "#text": " x "}}),
        (
            '<a xml:space="preserve"> <b> x </b><c xml:space="default"> y </c> </a>',
            {"@space": "preserve", "b": " x ", "c": {"@space": "default", "#text": "y"}},
        ),
        ("<a><b><![CDATA[1 < 2 & <i>]]></b></a>", {"b": "1 < 2 & <i>"}),
        ("<a><b>&lt;&amp;&#xe9;&#128512;</b></a>", {"b": "<&é😀"}),
        ("<a><!-- no --><b>x<!-- no -->y</b><?no no?></a>", {"b": "xy"}),
        ('<a xmlns:i="u"><b i:nil="false"/></a>', {"b": {"@nil": "false"}}),
        ('<a xmlns:xsi="u"><b xsi:nil="true"/></a>', {"b": None}),
        ('<a xmlns:xsi="u"><b c="" xsi:nil="true"/></a>', {"b": {"@c": "", "@nil": "true"}}),
    ],
)
def test_an_element_is_what_is_in_it(text: str, value: object) -> None:
    assert xml_value(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('<n:a xmlns:n="u"><n:b n:c="1"/></n:a>', {"b": {"@c": "1"}}),
        ('<a xmlns="u"><b/></a>', {"b": None}),
        # what would be the same without prefixes keeps them
        ('<a xmlns:n="u"><b>1</b><n:b>2</n:b></a>', {"b": "1", "n:b": "2"}),
        ('<a xmlns:n="u"><n:b>1</n:b><n:b>2</n:b></a>', {"b": ["1", "2"]}),
        ('<a xmlns:n="u" n:k="1" k="2"/>', {"@n:k": "1", "@k": "2"}),
    ],
)
def test_prefixes_go_unless_names_would_clash(text: str, value: object) -> None:
    assert xml_value(text.encode()) == value


def test_names_that_clash_somewhere_keep_their_prefix_everywhere() -> None:
    known = Xml(prefixed=("n:b", "@n:k"))
    assert xml_value(b'<a xmlns:n="u" n:k="1"><n:b>2</n:b><n:c/></a>', known) == {
        "@n:k": "1", "n:b": "2", "c": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<r><i>x</i></r>", {"i": ["x"], "top": []}),
        ("<r/>", {"i": [], "top": []}),
        ("<r><i/><top>y</top></r>", {"i": [None], "top": ["y"]}),
        ("<r>t</r>", {"i": [], "top": [], "#text": "t"}),
        # wherever the parent stands, so trees may be deeper than those that were seen
        ("<r><r><r><i/></r></r></r>", {"i": [], "top": [], "r": {"i": [], "r": {"i": [None]}}}),
        ("<other><i>x</i></other>", {"i": "x", "top": []}),
    ],
)
def test_what_may_be_repeated_is_a_list(text: str, value: object) -> None:
    assert xml_value(text.encode(), Xml(lists=("r/i", "/top"))) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "<p>Why <em>they</em> are &lt; great<br/></p>",
            {"em": "they", "br": None, "#text": "Why  are < great",
             "#markup": "Why <em>they</em> are &lt; great<br/>"},
        ),
        (
            '<p>a <q xmlns:n="u" n:c="&quot;&amp;"><b>b</b> c</q></p>',
            {"q": {"@c": '"&', "b": "b", "#text": "c"}, "#text": "a",
             "#markup": 'a <q xmlns:n="u" n:c="&quot;&amp;"><b>b</b> c</q>'},
        ),
    ],
)  # fmt: skip
def test_text_between_children_is_kept_in_its_place(text: str, value: object) -> None:
    assert xml_value(text.encode()) == value


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "iso-8859-1", "ISO-8859-15", "windows-1252", "utf-16", "utf-16-le", "utf-16-be", "cp850"],
)  # fmt: skip
@pytest.mark.parametrize("mark", [False, True])
def test_encodings(encoding: str, mark: bool) -> None:
    name = encoding.partition("-le")[0].partition("-be")[0]
    text = f"<?xml version='1.0' encoding='{name}'?><a><b>Köln</b></a>"
    marks = {
        "utf-16-le": codecs.BOM_UTF16_LE,
        "utf-16-be": codecs.BOM_UTF16_BE,
        "utf-8": codecs.BOM_UTF8,
    }
    body = (marks.get(encoding, b"") if mark else b"") + text.encode(encoding)
    assert xml_value(body) == {"b": "Köln"}
    again, codec = xml_text(body)
    assert again.encode(codec) == body


@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("shift_jis", "日本"),
        ("euc-jp", "日本"),
        ("gb18030", "中文"),
        ("big5", "中文"),
        ("euc-kr", "한국"),
    ],
)
def test_encodings_of_several_bytes(encoding: str, word: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><a>{word}</a>'.encode(encoding)
    assert xml_value(body) == word


def test_utf_16_that_is_declared_but_not_sent() -> None:
    assert xml_value(b'<?xml version="1.0" encoding="utf-16"?><a>x</a>') == "x"


LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10))
    + b"]><l>&l9;</l>"
)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not well-formed XML (line 1, column 1)"),
        (b"<a><b></a>", "not well-formed XML (line 1, column 9)"),
        (b"<a>\n<b>", "not well-formed XML (line 2, column 4)"),
        (b"<a/><b/>", "not well-formed XML (line 1, column 5)"),
        (b"<a>&nbsp;</a>", "not well-formed XML (line 1, column 4)"),
        (b'<a b="1" b="2"/>', "not well-formed XML (line 1, column 10)"),
        (b"<n:a/>", None),
        (b'{"a": 1}', "not well-formed XML (line 1, column 1)"),
        (b"<a>\xff</a>", "not UTF-8 at byte 4"),
        (b"\xff\xfe<\0a", "not UTF-16-LE at byte 5"),
        (b"<a>&#xd800;</a>", "not well-formed XML (line 1, column 4)"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "declares an encoding that is not supported"),
        (b'<?xml version="1.0" encoding="punycode"?><a/>', "declares an encoding that is not supported"),
        (b'<?xml version="1.0" encoding="zlib"?><a/>', "declares an encoding that is not supported"),
        (b"<a>" * 101 + b"</a>" * 101, "nested more than 100 levels deep"),
        (b"<!DOCTYPE a><a/>", "a DOCTYPE is refused: it could name files and entities"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "a DOCTYPE is refused: it could name files and entities"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
         "a DOCTYPE is refused: it could name files and entities"),
        (LAUGHS, "a DOCTYPE is refused: it could name files and entities"),
    ],
)  # fmt: skip
def test_what_is_refused(body: bytes, told: str | None) -> None:
    started = time.monotonic()
    if told is None:
        assert xml_value(body) == ""
    else:
        with pytest.raises(XmlError) as error:
            xml_value(body)
        assert str(error.value) == told
        assert error.value.__context__ is None
    assert time.monotonic() - started < 1


def test_the_deepest_is_read_with_lists_too() -> None:
    value = xml_value(b"<a><b/>" * 99 + b"</a>" * 99, Xml(lists=("a/a", "a/b")))
    tree, drifts = parse(Tree, value, call="get_tree")
    depth = 1
    while tree.a:
        depth, tree = depth + 1, tree.a[0]
    assert (depth, tree.b, drifts) == (99, [None], ())


class Tree(Model):
    """A type that holds itself."""

    a: list[Tree]
    b: list[str | None]


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(body: bytes) -> None:
    for data in (body, b"<a>" + body + b"</a>", b"<?xml version='1.0' encoding='" + body):
        try:
            value = xml_value(data)
        except XmlError:
            continue
        assert isinstance(value, dict | str)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [t for item in value for t in _texts(item)]
    if isinstance(value, dict):
        return [t for k, v in value.items() if k != "#markup" for t in _texts(v)]
    return []


@given(documents())
def test_no_text_and_no_attribute_is_lost(text: str) -> None:
    value = xml_value(text.encode())
    root = read_xml(text.encode())
    meant: list[str] = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        meant += element.attributes.values()
        own = "".join(c for c in element.content if isinstance(c, str)).strip(" \t\r\n")
        meant += [own] if own else []
        waiting += element.children
    assert sorted(t for t in _texts(value) if t) == sorted(t for t in meant if t)
