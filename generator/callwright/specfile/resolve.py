"""Document → resolved connector: defaults applied, what calls share written into each call, names told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from callwright.runtime.unset import UNSET
from callwright.specfile.model.auth import AllOf, AnyScheme, ClientCertificate, CustomAuth, OAuth2
from callwright.specfile.model.calls import Body, Call
from callwright.specfile.model.document import Document, Environment
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.model.policies import Paginate
from callwright.specfile.model.values import Base
from callwright.specfile.pagination import pagination, paging_parameters, with_parameter
from callwright.specfile.source import Node, SourceMap, plain

VARIABLE = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
PLACEHOLDER = re.compile(r"(?<!\$)\{([^{}]*)\}")
_PUBLIC = ("username", "client_id")
"""Credentials that are not secret unless the spec says so."""
LIVE = "live"
PLACES = ("query", "headers", "cookies", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedCall:
    """A call with all that it sends. Each place maps the wire's name to a parameter; path parameters in path order.

    ``shared``: (place, wire name) of what comes from the connector's ``shared``.
    """

    name: str
    call: Call
    method: str
    data: bool
    path_params: Mapping[str, Parameter]
    query: Mapping[str, Parameter]
    headers: Mapping[str, Parameter]
    cookies: Mapping[str, Parameter]
    body: Mapping[str, Parameter]
    shared: frozenset[tuple[str, str]]
    paginate: Paginate | None = None

    def place(self, name: str) -> Mapping[str, Parameter]:
        """The parameters of one of PLACES."""
        found: Mapping[str, Parameter] = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedCredential:
    """A credential, declared or implied by a scheme; ``env`` by environment."""

    name: str
    env: Mapping[str, str]
    description: str = ""
    pattern: str | None = None
    safe_pattern: str | None = None
    secret: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedConnector:
    """A spec ready to be checked and lowered. ``environments``: "live" first; None for one that only has defaults."""

    document: Document
    source: SourceMap
    prefix: str
    environments: Mapping[str, Environment | None]
    credentials: Mapping[str, ResolvedCredential]
    saved: frozenset[str]
    calls: tuple[ResolvedCall, ...]

    @property
    def named_only(self) -> frozenset[str]:
        """The schemes that only a call's ``auth: <name>`` uses: they take no part in choosing the client's."""
        named = {c.call.auth for c in self.calls} - {None, "none"}
        if len(self.document.auth) < 2:
            return frozenset()
        return frozenset(n for n in self.document.auth if n in named)

    def variable_env(self, name: str) -> dict[str, str]:
        """The environment variable of a declared variable, by environment."""
        return _env_names(self.prefix, name, self.environments)

    def base_url_env(self) -> dict[str, str]:
        """The environment variable of the base URL, by environment: of those where every user has another."""
        if self.document.self_hosted is None:
            return {}
        fixed = {n for n, e in self.environments.items() if e is not None and e.base_url}
        names = _env_names(self.prefix, "base_url", self.environments)
        return {where: name for where, name in names.items() if where not in fixed}


def resolve(document: Document, source: SourceMap) -> ResolvedConnector:
    """Apply the defaults and merge ``shared`` into each call, exactly as if written there."""
    prefix = f"{document.name.upper()}_"
    environments = {LIVE: document.environments.get(LIVE), **document.environments}
    saved = frozenset(n for s in document.auth.values() for n in saved_names(s))
    return ResolvedConnector(
        document=document,
        source=source,
        prefix=prefix,
        environments=environments,
        credentials=_credentials(document, prefix, environments, saved),
        saved=saved,
        calls=tuple(_call(name, call, document) for name, call in document.calls.items()),
    )


def names_in(value: object) -> Iterator[str]:
    """The ``${name}``s of all texts in a value."""
    match value:
        case str():
            yield from (m[1] for m in VARIABLE.finditer(value) if m[1] is not None)
        case Base():
            yield from (
                n for key in type(value).model_fields for n in names_in(getattr(value, key))
            )
        case dict():
            yield from (n for item in value.values() for n in names_in(item))
        case list() | tuple():
            yield from (n for item in value for n in names_in(item))
        case _:
            pass


def scheme_names(scheme: AnyScheme) -> tuple[str, ...]:
    """The names that a scheme uses, its own defaults included, those that its steps save left out."""
    if isinstance(scheme, AllOf):
        return tuple(dict.fromkeys(n for s in scheme.of for n in scheme_names(s)))
    if isinstance(scheme, CustomAuth):
        return tuple(scheme.credentials)
    own = {"assertion", "refresh_token", *saved_names(scheme)}
    used = list(names_in(scheme))
    if isinstance(scheme, OAuth2):
        used = _oauth2_names(scheme, used)
    return tuple(n for n in dict.fromkeys(used) if n not in own)


def needed_names(scheme: AnyScheme) -> frozenset[str]:
    """Those of ``scheme_names`` without which it cannot work: a certificate may come with its key, which may be open."""
    if isinstance(scheme, AllOf):
        return frozenset[str]().union(*map(needed_names, scheme.of))
    if isinstance(scheme, ClientCertificate):
        return frozenset(names_in(scheme.certificate))
    return frozenset(scheme_names(scheme))


def saved_names(scheme: AnyScheme) -> Iterator[str]:
    """The names of values that a scheme keeps of token answers."""
    if isinstance(scheme, AllOf):
        for inner in scheme.of:
            yield from saved_names(inner)
        return
    for holder in (
        scheme,
        *(getattr(scheme, "steps", None) or ()),
        getattr(scheme, "request", None),
    ):
        yield from getattr(holder, "save", None) or ()


def client_credentials(scheme: OAuth2) -> tuple[str | None, str | None, str]:
    """client_id, client_secret and client_auth, their defaults applied: a password flow that names none has none."""
    named = scheme.client_id or scheme.client_secret or scheme.client_auth not in (None, "none")
    if scheme.flow == "password" and not named:
        return None, None, "none"
    how = scheme.client_auth or "body"
    secret = scheme.client_secret or "${client_secret}"
    return (
        scheme.client_id or "${client_id}",
        None if how in ("none", "private_key_jwt") and scheme.client_secret is None else secret,
        how,
    )


def _oauth2_names(scheme: OAuth2, used: list[str]) -> list[str]:
    client_id, client_secret, _ = client_credentials(scheme)
    if scheme.flow != "password":
        idle = {n for text in (scheme.username, scheme.password) for n in names_in(text)}
        used = [n for n in used if n not in idle]
    return [*names_in(client_id), *names_in(client_secret), *used]


def _credentials(
    document: Document,
    prefix: str,
    environments: Mapping[str, Environment | None],
    saved: frozenset[str],
) -> dict[str, ResolvedCredential]:
    names = dict.fromkeys(document.credentials)
    for scheme in document.auth.values():
        names |= dict.fromkeys(scheme_names(scheme))
    found: dict[str, ResolvedCredential] = {}
    for name in names:
        if name in document.variables or name in saved:
            continue
        own = document.credentials.get(name)
        env = _env_names(prefix, name, environments)
        if own is not None and own.env is not None:
            env[LIVE] = own.env
        for where, environment in environments.items():
            if environment is not None and name in environment.credentials:
                env[where] = environment.credentials[name].env
        found[name] = ResolvedCredential(
            name=name,
            env=env,
            description=own.description if own else "",
            pattern=own.pattern if own else None,
            safe_pattern=own.safe_pattern if own else None,
            secret=own.secret if own and own.secret is not None else name not in _PUBLIC,
        )
    return found


def _env_names(prefix: str, name: str, environments: Mapping[str, object]) -> dict[str, str]:
    return {
        where: (
            f"{prefix}{name.upper()}"
            if where == LIVE
            else f"{prefix}{where.upper()}_{name.upper()}"
        )
        for where in environments
    }


def _call(name: str, call: Call, document: Document) -> ResolvedCall:
    method = call.method or ("POST" if call.body is not None else "GET")
    shared = document.shared
    taken: set[tuple[str, str]] = set()
    merged = {
        "query": _merge("query", shared.query if shared else {}, call.query, taken),
        "headers": _merge("headers", shared.headers if shared else {}, call.headers, taken),
        "cookies": _merge("cookies", {}, call.cookies, taken),
        "body": _merge("body", _shared_body(document, call), call.body.fields if call.body else {}, taken),
    }  # fmt: skip
    paginate = pagination(call, document)
    if paginate is not None:
        for place, wire, parameter in paging_parameters(paginate):
            merged[place] = with_parameter(merged[place], wire, parameter)
    return ResolvedCall(
        name=name,
        call=call,
        paginate=paginate,
        method=method,
        data=method in ("GET", "HEAD") if call.use_as is None else call.use_as == "data",
        path_params=_path_params(call),
        shared=frozenset(taken),
        **merged,
    )


def _shared_body(document: Document, call: Call) -> Mapping[str, Parameter | None]:
    if document.shared is None or call.body is None or not takes_fields(document, call.body):
        return {}
    return document.shared.body


def takes_fields(document: Document, body: Body) -> bool:
    """Whether fields can be added to a body: to an argument that is the whole body only if that is an object."""
    if body.type == "raw":
        return False
    if not body.is_argument or body.type != "json":
        return True  # forms are always made of fields
    kind = "any" if body.of is None else body.of.kind
    named = document.types.get(kind)
    return kind in ("object", "map") if named is None else not named.enum


def _merge(
    place: str,
    shared: Mapping[str, Parameter | None],
    own: Mapping[str, Parameter | None],
    taken: set[tuple[str, str]],
) -> dict[str, Parameter]:
    # header names are the same in any case
    same = str.lower if place == "headers" else str
    written = {same(name) for name in own}
    kept = {n: p for n, p in shared.items() if p is not None and same(n) not in written}
    taken |= {(place, name) for name in kept}
    return {**kept, **{n: p for n, p in own.items() if p is not None}}


def _path_params(call: Call) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for name in PLACEHOLDER.findall(call.path or ""):
        declared = call.path_params.get(name)
        found[name] = declared if declared is not None else undeclared(call.node)
    return found


def undeclared(node: Node) -> Parameter:
    """What a placeholder is that nobody declares: a required text."""
    made = Parameter.model_construct(_fields_set={"required"}, required=True)
    made._node = node
    return made


def optional_variables(document: Document) -> frozenset[str]:
    """The variables that may be unset: what uses them is then left out."""
    return frozenset(
        name
        for name, p in document.variables.items()
        if p is not None and not p.required and plain(p.default) is UNSET
    )
