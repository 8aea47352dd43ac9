"""Response bodies, read and decompressed within a bound: a kilobyte of nested gzip can be a gigabyte."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from .errors import ResponseTooLargeError, TransportError, UnexpectedBodyError

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Body:
    """Collects one body chunk by chunk, never holding more than ``limit`` bytes of it."""

    def __init__(
        self, call: str, limit: int, status: int, headers: Iterable[tuple[str, str]]
    ) -> None:
        self._call = call
        self._limit = limit
        self._size = 0
        self._parts: list[bytes] = []
        named = {k.lower(): v for k, v in headers}
        encoding = named.get("content-encoding", "").strip().lower()
        self._window = 0
        self._decoder = None
        if encoding not in ("", "identity"):
            if encoding not in _WINDOWS:
                # several at once multiply: that is how bombs are built
                raise UnexpectedBodyError(
                    call, f"the body is encoded as {encoding[:60]!r}, which was not asked for",
                    status_code=status,
                )  # fmt: skip
            self._window = _WINDOWS[encoding]
            self._decoder = zlib.decompressobj(self._window)
        elif named.get("content-length", "").isdigit() and int(named["content-length"]) > limit:
            raise ResponseTooLargeError(call, limit)

    def feed(self, chunk: bytes) -> None:
        """Take what came from the wire. Raises ResponseTooLargeError, and TransportError for broken compression."""
        if self._decoder is None:
            self._keep(chunk)
            return
        try:
            self._decompress(chunk)
            return
        except zlib.error:
            pass
        if self._window != 15 or self._parts:
            raise self._broken()
        # "deflate" is a zlib stream by the standard and a bare one in some servers
        self._window = -15
        self._decoder = zlib.decompressobj(-15)
        try:
            self._decompress(chunk)
            return
        except zlib.error:
            pass
        raise self._broken()

    def _decompress(self, data: bytes) -> None:
        while data:
            assert self._decoder is not None
            if self._decoder.eof:
                if self._window != 31 or not data.strip(b"\0"):
                    return
                self._decoder = zlib.decompressobj(31)  # gzip files may follow one another
            self._keep(self._decoder.decompress(data, self._limit - self._size + 1))
            data = self._decoder.unconsumed_tail or self._decoder.unused_data

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            self._parts.clear()
            raise ResponseTooLargeError(self._call, self._limit)
        self._parts.append(data)

    def _broken(self) -> TransportError:
        return TransportError(f"{self._call}: the compressed body is broken")

    def finish(self) -> bytes:
        """The whole body. Raises TransportError when compressed data ends early."""
        if self._decoder is not None and self._parts and not self._decoder.eof:
            raise TransportError(f"{self._call}: the compressed body ends early")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
