"""Requests → the calls of a spec, each with a sample that sends the same again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from callwright.importers.auth import Schemes, scheme_of
from callwright.importers.credentials import (
    Credentials,
)
from callwright.importers.marks import replaced, shown
from callwright.importers.names import call_name, name_of, unique
from callwright.importers.paths import PathTemplate, path_template
from callwright.importers.places import Places
from callwright.importers.values import (
    Tree,
    text_of,
)
from callwright.importers.written import Loss, WrittenRequest
from callwright.ir.naming import snake
from callwright.operations.check_arguments import CONSTRUCTOR

_CONSTANT_QUERY = frozenset({"api-version", "version", "format", "alt", "v", "_format"})
_ORIGIN = re.compile(
    r"https?://(?:[\w.-]|\$\{\w+\})+(?::\d+)?|https?://\[[\da-fA-F:.]+\](?::\d+)?|\$\{\w+\}"
)
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
    """A call in the making. Requests of the same ``key`` may be samples of one call; ``headers`` are constants."""

    key: tuple[str, ...]
    tree: Tree
    auth: str
    samples: dict[str, Tree]
    environment: dict[str, str]
    headers: dict[str, str]
    name: str = ""


def base_of(url: str, variables: dict[str, str]) -> UrlBase:
    """A URL in parts; variables of its host are added to ``variables`` with their values in the source."""
    scheme, _, rest = url.partition("://")
    match = re.match(r"[^/?#]*", rest)
    host = match[0] if match else ""
    rest = rest[len(host) :].partition("#")[0]
    path, _, query = rest.partition("?")

    def variable(name: str, value: str) -> str:
        name = f"{name}_host" if name in CONSTRUCTOR else name
        variables[name] = value
        return f"${{{name}}}"

    def braced(found: re.Match[str]) -> str:
        word = found[1] or found[2] or found[3]
        pieces = [p for p in snake(word).split("_") if p != "your"]
        return variable("_".join(pieces) or "host", found[0])

    host = re.sub(r"\{+([\w.-]+)\}+|<([\w -]+)>|\[([A-Za-z][\w -]*)\]", braced, host)
    host = replaced(host, lambda name: variable(snake(name), f"\x02{name}\x03"))
    return UrlBase(origin=f"{scheme.lower()}://{host}", path=path, query=query)


def is_origin(text: str) -> bool:
    """Whether a text is the scheme, host and port of an http(s) URL."""
    return _ORIGIN.fullmatch(text) is not None


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
        if not is_origin(base.origin):
            self._lose(
                request, "import-not-http", f"{shown(request.url)} is not an http(s) URL: left out"
            )
            return
        path = base.path.removeprefix(self.prefix) if base.origin == self.origin else base.path
        template = path_template(path)
        tree = self._line(request, base, template)
        places = Places(
            request=request,
            credentials=self.credentials,
            losses=self.losses,
            schemes=[scheme_of(request.auth, self.credentials)] if request.auth else [],
        )
        headers, constants = places.headers()
        fields: dict[str, Tree | None] = {
            "path_params": {
                p.name: places.path_parameter(p.name, p.value) for p in template.parameters
            },
            "query": places.query(base.query),
            "headers": headers,
            "cookies": places.cookies(),
            "body": places.body(),
        }
        tree |= {place: inner for place, inner in fields.items() if inner}
        for name in places.arguments.unknown:
            text = f"{name} was made by a command: it is an argument without an example"
            self._lose(request, "import-variable", text)
        auth = self.schemes.use(_joined(places.schemes))
        shape = re.sub(r"\{[^}]*\}", "{}", template.text)
        draft = _Draft(
            key=(request.method, base.origin, shape, auth, str(constants)),
            tree=tree,
            auth=auth,
            samples={
                "example": {"args": places.arguments.values} if places.arguments.values else {}
            },
            environment=dict(places.arguments.environment),
            headers=constants,
        )
        self._settle(draft, request, template.text)

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

    def _settle(self, new: _Draft, request: WrittenRequest, template: str) -> None:
        """Add a draft, or its sample to a call that can send the same."""
        sample = new.samples["example"]
        for draft in self._drafts:
            tree = _merged(draft.tree, new.tree) if draft.key == new.key else None
            if tree is not None:
                draft.tree = tree
                draft.environment.update(new.environment)
                if sample not in draft.samples.values():
                    draft.samples[unique("example", draft.samples)] = sample
                return
        taken = {draft.name for draft in self._drafts}
        folder = name_of(request.folder[-1]) if request.folder else ""
        new.name = unique(call_name(request.method, template, request.name), taken, folder)
        self._drafts.append(new)

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
        constants: Tree = {n: text_of(v) for n, v in draft.headers.items() if n not in common}
        tree = dict(draft.tree)
        if constants:
            tree["headers"] = {**constants, **fields_in(tree, "headers")}
        auth = self.schemes.of_call(draft.auth)
        return {**tree, **({"auth": auth} if auth is not None else {}), "samples": draft.samples}

    def _lose(self, request: WrittenRequest, code: str, text: str) -> None:
        self.losses.append(Loss(place=request.place, code=code, text=text))


def _joined(schemes: Sequence[Tree]) -> Tree | None:
    """The one scheme that stands for all of a request's."""
    if len(schemes) < 2:
        return schemes[0] if schemes else None
    return {"type": "all", "of": list(schemes)}


def fields_in(tree: Tree, place: str) -> Tree:
    """The fields of a place of a call."""
    fields = tree.get(place, {})
    return cast("Tree", fields) if isinstance(fields, dict) else {}


def _merged(first: Tree, second: Tree) -> Tree | None:
    """A call that can send what either can; None when they differ in more than parameters that one lacks."""
    merged = dict(first)
    for place in ("path_params", "query", "headers", "cookies"):
        fields = _union(fields_in(first, place), fields_in(second, place))
        if fields is None:
            return None
        if fields:
            merged[place] = fields
    one, other = fields_in(first, "body"), fields_in(second, "body")
    if _without_fields(one) != _without_fields(other):
        return None
    inner, more = fields_in(one, "fields"), fields_in(other, "fields")
    fields = _union(inner, more)
    # one URL for several purposes: of bodies that share little each is a call
    if fields is None or 3 * len(inner.keys() & more.keys()) < len(fields):
        return None
    if fields:
        merged["body"] = {**one, "fields": fields}
    return merged


def _without_fields(body: Tree) -> Tree:
    return {key: value for key, value in body.items() if key != "fields"}


def _union(first: Tree, second: Tree) -> Tree | None:
    """The fields of both, those of the first first; None when one has two meanings."""
    common = first.keys() & second.keys()
    if any(_shape(first[name]) != _shape(second[name]) for name in common):
        return None
    return {**first, **{name: field for name, field in second.items() if name not in first}}


def _shape(value: object) -> object:
    """A field's description without its example."""
    if not isinstance(value, dict):
        return value
    fields = cast("Tree", value)
    return {key: _shape(inner) for key, inner in fields.items() if key != "example"}
