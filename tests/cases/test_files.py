"""The client generated for the case `files`: uploads from everything that holds bytes, and downloads to disk."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import random
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cases.recorder import Part, Recorder, Reply

CASE = "files"
BIG = random.Random(1).randbytes(3_000_000)


@pytest.fixture
def server() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.close()


class Caller:
    """Calls methods of the synchronous or the asynchronous client alike."""

    def __init__(self, kind: str, package: Any, url: str, **options: Any) -> None:
        self.package = package
        self.kind = kind
        self._runner = asyncio.Runner() if kind == "async" else None
        make = package.AsyncFiles if self._runner else package.Files
        self.client = make(base_url=url, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)
        return lambda *args, **kwargs: self.run(method(*args, **kwargs))

    def run(self, result: Any) -> Any:
        return result if self._runner is None else self._runner.run(result)

    def download(self, name: str, *args: Any, **kwargs: Any) -> Path:
        method = getattr(self.client, name)
        path: Path = self.run(self.client.download(method, *args, **kwargs))
        return path

    def close(self) -> None:
        if self._runner is None:
            self.client.close()
        else:
            self._runner.run(self.client.aclose())
            self._runner.close()


@pytest.fixture(params=["sync", "async"])
def files(request: pytest.FixtureRequest, package: Any, server: Recorder) -> Iterator[Caller]:
    made = Caller(request.param, package, server.url, retry=package.Retry(attempts=3, max_wait=1))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_waiting(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[package.Files.__mro__[1].__module__.rpartition(".")[0] + ".wait"]
    monkeypatch.setattr(module, "_BASE", 0.001)


def test_parts_of_an_upload(files: Caller, server: Recorder, tmp_path: Path) -> None:
    path = tmp_path / 'größe "1".pdf'
    path.write_bytes(BIG)
    files.upload(purpose="batch", file=path, thumbnail=b"\0png\r\n--", tags=["a", "ü"])
    assert server.last.parts == [
        Part("purpose", b"batch"),
        Part("file", BIG, "größe %221%22.pdf", "application/pdf"),
        Part("thumbnail", b"\0png\r\n--", "thumbnail", "application/octet-stream"),
        Part("tags", b"a"),
        Part("tags", "ü".encode()),
    ]
    assert "transfer-encoding" not in server.last.headers


class Counting(io.RawIOBase):
    """A file without an end that can be sought, and that notes how much was asked for."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces
        self.asked: list[int] = []

    def read(self, size: int = -1) -> bytes:
        self.asked.append(size)
        return self._pieces.pop(0) if self._pieces else b""


def sources(tmp_path: Path) -> dict[str, Callable[[], Any]]:
    path = tmp_path / "data.bin"
    path.write_bytes(b"before" + BIG)

    def sought() -> Any:
        file = path.open("rb")
        file.seek(6)
        return file

    def spooled() -> Any:
        file = tempfile.SpooledTemporaryFile()  # noqa: SIM115
        file.write(BIG)
        file.seek(0)
        return file

    return {
        "bytes": lambda: BIG,
        "bytearray": lambda: bytearray(BIG),
        "memoryview": lambda: memoryview(BIG),
        "file": sought,
        "BytesIO": lambda: io.BytesIO(BIG),
        "spooled": spooled,
        "pipe": lambda: Counting([BIG[:100], BIG[100:]]),
        "iterator": lambda: iter([BIG[:7], b"", BIG[7:]]),
        "generator": lambda: (BIG[i : i + 1_000_000] for i in range(0, len(BIG), 1_000_000)),
    }


