"""The demo's provider is a real server with a key, resources, an action and errors."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from callwright.demo.provider import API_KEY, Shop, running_provider


@pytest.fixture
def shop() -> Iterator[tuple[httpx.Client, Shop]]:
    with (
        running_provider() as (port, state),
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"X-Api-Key": API_KEY}, trust_env=False
        ) as client,
    ):
        yield client, state


def test_the_key_is_needed(shop: tuple[httpx.Client, Shop]) -> None:
    answer = shop[0].get("/v1/books", headers={"X-Api-Key": "wrong"})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_key"


def test_books_are_filtered_and_bounded(shop: tuple[httpx.Client, Shop]) -> None:
    client, _ = shop
    assert client.get("/v1/books").json()["total"] == 4
    found = client.get("/v1/books", params={"genre": "adventure", "limit": 1}).json()
    assert (len(found["data"]), found["total"]) == (1, 2)
    assert client.get("/v1/books?limit=0").status_code == 422
    assert client.get("/v1/authors/2").json()["books"][0]["title"].startswith("The Mysterious")


def test_an_order_is_placed_read_and_cancelled(shop: tuple[httpx.Client, Shop]) -> None:
    client, state = shop
    body = {
        "customer": {"name": "A", "email": "a@example.com"},
        "lines": [{"book_id": 101, "quantity": 2}],
    }
    placed = client.post("/v1/orders", json=body)
    assert placed.status_code == 201
    assert placed.json()["total"] == {"amount": 19.8, "currency": "EUR"}
    path = f"/v1/orders/{placed.json()['id']}"
    assert client.get(path).json() == placed.json()
    assert client.delete(path).status_code == 204
    assert client.delete(path).json()["error"]["message"].startswith("there is no order")
    assert (state.orders, state.executed) == ({}, 1)


def test_errors_say_what_is_wrong(shop: tuple[httpx.Client, Shop]) -> None:
    client, state = shop
    lines = [{"book_id": 104, "quantity": 1}]
    customer = {"name": "A", "email": "a@example.com"}
    sold_out = client.post("/v1/orders", json={"customer": customer, "lines": lines})
    assert sold_out.status_code == 409
    assert sold_out.json()["error"]["details"] == {"book_id": 104, "available": 0}
    assert client.post("/v1/orders", content=b"{").json()["error"]["code"] == "invalid_order"
    assert client.get("/v1/nothing").json()["error"]["code"] == "no_such_path"
    assert state.executed == 0


def test_a_photo_is_uploaded_and_downloaded(shop: tuple[httpx.Client, Shop]) -> None:
    client, _ = shop
    files = {"image": ("a.png", b"\x89PNG\r\n\0", "image/png")}
    added = client.post("/v1/books/101/photos", files=files, data={"caption": "A"})
    assert added.status_code == 201
    assert added.json() == {
        "id": "ph_1",
        "book_id": 101,
        "name": "a.png",
        "size": 7,
        "caption": "A",
    }
    photo = client.get("/v1/photos/ph_1")
    assert (photo.content, photo.headers["content-type"]) == (b"\x89PNG\r\n\0", "image/png")
    assert client.get("/v1/photos/ph_2").status_code == 404
    assert client.post("/v1/books/1/photos", files=files).status_code == 404
    assert client.post("/v1/books/101/photos", data={"a": "b"}).status_code == 422
