"""Jupyter: `Authorization: token …` or the token in the URL; files and notebooks to read and write."""

from __future__ import annotations

import datetime
import json
import logging
from pathlib import Path

import pytest

from generated import jupyter as package
from generated.jupyter import AsyncJupyterServer, JupyterServer
from tests.connectors.harness import WRONG, Face, assert_hidden
from tests.servers.process import Server

pytestmark = pytest.mark.anyio


async def test_a_file_is_saved_renamed_read_and_deleted(face: Face, jupyter: Server) -> None:
    async with face(JupyterServer, AsyncJupyterServer, jupyter) as api:
        saved = await api.save_text("pictures/wish list.txt", content="Büchér & shelves\n")
        assert (saved.name, saved.path) == ("wish list.txt", "pictures/wish list.txt")
        assert abs(saved.last_modified - datetime.datetime.now(datetime.UTC)).seconds < 60
        moved = await api.rename(saved.path, new_path="pictures/bought.txt")
        try:
            assert await api.read_file(moved.path) == "Büchér & shelves\n"
            found = await api.get_text(moved.path)
            assert (found.content, found.mimetype) == ("Büchér & shelves\n", "text/plain")
            assert (await api.get_text(moved.path, with_content=0)).content is None
        finally:
            await api.delete(moved.path)
        with pytest.raises(package.NotFoundError) as missing:
            await api.get_text(moved.path)
        # its Content-Type says JSON, but it is none
        assert missing.value.text == "file or directory '/pictures/bought.txt' does not exist"
        assert missing.value.body is None


async def test_notebooks_and_directories(face: Face, jupyter: Server) -> None:
    async with face(JupyterServer, AsyncJupyterServer, jupyter) as api:
        notebook = await api.get_notebook("shelves.ipynb")
        assert notebook.content is not None
        text, code = notebook.content.cells
        assert (text.cell_type, text.outputs, code.execution_count) == ("markdown", None, 1)
        assert code.outputs is not None
        assert code.outputs[0].data.text_plain == "42"
        assert (await api.list_directory("pictures")).type == "directory"
        assert int((await api.version()).version.split(".")[0]) >= 2


async def test_the_token_in_the_url_and_in_the_header(
    face: Face, jupyter: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(JupyterServer, AsyncJupyterServer, jupyter) as api:
        in_url = await api.raw(api.read_file, "readme.txt")
        assert "token=***" in in_url.curl
        assert in_url.parse() == "Forty-two shelves.\n"
        in_header = await api.raw(api.get_text, "readme.txt")
        assert "Authorization: token ***" in in_header.curl
        assert jupyter.credentials["token"] not in in_url.curl + in_header.curl + caplog.text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_notebook_is_downloaded(face: Face, jupyter: Server, tmp_path: Path) -> None:
    async with face(JupyterServer, AsyncJupyterServer, jupyter) as api:
        to = await api.download(api.download_file, "shelves.ipynb", to=tmp_path / "a.ipynb")
        assert json.loads(to.read_text())["nbformat"] == 4
        assert to.read_bytes() == await api.download_file("shelves.ipynb")
        with pytest.raises(package.NotFoundError):
            await api.download(api.download_file, "nothing.bin", to=tmp_path / "b")
        assert names(tmp_path) == ["a.ipynb"]


async def test_a_wrong_token_is_refused_and_hidden(
    face: Face, jupyter: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with face(JupyterServer, AsyncJupyterServer, jupyter, token=WRONG) as api:
        assert (await api.version()).version
        with pytest.raises(package.PermissionDeniedError, match="Forbidden") as refused:
            await api.get_text("readme.txt")
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text


async def test_many_can_ask_at_once(face: Face, jupyter: Server) -> None:
    async with face(JupyterServer, AsyncJupyterServer, jupyter) as api:
        texts = await face.at_once(api.get_text, "readme.txt")
        assert {text.content for text in texts} == {"Forty-two shelves.\n"}
