"""How type checkers see uploads and downloads of a generated client: exactly the wrong lines are errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from callwright import commands
from callwright.project.settings import load_settings
from tests.cases.test_cases import project

CONSUMER = """\
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, assert_type

from generated import files
from generated.files import Upload, models


class AsyncFile:
    async def read(self, size: int = -1, /) -> bytes:
        return b""


def pieces() -> Iterator[bytes]:
    yield b""


async def async_pieces() -> AsyncIterator[bytes]:
    yield b""


def typed(client: files.Files) -> None:
    for file in (Path("a"), b"", bytearray(), memoryview(b""), io.BytesIO(), pieces(), Upload(b"", name="a")):
        assert_type(client.upload(purpose="batch", file=file), models.Upload)
    with open("a", "rb") as opened:
        client.replace("f1", content=opened)
    client.upload_many(files=[b"", Path("a")], attachments=[{"title": "a", "content": b""}], image=b"")
    assert_type(client.content("f1"), bytes)
    assert_type(client.export("e1"), bytes | models.Export | None)
    assert_type(client.count(), int | float)
    assert_type(client.settings().options, Any)
    assert_type(client.download(client.content, "f1", page=2, to=Path("a")), Path)
    client.download(client.thumbnail, "f1", to="a")
    client.request("POST", "/x", files={"a": b"", "b": [Path("b")]}, form={"c": 1})
    assert_type(client.raw(client.content, "f1").parse(), bytes)


async def typed_async(client: files.AsyncFiles) -> None:
    for file in (AsyncFile(), async_pieces(), pieces(), Path("a"), Upload(AsyncFile())):
        assert_type(await client.upload(purpose="batch", file=file), models.Upload)
    assert_type(await client.download(client.content, "f1", to=Path("a")), Path)
    await client.request("POST", "/x", files={"a": async_pieces()})


def wrong(client: files.Files) -> None:
    client.upload(purpose="batch", file="a.pdf")  # wrong
    client.upload(purpose="batch", file=open("a"))  # wrong
    client.upload(purpose="batch", file=AsyncFile())  # wrong
    client.upload(purpose="batch", file=3)  # wrong
    client.upload_many(files=["a"])  # wrong
    client.upload_many(files=[], attachments=[{"title": "a", "content": "b"}])  # wrong
    client.download(client.content, "f1")  # wrong
    client.download(client.content, "f1", to=3)  # wrong
    client.download(client.content, 3, to="a")  # wrong for pyright
    client.download(client.content, "f1", pages=3, to="a")  # wrong for pyright
    client.download(3, to="a")  # wrong
    client.request("POST", "/x", files={"a": "b"})  # wrong
    Upload("a.pdf")  # wrong
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("files"), "files")
    commands.generate(load_settings(folder))
    (folder / "consumer.py").write_text(CONSUMER)
    return folder


def lines(*markers: str) -> set[int]:
    return {n for n, line in enumerate(CONSUMER.splitlines(), 1) if line.endswith(markers)}


def found(folder: Path, marker: str, *command: str) -> set[int]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    told = [line for line in (done.stdout + done.stderr).splitlines() if marker in line]
    assert all("consumer.py:" in line for line in told), "\n".join(told)
    return {int(line.partition("consumer.py:")[2].split(":")[0]) for line in told}


def test_mypy(folder: Path) -> None:
    """It does not look at arguments beside ``to``: PEP 612 has no keyword between ``*args`` and ``**kwargs``."""
    command = (sys.executable, "-m", "mypy", "--strict", "--no-incremental", "consumer.py")
    assert found(folder, ": error:", *command) == lines("# wrong")


def test_pyright(folder: Path) -> None:
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    pyright = str(Path(sys.executable).parent / "pyright")
    command = (pyright, "--pythonpath", sys.executable, "consumer.py", "generated")
    assert found(folder, " - error:", *command) == lines("# wrong", "# wrong for pyright")
