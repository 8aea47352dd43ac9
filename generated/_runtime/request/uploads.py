"""Bodies with files: multipart, or one file as it is. They are read when they are sent, piece by piece."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import cast

from ..definition import Body, Field, Param, Place
from ..errors import ArgumentError
from ..flow import HIDDEN
from ..unset import UNSET
from .body import Arguments, members_of_form, part_header, quoted
from .place import Nested, is_composite, join, pairs
from .plan import holds_file
from .sources import Source, content_type_of
from .values import text

Entry = tuple[str, "str | Source", bool]
"""A part of a multipart body: its name, its text or file, and whether it is secret."""


class UploadBody:
    """A request body that is read while it is sent.

    ``length``: in bytes, None if unknown. ``words``: the options of cURL that send it, secrets hidden.
    """

    def __init__(self, call: str, parts: list[bytes | Source], words: tuple[str, ...]) -> None:
        self._call = call
        self._parts = parts
        self.words = words
        sizes = [len(p) if isinstance(p, bytes) else p.size for p in parts]
        self.length = None if None in sizes else sum(cast("list[int]", sizes))

    def __repr__(self) -> str:
        size = "unknown size" if self.length is None else f"{self.length} bytes"
        return f"<UploadBody, {size}>"

    @property
    def can_be_sent(self) -> bool:
        """Whether it can be sent (again): its files were not yet read, or can be read again."""
        return all(source.can_be_sent for source in self._sources)

    def with_part(self, part: bytes, words: tuple[str, ...]) -> UploadBody:
        """The same body with another part before the others; ``words``: what shows it."""
        return UploadBody(self._call, [part, *self._parts], (*words, *self.words))

    @property
    def raised(self) -> BaseException | None:
        """The error that an application's own file or iterator raised."""
        return next((s.raised for s in self._sources if s.raised is not None), None)

    @property
    def _sources(self) -> Iterator[Source]:
        return (part for part in self._parts if isinstance(part, Source))

    def check(self, *, asynchronous: bool) -> None:
        """Raise ArgumentError for a file that this client cannot read, or that cannot be read again."""
        for source in self._sources:
            problem = ""
            if source.is_async and not asynchronous:
                problem = "is asynchronous, and the synchronous client cannot await it"
            elif not source.can_be_sent:
                problem = "can be read only once, and the request has to be sent again: use a Path, bytes or a seekable file"
            if problem:
                raise ArgumentError(self._call, source.argument, problem)

    def pieces(self) -> Iterator[bytes]:
        """The body from its beginning. Raises ArgumentError for a file that cannot be read."""
        self._start()
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from part.pieces(self._call)

    async def async_pieces(self) -> AsyncIterator[bytes]:
        """As ``pieces``, for an event loop."""
        self._start()
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
            else:
                async for piece in part.async_pieces(self._call):
                    yield piece

    def _start(self) -> None:
        # the HTTP library's own authentication may send a request again
        self.check(asynchronous=True)
        for source in self._sources:
            source.is_begun = True


def encode_upload(arguments: Arguments, body: Body) -> tuple[UploadBody | None, str]:
    """The body and its Content-Type; None if its arguments are left out."""
    if body.type == "raw":
        return _raw(arguments, body)
    return _multipart(arguments, body)


def _raw(arguments: Arguments, body: Body) -> tuple[UploadBody | None, str]:
    assert body.whole is not None
    source = arguments.value(body.whole)
    if source is UNSET:
        return None, ""
    assert isinstance(source, Source)
    source.argument = body.whole.arg
    kind = source.content_type or body.content_type or content_type_of(source)
    words = ("--data-binary", f"@{source.name or body.whole.arg}")
    return UploadBody(arguments.call_name, [source], words), kind


def _multipart(arguments: Arguments, body: Body) -> tuple[UploadBody | None, str]:
    members = members_of_form(arguments, body)
    if members is None:
        return None, ""
    fields = (f for f in body.fields if f.wire not in members)
    entries = [e for f in fields for e in _entries(arguments, body, f)]
    if body.whole is not None:
        entries += _Walk(arguments, body, body.whole).entries("", members, body.whole)
    return _of_entries(arguments.call_name, entries)


