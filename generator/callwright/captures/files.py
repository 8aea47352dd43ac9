"""The names of capture files: ``<call>/<sample>.<status>[.v<n>][.p<n>].<ext>``, and the kinds of body."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass
from typing import assert_never

from callwright.captures.model import CaptureKind

META_SUFFIX = "meta.yaml"
_NAME = re.compile(
    r"([a-z][a-z0-9_]*)\.([1-5][0-9]{2})(?:\.v([2-9]|[1-9][0-9]{1,5}))?(?:\.p([1-9][0-9]{0,5}))?"
    r"\.(?![pv][0-9])([A-Za-z0-9.]+)\Z"
)
_KINDS: dict[str, CaptureKind] = {
    "json": "json",
    "jsonl": "jsonl",
    "sse": "sse",
    "xml": "xml",
    "txt": "text",
    "empty": "empty",
}


@dataclass(frozen=True, slots=True)
class CaptureName:
    """A capture file's name, taken apart. ``page`` counts from 1; None when the sample is not paginated.

    ``version`` counts the different responses stored for one sample and status; the first has no number in its name.
    """

    sample: str
    status: int
    page: int | None
    extension: str
    version: int = 1

    @property
    def is_meta(self) -> bool:
        return self.extension == META_SUFFIX

    @property
    def kind(self) -> CaptureKind:
        return _KINDS.get(self.extension, "binary")

    @property
    def stem(self) -> str:
        """What all files of one response have in common: ``basic.200`` or ``basic.200.v2``."""
        version = f".v{self.version}" if self.version > 1 else ""
        return f"{self.sample}.{self.status}{version}"

    def __str__(self) -> str:
        page = f".p{self.page}" if self.page is not None else ""
        return f"{self.stem}{page}.{self.extension}"


def parse_name(name: str) -> CaptureName | None:
    """The parts of a capture file's name, or None when it is none."""
    match = _NAME.match(name)
    if match is None:
        return None
    sample, status, version, page, extension = match.groups()
    return CaptureName(
        sample, int(status), int(page) if page else None, extension, int(version or 1)
    )


def extension_for(kind: CaptureKind, content_type: str | None) -> str:
    """The extension a body of this kind is stored under."""
    match kind:
        case "json" | "jsonl" | "sse" | "xml" | "empty":
            return kind
        case "text":
            return "txt"
        case "binary":
            media = media_type(content_type)
            guessed = (mimetypes.guess_extension(media, strict=False) or ".bin")[1:]
            # application/xml is guessed to be a stylesheet
            return "bin" if guessed in _KINDS or media == "application/xml" else guessed
        case _:
            assert_never(kind)


def media_type(content_type: str | None) -> str:
    """The media type of a Content-Type header, lower case, without parameters; "" when there is none."""
    return (content_type or "").split(";")[0].strip().lower()


def kind_of(content_type: str | None, body: bytes) -> CaptureKind:
    """What kind of body an answer holds, by its Content-Type and, where that says little, by the bytes."""
    if not body:
        return "empty"
    media = media_type(content_type)
    if media == "text/event-stream":
        return "sse"
    if media.endswith(
        ("/x-ndjson", "/ndjson", "/jsonl", "/json-lines", "/x-jsonlines", "/json-seq")
    ):
        return "jsonl"
    if media.endswith(("/json", "+json")):
        return "json"
    if media.endswith(("/xml", "+xml")) and media != "image/svg+xml":
        return "xml"
    if media.startswith("text/"):
        return "text"
    return "binary" if media else _kind_of_bytes(body)


def _kind_of_bytes(body: bytes) -> CaptureKind:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "binary"
    if text.lstrip().startswith(("{", "[")):
        return "json"
    if text.startswith("<?xml"):
        return "xml"
    return "binary" if "\0" in text else "text"
