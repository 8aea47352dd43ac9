"""Raw responses, with status, headers and body, for any method of a client."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Generic, TypeVar
from urllib.parse import quote

from .errors import Headers
from .flow import HIDDEN, WireRequest, WireResponse
from .reading.charsets import text_of

T = TypeVar("T")


class RawResponse(Generic[T]):
    """A response of any status.

    ``status_code``; ``headers`` (case-insensitive names); ``content`` (decompressed bytes) and ``text``; ``elapsed``
    in seconds; ``curl``, the request as a cURL command with secrets replaced by ``***``.
    """

    def __init__(
        self, request: WireRequest, response: WireResponse, parse: Callable[[], T]
    ) -> None:
        self._request = request
        self._parse = parse
        self.status_code = response.status
        self.headers = Headers(response.headers)
        self.content = response.content
        self.elapsed = response.elapsed

    def __repr__(self) -> str:
        return f"<RawResponse {self.status_code}, {len(self.content)} bytes>"

    @property
    def text(self) -> str:
        """The body as text, decoded with its declared charset. Undecodable bytes are replaced."""
        return text_of(self.content, self.headers.get("content-type"))

    @property
    def curl(self) -> str:
        """The request as a cURL command, with secrets redacted."""
        return curl(self._request)

    def parse(self) -> T:
        """Return what the method would return for this response, or raise what it would raise."""
        from .frames import clear_frames

        try:
            return self._parse()
        except BaseException as error:
            clear_frames(error)
            raise


def curl(request: WireRequest) -> str:
    """A request as a cURL command, with secrets replaced by ``***``."""
    from .redaction.request_secrets import redactor_for

    url = request.url
    for name, _ in request.secret_query:
        url += ("&" if "?" in url else "?") + f"{quote(name, safe='')}={HIDDEN}"
    words = ["curl"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != "GET":
        words += ["--request", request.method]
    words.append(url)
    multipart = request.upload is not None and "--data-binary" not in request.upload.words
    for name, value in request.headers:
        if multipart and name.lower() == "content-type":
            continue  # cURL makes its own boundary
        words += ["--header", f"{name}: {value}"]
    for name, value in request.secret_headers:
        scheme = value.partition(" ")[0] if name.lower() == "authorization" and " " in value else ""
        words += ["--header", f"{name}: {scheme} {HIDDEN}" if scheme else f"{name}: {HIDDEN}"]
    if request.secret_cookies:
        words += ["--cookie", "; ".join(f"{name}={HIDDEN}" for name, _ in request.secret_cookies)]
    if request.upload is not None:
        words += request.upload.words
    elif request.content:
        words += ["--data-binary", request.content.decode("utf-8", "replace")]
    hide = redactor_for(request).text
    return " ".join(shlex.quote(hide(w)) for w in words)
