"""The one request encoder: a call's definition and its arguments become what goes on the wire.

Pure: no HTTP library, no clock, no environment; only an ``auto`` parameter draws a new UUID. What is secret (arguments
marked so, credentials in constants) is kept apart in the ``secret_*`` fields of the request.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, cast

from .. import template
from ..credentials import prefix_problem
from ..definition import Call, Connector, Const, Field, JsonValue, Param, Place
from ..errors import ArgumentError
from ..flow import HIDDEN, Upload, WireRequest
from ..unset import UNSET
from . import urls
from .body import encode_body
from .headers import cookie_problem, value_problem
from .place import joined, pairs
from .plan import Plan, Segment, plan
from .values import Refused, check, check_raw, strings, text

EMPTY: Mapping[str, Any] = {}


def encode(
    call: Call,
    arguments: Mapping[str, object],
    *,
    connector: Connector,
    base_url: str,
    values: Mapping[str, str] = EMPTY,
    secrets: Mapping[str, str] = EMPTY,
    shared: Mapping[str, object] = EMPTY,
) -> WireRequest:
    """The request that this call is with these arguments (Python argument name → value), without authentication.

    ``base_url`` may hold ``${variables}``. ``values``: variables and saved token values; ``secrets``: the credentials
    that constants mention; ``shared``: the client's values of shared parameters. Raises ArgumentError.
    """
    made = plan(call)
    _refuse_unknown(made, arguments)
    encoder = Encoder(made, connector, base_url, values, secrets, shared)
    for param in made.params:
        encoder.take(param, arguments)
    return encoder.request(arguments)


def check_arguments(
    call: Call,
    arguments: Mapping[str, object],
    connector: Connector,
    shared: Mapping[str, object],
) -> None:
    """Raise ArgumentError for what can never be sent, as far as that is known before credentials are."""
    made = plan(call)
    _refuse_unknown(made, arguments)
    encoder = Encoder(made, connector, "", EMPTY, EMPTY, shared)
    for param in made.params:
        if param.arg not in made.late and param.type != "file":
            encoder.take(param, arguments)


def _refuse_unknown(made: Plan, arguments: Mapping[str, object]) -> None:
    if not arguments.keys() <= made.arguments:
        unknown = min(arguments.keys() - made.arguments)
        known = ", ".join(sorted(made.arguments)) or "none"
        problem = f"is an unknown argument; this call takes {known}"
        raise ArgumentError(made.call.name, unknown, problem)


class Encoder:
    """One encoding: the checked arguments and the values that templates read."""

    __slots__ = (
        "_base",
        "_connector",
        "_plan",
        "_resolved",
        "_secrets",
        "_shared",
        "_values",
        "call",
    )

    def __init__(
        self,
        made: Plan,
        connector: Connector,
        base_url: str,
        values: Mapping[str, str],
        secrets: Mapping[str, str],
        shared: Mapping[str, object],
    ) -> None:
        self.call = made.call
        self._plan = made
        self._connector = connector
        self._base = base_url
        self._values = values
        self._secrets = secrets
        self._shared = shared
        self._resolved: dict[str, Any] = {}

    def take(self, param: Param, arguments: Mapping[str, object]) -> None:
        """Check one argument and keep it, unless it is left out."""
        value = arguments.get(param.arg, UNSET)
        if value is UNSET or (value is None and param.auto):
            value = UNSET
            if param.shared:
                given = self._shared.get(param.arg)
                value = UNSET if given is None else given
            if value is UNSET:
                value = (
                    str(uuid.uuid4()) if param.auto and param.default is UNSET else param.default
                )
        if value is UNSET or (value is None and not param.nullable):
            if param.required:
                raise ArgumentError(self.call.name, param.arg, "is required")
            return
        made = self._plan
        try:
            checked = check_raw(value) if param is made.raw_body else check(param, value)
        except Refused as refused:
            raise self.error(param.arg, refused) from None
        except RecursionError:
            raise ArgumentError(self.call.name, param.arg, "is nested too deeply") from None
        self._resolved[param.arg] = self._late(checked) if param.arg in made.late else checked

    def _late(self, value: Any) -> Any:
        """The value with the constants of typed objects that hold templates."""
        if isinstance(value, Const):
            return self.expand(value.value)
        if isinstance(value, dict):
            members = cast("dict[str, Any]", value)
            return {
                k: self._late(v)
                for k, v in members.items()
                if not (isinstance(v, Const) and self.is_left_out(v))
            }
        if isinstance(value, list):
            return [self._late(v) for v in cast("list[object]", value)]
        return value

    @property
    def call_name(self) -> str:
        """The call, for messages."""
        return self.call.name

    def error(self, argument: str, refused: Refused) -> ArgumentError:
        """The refusal as an error of this call."""
        return ArgumentError(self.call.name, argument + refused.path, refused.problem)

    def value(self, param: Param) -> Any:
        """The checked argument, UNSET when it is left out."""
        return self._resolved.get(param.arg, UNSET)

    def is_secret(self, field: Param | Const) -> bool:
        """Whether the entry must not be shown."""
        if isinstance(field, Param):
            if field.arg in self._plan.secret_arguments:
                return True
            late = self._plan.late.get(field.arg, ()) if self._secrets else ()
            return any(n in self._secrets for n in late)
        if not self._secrets:
            return False
        return any(n in self._secrets for t in strings(field.value) for n in template.names(t))

    def expand(self, constant: JsonValue, *, show: bool = False) -> Any:
        """A constant with its templates replaced; ``show``: secrets as ``***``."""
        if isinstance(constant, str):
            return template.substitute(constant, lambda name: self.lookup(name, show))
        if isinstance(constant, dict):
            return {k: self.expand(v, show=show) for k, v in constant.items()}
        if isinstance(constant, list):
            return [self.expand(v, show=show) for v in constant]
        return constant

    def lookup(self, name: str, show: bool = False) -> str:
        """The value of a ``${name}``; raises ArgumentError when it has none."""
        if name in self._secrets:
            return HIDDEN if show else self._secrets[name]
        value = self._values.get(name)
        if value is None:
            raise ArgumentError(self.call.name, name, "has no value, but this call requires it")
        return value

    def is_left_out(self, const: Const) -> bool:
        """Whether an optional variable that the constant mentions is unset."""
        return any(n not in self._values and n not in self._secrets for n in const.optional)

    def request(self, arguments: Mapping[str, object]) -> WireRequest:
        """The whole request."""
        query, secret_query = self._query()
        headers, secret_headers = self._headers()
        cookies, secret_cookies = self._cookies()
        if cookies:
            # a request has one Cookie header, whatever its cookies come from
            own = [v for k, v in headers if k.lower() == "cookie"]
            headers = [h for h in headers if h[0].lower() != "cookie"]
            headers.append(("Cookie", "; ".join([*own, *(f"{k}={v}" for k, v in cookies)])))
        content: bytes | None = None
        hidden: bytes | None = None
        upload: Upload | None = None
        if self.call.body is not None:
            if self._plan.has_files:
                from .uploads import encode_upload  # most calls send no files

                upload, kind = encode_upload(self, self.call.body)
            else:
                content, hidden, kind = encode_body(self, self.call.body)
            if kind and not any(k.lower() == "content-type" for k, _ in headers):
                headers.append(("Content-Type", kind))
        url, secret_url = self._url(arguments, query)
        return WireRequest(
            self.call.method, url, tuple(headers), content,
            secret_headers=tuple(secret_headers),
            secret_query=tuple(secret_query),
            secret_cookies=tuple(secret_cookies),
            secret_url=secret_url,
            secret_content=hidden,
            secret_texts=self._secret_texts(),
            upload=upload,
        )  # fmt: skip

    def _secret_texts(self) -> tuple[str, ...]:
        if not self._secrets and not self._plan.secret_arguments:
            return ()
        found = list(self._secrets.values())
        for argument in self._plan.secret_arguments:
            found += _texts(self._resolved.get(argument))
        return tuple(found)

    def _url(self, arguments: Mapping[str, object], query: list[str]) -> tuple[str, str | None]:
        real = self._address(arguments, show=False)
        if not self._secrets and not self._plan.secret_arguments:
            return _with_query(real, query), None
        secret = any(n in self._secrets for n in template.names(self._base)) or any(
            (kind == "name" and piece in self._secrets)
            or (kind == "field" and self.is_secret(piece))
            for part in self._plan.path
            for kind, piece in part.pieces
        )
        if not secret:
            return _with_query(real, query), None
        shown = self._address(arguments, show=True)
        return _with_query(shown, query), _with_query(real, query)

    def _address(self, arguments: Mapping[str, object], *, show: bool) -> str:
        if self.call.url is not None:
            return self._url_argument(arguments.get(self.call.url.arg))
        base = self._expanded_base(show) if "$" in self._base else self._base
        if not self._plan.path:
            return base  # as written: the slash at its end is part of the address
        return base.rstrip("/") + "/".join([self._segment(s, show) for s in self._plan.path])

    def _expanded_base(self, show: bool) -> str:
        current = ""

        def value(name: str) -> str:
            nonlocal current
            current = name
            return self.lookup(name, show)

        try:
            return urls.filled(self._base, value, allow_insecure=self._connector.allow_insecure)
        except Refused as refused:
            raise self.error(current, refused) from None

    def _url_argument(self, value: object) -> str:
        assert self.call.url is not None
        name = self.call.url.arg
        if not isinstance(value, str):
            raise ArgumentError(self.call.name, name, "is required and must be a string")
        try:
            return urls.checked_argument(
                value, self.call.url.hosts, allow_insecure=self._connector.allow_insecure
            )
        except Refused as refused:
            raise self.error(name, refused) from None

    def _segment(self, part: Segment, show: bool) -> str:
        if part.ready is not None:
            return part.ready
        raw = encoded = name = ""
        blank = slashes = False
        for kind, piece in part.pieces:
            if kind == "text":
                raw += piece
                encoded += urls.quote_literal(piece)
                continue
            name = piece if kind == "name" else getattr(piece, "arg", piece.wire)
            value = self._path_value(kind, piece, show)
            if kind == "field" and isinstance(piece, Param):
                blank |= piece.allow_blank
                slashes |= piece.keep_slashes
            raw += value
            keep = kind == "field" and isinstance(piece, Param) and piece.keep_slashes
            if value == HIDDEN and show:
                encoded += HIDDEN
            else:
                encoded += (
                    "/".join(map(urls.quote, value.split("/"))) if keep else urls.quote(value)
                )
        try:
            for inner in raw.split("/") if slashes else (raw,):
                urls.check_segment(inner, blank)
        except Refused as refused:
            raise self.error(name, refused) from None
        return encoded

    def _path_value(self, kind: str, piece: Any, show: bool) -> str:
        if kind == "name":
            return self.lookup(piece, show)
        if isinstance(piece, Const):
            return text(self.expand(piece.value, show=show))
        value = self.value(piece)
        if value is UNSET or value is None:
            raise ArgumentError(self.call.name, piece.arg, "is required")
        if show and self.is_secret(piece):
            return HIDDEN
        if isinstance(value, list):
            try:
                return joined(cast("list[object]", value))
            except Refused as refused:
                raise self.error(piece.arg, refused) from None
        return text(value)

    def _query(self) -> tuple[list[str], list[tuple[str, str]]]:
        public: list[str] = []
        secret: list[tuple[str, str]] = []
        plain = not self._secrets and not self._plan.secret_arguments
        for field in self.call.query:
            found = pairs(self, field)
            if not plain and self.field_is_secret(field):
                secret += found
            else:
                public += [f"{urls.quote(k)}={urls.quote(v)}" for k, v in found]
        return public, secret

    def field_is_secret(self, field: Field) -> bool:
        """Whether the entry, or anything in the place, must not be shown."""
        if isinstance(field, Place):
            return any(self.field_is_secret(f) for f in field.fields)
        return self.is_secret(field)

    def _headers(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        public: list[tuple[str, str]] = []
        secret: list[tuple[str, str]] = []
        for field in self.call.headers:
            blank = isinstance(field, Const) or (isinstance(field, Param) and field.allow_blank)
            hidden = self.field_is_secret(field)
            for key, value in pairs(self, field):
                if not blank and not value:
                    raise self._refused(field, "must not be blank in a header")
                credential = hidden and isinstance(field, Const)
                problem = value_problem(value, ascii_only=credential)
                if credential and problem is None:
                    problem = self._repeated_prefix(field)
                if problem is not None:
                    raise self._refused(field, problem)
                (secret if hidden else public).append((key, value.strip(" \t")))
        return public, secret

    def _repeated_prefix(self, field: Field) -> str | None:
        """What is wrong when a credential begins with the text that the spec has before it (``Bearer ${token}``)."""
        constant = field.value if isinstance(field, Const) else None
        pieces = template.split(constant) if isinstance(constant, str) else []
        if len(pieces) < 2 or pieces[0][0] != "text":
            return None
        return prefix_problem(pieces[0][1], self._secrets.get(pieces[1][1], ""))

    def _refused(self, field: Field, problem: str) -> ArgumentError:
        """The error of a header or cookie: it names the argument, or the credential of a constant and its variable."""
        if isinstance(field, Param):
            return ArgumentError(self.call.name, field.arg, problem)
        credentials = {c.name: c for c in self._connector.credentials}
        texts = strings(field.value) if isinstance(field, Const) else ()
        name = next((n for t in texts for n in template.names(t) if n in credentials), None)
        if name is None:
            return ArgumentError(self.call.name, field.wire, problem)
        variables = " or ".join(dict.fromkeys(credentials[name].env.values()))
        where = f"(read from {variables} when not given) " if variables else ""
        return ArgumentError(self.call.name, name, f"{where}{problem}")

    def _cookies(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        public: list[tuple[str, str]] = []
        secret: list[tuple[str, str]] = []
        for field in self.call.cookies:
            for key, value in pairs(self, field):
                problem = cookie_problem(value)
                if problem is not None:
                    raise self._refused(field, problem)
                (secret if self.field_is_secret(field) else public).append((key, value))
        return public, secret


def _texts(value: object) -> Iterator[str]:
    """Every text of a checked value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in cast("dict[str, object]", value).values():
            yield from _texts(member)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _texts(item)


def _with_query(url: str, query: list[str]) -> str:
    if not query:
        return url
    return url + ("&" if "?" in url else "?") + "&".join(query)
