"""Requests to token endpoints: made from templates, carrying the call's timeout and nothing else of the client."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, cast
from urllib.parse import urlencode

from ..definition import JsonValue
from ..errors import ApiError, ArgumentError, AuthError, TransportError
from ..flow import HIDDEN, Flow, Send, Sleep, WireRequest, WireResponse
from ..printable import one_line
from ..request import urls
from ..request.values import Refused
from ..template import names, substitute
from .scheme import AuthContext

Values = Mapping[str, str]
"""The values of the names that templates use: variables, credentials, saved values."""

ATTEMPTS = 3
_LARGEST = 1_048_576
_LONGEST = 300


def names_in(part: object) -> frozenset[str]:
    """Every ``${name}`` in a definition: in all its texts, at any depth."""
    if isinstance(part, str):
        return frozenset(names(part))
    inner: list[object] = []
    if isinstance(part, Mapping):
        inner = list(cast("Mapping[str, object]", part).values())
    elif isinstance(part, (list, tuple)):
        inner = list(cast("Sequence[object]", part))
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        inner = [getattr(part, f.name) for f in dataclasses.fields(part)]
    return frozenset[str]().union(*map(names_in, inner))


def gather(context: AuthContext, wanted: Sequence[str]) -> Flow[dict[str, str]]:
    """The values of these names that have one now; each credential callable is called once."""
    values: dict[str, str] = {}
    for name in wanted:
        value = context.values.get(name)
        if value is None:
            value = yield from context.optional_credential(name)
        if value is not None:
            values[name] = value
    return values


def secrets_in(context: AuthContext, values: Values, *more: str) -> list[str]:
    """What must not appear in a message: all that the client holds, and all values that are not declared public."""
    declared = {c.name for c in context.connector.credentials} | context.values.keys()
    public = declared - context.connector.secret_credentials
    hidden = [value for name, value in values.items() if name not in public]
    return [*hidden, *more, *context.secrets()]


def fill(template: str, values: Values) -> str | None:
    """The text with each ``${name}`` replaced; None when a name has no value (the entry is left out)."""
    if any(name not in values for name in names(template)):
        return None
    return substitute(template, values.__getitem__)


def need(context: AuthContext, template: str, values: Values) -> str:
    """As fill; for a name that has no value raises MissingCredentialError, ArgumentError (a variable) or AuthError."""
    text = fill(template, values)
    if text is not None:
        return text
    absent = sorted(n for n in names_in(template) if n not in values)
    declared = {c.name for c in context.connector.credentials}
    if credentials := [n for n in absent if n in declared]:
        raise context.missing(*credentials)
    variables = {v.param.wire: v.param.arg for v in context.connector.variables}
    for name in absent:
        if name in variables:
            raise ArgumentError(
                context.connector.name,
                variables[name],
                f"has no value, but the authentication {context.scheme} requires it",
            )
    raise fault(context, f"{', '.join(absent)} has no value")


def fill_all(entries: Mapping[str, str], values: Values) -> dict[str, str]:
    """The entries with their templates filled, without those that lack a value."""
    filled = {name: fill(text, values) for name, text in entries.items()}
    return {name: text for name, text in filled.items() if text is not None}


def fill_json(value: JsonValue, values: Values) -> JsonValue:
    """JSON data with its texts filled; a member or element that lacks a value is left out."""
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, dict):
        return {k: fill_json(v, values) for k, v in value.items() if _complete(v, values)}
    if isinstance(value, list):
        return [fill_json(v, values) for v in value if _complete(v, values)]
    return value


def _complete(value: JsonValue, values: Values) -> bool:
    return not isinstance(value, str) or fill(value, values) is not None


def fill_url(context: AuthContext, template: str, values: Values) -> str:
    """A token URL (one that begins with / is relative to the base URL). A value in it is encoded, and checked where
    it is part of a host. Raises AuthError for one that may not be sent credentials."""
    head, mark, query = template.partition("?")
    if head.startswith("/"):
        head = context.base_url.rstrip("/") + head

    known = {**context.values, **values}  # the base URL has variables of its own

    def value(name: str) -> str:
        return need(context, f"${{{name}}}", known)

    try:
        insecure = context.connector.allow_insecure
        url = urls.base(head, value, allow_insecure=insecure)
        if not insecure and urls.is_exposed(url):
            raise Refused("is plain http, over which no credentials are sent (see allow_insecure)")
    except Refused as problem:
        raise fault(context, f"the token URL {problem}") from None
    slash = "/" if head.endswith("/") else ""
    return url + slash + mark + substitute(query, lambda name: urls.quote(value(name)))


def bare_request(
    context: AuthContext,
    method: str,
    url: str,
    values: Values,
    *,
    secret_headers: Mapping[str, str] | None = None,
    secret_query: Mapping[str, str] | None = None,
) -> WireRequest:
    """A request of a scheme's own to the filled template ``url``: with the client's timeout, and nothing else of the
    client. Raises AuthError."""
    real = fill_url(context, url, values)
    credentials = context.connector.secret_credentials & names_in(url)
    shown = real
    for name in credentials & values.keys():
        shown = shown.replace(urls.quote(values[name]), HIDDEN)
    return WireRequest(
        method,
        shown,
        headers=(("Accept", "application/json"),),
        secret_headers=tuple((secret_headers or {}).items()),
        secret_query=tuple((secret_query or {}).items()),
        secret_url=None if real == shown else real,
        timeout=context.timeout,
        max_bytes=_LARGEST,
        bare=True,
        held=context.secrets,
    )


def param_request(
    request: WireRequest, params: Mapping[str, str], body: Literal["form", "json", "query"]
) -> WireRequest:
    """The request with parameters in a form, a JSON object or the query. All of them may be secret."""
    match body:
        case "query":
            return dataclasses.replace(request, secret_query=tuple(params.items()))
        case "json":
            return with_content(request, "application/json", json.dumps(dict(params)).encode())
        case "form":
            content = urlencode(params).encode()
            return with_content(request, "application/x-www-form-urlencoded", content)


def with_content(request: WireRequest, content_type: str, content: bytes) -> WireRequest:
    """The request with a secret body; a content type that is there already stays."""
    given = [k.lower() for k, _ in (*request.headers, *request.secret_headers)]
    headers = request.headers
    if "content-type" not in given:
        headers = (*headers, ("Content-Type", content_type))
    return dataclasses.replace(
        request, headers=headers, content=HIDDEN.encode(), secret_content=content
    )


def basic_pair(context: AuthContext, username: str, password: str) -> str:
    """What follows ``Basic`` (RFC 7617, UTF-8). Raises AuthError for a user name with a colon."""
    if ":" in username:
        raise fault(context, "the user name of HTTP Basic must not contain a colon")
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def fetch(context: AuthContext, request: WireRequest) -> Flow[WireResponse]:
    """Send a token request; repeated only when it certainly did not arrive. Raises AuthError."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            response: WireResponse = yield Send(request)
        except ApiError as error:
            arrived = not isinstance(error, TransportError) or error.request_sent
            if arrived or attempt == ATTEMPTS:
                raise fault(context, str(error)) from None
        else:
            if response.problem is not None and 200 <= response.status < 300:
                raise fault(context, str(response.problem), status=response.status)
            return dataclasses.replace(response, url=request.url)
        yield Sleep(0.1 * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def fault(
    context: AuthContext,
    problem: str,
    *,
    status: int | None = None,
    code: str | None = None,
    lacking: str = "token",
) -> AuthError:
    """The error of all that obtains tokens (or what ``lacking`` says): which connector, what happened."""
    text = f"{context.connector.name}: no {lacking}: {problem}"
    return AuthError(text, status_code=status, code=code)


def clean(value: object, secrets: Iterable[str]) -> str:
    """Text of a provider for a message: one line, not long, and without any secret it may repeat."""
    from ..redaction.redactor import Redactor

    line = one_line(Redactor(secrets).text(str(value)))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
