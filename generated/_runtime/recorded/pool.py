"""Answers requests from captures, in the place of a connection pool."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..definition import Call
from ..errors import NoRecordedResponseError
from ..flow import WireRequest, WireResponse
from ..paging import Walk
from ..reading.data import data_of
from .matching import chosen
from .store import Sample, Store


class _Opened:
    """The body of a stream that was captured."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def pieces(self) -> Generator[bytes]:
        yield self._content

    async def apieces(self) -> AsyncGenerator[bytes]:
        yield self._content

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


class RecordedPool:
    """Sends nothing. ``samples``: by call, the name of the sample that answers it whatever its arguments are."""

    def __init__(
        self, store: Store, calls: Mapping[str, Call], samples: Mapping[str, str | None]
    ) -> None:
        self._store = store
        self._calls = calls
        self._samples = samples

    def send(self, wire: WireRequest) -> WireResponse:
        """The captured response. Raises NoRecordedResponseError."""
        call = self._calls.get(wire.call)
        if call is None or wire.arguments is None:
            raise NoRecordedResponseError(
                f"{wire.call or wire.method}: only calls of the spec have recorded responses"
            )
        sample = chosen(self._store, call, wire.arguments, self._samples.get(call.name))
        if sample.missing:
            raise NoRecordedResponseError(f"{call.name}: {sample.name}: {sample.missing}")
        content, headers = self._page(call, sample, wire)
        return _answered(wire, sample.status, content, headers)

    def close(self) -> None:
        """Nothing is open."""

    def _page(
        self, call: Call, sample: Sample, wire: WireRequest
    ) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        """The body and the headers of the page that was asked for."""
        pages = [
            (
                _moved(self._store.body(path), sample, wire),
                tuple((n, _moved(v.encode(), sample, wire).decode()) for n, v in headers),
            )
            for path, headers in zip(sample.pages, sample.headers, strict=True)
        ]
        if call.paginate is None or wire.arguments is None:
            return pages[0]
        walk = Walk(call, {k: v for k, v in wire.arguments.items() if k != "cursor"})
        for body, headers in pages:
            step = walk.step()
            if step is None:
                break
            here = step.url or step.arguments.get("cursor")
            if _asks_for(wire, here, is_url=call.paginate.type == "next_url"):
                return body, headers
            response = WireResponse(sample.status, headers, body, wire.url)
            kind = response.header("content-type")
            walk.take(data_of(body, call.response.xml, kind), wire, response)
        raise NoRecordedResponseError(
            f"{call.name}: {sample.name} has {len(pages)} of its pages, and this request is for another one:"
            " limit it with max_pages=, or capture more with `pages:` in the sample"
        )


def _asks_for(wire: WireRequest, here: object, *, is_url: bool) -> bool:
    """Whether a request is for the page that begins here. None: the first page."""
    asked = (wire.arguments or {}).get("cursor")
    if not is_url:
        return str(here) == str(asked)
    if here is None:
        return wire.next_url is None
    if wire.next_url is None:
        return False
    mine, theirs = urlsplit(wire.next_url), urlsplit(str(here))
    return (mine.path, mine.query) == (theirs.path, theirs.query)


def _moved(content: bytes, sample: Sample, wire: WireRequest) -> bytes:
    """A body in which the URLs of the server that was captured are those of the client."""
    if not sample.origin:
        return content
    parts = urlsplit(wire.secret_url or wire.url)
    return content.replace(sample.origin.encode(), f"{parts.scheme}://{parts.netloc}".encode())


def _answered(
    wire: WireRequest, status: int, content: bytes, headers: tuple[tuple[str, str], ...]
) -> WireResponse:
    if wire.opens is not None and wire.opens(status, headers):
        opened: Any = _Opened(content)
        return WireResponse(status, headers, b"", wire.url, opened=opened)
    target = wire.target
    if target is not None:
        if target.accepts(status, headers):
            target.start()
            target.write(content)
            content = b""
        else:
            target.skip()
    return WireResponse(status, headers, content, wire.url)


class AsyncRecordedPool:
    """The same for an asynchronous client; it belongs to no event loop."""

    def __init__(self, pool: RecordedPool) -> None:
        self._pool = pool

    def bind(self) -> None:
        """Any event loop will do."""

    async def send(self, wire: WireRequest) -> WireResponse:
        """The captured response. Raises NoRecordedResponseError."""
        return self._pool.send(wire)

    async def aclose(self) -> None:
        """Nothing is open."""
