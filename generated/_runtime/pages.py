"""The items of lists that a provider hands out page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Generic, TypeAlias, TypeVar

from .paging import Cursor, Step, Walk

T = TypeVar("T")


class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: The items of this page.
        next_cursor: Where the next page begins, to be passed as ``cursor=``; None on the last page.
        total: The number of items on all pages, if the provider says it.
    """

    __slots__ = ("_raw", "items", "next_cursor", "total")

    def __init__(
        self,
        items: list[T],
        *,
        next_cursor: Cursor | None,
        total: int | None,
        raw: Callable[[], object],
    ) -> None:
        self.items = items
        self.next_cursor = next_cursor
        self.total = total
        self._raw = raw

    @property
    def raw(self) -> object:
        """The whole body as plain data."""
        return self._raw()

    def __repr__(self) -> str:
        return (
            f"<Page of {len(self.items)} items{', the last' if self.next_cursor is None else ''}>"
        )


Fetch: TypeAlias = "Callable[[Walk, Step], Page[T]]"
AsyncFetch: TypeAlias = "Callable[[Walk, Step], Awaitable[Page[T]]]"


class Pages(Generic[T]):
    """The items of a list, fetched page by page as they are needed. Each iteration begins anew.

    for customer in client.list_customers(): ...
    for page in client.list_customers().pages(): ...
    """

    def __init__(self, walk: Callable[[], Walk], fetch: Fetch[T]) -> None:
        self._walk = walk
        self._fetch = fetch

    def __repr__(self) -> str:
        return "<Pages>"

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[T]]:
        """Iterate over the pages."""
        walk = self._walk()
        while (step := walk.step()) is not None:
            yield self._fetch(walk, step)

    def first(self) -> T | None:
        """Return the first item, or None if there is none."""
        return next(iter(self), None)


class AsyncPages(Generic[T]):
    """The items of a list, fetched page by page as they are needed. Each iteration begins anew.

    async for customer in client.list_customers(): ...
    async for page in client.list_customers().pages(): ...
    """

    def __init__(self, walk: Callable[[], Walk], fetch: AsyncFetch[T]) -> None:
        self._walk = walk
        self._fetch = fetch

    def __repr__(self) -> str:
        return "<AsyncPages>"

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate over the pages."""
        walk = self._walk()
        while (step := walk.step()) is not None:
            yield await self._fetch(walk, step)

    async def first(self) -> T | None:
        """Return the first item, or None if there is none."""
        async for page in self.pages():
            if page.items:
                return page.items[0]
        return None
