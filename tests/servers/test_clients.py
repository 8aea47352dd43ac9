"""The committed clients of `generated/`, sync and async, against the servers their captures came from."""

from __future__ import annotations

import asyncio
import datetime
from decimal import Decimal

import pytest
from generated import datasette as datasette_client
from generated import httpbin as httpbin_client
from generated import kinto as kinto_client
from generated import syncthing as syncthing_client
from generated.kinto import types

from tests.servers.process import Server


def _kinto(server: Server, **changes: str) -> kinto_client.Kinto:
    login = {**server.credentials, **changes}
    return kinto_client.Kinto(
        username=login["username"], password=login["password"], port=server.port
    )


def _read_back(api: kinto_client.Kinto, bucket: str) -> None:
    """One life of a book: created, read, changed, deleted."""
    api.put_bucket(bucket, city="Torino", permissions={"read": ["system.Everyone"]})
    api.put_collection(bucket, "books")
    made = api.create_book(
        bucket,
        "books",
        book={
            "title": "Solaris",
            "author": "Stanisław Lem",
            "published": datetime.date(1961, 6, 1),
        },
    )
    assert (made.title, made.published) == ("Solaris", datetime.date(1961, 6, 1))
    assert isinstance(made.last_modified, datetime.datetime)
    changed = api.change_book(bucket, "books", made.id, changes={"pages": 204})
    assert (changed.author, changed.pages) == ("Stanisław Lem", 204)
    assert api.get_book(bucket, "books", made.id) == changed
    assert [book.id for book in api.list_books(bucket, "books", min_pages=200)] == [made.id]
    assert api.delete_book(bucket, "books", made.id).deleted is True


def test_kinto_keeps_a_book(kinto: Server) -> None:
    with _kinto(kinto) as api:
        try:
            _read_back(api, "client_sync")
        finally:
            assert api.delete_bucket("client_sync").deleted is True


def test_kinto_types_its_errors(kinto: Server) -> None:
    with _kinto(kinto) as api:
        api.put_bucket("client_errors")
        api.put_collection("client_errors", "books")
        with pytest.raises(kinto_client.NotFoundError) as missing:
            api.get_book("client_errors", "books", "nothing")
        assert missing.value.body is not None
        assert missing.value.body.errno == 110
        assert missing.value.body.details is not None
        assert missing.value.body.details.resource_name == "record"
        book = api.create_book(
            "client_errors", "books", book={"title": "Solaris", "author": "Lem", "pages": None}
        )
        with pytest.raises(kinto_client.StatusError, match="modified meanwhile") as outdated:
            api.change_book("client_errors", "books", book.id, if_match='"1"', changes={"pages": 1})
        assert (outdated.value.status_code, outdated.value.code) == (412, "114")


def test_kinto_refuses_a_wrong_password_without_showing_it(kinto: Server) -> None:
    with _kinto(kinto, password="wrong-secret-99") as api:
        with pytest.raises(kinto_client.AuthenticationError) as refused:
            api.put_bucket("client_refused")
        assert "wrong-secret-99" not in repr(refused.value) + str(refused.value) + repr(api)


def test_kinto_keeps_books_at_the_same_time(kinto: Server) -> None:
    async def run() -> list[str]:
        login = kinto.credentials
        async with kinto_client.AsyncKinto(
            username=login["username"], password=login["password"], port=kinto.port
        ) as api:
            await api.put_bucket("client_async")
            await api.put_collection("client_async", "books")
            titles = [f"Volume {number}" for number in range(12)]
            async with asyncio.TaskGroup() as tasks:
                for title in titles:
                    book: types.Book = {"title": title, "author": "Several"}
                    tasks.create_task(api.create_book("client_async", "books", book=book))
            stored = await api.list_books("client_async", "books", sort="title")
            await api.delete_bucket("client_async")
            return sorted(book.title for book in stored)

    assert asyncio.run(run()) == sorted(f"Volume {number}" for number in range(12))


def test_datasette_types_rows_with_nulls_and_dates(datasette: Server) -> None:
    with datasette_client.Datasette(port=datasette.port) as api:
        book = api.get_book(2)
        assert (book.title, book.pages, book.published) == (
            "The Last Man",
            None,
            datetime.date(1826, 1, 23),
        )
        assert {author.died for author in api.list_authors() if author.name == "Ted Chiang"} == {
            None
        }
        assert [price.country for price in api.top_prices(pages=400)] == [None, "France"]
        assert api.query(sql="select count(*) as n from loans").rows == [{"n": 250}]
        with pytest.raises(datasette_client.NotFoundError, match="Record not found"):
            api.get_book(99)
        with pytest.raises(datasette_client.BadRequestError) as refused:
            api.query(sql="drop table books")
        assert refused.value.body is not None
        assert refused.value.body.title == "Invalid SQL"


