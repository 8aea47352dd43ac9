"""Requests → the calls of a spec, each with a sample that sends the same again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from callwright.importers.auth import Schemes, key_scheme, scheme_of
from callwright.importers.credentials import (
    Credentials,
    is_secret_name,
    is_secret_value,
    placeholder,
)
from callwright.importers.headers import is_dropped, is_tracking_cookie
from callwright.importers.marks import marked_names, replaced, shown
from callwright.importers.names import call_name, name_of, unique
from callwright.importers.paths import PathTemplate, path_template
from callwright.importers.values import (
    Arguments,
    Json,
    Tree,
    as_constant,
    fields_of,
    is_too_large,
    parameter,
    parsed,
    text_of,
)
from callwright.importers.written import Loss, Part, WrittenBody, WrittenRequest
from callwright.ir.naming import snake

_CONSTANT_QUERY = frozenset({"api-version", "version", "format", "alt", "v", "_format"})
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_BODIES = ("POST", "PUT", "PATCH", "DELETE")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlBase:
    """A URL in parts: ``origin`` with ``${variables}``, ``path`` and ``query`` with marks."""

    origin: str
    path: str
    query: str


@dataclass(slots=True, kw_only=True)
class ImportedCall:
    """One call: its description in the spec, and the variables that its samples read from the environment."""

    name: str
    tree: Tree
    environment: dict[str, str]


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A call in the making. ``key``: what makes two requests the same call."""

    key: tuple[str, ...]
    name: str
    tree: Tree
    auth: str
    environment: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict[str, str])


def base_of(url: str, variables: dict[str, str]) -> UrlBase:
    """A URL in parts; variables of its host are added to ``variables`` with their values in the source."""
    scheme, _, rest = url.partition("://")
    match = re.match(r"[^/?#]*", rest)
    host = match[0] if match else ""
    rest = rest[len(host) :].partition("#")[0]
    path, _, query = rest.partition("?")

    def variable(name: str, value: str) -> str:
        variables[name] = value
        return f"${{{name}}}"

    def braced(found: re.Match[str]) -> str:
        word = found[1] or found[2] or found[3]
        pieces = [p for p in snake(word).split("_") if p != "your"]
        return variable("_".join(pieces) or "host", found[0])

    host = re.sub(r"\{+([\w.-]+)\}+|<([\w -]+)>|\[([A-Za-z][\w -]*)\]", braced, host)
    host = replaced(host, lambda name: variable(snake(name), f"\x02{name}\x03"))
    return UrlBase(origin=f"{scheme.lower()}://{host}", path=path, query=query)