KINDS = ["bytes", "bytearray", "memoryview", "file", "BytesIO", "spooled", "pipe", "iterator", "generator"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_holds_bytes(files: Caller, server: Recorder, tmp_path: Path, kind: str) -> None:
    server.reply(Reply(204, b"", None))
    made = sources(tmp_path)[kind]()
    files.replace("f1", content=made)
    request = server.last
    assert request.body == BIG
    assert request.headers["content-type"] == "application/octet-stream"
    unknown = kind in ("pipe", "iterator", "generator")
    assert ("transfer-encoding" in request.headers) is unknown
    assert request.headers.get("content-length") == (None if unknown else str(len(BIG)))
    if kind in ("file", "spooled", "BytesIO"):
        assert not made.closed
        made.close()


class AsyncFile:
    """As anyio and aiofiles have them."""

    name = "/somewhere/else.txt"

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    async def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)


async def pieces() -> AsyncIterator[bytes]:
    yield BIG[:9]
    yield b""
    yield BIG[9:]


@pytest.mark.parametrize("make", [pieces, lambda: AsyncFile(BIG)], ids=["iterator", "file"])
def test_asynchronous_files(package: Any, server: Recorder, make: Callable[[], Any]) -> None:
    files = Caller("async", package, server.url)
    files.upload(purpose="batch", file=make())
    _, part = server.last.parts
    assert part.content == BIG
    files.close()
    files = Caller("sync", package, server.url)
    expected = r"upload: file is asynchronous, and the synchronous client cannot await it"
    with pytest.raises(package.ArgumentError, match=expected):
        files.upload(purpose="batch", file=make())
    files.close()
    assert len(server.received) == 1


def test_names_and_types_of_files(files: Caller, server: Recorder, tmp_path: Path) -> None:
    upload = files.package.Upload
    (tmp_path / "a.csv").write_bytes(b"1")
    given = [
        tmp_path / "a.csv",
        upload(tmp_path / "a.csv", content_type="text/x-own; charset=utf-8"),
        upload(b"2", name="b.unknown"),
        upload(io.BytesIO(b"3"), name="c.json.gz"),
        upload(iter([b"4"]), name='q"u\r\n.png'),
    ]
    server.reply(Reply(body=b"[]"))
    files.upload_many(files=given)
    assert server.last.parts == [
        Part("files[]", b"1", "a.csv", "text/csv"),
        Part("files[]", b"1", "a.csv", "text/x-own; charset=utf-8"),
        Part("files[]", b"2", "b.unknown", "application/octet-stream"),
        Part("files[]", b"3", "c.json.gz", "application/octet-stream"),
        Part("files[]", b"4", "q%22u%0D%0A.png", "image/png"),
    ]


def test_files_inside_objects_and_places(files: Caller, server: Recorder) -> None:
    attachments = [{"title": "A", "content": b"1"}, {"title": "B", "content": io.BytesIO(b"2")}]
    server.reply(Reply(body=b"[]"))
    files.upload_many(files=[], attachments=attachments, image=b"3", alt="x")
    assert server.last.parts == [
        Part("attachments[0][title]", b"A"),
        Part("attachments[0][content]", b"1", "attachments[0][content]", "application/octet-stream"),
        Part("attachments[1][title]", b"B"),
        Part("attachments[1][content]", b"2", "attachments[1][content]", "application/octet-stream"),
        Part("cover[image]", b"3", "cover[image]", "application/octet-stream"),
        Part("cover[alt]", b"x"),
    ]  # fmt: skip


def test_a_file_is_sent_as_its_own_content_type_if_it_has_one(
    files: Caller, server: Recorder
) -> None:
    server.reply(Reply(204, b"", None))
    files.replace("f1", content=files.package.Upload(b"1", content_type="application/pdf"))
    assert server.last.headers["content-type"] == "application/pdf"


ACCEPTED = "must be a pathlib.Path, bytes, a file opened in binary mode, or an Upload"


