"""Resolved spec → Requests: the runtime definitions, and all that is only for people and types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from callwright.diagnostics import Diagnostic, Severity, in_order
from callwright.errors import SpecError, fail_on_errors
from callwright.ir import naming, nodes
from callwright.operations.auth import lower_auth
from callwright.operations.calls import CallLowering, lower_hints, lower_retry, lower_timeout
from callwright.operations.check_arguments import check_arguments
from callwright.operations.check_classes import check_classes
from callwright.operations.check_responses import check_answers
from callwright.operations.fields import FieldLowering, argument, arguments
from callwright.runtime import definition as d
from callwright.runtime.patterns import whole
from callwright.specfile.checks.connector import check
from callwright.specfile.checks.urls import names_in_authorities
from callwright.specfile.load import load_text, read_connector
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.partial import UNREADABLE, Omitted, within, without_invalid, without_places
from callwright.specfile.resolve import ResolvedConnector, resolve
from callwright.specfile.source import Node, Spelled, plain

_PATHS = ("message_path", "code_path", "request_id_path")


def read_requests(folder: Path, root: Path) -> tuple[nodes.Requests, tuple[Diagnostic, ...]]:
    """Load, resolve, check and lower the spec in ``folder``; messages name files relative to ``root``.

    Returns the requests and the warnings. Raises SpecError that carries every problem found.
    """
    requests, problems = inspect_spec(folder, root)
    fail_on_errors(problems)
    if requests is None:
        raise SpecError(f"{folder.name}: the spec cannot be read")
    return requests, tuple(problems)


def inspect_spec(folder: Path, root: Path) -> tuple[nodes.Requests | None, list[Diagnostic]]:
    """Load, resolve, check and lower the spec in ``folder`` as far as its errors allow.

    Returns the requests of what can be read, None where that is nothing, and every problem found, whatever its stage.
    """
    document, source, problems = read_connector(folder, root)
    omitted = Omitted()
    if document is None and source is not None:
        document = without_invalid(source, folder.name, omitted)
    if document is None or source is None:
        return None, problems
    if any(d.code in UNREADABLE for d in problems):
        # what they name may stand in the file that cannot be read
        omitted.codes |= {"unknown-call", "unknown-sample"}
    resolved = resolve(document, source)
    problems += omitted.unexplained(check(resolved))
    if not any(d.severity is Severity.ERROR for d in problems):
        requests = lower_requests(resolved)
        return requests, in_order([*problems, *check_lowered(resolved, requests)])
    partial, more = _inspect_lowered(resolved, problems)
    return partial, in_order([*problems, *omitted.unexplained(more)])


def problems_of(text: str, name: str) -> list[Diagnostic]:
    """Every problem of a spec that is not written yet; ``name`` is its file in messages. Raises SpecError."""
    resolved = resolve(*load_text(text, name))
    problems = check(resolved)
    if not any(d.severity is Severity.ERROR for d in problems):
        problems += check_lowered(resolved, lower_requests(resolved))
    return problems


def check_lowered(resolved: ResolvedConnector, requests: nodes.Requests) -> list[Diagnostic]:
    """The problems of a checked spec that only its requests show."""
    return [
        *check_arguments(resolved, requests),
        *check_answers(resolved),
        *check_classes(resolved, requests),
    ]


def _inspect_lowered(
    resolved: ResolvedConnector, problems: Sequence[Diagnostic]
) -> tuple[nodes.Requests | None, list[Diagnostic]]:
    """What can be lowered of a spec with errors, and the problems found in it; those at known places aside.

    A call that cannot be lowered is tried again without the values that are wrong.
    """
    places = {d.path for d in problems if d.severity is Severity.ERROR}
    requests, found = _lower_possible(resolved)
    read = {request.call.name for request in requests.calls} if requests else set[str]()
    if len(read) < len(resolved.calls):
        omitted = Omitted()
        document = without_places(resolved.source, places, resolved.document.name, omitted)
        if document is not None:
            rest = resolve(document, resolved.source)
            rest = replace(rest, calls=tuple(c for c in rest.calls if c.name not in read))
            more, again = _lower_possible(rest)
            requests = _joined(requests, more)
            found += omitted.unexplained(again)
    return requests, [d for d in found if not _overlaps(d.path, places)]


def _lower_possible(
    resolved: ResolvedConnector,
) -> tuple[nodes.Requests | None, list[Diagnostic]]:
    calls = [call for call in resolved.calls if _try_lower(replace(resolved, calls=(call,)))]
    part = replace(resolved, calls=tuple(calls))
    requests = _try_lower(part)
    return requests, check_lowered(part, requests) if requests is not None else []


def _try_lower(resolved: ResolvedConnector) -> nodes.Requests | None:
    try:
        return lower_requests(resolved)
    except Exception:  # lowering assumes a checked spec; its errors are reported all the same
        return None


def _joined(first: nodes.Requests | None, second: nodes.Requests | None) -> nodes.Requests | None:
    if first is None or second is None:
        return first or second
    return replace(first, calls=(*first.calls, *second.calls))


def _overlaps(place: str, places: Iterable[str]) -> bool:
    """Whether a problem stands at, in or around one of these places."""
    return any(within(place, other) or within(other, place) for other in places)


def lower_requests(resolved: ResolvedConnector) -> nodes.Requests:
    """The requests of a checked connector."""
    document = resolved.document
    fields = FieldLowering(resolved)
    variables = tuple(_variables(resolved, fields))
    shared = _shared(resolved, fields)
    calls = tuple(CallLowering(resolved, fields).call(call) for call in resolved.calls)
    title = document.title or ""
    class_name = naming.pascal(title if naming.words(title) else document.name)
    errors, inference = document.errors, document.inference
    return nodes.Requests(
        connector=_connector(resolved, fields, variables, shared),
        package=document.package or document.name,
        class_name=class_name,
        title=title or class_name,
        description=document.description,
        docs_url=document.docs_url,
        base_url=document.self_hosted.description if document.self_hosted else "",
        version=document.version,
        constructor=(*(a for _, a in variables), *_shared_arguments(resolved, shared)),
        credentials={c.name: c.description for c in resolved.credentials.values()},
        calls=calls,
        types=tuple(fields.typed.values()),
        enums=tuple(_enums(resolved)),
        error_model=errors.model if errors else None,
        error_fields=lower_hints(errors.fields, document.types, "errors") if errors else (),
        error_paths_at={key: errors.span(key) for key in _PATHS if errors and errors.given(key)},
        required_after=inference.required_after if inference else 1,
        naive_datetimes=inference.naive_datetimes if inference else None,
        check=document.check,
        lint_ignore=document.lint.ignore if document.lint else {},
        digest=_digest(resolved),
    )


def _enums(resolved: ResolvedConnector) -> Iterator[nodes.Alias]:
    for name, named in resolved.document.types.items():
        if named.enum:
            values = cast("tuple[str | int | float | bool, ...]", named.values)
            yield nodes.Alias(name=naming.pascal(name), values=values)


def _variables(
    resolved: ResolvedConnector, fields: FieldLowering
) -> Iterator[tuple[d.Variable, nodes.Argument]]:
    addresses = names_in_authorities(resolved)
    for name, parameter in resolved.document.variables.items():
        if parameter is not None:
            param = fields.param(name, parameter, owner=resolved.document.name)
            param = replace(param, pattern=_pattern(param.pattern, is_whole=name in addresses))
            yield d.Variable(param, resolved.variable_env(name)), argument(param, parameter, "")


def _shared(resolved: ResolvedConnector, fields: FieldLowering) -> d.Shared:
    written = resolved.document.shared
    if written is None:
        return d.Shared()

    def lowered(place: Mapping[str, Parameter | None], *, text: bool) -> tuple[d.Field, ...]:
        return fields.fields(place, text=text, owner="shared", shared=frozenset(place))

    return d.Shared(
        headers=lowered(written.headers, text=True),
        query=lowered(written.query, text=True),
        body=lowered(written.body, text=False),
    )


def _shared_arguments(resolved: ResolvedConnector, shared: d.Shared) -> Iterator[nodes.Argument]:
    written = resolved.document.shared
    if written is None:
        return
    for made, place in (
        (shared.headers, written.headers),
        (shared.query, written.query),
        (shared.body, written.body),
    ):
        yield from arguments(made, {name: p for name, p in place.items() if p is not None}, "")


def _connector(
    resolved: ResolvedConnector,
    fields: FieldLowering,
    variables: tuple[tuple[d.Variable, nodes.Argument], ...],
    shared: d.Shared,
) -> d.Connector:
    document = resolved.document
    rate, limits = document.rate_limit, document.limits
    addresses = names_in_authorities(resolved)
    environments = []
    for name, environment in resolved.environments.items():
        base_url = (
            environment.base_url if environment and environment.base_url else document.base_url
        )
        fixed = environment.variables if environment else {}
        environments.append(d.Environment(name, base_url or "", variables=fixed))
    made = d.Connector(
        document.name,
        resolved.prefix,
        tuple(environments),
        variables=tuple(v for v, _ in variables),
        credentials=tuple(
            d.Credential(
                c.name,
                c.env,
                pattern=_pattern(c.pattern, is_whole=c.name in addresses),
                safe_pattern=c.safe_pattern,
                secret=c.secret,
            )
            for c in resolved.credentials.values()
        ),
        auth=lower_auth(resolved, fields),
        shared=shared,
        errors=_errors(resolved),
        retry=lower_retry(document.retry, d.Retry()),
        rate_limit=d.RateLimit(rate.requests, rate.per) if rate else None,
        timeout=lower_timeout(document.timeout) or d.Timeout(),
        allow_insecure=document.allow_insecure,
        self_hosted=_self_hosted(resolved),
    )
    if limits is not None and limits.max_response_bytes is not None:
        made = replace(made, max_response_bytes=limits.max_response_bytes)
    if limits is not None and limits.max_download_bytes is not None:
        made = replace(made, max_download_bytes=limits.max_download_bytes)
    if limits is not None and limits.max_event_bytes is not None:
        made = replace(made, max_event_bytes=limits.max_event_bytes)
    return made


def _self_hosted(resolved: ResolvedConnector) -> d.SelfHosted | None:
    hosted = resolved.document.self_hosted
    if hosted is None:
        return None
    pattern = _pattern(hosted.pattern, is_whole=True)
    return d.SelfHosted(resolved.base_url_env(), pattern, hosted.example)


def _pattern(pattern: str | None, *, is_whole: bool) -> str | None:
    """A pattern; what says where something is sent must match it as a whole."""
    return whole(pattern) if pattern is not None and is_whole else pattern


def _errors(resolved: ResolvedConnector) -> d.Errors:
    errors = resolved.document.errors
    if errors is None:
        return d.Errors()
    return d.Errors(
        message_path=errors.message_path,
        code_path=errors.code_path,
        request_id_path=errors.request_id_path,
        failed_when=tuple(
            d.FailedWhen(
                rule.path,
                is_=cast("Any", plain(rule.is_)),
                not_=cast("Any", plain(rule.not_)),
                present=rule.present,
            )
            for rule in errors.failed_when
        ),
        raises=errors.raise_,
    )


def _digest(resolved: ResolvedConnector) -> str:
    """sha256 over what the spec says, its layout, comments and order of top-level files aside."""
    text = json.dumps(_content(resolved.source.root), sort_keys=False, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _content(node: Node) -> object:
    match node.kind:
        case "map":
            return {name: _content(value) for name, (_, value) in node.members.items()}
        case "list":
            return [_content(item) for item in node.items]
        case "scalar":
            return [node.value.text] if isinstance(node.value, Spelled) else node.value
