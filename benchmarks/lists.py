"""Pages and events through a generated client against the same by hand, side by side in one run: `python -m benchmarks.lists`."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from callwright import generate

PAGES, ITEMS, EVENTS = 50, 100, 100_000
SERVER = """
import json, socket, sys, threading
pages, items, events = map(int, sys.argv[1:])
item = lambda n: {"id": f"i{n}", "name": "An item", "price": 9.5, "tags": ["a", "b"]}
bodies = [
    json.dumps({"data": [item(p * items + n) for n in range(items)], "next": str(p + 1) if p + 1 < pages else None}).encode()
    for p in range(pages)
]
stream = b"".join(b"data: %s\\n\\n" % json.dumps({"id": n, "delta": "some words of it"}).encode() for n in range(events))
def serve(connection):
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        while (end := data.find(b"\\r\\n\\r\\n")) >= 0:
            target, data = data[:end].split(b" ")[1].decode(), data[end + 4:]
            if target.startswith("/events"):
                kind, body = b"text/event-stream", stream
            else:
                kind, body = b"application/json", bodies[int(target.partition("after=")[2] or 0)]
            head = b"HTTP/1.1 200 OK\\r\\nContent-Type: %s\\r\\nContent-Length: %d\\r\\n\\r\\n" % (kind, len(body))
            connection.sendall(head + body)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""
SPEC = """
callwright: 1
name: lists
base_url: http://127.0.0.1:1
auth: none
limits: {max_response_bytes: 1000000000}
calls:
  items:
    path: /items
    paginate: {type: cursor, items_path: $.data, next_path: $.next, send: {query: after}}
    response: {model: Item}
    samples: {all: {}}
  events: {path: /events, response: {type: stream, model: Event}, samples: {all: {}}}
"""


def lay_out(folder: Path) -> None:
    """A project with the client `lists`."""
    captures = folder / "specs/lists/captures"
    for call in ("items", "events"):
        (captures / call).mkdir(parents=True)
    (folder / "callwright.toml").write_text("")
    (folder / "specs/lists/connector.yaml").write_text(SPEC.strip() + "\n")
    item = {"id": "i1", "name": "An item", "price": 9.5, "tags": ["a", "b"]}
    (captures / "items/all.200.json").write_text(json.dumps({"data": [item, item], "next": None}))
    event = json.dumps({"id": 1, "delta": "some words of it"})
    (captures / "events/all.200.sse").write_text(f"data: {event}\n\n")
    with contextlib.chdir(folder):
        generate(folder)


def timed(function: Callable[[], int], expected: int) -> float:
    """Seconds that a function takes."""
    start = time.perf_counter()
    count = function()
    seconds = time.perf_counter() - start
    assert count == expected
    return seconds


def ratios(port: int, rounds: int = 7) -> tuple[float, float]:
    """The medians of: the time of pages, and the events per second, each to that by hand."""
    import httpx
    from httpx_sse import connect_sse
    from pydantic import BaseModel

    from generated import lists  # type: ignore[import-not-found]

    base = f"http://127.0.0.1:{port}"

    class Envelope(BaseModel):
        data: list[lists.models.Item]
        next: str | None

    with httpx.Client() as http, lists.Lists(base_url=base) as client:

        def pages_by_hand() -> int:
            count, after = 0, None
            while True:
                query = {} if after is None else {"after": after}
                answer = http.get(f"{base}/items", params=query)
                answer.raise_for_status()
                page = Envelope.model_validate_json(answer.content)
                count += sum(1 for _ in page.data)
                after = page.next
                if after is None:
                    return count

        def pages() -> int:
            return sum(1 for _ in client.items())

        def events_by_hand() -> int:
            with connect_sse(http, "GET", f"{base}/events") as source:
                return sum(
                    1
                    for event in source.iter_sse()
                    if lists.models.Event.model_validate_json(event.data)
                )

        def events() -> int:
            with client.events() as stream:
                return sum(1 for _ in stream)

        total = PAGES * ITEMS
        timed(pages_by_hand, total), timed(pages, total)
        paged = [(timed(pages_by_hand, total), timed(pages, total)) for _ in range(rounds)]
        streamed = [(timed(events_by_hand, EVENTS), timed(events, EVENTS)) for _ in range(3)]
    return (
        statistics.median(own / hand for hand, own in paged),
        statistics.median(hand / own for hand, own in streamed),
    )


def main() -> None:
    """Print both ratios."""
    with tempfile.TemporaryDirectory() as name:
        lay_out(Path(name))
        sys.path.insert(0, name)
        sys.modules.pop("generated", None)
        sizes = [str(n) for n in (PAGES, ITEMS, EVENTS)]
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, *sizes], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            paged, streamed = ratios(int(process.stdout.readline()))
        finally:
            process.terminate()
            process.wait()
    print(f"{PAGES} pages of {ITEMS} items: ratio {paged:.2f} of httpx by hand (bar 1.10)")
    print(f"{EVENTS} events: {streamed:.2f} of the events per second of httpx-sse (bar 0.80)")


if __name__ == "__main__":
    main()