def _of_entries(call: str, entries: list[Entry]) -> tuple[UploadBody, str]:
    boundary = _boundary(entries)
    mark = f"--{boundary}\r\n".encode()
    parts: list[bytes | Source] = []
    words: list[str] = []
    pending = b""
    for name, value, secret in entries:
        pending += mark + _header(name, value)
        if isinstance(value, Source):
            parts += [pending, value]
            pending = b""
            words += ["--form", f"{name}={_file_word(value, name)}"]
        else:
            pending += value.encode()
            words += ["--form-string", f"{name}={HIDDEN if secret else value}"]
        pending += b"\r\n"
    parts.append(pending + f"--{boundary}--\r\n".encode())
    return UploadBody(call, parts, tuple(words)), f"multipart/form-data; boundary={boundary}"


def _file_word(source: Source, name: str) -> str:
    """A file as cURL's option names it."""
    path = source.name or name
    if any(c in path for c in ';,"\\'):
        path = '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"@{path};type={content_type_of(source)}"


def _boundary(entries: list[Entry]) -> str:
    """A text that stands in no part: a file that knew it could end its own.

    Made from what is in memory, so that equal arguments are equal bytes; random where files would have to be read.
    """
    from hashlib import sha256

    digest = sha256()
    for name, value, _ in entries:
        content = value.content() if isinstance(value, Source) else value.encode()
        if content is None:
            return f"callwright-{os.urandom(20).hex()}"
        digest.update(_header(name, value))
        digest.update(content)
        digest.update(b"\0")
    return f"callwright-{digest.hexdigest()[:40]}"


def _header(name: str, value: str | Source) -> bytes:
    if isinstance(value, str):
        return part_header(name)
    kind = content_type_of(value)
    return part_header(name, f'; filename="{quoted(value.name or name)}"\r\nContent-Type: {kind}')


def _entries(arguments: Arguments, body: Body, field: Field, prefix: str = "") -> Iterator[Entry]:
    name = join(prefix, field.wire, body.nested)
    if isinstance(field, Place) and holds_file((field,)):
        for inner in field.fields:
            yield from _entries(arguments, body, inner, name)
    elif isinstance(field, Param) and holds_file((field,)):
        value = arguments.value(field)
        if value is not UNSET:
            yield from _Walk(arguments, body, field).entries(name, value, field)
    else:
        secret = arguments.field_is_secret(field)
        for key, value in pairs(arguments, field, body.nested, prefix):
            yield key, value, secret


class _Walk:
    """The parts of one argument that is or holds files."""

    def __init__(self, arguments: Arguments, body: Body, outer: Param) -> None:
        self._nested: Nested = body.nested
        self._argument = outer.arg
        self._secret = arguments.field_is_secret(outer)

    def entries(self, name: str, value: object, param: Field | None) -> Iterator[Entry]:
        if isinstance(value, Source):
            value.argument = self._argument
            yield name, value, False
        elif isinstance(value, dict):
            members = {f.wire: f for f in getattr(param, "fields", ())}
            every = getattr(param, "values", None)
            for key, member in cast("dict[str, object]", value).items():
                inner = members.get(key, every)
                yield from self.entries(join(name, key, self._nested), member, inner)
        elif isinstance(value, list):
            yield from self._items(name, cast("list[object]", value), param)
        else:
            yield name, text(value), self._secret

    def _items(self, name: str, items: list[object], param: Field | None) -> Iterator[Entry]:
        style = getattr(param, "array_style", "repeat")
        element = getattr(param, "items", None)
        for index, item in enumerate(items, getattr(param, "first_index", 0)):
            # objects in a plain repetition would run into each other: they are numbered
            numbered = style == "indices" or (style == "repeat" and is_composite(item))
            key = join(name, str(index), self._nested) if numbered else name
            key += "[]" if style == "brackets" else ""
            yield from self.entries(key, item, element)
