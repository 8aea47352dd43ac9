"""Responses written to a file while they arrive. The file has its name only once it is whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from ..errors import ApiError, ArgumentError

_FULL = 1_048_576
_MOST = 8 * _FULL
T = TypeVar("T")


class FileTarget:
    """A file to be: written beside its place, and renamed when it is whole.

    Of a response that must be read as a whole (``accepts`` says no), nothing is written until ``finish``.
    """

    def __init__(self, to: str | os.PathLike[str], *, collects: bool = False) -> None:
        """``collects``: pieces are written together, when ``flush`` is called (in a thread of an event loop).

        Raises ArgumentError for a place where no file can be written.
        """
        self._collects = collects
        self.path = Path(_checked(to))
        # the file that a link leads to is replaced, and the link stays
        self._target = Path(os.path.realpath(self.path))
        self._mode = _checked_target(self._target)
        self._temporary: Path | None = None
        self._file: BinaryIO | None = None
        self._pending: list[bytes] = []
        self._size = 0
        self.accepts: Callable[[int, tuple[tuple[str, str], ...]], bool] = _never
        """Whether a response of this status and with these headers is the file (set by the call)."""
        self.is_used = False
        """Whether the response that came last was written here."""

    def start(self) -> None:
        """Begin a file, dropping what an earlier attempt wrote. Raises ApiError."""
        self._pending.clear()
        self._size = 0
        self.is_used = True
        self._guarded(self._open)

    def skip(self) -> None:
        """Note that a response is not the file."""
        self._pending.clear()
        self._size = 0
        self.is_used = False

    def write(self, data: bytes) -> None:
        """Take a piece of the file. Raises ApiError."""
        if not self._collects:
            self._write(data)
            return
        self._pending.append(data)
        self._size += len(data)
        if self._size >= _MOST:
            self.flush()

    @property
    def is_full(self) -> bool:
        """Whether it is time to flush."""
        return self._size >= _FULL

    def flush(self) -> None:
        """Write what is pending to the disk. Raises ApiError."""
        if self._pending:
            pending, self._pending, self._size = self._pending, [], 0
            self._write(b"".join(pending))

    def _write(self, data: bytes) -> None:
        try:
            self._opened.write(data)
            return
        except OSError as error:
            failed = error
        raise self._failed(failed)

    def finish(self) -> Path:
        """Give the file its name. Raises ApiError."""
        self.flush()
        self._guarded(self._rename)
        return self.path

    def discard(self) -> None:
        """Leave nothing behind that is not whole."""
        self._pending.clear()
        file, self._file = self._file, None
        temporary, self._temporary = self._temporary, None
        try:
            if file is not None:
                file.close()
        except OSError:
            pass
        try:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        except OSError:
            pass

    @property
    def _opened(self) -> BinaryIO:
        assert self._file is not None
        return self._file

    def _open(self) -> None:
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            return
        name = f".{self._target.name[:100]}.{os.urandom(8).hex()}.part"
        temporary = self._target.with_name(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        # a new file has the permissions that open() would give it
        descriptor = os.open(temporary, flags, 0o666)
        self._temporary = temporary
        self._file = open(descriptor, "wb")  # noqa: SIM115 - closed by finish and discard
        if self._mode is not None and hasattr(os, "fchmod"):
            os.fchmod(descriptor, self._mode)

    def _rename(self) -> None:
        self._opened.close()
        self._file = None
        assert self._temporary is not None
        self._temporary.replace(self._target)
        self._temporary = None

    def _guarded(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except OSError as error:
            failed = error
        raise self._failed(failed)

    def _failed(self, error: OSError) -> ApiError:
        problem = error.strerror or type(error).__name__
        return ApiError(f"download: cannot write {self.path}: {problem}")


def _never(_status: int, _headers: tuple[tuple[str, str], ...]) -> bool:
    return False


def _checked(to: object) -> str:
    path: object = os.fspath(cast("str", to)) if isinstance(to, (str, os.PathLike)) else None
    if not isinstance(path, str) or not path:
        raise ArgumentError("download", "to", "must be the path of a file, such as Path('a.pdf')")
    if "\0" in path:
        raise ArgumentError("download", "to", "is not a path: it contains a null character")
    return path


def _checked_target(target: Path) -> int | None:
    """The permissions of a file that is to be replaced, None if there is none. Raises ArgumentError."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    except OSError as error:
        raise _refused(error.strerror or type(error).__name__) from None
    if mode is None:
        if not target.parent.is_dir():
            raise _refused(f"there is no folder {target.parent}")
        return None
    if stat.S_ISDIR(mode):
        raise _refused("is a folder: add the name of the file")
    if not stat.S_ISREG(mode):
        raise _refused("is not a regular file")
    if not os.access(target, os.W_OK):
        raise _refused("must not be written: Permission denied")
    return stat.S_IMODE(mode)


def _refused(problem: str) -> ArgumentError:
    return ArgumentError("download", "to", problem)
