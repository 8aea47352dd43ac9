"""The static schemes: API key, bearer, basic, and several at once."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from ..credentials import place_problem
from ..definition import Basic, Send
from ..errors import AuthError
from ..flow import HIDDEN, Flow, WireRequest, WireResponse
from ..json_text import dumps, loads
from ..request import urls
from ..request.body import part_of
from .scheme import AuthContext, AuthScheme

if TYPE_CHECKING:
    import ssl

BEARER = Send("header", "Authorization", "Bearer ")
BASIC = Send("header", "Authorization", "Basic ")
_NO_PLACE = "a credential in the body needs a JSON object or a form as body"


def place(request: WireRequest, send: Send, value: str) -> WireRequest:
    """The request with a credential where ``send`` says, in place of an earlier one with the same name.

    A body credential goes into a JSON body (made when there is none); raises AuthError when the body is another kind,
    or when the value cannot stand in a header.
    """
    problem = place_problem(send, value)
    if problem is not None:
        raise AuthError(f"the token for the {send.place} {send.name} {problem}")
    return _placed(request, send, value)


def _placed(request: WireRequest, send: Send, value: str) -> WireRequest:
    name, text = send.name, send.prefix + value
    known = (*request.secret_texts, value)
    match send.place:
        case "header":
            kept = [h for h in request.secret_headers if not _is_replaced(h, send)]
            headers = (*kept, (name, text))
            return request.replace(secret_headers=headers, secret_texts=known)
        case "query":
            kept = [p for p in request.secret_query if p[0] != name]
            return request.replace(secret_query=(*kept, (name, text)), secret_texts=known)
        case "cookie":
            kept = [c for c in request.secret_cookies if c[0] != name]
            cookies = (*kept, (name, text))
            return request.replace(secret_cookies=cookies, secret_texts=known)
        case "body":
            return _place_in_body(request, name, text).replace(secret_texts=known)


def _is_replaced(header: tuple[str, str], send: Send) -> bool:
    """Whether a header gives way to the credential. One Cookie header holds several cookies."""
    if header[0].lower() != send.name.lower():
        return False
    return header[0].lower() != "cookie" or header[1].startswith(send.prefix)


def _place_in_body(request: WireRequest, path: str, value: str) -> WireRequest:
    kind = next((v for k, v in request.headers if k.lower() == "content-type"), "")
    if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return _place_in_form(request, path, value, kind)
    if request.upload is not None:
        raise AuthError(_NO_PLACE)
    real = request.content if request.secret_content is None else request.secret_content
    has_type = any(k.lower() == "content-type" for k, _ in request.headers)
    content_type = () if has_type else (("Content-Type", "application/json"),)
    headers = (*request.headers, *content_type)
    return request.replace(
        headers=headers,
        content=_insert(request.content, path, HIDDEN),
        secret_content=_insert(real, path, value),
    )


def _place_in_form(request: WireRequest, path: str, value: str, kind: str) -> WireRequest:
    first, *rest = path.removeprefix("$").removeprefix(".").split(".")
    name = first + "".join(f"[{step}]" for step in rest)
    boundary = kind.partition("boundary=")[2]

    def added(content: bytes, text: str) -> bytes:
        if not boundary:
            pair = f"{urls.quote(name)}={text if text == HIDDEN else urls.quote(text)}".encode()
            return content + b"&" + pair if content else pair
        return part_of(boundary, name, text) + content

    if request.upload is not None:
        words = ("--form-string", f"{name}={HIDDEN}")
        return request.replace(upload=request.upload.with_part(added(b"", value), words))
    shown = request.content or b""
    real = shown if request.secret_content is None else request.secret_content
    return request.replace(content=added(shown, HIDDEN), secret_content=added(real, value))


def _insert(content: bytes | None, path: str, value: str) -> bytes:
    # numbers keep their spelling: a decimal must not change because a credential is added
    try:
        data: Any = loads(content) if content else {}
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise AuthError(_NO_PLACE)
    root = cast("dict[str, Any]", data)
    *parents, last = path.removeprefix("$").removeprefix(".").split(".")
    node = root
    for key in parents:
        child: Any = node.setdefault(key, {})
        if not isinstance(child, dict):
            raise AuthError(f"the body has no object at {path} for the credential")
        node = cast("dict[str, Any]", child)
    node[last] = value
    return dumps(root).encode()


class ApiKeyScheme(AuthScheme):
    """One secret text in a header, the query, a cookie or the body."""

    def __init__(self, send: Send, value: str) -> None:
        self._send = send
        self._value = value

    def check(self, context: AuthContext) -> None:
        value = context.known(self._value)
        if value is not None:
            self._check(value, context)

    def _check(self, value: str, context: AuthContext) -> None:
        problem = place_problem(self._send, value)
        if problem is not None:
            raise context.refused(self._value, problem)

    def authorize(self, request: WireRequest, context: AuthContext) -> Flow[WireRequest]:
        value = yield from required(self._value, context)
        self._check(value, context)
        return _placed(request, self._send, value)


class BasicScheme(AuthScheme):
    """HTTP Basic (RFC 7617), UTF-8."""

    def __init__(self, definition: Basic) -> None:
        self._definition = definition

    def check(self, context: AuthContext) -> None:
        if ":" in (context.known(self._definition.username) or ""):
            raise context.refused(self._definition.username, "must not contain a colon")

    def authorize(self, request: WireRequest, context: AuthContext) -> Flow[WireRequest]:
        username = yield from required(self._definition.username, context)
        password = yield from required(self._definition.password, context)
        if ":" in username:
            raise context.refused(self._definition.username, "must not contain a colon")
        pair = base64.b64encode(f"{username}:{password}".encode()).decode()
        return _placed(request, BASIC, pair)


class AllScheme(AuthScheme):
    """Several schemes, each adding its own credentials; the first that can answer a challenge does."""

    def __init__(self, schemes: Sequence[AuthScheme]) -> None:
        self._schemes = schemes

    def check(self, context: AuthContext) -> None:
        for scheme in self._schemes:
            scheme.check(context)

    def prepare(self, context: AuthContext) -> Flow[None]:
        for scheme in self._schemes:
            yield from scheme.prepare(context)

    def authorize(self, request: WireRequest, context: AuthContext) -> Flow[WireRequest]:
        for scheme in self._schemes:
            request = yield from scheme.authorize(request, context)
        return request

    def challenged(
        self, request: WireRequest, response: WireResponse, context: AuthContext
    ) -> Flow[WireRequest | None]:
        for scheme in self._schemes:
            again = yield from scheme.challenged(request, response, context)
            if again is not None:
                return again
        return None

    def ssl_context(self, context: AuthContext) -> Flow[ssl.SSLContext | None]:
        for scheme in self._schemes:
            found = yield from scheme.ssl_context(context)
            if found is not None:
                return found
        return None


def required(template: str, context: AuthContext) -> Flow[str]:
    """The expanded text; raises MissingCredentialError naming what the template lacks."""
    value = yield from context.expand(template)
    if value is None:
        names = [c.name for c in context.connector.credentials if f"${{{c.name}}}" in template]
        raise context.missing(*(n for n in names if n not in context.credentials))
    return value


class NoCredentials(AuthScheme):
    """Sends none."""
