"""Uploads as bodies of the HTTP library's requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ..flow import Upload
from ..http import httpx


class UploadStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Reads an upload while it is sent, from its beginning each time."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload

    def __iter__(self) -> Iterator[bytes]:
        return self._upload.pieces()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._upload.async_pieces()


def attach(request: httpx.Request, upload: Upload) -> httpx.Request:
    """The request with the upload as its body."""
    if upload.length is None:
        request.headers["Transfer-Encoding"] = "chunked"
        request.headers.pop("Content-Length", None)
    else:
        request.headers["Content-Length"] = str(upload.length)
    request.stream = UploadStream(upload)
    # the empty body that it was made with; the library reads the stream if someone wants it in memory
    vars(request).pop("_content", None)
    return request