@dataclass(slots=True, kw_only=True)
class CallMaker:
    """Makes calls of requests. ``origin`` and ``prefix`` are the connector's base URL."""

    origin: str
    prefix: str
    credentials: Credentials
    schemes: Schemes
    losses: list[Loss]
    _drafts: list[_Draft] = field(default_factory=list[_Draft])

    def add(self, request: WrittenRequest, base: UrlBase) -> None:
        """Add a request: a new call, or a sample of one that was there already."""
        if request.method not in _METHODS:
            self._lose(
                request, "import-method", f"the method {request.method} is not supported: left out"
            )
            return
        arguments = Arguments()
        path = base.path.removeprefix(self.prefix) if base.origin == self.origin else base.path
        template = path_template(path)
        tree = self._line(request, base, template)
        schemes = [scheme_of(request.auth, self.credentials)] if request.auth is not None else []
        if template.parameters:
            tree["path_params"] = {
                p.name: self._path_parameter(p.name, p.value, arguments)
                for p in template.parameters
            }
        headers, constants = self._headers(request, arguments, schemes)
        places: dict[str, Tree | None] = {
            "query": self._query(base.query, arguments, schemes),
            "headers": headers,
            "cookies": self._cookies(request, arguments, schemes),
            "body": self._body(request, arguments),
        }
        tree |= {place: fields for place, fields in places.items() if fields}
        for name in arguments.unknown:
            text = f"{name} was made by a command: it is an argument without an example"
            self._lose(request, "import-variable", text)
        auth = self.schemes.use(_joined(schemes))
        self._settle(request, base, template.text, tree, arguments, auth, constants)

    def _line(self, request: WrittenRequest, base: UrlBase, template: PathTemplate) -> Tree:
        """What a call says of itself before its parameters: description, method, path, and an origin of its own."""
        implied = "POST" if request.body is not None else "GET"
        line: Tree = {
            "description": request.description,
            "method": request.method if request.method != implied else "",
            "path": template.text if template.text != "/" else "",
            "base_url": base.origin if base.origin != self.origin else "",
        }
        return {key: value for key, value in line.items() if value}

    def _settle(
        self,
        request: WrittenRequest,
        base: UrlBase,
        template: str,
        tree: Tree,
        arguments: Arguments,
        auth: str,
        constants: dict[str, str],
    ) -> None:
        body = tree.get("body")
        kind = (
            str(body.get("type", "json")) if isinstance(body, dict) else ""
        )  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        shape = re.sub(r"\{[^}]*\}", "{}", template)
        key = (request.method, base.origin, shape, kind, _keys(tree))
        sample: Tree = {"args": arguments.values} if arguments.values else {}
        for draft in self._drafts:
            if (
                draft.key == key
                and draft.auth == auth
                and draft.headers == constants
                and _same_places(draft.tree, tree)
            ):
                samples = draft.tree["samples"]
                assert isinstance(samples, dict)
                if sample not in samples.values():
                    samples[unique("example", samples)] = sample
                    draft.environment.update(arguments.environment)
                return
        taken = {draft.name for draft in self._drafts}
        folder = name_of(request.folder[-1]) if request.folder else ""
        name = unique(call_name(request.method, template, request.name), taken, folder)
        tree["samples"] = {"example": sample}
        self._drafts.append(
            _Draft(
                key=key,
                name=name,
                tree=tree,
                auth=auth,
                environment=dict(arguments.environment),
                headers=constants,
            )
        )

    def shared(self) -> Tree:
        """The spec's ``shared``: the constant headers that every one of several calls sends."""
        common = self._common_headers()
        return {"shared": {"headers": {n: text_of(v) for n, v in common.items()}}} if common else {}

    def finished(self) -> list[ImportedCall]:
        """The calls, once all requests were added."""
        common = self._common_headers()
        return [
            ImportedCall(
                name=draft.name, tree=self._ordered(draft, common), environment=draft.environment
            )
            for draft in self._drafts
        ]

    def _common_headers(self) -> dict[str, str]:
        if len(self._drafts) < 2:
            return {}
        first = self._drafts[0].headers
        return {n: v for n, v in first.items() if all(d.headers.get(n) == v for d in self._drafts)}

    def _ordered(self, draft: _Draft, common: dict[str, str]) -> Tree:
        constants = {n: text_of(v) for n, v in draft.headers.items() if n not in common}
        tree = dict(draft.tree)
        if constants:
            own = tree.get("headers")
            tree["headers"] = {
                **constants,
                **(own if isinstance(own, dict) else {}),
            }  # pyright: ignore[reportUnknownVariableType]
        auth = self.schemes.of_call(draft.auth)
        if auth is not None:
            tree["auth"] = auth
        samples = tree.pop("samples")
        return {**tree, "samples": samples}

    def _lose(self, request: WrittenRequest, code: str, text: str) -> None:
        self.losses.append(Loss(place=request.place, code=code, text=text))

    def _path_parameter(self, wire: str, value: str, arguments: Arguments) -> Tree:
        if is_secret_value(value):
            return {"value": self.credentials.put(value, wire)}
        name = arguments.free(wire, "path")
        arguments.give(name, value or wire)
        return parameter(value, name, wire)

    def _headers(
        self, request: WrittenRequest, arguments: Arguments, schemes: list[Tree]
    ) -> tuple[Tree, dict[str, str]]:
        """The headers that are arguments, and the constants."""
        fields: Tree = {}
        constants: dict[str, str] = {}
        for name, value in request.headers:
            if is_dropped(name, value):
                continue
            if not value:
                fields[name] = {"type": "string", "allow_blank": True}
                arguments.give(arguments.free(name, "header"), "")
            elif is_secret_name(name) or is_secret_value(value):
                self._key("header", name, value, schemes, fields)
            elif marked_names(value) or placeholder(value):
                argument_name = arguments.free(name, "header")
                arguments.give(argument_name, value)
                fields[name] = parameter(value, argument_name, name)
            else:
                constants[name] = value
        return fields, constants

    def _key(self, place: str, name: str, value: str, schemes: list[Tree], fields: Tree) -> None:
        """A key becomes a scheme of its own; beside another scheme it is a constant of the call."""
        if schemes and schemes[0]["type"] != "api_key":
            fields[name] = self.credentials.put(value, snake(name))
        else:
            schemes.append(key_scheme(place, name, value, self.credentials))

    def _query(self, query: str, arguments: Arguments, schemes: list[Tree]) -> Tree:
        fields: Tree = {}
        for name, values in _grouped(_pairs(query)):
            value = values[0]
            if len(values) == 1 and value and (is_secret_name(name) or is_secret_value(value)):
                self._key("query", name, value, schemes, fields)
            elif len(values) == 1 and name in _CONSTANT_QUERY and not marked_names(value):
                fields[name] = text_of(value)
            else:
                fields[name] = _text_field(name, values, arguments, "query")
        return fields

    def _cookies(self, request: WrittenRequest, arguments: Arguments, schemes: list[Tree]) -> Tree:
        fields: Tree = {}
        for name, value in request.cookies:
            if is_tracking_cookie(name):
                continue
            if is_secret_name(name) or "sess" in name.lower() or is_secret_value(value):
                self._key("cookie", name, value, schemes, fields)
            else:
                fields[name] = _text_field(name, [value], arguments, "cookie")
        return fields

    def _body(self, request: WrittenRequest, arguments: Arguments) -> Tree | None:
        body = request.body
        if body is None:
            return None
        content_type = next((v for n, v in request.headers if n.lower() == "content-type"), "")
        media = content_type.partition(";")[0].strip().lower()
        match body.kind:
            case "multipart":
                return {
                    "type": "multipart",
                    "fields": dict(self._parts(body.parts, arguments, "multipart")),
                }
            case "form":
                return {"type": "form", "fields": dict(self._parts(body.parts, arguments, "form"))}
            case "file":
                return _file_body(body, content_type, arguments)
            case "text":
                return self._text_body(request, body.text, content_type, media, arguments)

    def _parts(
        self, parts: Sequence[Part], arguments: Arguments, place: str
    ) -> Iterator[tuple[str, object]]:
        groups: dict[str, list[Part]] = {}
        for part in parts:
            groups.setdefault(part.name, []).append(part)
        for name, same in groups.items():
            if same[0].file is not None:
                argument_name = arguments.free(name, place)
                files: list[object] = [{"file": part.file} for part in same if part.file]
                arguments.values[argument_name] = files[0] if len(files) == 1 else files
                field: Tree = (
                    {"type": "file"} if len(files) == 1 else {"type": "array", "items": "file"}
                )
                yield name, (
                    field if argument_name == snake(name) else {**field, "arg": argument_name}
                )
            elif (
                len(same) == 1
                and same[0].value
                and (is_secret_name(name) or is_secret_value(same[0].value))
            ):
                yield name, self.credentials.put(same[0].value, snake(name))
            else:
                yield name, _text_field(name, [part.value for part in same], arguments, place)

    def _text_body(
        self,
        request: WrittenRequest,
        text: str,
        content_type: str,
        media: str,
        arguments: Arguments,
    ) -> Tree:
        is_json = media.endswith(("/json", "+json"))
        if is_json or not media or media == _FORM:
            try:
                value = parsed(text)
            except ValueError:
                value = None
            if isinstance(value, dict | list) or (is_json and value is not None):
                if not is_json:
                    self._lose(
                        request,
                        "import-body",
                        "the body is JSON under another Content-Type: it is sent as application/json",
                    )
                return self._json_body(
                    value,
                    content_type if is_json and media != "application/json" else "",
                    arguments,
                )
        pairs = _pairs(text) if media in ("", _FORM) else []
        if (
            pairs
            and all(name and re.fullmatch(r"[\w.\[\]:$ -]+", name) for name, _ in pairs)
            and "=" in text
        ):
            parts = [Part(name=name, value=value) for name, value in pairs]
            return {"type": "form", "fields": dict(self._parts(parts, arguments, "form"))}
        if is_json and text:
            self._lose(request, "import-body", "the body is no valid JSON: it is sent as text")
        name = arguments.free("body", "request")
        arguments.give(name, text)
        raw: Tree = {"type": "raw", "content_type": content_type or _FORM}
        return raw if name == "body" else {**raw, "arg": name}

    def _json_body(self, value: Json, content_type: str, arguments: Arguments) -> Tree:
        body: Tree = {"content_type": content_type} if content_type else {}
        if isinstance(value, dict) and not is_too_large(value):
            fields = fields_of(value, arguments, self.credentials)
            return {**body, "fields": fields} if fields else {**body, "type": "json"}
        name = arguments.free("body", "request")
        if _holds_marks(value):
            arguments.give(name, json.dumps(value))
        else:
            arguments.values[name] = as_constant(value)
        of = "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "any"
        return {
            **body,
            "type": "json",
            "arg": name,
            "of": {"type": "array", "items": "any"} if of == "array" else of,
        }