def test_datasette_follows_pages_by_hand(datasette: Server) -> None:
    with datasette_client.Datasette(port=datasette.port) as api:
        first = api.list_books(size=5)
        second = api.list_books(size=5, after=first.next)
        assert [book.id for book in (*first.rows, *second.rows)] == list(range(1, 11))
        assert first.filtered_table_rows_count == 12
        assert api.list_books(where=["pages > 300", "price < 12"], author_id=4).rows[0].id == 8


def test_datasette_answers_at_the_same_time(datasette: Server) -> None:
    async def run() -> list[str]:
        async with datasette_client.AsyncDatasette(port=datasette.port) as api:
            books = await asyncio.gather(*(api.get_book(number) for number in range(1, 13)))
            loans = await api.list_loans(member_id=2, size=3)
            assert all(isinstance(loan.taken_at, datetime.datetime) for loan in loans)
            return [book.title for book in books]

    titles = asyncio.run(run())
    assert (titles[0], titles[-1]) == ("Frankenstein", "Project Hail Mary")


def test_syncthing_changes_its_folders(syncthing: Server) -> None:
    with syncthing_client.Syncthing(
        api_key=syncthing.credentials["api_key"], port=syncthing.port
    ) as api:
        assert api.ping().ping == "pong"
        assert api.version().version.startswith("v1.")
        api.add_folder(folder_id="books", path="~/books", label="Books", paused=True)
        try:
            assert {folder.id for folder in api.list_folders()} == {"photos", "books"}
            api.change_folder("books", label="Library", rescan_interval_s=600)
            assert api.get_folder("books").label == "Library"
            assert api.get_folder("books").paused is True
        finally:
            api.delete_folder("books")
        with pytest.raises(syncthing_client.NotFoundError, match="404") as missing:
            api.get_folder("books")
        assert missing.value.text.strip() == "No folder with given ID"


def test_syncthing_takes_its_key_from_a_callable(syncthing: Server) -> None:
    keys = iter(["wrong-key-1", syncthing.credentials["api_key"]])
    with syncthing_client.Syncthing(api_key=lambda: next(keys), port=syncthing.port) as api:
        with pytest.raises(syncthing_client.PermissionDeniedError) as refused:
            api.ping()
        assert "wrong-key-1" not in str(refused.value) + repr(refused.value)
        assert api.ping().ping == "pong"


def test_syncthing_answers_at_the_same_time(syncthing: Server) -> None:
    async def run() -> None:
        async with syncthing_client.AsyncSyncthing(
            api_key=syncthing.credentials["api_key"], port=syncthing.port
        ) as api:
            status, entries, devices = await asyncio.gather(
                api.folder_status(folder="photos"), api.browse(folder="photos"), api.list_devices()
            )
            assert (status.global_files, entries[0].name) == (1, "lake.txt")
            assert [device.name for device in devices] == ["library"]

    asyncio.run(run())


def _httpbin(server: Server) -> httpbin_client.Httpbin:
    login = server.credentials
    return httpbin_client.Httpbin(
        token=login["token"],
        username=login["username"],
        password=login["password"],
        port=server.port,
    )


def test_httpbin_gets_what_was_meant(httpbin: Server) -> None:
    with _httpbin(httpbin) as api:
        order = api.echo_order(
            "c/1041 ü",
            channel="phone",
            item='Cup "big"',
            quantity=2,
            price=Decimal("19.90"),
            note=None,
            deliver_on=datetime.date(2026, 12, 24),
            city="Berlin",
        )
        assert order.url.endswith("/anything/orders/c/1041%20ü")  # decoded in part by httpbin
        assert order.headers["X-Channel"] == "phone"
        assert order.data == (
            '{"item":"Cup \\"big\\"","quantity":2,"price":19.90,"gift":false,"note":null,'
            '"deliver_on":"2026-12-24","destination":{"city":"Berlin","country":"DE"}}'
        )
        echoed = api.echo_query(q="a&b=ü", tags=["x", "y z"], exact=False)
        assert (echoed.args.q, echoed.args.tag, echoed.args.exact) == (
            "a&b=ü",
            ["x", "y z"],
            "false",
        )
        assert "Authorization" not in echoed.headers
        api.status(204)
        with pytest.raises(httpbin_client.ConflictError):
            api.status(409)


def test_httpbin_takes_all_three_proofs(httpbin: Server) -> None:
    async def run() -> tuple[bool, ...]:
        login = httpbin.credentials
        async with httpbin_client.AsyncHttpbin(
            token=login["token"],
            username=login["username"],
            password=login["password"],
            port=httpbin.port,
        ) as api:
            token, basic, digest = await asyncio.gather(
                api.check_token(), api.check_basic(), api.check_digest()
            )
            return token.authenticated, basic.authenticated, digest.authenticated

    assert asyncio.run(run()) == (True, True, True)
    with _httpbin(httpbin) as api:
        assert api.check_token().token == httpbin.credentials["token"]
        assert api.check_digest().user == api.check_basic().user == "ada"
    with (
        httpbin_client.Httpbin(port=httpbin.port) as anonymous,
        pytest.raises(httpbin_client.MissingCredentialError, match="HTTPBIN_TOKEN"),
    ):
        anonymous.check_token()
