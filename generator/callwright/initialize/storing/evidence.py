"""What captures say about types, as facts that can be compared: their values, order and number leave no trace."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from callwright.captures.events import events_of, value_of
from callwright.captures.files import media_type
from callwright.captures.json_text import parse_json
from callwright.captures.model import Capture
from callwright.errors import CallwrightError
from callwright.infer import Inference, Observation, infer
from callwright.infer.author.hints import spelled_step
from callwright.infer.result import ModelClass, TaggedUnion
from callwright.infer.seen.elements import known_of
from callwright.infer.type_text import type_text
from callwright.initialize.review.trees import Promise, promise_of
from callwright.initialize.storing.acceptance import is_typed_as
from callwright.ir.nodes import (
    BuiltinType,
    DictType,
    ListType,
    ModelType,
    Request,
    Requests,
    TypeExpr,
)
from callwright.ir.nodes import UnionType as Union
from callwright.runtime.reading.xml import read_xml

KEY = "key"
"""What a fact says of a place that is a key of an object."""

OPTIONAL = "optional"
"""What a fact says of a key that some objects lack."""

STRUCTURED = frozenset({"json", "xml"})
"""Kinds of bodies that types are inferred from."""

_ANY = BuiltinType(name="Any")


class Fact(NamedTuple):
    """One thing that is known of a place in bodies of one kind: it is a key, optional, or holds values of a type."""

    kind: str
    path: str
    what: str


class Evidence:
    """What captures of one sample and status say about types, alone or together.

    Where nobody reads the body (``untyped``, ``value``) it is what they hold all the same. Bodies without structure say
    only that there is a body, and nothing beside bodies that have one.
    """

    def __init__(self, requests: Requests, request: Request, captures: Sequence[Capture]) -> None:
        """``captures`` are all that will be asked about."""
        self._requests = requests
        self._request = request
        self._xml = [c for c in captures if c.kind == "xml"]

    def of(self, captures: Sequence[Capture]) -> frozenset[Fact]:
        """All that some of the captures say together."""
        found: set[Fact] = set()
        for kind in ("json", "jsonl", "sse", "xml"):
            same = [c for c in captures if c.kind == kind]
            if same:
                found |= {Fact(kind, *fact) for fact in self._facts(same)}
        if found:
            return frozenset(found)
        return frozenset(Fact("body", "", self._body(c)) for c in captures if c.kind != "empty")

    def _body(self, capture: Capture) -> str:
        """Texts that are web pages are declared as such."""
        is_page = media_type(capture.content_type) == "text/html"
        return "page" if is_page and self._request.call.response.type == "text" else "body"

    def _facts(self, captures: Sequence[Capture]) -> Iterator[tuple[str, str]]:
        if captures[0].kind == "xml":
            xml = known_of([read_xml(c.body) for c in captures])
            yield from ((path, "repeated") for path in xml.lists)
            yield from ((name, "prefixed") for name in xml.prefixed)
        for observation in self._observations(captures):
            try:
                naive = self._requests.naive_datetimes
                inference = infer([observation], naive_datetimes=naive, priors=False)
            except CallwrightError:
                continue
            yield from _Walk(inference).facts()
            return
        yield "$", "unreadable"

    def _observations(self, captures: Sequence[Capture]) -> Iterator[Observation]:
        """How bodies may be read: as the spec says, as they are, and as JSON whose keys stand twice."""
        first = captures[0]
        if first.kind not in ("jsonl", "sse"):
            # elements that any of all captures repeats are lists in each: what differs is that it repeats them
            every = self._xml if first.kind == "xml" else captures
            promise = promise_of(self._requests, self._request, every)
            if promise.role == "error" or is_typed_as(self._request, first):
                yield promise.observation(captures)
            yield promise.bare.observation(captures)
        if first.kind != "xml":
            yield replace(Promise(name="body").observation(captures), bodies=_values(captures))


def keys(facts: frozenset[Fact]) -> int:
    """How many keys of objects there are."""
    return sum(fact.what == KEY for fact in facts)


def _values(captures: Sequence[Capture]) -> list[object]:
    """The bodies of JSON and streams as data; read_captures() has refused what is neither."""
    return [
        (
            [value_of(event) for event in events_of(c)]
            if c.kind in ("jsonl", "sse")
            else parse_json(c.body)
        )
        for c in captures
    ]


class _Walk:
    """The facts of inferred types: each class once, where it stands nearest to the root, and without its name."""

    def __init__(self, inference: Inference) -> None:
        self._models: Mapping[str, ModelClass] = {c.name: c for c in inference.classes}
        self._unions: Mapping[str, TaggedUnion] = {u.name: u for u in inference.unions}
        self._waiting: deque[tuple[str, TypeExpr]] = deque(
            ("$", root) for root in inference.roots.values()
        )
        self._places: dict[str, str] = {}

    def facts(self) -> Iterator[tuple[str, str]]:
        while self._waiting:
            path, kind = self._waiting.popleft()
            options = kind.options if isinstance(kind, Union) else (kind,)
            classes = [o for o in options if isinstance(o, ModelType)]
            for option in options:
                match option:
                    case ListType(item=item):
                        yield path, "list"
                        self._waiting.append((f"{path}[*]", item))
                    case DictType(value=value):
                        yield path, "map"
                        # an empty object among maps says nothing of values
                        if value != _ANY or not any(
                            isinstance(o, DictType) and o != option for o in options
                        ):
                            self._waiting.append((f"{path}.*", value))
                    case ModelType(name=name) if name in self._unions:
                        yield from self._union(path, self._unions[name])
                    case ModelType(name=name):
                        yield from self._object(path, self._models[name], alone=len(classes) == 1)
                    case _:
                        yield path, type_text(option)

    def _union(self, path: str, union: TaggedUnion) -> Iterator[tuple[str, str]]:
        yield path, f"told apart by {union.key}"
        for tag, name in union.tags:
            place = f"{path}[{union.key}={json.dumps(tag, ensure_ascii=False)}]"
            yield from self._object(place, self._models[name], alone=True)

    def _object(self, path: str, model: ModelClass, *, alone: bool) -> Iterator[tuple[str, str]]:
        if not alone:  # nothing but its keys tells it from the others
            path += "{" + ",".join(sorted(f.wire for f in model.fields)) + "}"
        known = self._places.setdefault(model.name, path)
        if known != path:
            yield path, f"as {known}"
            return
        yield path, "object"
        for member in sorted(model.fields, key=lambda f: f.wire):
            place = path + spelled_step(member.wire)
            yield place, KEY
            if not member.required:
                yield place, OPTIONAL
            if member.nullable:
                yield place, "null"
            self._waiting.append((place, member.type))