def test_what_is_no_file_is_refused_before_anything_is_sent(
    files: Caller, server: Recorder, tmp_path: Path
) -> None:
    upload = files.package.Upload
    text = (tmp_path / "a.txt").open("w+")
    cases: list[tuple[Any, str]] = [
        ("report.pdf", f"file {ACCEPTED}, not str: write Path(...) for a file's path, or .encode() for content"),
        (3, f"file {ACCEPTED}, not int"),
        ([b"1"], f"file {ACCEPTED}, not list"),
        (tmp_path / "nowhere", "file cannot be read: No such file or directory"),
        (tmp_path, "file is a directory, not a file"),
        (Path("a\0b"), "file is not a path: it contains a null character"),
        (text, "file must be opened in binary mode, such as open(path, 'rb')"),
        (upload("report.pdf"), f"file {ACCEPTED}, not str: write Path(...)"),
        (upload(b"", content_type="text/plain\r\nX: 1"), "file has a content_type that is not a media type"),
        (upload(b"", name=""), "file has a name that is not text"),
        (upload(b"", name="\ud800"), "file has a name with a lone surrogate"),
    ]  # fmt: skip
    with text:
        for value, problem in cases:
            with pytest.raises(files.package.ArgumentError) as told:
                files.upload(purpose="batch", file=value)
            assert str(told.value).startswith(f"upload: {problem}")
    with pytest.raises(files.package.ArgumentError, match="thumbnail must have at most 1000000 bytes"):  # fmt: skip
        files.upload(purpose="batch", file=b"", thumbnail=io.BytesIO(bytes(1_000_001)))
    assert not server.received


def test_files_that_fail_while_they_are_sent(files: Caller, tmp_path: Path) -> None:
    class Mine(Exception):
        pass

    def broken() -> Iterator[bytes]:
        yield b"1"
        raise Mine

    def texts() -> Iterator[Any]:
        yield "1"

    growing = tmp_path / "log"
    growing.write_bytes(b"12345")

    class Longer(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size) and b"123456"

    with pytest.raises(Mine):
        files.upload(purpose="batch", file=broken())
    error = files.package.ArgumentError
    with pytest.raises(error, match="upload: file must give bytes, not str: open the file in binary mode"):  # fmt: skip
        files.upload(purpose="batch", file=texts())
    with pytest.raises(error, match="upload: file changed while it was sent: it had 5 bytes"):
        files.upload(purpose="batch", file=Longer(b"12345"))


