"""Calls as runtime definitions, with their arguments, samples and hints."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from callwright.ir import nodes
from callwright.ir.nodes import DictType, ListType
from callwright.operations.fields import FieldLowering, arguments
from callwright.operations.response_types import AnswerTypes
from callwright.runtime import definition as d
from callwright.runtime.unset import UNSET
from callwright.specfile.model.calls import Body, Call, Constant, Reference, Response, Sample
from callwright.specfile.model.document import NamedType
from callwright.specfile.model.parameters import as_type
from callwright.specfile.model.policies import Paginate, ResponseField, Retry, Timeout
from callwright.specfile.resolve import ResolvedCall, ResolvedConnector
from callwright.specfile.source import Node, dotted, plain


def lower_retry(retry: Retry | None, base: d.Retry) -> d.Retry:
    """The map merged key by key over another."""
    if retry is None:
        return base
    given = {
        key: getattr(retry, key)
        for key in ("attempts", "wait_path", "wait_format", "max_wait", "idempotency_header")
        if retry.given(key)
    }
    if retry.statuses is not None:
        given["statuses"] = tuple(retry.statuses)
    return replace(base, **given)


def lower_timeout(timeout: Timeout | None) -> d.Timeout | None:
    """Seconds for each phase, None when the spec says nothing."""
    if timeout is None:
        return None
    return d.Timeout(timeout.connect, timeout.read, timeout.write, timeout.pool, timeout.total)


def lower_hints(
    fields: Mapping[str, ResponseField], types: Mapping[str, NamedType], *within: str | int
) -> tuple[nodes.FieldHint, ...]:
    """What the author declares about places in answers; ``within`` is where that stands in the spec."""
    return tuple(
        replace(
            _hint(path, hint, types),
            where=dotted((*within, "fields", path)),
            span=hint.node.span(),
        )
        for path, hint in fields.items()
    )


def _hint(path: str, hint: ResponseField, types: Mapping[str, NamedType]) -> nodes.FieldHint:
    kind = hint.type or ("array" if hint.items else "map" if hint.values else None)
    answers = AnswerTypes(types)
    declares = answers.named(kind or "")
    if kind == "array" and hint.items:
        declares = ListType(item=answers.of(hint.items, "item"))
    elif kind == "map" and hint.values:
        declares = DictType(value=answers.of(hint.values, "value"))
    return nodes.FieldHint(
        path=path,
        type=kind,
        required=hint.required,
        nullable=hint.nullable_ if hint.given("nullable_") else None,
        ignore=hint.ignore,
        redact=hint.redact,
        rename=hint.rename,
        items=hint.items.kind if hint.items else None,
        values=hint.values.kind if hint.values else None,
        enum=tuple(cast("Any", plain(value)) for value in hint.enum or ()),
        closed=hint.closed,
        # elsewhere the words say it all, and numbers that were seen still decide how a decimal is written
        declares=declares if answers.used else None,
        classes=tuple(answers.classes.values()),
    )


class CallLowering:
    """Lowers the calls of one connector."""

    def __init__(self, resolved: ResolvedConnector, fields: FieldLowering) -> None:
        self.resolved = resolved
        self.fields = fields

    def call(self, resolved: ResolvedCall) -> nodes.Request:
        """One call with its definition and what is only for people and types."""
        call = resolved.call
        definition = self._definition(resolved)
        found = tuple(self._arguments(resolved, definition))
        params = {a.name: a.param for a in found}
        samples = tuple(_sample(name, sample, params) for name, sample in call.samples.items())
        shown = repr((definition, samples))
        return nodes.Request(
            call=definition,
            arguments=found,
            description=call.description,
            docs_url=call.docs_url,
            group=call.group,
            deprecated=call.deprecated,
            hints=tuple(_response_hints(resolved, self.resolved.document.types)),
            samples=samples,
            place=_place(call.node),
            digest=hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest(),
        )

    def _definition(self, resolved: ResolvedCall) -> d.Call:
        call, document = resolved.call, self.resolved.document
        limits, url = call.limits, call.url
        return d.Call(
            resolved.name,
            resolved.method,
            call.path or "",
            data=resolved.data,
            repeatable=call.repeatable and not resolved.data,
            path_params=self._path_params(resolved),
            query=self._place(resolved, "query"),
            headers=self._place(resolved, "headers"),
            cookies=self._place(resolved, "cookies"),
            body=self._body(resolved),
            url=d.UrlArgument(url.arg, tuple(url.hosts)) if url else None,
            base_url=call.base_url,
            base_urls={
                name: environment.calls[resolved.name].base_url
                for name, environment in document.environments.items()
                if resolved.name in environment.calls
            },
            # a call to a URL that the caller gives sends no credentials unless the spec says so
            auth=call.auth if call.auth is not None or url is None else "none",
            response=_response(call.response, resolved.paginate),
            paginate=_paginate(resolved.paginate),
            responses={status: _response(r) for status, r in call.responses.items()},
            retry=(
                lower_retry(call.retry, lower_retry(document.retry, d.Retry()))
                if call.retry
                else None
            ),
            timeout=lower_timeout(call.timeout),
            max_response_bytes=limits.max_response_bytes if limits else None,
            max_download_bytes=limits.max_download_bytes if limits else None,
            max_event_bytes=limits.max_event_bytes if limits else None,
        )

    def _path_params(self, resolved: ResolvedCall) -> tuple[d.Param | d.Const, ...]:
        made = self.fields.fields(resolved.path_params, text=True, owner=resolved.name)
        return tuple(
            _required(field) if isinstance(field, d.Param) else field
            for field in made
            if not isinstance(field, d.Place)
        )

    def _place(
        self, resolved: ResolvedCall, place: str, *, text: bool = True
    ) -> tuple[d.Field, ...]:
        shared = frozenset(wire for where, wire in resolved.shared if where == place)
        return self.fields.fields(
            resolved.place(place), text=text, owner=resolved.name, shared=shared
        )

    def _body(self, resolved: ResolvedCall) -> d.Body | None:
        body = resolved.call.body
        if body is None:
            return None
        return d.Body(
            body.type,
            fields=self._place(resolved, "body", text=body.type != "json"),
            whole=self._whole(body, resolved.name),
            nested=body.nested or "brackets",
            content_type=body.content_type,
            template=body.template,
        )

    def _whole(self, body: Body, owner: str) -> d.Param | None:
        """The one argument that is the entire body: `arg`/`of`, or a raw body without a template."""
        raw = body.type == "raw" and body.template is None
        if body.arg is None and body.of is None and not raw:
            return None
        if body.of is not None:
            made = self.fields.param("", body.of, owner=owner)
        else:
            made = d.Param("", "", "string" if raw else "any")
        return replace(made, arg=body.arg or "body", required=True)

    def _arguments(self, resolved: ResolvedCall, call: d.Call) -> list[nodes.Argument]:
        found = list(arguments(call.path_params, resolved.path_params, "path"))
        if resolved.call.url is not None:
            found.append(_url_argument(resolved.call))
        found += arguments(call.query, resolved.query, "query")
        found += arguments(call.headers, resolved.headers, "header")
        found += arguments(call.cookies, resolved.cookies, "cookie")
        if call.body is not None:
            found += arguments(call.body.fields, resolved.body, "body")
            if call.body.whole is not None and resolved.call.body is not None:
                found.append(_whole_argument(call.body.whole, resolved.call.body))
        # the sort is stable: what is required first, otherwise as written
        return sorted(
            found, key=lambda a: (not a.positional, a.param.shared or not a.param.required)
        )


def _required(param: d.Param) -> d.Param:
    """A path parameter must be given, unless it is made by itself."""
    made = param.auto is not None or param.default is not UNSET
    return param if made else replace(param, required=True)


def _url_argument(call: Call) -> nodes.Argument:
    assert call.url is not None
    return nodes.Argument(
        name=call.url.arg,
        param=d.Param("", call.url.arg, required=True),
        place="url",
        positional=True,
        description=call.url.description,
        example=call.url.example,
    )


def _whole_argument(whole: d.Param, body: Body) -> nodes.Argument:
    return nodes.Argument(name=whole.arg, param=whole, place="body", description=body.description)


def _paginate(how: Paginate | None) -> d.Paginate | None:
    if how is None or how.type is None or how.items_path is None:
        return None
    return d.Paginate(
        how.type,
        how.items_path,
        next_path=(how.next_path or ()) if how.type in ("cursor", "next_url") else (),
        more_path=how.more_path or (),
        total_path=how.total_path or (),
        total_pages_path=how.total_pages_path or () if how.type == "page" else (),
        first=how.first if how.first is not None else 0 if how.type == "offset" else 1,
        as_text=how.send is None or how.send.body is None,
        max_pages=how.max_pages,
        origin=how.origin or "refuse",
    )


def _response(response: Response | None, how: Paginate | None = None) -> d.Response:
    select = None if how is None else how.items_path
    if response is None:
        return d.Response(select=_inside(select))
    return d.Response(
        response.type,
        select=_inside(select or response.select),
        value=cast("Any", plain(response.value)),
        untyped=response.untyped,
        content_type=response.content_type,
        stream=_stream(response),
    )


def _stream(response: Response) -> d.Stream | None:
    if response.type != "stream":
        return None
    how = response.stream
    if how is None:
        return d.Stream()
    return d.Stream(
        how.format,
        end=how.end,
        text_path=how.text_path,
        reconnect=how.reconnect,
        by_event=how.type_path == "event",
    )


def _inside(select: str | None) -> str | None:
    return None if select == "$" else select


def _response_hints(
    resolved: ResolvedCall, types: Mapping[str, NamedType]
) -> Iterator[nodes.ResponseHints]:
    how = resolved.paginate
    if how is not None and (resolved.call.response is None or not _says(resolved.call.response)):
        yield nodes.ResponseHints(
            status=None, model=None, fields=(), select_at=how.span("items_path")
        )
    for status, within, response in answers(resolved):
        if _says(response):
            yield nodes.ResponseHints(
                status=status,
                model=response.model,
                fields=lower_hints(response.fields, types, *within),
                select_at=(
                    how.span("items_path")
                    if how is not None
                    else response.span("select") if response.select is not None else None
                ),
            )


def _says(response: Response) -> bool:
    return bool(response.model is not None or response.fields or response.select is not None)


def answers(
    resolved: ResolvedCall,
) -> Iterator[tuple[int | None, tuple[str | int, ...], Response]]:
    """What a call says of its answers: the status (None for all others), the place in the spec, and what."""
    call, path = resolved.call, ("calls", resolved.name)
    if call.response is not None:
        yield None, (*path, "response"), call.response
    for status, response in call.responses.items():
        if response is not None:
            yield status, (*path, "responses", status), response


def _sample(name: str, sample: Sample, params: Mapping[str, d.Param]) -> nodes.Sample:
    return nodes.Sample(
        name=name,
        args={arg: _value(value, arg, params.get(arg)) for arg, value in sample.args.items()},
        status=sample.status,
        expect_error=sample.expect == "error",
        pages=sample.pages,
        events=sample.events,
        outputs=sample.outputs,
        after=tuple(_sample_name(earlier) for earlier in sample.after),
        cleanup=_sample_name(sample.cleanup) if sample.cleanup else None,
        source=sample.source or "live",
        note=sample.note,
        keep=sample.keep,
        redact=tuple(sample.redact),
        confirm=sample.confirm or "ask",
        ci=sample.ci,
    )


def _value(value: Reference | Constant, arg: str, param: d.Param | None) -> nodes.SampleValue:
    match value:
        case Constant(raw=raw, references=references):
            typed = _typed(raw, param)
            if references or _has_files(typed):
                return nodes.NestedValue(value=_with_outputs(typed))
            return nodes.ConstantValue(value=typed)
        case Reference(from_=str() as source):
            call, sample = _sample_name(source)
            return nodes.FromSample(call=call, sample=sample, output=value.output or arg)
        case Reference(file=str() as path):
            return nodes.FromFile(path=path)
        case Reference(env=str() as variable):
            return nodes.FromEnv(variable=variable)
        case Reference(auto="uuid4"):
            return nodes.Auto(kind="uuid4")
        case _:
            return nodes.ConstantValue(value=_typed(value.value, param))


def _sample_name(text: str) -> tuple[str, str]:
    call, _, sample = text.partition(".")
    return call, sample


def _with_outputs(value: object) -> object:
    """A value with the references in it as they are sent."""
    match value:
        case Reference():
            return _value(value, "", None)
        case list():
            return [_with_outputs(item) for item in cast("list[object]", value)]
        case dict():
            members = cast("dict[str, object]", value)
            return {name: _with_outputs(inner) for name, inner in members.items()}
        case _:
            return value


def _has_files(value: object) -> bool:
    """Whether files stand anywhere in a value, as their parameters say."""
    if isinstance(value, list):
        return any(map(_has_files, cast("list[object]", value)))
    if isinstance(value, dict):
        return any(map(_has_files, cast("dict[str, object]", value).values()))
    return isinstance(value, nodes.FromFile)


def _typed(raw: object, param: d.Param | None) -> object:
    """A sample's constant as the argument takes it: text keeps its spelling, inside arrays and objects too."""
    if param is None:
        return plain(raw)
    if param.type == "file" and isinstance(raw, dict):
        reference = cast("dict[str, object]", plain(raw))
        path = reference.get("file")
        if reference.keys() == {"file"} and isinstance(path, str):
            return nodes.FromFile(path=path)
    if isinstance(raw, list) and param.items is not None:
        return [_typed(item, param.items) for item in cast("list[object]", raw)]
    if isinstance(raw, dict):
        members = {f.wire: f for f in param.fields if isinstance(f, d.Param)}
        return {
            name: _typed(inner, members.get(name, param.values))
            for name, inner in cast("dict[str, object]", raw).items()
        }
    return as_type(raw, param.type)


def _place(node: Node) -> str:
    return f"{node.file.name}:{node.line}:{node.column}"
