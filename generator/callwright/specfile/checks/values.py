"""Values that break what their own parameter asks, and keys that exclude one another."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping

from callwright.diagnostics import Diagnostic
from callwright.runtime.patterns import matches
from callwright.runtime.unset import UNSET
from callwright.specfile.messages import error
from callwright.specfile.model.auth import AllOf, AnyScheme, CustomToken
from callwright.specfile.model.parameters import TYPES, Parameter
from callwright.specfile.resolve import VARIABLE, ResolvedConnector, names_in
from callwright.specfile.source import dotted

Path = tuple[str | int, ...]
_TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]*\Z")
_STATUS_ERRORS = frozenset(
    {"StatusError", "BadRequestError", "AuthenticationError", "PermissionDeniedError", "NotFoundError", "ConflictError",
     "UnprocessableEntityError", "RateLimitError", "ServerError"}
)  # fmt: skip
_OTHER_ERRORS = frozenset(
    {"ApiError", "MissingCredentialError", "ArgumentError", "TransportError", "ApiTimeoutError", "AuthError",
     "RetryAfterTooLongError", "UnexpectedBodyError", "ResponseTooLargeError", "RedirectRefusedError", "StreamError",
     "DriftError", "PaginationStuckError", "NoRecordedResponseError"}
)  # fmt: skip


def check_values(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    """Every such problem of a resolved spec."""
    yield from _types(connector)
    yield from _errors(connector)
    yield from _schemes(connector)
    for resolved in connector.calls:
        path: Path = ("calls", resolved.name)
        yield from _braces(connector, resolved.call.path or "", (*path, "path"))
        for name, parameter in resolved.path_params.items():
            if name in resolved.call.path_params:
                yield from _parameter(connector, parameter, (*path, "path_params", name))
        for place in ("query", "headers", "cookies"):
            yield from _fields(connector, getattr(resolved.call, place), (*path, place))
        if resolved.call.body is not None:
            yield from _fields(connector, resolved.call.body.fields, (*path, "body", "fields"))
    document = connector.document
    yield from _fields(connector, document.variables, ("variables",))
    for name, named in document.types.items():
        yield from _fields(connector, named.fields, ("types", name, "fields"))
    if document.shared is not None:
        for place in ("query", "headers", "body"):
            yield from _fields(connector, getattr(document.shared, place), ("shared", place))


def _say(
    connector: ResolvedConnector, code: str, message: str, path: Path, hint: str = ""
) -> Diagnostic:
    return error(code, message, connector.source.span(*path), dotted(path), hint)


def _types(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    for name in connector.document.types:
        if not _TYPE_NAME.match(name) or name in TYPES:
            yield _say(
                connector,
                "bad-name",
                f"{name!r} is not a type's name, like LineItem",
                ("types", name),
            )


def _errors(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    errors = connector.document.errors
    if errors is None:
        return
    for key, name in errors.raise_.items():
        if name in _OTHER_ERRORS:
            yield _say(
                connector,
                "reserved-name",
                f"{name} is not raised for answers",
                ("errors", "raise", key),
                f"a class of your own, or one of {', '.join(sorted(_STATUS_ERRORS))}",
            )
    for index, rule in enumerate(errors.failed_when):
        if sum(rule.given(key) for key in ("is_", "not_", "present")) != 1:
            yield _say(
                connector,
                "bad-value",
                "exactly one of is, not and present is needed",
                ("errors", "failed_when", index),
            )


def _schemes(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    for name, scheme in connector.document.auth.items():
        path: Path = ("auth",) if name == "default" else ("auth", name)
        for token, where in _custom_tokens(scheme, path):
            yield from _requests(connector, token, where)


def _custom_tokens(scheme: AnyScheme, path: Path) -> Iterator[tuple[CustomToken, Path]]:
    if isinstance(scheme, CustomToken):
        yield scheme, path
    elif isinstance(scheme, AllOf):
        for index, inner in enumerate(scheme.of):
            yield from _custom_tokens(inner, (*path, "of", index))


def _requests(connector: ResolvedConnector, token: CustomToken, path: Path) -> Iterator[Diagnostic]:
    requests = {("request",): token.request, ("refresh",): token.refresh}
    requests |= {("steps", index): step for index, step in enumerate(token.steps or ())}  # type: ignore[misc]
    elsewhere = [name for name in connector.environments if name != "live"]
    for where, request in requests.items():
        if request is None:
            continue
        bodies = [key for key in ("json_", "form", "raw") if request.given(key)]
        if len(bodies) > 1:
            yield _say(
                connector,
                "bad-value",
                "one of json, form and raw at most",
                (*path, *where),
            )
        if request.basic is not None and any(n.lower() == "authorization" for n in request.headers):
            yield _say(
                connector,
                "same-place",
                "basic and headers both set Authorization",
                (*path, *where, "basic"),
                "remove one of them",
            )
        if elsewhere and not request.url.startswith("/") and not list(names_in(request.url)):
            yield _say(
                connector,
                "environment-origin",
                f"in {elsewhere[0]} this would go to the live host",
                (*path, *where, "url"),
                "put a variable into the URL and fix it under environments.<name>.variables",
            )


def _braces(connector: ResolvedConnector, text: str, path: Path) -> Iterator[Diagnostic]:
    bare = re.sub(r"\{[^{}]*\}", "", VARIABLE.sub("", text))
    if "{" in bare or "}" in bare:
        hint = "placeholders have one pair of braces: {id}" if "{{" in text else ""
        yield _say(connector, "bad-path", "a brace without its other half", path, hint)
    if "#" in bare:
        yield _say(connector, "bad-path", "what follows # is never sent", path)


def _fields(
    connector: ResolvedConnector, fields: Mapping[str, Parameter | None], path: Path
) -> Iterator[Diagnostic]:
    for name, parameter in fields.items():
        if parameter is not None:
            yield from _parameter(connector, parameter, (*path, name))


def _parameter(
    connector: ResolvedConnector, parameter: Parameter, path: Path
) -> Iterator[Diagnostic]:
    if parameter.is_constant:
        return
    parameter = connector.document.written_out(parameter)
    yield from _fields(connector, parameter.fields or {}, (*path, "fields"))
    for key in ("default", "example"):
        value = parameter.read(getattr(parameter, key))
        if value is UNSET or value is None:
            continue
        complaint = _complaint(parameter, value)
        if complaint:
            yield _say(connector, "bad-value", f"the {key} {complaint}", (*path, key))


def _complaint(parameter: Parameter, value: object) -> str:
    """What is wrong with a value by the parameter's own rules; blank when nothing is."""
    if isinstance(value, str):
        reads = _READS.get(parameter.kind)
        if reads is not None and not reads(value):
            return f"is not {_WORDS[parameter.kind]}"
        if parameter.pattern is not None and not matches(parameter.pattern, value):
            return "does not match pattern"
    if isinstance(value, str | list):
        if parameter.min_length is not None and len(value) < parameter.min_length:
            return "is shorter than min_length"
        if parameter.max_length is not None and len(value) > parameter.max_length:
            return "is longer than max_length"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if parameter.minimum is not None and value < parameter.minimum:
            return "is less than minimum"
        if parameter.maximum is not None and value > parameter.maximum:
            return "is more than maximum"
    return ""


def _is_datetime(text: str) -> bool:
    try:
        return datetime.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


_READS: Mapping[str, Callable[[str], bool]] = {
    "datetime": _is_datetime,
    "date": _is_date,
    "uuid": lambda text: re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text)
    is not None,
    "decimal": lambda text: re.fullmatch(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", text) is not None,
}
_WORDS = {
    "datetime": "a date-time with an offset, like 2026-01-31T12:00:00Z",
    "date": "a date like 2026-01-31",
    "uuid": "a UUID",
    "decimal": "a number",
}
