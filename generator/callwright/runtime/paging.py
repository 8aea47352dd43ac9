"""Where a list continues after each of its pages, without I/O: what to send next, and whether there is more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from .definition import Call, Paginate
from .errors import ArgumentError, PaginationStuckError
from .flow import WireRequest, WireResponse
from .record import Record
from .unset import UNSET

Cursor: TypeAlias = "str | int"
"""Where a page begins: a cursor, the number of a page, an offset, or a URL."""


class Step(Record):
    """What to send for a page: the call's arguments, and the URL to send them to, if a page before named one."""

    arguments: Mapping[str, object]
    url: str | None = None


class PageInfo(Record):
    """What a page says besides its items. ``next_cursor``: None on the last page; ``total``: None if it is not said."""

    next_cursor: Cursor | None
    total: int | None


class Walk:
    """One walk over the pages of a list: ``step`` says what to send, ``take`` reads what came.

    Raises ArgumentError if the cursor or the number of pages makes no sense.
    """

    def __init__(
        self, call: Call, arguments: Mapping[str, object], max_pages: int | None = None
    ) -> None:
        assert call.paginate is not None
        self._call = call
        self._how: Paginate = call.paginate
        self._arguments = {k: v for k, v in arguments.items() if k != "cursor"}
        self._left = _most(call, max_pages)
        self._at = _start(call, arguments.get("cursor"))
        self._seen: set[Cursor] = set() if self._at is None else {self._at}
        self._before: object = UNSET
        self._count = 0

    def step(self) -> Step | None:
        """What to send for the next page; None after the last."""
        if self._left == 0:
            return None
        if self._how.type == "next_url":
            return Step(self._arguments, None if self._at is None else str(self._at))
        if self._at is None:
            return Step(self._arguments)
        is_text = self._how.as_text and self._how.type == "cursor"
        at = str(self._at) if is_text else self._at
        return Step({**self._arguments, "cursor": at})

    def take(self, body: object, request: WireRequest, response: WireResponse) -> PageInfo:
        """Read where the list continues. ``body``: the page as plain data; ``request``: the one it answers.

        Raises PaginationStuckError when it continues where it was before.
        """
        from .reading.paths import lookup

        found = lookup((self._how.items_path,), body)
        items = cast("list[object]", found) if isinstance(found, list) else []
        headers = response.headers
        total = _number(lookup(self._how.total_path, body, headers))
        pages = _number(lookup(self._how.total_pages_path, body, headers))
        more = lookup(self._how.more_path, body, headers)
        self._count += len(items)
        following = self._following(body, request, response, items, total, pages)
        if self._how.more_path and (more is UNSET or _is_no(more)):
            following = None
        if following is not None:
            self._refuse_repeated(following, items, is_counted=total is not None)
        self._at = following
        self._before = items
        self._left = 0 if following is None else self._left - 1
        return PageInfo(following, total)

    def _following(
        self,
        body: object,
        request: WireRequest,
        response: WireResponse,
        items: list[object],
        total: int | None,
        pages: int | None,
    ) -> Cursor | None:
        if self._how.type in ("cursor", "next_url"):
            return self._named(body, request, response)
        assert isinstance(self._at, int)
        if not items:
            return None
        if self._how.type == "page":
            is_last = (pages is not None and self._at - self._how.first + 1 >= pages) or (
                total is not None and self._count >= total
            )
            return None if is_last else self._at + 1
        following = self._at + len(items)
        return None if total is not None and following - self._how.first >= total else following

    def _named(self, body: object, request: WireRequest, response: WireResponse) -> Cursor | None:
        """The cursor or URL that the response names; null, absent and blank end the list."""
        from .reading.paths import lookup

        value = lookup(self._how.next_path, body, response.headers)
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            return None
        if self._how.type == "cursor":
            return value
        return _resolved(request, str(value))

    def _refuse_repeated(self, following: Cursor, items: object, *, is_counted: bool) -> None:
        place = " or ".join(self._how.next_path) or self._how.items_path
        if following in self._seen:
            raise PaginationStuckError(
                f"{self._call.name}: the pages do not go on: {place} names a page again that was already read"
            )
        self._seen.add(following)
        # a server that does not know the parameter answers every page alike
        is_same = bool(items) and items == self._before
        if is_same and not is_counted and self._how.type in ("page", "offset"):
            raise PaginationStuckError(
                f"{self._call.name}: the pages do not go on: {self._how.items_path} has the same items again"
            )


def _most(call: Call, max_pages: object) -> int:
    """How many pages to read at most; -1 for all."""
    assert call.paginate is not None
    if max_pages is None:
        return -1 if call.paginate.max_pages is None else call.paginate.max_pages
    if isinstance(max_pages, bool) or not isinstance(max_pages, int) or max_pages < 1:
        raise ArgumentError(call.name, "max_pages", "must be a whole number of at least 1")
    return max_pages


def _start(call: Call, cursor: object) -> Cursor | None:
    """Where to begin. Pages and offsets are sent from the first request on."""
    assert call.paginate is not None
    is_number = call.paginate.type in ("page", "offset")
    if cursor is None or cursor is UNSET:
        return call.paginate.first if is_number else None
    if isinstance(cursor, bool) or not isinstance(cursor, str | int) or cursor == "":
        raise ArgumentError(call.name, "cursor", "must be the next_cursor of a page")
    if not is_number:
        return cursor
    try:
        return int(cursor)
    except ValueError:
        raise ArgumentError(call.name, "cursor", "must be a whole number") from None


def _resolved(request: WireRequest, url: str) -> str:
    """A URL as seen from the page that names it (RFC 3986), without the credentials of the query, which are added again.

    One that cannot be read stays as it is, to be refused.
    """
    from urllib.parse import urljoin

    from .sending.redirects import without_query

    try:
        target = urljoin(request.secret_url or request.url, url)
    except ValueError:
        return url
    return without_query(target, {name for name, _ in request.secret_query})


def _number(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 20 else None


def _is_no(value: object) -> bool:
    """Whether a place that says whether there is more says no; in headers and XML as text."""
    if isinstance(value, str):
        return value.strip().lower() in ("", "false", "0", "no")
    return not value
