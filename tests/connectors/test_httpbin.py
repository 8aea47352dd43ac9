"""httpbin: what exactly is sent, and each static proof of who is asking."""

from __future__ import annotations

import base64
import datetime
import io
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from generated import httpbin as package
from generated.httpbin import AsyncHttpbin, Httpbin
from tests.connectors.harness import WRONG, Face, assert_hidden, items
from tests.servers.process import Server

pytestmark = pytest.mark.anyio


async def test_the_server_gets_what_was_meant(face: Face, httpbin: Server) -> None:
    async with face(Httpbin, AsyncHttpbin, httpbin) as api:
        order = await api.echo_order(
            "c/1041 ü",
            channel="phone",
            item='Cup "big"',
            quantity=2,
            price=Decimal("19.90"),
            note=None,
            deliver_on=datetime.date(2026, 12, 24),
            city="Berlin",
        )
        assert unquote(order.url).endswith("/anything/orders/c/1041 ü")
        assert order.headers["X-Channel"] == "phone"
        assert order.data == (
            '{"item":"Cup \\"big\\"","quantity":2,"price":19.90,"gift":false,"note":null,'
            '"deliver_on":"2026-12-24","destination":{"city":"Berlin","country":"DE"}}'
        )
        echoed = await api.echo_query(q="a&b=ü", tags=["x", "y z"], exact=False)
        assert (echoed.args.q, echoed.args.exact, echoed.args.limit) == ("a&b=ü", "false", "10")
        assert echoed.args.tag == ["x", "y z"]
        assert "Authorization" not in echoed.headers
        put = await api.replace_setting(
            setting={"name": "theme", "value": "dark", "levels": [1, 2, 3]}
        )
        assert put.data == '{"name":"theme","value":"dark","levels":[1,2,3]}'


async def test_documents_delays_and_statuses(face: Face, httpbin: Server) -> None:
    async with face(Httpbin, AsyncHttpbin, httpbin) as api:
        show = (await api.slideshow()).slideshow
        assert show is not None
        assert (show.author, show.slides[1].title) == ("Yours Truly", "Overview")
        assert show.slides[0].items is None
        xml = await api.slideshow_xml()
        assert (xml.author, [slide.type for slide in xml.slide]) == ("Yours Truly", ["all", "all"])
        assert (xml.slide[0].title, xml.slide[0].item) == ("Wake up to WonderWidgets!", [])
        first, nothing, last = xml.slide[1].item
        assert nothing is None
        assert first is not None
        assert last is not None
        assert (first.em, last.em) == ("WonderWidgets", "buys")
        assert first.markup == "Why <em>WonderWidgets</em> are great"
        assert (await api.delay(0.05)).url.endswith("/delay/0.05")
        with pytest.raises(package.ApiTimeoutError):
            await api.with_options(timeout=0.1, retry=package.Retry(attempts=1)).delay(2)
        assert await api.raw(api.status, 204)
        with pytest.raises(package.ConflictError) as conflict:
            await api.status(409)
        assert (conflict.value.status_code, conflict.value.body) == (409, None)
        with pytest.raises(package.ArgumentError, match="code"):
            await api.status(99)


async def test_bearer_basic_and_digest_are_taken(face: Face, httpbin: Server) -> None:
    async with face(Httpbin, AsyncHttpbin, httpbin) as api:
        shown = await api.check_token()
        assert (shown.authenticated, shown.token) == (True, httpbin.credentials["token"])
        assert (await api.check_basic()).user == (await api.check_digest()).user == "ada"


async def test_proofs_that_are_wrong_or_not_there(face: Face, httpbin: Server) -> None:
    async with face(Httpbin, AsyncHttpbin, httpbin, password="wrong:pass/word") as api:
        # the path holds the password too: httpbin compares the two
        answer = await api.raw(api.check_basic)
        assert "wrong%3Apass" not in answer.curl
    async with face(
        Httpbin, AsyncHttpbin, httpbin, token=None, username=None, password=None
    ) as anonymous:
        with pytest.raises(package.MissingCredentialError, match="HTTPBIN_TOKEN"):
            await anonymous.check_token()
        with pytest.raises(package.MissingCredentialError, match="HTTPBIN_USERNAME"):
            await anonymous.check_digest()
        assert (await anonymous.slideshow_xml()).title


async def test_lines_come_as_events(face: Face, httpbin: Server) -> None:
    async with face(Httpbin, AsyncHttpbin, httpbin) as api:
        lines = await items(api.stream_lines(5))
        assert [line.id for line in lines] == [0, 1, 2, 3, 4]
        assert isinstance(lines[0], package.models.Line)


async def test_many_can_ask_at_once(face: Face, httpbin: Server) -> None:
    async with face(Httpbin, AsyncHttpbin, httpbin) as api:
        assert {login.user for login in await face.at_once(api.check_basic)} == {"ada"}


async def test_a_token_stays_hidden(face: Face, httpbin: Server) -> None:
    async with face(Httpbin, AsyncHttpbin, httpbin, token=WRONG) as api:
        answer = await api.raw(api.check_token)
        assert WRONG not in answer.curl + repr(answer) + repr(api)
    nowhere: dict[str, Any] = {"base_url": "http://127.0.0.1:9", "retry": package.Retry(attempts=1)}
    async with face(Httpbin, AsyncHttpbin, httpbin, token=WRONG, **nowhere) as lost:
        with pytest.raises(package.TransportError) as failed:
            await lost.check_token()
        assert_hidden(failed.value, WRONG)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_uploads_arrive_whole(face: Face, httpbin: Server, tmp_path: Path) -> None:
    menu = tmp_path / "menu.csv"
    menu.write_text("drink,price\nMélange,3.90\n")
    async with face(Httpbin, AsyncHttpbin, httpbin) as api:
        sent = await api.upload_menu(
            season="winter", menu=menu, pictures=[package.Upload(b"\x89PNG", name='a"b.png')]
        )
        assert sent["menu"] == menu.read_text()
        assert base64.b64decode(sent["pictures"].partition("base64,")[2]) == b"\x89PNG"
        assert await api.put_file(file=menu) == menu.read_text()
        assert await api.put_file(file=io.BytesIO(b"a,b")) == "a,b"


async def test_pictures_and_files(face: Face, httpbin: Server, tmp_path: Path) -> None:
    async with face(Httpbin, AsyncHttpbin, httpbin) as api:
        picture = await api.picture("png")
        assert picture.startswith(b"\x89PNG")
        to = await api.download(api.picture, "png", to=tmp_path / "pig.png")
        assert to.read_bytes() == picture
        few = await api.random_bytes(100_000, seed=7)
        assert len(few) == 100_000
        to = await api.download(api.random_bytes, 100_000, seed=7, to=tmp_path / "bytes")
        assert to.read_bytes() == few
        with pytest.raises(package.ArgumentError, match="must be one of 'png', 'jpeg', 'webp'"):
            await api.picture("gif")
        assert names(tmp_path) == ["bytes", "pig.png"]
