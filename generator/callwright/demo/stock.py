"""What the demo's bookshop sells."""

from __future__ import annotations

from typing import Any

AUTHORS: list[dict[str, Any]] = [
    {"id": 1, "name": "Mary Shelley", "born": "1797-08-30", "website": None},
    {"id": 2, "name": "Jules Verne", "born": "1828-02-08", "website": "https://verne.example"},
    {"id": 3, "name": "Homer", "born": None, "website": None},
]


def _book(
    number: int, title: str, author: int, amount: float, stock: int, genres: list[str], **more: Any
) -> dict[str, Any]:
    person = AUTHORS[author - 1]
    return {
        "id": number,
        "title": title,
        "author": {"id": person["id"], "name": person["name"]},
        "price": {"amount": amount, "currency": "EUR"},
        "genres": genres,
        "stock": stock,
        "published": more.get("published"),
        "series": more.get("series"),
    }


BOOKS: list[dict[str, Any]] = [
    _book(101, "Frankenstein", 1, 9.9, 4, ["horror", "classic"], published="1818-01-01"),
    _book(
        102, "The Mysterious Island", 2, 14, 7, ["adventure", "classic"],
        published="1875-01-01", series={"name": "Voyages extraordinaires", "volume": 12},
    ),
    _book(
        103, "Michael Strogoff", 2, 11.5, 1, ["adventure"],
        published="1876-08-14", series={"name": "Voyages extraordinaires", "volume": 14},
    ),
    _book(104, "The Odyssey", 3, 8.75, 0, ["classic"]),
]  # fmt: skip


def summary(book: dict[str, Any]) -> dict[str, Any]:
    """A book as orders and authors mention it."""
    return {key: book[key] for key in ("id", "title", "price")}
