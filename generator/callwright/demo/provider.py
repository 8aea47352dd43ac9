"""A small but real provider on 127.0.0.1: a bookshop with an API key, books, authors, orders, and errors of its own."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, TypeAlias, cast
from urllib.parse import parse_qs, urlsplit

from callwright.demo.stock import AUTHORS, BOOKS, summary

API_KEY = "demo-key-4f1c9a"
"""The key of the demo's only customer. It opens nothing but this provider, which lives for seconds."""

Answer: TypeAlias = "tuple[int, dict[str, Any] | bytes | str | None]"
"""A status, and a body: JSON, a photo, or events."""


@dataclass(slots=True)
class Shop:
    """The provider's state. ``executed`` counts the orders it really made."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    photos: dict[str, bytes] = field(default_factory=dict[str, bytes])
    executed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def list_books(self, query: dict[str, str]) -> Answer:
        """``genre`` filters, ``limit`` (1 to 100) bounds a page, which begins ``after`` a book."""
        limit = query.get("limit", "20")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            return _error(422, "invalid_limit", "limit must be 1 to 100", field="limit")
        found = [b for b in BOOKS if query.get("genre") in (None, *b["genres"])]
        rest = [b for b in found if str(b["id"]) > query.get("after", "")]
        page = rest[: int(limit)]
        following = str(page[-1]["id"]) if len(page) < len(rest) else None
        return 200, {"data": page, "total": len(found), "next": following}

    def follow_order(self, order_id: str) -> Answer:
        """Server-sent events: what happened to an order."""
        status, order = self.get_order(order_id)
        if not isinstance(order, dict) or status != 200:
            return status, order
        events = [
            ("placed", {"order_id": order_id, "at": order["placed_at"]}),
            ("packed", {"order_id": order_id, "parcels": len(order["lines"])}),
            ("sent", {"order_id": order_id, "tracking": f"BS{order_id[-1]}00"}),
        ]
        lines = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events]
        return 200, "".join(lines)

    def get_book(self, book_id: str) -> Answer:
        book = next((b for b in BOOKS if str(b["id"]) == book_id), None)
        return (200, book) if book else _not_found("book", book_id)

    def get_author(self, author_id: str) -> Answer:
        author = next((a for a in AUTHORS if str(a["id"]) == author_id), None)
        if author is None:
            return _not_found("author", author_id)
        books = [summary(b) for b in BOOKS if b["author"]["id"] == author["id"]]
        return 200, {**author, "books": books}

    def add_photo(self, book_id: str, fields: Mapping[str, EmailMessage]) -> Answer:
        """Keep the ``image`` of a form, with its ``caption``."""
        status, book = self.get_book(book_id)
        image = fields.get("image")
        if status != 200 or image is None:
            return (status, book) if status != 200 else _error(422, "no_image", "image is missing")
        caption = fields["caption"].get_content().strip() if "caption" in fields else None
        with self.lock:
            photo_id = f"ph_{len(self.photos) + 1}"
            self.photos[photo_id] = cast("bytes", image.get_payload(decode=True))
        return 201, {
            "id": photo_id,
            "book_id": int(book_id),
            "name": image.get_filename(),
            "size": len(self.photos[photo_id]),
            "caption": caption,
        }

    def get_photo(self, photo_id: str) -> Answer:
        photo = self.photos.get(photo_id)
        return (200, photo) if photo else _not_found("photo", photo_id)

    def create_order(self, body: Any) -> Answer:
        """Place an order; refused with the code ``out_of_stock`` when there are not enough copies."""
        try:
            customer = {
                "name": str(body["customer"]["name"]),
                "email": str(body["customer"]["email"]),
            }
            wanted = [(int(line["book_id"]), int(line["quantity"])) for line in body["lines"]]
        except (KeyError, TypeError, ValueError):
            return _error(
                422, "invalid_order", "an order needs a customer and lines", field="lines"
            )
        lines: list[dict[str, Any]] = []
        for book_id, quantity in wanted:
            book = next((b for b in BOOKS if b["id"] == book_id), None)
            if book is None:
                return _not_found("book", str(book_id))
            if quantity > book["stock"]:
                text = f"{book['stock']} of {book['title']!r} left"
                return _error(409, "out_of_stock", text, book_id=book_id, available=book["stock"])
            lines.append({"book": summary(book), "quantity": quantity, "price": book["price"]})
        return self._place(customer, lines, body.get("note"))

    def get_order(self, order_id: str) -> Answer:
        order = self.orders.get(order_id)
        return (200, order) if order else _not_found("order", order_id)

    def cancel_order(self, order_id: str) -> Answer:
        with self.lock:
            order = self.orders.pop(order_id, None)
        return (204, None) if order else _not_found("order", order_id)

    def _place(self, customer: dict[str, str], lines: list[dict[str, Any]], note: Any) -> Answer:
        cents = sum(round(line["price"]["amount"] * 100) * line["quantity"] for line in lines)
        with self.lock:
            self.executed += 1
            order_id = f"ord_{1000 + self.executed}"
            self.orders[order_id] = {
                "id": order_id,
                "status": "open",
                "placed_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "customer": customer,
                "lines": lines,
                "total": {"amount": cents / 100, "currency": "EUR"},
                "note": note,
            }
            return 201, self.orders[order_id]


def _error(status: int, code: str, message: str, **details: Any) -> Answer:
    return status, {"error": {"code": code, "message": message, "details": details}}


def _not_found(kind: str, wanted: str) -> Answer:
    return _error(404, "not_found", f"there is no {kind} {wanted}", field=f"{kind}_id")


class _Handler(BaseHTTPRequestHandler):
    """HTTP for the shop: checks the key, finds the route, answers JSON."""

    protocol_version = "HTTP/1.1"
    server_version = "Bookshop"
    shop: ClassVar[Shop]

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: what matters is what the demo prints."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        status, answer = self._answer(body)
        content = answer if isinstance(answer, bytes) else _bytes(answer)
        self.send_response(status)
        if answer is not None:
            self.send_header("Content-Type", _KINDS[type(answer)])
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, body: bytes) -> Answer:
        if self.headers.get("X-Api-Key") != API_KEY:
            return _error(401, "invalid_key", "the header X-Api-Key holds no valid key")
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        shop = self.shop
        routes: list[tuple[str, str, Callable[..., Answer]]] = [
            ("GET", r"/v1/books", lambda: shop.list_books(query)),
            ("GET", r"/v1/books/([^/]+)", shop.get_book),
            ("GET", r"/v1/authors/([^/]+)", shop.get_author),
            ("POST", r"/v1/books/([^/]+)/photos", lambda i: shop.add_photo(i, self._form(body))),
            ("GET", r"/v1/photos/([^/]+)", shop.get_photo),
            ("POST", r"/v1/orders", lambda: shop.create_order(_json(body))),
            ("GET", r"/v1/orders/([^/]+)", shop.get_order),
            ("GET", r"/v1/orders/([^/]+)/events", shop.follow_order),
            ("DELETE", r"/v1/orders/([^/]+)", shop.cancel_order),
        ]
        for method, pattern, handle in routes:
            match = re.fullmatch(pattern, url.path)
            if match and method == self.command:
                return handle(*match.groups())
        return _error(404, "no_such_path", f"nothing at {self.command} {url.path}")

    def _form(self, body: bytes) -> Mapping[str, EmailMessage]:
        """The fields of a multipart form by their names."""
        kind = self.headers.get("Content-Type", "")
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        parts = BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()
        fields = cast("Iterable[EmailMessage]", parts)
        return {str(p.get_param("name", header="Content-Disposition")): p for p in fields}

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the names http.server looks for


_KINDS: Mapping[type, str] = {
    bytes: "image/png",
    str: "text/event-stream",
    dict: "application/json",
}


def _bytes(answer: dict[str, Any] | str | None) -> bytes:
    if isinstance(answer, str):
        return answer.encode()
    return b"" if answer is None else json.dumps(answer).encode()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


@contextmanager
def running_provider() -> Iterator[tuple[int, Shop]]:
    """The provider on a free port of 127.0.0.1, as (port, its state); stopped and closed at the end."""
    shop = Shop()
    handler = type("Handler", (_Handler,), {"shop": shop})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    # the poll interval is what stopping costs
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
