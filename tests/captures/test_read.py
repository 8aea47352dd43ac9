"""What lies in a captures folder becomes captures or diagnostics, never an exception."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from callwright.captures import meta
from callwright.captures.files import META_SUFFIX, CaptureName, parse_name
from callwright.captures.meta import META_KEYS
from callwright.captures.model import Capture
from callwright.captures.read import read_captures
from callwright.captures.redact import RedactedCapture
from callwright.captures.write import write_capture
from callwright.diagnostics import Diagnostic, Severity
from callwright.ir.nodes import Requests
from callwright.runtime.definition import Call, Response
from tests.captures.conftest import make_request, make_requests, make_sample


def put(folder: Path, name: str, body: bytes | str = b"{}") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body.encode() if isinstance(body, str) else body)


def read(folder: Path, requests: Requests) -> tuple[tuple[Capture, ...], tuple[Diagnostic, ...]]:
    return read_captures(folder, folder.parents[2], requests)


def only(folder: Path, requests: Requests) -> Diagnostic:
    found = read(folder, requests)[1]
    assert len(found) == 1, [d.render() for d in found]
    return found[0]


def test_a_missing_folder_holds_no_captures(folder: Path, requests: Requests) -> None:
    folder.rmdir()
    assert read(folder, requests) == ((), ())


def test_captures_come_in_the_order_of_calls_samples_and_pages(
    folder: Path, requests: Requests
) -> None:
    put(folder, "get_thing/example.200.json")
    put(folder, "list_things/two_pages.200.p2.json")
    put(folder, "list_things/two_pages.200.p1.json")
    put(folder, "list_things/example.404.json")
    captures, found = read(folder, requests)
    assert found == ()
    assert [(c.call, c.sample, c.status, c.page) for c in captures] == [
        ("list_things", "example", 404, None),
        ("list_things", "two_pages", 200, 1),
        ("list_things", "two_pages", 200, 2),
        ("get_thing", "example", 200, None),
    ]
    assert captures[0].path == "specs/acme/captures/list_things/example.404.json"
    assert captures[0].source == "manual"


def test_the_meta_file_says_where_a_capture_comes_from(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/example.200.json", '{"a": 1.50}')
    put(
        folder,
        "get_thing/example.200.meta.yaml",
        "source: live\ncaptured_at: 2026-09-02T10:00:00Z\nenvironment: development\n"
        "headers: {content-type: application/json, link: [a, b]}\nrequest: {method: GET, url: 'http://h/x'}\n",
    )
    (capture,), found = read(folder, requests)
    assert found == ()
    assert capture.body == b'{"a": 1.50}'
    assert (capture.source, capture.environment) == ("live", "development")
    assert capture.captured_at == "2026-09-02T10:00:00Z"
    assert capture.content_type == "application/json"
    assert capture.headers == (("content-type", "application/json"), ("link", "a"), ("link", "b"))
    assert capture.request == {"method": "GET", "url": "http://h/x"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("example.200.json", "json"),
        ("example.200.jsonl", "jsonl"),
        ("example.200.sse", "sse"),
        ("example.200.xml", "xml"),
        ("example.200.txt", "text"),
        ("example.200.png", "binary"),
        ("example.200.tar.gz", "binary"),
    ],
)
def test_the_extension_says_the_kind(
    folder: Path, requests: Requests, name: str, kind: str
) -> None:
    put(folder, f"get_thing/{name}", b"<a/>" if kind == "xml" else b"{}")
    (capture,), found = read(folder, requests)
    assert found == ()
    assert capture.kind == kind


def test_an_empty_capture_has_no_bytes(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/example.204.empty", b"")
    assert read(folder, requests)[0][0].body == b""
    put(folder, "get_thing/example.204.empty", b"x")
    assert only(folder, requests).code == "capture-not-empty"


@pytest.mark.parametrize(
    ("body", "line", "column", "reason"),
    [
        (b'{"a": 1,\n "b": }', 2, 7, "not valid JSON: expecting value"),
        (b"", 1, 1, "the file is empty; JSON was expected"),
        (b'{"a": NaN}', 1, 7, "NaN is not JSON"),
        (b'[1, -Infinity]', 1, 5, "-Infinity is not JSON"),
        (b'{"a": 1e400}', 1, 7, "1e400 does not fit a double; JSON libraries would change it"),
        (b'{"a": 1e-400}', 1, 7, "1e-400 does not fit a double; JSON libraries would change it"),
        (b'["ok", "\\ud800"]', 1, 8, "a lone surrogate: half of a character, which no JSON library keeps"),
        (b'{"\\udc00": 1}', 1, 2, "a lone surrogate: half of a character, which no JSON library keeps"),
        (b"[" * 300 + b"]" * 300, 1, 201, "nested more than 200 levels deep"),
        (b'{"a":\n "\xff"}', 2, 3, "not UTF-8"),
        (b"[" + b"1" * 5000 + b"]", 1, 2, "a number of 5000 digits cannot be read"),
    ],
)  # fmt: skip
def test_what_json_libraries_do_not_keep_is_refused_with_its_place(
    folder: Path, requests: Requests, body: bytes, line: int, column: int, reason: str
) -> None:
    put(folder, "get_thing/example.200.json", body)
    captures, (found,) = read(folder, requests)
    assert captures == ()
    assert found.severity is Severity.ERROR
    assert found.span is not None
    assert (found.span.line, found.span.column, found.message) == (line, column, reason)
    assert found.span.file == "specs/acme/captures/get_thing/example.200.json"


@pytest.mark.parametrize(
    ("body", "way"),
    [
        (b'{"a": NaN}', "put a value there that is kept"), (b'{"a": 1e400}', "put a value there that is kept"),
        (b'{"a": "\\ud800"}', "put a value there that is kept"), (b'{"a" 1}', "correct the file, or store it"),
    ],
)  # fmt: skip
def test_the_way_out_is_one(folder: Path, requests: Requests, body: bytes, way: str) -> None:
    put(folder, "get_thing/example.200.json", body)
    assert only(folder, requests).hint.startswith(way)


def test_what_json_libraries_do_not_keep_is_kept_as_text(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/example.200.txt", b'{"a": NaN, "b": "\\ud800"}')
    captures, found = read(folder, requests)
    assert ([c.kind for c in captures], found) == (["text"], ())


@pytest.mark.parametrize(
    ("body", "line", "column", "place"),
    [
        (b'{"a":1,"a":2}', 1, 8, '"a" stands twice in one object ($.a)'),
        (
            b'[{"a": 1, "b": {"a": 1}},\n {"a": 2, "b": {"x y": 1, "z": [], "x y": 1}}]',
            2, 36, '"x y" stands twice in one object ($[1].b[\'x y\'])',
        ),
        (b'{"x y": [{}, {"\\u0061": {"a": 1}, "a": {}}]}', 1, 35, '"a" stands twice in one object ($[\'x y\'][1].a)'),
        (b'{"\\u001b": 1, "\\u001b": 2}', 1, 15, '"\\u001b" stands twice in one object ($[\'\\x1b\'])'),
    ],
)  # fmt: skip
def test_a_key_that_stands_twice_is_refused_with_its_place(
    folder: Path, requests: Requests, body: bytes, line: int, column: int, place: str
) -> None:
    put(folder, "get_thing/example.200.json", body)
    found = only(folder, requests)
    assert (found.severity, found.code) == (Severity.ERROR, "capture-key-twice")
    assert found.span is not None
    assert (found.span.line, found.span.column, found.message) == (line, column, f"the key {place}")
    assert "untyped" in found.hint


@pytest.mark.parametrize(
    ("response", "status", "refused"),
    [
        (Response(), 200, True),
        (Response(untyped=True), 200, False),
        (Response(untyped=True), 404, True),
        (Response(value=1), 200, False),
    ],
)
def test_a_key_may_stand_twice_in_what_is_not_typed(
    folder: Path, response: Response, status: int, refused: bool
) -> None:
    call = Call(name="get_thing", method="GET", path="/thing", data=True, response=response)
    requests = make_requests(make_request(call, make_sample("example")))
    put(folder, f"get_thing/example.{status}.json", '{"a": 1, "a": 2}')
    assert bool(read(folder, requests)[1]) == refused


@pytest.mark.parametrize(
    ("body", "line", "column", "reason"),
    [
        (b"<a>\n <b></a>", 2, 7, "not well-formed XML"),
        (b"", 1, 1, "not well-formed XML"),
        (b"<!DOCTYPE a><a/>", 1, 1, "a DOCTYPE is refused: it could name files and entities"),
        (b"<a>\xff</a>", 1, 1, "not UTF-8 at byte 4"),
        (b"<a>" * 200, 1, 1, "nested more than 100 levels deep"),
    ],
)
def test_what_is_no_xml_is_refused_with_its_place(
    folder: Path, requests: Requests, body: bytes, line: int, column: int, reason: str
) -> None:
    put(folder, "get_thing/example.200.xml", body)
    captures, (found,) = read(folder, requests)
    assert captures == ()
    assert (found.severity, found.code) == (Severity.ERROR, "capture-not-xml")
    assert found.span is not None
    assert (found.span.line, found.span.column, found.message) == (line, column, reason)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_xml_is_read_in_its_encoding(folder: Path, requests: Requests, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    body = f"<?xml version='1.0' encoding='{declared}'?><a>é</a>".encode(encoding)
    put(folder, "get_thing/example.200.xml", body)
    (capture,), found = read(folder, requests)
    assert found == ()
    assert capture.body == body


@pytest.mark.parametrize(
    "body", [b'"\\ud83d\\ude00"', b"[0.0, 0e5, -0.0, 1E3]", b'"\\\\ud800"', b"[" * 150 + b"]" * 150]
)
def test_unusual_json_is_no_reason_to_refuse(folder: Path, requests: Requests, body: bytes) -> None:
    put(folder, "get_thing/example.200.json", body)
    (capture,), found = read(folder, requests)
    assert found == ()
    assert capture.body == body


def test_a_byte_order_mark_is_left_out(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/example.200.json", b"\xef\xbb\xbf[1]")
    assert read(folder, requests)[0][0].body == b"[1]"


def test_a_broken_line_of_json_lines_is_named(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/example.200.jsonl", '{"a": "\u2028"}\n\n{"a": \n')
    found = only(folder, requests)
    assert found.span is not None
    assert found.span.line == 3


def test_an_unknown_call_is_an_error_that_proposes_the_right_one(
    folder: Path, requests: Requests
) -> None:
    put(folder, "get_thin/example.200.json")
    found = only(folder, requests)
    assert found.severity is Severity.ERROR
    assert (
        found.message
        == "specs/acme/captures/get_thin: no call is named 'get_thin' (did you mean get_thing?)"
    )


@given(
    st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True),
    st.integers(100, 599),
    st.none() | st.integers(1, 999_999),
    st.sampled_from(["json", "xml", "txt", "empty", "png", META_SUFFIX]),
    st.integers(1, 999_999),
)
def test_names_are_read_as_they_are_written(
    sample: str, status: int, page: int | None, extension: str, version: int
) -> None:
    name = CaptureName(sample, status, page, extension, version)
    assert parse_name(str(name)) == name


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["all"], " (was it renamed to example?)"),
        (["exampel", "example"], " (did you mean example?)"),
        (["all", "example"], ""),
    ],
)
def test_a_capture_without_a_sample_is_named_with_what_to_do(
    folder: Path, requests: Requests, names: list[str], meant: str
) -> None:
    for name in names:
        put(folder, f"get_thing/{name}.200.json")
    captures, (found,) = read(folder, requests)
    assert len(captures) == len(names)
    assert found.severity is Severity.WARNING
    assert found.message == (
        f"specs/acme/captures/get_thing/{names[0]}.200.json: the call has no sample {names[0]!r}{meant};"
        " its types still count"
    )
    assert found.hint.startswith("delete the file, rename it after a sample, or add")


@pytest.mark.parametrize("name", ["example.json", "Example.200.json", "example.999.json", "example.200.p0.json", "example.200.p1.meta.yaml", "x", "example.200.v1.json", "example.200.v02.json", "example.200.v0.json", "example.200.p1.v2.json", "example.200.v2.p1.meta.yaml", "example.v2.200.json", "example.200.v2"])  # fmt: skip
def test_a_name_that_says_nothing_is_an_error(folder: Path, requests: Requests, name: str) -> None:
    put(folder, f"get_thing/{name}")
    assert only(folder, requests).code == "capture-file-name"


def test_a_wrong_version_is_told_how_versions_are_numbered(
    folder: Path, requests: Requests
) -> None:
    put(folder, "get_thing/example.200.v1.json")
    assert "numbered v2, v3, …, the first has no number" in only(folder, requests).message


def test_versions_of_a_response_are_captures_of_their_own(folder: Path, requests: Requests) -> None:
    for version in ("", ".v2", ".v10"):
        put(folder, f"get_thing/example.200{version}.json", '{"a": 1}')
        put(folder, f"get_thing/example.200{version}.meta.yaml", f"environment: 'e{version}'\n")
        put(folder, f"list_things/two_pages.200{version}.p2.json")
        put(folder, f"list_things/two_pages.200{version}.p1.json")
    captures, found = read(folder, requests)
    assert found == ()
    assert [(c.version, c.page, c.environment) for c in captures] == [
        (1, 1, None), (1, 2, None), (2, 1, None), (2, 2, None), (10, 1, None), (10, 2, None),
        (1, None, "e"), (2, None, "e.v2"), (10, None, "e.v10"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["example.200.v2.json", "example.200.v3.p1.json", "example.404.v2.txt"])  # fmt: skip
def test_a_version_without_a_first_one_is_told(folder: Path, requests: Requests, name: str) -> None:
    put(folder, f"get_thing/{name}")
    if "404" in name:
        put(folder, "get_thing/example.200.json")
    found = only(folder, requests)
    assert found.code == "capture-version"
    first = name.replace(".v2", "").replace(".v3", "")
    assert f"get_thing/{name}: " in found.message
    assert found.hint == f"rename it to {first}, or delete it"


def test_a_version_has_one_body_and_all_its_pages(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/example.200.json")
    put(folder, "get_thing/example.200.v2.json")
    put(folder, "get_thing/example.200.v2.xml", "<a/>")
    assert only(folder, requests).code == "capture-twice"
    (folder / "get_thing/example.200.v2.xml").unlink()
    put(folder, "get_thing/example.200.v3.meta.yaml", "source: live\n")
    assert "example.200.v3.meta.yaml has no body" in only(folder, requests).message


def test_hidden_files_are_nobodys_business(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/.example.200.json.tmp", b"{")
    put(folder, ".DS_Store", b"\0")
    assert read(folder, requests) == ((), ())


def test_two_bodies_for_one_answer(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/example.200.json")
    put(folder, "get_thing/example.200.txt")
    assert only(folder, requests).code == "capture-twice"


def test_a_page_is_missing(folder: Path, requests: Requests) -> None:
    put(folder, "list_things/two_pages.200.p1.json")
    put(folder, "list_things/two_pages.200.p3.json")
    found = only(folder, requests)
    assert found.code == "capture-page-missing"
    assert found.hint == "callwright initialize acme.list_things.two_pages"


def test_a_link_that_leads_outside_is_not_followed(
    folder: Path, requests: Requests, tmp_path: Path
) -> None:
    (tmp_path / "secret.json").write_text("{}")
    put(folder, "get_thing/other.txt")
    (folder / "get_thing" / "other.txt").unlink()
    (folder / "get_thing" / "example.200.json").symlink_to(tmp_path / "secret.json")
    captures, (found,) = read(folder, requests)
    assert captures == ()
    assert found.code == "capture-outside"


_BOMB = "\n".join(
    ["headers:", "  a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    + [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
)


@pytest.mark.parametrize(
    "text",
    [
        "a: [", "- 1\n- 2", "a: \0", "[" * 5000, "text", "x: " + "{a: " * 100, "headers: " + "[" * 100 + "]" * 100,
        _BOMB, _BOMB.replace("headers", "request"), _BOMB.replace("headers", "source"),
        "source: live\nsource: docs", "headers: {a: b, a: c}", "<<: {source: live}", "source: !!python/name:os.system",
        "source: [live]", "source: {a: b}", "captured_at: [1]", "headers: [a]", "headers: text", "headers: {a: {b: c}}",
        "headers: {a: [[b]]}", "request: text", "request: {url: [a]}", "request: {headers: {a: {b: c}}}",
        "call_digest: {}", "base_path: []", "source: *x", "--- {}\n--- {}", "? [a]\n: b", b"source: \xff".decode("latin-1"),
    ],
)  # fmt: skip
def test_a_broken_meta_file_is_a_diagnostic(folder: Path, requests: Requests, text: str) -> None:
    put(folder, "get_thing/example.200.json")
    encoded = text.encode("latin-1") if "\xff" in text else text
    put(folder, "get_thing/example.200.meta.yaml", encoded)
    captures, found = read(folder, requests)
    assert len(captures) == 1
    assert {(d.code, d.severity) for d in found} == {("capture-meta", Severity.ERROR)}
    assert all("get_thing/example.200.meta.yaml" in d.render() for d in found)
    assert all(len(d.render()) < 1000 for d in found)


def test_a_meta_file_has_a_largest_size(
    folder: Path, requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta, "MAX_BYTES", 100)
    put(folder, "get_thing/example.200.json")
    put(folder, "get_thing/example.200.meta.yaml", "source: live\n" + "#" * 100)
    assert "example.200.meta.yaml: larger than 100 bytes" in only(folder, requests).message


@pytest.mark.parametrize("text", ["", "# nothing\n", "source:\nheaders:\nrequest: ~\n", "null"])
def test_a_meta_file_may_say_nothing(folder: Path, requests: Requests, text: str) -> None:
    put(folder, "get_thing/example.200.json")
    put(folder, "get_thing/example.200.meta.yaml", text)
    (capture,), found = read(folder, requests)
    assert found == ()
    assert (capture.source, capture.headers, capture.request) == ("manual", (), None)


def test_a_meta_file_alone_is_told(folder: Path, requests: Requests) -> None:
    put(folder, "get_thing/example.200.meta.yaml", "source: live\n")
    assert only(folder, requests).code == "capture-without-body"


def test_unknown_keys_of_a_meta_file_are_told_at_their_place(
    folder: Path, requests: Requests
) -> None:
    put(folder, "get_thing/example.200.json")
    text = "source: live\n# by hand\n  \nhaeders: {X-A: a}\nnotes: mine\n'>>': {status: 200}\n"
    put(folder, "get_thing/example.200.meta.yaml", text)
    captures, found = read(folder, requests)
    assert len(captures) == 1
    place = "specs/acme/captures/get_thing/example.200.meta.yaml"
    known = f"known keys: {', '.join(META_KEYS)}"
    assert [d.render() for d in found] == [
        f"{place}:4:1: error[capture-meta]: unknown key haeders (did you mean headers?)\n"
        "    haeders: {X-A: a}\n"
        "    ^^^^^^^",
        f"{place}:5:1: error[capture-meta]: unknown key notes\n"
        "    notes: mine\n"
        "    ^^^^^\n"
        f"    = {known}",
        f"{place}:6:1: error[capture-meta]: unknown key >>\n"
        "    '>>': {status: 200}\n"
        "    ^^^^\n"
        f"    = {known}",
    ]


def test_what_is_written_is_known(folder: Path) -> None:
    capture = Capture(
        call="get_thing", sample="example", status=200, page=None, kind="json", path="", body=b"{}",
        source="live", captured_at="2026-01-01T00:00:00Z", environment="live", auth="key",
        call_digest="d", base_path="", auth_digest="a", headers=(("X-A", "a"),), request={"url": "/"},
        size=2,
    )  # fmt: skip
    second = replace(capture, page=2, headers=(("X-A", "b"),))
    pages = [replace(capture, page=1), second]
    write_capture(folder, [RedactedCapture(capture=page, redacted={}) for page in pages])
    (written,) = folder.glob("*/*.meta.yaml")
    assert set(yaml.safe_load(written.read_text())) == set(META_KEYS)
