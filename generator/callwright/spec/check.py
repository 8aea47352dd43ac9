"""What is wrong with a spec beyond its grammar: names that lead nowhere, values that do not fit, credentials astray."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from callwright.diagnostics import Diagnostic
from callwright.runtime.unset import UNSET
from callwright.spec.auth import (
    AllOf,
    AnyScheme,
    ApiKey,
    ClientCertificate,
    CustomToken,
    Jwt,
    OAuth2,
)
from callwright.spec.calls import Body, Reference, Response, Sample
from callwright.spec.check_urls import check_urls
from callwright.spec.check_values import check_values
from callwright.spec.messages import did_you_mean, error
from callwright.spec.parameters import TYPES, Parameter
from callwright.spec.policies import Send
from callwright.spec.resolve import (
    LIVE,
    PLACEHOLDER,
    PLACES,
    VARIABLE,
    ResolvedCall,
    ResolvedConnector,
    names_in,
)
from callwright.spec.source import dotted, plain
from callwright.spec.unsupported import unsupported

Path = tuple[str | int, ...]
_URL = re.compile(r"(https?)://([^/?#]+)([/?#].*)?\Z", re.IGNORECASE)
_IMPORTED = frozenset({"httpx", "pydantic", "typing_extensions", "jwt", "cryptography"})
_CLASS = re.compile(r"[A-Z][A-Za-z0-9]*\Z")


def check(connector: ResolvedConnector) -> list[Diagnostic]:
    """Every problem of a resolved spec."""
    return list(_Checker(connector).run())


@dataclass(frozen=True, slots=True)
class _Checker:
    connector: ResolvedConnector

    def run(self) -> Iterator[Diagnostic]:
        yield from self._top()
        yield from self._origins()
        yield from self._auth()
        for resolved in self.connector.calls:
            yield from self._call(resolved)
            yield from self._samples(resolved)
        yield from self._chains()
        yield from check_urls(self.connector)
        yield from check_values(self.connector)
        yield from unsupported(self.connector)

    def say(
        self, code: str, message: str, path: Path, hint: str = "", *, key: bool = False
    ) -> Diagnostic:
        node, _, key_node = self.connector.source.walk(path)
        at = key_node if key and key_node is not None else node
        return error(code, message, at.span(), dotted(path), hint)

    # the connector

    def _top(self) -> Iterator[Diagnostic]:
        document = self.connector.document
        package = document.package or document.name
        if package in sys.stdlib_module_names or package in _IMPORTED:
            whose = "the client itself needs" if package in _IMPORTED else "of the standard library"
            yield self.say(
                "package-name",
                f"{package} is a module {whose}; the client could not be imported",
                ("package",) if document.package else ("name",),
                hint=f"package: {package}_api",
            )
        for name in document.variables:
            if name in document.credentials:
                yield self.say(
                    "name-twice", "a credential has this name too", ("variables", name), key=True
                )
        if document.check is not None:
            found = next((c for c in self.connector.calls if c.name == document.check), None)
            if found is None:
                yield self.say(
                    "unknown-call",
                    f"there is no call {document.check}{did_you_mean(document.check, document.calls)}",
                    ("check",),
                )
            elif not found.data:
                yield self.say(
                    "check-action", "check names an action; it must be a data call", ("check",)
                )
        yield from self._shared()
        for name, value in document.variables.items():
            if value is not None:
                yield from self._parameter(value, ("variables", name))
        for name, typed in document.types.items():
            yield from self._fields(typed.fields, ("types", name, "fields"))
            yield from self._type_cycle(name)
        yield from self._raises()

    def _shared(self) -> Iterator[Diagnostic]:
        shared = self.connector.document.shared
        if shared is None:
            return
        for name in shared.headers:
            if name.lower() == "content-type":
                yield self.say(
                    "content-type", "body: {type: …} sets it", ("shared", "headers", name), key=True
                )
        bodies = [c.call.body for c in self.connector.calls]
        if shared.body and not any(b is not None and b.type != "raw" for b in bodies):
            yield self.say(
                "unused-shared-body",
                "no call has a json, form or multipart body",
                ("shared", "body"),
            )
        for place in ("headers", "query", "body"):
            fields: Mapping[str, Parameter | None] = getattr(shared, place)
            yield from self._fields(fields, ("shared", place))

    def _raises(self) -> Iterator[Diagnostic]:
        errors = self.connector.document.errors
        for key, name in (errors.raise_ if errors else {}).items():
            if not _CLASS.match(name):
                yield self.say(
                    "bad-name",
                    f"{name!r} is not a class's name, like CardError",
                    ("errors", "raise", key),
                )

    def _type_cycle(self, start: str) -> Iterator[Diagnostic]:
        types = self.connector.document.types

        def reaches(fields: Mapping[str, Parameter | None], seen: frozenset[str]) -> bool:
            for p in fields.values():
                for inner in (p, p and p.items, p and p.values):
                    if inner is None:
                        continue
                    if inner.kind == start or (inner.fields and reaches(inner.fields, seen)):
                        return True
                    if (
                        inner.kind in types
                        and inner.kind not in seen
                        and reaches(types[inner.kind].fields, seen | {inner.kind})
                    ):
                        return True
            return False

        if reaches(types[start].fields, frozenset()):
            yield self.say(
                "type-cycle",
                "the type contains itself",
                ("types", start),
                "use type: any for the inner one",
                key=True,
            )

    # where credentials may go

    def _origins(self) -> Iterator[Diagnostic]:
        document = self.connector.document
        for name, environment in self.connector.environments.items():
            own = environment.base_url if environment is not None else None
            path: Path = ("environments", name, "base_url") if own is not None else ("base_url",)
            base = own if own is not None else document.base_url
            if base is None:
                lacking = [
                    c.name
                    for c in self.connector.calls
                    if c.call.base_url is None and c.call.url is None
                ]
                if lacking:
                    yield self.say(
                        "missing-key",
                        f"base_url is missing (for {lacking[0]})",
                        () if name == LIVE else ("environments", name),
                    )
            else:
                yield from self._url(base, path)
            if environment is not None:
                yield from self._environment(name)
        for resolved in self.connector.calls:
            if resolved.call.base_url is not None:
                yield from self._url(resolved.call.base_url, ("calls", resolved.name, "base_url"))

    def _environment(self, name: str) -> Iterator[Diagnostic]:
        environment = self.connector.environments[name]
        assert environment is not None
        path: Path = ("environments", name)
        known = {
            "variables": self.connector.document.variables,
            "credentials": self.connector.credentials,
            "calls": self.connector.document.calls,
            "auth": self.connector.document.auth,
        }
        for place, names in known.items():
            for given in getattr(environment, place):
                if given not in names:
                    yield self.say(
                        "unknown-name",
                        f"there is no {place.removesuffix('s')} {given}{did_you_mean(given, names)}",
                        (*path, place, given),
                        key=True,
                    )
        if name == LIVE:
            return
        for resolved in self.connector.calls:
            if resolved.call.base_url is not None and resolved.name not in environment.calls:
                yield self.say(
                    "environment-origin",
                    f"{resolved.name} has a base_url of its own, which {name} must override: development credentials must not reach the live host",
                    path, f"environments.{name}.calls.{resolved.name}.base_url", key=True,
                )  # fmt: skip
        for scheme_name, scheme in self.connector.document.auth.items():
            override = environment.auth.get(scheme_name)
            for key, url in _token_urls(scheme):
                if _is_fixed(url) and getattr(override, key, None) is None:
                    yield self.say(
                        "environment-origin",
                        f"{key} must be overridden in {name}: development credentials must not reach the live host",
                        path, f"environments.{name}.auth.{scheme_name}.{key}", key=True,
                    )  # fmt: skip

    def _url(self, url: str, path: Path) -> Iterator[Diagnostic]:
        yield from self._names(url, path)
        bare = VARIABLE.sub("x", url)
        match = _URL.match(bare)
        if match is None and not re.match(r"\$\{[^}]*\}", url):
            yield self.say("bad-url", f"{url!r} is not an http(s) URL", path)
        elif match is not None and (match[3] or "").find("?") >= 0:
            yield self.say(
                "bad-url",
                "a base URL has no query",
                path,
                "shared: {query: …} adds one to every call",
            )
        elif match is not None and "@" in match[2]:
            yield self.say("bad-url", "no credentials in a URL", path, "auth: {type: basic}")

    # authentication

    def _auth(self) -> Iterator[Diagnostic]:
        for name, scheme in self.connector.document.auth.items():
            path: Path = ("auth",) if name == "default" else ("auth", name)
            yield from self._scheme(scheme, path)

    def _scheme(self, scheme: AnyScheme, path: Path) -> Iterator[Diagnostic]:
        for name in names_in(scheme):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                yield self.say(
                    "bad-name", f"${{{name}}} is not a name: lower-case letters, digits and _", path
                )
        send = getattr(scheme, "send", None)
        if send is not None:
            yield from self._send(send, (*path, "send"))
        match scheme:
            case AllOf():
                for index, inner in enumerate(scheme.of):
                    yield from self._scheme(inner, (*path, "of", index))
                waiting = [
                    s for s in scheme.of if s.type in ("oauth2", "custom_token", "jwt", "digest")
                ]
                if len(waiting) > 1:
                    yield self.say(
                        "two-token-schemes",
                        "at most one scheme of `all` may refresh tokens or answer challenges",
                        (*path, "of"),
                    )
            case OAuth2():
                if scheme.flow == "authorization_code" and scheme.authorization_url is None:
                    yield self.say(
                        "missing-key",
                        "authorization_url is missing (flow authorization_code)",
                        path,
                    )
                if scheme.client_auth == "private_key_jwt" and scheme.assertion is None:
                    yield self.say(
                        "missing-key", "assertion is missing (client_auth private_key_jwt)", path
                    )
            case CustomToken():
                if (scheme.request is None) is (scheme.steps is None):
                    yield self.say(
                        "missing-key", "exactly one of request and steps is needed", path
                    )
            case Jwt():
                if scheme.mode == "exchange" and scheme.token_url is None:
                    yield self.say("missing-key", "token_url is missing (mode exchange)", path)
            case ApiKey() | _:
                pass

    def _send(self, send: Send, path: Path) -> Iterator[Diagnostic]:
        places = [p for p in ("header", "query", "cookie", "body") if getattr(send, p) is not None]
        if len(places) != 1:
            yield self.say(
                "bad-value", "exactly one of header, query, cookie and body is needed", path
            )

    # calls

    def _call(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        call, path = resolved.call, ("calls", resolved.name)
        document = self.connector.document
        if call.auth not in (None, "none", *document.auth):
            yield self.say(
                "unknown-scheme",
                f"there is no scheme {call.auth}{did_you_mean(call.auth or '', document.auth)}",
                (*path, "auth"),
            )
        elif call.auth in self.connector.named_only and _has_certificate(document.auth[call.auth]):
            yield self.say(
                "certificate-of-a-call",
                "a client certificate belongs to the connection, which all calls share",
                (*path, "auth"),
                "leave auth out of the calls to let the client choose its scheme, or make a connector of its own for them",
            )
        yield from self._path(resolved)
        for place in PLACES:
            own = (
                (call.body.fields if call.body else {}) if place == "body" else getattr(call, place)
            )
            yield from self._fields(
                own, (*path, "body", "fields") if place == "body" else (*path, place)
            )
        for name in call.headers:
            if name.lower() == "content-type":
                yield self.say(
                    "content-type", "body: {type: …} sets it", (*path, "headers", name), key=True
                )
        if call.body is not None:
            yield from self._body(call.body, (*path, "body"))
        responses: dict[Path, Response | None] = {(*path, "response"): call.response}
        responses |= {(*path, "responses", status): r for status, r in call.responses.items()}
        for place_path, response in responses.items():
            if (
                response is not None
                and response.model is not None
                and not _CLASS.match(response.model)
            ):
                yield self.say(
                    "bad-name",
                    f"{response.model!r} is not a class's name, like Customer",
                    (*place_path, "model"),
                )
            if response is not None and response.stream is not None and response.type != "stream":
                yield self.say(
                    "bad-value", "stream goes with type: stream", (*place_path, "stream")
                )

    def _path(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        call, path = resolved.call, ("calls", resolved.name)
        if call.url is not None:
            if call.path is not None or call.base_url is not None:
                yield self.say(
                    "bad-value",
                    "url stands for the whole URL: no path and no base_url",
                    (*path, "url"),
                )
            return
        text = call.path or ""
        yield from self._names(text, (*path, "path"))
        if text and not text.startswith(("/", "?")) and not text.startswith("${"):
            yield self.say("bad-path", f"a path begins with /, found {text!r}", (*path, "path"))
        if "?" in text:
            yield self.say(
                "bad-path",
                "the query does not stand in the path",
                (*path, "path"),
                "query: {name: value}",
            )
        names = PLACEHOLDER.findall(text)
        for name in names:
            if not name or names.count(name) > 1:
                yield self.say(
                    "bad-path",
                    f"{{{name}}} is {'no name' if not name else 'there twice'}",
                    (*path, "path"),
                )
                return
        for name, parameter in call.path_params.items():
            if name not in names:
                yield self.say(
                    "unused-path-param",
                    f"the path has no {{{name}}}{did_you_mean(name, names)}",
                    (*path, "path_params", name),
                    key=True,
                )
            elif parameter is not None:
                yield from self._parameter(parameter, (*path, "path_params", name))

    def _body(self, body: Body, path: Path) -> Iterator[Diagnostic]:
        if (body.arg is not None or body.of is not None) and body.fields:
            yield self.say(
                "bad-value",
                "a body is one argument (arg, of) or made of fields, not both",
                (*path, "fields"),
            )
        if body.template is not None and body.type != "raw":
            yield self.say("bad-value", "template goes with type: raw", (*path, "template"))
        if body.type == "raw":
            if body.content_type is None:
                yield self.say("missing-key", "content_type is missing (type raw)", path)
            symbols = set(PLACEHOLDER.findall(body.template or ""))
            for name in body.fields:
                if name not in symbols:
                    yield self.say(
                        "unused-field",
                        f"the template has no {{{name}}}{did_you_mean(name, symbols)}",
                        (*path, "fields", name),
                        key=True,
                    )
        elif body.content_type is not None:
            yield self.say(
                "bad-value", f"type: {body.type} says the content type", (*path, "content_type")
            )
        if body.nested is not None and body.type not in ("form", "multipart"):
            yield self.say("bad-value", "nested goes with forms", (*path, "nested"))
        if body.of is not None:
            yield from self._parameter(body.of, (*path, "of"))

    # parameters

    def _fields(self, fields: Mapping[str, Parameter | None], path: Path) -> Iterator[Diagnostic]:
        for name, parameter in fields.items():
            if parameter is not None:
                yield from self._parameter(parameter, (*path, name))

    def _parameter(self, parameter: Parameter, path: Path) -> Iterator[Diagnostic]:
        if parameter.is_constant:
            yield from self._names(plain(parameter.value), path)
            others = set(parameter.model_fields_set) - {
                "value",
                "array_style",
                "first_index",
                "description",
            }
            if others:
                yield self.say("bad-value", f"a constant (value) has no {min(others)}", path)
            return
        if parameter.is_place:
            yield from self._fields(parameter.fields or {}, (*path, "fields"))
            return
        types = self.connector.document.types
        if parameter.kind not in TYPES and parameter.kind not in types:
            yield self.say(
                "unknown-type",
                f"there is no type {parameter.kind}{did_you_mean(parameter.kind, (*TYPES, *types))}",
                (*path, "type"),
            )
            return
        if parameter.secret:
            for key in ("default", "example", "server_default", "enum"):
                if parameter.given(key):
                    yield self.say(
                        "secret-value",
                        f"a secret parameter has no {key}: it would be stored in the spec",
                        (*path, key),
                    )
        yield from self._values(parameter, path)
        for key in ("items", "values"):
            inner: Parameter | None = getattr(parameter, key)
            if inner is not None:
                yield from self._parameter(inner, (*path, key))
        yield from self._fields(parameter.fields or {}, (*path, "fields"))

    def _values(self, parameter: Parameter, path: Path) -> Iterator[Diagnostic]:
        fits = FITS.get(parameter.kind)
        default = parameter.read(parameter.default)
        options = [parameter.read(v) for v in parameter.enum or ()]
        checked: list[tuple[Path, object]] = [
            ((*path, "enum", i), v) for i, v in enumerate(options)
        ]
        if default is not UNSET and not (default is None and parameter.nullable_):
            checked.append(((*path, "default"), default))
            if options and default not in options:
                yield self.say(
                    "bad-value",
                    f"the default is none of enum: {', '.join(map(str, options))}",
                    (*path, "default"),
                )
        for where, value in checked:
            if fits is not None and not fits(value):
                yield self.say(
                    "wrong-type",
                    f"expected {WORDS[parameter.kind]}, found {value!r}",
                    where,
                    "quote it to make it text" if parameter.kind == "string" else "",
                )
        if parameter.required and default is not UNSET:
            yield self.say("bad-value", "a required argument has no default", (*path, "default"))
        for low, high in (("minimum", "maximum"), ("min_length", "max_length")):
            least, most = getattr(parameter, low), getattr(parameter, high)
            if least is not None and most is not None and least > most:
                yield self.say("bad-value", f"{low} is larger than {high}", (*path, low))

    def _names(self, value: object, path: Path) -> Iterator[Diagnostic]:
        document = self.connector.document
        known = {*document.variables, *self.connector.credentials, *self.connector.saved}
        for name in dict.fromkeys(names_in(value)):
            if name not in known:
                yield self.say(
                    "unknown-name",
                    f"${{{name}}} is neither a variable nor a credential{did_you_mean(name, known)}",
                    path,
                    "declare it under variables or credentials; a literal ${ is written $${",
                )

    # samples

    def _samples(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        for name, sample in resolved.call.samples.items():
            path: Path = ("calls", resolved.name, "samples", name)
            if sample.cleanup is not None:
                yield from self._target(sample.cleanup, (*path, "cleanup"))
            for arg, value in sample.args.items():
                if isinstance(value, Reference) and value.from_ is not None:
                    yield from self._producer(value, (*path, "args", arg))

    def _producer(self, reference: Reference, path: Path) -> Iterator[Diagnostic]:
        assert reference.from_ is not None
        problems = list(self._target(reference.from_, path))
        yield from problems
        if reference.output is None:
            yield self.say("missing-key", "output is missing: which output of the sample?", path)
        elif not problems:
            outputs = self._sample(reference.from_).outputs
            if reference.output not in outputs:
                yield self.say(
                    "unknown-output",
                    f"{reference.from_} has no output {reference.output}{did_you_mean(reference.output, outputs)}",
                    path,
                )

    def _target(self, text: str, path: Path) -> Iterator[Diagnostic]:
        calls = self.connector.document.calls
        call, _, sample = text.partition(".")
        if call not in calls:
            yield self.say(
                "unknown-sample",
                f"there is no call {call}{did_you_mean(call, calls)}",
                path,
                "a sample is named call.sample",
            )
        elif sample not in calls[call].samples:
            yield self.say(
                "unknown-sample",
                f"{call} has no sample {sample}{did_you_mean(sample, calls[call].samples)}",
                path,
                "a sample is named call.sample",
            )

    def _sample(self, text: str) -> Sample:
        call, _, sample = text.partition(".")
        return self.connector.document.calls[call].samples[sample]

    def _chains(self) -> Iterator[Diagnostic]:
        producers = {
            f"{c.name}.{name}": [
                v.from_ for v in sample.args.values() if isinstance(v, Reference) and v.from_
            ]
            for c in self.connector.calls
            for name, sample in c.call.samples.items()
        }
        for start in producers:
            circle = _circle(start, producers)
            if circle is not None and circle[0] == min(circle):
                call, _, name = start.partition(".")
                yield self.say(
                    "sample-cycle",
                    f"the samples wait for each other: {' → '.join([*circle, circle[0]])}",
                    ("calls", call, "samples", name),
                    key=True,
                )


def _token_urls(scheme: AnyScheme) -> Iterator[tuple[str, str]]:
    """The URLs that an environment can override; of the one inside ``all`` that has some, too."""
    if isinstance(scheme, AllOf):
        for inner in scheme.of:
            yield from _token_urls(inner)
        return
    for key in ("token_url", "authorization_url", "refresh_url"):
        url: str | None = getattr(scheme, key, None)
        if url is not None:
            yield key, url


def _is_fixed(url: str) -> bool:
    """Whether a URL names the same host in every environment."""
    return not url.startswith("/") and not list(names_in(url))


def _has_certificate(scheme: AnyScheme) -> bool:
    if isinstance(scheme, AllOf):
        return any(_has_certificate(inner) for inner in scheme.of)
    return isinstance(scheme, ClientCertificate)


def _circle(start: str, producers: Mapping[str, Sequence[str]]) -> list[str] | None:
    """The samples from ``start`` back to itself, if there is such a way."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for producer in producers.get(way[-1], ()):
            if producer == start:
                return way
            if producer not in seen:
                seen.add(producer)
                ways.append([*way, producer])
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


FITS: Mapping[str, Callable[[object], bool]] = {
    "string": _is_text,
    "uuid": _is_text,
    "datetime": _is_text,
    "date": _is_text,
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "map": lambda value: isinstance(value, dict),
    "object": lambda value: isinstance(value, dict),
}
WORDS = {
    "string": "text",
    "uuid": "text",
    "datetime": "text",
    "date": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "map": "a mapping",
    "object": "a mapping",
}
