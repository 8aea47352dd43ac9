"""The digest of what a sample sends: when it changes, the capture is stale."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace

from callwright.ir.nodes import (
    Auto,
    ConstantValue,
    FromEnv,
    FromFile,
    FromSample,
    NestedValue,
    Sample,
    SampleValue,
)
from callwright.runtime.definition import (
    Body,
    Call,
    Connector,
    Const,
    Environment,
    Field,
    Param,
    Place,
)
from callwright.runtime.errors import ArgumentError
from callwright.runtime.flow import WireRequest
from callwright.runtime.request.encode import encode
from callwright.runtime.request.plan import plan

_BASE = "https://host.invalid"  # where a call goes is an environment's matter, what it sends is not
_CONNECTOR = Connector(name="digest", prefix="", environments=(Environment("live", _BASE),))


def sample_digest(call: Call, sample: Sample) -> str:
    """The digest of a sample: constants count by value, everything else by where it comes from."""
    arguments = {name: _argument(value) for name, value in sample.args.items()}
    volatile = {n for n, v in sample.args.items() if not isinstance(v, ConstantValue)}
    return call_digest(call, arguments, volatile)


def call_digest(call: Call, arguments: Mapping[str, object], volatile: Collection[str] = ()) -> str:
    """``sha256:…`` over method, path, query, headers and body as the one encoder makes them.

    Independent of credentials, variables (they count by name), the host, and the values of ``volatile`` and secret
    arguments, for which ``arguments`` may hold any text that stands for them.
    """
    made = plan(call)
    known = {
        name: "secret" if name in made.secret_arguments else value
        for name, value in arguments.items()
        if name in made.arguments
    }
    try:
        request = _encode(relaxed(call, volatile), known)
    except ArgumentError:
        # an argument the definition refuses: the sample's own problem, told elsewhere
        texts = {name: json.dumps(value, default=repr) for name, value in known.items()}
        try:
            request = _encode(relaxed(call, known), texts)
        except ArgumentError:
            return _digest([call.name, call.method, call.path, sorted(texts.items())])
    return _digest(
        [
            request.method,
            (request.secret_url or request.url).removeprefix(_BASE),
            sorted((k.lower(), v) for k, v in (*request.headers, *request.secret_headers)),
            sorted(request.secret_query),
            sorted(request.secret_cookies),
            (request.secret_content or request.content or b"").decode("latin-1"),
            call.auth,
        ]
    )


def _digest(parts: list[object]) -> str:
    return f"sha256:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def _encode(call: Call, arguments: Mapping[str, object]) -> WireRequest:
    return encode(
        call,
        arguments,
        connector=_CONNECTOR,
        base_url=_BASE,
        values={name: f"${name}" for name in plan(call).names},
    )


def _argument(value: SampleValue) -> object:
    match value:
        case ConstantValue():
            return value.value
        case NestedValue():
            return json.dumps(value.value, default=_argument)
        case FromSample():
            return f"from {value.call}.{value.sample} {value.output}"
        case FromFile():
            return f"file {value.path}"
        case FromEnv():
            return f"env {value.variable}"
        case Auto():
            return f"auto {value.kind}"


def _relaxed_fields(fields: tuple[Field, ...], volatile: frozenset[str]) -> tuple[Field, ...]:
    return tuple(_relaxed_field(field, volatile) for field in fields)


def relaxed(call: Call, volatile: Collection[str]) -> Call:
    """The call anywhere, with nothing required, and volatile arguments taking any text in their place."""
    volatile = frozenset(volatile)
    path_params = _relaxed_fields(call.path_params, volatile)
    return replace(
        call,
        path=call.path if call.url is None else "/",
        path_params=tuple(f for f in path_params if not isinstance(f, Place)),
        query=_relaxed_fields(call.query, volatile),
        headers=_relaxed_fields(call.headers, volatile),
        cookies=_relaxed_fields(call.cookies, volatile),
        body=_relaxed_body(call.body, volatile) if call.body else None,
        url=None if call.url is None or call.url.arg in volatile else call.url,
        base_url=None,
        base_urls={},
    )


def _relaxed_body(body: Body, volatile: frozenset[str]) -> Body:
    whole = None if body.whole is None else _relaxed_param(body.whole, volatile)
    return replace(body, fields=_relaxed_fields(body.fields, volatile), whole=whole)


def _relaxed_field(field: Field, volatile: frozenset[str]) -> Field:
    match field:
        case Const():
            return field
        case Place():
            return replace(field, fields=_relaxed_fields(field.fields, volatile))
        case Param():
            return _relaxed_param(field, volatile)


def _relaxed_param(param: Param, volatile: frozenset[str]) -> Param:
    if param.auto is not None:
        return Param(param.wire, param.arg, default=f"auto {param.auto}")
    if param.secret or param.arg in volatile:
        style = param.array_style
        return Param(param.wire, param.arg, allow_blank=True, array_style=style)
    return replace(param, required=False)
