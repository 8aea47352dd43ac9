"""What of a call does not depend on its arguments: found at its first use, kept for the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .. import template
from ..definition import Body, Call, Const, Field, Param, Place, params_of
from ..record import Record
from . import urls
from .values import strings


class Plan(Record):
    """A call, ready to be encoded."""

    call: Call  # held so that its id stays its own
    params: tuple[Param, ...]
    arguments: frozenset[str]
    names: tuple[str, ...]
    """The ``${names}`` in the call's constants, path and own base URLs."""
    path: tuple[Segment, ...]
    secret_arguments: frozenset[str]
    late: Mapping[str, tuple[str, ...]]
    """Arguments whose typed objects hold constants with ``${names}``, and these names."""
    raw_body: Param | None
    has_files: bool
    """Whether the body is read while it is sent."""


class Segment(Record):
    """One segment of a path. ``ready``: its text when nothing in it varies; else the pieces."""

    ready: str | None
    pieces: tuple[tuple[str, Any], ...] = ()


_PLANS: dict[int, Plan] = {}


def plan(call: Call) -> Plan:
    """The call's plan, made at its first use."""
    found = _PLANS.get(id(call))
    if found is None:
        if not call.listed:
            return _make_plan(call)
        if len(_PLANS) >= 4096:
            _PLANS.clear()
        found = _PLANS[id(call)] = _make_plan(call)
    return found


def _make_plan(call: Call) -> Plan:
    body = call.body
    fields = [*call.path_params, *call.query, *call.headers, *call.cookies]
    if body is not None:
        fields += [*body.fields, *([body.whole] if body.whole is not None else [])]
    params = tuple(params_of(fields))
    texts = [call.path, call.base_url or "", *call.base_urls.values(), *_texts(fields)]
    if body is not None:
        texts += [body.template or "", body.content_type or ""]
    arguments = {p.arg for p in params}
    if call.url is not None:
        arguments.add(call.url.arg)
    return Plan(
        call,
        params,
        frozenset(arguments),
        tuple(dict.fromkeys(n for t in texts for n in template.names(t))),
        _path_plan(call),
        frozenset(p.arg for p in params if _is_secret(p)),
        {p.arg: found for p in params if (found := _late_names(p))},
        _raw_body(body),
        body is not None and holds_file(fields),
    )


def _raw_body(body: Body | None) -> Param | None:
    """The argument that is a raw body of text or bytes."""
    if body is None or body.type != "raw" or body.whole is None or body.whole.type == "file":
        return None
    return body.whole


def holds_file(fields: Iterable[Field | None]) -> bool:
    """Whether a field is or holds a file."""
    for field in fields:
        if isinstance(field, Place) and holds_file(field.fields):
            return True
        if isinstance(field, Param) and (
            field.type == "file" or holds_file((field.items, field.values, *field.fields))
        ):
            return True
    return False


def _is_secret(param: Param) -> bool:
    inner = [p for p in (param.items, param.values) if p is not None]
    return param.secret or any(_is_secret(p) for p in (*inner, *params_of(param.fields)))


def _late_names(param: Param) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for t in _texts((param,)) for n in template.names(t)))


def _texts(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        match field:
            case Const(_, value):
                yield from strings(value)
            case Place(_, inner):
                yield from _texts(inner)
            case Param():
                yield from _texts(field.fields)
                yield from _texts(p for p in (field.items, field.values) if p is not None)


def _path_plan(call: Call) -> tuple[Segment, ...]:
    fields = {f.wire: f for f in call.path_params}
    return tuple(_segment_plan(part, fields) for part in call.path.split("/")) if call.path else ()


def _segment_plan(part: str, fields: Mapping[str, Param | Const]) -> Segment:
    pieces: list[tuple[str, Any]] = []
    for kind, piece in template.split(part):
        if kind == "name":
            pieces.append((kind, piece))
            continue
        while piece:
            literal, brace, rest = piece.partition("{")
            name, closed, after = rest.partition("}")
            if not (brace and closed and name in fields):
                pieces.append(("text", piece))
                break
            pieces += [("text", literal)] if literal else []
            pieces.append(("field", fields[name]))
            piece = after
    if all(kind == "text" for kind, _ in pieces):
        return Segment(urls.quote_literal("".join(p for _, p in pieces)))
    return Segment(None, tuple(pieces))
