"""A response whose body is read while it arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from ..flow import WireRequest
from ..http import httpx
from ..sending.bounded import Body


class _Chunks:
    """What a body decodes to, taken piece by piece."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def accepts(self, status: int, headers: tuple[tuple[str, str], ...]) -> bool:
        return True

    def start(self) -> None: ...

    def skip(self) -> None: ...

    def flush(self) -> None: ...

    @property
    def is_full(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self._parts.append(data)

    def take(self) -> bytes:
        taken = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        return taken


class Opened:
    """The body of a response that is open. ``translate`` makes our errors of the HTTP library's."""

    def __init__(
        self,
        wire: WireRequest,
        response: httpx.Response,
        headers: tuple[tuple[str, str], ...],
        translate: Callable[[Exception], Exception],
    ) -> None:
        self._response: Any = response
        self._translate = translate
        self._chunks = _Chunks()
        status = response.status_code
        self._body = Body(wire.call, wire.max_download, status, headers, self._chunks)

    def pieces(self) -> Generator[bytes]:
        """The decoded pieces. Raises TransportError and ResponseTooLargeError."""
        failed: Exception | None = None
        try:
            for chunk in self._response.stream:
                is_open = self._body.feed(chunk)
                if data := self._chunks.take():
                    yield data
                if not is_open:
                    break
        except Exception as error:
            failed = self._translate(error)
        # raised outside of the handler: the library's exception holds its request
        if failed is not None:
            raise failed
        self._check()

    async def apieces(self) -> AsyncGenerator[bytes]:
        """The decoded pieces. Raises TransportError and ResponseTooLargeError."""
        failed: Exception | None = None
        try:
            async for chunk in self._response.stream:
                is_open = self._body.feed(chunk)
                if data := self._chunks.take():
                    yield data
                if not is_open:
                    break
        except Exception as error:
            failed = self._translate(error)
        if failed is not None:
            raise failed
        self._check()

    def _check(self) -> None:
        self._body.finish()
        if self._body.problem is not None:
            raise self._body.problem

    def close(self) -> None:
        """Close the connection if the body was not read to its end."""
        self._response.close()

    async def aclose(self) -> None:
        """Close the connection if the body was not read to its end."""
        await self._response.aclose()
