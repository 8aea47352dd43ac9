"""Response bodies, read and decompressed within a bound: a kilobyte of nested gzip can be a gigabyte."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from ..errors import ApiError, ResponseTooLargeError, TransportError, UnexpectedBodyError
from ..flow import Target

_SUPPORTED = ("gzip", "x-gzip", "deflate")
_UNSUPPORTED = (
    "aes128gcm", "br", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "zstd",
)  # fmt: skip
"""The other registered codings (https://www.iana.org/assignments/http-parameters)."""
_PIECE = 16_384
_OVERHEAD = 262_144
_MAX_MEMBERS = 10_000


class Body:
    """Collects one body chunk by chunk, never holding more than ``limit`` bytes of it.

    ``target``: writes the body instead; ``limit`` may then be None.
    ``problem``: why what came cannot be decoded. The status of such a response still counts.
    """

    problem: ApiError | None = None

    def __init__(
        self,
        call: str,
        limit: int | None,
        status: int,
        headers: Iterable[tuple[str, str]],
        target: Target | None = None,
    ) -> None:
        self._call = call
        self._limit = limit
        self._status = status
        self._size = 0
        self._parts: list[bytes] = []
        self._take = self._parts.append if target is None else target.write
        self._length: int | None = None
        named = {k.lower(): v for k, v in headers}
        self._encoding = ""
        if "content-encoding" in named:
            self._encoding = _encoding(v for k, v in headers if k.lower() == "content-encoding")
        if self._encoding:
            self._raw = self._members = 0
            self._held = b""
            self._decoder: Any = None
        else:
            length = named.get("content-length", "")
            if length.isascii() and length.isdigit() and len(length) < 20:
                if limit is not None and int(length) > limit:
                    raise ResponseTooLargeError(call, limit)
                # what has no body says how long it would be
                self._length = None if status in (204, 304) else int(length)

    def feed(self, chunk: bytes) -> bool:
        """Take what came from the wire; False when no more is wanted. Raises ResponseTooLargeError."""
        if not self._encoding:
            self._keep(chunk)
            return True
        self._raw += len(chunk)
        limit = self._limit
        if limit is not None and self._raw > limit + limit // 1000 + _OVERHEAD:
            raise ResponseTooLargeError(self._call, limit)
        if self._encoding not in _SUPPORTED:
            self.problem = self._unexpected(
                f"the body is encoded as {self._encoding!r}, which was not requested and is not supported"
            )
            return False
        try:
            self._decompress(chunk)
        except zlib.error:
            self.problem = TransportError(f"{self._call}: the compressed body is corrupt")
        return self.problem is None

    def _decompress(self, data: bytes) -> None:
        if self._decoder is None:
            data = self._held + data
            if len(data) < 2:
                self._held = data
                return
            self._decoder = zlib.decompressobj(self._window(data))
        position = 0
        while position < len(data):
            if self._decoder.eof:
                if self._encoding == "deflate":
                    return
                if data[position] == 0:  # padding
                    position = len(data) - len(data[position:].lstrip(b"\0"))
                    continue
                self._members += 1
                if self._members == _MAX_MEMBERS:
                    self.problem = self._unexpected(
                        f"the body has more than {_MAX_MEMBERS} gzip members"
                    )
                    return
                self._decoder = zlib.decompressobj(31)  # gzip files may follow one another
            # in pieces, because what is left over is copied after each member
            piece = data[position : position + _PIECE]
            most = 0 if self._limit is None else self._limit - self._size + 1  # 0: all of it
            self._keep(self._decoder.decompress(piece, most))
            position += len(piece) - len(self._decoder.unused_data)

    def _window(self, start: bytes) -> int:
        if self._encoding != "deflate":
            return 31
        # "deflate" is a zlib stream by the standard and a bare one in some servers
        is_zlib = start[0] & 15 == 8 and int.from_bytes(start[:2], "big") % 31 == 0
        return 15 if is_zlib else -15

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._limit is not None and self._size > self._limit:
            self._parts.clear()
            raise ResponseTooLargeError(self._call, self._limit)
        if data:
            self._take(data)

    def _unexpected(self, problem: str) -> UnexpectedBodyError:
        return UnexpectedBodyError(self._call, problem, status_code=self._status)

    def finish(self) -> bytes:
        """The whole body, or what could be decoded of it where there is a ``problem``."""
        if self._encoding and self._raw and self.problem is None and not self._is_whole():
            self.problem = TransportError(f"{self._call}: the compressed body is truncated")
        if self._length is not None and self._size != self._length:
            self.problem = TransportError(
                f"{self._call}: the response has {self._size} bytes instead of {self._length} (Content-Length)"
            )
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _is_whole(self) -> bool:
        return self._decoder is not None and self._decoder.eof


def _encoding(values: Iterable[str]) -> str:
    """What a body is encoded as: one coding, several, or "" for none.

    What is no registered coding (``utf-8``, ``none``) says nothing of the body.
    """
    tokens = (t.partition(";")[0].strip(' \t"').lower() for v in values for t in v.split(","))
    # several at once multiply: that is how bombs are built
    return ", ".join(t for t in tokens if t in _SUPPORTED or t in _UNSUPPORTED)
