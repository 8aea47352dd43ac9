"""Files to upload: what an argument of type file takes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Protocol, TypeAlias


class BinaryFile(Protocol):
    """A file opened in binary mode."""

    def read(self, size: int, /) -> bytes: ...


class AsyncBinaryFile(Protocol):
    """A file opened in binary mode whose ``read`` is awaited, such as those of anyio and aiofiles."""

    async def read(self, size: int, /) -> bytes: ...


class Upload:
    """A file with its own name and content type.

    Args:
        content: A `Path`, bytes, a file opened in binary mode, or an iterator of bytes.
        name: The file name that is sent. Defaults to that of the path or file.
        content_type: The media type that is sent. Defaults to that of the name's extension.

    client.upload(file=Upload(data, name="report.pdf"))
    """

    __slots__ = ("content", "content_type", "name")

    def __init__(
        self,
        content: AsyncFileContent,
        *,
        name: str | None = None,
        content_type: str | None = None,
    ) -> None:
        self.content = content
        self.name = name
        self.content_type = content_type

    def __repr__(self) -> str:
        return f"Upload({type(self.content).__name__}, name={self.name!r})"


FileContent: TypeAlias = (
    "os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile | Iterator[bytes]"
)
AsyncFileContent: TypeAlias = "FileContent | AsyncBinaryFile | AsyncIterator[bytes]"

FileInput: TypeAlias = "Upload | FileContent"
"""A file to upload: a `Path`, bytes, a file opened in binary mode, an iterator of bytes, or an `Upload`."""
AsyncFileInput: TypeAlias = "FileInput | AsyncBinaryFile | AsyncIterator[bytes]"
"""Like FileInput; the file or iterator may also be asynchronous."""