@pytest.mark.parametrize("kind", ["path", "bytes", "BytesIO"])
def test_what_can_be_read_again_is_sent_again(
    files: Caller, server: Recorder, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(BIG)
    made = {"path": path, "bytes": BIG, "BytesIO": io.BytesIO(BIG)}[kind]
    server.reply(Reply(429, b"{}"), Reply(429, b"{}"), Reply(204, b"", None))
    files.replace("f1", content=made)
    assert [request.body for request in server.received] == [BIG] * 3


def test_what_can_be_read_once_is_not_sent_again(files: Caller, server: Recorder) -> None:
    server.reply(Reply(429, b"{}"), Reply(204, b"", None))
    with pytest.raises(files.package.RateLimitError):
        files.replace("f1", content=iter([b"1"]))
    assert len(server.received) == 1


def test_an_upload_that_never_left_is_not_used_up(package: Any, server: Recorder) -> None:
    """A connection that cannot be made takes nothing from an iterator."""
    import httpx

    attempts: list[int] = []

    class Flaky(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            attempts.append(1)
            if len(attempts) == 1:
                raise httpx.ConnectError("refused")
            return super().handle_request(request)

    server.reply(Reply(204, b"", None))
    retry = package.Retry(attempts=2)
    with package.Files(base_url=server.url, retry=retry, transport=Flaky()) as client:
        client.replace("f1", content=iter([b"12"]))
    assert [r.body for r in server.received] == [b"12"]


def test_curl_shows_the_form_without_its_content(
    package: Any, server: Recorder, tmp_path: Path
) -> None:
    (tmp_path / "a;b.csv").write_bytes(b"content")
    with package.Files(base_url=server.url) as client:
        raw = client.raw(client.upload, purpose="batch", file=tmp_path / "a;b.csv", tenant="t'1")
    assert raw.curl == (
        f"curl --request POST {server.url}/files --form-string 'tenant=t'\"'\"'1' --form-string purpose=batch"
        " --form 'file=@\"a;b.csv\";type=text/csv'"
    )
    assert raw.parse().id == "f1"


def test_an_own_http_client(package: Any, server: Recorder) -> None:
    import httpx

    with httpx.Client(headers={"X-Own": "1"}) as own:
        client = package.Files(base_url=server.url, http_client=own)
        client.upload(purpose="batch", file=b"1")
    assert server.last.headers["x-own"] == "1"
    assert [p.name for p in server.last.parts] == ["purpose", "file"]


def test_files_of_calls_that_the_spec_does_not_list(files: Caller, server: Recorder) -> None:
    files.request("POST", "/other", files={"a": b"1", "b": [b"2", b"3"]}, form={"c": "x", "d": 4})
    assert server.last.parts == [
        Part("c", b"x"),
        Part("d", b"4"),
        Part("a", b"1", "a", "application/octet-stream"),
        Part("b", b"2", "b", "application/octet-stream"),
        Part("b", b"3", "b", "application/octet-stream"),
    ]
    files.request("PUT", "/other", content=iter([b"1", b"2"]), headers={"Content-Type": "a/b"})
    assert (server.last.body, server.last.headers["content-type"]) == (b"12", "a/b")
    with pytest.raises(files.package.ArgumentError, match=r"files\['a'\] must be a pathlib.Path"):
        files.request("POST", "/other", files={"a": "report.pdf"})
    with pytest.raises(files.package.ArgumentError, match="files cannot be given with json"):
        files.request("POST", "/other", files={"a": b""}, json={})


# downloads


def folder_of(path: Path) -> list[str]:
    return sorted(os.listdir(path))


def test_a_file_in_memory_and_on_disk(files: Caller, server: Recorder, tmp_path: Path) -> None:
    server.reply(Reply(body=BIG, kind="application/pdf"))
    assert files.content("f1", page=2) == BIG
    to = tmp_path / "a.pdf"
    assert files.download("content", "f1", page=2, to=to) == to
    assert to.read_bytes() == BIG
    assert files.download("content", "f1", to=str(tmp_path / "b.pdf")) == tmp_path / "b.pdf"
    assert [r.path for r in server.received] == ["/files/f1/content?page=2"] * 2 + ["/files/f1/content"]  # fmt: skip
    assert folder_of(tmp_path) == ["a.pdf", "b.pdf"]


def test_permissions_are_those_of_any_new_file_or_of_the_one_before(
    files: Caller, server: Recorder, tmp_path: Path
) -> None:
    server.reply(Reply(body=b"new", kind=None))
    (tmp_path / "other").write_bytes(b"")
    usual = stat.S_IMODE((tmp_path / "other").stat().st_mode)
    fresh = files.download("content", "f1", to=tmp_path / "fresh")
    assert stat.S_IMODE(fresh.stat().st_mode) == usual
    there = tmp_path / "there"
    there.write_bytes(b"old")
    there.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to("there")
    files.download("content", "f1", to=link)
    assert link.is_symlink()
    assert (there.read_bytes(), stat.S_IMODE(there.stat().st_mode)) == (b"new", 0o640)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(404, b"{}"), "NotFoundError"),
        (Reply(body=b"<html>", kind="text/html"), "UnexpectedBodyError"),
        (Reply(body=b"short", kind=None, length=6), "TransportError"),
        (Reply(body=b"\x1f\x8bno gzip", kind=None, headers={"Content-Encoding": "gzip"}), "TransportError"),
        (Reply(body=gzip.compress(BIG)[:-9], kind=None, headers={"Content-Encoding": "gzip"}), "TransportError"),
    ],
    ids=["status", "web page", "too short", "corrupt", "truncated"],
)  # fmt: skip
def test_a_failure_leaves_what_was_there(
    files: Caller, server: Recorder, tmp_path: Path, reply: Reply, error: str
) -> None:
    server.reply(reply)
    to = tmp_path / "a.pdf"
    with pytest.raises(getattr(files.package, error)):
        files.download("content", "f1", to=to)
    assert folder_of(tmp_path) == []
    to.write_bytes(b"old")
    with pytest.raises(getattr(files.package, error)):
        files.download("content", "f1", to=to)
    assert to.read_bytes() == b"old"
    assert folder_of(tmp_path) == ["a.pdf"]


