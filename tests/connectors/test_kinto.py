"""Kinto: basic, records with dates and nulls, typed errors, conditional changes."""

from __future__ import annotations

import datetime
import logging

import pytest

from generated import kinto as package
from generated.kinto import AsyncKinto, Kinto
from tests.connectors.harness import WRONG, Face, assert_hidden, items
from tests.servers.process import Server

pytestmark = pytest.mark.anyio
MISSING = "00000000-0000-4000-8000-000000000000"


async def test_a_book_is_kept_changed_and_deleted(face: Face, kinto: Server) -> None:
    async with face(Kinto, AsyncKinto, kinto) as api:
        bucket = await api.put_bucket(
            "shelves", city="Torino", permissions={"read": ["system.Everyone"]}
        )
        try:
            assert (bucket.data.id, bucket.data.city) == ("shelves", "Torino")
            assert bucket.permissions.read == ["system.Everyone"]
            assert (await api.put_collection("shelves", "books")).data.id == "books"
            made = await api.create_book(
                "shelves",
                "books",
                book={
                    "title": "Solaris",
                    "author": "Stanisław Lem",
                    "pages": None,
                    "published": datetime.date(1961, 6, 1),
                },
            )
            assert (made.author, made.pages) == ("Stanisław Lem", None)
            assert made.published == datetime.date(1961, 6, 1)
            assert abs(made.last_modified - datetime.datetime.now(datetime.UTC)).seconds < 60
            assert await api.get_book("shelves", "books", made.id) == made

            changed = await api.change_book(
                "shelves", "books", made.id, changes={"pages": 204, "genres": ["science fiction"]}
            )
            assert (changed.title, changed.pages) == ("Solaris", 204)
            assert changed.genres == ["science fiction"]
            listed = await items(
                api.list_books("shelves", "books", min_pages=200, sort="-last_modified")
            )
            assert listed == [changed]
            assert (
                await items(api.list_books("shelves", "books", since=changed.last_modified)) == []
            )

            gone = await api.delete_book("shelves", "books", made.id)
            assert (gone.id, gone.deleted) == (made.id, True)
            assert await items(api.list_books("shelves", "books")) == []
        finally:
            assert (await api.delete_bucket("shelves")).deleted is True


async def test_errors_have_typed_bodies(face: Face, kinto: Server) -> None:
    async with face(Kinto, AsyncKinto, kinto) as api:
        await api.put_bucket("mistakes")
        await api.put_collection("mistakes", "books")
        with pytest.raises(package.NotFoundError) as missing:
            await api.get_book("mistakes", "books", MISSING)
        body = missing.value.body
        assert body is not None
        assert body.details is not None
        assert (missing.value.status_code, body.errno) == (404, 110)
        assert (body.details.id, body.details.resource_name) == (MISSING, "record")
        book = await api.create_book(
            "mistakes",
            "books",
            book={"title": "Solaris", "author": "Lem", "published": datetime.date(1961, 6, 1)},
        )
        with pytest.raises(package.PreconditionFailedError, match="modified meanwhile") as outdated:
            await api.change_book("mistakes", "books", book.id, if_match='"1"', changes={})
        assert (outdated.value.status_code, outdated.value.code) == (412, "114")
        problem = outdated.value.body
        assert problem is not None
        assert problem.details is not None
        assert problem.details.existing is not None
        assert problem.details.existing.published == datetime.date(1961, 6, 1)
        await api.delete_bucket("mistakes")
        with pytest.raises(package.PermissionDeniedError):
            await api.delete_bucket("mistakes")


async def test_an_answer_can_be_had_as_it_came(face: Face, kinto: Server) -> None:
    async with face(Kinto, AsyncKinto, kinto) as api:
        answer = await api.raw(api.server_info)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/json")
        info = answer.parse()
        assert (info.project_name, info.user.id) == ("Library", "account:ada")
        assert "***" in answer.curl
        assert kinto.credentials["password"] not in answer.curl
        missing = await api.raw(api.get_book, "nowhere", "books", MISSING)
        assert missing.status_code in (403, 404)


async def test_a_wrong_password_is_refused_and_hidden(
    face: Face, kinto: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(Kinto, AsyncKinto, kinto, password=WRONG) as api:
        with pytest.raises(package.AuthenticationError) as refused:
            await api.put_bucket("refused")
        assert refused.value.status_code == 401
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text


async def test_a_password_can_change_while_the_client_is_open(face: Face, kinto: Server) -> None:
    passwords = iter([WRONG, *[kinto.credentials["password"]] * 2])
    async with face(Kinto, AsyncKinto, kinto, password=lambda: next(passwords)) as api:
        with pytest.raises(package.AuthenticationError):
            await api.put_bucket("rotated")
        await api.put_bucket("rotated")
        await api.delete_bucket("rotated")


async def test_many_can_ask_at_once(face: Face, kinto: Server) -> None:
    async with face(Kinto, AsyncKinto, kinto) as api:
        assert {info.user.id for info in await face.at_once(api.server_info)} == {"account:ada"}


async def test_arguments_are_checked_before_anything_is_sent(face: Face, kinto: Server) -> None:
    async with face(Kinto, AsyncKinto, kinto) as api:
        with pytest.raises(package.ArgumentError, match="bucket"):
            await api.put_bucket("no/such name")
        with pytest.raises(package.ArgumentError, match="pages"):
            await api.create_book(
                "shelves", "books", book={"title": "T", "author": "A", "pages": 0}
            )


async def test_settings_come_from_the_environment(
    face: Face, kinto: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in kinto.environment().items():
        monkeypatch.setenv(name, value)
    nothing = dict.fromkeys(("port", *kinto.credentials))
    async with face(Kinto, AsyncKinto, kinto, **nothing) as api:
        assert (await api.server_info()).user.id == "account:ada"
