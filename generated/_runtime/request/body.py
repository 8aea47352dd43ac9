"""Request bodies: JSON, forms, multipart, and raw text or bytes."""

from __future__ import annotations

import hashlib
import html
from typing import Any, Protocol, cast

from .. import template
from ..definition import Body, Const, Field, JsonValue, Param
from ..errors import ArgumentError
from ..flow import HIDDEN
from ..json_text import dumps
from ..unset import UNSET
from . import urls
from .place import Values, body_of, flat, member_of, pairs
from .values import Refused, text


class Arguments(Values, Protocol):
    """What a body is made from (the encoder)."""

    @property
    def call_name(self) -> str: ...
    def field_is_secret(self, field: Field) -> bool: ...
    def lookup(self, name: str, show: bool = False) -> str: ...


class _Shown:
    """The same arguments as they may be shown: secrets are ``***``."""

    def __init__(self, real: Arguments) -> None:
        self._real = real

    @property
    def call_name(self) -> str:
        return self._real.call_name

    def field_is_secret(self, field: Field) -> bool:
        return self._real.field_is_secret(field)

    def value(self, param: Param) -> object:
        value = self._real.value(param)
        return value if value is UNSET or not self._real.field_is_secret(param) else HIDDEN

    def is_left_out(self, const: Const) -> bool:
        return self._real.is_left_out(const)

    def expand(self, constant: JsonValue, *, show: bool = False) -> object:
        return self._real.expand(constant, show=True)

    def lookup(self, name: str, show: bool = False) -> str:
        return self._real.lookup(name, True)

    def error(self, argument: str, refused: Refused) -> Exception:
        return self._real.error(argument, refused)


def encode_body(arguments: Arguments, body: Body) -> tuple[bytes | None, bytes | None, str]:
    """The body as it may be shown, the real one when that differs (else None), and its Content-Type."""
    content, kind = _encode(arguments, body)
    if not _has_secret(arguments, body):
        return content, None, kind
    if body.whole is not None and arguments.field_is_secret(body.whole):
        return HIDDEN.encode(), content, kind
    shown, kind = _encode(_Shown(arguments), body)
    if body.type == "form" and shown is not None:
        shown = shown.replace(urls.quote(HIDDEN).encode(), HIDDEN.encode())
    return shown, content, kind


def _has_secret(arguments: Arguments, body: Body) -> bool:
    fields = body.fields if body.whole is None else (*body.fields, body.whole)
    texts = Const("", [body.template or "", body.content_type or ""])
    return any(arguments.field_is_secret(f) for f in (*fields, texts))


def _encode(arguments: Arguments, body: Body) -> tuple[bytes | None, str]:
    match body.type:
        case "json":
            content = _json(arguments, body)
            return content, "" if content is None else body.content_type or "application/json"
        case "form":
            content = _form(arguments, body)
            kind = body.content_type or "application/x-www-form-urlencoded"
            return content, "" if content is None else kind
        case "multipart":
            return _multipart(arguments, body)
        case "raw":
            content = _raw(arguments, body)
            kind = body.content_type or "application/octet-stream"
            return content, "" if content is None else kind


def _json(arguments: Arguments, body: Body) -> bytes | None:
    if body.whole is None:
        return dumps(body_of(arguments, body.fields)).encode()
    value = arguments.value(body.whole)
    if value is UNSET:
        return None
    if body.fields and isinstance(value, dict):
        # what all calls share; the argument's own members win
        value = {**body_of(arguments, body.fields), **cast("dict[str, Any]", value)}
    return dumps(value).encode()


def members_of_form(arguments: Arguments, body: Body) -> dict[str, Any] | None:
    """The members of the argument that is the whole form; None when it is left out."""
    if body.whole is None:
        return {}
    value = arguments.value(body.whole)
    if value is UNSET:
        return None
    if not isinstance(value, dict):
        raise ArgumentError(arguments.call_name, body.whole.arg, "must be a dict to be a form")
    return cast("dict[str, Any]", value)


def _member_pairs(
    arguments: Arguments, body: Body, members: dict[str, Any]
) -> list[tuple[str, str]]:
    whole = body.whole
    if whole is None:
        return []
    found: list[tuple[str, str]] = []
    for key, value in members.items():
        param = member_of(whole, key)
        style = whole.array_style if param is None else param.array_style
        argument = f"{whole.arg}[{key!r}]"
        found += flat(arguments, argument, key, value, param, body.nested, style)
    return found


def _form(arguments: Arguments, body: Body) -> bytes | None:
    members = members_of_form(arguments, body)
    if members is None:
        return None
    fields = (f for f in body.fields if f.wire not in members)
    found = [p for f in fields for p in pairs(arguments, f, body.nested)]
    found += _member_pairs(arguments, body, members)
    return "&".join(f"{urls.quote(k)}={urls.quote(v)}" for k, v in found).encode()


def _multipart(arguments: Arguments, body: Body) -> tuple[bytes | None, str]:
    members = members_of_form(arguments, body)
    if members is None:
        return None, ""
    parts: list[bytes] = []
    for field in (f for f in body.fields if f.wire not in members):
        parts += [_part(k, v) for k, v in pairs(arguments, field, body.nested)]
    parts += [_part(k, v) for k, v in _member_pairs(arguments, body, members)]
    # made from the parts, so equal arguments are equal bytes; long enough never to stand in a part by chance
    boundary = "callwright-" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:40]
    mark = boundary.encode()
    content = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
    kind = body.content_type or "multipart/form-data"
    return content + b"--" + mark + b"--\r\n", f"{kind}; boundary={boundary}"


def _part(name: str, value: str) -> bytes:
    return part_header(name) + value.encode()


def part_header(name: str, file: str = "") -> bytes:
    """The header of a multipart part, with the blank line after it. ``file``: the rest of a file's header."""
    return f'Content-Disposition: form-data; name="{quoted(name)}"{file}\r\n\r\n'.encode()


def part_of(boundary: str, name: str, value: str) -> bytes:
    """A part of text with the boundary before it."""
    return f"--{boundary}\r\n".encode() + _part(name, value) + b"\r\n"


def quoted(name: str) -> str:
    """A name inside quotes, as browsers write it (https://html.spec.whatwg.org/#multipart-form-data)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _raw(arguments: Arguments, body: Body) -> bytes | None:
    if body.whole is not None:
        value = arguments.value(body.whole)
        if value is UNSET:
            return None
        return value if isinstance(value, bytes) else text(value).encode()
    kind = body.content_type or ""
    fields = {f.wire: f for f in body.fields if not isinstance(f, tuple)}
    result = ""
    for piece_kind, piece in template.split(body.template or ""):
        if piece_kind == "name":
            result += _escape(arguments.lookup(piece), kind)
        else:
            result += _filled(arguments, piece, fields, kind)
    return result.encode()


def _filled(arguments: Arguments, piece: str, fields: dict[str, Field], kind: str) -> str:
    result = ""
    while True:
        before, brace, rest = piece.partition("{")
        result += before
        if not brace:
            return result
        name, closed, after = rest.partition("}")
        if not closed or name not in fields:
            # a brace of the text itself (JSON has many)
            result += brace
            piece = rest
            continue
        found = pairs(arguments, fields[name], "json")
        result += _escape(",".join(v for _, v in found), kind)
        piece = after


def _escape(value: str, kind: str) -> str:
    kind = kind.partition(";")[0].strip().lower()
    if kind.endswith(("/xml", "+xml")) or kind == "text/html":
        return html.escape(value)
    if kind.endswith(("/json", "+json")):
        return dumps(value)[1:-1]
    return value