def test_a_download_is_begun_anew_after_a_lost_connection(
    files: Caller, server: Recorder, tmp_path: Path
) -> None:
    half = Reply(body=b"wrong" * 600_000, kind=None, length=4_000_000)
    server.reply(half, Reply(503, b"{}"), Reply(body=BIG, kind=None))
    to = files.download("content", "f1", to=tmp_path / "a")
    assert to.read_bytes() == BIG
    assert len(server.received) == 3


def test_compressed_downloads_and_their_bound(
    package: Any, server: Recorder, tmp_path: Path
) -> None:
    packed = gzip.compress(bytes(3_000_000))
    server.reply(Reply(body=packed, kind=None, headers={"Content-Encoding": "gzip"}))
    calls = sys.modules[f"{package.__name__}._calls"]
    assert calls.CONNECTOR.max_download_bytes == 1_000_000_000
    with package.Files(base_url=server.url) as client:
        to = client.download(client.content, "f1", to=tmp_path / "a")
        assert to.read_bytes() == bytes(3_000_000)
        settings = client._settings
        client._settings = settings.replace(
            connector=settings.connector.replace(max_download_bytes=2_999_999)
        )
        with pytest.raises(package.ResponseTooLargeError, match="larger than 2999999 bytes"):
            client.download(client.content, "f1", to=tmp_path / "b")
        server.reply(Reply(body=bytes(3_000_000), kind=None))
        with pytest.raises(package.ResponseTooLargeError):
            client.download(client.content, "f1", to=tmp_path / "b")
    assert folder_of(tmp_path) == ["a"]


def test_places_where_no_file_can_be(files: Caller, server: Recorder, tmp_path: Path) -> None:
    error = files.package.ArgumentError
    cases: list[tuple[Any, str]] = [
        (tmp_path, "to is a folder: add the name of the file"),
        (tmp_path / "no" / "a", f"to there is no folder {tmp_path / 'no'}"),
        ("/dev/null", "to is not a regular file"),
        ("", "to must be the path of a file"),
        (3, "to must be the path of a file"),
        ("a\0b", "to is not a path"),
    ]
    for to, problem in cases:
        with pytest.raises(error, match=f"download: {problem}"):
            files.download("content", "f1", to=to)
    assert not server.received


def test_only_files_are_downloaded(files: Caller, server: Recorder, tmp_path: Path) -> None:
    expected = pytest.raises(
        files.package.ArgumentError, match="must be a method that returns a file"
    )
    for name, args in (("motd", ()), ("owner", ("f1",))):
        with expected:
            files.download(name, *args, to=tmp_path / "a")
    with pytest.raises(files.package.ArgumentError, match="method must be a method of a client"):
        files.run(files.client.download(print, to=tmp_path / "a"))
    assert not server.received


def test_a_web_page_is_a_file_only_where_it_is_declared(
    files: Caller, server: Recorder, tmp_path: Path
) -> None:
    server.reply(Reply(body=b"<html>", kind="text/html; charset=utf-8"))
    assert files.page("f1") == b"<html>"
    assert files.download("page", "f1", to=tmp_path / "a").read_bytes() == b"<html>"
    with pytest.raises(files.package.UnexpectedBodyError, match=r"expected a file, got a web page"):
        files.content("f1")
    server.reply(Reply(body=b"{}"))
    with pytest.raises(files.package.UnexpectedBodyError, match=r"expected an image, got JSON"):
        files.thumbnail("f1")
    server.reply(Reply(body=b"\x89PNG", kind="image/png"))
    assert files.thumbnail("f1") == b"\x89PNG"


