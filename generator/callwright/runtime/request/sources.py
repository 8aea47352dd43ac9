"""Where the bytes of an uploaded file come from. Nothing here holds more than a piece of a file."""

from __future__ import annotations

import inspect
import os
import re
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

from ..errors import ArgumentError
from ..files import Upload
from .refusal import Refused

PIECE = 262_144
"""Bytes that are read and sent at a time."""
_SMALL = 1_048_576
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(\s*;[ -~]*)?")
_OCTETS = "application/octet-stream"
_ACCEPTED = "a pathlib.Path, bytes, a file opened in binary mode, or an Upload"


class Source:
    """A file as it will be sent.

    ``size``: in bytes, None if unknown. ``replayable``: whether it can be sent again. ``is_async``: whether only an
    event loop can read it. ``raised``: the error of an application's own file or iterator.
    """

    name: str | None = None
    content_type: str | None = None
    size: int | None = None
    replayable = True
    is_async = False
    argument = ""
    raised: BaseException | None = None
    is_begun = False
    """Whether some of it was read."""

    @property
    def can_be_sent(self) -> bool:
        """Whether it can be sent (again) from its beginning."""
        return self.replayable or not self.is_begun

    def open(self) -> tuple[Callable[[int], bytes], Callable[[], None]]:
        """A function that reads the next piece, and one that closes."""
        raise NotImplementedError

    def content(self) -> memoryview | None:
        """The content, if it is in memory and small."""
        return None

    def pieces(self, call: str) -> Iterator[bytes]:
        """The content from its beginning. Raises ArgumentError if it cannot be read. Not for asynchronous ones."""
        read, close = self._opened(call)
        sent = 0
        try:
            while piece := self._read(call, read):
                sent = self._counted(call, sent, piece)
                yield piece
            self._check_end(call, sent)
        finally:
            close()

    async def async_pieces(self, call: str) -> AsyncIterator[bytes]:
        """As ``pieces``; files are read in a thread."""
        from asyncio import to_thread

        read, close = self._opened(call)
        sent = 0
        try:
            while piece := await to_thread(self._read, call, read):
                sent = self._counted(call, sent, piece)
                yield piece
            self._check_end(call, sent)
        finally:
            close()

    def _opened(self, call: str) -> tuple[Callable[[int], bytes], Callable[[], None]]:
        try:
            return self.open()
        except OSError as error:
            problem = error.strerror or type(error).__name__
        raise ArgumentError(call, self.argument, f"cannot be read: {problem}")

    def _read(self, call: str, read: Callable[[int], bytes]) -> bytes:
        try:
            piece = read(PIECE)
        except OSError as error:
            problem = error.strerror or type(error).__name__
        except Exception as error:
            self.raised = error
            raise
        else:
            return self._checked(call, piece)
        raise ArgumentError(call, self.argument, f"cannot be read: {problem}")

    def _checked(self, call: str, piece: object) -> bytes:
        if isinstance(piece, (bytes, bytearray, memoryview)):
            return bytes(cast("bytes", piece))
        problem = f"must give bytes, not {type(piece).__name__}"
        hint = ": open the file in binary mode" if isinstance(piece, str) else ""
        raise ArgumentError(call, self.argument, problem + hint)

    def _counted(self, call: str, sent: int, piece: bytes) -> int:
        sent += len(piece)
        if self.size is not None and sent > self.size:
            self._changed(call)
        return sent

    def _check_end(self, call: str, sent: int) -> None:
        if self.size is not None and sent < self.size:
            self._changed(call)

    def _changed(self, call: str) -> None:
        raise ArgumentError(
            call, self.argument, f"changed while it was sent: it had {self.size} bytes before"
        )


class BytesSource(Source):
    """Bytes in memory, sent in pieces without copying them as a whole."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = memoryview(data).cast("B")
        self.size = self._data.nbytes

    def content(self) -> memoryview | None:
        """The content, if it is small."""
        return self._data if self._data.nbytes <= _SMALL else None

    def open(self) -> tuple[Callable[[int], bytes], Callable[[], None]]:
        position = 0

        def read(size: int) -> bytes:
            nonlocal position
            piece = self._data[position : position + size]
            position += size
            return bytes(piece)

        return read, _nothing

    async def async_pieces(self, call: str) -> AsyncIterator[bytes]:
        """As ``pieces``: memory needs no thread."""
        for piece in self.pieces(call):
            yield piece


class PathSource(Source):
    """A file named by its path, opened each time it is sent."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            status = os.stat(path)
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
        except ValueError:
            problem = "is not a path: it contains a null character"
        else:
            if stat.S_ISDIR(status.st_mode):
                raise Refused("is a directory, not a file")
            self.name = os.path.basename(path).encode("utf-8", "replace").decode()
            self.replayable = stat.S_ISREG(status.st_mode)
            self.size = status.st_size if self.replayable else None
            return
        raise Refused(problem)

    def open(self) -> tuple[Callable[[int], bytes], Callable[[], None]]:
        file = open(self._path, "rb", buffering=0)  # noqa: SIM115 - the caller closes it
        return file.read, file.close


