"""Lists handed out page by page, by a server that counts its requests: every kind of cursor, and what may go wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from callwright import commands
from callwright.project.settings import load_settings
from tests.cases.test_cases import project

CASE = "paged"
BOOKS = [{"id": f"b{n}", "title": f"Book {n}", "year": 1900 + n} for n in range(1, 8)]


class Library:
    """A server whose ``answer`` gives status, headers and JSON of a request; ``requests`` are their targets."""

    def __init__(self) -> None:
        library = self
        self.requests: list[str] = []
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[dict[str, str]], tuple[int, dict[str, str], object]]

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                library.requests.append(self.path)
                library.bodies.append(json.loads(body) if body else None)
                library.headers.append(dict(self.headers))
                query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
                status, headers, answer = library.answer(query)
                content = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def library() -> Iterator[Library]:
    made = Library()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def client(package: Any, library: Library) -> Iterator[Any]:
    retry = package.Retry(attempts=2, max_wait=1)
    with package.Paged(base_url=library.url, retry=retry) as made:
        yield made


def books(query: dict[str, str]) -> tuple[int, dict[str, str], object]:
    ids = [b["id"] for b in BOOKS]
    start = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
    size = int(query.get("limit", 2))
    found = BOOKS[start : start + size]
    return 200, {}, {"data": found, "has_more": start + size < len(BOOKS)}


def test_items_come_page_by_page(client: Any, library: Library) -> None:
    library.answer = books
    pages = client.list_books(genre="sea")
    assert library.requests == []  # nothing is sent before it is needed
    iterator = iter(pages)
    assert next(iterator).title == "Book 1"
    assert library.requests == ["/books?genre=sea&limit=2"]
    assert [b.id for b in iterator] == ["b2", "b3", "b4", "b5", "b6", "b7"]
    assert library.requests[1:] == [
        f"/books?genre=sea&starting_after=b{n}&limit=2" for n in (2, 4, 6)
    ]
    assert len(list(pages)) == 7  # each iteration begins anew


async def _collected(pages: Any) -> list[Any]:
    return [item async for item in pages]


def test_the_same_on_an_event_loop(package: Any, library: Library) -> None:
    import asyncio

    async def run() -> None:
        async with package.AsyncPaged(base_url=library.url) as client:
            assert [b.id for b in await _collected(client.list_books(page_size=3))] == [
                b["id"] for b in BOOKS
            ]
            first = await client.list_books().first()
            assert first.id == "b1"
            pages = [page async for page in client.list_books(page_size=4).pages()]
            assert [len(page.items) for page in pages] == [4, 3]
            raw = await client.raw(client.list_books, page_size=4)
            assert raw.parse().next_cursor == "b4"

    library.answer = books
    asyncio.run(run())


def test_pages_can_be_read_one_at_a_time_and_resumed(client: Any, library: Library) -> None:
    library.answer = books
    first = next(client.list_books(page_size=3).pages())
    assert [b.id for b in first.items] == ["b1", "b2", "b3"]
    assert first.next_cursor == "b3"
    assert first.raw == {"data": BOOKS[:3], "has_more": True}
    assert first.total is None
    rest = client.list_books(page_size=3, cursor=first.next_cursor)
    assert [b.id for b in rest] == ["b4", "b5", "b6", "b7"]
    assert client.list_books().first().id == "b1"
    assert [b.id for b in client.list_books(max_pages=2)] == ["b1", "b2", "b3", "b4"]


def test_a_raw_response_is_that_of_the_first_page(client: Any, library: Library) -> None:
    library.answer = books
    raw = client.raw(client.list_books, page_size=3)
    assert raw.status_code == 200
    assert len(library.requests) == 1
    page = raw.parse()
    assert ([b.id for b in page.items], page.next_cursor) == (["b1", "b2", "b3"], "b3")


def test_pages_by_number(client: Any, library: Library) -> None:
    at = {"at": "2026-01-02T03:04:05Z", "kind": "lent"}
    library.answer = lambda query: (
        200, {}, {"events": [at | {"kind": query["page"]}] * 2, "pages": 3}
    )  # fmt: skip
    assert [e.kind for e in client.list_events()] == ["1", "1", "2", "2", "3", "3"]
    assert library.requests == ["/events?page=1", "/events?page=2", "/events?page=3"]
    last = [page.next_cursor for page in client.list_events(cursor="2").pages()]
    assert last == [3, None]


def test_an_empty_page_ends_pages_without_a_total(client: Any, library: Library) -> None:
    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], object]:
        items = [{"at": "2026-01-02T03:04:05Z", "kind": query["page"]}]
        return 200, {}, {"events": items if int(query["page"]) < 3 else None}

    library.answer = answer
    assert [e.kind for e in client.list_events()] == ["1", "2"]
    assert len(library.requests) == 3


def test_offsets(client: Any, library: Library) -> None:
    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], object]:
        start = int(library.headers[-1]["X-Offset"])
        found = [{"book": f"b{n}", "days": n} for n in range(5)][start : start + 2]
        return 200, {"X-Total": "5"}, found

    library.answer = answer
    assert [loan.days for loan in client.list_loans()] == [0, 1, 2, 3, 4]
    assert [h["X-Offset"] for h in library.headers] == ["0", "2", "4"]
    page = next(client.list_loans(cursor=2).pages())
    assert (page.total, page.next_cursor) == (5, 4)


def test_a_cursor_in_the_body_keeps_its_kind(client: Any, library: Library) -> None:
    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], object]:
        after = library.bodies[-1].get("page", {}).get("after", 0)
        body = {"data": [{"id": f"b{after}", "score": 1.5}], "after": after + 1, "more": after < 2}
        return 200, {}, body | {"found": 3}

    library.answer = answer
    pages = list(client.search(query="sea", sort="year", page_size=1).pages())
    assert [page.items[0].id for page in pages] == ["b0", "b1", "b2"]
    assert [page.next_cursor for page in pages] == [1, 2, None]
    assert pages[0].total == 3
    assert library.bodies[0] == {"query": "sea", "page": {"sort": "year", "limit": 1}}
    assert library.bodies[1] == {"query": "sea", "page": {"sort": "year", "after": 1, "limit": 1}}


def test_next_urls_from_links_and_bodies(client: Any, library: Library) -> None:
    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], object]:
        number = int(query.get("after", 0))
        link = {"Link": f'<?after={number + 1}&x=%20>; rel="next"'} if number == 0 else {}
        body = {"tags": [f"t{number}"], "next": "/tags?after=2" if number == 1 else ""}
        return 200, link, body

    library.answer = answer
    assert list(client.list_tags()) == ["t0", "t1", "t2"]
    assert library.requests == ["/tags", "/tags?after=1&x=%20", "/tags?after=2"]
    page = next(client.list_tags().pages())
    assert page.next_cursor == f"{library.url}/tags?after=1&x=%20"
    assert list(client.list_tags(cursor=page.next_cursor)) == ["t1", "t2"]


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.2:9/tags", "//evil.example/tags", "https://127.0.0.1/tags", "ftp://x/y"],
)
def test_a_next_url_of_another_origin_is_refused(
    package: Any, client: Any, library: Library, target: str
) -> None:
    library.answer = lambda query: (200, {}, {"tags": ["t"], "next": target})
    seen = []
    with pytest.raises(package.RedirectRefusedError, match=r"list_tags: the next page leads to "):
        seen.extend(client.list_tags())
    assert len(library.requests) == 1


def test_a_repeated_cursor_is_an_error(package: Any, client: Any, library: Library) -> None:
    library.answer = lambda query: (200, {}, {"data": BOOKS[:2], "has_more": True})
    seen: list[str] = []
    with pytest.raises(package.PaginationStuckError, match=r"list_books: .*\$\.data\[-1\]\.id"):
        seen.extend(book.id for book in client.list_books())
    assert seen == ["b1", "b2"]
    assert len(library.requests) == 2


def test_a_server_that_knows_no_pages_is_an_error(
    package: Any, client: Any, library: Library
) -> None:
    at = {"at": "2026-01-02T03:04:05Z", "kind": "lent"}
    library.answer = lambda query: (200, {}, {"events": [at]})
    with pytest.raises(package.PaginationStuckError, match=r"\$\.events has the same items again"):
        list(client.list_events())
    assert len(library.requests) == 2


def test_errors_and_retries_apply_to_every_page(
    package: Any, client: Any, library: Library
) -> None:
    failures = iter([500, 404])

    def answer(query: dict[str, str]) -> tuple[int, dict[str, str], object]:
        if query.get("starting_after") == "b2":
            status = next(failures, 200)
            return books(query) if status == 200 else (status, {}, {"message": "no"})
        return books(query)

    library.answer = answer
    seen: list[str] = []
    with pytest.raises(package.NotFoundError, match="list_books: 404 Not Found: no"):
        seen.extend(book.id for book in client.list_books())
    assert seen == ["b1", "b2"]
    assert len(library.requests) == 3  # the 500 was repeated


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"max_pages": 0}, "max_pages must be a whole number of at least 1"),
        ({"max_pages": True}, "max_pages must be"),
        ({"cursor": ""}, "cursor must be the next_cursor of a page"),
        ({"cursor": "x"}, "cursor must be a whole number"),
    ],
)
def test_arguments_are_checked_at_the_call(
    package: Any, client: Any, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(package.ArgumentError, match=problem):
        client.list_events(**arguments)


def test_all_arguments_are_checked_at_the_call(package: Any, client: Any, library: Library) -> None:
    with pytest.raises(package.ArgumentError, match="page_size must be at most 100"):
        client.list_books(page_size=1000)
    with pytest.raises(package.ArgumentError, match="query must not be blank"):
        client.search(query="")
    assert library.requests == []


def test_drift_in_a_page_is_reported_at_the_loop(client: Any, library: Library) -> None:
    library.answer = lambda query: (
        200,
        {},
        {"data": [BOOKS[0] | {"year": "x"}], "has_more": False},
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (book,) = client.list_books()
        next(client.list_books().pages())
        client.raw(client.list_books).parse()
    assert book.year == "x"
    assert [w.filename for w in caught] == [__file__] * 3
    assert "$.data[*].year" in str(caught[0].message)


def test_a_body_without_the_list_is_no_empty_list(
    package: Any, client: Any, library: Library
) -> None:
    library.answer = lambda query: (200, {}, {"items": []})
    with pytest.raises(package.UnexpectedBodyError, match=r"the body has no \$\.data"):
        list(client.list_books())


def test_checkers_know_the_items(tmp_path: Path) -> None:
    root = project(tmp_path, CASE)
    commands.generate(load_settings(root))
    (root / "use.py").write_text(
        "from generated.paged import AsyncPaged, AsyncPages, Page, Paged, Pages, RawResponse, models\n"
        "def sync(client: Paged) -> None:\n"
        "    books: Pages[models.Book] = client.list_books(page_size=3, max_pages=2)\n"
        "    titles: list[str] = [book.title for book in books]\n"
        "    page: Page[models.Book] = next(books.pages())\n"
        "    again: Pages[models.Book] = client.list_books(cursor=page.next_cursor)\n"
        "    first: models.Book | None = again.first()\n"
        "    raw: RawResponse[Page[models.Book]] = client.raw(client.list_books, genre='x')\n"
        "    tags: list[str] = list(client.list_tags())\n"
        "    print(titles, first, raw, tags)\n"
        "async def loop(client: AsyncPaged) -> None:\n"
        "    books: AsyncPages[models.Book] = client.list_books()\n"
        "    titles: list[str] = [book.title async for book in books]\n"
        "    raw: RawResponse[Page[models.Book]] = await client.raw(client.list_books, genre='x')\n"
        "    print(titles, raw)\n"
    )
    (root / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    python = Path(sys.executable)
    for command in (
        [python, "-m", "mypy", "--strict", "use.py"],
        [python.with_name("pyright"), "--pythonpath", python, "use.py"],
    ):
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