def test_several_successes(files: Caller, server: Recorder, tmp_path: Path) -> None:
    server.reply(Reply(body=b"PK", kind="application/zip"))
    assert files.export("e1") == b"PK"
    assert files.download("export", "e1", to=tmp_path / "a").read_bytes() == b"PK"
    server.reply(Reply(202, b'{"id": "e1", "eta": 1700000000}'))
    pending = files.export("e1")
    assert (pending.id, pending.eta.timestamp()) == ("e1", 1_700_000_000)
    with pytest.raises(files.package.UnexpectedBodyError, match="expected a file, got a response of type json"):  # fmt: skip
        files.download("export", "e1", to=tmp_path / "b")
    server.reply(Reply(404, b"{}"))
    assert files.export("e1") is None
    assert folder_of(tmp_path) == ["a"]


def test_responses_that_are_no_json(files: Caller, server: Recorder) -> None:
    server.reply(Reply(body=b" 12\n", kind="text/plain"))
    assert files.count() == 12
    server.reply(Reply(body=b"1.5", kind=None))
    assert files.count() == 1.5
    server.reply(Reply(body=b"many", kind=None))
    with pytest.raises(files.package.UnexpectedBodyError, match="expected a number"):
        files.count()
    server.reply(Reply(body="grün".encode("latin-1"), kind="text/plain; charset=latin-1"))
    assert files.motd() == "grün"
    server.reply(Reply(body=b""))
    assert files.exists("f1") is True
    server.reply(Reply(404, b""))
    assert files.exists("f1") is False


def test_selected_parts_and_json_inside_text(files: Caller, server: Recorder) -> None:
    server.reply(Reply(body=b'{"data": {"owner": {"name": "Ada", "since": "2020-01-01"}}}'))
    assert files.owner("f1").since.year == 2020
    text = rb'{"options": "{\"dark\":true}", "history": ["[1,2]", "\"x\"", "null"]}'
    server.reply(Reply(body=text))
    settings = files.settings()
    assert (settings.options, settings.history) == ({"dark": True}, [[1, 2], "x", None])
    server.reply(Reply(body=b'{"options": "{", "history": []}'))
    with pytest.warns(files.package.SchemaDriftWarning, match=r"\$.options: expected a text that holds JSON"):  # fmt: skip
        assert files.settings().options == "{"


def test_downloads_of_calls_that_the_spec_does_not_list(
    files: Caller, server: Recorder, tmp_path: Path
) -> None:
    server.reply(Reply(body=b'{"any": 1}'))
    to = files.download("request", "GET", "/export.json", to=tmp_path / "a")
    assert to.read_bytes() == b'{"any": 1}'


