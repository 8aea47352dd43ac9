"""``client.download``: responses that are files, written to disk while they arrive."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ParamSpec

from .errors import ArgumentError

if TYPE_CHECKING:
    from pathlib import Path

    from .sending.file_target import FileTarget

P = ParamSpec("P")


class Downloads:
    """The method of synchronous clients."""

    _target: FileTarget | None = None

    # type checkers want *args next to **kwargs, though a keyword between them is unambiguous
    def download(  # type: ignore[valid-type]
        self,
        method: Callable[P, object],
        /,
        *args: P.args,
        to: str | os.PathLike[str],  # pyright: ignore[reportGeneralTypeIssues]
        **kwargs: P.kwargs,
    ) -> Path:
        """Call a method that returns a file and write the file to ``to``, without holding it in memory.

        The file appears when it is whole; an existing one is replaced then, and keeps its permissions. If the call
        fails, nothing is left behind.

        Args:
            method: A method whose response is a file or image.
            to: Path of the file.

        client.download(client.invoice_pdf, "in_1", to=Path("invoice.pdf"))
        """
        target: FileTarget | None = None
        try:
            function, twin, target = _prepared(self, method, to, collects=False)
            return _written(function(twin, *args, **kwargs), target)
        except BaseException as error:
            del args, kwargs
            _clear_frames(error)
            raise
        finally:
            if target is not None:
                target.discard()


class AsyncDownloads:
    """The method of asynchronous clients."""

    _target: FileTarget | None = None

    async def download(  # type: ignore[valid-type]
        self,
        method: Callable[P, Awaitable[object]],
        /,
        *args: P.args,
        to: str | os.PathLike[str],  # pyright: ignore[reportGeneralTypeIssues]
        **kwargs: P.kwargs,
    ) -> Path:
        """Call a method that returns a file and write the file to ``to``, without holding it in memory.

        The file appears when it is whole; an existing one is replaced then, and keeps its permissions. If the call
        fails, nothing is left behind.

        Args:
            method: A method whose response is a file or image.
            to: Path of the file.

        await client.download(client.invoice_pdf, "in_1", to=Path("invoice.pdf"))
        """
        target: FileTarget | None = None
        try:
            function, twin, target = _prepared(self, method, to, collects=True)
            return _written(await function(twin, *args, **kwargs), target)
        except BaseException as error:
            del args, kwargs
            _clear_frames(error)
            raise
        finally:
            if target is not None:
                target.discard()


def _prepared(
    client: Any, method: object, to: Any, *, collects: bool
) -> tuple[Callable[..., Any], Any, FileTarget]:
    """The method's function, the client in download mode, and the file to be."""
    from .sending.file_target import FileTarget  # most clients download nothing

    function, twin = client._twin_of("download", method)
    target = twin._target = FileTarget(to, collects=collects)
    return function, twin, target


def _written(result: object, target: FileTarget) -> Path:
    if result is not target.path:
        raise ArgumentError("download", "method", "must be a method that returns a file or image")
    return target.path


def _clear_frames(error: BaseException) -> None:
    from .frames import clear_frames  # only failures need it

    clear_frames(error)