class FileSource(Source):
    """An open file, sent from where it stands. If it can be rewound, it is sent from there again."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.name = _file_name(file)
        try:
            self._start = file.tell()
            end = file.seek(0, os.SEEK_END)
            self.size = (file.tell() if end is None else end) - self._start
            file.seek(self._start)
        except (AttributeError, OSError, ValueError):
            # a pipe, or an object that only reads
            self._start = None
            self.size = None
            self.replayable = False

    def open(self) -> tuple[Callable[[int], bytes], Callable[[], None]]:
        if self._start is not None:
            self._file.seek(self._start)
        return self._file.read, _nothing  # whoever opened it closes it


class IteratorSource(Source):
    """An iterator of bytes."""

    replayable = False

    def __init__(self, iterator: Iterator[bytes]) -> None:
        self._iterator = iterator

    def open(self) -> tuple[Callable[[int], bytes], Callable[[], None]]:
        def read(_size: int) -> bytes:
            # empty pieces do not end it
            return next((piece for piece in self._iterator if piece), b"")

        return read, _nothing


class AsyncSource(Source):
    """An asynchronous file or iterator. ``read`` gives the next piece, empty at the end."""

    replayable = False
    is_async = True

    def __init__(self, read: Callable[[], Any], name: str | None = None) -> None:
        self._next = read
        self.name = name

    async def async_pieces(self, call: str) -> AsyncIterator[bytes]:
        """The content, awaited piece by piece."""
        while True:
            try:
                piece = await self._next()
            except Exception as error:
                self.raised = error
                raise
            checked = self._checked(call, piece)
            if not checked:
                return
            yield checked


def source_of(value: object) -> Source:
    """Where the bytes of an argument of type file come from. Raises Refused."""
    if not isinstance(value, Upload):
        return _source_of(value)
    source = _source_of(value.content)
    if value.name is not None:
        source.name = _checked_name(value.name)
    if value.content_type is not None:
        source.content_type = _checked_type(value.content_type)
    return source


def content_type_of(source: Source) -> str:
    """The media type of a file: its own, else that of its name's extension."""
    if source.content_type is not None:
        return source.content_type
    if source.name is None:
        return _OCTETS
    from mimetypes import MimeTypes

    # not the module's function: the machine's own tables would decide
    guessed, encoding = MimeTypes().guess_type(source.name.rpartition("/")[2])
    return _OCTETS if guessed is None or encoding is not None else guessed


def _source_of(value: Any) -> Source:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return BytesSource(cast("bytes", value))
    if isinstance(value, str):
        raise Refused(
            f"must be {_ACCEPTED}, not str: write Path(...) for a file's path, or .encode() for content"
        )
    if isinstance(value, os.PathLike):
        return PathSource(os.fsdecode(cast("os.PathLike[str]", value)))
    if hasattr(value, "read"):
        return _opened_file(value)
    if isinstance(value, Iterator):
        return IteratorSource(cast("Iterator[bytes]", value))
    if isinstance(value, AsyncIterator):
        return AsyncSource(_pieces_of(cast("AsyncIterator[bytes]", value)))
    raise Refused(f"must be {_ACCEPTED}, not {type(value).__name__}")


def _opened_file(file: Any) -> Source:
    if inspect.iscoroutinefunction(file.read):
        return AsyncSource(lambda: file.read(PIECE), _file_name(file))
    # text files have an encoding; whatever else is amiss shows when it is read
    if isinstance(getattr(file, "encoding", None), str):
        raise Refused("must be opened in binary mode, such as open(path, 'rb')")
    return FileSource(file)


def _pieces_of(iterator: AsyncIterator[bytes]) -> Callable[[], Any]:
    async def read() -> bytes:
        async for piece in iterator:
            if piece:
                return piece
        return b""

    return read


def _file_name(file: Any) -> str | None:
    name = getattr(file, "name", None) or getattr(file, "filename", None)
    if not isinstance(name, str) or name.startswith("<"):
        return None
    return os.path.basename(name).encode("utf-8", "replace").decode() or None


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise Refused("has a name that is not text")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise Refused("has a name with a lone surrogate, which is not valid text") from None
    return name


def _checked_type(content_type: Any) -> str:
    if not isinstance(content_type, str) or _MEDIA_TYPE.fullmatch(content_type) is None:
        raise Refused("has a content_type that is not a media type, such as application/pdf")
    return content_type


def _nothing() -> None:
    pass