def test_the_disk_is_full(
    files: Caller, server: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    real = os.open

    def opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        return real(full if str(path).endswith(".part") else path, flags & ~os.O_EXCL, *args, **kwargs)  # fmt: skip

    monkeypatch.setattr(os, "open", opened)
    server.reply(Reply(body=BIG, kind=None))
    with pytest.raises(files.package.ApiError, match=r"download: cannot write .*: No space left"):
        files.download("content", "f1", to=tmp_path / "a")
    assert len(server.received) == 1


MEMORY = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from generated import files as package
{code}
# not ru_maxrss, which a process inherits from the one that starts it
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""
CODE = {
    "import": "with package.Files(base_url={url!r}) as c: c.motd()",
    "sync": "with package.Files(base_url={url!r}) as c:\n"
    "    c.motd(); c.download(c.content, 'f1', to={to!r}); c.replace('f1', content=Path({to!r}))",
    "async": "async def main():\n    async with package.AsyncFiles(base_url={url!r}) as c:\n"
    "        await c.motd(); await c.download(c.content, 'f1', to={to!r})\n"
    "        await c.replace('f1', content=Path({to!r}))\nasyncio.run(main())",
}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_neither_uploads_nor_downloads_are_held_in_memory(
    package: Any, server: Recorder, tmp_path: Path, kind: str
) -> None:
    """200 MB each way take hardly more than a call that sends nothing."""
    piece = bytes(1_000_000)
    output = Path(package.__path__[0]).parent
    (tmp_path / "generated").symlink_to(output)

    def used(code: str, *replies: Reply) -> int:
        server.reply(*replies)
        to = str(tmp_path / "big")
        text = MEMORY.format(root=str(tmp_path), code=CODE[code].format(url=server.url, to=to))
        run = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True)
        return int(run.stdout)

    text = Reply(body=b"x", kind="text/plain")
    before = used("import", text)
    after = used(kind, text, Reply(body=[piece] * 200, kind=None), Reply(204, b"", None))
    assert len(server.last.body) == 200_000_000
    assert after - before < 25_000, (before, after)


def test_a_cancelled_transfer_leaves_nothing(
    package: Any, server: Recorder, tmp_path: Path
) -> None:
    """Neither a half file, nor an open one (ResourceWarning is an error), nor a lost connection."""
    server.reply(Reply(body=Slow(), kind=None, length=4_000_000))
    (tmp_path / "big").write_bytes(BIG * 20)
    folder = tmp_path / "to"
    folder.mkdir()

    async def main() -> None:
        async with package.AsyncFiles(base_url=server.url) as client:
            task = asyncio.ensure_future(client.download(client.content, "f1", to=folder / "a"))
            while not folder_of(folder):  # noqa: ASYNC110 - nothing tells of a file
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert folder_of(folder) == []
            upload = asyncio.ensure_future(client.replace("f1", content=tmp_path / "big"))
            await asyncio.sleep(0.02)
            upload.cancel()
            with pytest.raises(asyncio.CancelledError):
                await upload
            server.reply(Reply(body=b"done", kind=None))
            assert await client.content("f1") == b"done"

    asyncio.run(main())


class Slow(list[bytes]):
    """Pieces that come slowly."""

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(40):
            time.sleep(0.02)
            yield bytes(100_000)

    def __len__(self) -> int:
        return 40


@pytest.mark.parametrize("how", ["transport", "http_client"])
def test_downloads_through_an_own_transport_or_client(
    package: Any, tmp_path: Path, how: str
) -> None:
    import httpx

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.read() == b""
        length = {"Content-Length": "5"} if "short" in request.url.path else None
        return httpx.Response(200, content=b"1234", headers=length)

    transport = httpx.MockTransport(answer)
    own: dict[str, Any] = {"transport": transport}
    if how == "http_client":
        own = {"http_client": httpx.Client(transport=transport)}
    with package.Files(retry=package.Retry(attempts=1), **own) as client:
        to = client.download(client.content, "f1", to=tmp_path / "a")
        assert to.read_bytes() == b"1234"
        with pytest.raises(
            package.TransportError, match=r"has 4 bytes instead of 5 \(Content-Length\)"
        ):
            client.download(client.content, "short", to=tmp_path / "b")
        with pytest.raises(package.TransportError, match=r"has 4 bytes instead of 5"):
            client.content("short")
    assert folder_of(tmp_path) == ["a"]


def test_uploads_through_an_own_transport(package: Any, tmp_path: Path) -> None:
    import httpx

    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        return httpx.Response(204)

    (tmp_path / "a").write_bytes(BIG)
    with package.Files(transport=httpx.MockTransport(answer)) as client:
        client.replace("f1", content=tmp_path / "a")
        client.replace("f1", content=iter([b"1", b"2"]))
    assert bodies == [BIG, b"12"]