def _joined(schemes: Sequence[Tree]) -> Tree | None:
    """The one scheme that stands for all of a request's."""
    if len(schemes) < 2:
        return schemes[0] if schemes else None
    return {"type": "all", "of": list(schemes)}


def _file_body(body: WrittenBody, content_type: str, arguments: Arguments) -> Tree:
    name = arguments.free("body", "request")
    arguments.values[name] = {"file": body.file}
    return {
        "type": "raw",
        "content_type": content_type or "application/octet-stream",
        **({} if name == "body" else {"arg": name}),
    }


def _text_field(name: str, values: Sequence[str], arguments: Arguments, place: str) -> Tree:
    """An argument for the values of one name in a query, form or cookie."""
    argument_name = arguments.free(name, place)
    if len(values) > 1:
        arguments.values[argument_name] = [shown(value) for value in values]
        described: Tree = {"type": "array", "items": "string"}
        return described if argument_name == snake(name) else {**described, "arg": argument_name}
    arguments.give(argument_name, values[0])
    return parameter(values[0], argument_name, name)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [
        (unquote_plus(name), unquote_plus(value))
        for name, _, value in (piece.partition("=") for piece in text.split("&"))
        if name or value
    ]


def _grouped(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    yield from groups.items()


def _keys(tree: Tree) -> str:
    """The GraphQL operation of a call, which makes it another call than its neighbours."""
    body = tree.get("body")
    return "graphql" if isinstance(body, dict) and "query" in body and "variables" in body else ""


def _same_places(first: Tree, second: Tree) -> bool:
    """Whether two requests have the same parameters, so that one call can send both."""
    return _shape(first) == _shape(second)


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {
            k: _shape(v) for k, v in value.items() if k not in ("example", "samples", "description")
        }  # pyright: ignore[reportUnknownVariableType]
    return value


def _holds_marks(value: Json) -> bool:
    return bool(
        marked_names(
            json.dumps(value, ensure_ascii=False)
            .replace("\\u0002", "\x02")
            .replace("\\u0003", "\x03")
        )
    )
