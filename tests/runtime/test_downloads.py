"""Downloads of what may not be the file: failures with a success status, other codings, redirects, empty responses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from handwritten._runtime.client import Client
from handwritten._runtime.definition import (
    Call,
    Connector,
    Environment,
    Errors,
    FailedWhen,
    Response,
    Retry,
)
from handwritten._runtime.errors import (
    ArgumentError,
    ResponseTooLargeError,
    StatusError,
    UnexpectedBodyError,
)

from tests.cases.recorder import Recorder, Reply

FILE = Call("file", "GET", "/file", data=True, response=Response("file"))
RULE = FailedWhen(path=("$.ok",), is_=False)


class Files(Client):
    def file(self) -> bytes:
        return self._call(FILE, {}, returns=bytes)


@pytest.fixture
def server() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.close()


def client(server: Recorder, **rest: Any) -> Files:
    return Files(
        Connector(
            "acme", "ACME_", (Environment("live", server.url),), retry=Retry(attempts=1), **rest
        )
    )


def test_a_success_that_says_it_failed(server: Recorder, tmp_path: Path) -> None:
    with client(server, errors=Errors(failed_when=(RULE,))) as api:
        server.reply(Reply(200, b'{"ok": false, "message": "gone"}'))
        with pytest.raises(StatusError, match="gone"):
            api.download(api.file, to=tmp_path / "a")
        assert list(tmp_path.iterdir()) == []
        for kind, body in (("application/json", b'{"ok": true}'), ("a/b", b'{"ok": false}')):
            server.reply(Reply(200, body, kind))
            assert api.download(api.file, to=tmp_path / "a").read_bytes() == body


def test_json_that_may_be_a_failure_is_bounded_as_in_memory(
    server: Recorder, tmp_path: Path
) -> None:
    rules = Errors(failed_when=(RULE,))
    server.reply(Reply(200, b'{"a": "123456789"}'))
    with client(server, errors=rules, max_response_bytes=10) as api:
        with pytest.raises(ResponseTooLargeError):
            api.download(api.file, to=tmp_path / "a")
        server.reply(Reply(200, b'{"a": "123456789"}', "text/csv"))
        assert api.download(api.file, to=tmp_path / "a").stat().st_size == 18


def test_another_coding(server: Recorder, tmp_path: Path) -> None:
    server.reply(Reply(200, b"1234", "a/b", headers={"Content-Encoding": "br"}))
    with client(server) as api, pytest.raises(UnexpectedBodyError, match="encoded as 'br'"):
        api.download(api.file, to=tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_and_an_empty_file(server: Recorder, tmp_path: Path) -> None:
    server.reply(
        Reply(302, b"somewhere", "a/b", headers={"Location": "/x"}), Reply(200, b"", "a/b")
    )
    with client(server) as api:
        assert api.download(api.file, to=tmp_path / "a").read_bytes() == b""
    assert [r.path for r in server.received] == ["/file", "/x"]


def test_a_long_name_and_a_relative_path(
    server: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server.reply(Reply(200, b"1", "a/b"))
    with client(server) as api:
        name = "ü" * 120
        assert api.download(api.file, to=name) == Path(name)
        assert Path(name).read_bytes() == b"1"


def test_a_read_only_file_stays(server: Recorder, tmp_path: Path) -> None:
    import os

    there = tmp_path / "a"
    there.write_bytes(b"old")
    there.chmod(0o444)
    if os.access(there, os.W_OK):
        pytest.skip("root may write everywhere")
    with client(server) as api, pytest.raises(ArgumentError, match="must not be written"):
        api.download(api.file, to=there)
    assert not server.received
