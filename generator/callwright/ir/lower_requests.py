"""Resolved spec → Requests: the runtime definitions, and all that is only for people and types."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from callwright.diagnostics import Diagnostic, fail_on_errors
from callwright.errors import SpecError
from callwright.ir import naming, nodes
from callwright.ir.check_answers import check_answers
from callwright.ir.check_arguments import check_arguments
from callwright.ir.check_classes import check_classes
from callwright.ir.lower_auth import lower_auth
from callwright.ir.lower_calls import CallLowering, lower_hints, lower_retry, lower_timeout
from callwright.ir.lower_fields import FieldLowering, argument, arguments
from callwright.runtime import definition as d
from callwright.spec.check import check
from callwright.spec.load import read_connector
from callwright.spec.messages import in_order
from callwright.spec.resolve import ResolvedConnector, resolve
from callwright.spec.source import Node, Spelled, plain


def read_requests(folder: Path, root: Path) -> tuple[nodes.Requests, tuple[Diagnostic, ...]]:
    """Load, resolve, check and lower the spec in ``folder``; messages name files relative to ``root``.

    Returns the requests and the warnings. Raises SpecError that carries every problem found.
    """
    document, source, problems = read_connector(folder, root)
    if document is None or source is None:
        fail_on_errors(problems)
        raise SpecError(f"{folder.name}: the spec cannot be read")
    resolved = resolve(document, source)
    fail_on_errors(in_order([*problems, *check(resolved)]))
    requests = lower_requests(resolved)
    found = in_order(
        [
            *problems,
            *check_arguments(resolved, requests),
            *check_answers(resolved),
            *check_classes(resolved, requests),
        ]
    )
    fail_on_errors(found)
    return requests, tuple(found)


def lower_requests(resolved: ResolvedConnector) -> nodes.Requests:
    """The requests of a checked connector."""
    document = resolved.document
    fields = FieldLowering(resolved)
    variables = tuple(_variables(resolved, fields))
    shared = tuple(_shared(resolved, fields))
    calls = tuple(CallLowering(resolved, fields).call(call) for call in resolved.calls)
    title = document.title or ""
    class_name = naming.pascal(title if naming.words(title) else document.name)
    errors, inference = document.errors, document.inference
    return nodes.Requests(
        connector=_connector(resolved, variables, shared),
        package=document.package or document.name,
        class_name=class_name,
        title=title or class_name,
        description=document.description,
        docs_url=document.docs_url,
        base_url=document.self_hosted.description if document.self_hosted else "",
        version=document.version,
        constructor=(*(a for _, a in variables), *shared),
        credentials={c.name: c.description for c in resolved.credentials.values()},
        calls=calls,
        types=tuple(fields.typed.values()),
        error_model=errors.model if errors else None,
        error_fields=lower_hints(errors.fields, document.types, "errors") if errors else (),
        required_after=inference.required_after if inference else 1,
        naive_datetimes=inference.naive_datetimes if inference else None,
        check=document.check,
        lint_ignore=document.lint.ignore if document.lint else {},
        digest=_digest(resolved),
    )


def _variables(
    resolved: ResolvedConnector, fields: FieldLowering
) -> Iterator[tuple[d.Variable, nodes.Argument]]:
    for name, parameter in resolved.document.variables.items():
        if parameter is not None:
            param = fields.param(name, parameter, owner=resolved.document.name)
            yield d.Variable(param, resolved.variable_env(name)), argument(param, parameter, "")


def _shared(resolved: ResolvedConnector, fields: FieldLowering) -> Iterator[nodes.Argument]:
    shared = resolved.document.shared
    if shared is None:
        return
    for place, written in (
        ("header", shared.headers),
        ("query", shared.query),
        ("body", shared.body),
    ):
        kept = {name: p for name, p in written.items() if p is not None}
        made = fields.fields(kept, text=place != "body", owner="shared", shared=frozenset(kept))
        for found in arguments(made, kept, place):
            yield replace(found, place="")


def _connector(
    resolved: ResolvedConnector,
    variables: tuple[tuple[d.Variable, nodes.Argument], ...],
    shared: tuple[nodes.Argument, ...],
) -> d.Connector:
    document = resolved.document
    rate, limits = document.rate_limit, document.limits
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
            d.Credential(c.name, c.env, pattern=c.pattern, safe_pattern=c.safe_pattern)
            for c in resolved.credentials.values()
        ),
        auth=lower_auth(resolved),
        shared=tuple(a.param for a in shared),
        errors=_errors(resolved),
        retry=lower_retry(document.retry, d.Retry()),
        rate_limit=d.RateLimit(rate.requests, rate.per) if rate else None,
        timeout=lower_timeout(document.timeout) or d.Timeout(),
        allow_insecure=document.allow_insecure,
        self_hosted=_self_hosted(resolved),
    )
    if limits is not None and limits.max_response_bytes is not None:
        made = replace(made, max_response_bytes=limits.max_response_bytes)
    return made


def _self_hosted(resolved: ResolvedConnector) -> d.SelfHosted | None:
    hosted = resolved.document.self_hosted
    if hosted is None:
        return None
    return d.SelfHosted(resolved.base_url_env(), hosted.pattern, hosted.example)


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
