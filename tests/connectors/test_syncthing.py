"""Syncthing: a key in a header, folders as its own configuration, errors in plain text."""

from __future__ import annotations

import datetime
import logging

import pytest

from generated import syncthing as package
from generated.syncthing import AsyncSyncthing, Syncthing
from tests.connectors.harness import WRONG, Face, assert_hidden
from tests.servers.process import Server

pytestmark = pytest.mark.anyio


async def test_a_folder_is_added_changed_and_deleted(face: Face, syncthing: Server) -> None:
    async with face(Syncthing, AsyncSyncthing, syncthing) as api:
        await api.add_folder(
            folder_id="books",
            path="~/books",
            label="Books",
            paused=True,
            versioning="trashcan",
            versioning_params={"cleanoutDays": "30"},
        )
        try:
            assert {folder.id for folder in await api.list_folders()} == {"photos", "books"}
            assert (await api.get_folder("books")).versioning.params == {"cleanoutDays": "30"}
            await api.change_folder("books", label="Library", rescan_interval_s=600)
            changed = await api.get_folder("books")
            assert (changed.label, changed.rescan_interval_s) == ("Library", 600)
            assert (changed.paused, changed.type) == (True, "sendreceive")
        finally:
            await api.delete_folder("books")
        with pytest.raises(package.NotFoundError, match="404") as missing:
            await api.get_folder("books")
        assert missing.value.text.strip() == "No folder with given ID"
        assert missing.value.body is None


async def test_the_state_of_server_folder_and_devices(face: Face, syncthing: Server) -> None:
    async with face(Syncthing, AsyncSyncthing, syncthing) as api:
        assert (await api.ping()).ping == "pong"
        version = await api.version()
        assert version.version.startswith("v1.")
        assert isinstance(version.date, datetime.datetime)
        await api.scan(folder="photos")
        status = await api.folder_status(folder="photos")
        assert status.global_files == 1
        assert isinstance(status.state_changed, datetime.datetime)
        entries = await api.browse(folder="photos", levels=0)
        assert [(entry.name, entry.type) for entry in entries] == [
            ("lake.txt", "FILE_INFO_TYPE_FILE")
        ]
        assert [device.name for device in await api.list_devices()] == ["library"]
        with pytest.raises(package.ServerError) as unknown:
            await api.scan(folder="nothing")
        assert unknown.value.status_code == 500


async def test_an_answer_can_be_had_as_it_came(face: Face, syncthing: Server) -> None:
    async with face(Syncthing, AsyncSyncthing, syncthing) as api:
        answer = await api.raw(api.ping)
        assert (answer.status_code, answer.parse().ping) == (200, "pong")
        assert "X-Syncthing-Version" in answer.headers
        assert syncthing.credentials["api_key"] not in answer.curl


async def test_a_wrong_key_is_refused_and_hidden(
    face: Face, syncthing: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keys = iter([WRONG, syncthing.credentials["api_key"]])
    async with face(Syncthing, AsyncSyncthing, syncthing, api_key=lambda: next(keys)) as api:
        with pytest.raises(package.PermissionDeniedError) as refused:
            await api.ping()
        assert_hidden(refused.value, WRONG)
        assert WRONG not in repr(api) + caplog.text
        assert (await api.ping()).ping == "pong"


async def test_many_can_ask_at_once(face: Face, syncthing: Server) -> None:
    async with face(Syncthing, AsyncSyncthing, syncthing) as api:
        assert {pong.ping for pong in await face.at_once(api.ping)} == {"pong"}
