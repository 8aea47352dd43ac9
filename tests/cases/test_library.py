"""The client of the case `library` against a server that answers in XML, synchronously and asynchronously."""

from __future__ import annotations

import asyncio
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from callwright import commands
from callwright.project.settings import load_settings
from tests.cases.test_cases import CASES, project
from tests.imported import imported

CAPTURES = CASES / "library" / "captures"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The generated package."""
    root = project(tmp_path_factory.mktemp("library"), "library")
    commands.generate(load_settings(root))
    with imported(root / "generated", "library") as package:
        yield package


class Provider:
    """Answers every request with what was set last."""

    def __init__(self) -> None:
        self.answer: tuple[int, str | None, bytes] = 200, "application/xml", b""
        self.bodies: list[bytes] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                provider.bodies.append(self.rfile.read(int(self.headers.get("content-length", 0))))
                status, kind, body = provider.answer
                self.send_response(status)
                if kind is not None:
                    self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def says(self, body: bytes | str, status: int = 200, kind: str | None = "text/xml") -> None:
        self.answer = status, kind, body.encode() if isinstance(body, str) else body

    def shows(self, capture: str) -> None:
        """Answer with a capture, under its status."""
        self.says((CAPTURES / capture).read_bytes(), int(capture.split(".")[1]))


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    found = Provider()
    threading.Thread(target=found.http.serve_forever, daemon=True).start()
    yield found
    found.http.shutdown()
    found.http.server_close()


Ask = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, library: Any, provider: Provider) -> Ask:
    """``ask("list_books", "poetry")`` calls a method; ``raw=True`` through ``raw``."""
    url = f"http://127.0.0.1:{provider.http.server_port}"

    def sync(name: str, *args: Any, raw: bool, on_drift: Any, **named: Any) -> Any:
        with library.Library(base_url=url, on_drift=on_drift) as api:
            method = getattr(api, name)
            return api.raw(method, *args, **named) if raw else method(*args, **named)

    async def asynchronous(name: str, *args: Any, raw: bool, on_drift: Any, **named: Any) -> Any:
        async with library.AsyncLibrary(base_url=url, on_drift=on_drift) as api:
            method = getattr(api, name)
            return await (api.raw(method, *args, **named) if raw else method(*args, **named))

    def call(
        name: str, *args: Any, raw: bool = False, on_drift: Any = "raise", **named: Any
    ) -> Any:
        if request.param == "sync":
            return sync(name, *args, raw=raw, on_drift=on_drift, **named)
        return asyncio.run(asynchronous(name, *args, raw=raw, on_drift=on_drift, **named))

    return call


def dumped(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True, exclude_unset=True)


def test_lists_of_several_of_one_and_of_none(ask: Ask, provider: Provider) -> None:
    provider.shows("list_books/several.200.xml")
    shelf = ask("list_books", "poetry")
    assert (shelf.count, shelf.updated.year, len(shelf.book)) == ("3", 2026, 3)
    first, second, third = shelf.book
    assert (first.id, first.lang, first.title.text) == ("b1", "en", "Leaves of Grass")
    assert (first.price.text, first.price.currency) == ("12.50", "USD")
    assert first.note == "Signed & numbered <1/50>"
    assert (second.price.text, second.price.currency, second.note) == ("9", None, None)
    assert second.author == ["Emily Dickinson", "T. W. Higginson"]
    assert second.title.markup == "Poems <i>and</i> Letters"
    assert third.author == []
    provider.shows("list_books/one.200.xml")
    (only,) = ask("list_books", "maps").book
    assert (only.title.text, only.author) == ("Atlas", ["G. Mercator"])
    provider.shows("list_books/empty.200.xml")
    assert ask("list_books", "new").book == []


def test_the_selected_part_of_a_feed_with_two_vocabularies(ask: Ask, provider: Provider) -> None:
    provider.shows("search/found.200.xml")
    first, second = ask("search", q="sea")
    assert (first.atom_title, first.media_title) == ("Sea Shanties", "Cover of Sea Shanties")
    assert (first.link.href, first.link.xlink_href) == ("/books/7", "urn:book:7")
    # no other title beside it, and yet the same name
    assert (second.atom_title, second.media_title) == ("Sea Charts", None)
    provider.shows("search/nothing.200.xml")
    assert ask("search", q="?") == []


def test_trees_deeper_than_what_was_captured(ask: Ask, provider: Provider) -> None:
    def category(depth: int) -> str:
        inner = category(depth - 1) if depth else ""
        return f'<category id="{depth}" name="n">{inner}</category>'

    provider.says(category(40))
    found, depth = ask("get_category", 1), 0
    while found.category:
        (found,), depth = found.category, depth + 1
    assert depth == 40


def test_declared_types_are_read_from_texts(ask: Ask, provider: Provider) -> None:
    provider.shows("add_order/plain.200.xml")
    order = ask("add_order", book="A & B <1>")
    assert provider.bodies[-1] == b"<order><book>A &amp; B &lt;1&gt;</book></order>"
    assert (order.number, str(order.total), order.paid, order.weight) == (1042, "12.50", True, 0.4)
    assert (order.ordered.timestamp(), order.parcels.parcel) == (1793700000, [])
    assert (order.state, order.remark) == ("open", None)


def test_types_of_the_spec(ask: Ask, provider: Provider) -> None:
    provider.shows("get_invoice/paid.200.xml")
    invoice = ask("get_invoice", 1)
    assert (str(invoice.total.amount), invoice.total.currency) == ("100.10", "EUR")
    (line,) = invoice.line
    assert (line.number, line.tag) == (1, ["new"])
    assert str(line.price.amount) == "100.100000000000000001"
    assert "100.100000000000000001" in invoice.model_dump_json()
    provider.says(
        '<invoice><total currency="EUR"><amount>.5</amount></total><line><number>2</number>'
        '<price currency="EUR"><amount>+1e2</amount></price></line></invoice>'
    )
    again = ask("get_invoice", 2)
    assert (str(again.total.amount), again.line[0].tag) == ("0.5", [])


def test_texts_plain_data_and_nothing(ask: Ask, provider: Provider) -> None:
    provider.shows("get_motd/today.200.xml")
    assert ask("get_motd") == "Open until six"
    provider.says("<string/>")
    assert ask("get_motd") == ""
    provider.shows("get_settings/all.200.xml")
    assert ask("get_settings") == {"setting": [{"@name": "loans", "#text": "5"}]}
    provider.shows("get_usage/now.200.xml")
    assert ask("get_usage").name == "Bibliothek Köln"
    provider.says("", 204, None)
    assert ask("get_usage") is None


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("iso-8859-1", b""), ("windows-1252", b"")],
)  # fmt: skip
def test_encodings(ask: Ask, provider: Provider, encoding: str, mark: bytes) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?><usage><name>Köln</name></usage>"
    provider.says(mark + text.encode(encoding))
    assert ask("get_usage").name == "Köln"


def test_what_the_provider_changed_is_told_and_kept(ask: Ask, provider: Provider) -> None:
    provider.says(
        '<books count="x" by="me"><book new="1"><title lang="de">T</title><price>1</price>'
        "<note kind='n'>N<sub/></note><shelf/></book>loose</books>"
    )
    found: list[Any] = []
    shelf = ask("list_books", "maps", on_drift=found.append)
    assert [(d.path, d.expected, d.got) for d in found] == [
        ("$['@updated']", "datetime", "absent"),
        ("$.book[*]['@id']", "str", "absent"),
        ("$.book[*].note", "str | None", "object"),
    ]
    assert (shelf.count, shelf.book[0].title.text, shelf.book[0].price.text) == ("x", "T", "1")
    assert dumped(shelf) == {
        "@count": "x",
        "@by": "me",
        "book": [
            {
                "@new": "1",
                "title": {"@lang": "de", "#text": "T"},
                "price": {"#text": "1"},
                "note": {"@kind": "n", "sub": None, "#text": "N"},
                "shelf": None,
                "author": [],
            }
        ],
        "#text": "loose",
        "#markup": '<book new="1"><title lang="de">T</title><price>1</price>'
        '<note kind="n">N<sub/></note><shelf/></book>loose',
    }


def test_a_document_with_nothing_in_it_is_an_object_all_the_same(
    ask: Ask, provider: Provider
) -> None:
    for text in ("<category/>", "<category>text</category>"):
        provider.says(text)
        found: list[Any] = []
        tree = ask("get_category", 1, on_drift=found.append)
        assert tree.category == []
        assert [d.path for d in found] == ["$['@id']", "$['@name']"]


def test_errors_are_typed(ask: Ask, library: Any, provider: Provider) -> None:
    provider.shows("list_books/unknown.404.xml")
    with pytest.raises(library.NotFoundError) as unknown:
        ask("list_books", "nowhere")
    error = unknown.value
    assert str(error) == (
        "list_books: 404 Not Found: There is no shelf nowhere (code NoSuchShelf, request id 4442587FB7D0A2F9)"
    )
    assert error.body.hint == ["poetry", "maps"]
    provider.says("<Error><Code>NoSuchShelf</Code><Message>m</Message><Hint>x</Hint></Error>", 404)
    with pytest.raises(library.NotFoundError) as again:
        ask("list_books", "nowhere")
    assert again.value.body.hint == ["x"]
    assert pickle.loads(pickle.dumps(again.value)).body.hint == ["x"]
    provider.shows("list_books/locked.200.xml")
    with pytest.raises(library.StatusError) as locked:
        ask("list_books", "cellar")
    assert (locked.value.status_code, locked.value.code) == (200, "Locked")
    assert locked.value.body == {
        "@status": "failed", "Code": "Locked", "Message": "The cellar is locked", "Hint": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><p>no</p></html>",
        "<html><body>Bad gateway</body></html>",
        "<html><hr></html>",
        "no",
        "",
        "<Error><Code>",
    ],
)
def test_pages_are_no_bodies_of_errors(
    ask: Ask, library: Any, provider: Provider, page: str
) -> None:
    provider.says(page, 404, "text/html")
    with pytest.raises(library.NotFoundError) as error:
        ask("list_books", "nowhere")
    assert (error.value.body, error.value.text) == (None, page)


def test_errors_in_json_beside_those_in_xml(ask: Ask, library: Any, provider: Provider) -> None:
    provider.shows("get_motd/none.404.json")
    with pytest.raises(
        library.NotFoundError, match=r"404 Not Found: Ask tomorrow \(code Closed\)"
    ) as error:
        ask("get_motd")
    assert error.value.body == library.models.NotFoundErrorBody(
        Code="Closed", Message="Ask tomorrow", Days=2
    )
    provider.shows("list_books/unknown.404.xml")
    with pytest.raises(library.NotFoundError) as other:
        ask("get_motd")
    assert isinstance(other.value.body, library.models.StatusErrorBody)


DOCTYPE = "a DOCTYPE is refused: it could name files and entities"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "expected XML, got an empty body"),
        (" \n", "expected XML, got an empty body"),
        (
            "<books>",
            "expected XML, got 7 bytes of text/xml: not well-formed XML (line 1, column 8)",
        ),
        (
            '{"a": 1}',
            "expected XML, got 8 bytes of text/xml: not well-formed XML (line 1, column 1)",
        ),
        (b"<a>\xff</a>", "expected XML, got 8 bytes of text/xml: not UTF-8 at byte 4"),
        ("<!DOCTYPE html><p/>", f"expected XML, got 19 bytes of text/xml: {DOCTYPE}"),
        (
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
            f"expected XML, got 66 bytes of text/xml: {DOCTYPE}",
        ),
        ("<a>" * 500, "expected XML, got 1500 bytes of text/xml: nested more than 100 levels deep"),
    ],
)
def test_what_is_no_xml(
    ask: Ask, library: Any, provider: Provider, body: bytes | str, told: str
) -> None:
    provider.says(body)
    with pytest.raises(library.UnexpectedBodyError) as error:
        ask("list_books", "poetry")
    assert str(error.value) == f"list_books: {told}"
    assert error.value.status_code == 200
    assert error.value.content == provider.answer[2]
    assert error.value.__context__ is None


def test_an_entity_bomb_is_refused_at_once(ask: Ask, library: Any, provider: Provider) -> None:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    provider.says(f'<!DOCTYPE l [<!ENTITY l0 "ha">{entities}]><l>&l11;</l>')
    started = time.monotonic()
    with pytest.raises(library.UnexpectedBodyError, match="DOCTYPE"):
        ask("list_books", "poetry")
    assert time.monotonic() - started < 2


def test_another_root_kind_and_a_missing_part(ask: Ask, library: Any, provider: Provider) -> None:
    provider.says('<string lang="en">x</string>')
    with pytest.raises(library.UnexpectedBodyError, match="get_motd: expected str, got object"):
        ask("get_motd")
    provider.says("<other/>")
    with pytest.raises(library.UnexpectedBodyError, match=r"search: the body has no \$\.entry"):
        ask("search", q="sea")


def test_raw_is_the_answer_as_it_came(ask: Ask, provider: Provider) -> None:
    body = (CAPTURES / "get_usage/now.200.xml").read_bytes()
    provider.says(body)
    answer = ask("get_usage", raw=True)
    assert (answer.status_code, answer.content) == (200, body)
    assert answer.parse().name == "Bibliothek Köln"
    provider.shows("list_books/unknown.404.xml")
    assert ask("list_books", "x", raw=True).status_code == 404
