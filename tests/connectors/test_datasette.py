"""Datasette: rows with dates, nulls and decimals, SQL with named parameters, pages by hand."""

from __future__ import annotations

import datetime

import pytest

from generated import datasette as package
from generated.datasette import AsyncDatasette, Datasette
from tests.connectors.harness import Face, assert_hidden, items
from tests.servers.process import Server

pytestmark = pytest.mark.anyio


async def test_rows_have_dates_and_nulls(face: Face, datasette: Server) -> None:
    async with face(Datasette, AsyncDatasette, datasette) as api:
        book = await api.get_book(2)
        assert (book.title, book.pages) == ("The Last Man", None)
        assert book.published == datetime.date(1826, 1, 23)
        authors = {author.name: author for author in await api.list_authors()}
        assert authors["Ted Chiang"].died is None
        assert isinstance(authors["Ted Chiang"].born, datetime.date)
        loans = await items(api.list_loans(member_id=2, page_size=3, max_pages=1))
        assert [loan.member_id for loan in loans] == [2, 2, 2]
        assert all(isinstance(loan.taken_at, datetime.datetime) for loan in loans)
        assert (
            len(await items(api.list_loans(max_pages=1))) == 20
        )  # the default that the spec gives
        every = await items(api.list_loans(page_size=60))
        assert len({loan.id for loan in every}) == len(every) == 250


async def test_pages_are_followed_by_hand(face: Face, datasette: Server) -> None:
    async with face(Datasette, AsyncDatasette, datasette) as api:
        first = await api.list_books(size=5)
        second = await api.list_books(size=5, after=first.next)
        assert [book.id for book in (*first.rows, *second.rows)] == list(range(1, 11))
        assert first.filtered_table_rows_count == 12
        last = await api.list_books(size=5, after=second.next)
        assert (len(last.rows), last.next) == (2, None)
        picked = await api.list_books(where=["pages > 300", "price < 12"], author_id=4)
        assert picked.rows[0].id == 8
        by_price = await api.list_books(sort="price", size=100)
        prices = [float(book.price) for book in by_price.rows]
        assert prices == sorted(prices)


async def test_queries_that_users_write(face: Face, datasette: Server) -> None:
    async with face(Datasette, AsyncDatasette, datasette) as api:
        counted = await api.query(sql="select count(*) as n from loans")
        assert counted.rows == [{"n": 250}]
        assert counted.columns == ["n"]
        prices = await api.top_prices(pages=400)
        assert [price.country for price in prices] == [None, "France"]
        assert len(await api.top_prices()) > len(prices)


async def test_the_database_and_the_server_describe_themselves(
    face: Face, datasette: Server
) -> None:
    async with face(Datasette, AsyncDatasette, datasette) as api:
        tables = {table.name: table for table in (await api.describe_database()).tables}
        assert tables["books"].primary_keys == ["id"]
        assert tables["books"].foreign_keys.outgoing[0].other_table == "authors"
        assert (await api.settings()).default_allow_sql is True


async def test_errors_have_typed_bodies(face: Face, datasette: Server) -> None:
    async with face(Datasette, AsyncDatasette, datasette) as api:
        with pytest.raises(package.NotFoundError, match="Record not found") as missing:
            await api.get_book(99)
        assert missing.value.body is not None
        assert missing.value.body.status == 404
        with pytest.raises(package.BadRequestError) as refused:
            await api.query(sql="drop table books")
        assert refused.value.body is not None
        assert (refused.value.body.title, refused.value.code) == ("Invalid SQL", "Invalid SQL")
        assert_hidden(refused.value)
        with pytest.raises(package.ArgumentError, match="size"):
            await api.list_books(size=0)


async def test_an_answer_can_be_had_as_it_came(face: Face, datasette: Server) -> None:
    async with face(Datasette, AsyncDatasette, datasette) as api:
        answer = await api.raw(api.get_book, 1)
        assert answer.text.startswith("[")
        assert answer.parse() == await api.get_book(1)
        failed = await api.raw(api.get_book, 99)
        assert failed.status_code == 404
        with pytest.raises(package.NotFoundError):
            failed.parse()


async def test_another_database_is_another_address(face: Face, datasette: Server) -> None:
    async with face(Datasette, AsyncDatasette, datasette) as api:
        elsewhere = api.with_options(database="nowhere")
        with pytest.raises(package.NotFoundError):
            await elsewhere.list_authors()
        assert await api.list_authors()


async def test_many_can_ask_at_once(face: Face, datasette: Server) -> None:
    async with face(Datasette, AsyncDatasette, datasette) as api:
        assert {book.isbn for book in await face.at_once(api.get_book, 3)} == {None}
