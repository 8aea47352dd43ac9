"""Events of a response that is read while it arrives: the synchronous and the asynchronous stream."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
)
from contextlib import aclosing, closing
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from ..errors import TransportError

if TYPE_CHECKING:
    from .opened import Opened
    from .reader import EventReader

T = TypeVar("T")


class EventStream(Generic[T]):
    """The events of a response, in order, as they arrive. The request is sent when the stream is entered.

    with client.chat(messages=[...]) as events:
        for event in events: ...
    """

    def __init__(
        self,
        open: Callable[[str], Opened],
        reader: Callable[[], EventReader[T]],
        sleep: Callable[[float], None],
    ) -> None:
        self._open = open
        self._reader = reader()
        self._sleep = sleep
        self._opened: Opened | None = None
        self._events = self._read()

    def __enter__(self) -> Self:
        if self._opened is None:
            self._opened = self._open("")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[T]:
        return self._events

    def text(self) -> Iterator[str]:
        """Iterate over the pieces of text (``text_path`` in the spec)."""
        for event in self._events:
            piece = self._reader.text_of(event)
            if piece is not None:
                yield piece

    def collect(self) -> list[T]:
        """Return all events, once the stream has ended."""
        return list(self._events)

    def close(self) -> None:
        """Close the stream, whether or not it has ended."""
        self._events.close()
        self._close()

    def _read(self) -> Generator[T]:
        self.__enter__()
        while True:
            lost: TransportError | None = None
            try:
                if self._opened is None:
                    self._opened = self._open(self._reader.last_id)
                with closing(self._opened.pieces()) as pieces:
                    for piece in pieces:
                        yield from self._reader.feed(piece)
                        if self._reader.is_done:
                            return
                yield from self._reader.finish()
            except TransportError as error:
                lost = error
            finally:
                self._close()
            wait = self._reader.wait_after(lost)
            if wait is None:
                return
            self._sleep(wait)

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()


class AsyncEventStream(Generic[T]):
    """The events of a response, in order, as they arrive. The request is sent when the stream is entered.

    async with client.chat(messages=[...]) as events:
        async for event in events: ...
    """

    def __init__(
        self,
        open: Callable[[str], Awaitable[Opened]],
        reader: Callable[[], EventReader[T]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._open = open
        self._reader = reader()
        self._sleep = sleep
        self._opened: Opened | None = None
        self._events = self._read()

    async def __aenter__(self) -> Self:
        if self._opened is None:
            self._opened = await self._open("")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[T]:
        return self._events

    async def text(self) -> AsyncIterator[str]:
        """Iterate over the pieces of text (``text_path`` in the spec)."""
        async for event in self._events:
            piece = self._reader.text_of(event)
            if piece is not None:
                yield piece

    async def collect(self) -> list[T]:
        """Return all events, once the stream has ended."""
        return [event async for event in self._events]

    async def aclose(self) -> None:
        """Close the stream, whether or not it has ended."""
        await self._events.aclose()
        await self._aclose()

    async def _read(self) -> AsyncGenerator[T]:
        await self.__aenter__()
        while True:
            lost: TransportError | None = None
            try:
                if self._opened is None:
                    self._opened = await self._open(self._reader.last_id)
                async with aclosing(self._opened.apieces()) as pieces:
                    async for piece in pieces:
                        for event in self._reader.feed(piece):
                            yield event
                        if self._reader.is_done:
                            return
                for event in self._reader.finish():
                    yield event
            except TransportError as error:
                lost = error
            finally:
                await self._aclose()
            wait = self._reader.wait_after(lost)
            if wait is None:
                return
            await self._sleep(wait)

    async def _aclose(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()
