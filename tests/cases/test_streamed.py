"""Streams of events over real sockets: however they are cut, wherever they end, and whatever comes in their place."""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright import commands
from callwright.project.settings import load_settings
from callwright.runtime.errors import StreamError
from callwright.runtime.streaming.parsers import LineParser, RawEvent, SseParser
from tests.cases.test_cases import project

CASE = "streamed"
Write = Callable[[bytes], None]


class Source:
    """A server that reads a request and lets ``answer`` write what it likes; ``requests`` are the heads it got."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.closed = threading.Event()
        self.answer: Callable[[Write], None]
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            length = re.search(rb"(?i)content-length: (\d+)", head)
            missing = int(length[1]) if length else 0
            missing -= len(head.partition(b"\r\n\r\n")[2])
            while missing > 0:
                missing -= len(connection.recv(65536))
            self.requests.append(head.decode())
            try:
                self.answer(connection.sendall)
            except OSError:
                self.closed.set()

    def events(
        self, *pieces: str | bytes, kind: str = "text/event-stream", pause: float = 0
    ) -> None:
        """Answer with these pieces, then close."""

        def answer(write: Write) -> None:
            write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode())
            for piece in pieces:
                write(piece.encode() if isinstance(piece, str) else piece)
                time.sleep(pause)

        self.answer = answer


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    yield made
    made.listener.close()


@pytest.fixture
def client(package: Any, source: Source) -> Iterator[Any]:
    with package.Streamed(base_url=source.url, retry=package.Retry(attempts=1)) as made:
        yield made


START = 'data: {"type": "start", "id": "c1"}\n\n'
DELTA = 'data: {"type": "delta", "delta": "%s"}\n\n'
DONE = "data: [DONE]\n\n"


def test_events_are_typed(package: Any, client: Any, source: Source) -> None:
    source.events(START, DELTA % "Hel", DELTA % "lo", DONE, "data: never read\n\n")
    with client.chat(prompt="Hi") as events:
        found = list(events)
    models = package.models
    assert found == [
        models.StartChat(type="start", id="c1"),
        models.DeltaChat(type="delta", delta="Hel"),
        models.DeltaChat(type="delta", delta="lo"),
    ]
    assert source.requests[0].startswith("POST /chat HTTP/1.1\r\n")
    assert "accept: text/event-stream\r\n" in source.requests[0].lower()


def test_the_same_on_an_event_loop(package: Any, source: Source) -> None:
    async def run() -> None:
        async with package.AsyncStreamed(base_url=source.url) as client:
            async with client.chat(prompt="Hi") as events:
                assert [event.type async for event in events] == ["start", "delta", "delta"]
            async with client.chat(prompt="Hi") as events:
                assert [piece async for piece in events.text()] == ["Hel", "lo"]
            assert len(await client.chat(prompt="Hi").collect()) == 3
            raw = await client.raw(client.chat, prompt="Hi")
            assert len(raw.parse()) == 3

    source.events(START, DELTA % "Hel", DELTA % "lo", DONE)
    asyncio.run(run())


def test_text_and_collect(client: Any, source: Source) -> None:
    source.events(START, DELTA % "Hel", DELTA % "lo", DONE)
    with client.chat(prompt="Hi") as events:
        assert list(events.text()) == ["Hel", "lo"]
    assert [event.type for event in client.chat(prompt="Hi").collect()] == [
        "start",
        "delta",
        "delta",
    ]
    raw = client.raw(client.chat, prompt="Hi")
    assert raw.status_code == 200
    assert raw.text.endswith(DONE)
    assert [event.type for event in raw.parse()] == ["start", "delta", "delta"]


def test_events_come_while_the_stream_is_open(client: Any, source: Source) -> None:
    received = threading.Event()

    def answer(write: Write) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        write(START.encode())
        assert received.wait(10)
        write((DELTA % "x" + DONE).encode())

    source.answer = answer
    with client.chat(prompt="Hi") as events:
        assert next(iter(events)).type == "start"
        received.set()
        assert [event.type for event in events] == ["delta"]


def test_leaving_the_block_closes_the_connection(client: Any, source: Source) -> None:
    def answer(write: Write) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            write((DELTA % ("x" * 1000)).encode())

    source.answer = answer
    with client.chat(prompt="Hi") as events:
        for event in events:
            assert event.type == "delta"
            break
    assert source.closed.wait(10)


def test_a_cancelled_task_closes_the_connection(package: Any, source: Source) -> None:
    def answer(write: Write) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            write((DELTA % "x").encode())
            time.sleep(0.01)

    async def read(client: Any, seen: asyncio.Event) -> None:
        async with client.chat(prompt="Hi") as events:
            async for _ in events:
                seen.set()

    async def run() -> None:
        async with package.AsyncStreamed(base_url=source.url) as client:
            seen = asyncio.Event()
            task = asyncio.create_task(read(client, seen))
            await seen.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    source.answer = answer
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(run())
    assert source.closed.wait(10)


def test_a_stream_that_ends_before_its_declared_end(
    package: Any, client: Any, source: Source
) -> None:
    source.events(START)
    seen: list[Any] = []
    with (
        pytest.raises(package.StreamError, match=r"chat: the stream ended before '\[DONE\]'"),
        client.chat(prompt="Hi") as events,
    ):
        seen.extend(events)
    assert len(seen) == 1
    assert len(source.requests) == 1  # an action is never sent twice


def test_a_lost_connection_of_data_is_taken_up_after_the_last_event(
    package: Any, client: Any, source: Source
) -> None:
    lent = 'retry: 1\nevent: lent\nid: 7\ndata: {"book": "b1", "until": "2026-01-02"}\n\n'

    def answer(write: Write) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 500\r\n\r\n"
        write(head + lent.encode())  # and then the connection is gone

    source.answer = answer
    with client.watch() as events:
        seen = [next(iter(events)) for _ in range(2)]
        assert [event.book for event in seen] == ["b1", "b1"]
        source.answer = lambda write: None  # the server is no more
        with pytest.raises(package.TransportError):
            next(iter(events))
    assert "last-event-id" not in source.requests[0].lower()
    assert "last-event-id: 7\r\n" in source.requests[1].lower()
    assert len(source.requests) == 4  # twice in vain after the last event


def test_events_by_name(package: Any, client: Any, source: Source) -> None:
    source.events(
        'event: lent\ndata: {"book": "b1", "until": "2026-01-02"}\n\n',
        "event: note\ndata: closing soon\n\n",
        'event: burnt\ndata: {"book": "b2"}\n\n',
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with client.watch() as events:
            lent, note, burnt = events
    assert type(lent) is package.models.WatchLent
    assert (note, burnt) == ("closing soon", {"book": "b2"})
    (warning,) = caught
    assert "expected a known event, got the event 'burnt'" in str(warning.message)
    assert warning.filename == __file__


def test_json_lines(package: Any, client: Any, source: Source) -> None:
    source.events(
        '{"book": "b1", "days": 1}\r\n\n{"book": "b2", ',
        '"days": null}',
        kind="application/x-ndjson",
    )
    with client.export() as events:
        assert [(loan.book, loan.days) for loan in events] == [("b1", 1), ("b2", None)]
    source.events('{"book": "b1", "days": 1}\nnonsense\n', kind="application/x-ndjson")
    with client.export() as events, pytest.raises(package.StreamError, match="an event is no JSON"):
        list(events)


def test_untyped_events_are_plain_data(client: Any, source: Source) -> None:
    source.events("data: 1\n\ndata: [2]\n\ndata: three\n\n")
    with client.ticks() as events:
        assert list(events) == [1, [2], "three"]


def test_an_event_that_is_too_large(package: Any, client: Any, source: Source) -> None:
    source.events(*["data: " + "x" * 1000 + "\n"] * 3)
    with (
        client.ticks() as events,
        pytest.raises(package.StreamError, match="larger than 2000 bytes"),
    ):
        list(events)


def test_drift_in_an_event(client: Any, source: Source) -> None:
    source.events('{"book": "b1", "days": "many"}\n', kind="application/jsonl")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with client.export() as events:
            for loan in events:
                assert loan.days == "many"
    assert [w.filename for w in caught] == [__file__]


def test_an_error_status_raises_when_the_stream_is_entered(
    package: Any, client: Any, source: Source
) -> None:
    body = b'{"message": "slow down"}'
    source.answer = lambda write: write(
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    with pytest.raises(package.RateLimitError, match="slow down"), client.chat(prompt="Hi"):
        pass


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_what_is_no_stream(package: Any, client: Any, source: Source, kind: str) -> None:
    source.events('{"answer": "Hello"}', kind=kind)
    with pytest.raises(
        package.UnexpectedBodyError, match=f"expected a stream of events, got {kind}"
    ) as caught:
        client.chat(prompt="Hi").collect()
    assert caught.value.content == b'{"answer": "Hello"}'


def test_a_compressed_stream(client: Any, source: Source) -> None:
    import zlib

    packer = zlib.compressobj(wbits=31)
    text = (START + DELTA % "x" + DONE).encode()
    content = packer.compress(text) + packer.flush()

    def answer(write: Write) -> None:
        write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n"
        )
        for byte in content:
            write(bytes([byte]))

    source.answer = answer
    with client.chat(prompt="Hi") as events:
        assert [event.type for event in events] == ["start", "delta"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeffdata: a\n\n", ["a"]),
        ("data: a\r\rdata:b\r\n\r\ndata\n\n", ["a", "b", ""]),
        ("data: a\ndata:  b\ndata\n\n", ["a\n b\n"]),
        (": comment\nevent: x\n\n", []),
        ("data: a\n\ndata: incomplete\n", ["a"]),
        ("data : a\n\n", []),
        ("id: 1\0\ndata: a\n\n", ["a"]),
        ("retry: 10\nretry: x\ndata: ü\n\n", ["ü"]),
    ],
)
def test_server_sent_events_by_the_standard(text: str, expected: list[str]) -> None:
    parser = SseParser("x")
    assert [event.data for event in parser.feed(text.encode())] == expected
    assert list(parser.finish()) == []
    assert parser.last_id == ""
    assert parser.retry == (0.01 if "retry" in text else None)


STREAM = (
    "\ufeff: hi\r\nid: 1\r\ndata: a\r\ndata: ü€😀\r\n\r\nevent: x\rdata: b\r\r\n"
    "data: c\n\nid\ndata: d\n\ndata: e"
).encode()


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_cut_gives_the_same_events(cuts: list[int]) -> None:
    expected = [
        RawEvent("a\nü€😀", id="1"), RawEvent("b", "x", "1"), RawEvent("c", id="1"), RawEvent("d")
    ]  # fmt: skip
    edges = [0, *sorted(cuts), len(STREAM)]
    parser = SseParser("x")
    pieces = (STREAM[a:b] for a, b in itertools.pairwise(edges))
    assert [event for piece in pieces for event in parser.feed(piece)] == expected


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))))
def test_lines_cut_at_every_byte(lines: list[str]) -> None:
    parser = LineParser("x")
    content = "\n".join(lines).removeprefix("\ufeff").encode()
    found = [event.data for n in range(len(content)) for event in parser.feed(content[n : n + 1])]
    found += [event.data for event in parser.finish()]
    assert found == [line for line in content.decode().split("\n") if line.strip()]


def test_a_line_without_end_is_bounded() -> None:
    parser = SseParser("x", limit=100)
    assert [list(parser.feed(b"data: 9876")) for _ in range(10)] == [[]] * 10
    with pytest.raises(StreamError, match="larger than 100 bytes"):
        list(parser.feed(b"x"))


def test_checkers_know_the_events(tmp_path: Path) -> None:
    root = project(tmp_path, CASE)
    commands.generate(load_settings(root))
    (root / "use.py").write_text(
        "from generated.streamed import AsyncEventStream, AsyncStreamed, EventStream, RawResponse, Streamed, models\n"
        "def sync(client: Streamed) -> None:\n"
        "    stream: EventStream[models.Loan] = client.export()\n"
        "    with stream as events:\n"
        "        days: list[int | None] = [loan.days for loan in events]\n"
        "    raw: RawResponse[list[models.Loan]] = client.raw(client.export)\n"
        "    with client.watch() as watched:\n"
        "        for event in watched:\n"
        "            if isinstance(event, models.WatchLent):\n"
        "                print(event.until.year)\n"
        "    print(days, raw, list(client.chat(prompt='x').text()))\n"
        "async def loop(client: AsyncStreamed) -> None:\n"
        "    stream: AsyncEventStream[models.Loan] = client.export()\n"
        "    async with stream as events:\n"
        "        days: list[int | None] = [loan.days async for loan in events]\n"
        "    raw: RawResponse[list[models.Loan]] = await client.raw(client.export)\n"
        "    print(days, raw)\n"
    )
    (root / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    python = Path(sys.executable)
    for command in (
        [python, "-m", "mypy", "--strict", "use.py"],
        [python.with_name("pyright"), "--pythonpath", python, "use.py"],
    ):
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
