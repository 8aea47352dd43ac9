"""Classes and places → type expressions, fields and their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from callwright.infer.author.agreed import Agreed
from callwright.infer.author.hints import as_written, declared
from callwright.infer.classes.object_index import Forest, Node
from callwright.infer.classes.variants import discriminator
from callwright.infer.fields.evidence import Evidences
from callwright.infer.fields.kinds import TEXTS, scalar_kinds
from callwright.infer.fields.presence import Certainty, SeenClass
from callwright.infer.fields.priors import learn
from callwright.infer.names.class_names import name_union
from callwright.infer.result import ModelClass, ModelField, TaggedUnion
from callwright.infer.seen.shapes import Place, Variant
from callwright.infer.seen.tags import Keys
from callwright.ir.naming import attributes
from callwright.ir.nodes import (
    BuiltinType,
    DictType,
    FieldHint,
    ListType,
    ModelType,
    TypeExpr,
    UnionType,
)

ANY = BuiltinType(name="Any")
NONE = BuiltinType(name="None")
MAX_DEPTH = 62
"""Objects nested in more levels than this, and lists in so many lists, are plain data: pydantic builds validators by
recursion."""


_ORDER = ("bool", "int", "float", "date", "datetime", "UtcDatetime", "str")
_NAMES = {"date": "datetime.date", "datetime": "datetime.datetime"}


class Types:
    """Makes the final types once classes and names are settled; ``agreed`` is what was declared of them."""

    def __init__(
        self,
        forest: Forest,
        classes: Sequence[Sequence[Node]],
        names: Sequence[str],
        captures: Sequence[str],
        required_after: int,
        naive_datetimes: Literal["utc"] | None,
        reserved: Iterable[str] = (),
        *,
        priors: bool = True,
    ) -> None:
        self._forest = forest
        self._classes = classes
        self._names = names
        self._naive_datetimes = naive_datetimes
        self._unions: dict[tuple[str, tuple[str, ...]], TaggedUnion] = {}
        self._taken = {name.lower() for name in (*names, *reserved)}
        self._class_of = {node.id: i for i, nodes in enumerate(classes) for node in nodes}
        self._depths = _depths(classes, self._class_of)
        self.too_deep = frozenset(i for i, depth in self._depths.items() if depth >= MAX_DEPTH)
        self._seen = [SeenClass(i, nodes) for i, nodes in enumerate(classes)]
        self.agreed = Agreed(forest.hints)
        self._leaves: dict[frozenset[str], TypeExpr] = {}
        self._levels = 0  # around what is looked at
        self._evidences = Evidences(forest, self.agreed, captures, naive_datetimes)
        counts = [seen.count for seen in self._seen]
        habits = learn(forest, classes, counts) if priors else None
        self._certainty = Certainty(habits, required_after)

    def root(self, place: Place) -> TypeExpr:
        """The type of a whole body; None is part of it where null was seen."""
        self._levels = 0
        kind = self.of([place])
        if kind == ANY and () in place.objects and not place.scalars and not place.arrays:
            return DictType(value=ANY)
        return self._with_null([place])

    def model(self, index: int) -> ModelClass:
        """One class, its fields in the provider's order."""
        nodes = self._classes[index]
        keys = _key_order([v for node in nodes for v in node.variants])
        renamed = self._renamed(index)
        names = attributes(keys) | {key: hint.rename or key for key, hint in renamed.items()}
        self.agreed.check_names(self._names[index], names, renamed)
        calls = tuple(sorted({n.call for n in nodes}))
        return ModelClass(
            name=self._names[index],
            fields=tuple(f for key in keys if (f := self._field(index, key, names[key]))),
            captures=self._seen[index].count,
            calls=calls,
            places=tuple(sorted({f"{n.observation}:{self._forest.spelled(n)}" for n in nodes})),
            doc=_class_doc(calls),
            seen_in=self._evidences.named(self._seen[index].responses),
        )

    def _renamed(self, index: int) -> dict[str, FieldHint]:
        """By key, what gives a field another name."""
        if not self._forest.hints:
            return {}
        places: dict[str, list[Place]] = {}
        for node in self._classes[index]:
            for key, found in node.fields.items():
                places.setdefault(key, []).extend(found)
        hints = {
            key: self.agreed.at(every, f"{self._names[index]}.{key}")
            for key, every in places.items()
        }
        return {key: hint for key, hint in hints.items() if hint is not None and hint.rename}

    def _field(self, index: int, key: str, name: str) -> ModelField | None:
        nodes = self._classes[index]
        places = (
            nodes[0].fields[key]  # most classes are of one place
            if len(nodes) == 1
            else [p for node in nodes if key in node.fields for p in node.fields[key]]
        )
        hint = self.agreed.at(places)
        if hint is not None and hint.ignore:
            return None
        seen = self._seen[index].field(key)
        self._levels = self._depths.get(index, 0)
        kind = self.of(places)
        nested = any(p.objects or p.arrays for p in places)
        required, nullable, why = self._certainty.of(self._seen[index], key, nested, seen)
        if hint is not None and (hint.required, hint.nullable) != (None, None):
            required = required if hint.required is None else hint.required
            nullable = nullable if hint.nullable is None else hint.nullable
            why = "declared in the spec"
        evidence = self._evidences.of(nodes, key, places, nested, seen, hint, why)
        return ModelField(
            wire=key,
            name=name,
            type=kind,
            required=required and (kind != ANY or (hint is not None and hint.required is True)),
            nullable=nullable,
            evidence=evidence,
            doc=_field_doc(kind, hint),
        )

    def of(self, every: Sequence[Place]) -> TypeExpr:
        """The type of everything at these places, None left out."""
        hint = self.agreed.at(every)
        said = declared(hint) if hint is not None else None
        if said is not None:
            return as_written(said, every)
        if hint is not None and hint.type is not None:
            return self._declared_kind(hint.type, every)
        scalars = scalar_kinds(every)
        if not any(place.objects or place.items for place in every):
            leaf = self._leaves.get(scalars)
            if leaf is None:
                leaf = self._leaves[scalars] = union(self._scalars(scalars))
            return leaf
        options = self._scalars(scalars)
        nodes = [n for p in every for n in self._forest.at.get(id(p), ())]
        if any(self._class_of[n.id] in self.too_deep for n in nodes):
            return ANY
        options += self._objects(nodes)
        maps = self._map(every)
        options += [*maps, *self._list(every)]
        if self._bare(every):
            if not nodes and not maps:
                return ANY
            options += self._untyped(options)
        return union(options)

    def _untyped(self, options: Sequence[TypeExpr]) -> list[TypeExpr]:
        """What untyped objects add to the types of others."""
        # the alias of a tagged union has room for them already
        aliases = {union.name for union in self._unions.values()}
        room = any(isinstance(o, ModelType) and o.name in aliases for o in options)
        return [] if room else [DictType(value=ANY)]

    def _declared_kind(self, kind: str, every: Sequence[Place]) -> TypeExpr:
        """The type of places that are declared an array, a map or an object, whatever else was seen there."""
        if kind == "array":
            return union(self._list(every) or [ListType(item=ANY)])
        if kind == "map":
            return union(self._map(every) or [DictType(value=ANY)])
        nodes = [n for p in every for n in self._forest.at.get(id(p), ())]
        if any(self._class_of[n.id] in self.too_deep for n in nodes):
            return DictType(value=ANY)
        found = self._objects(nodes)
        return union(found + self._untyped(found) if not found or self._bare(every) else found)

    def _map(self, every: Sequence[Place]) -> list[TypeExpr]:
        maps = [self._forest.maps[id(p)] for p in every if id(p) in self._forest.maps]
        return [DictType(value=self._inside([m.value for m in maps]))] if maps else []

    def _list(self, every: Sequence[Place]) -> list[TypeExpr]:
        items = [p.items for p in every if p.items is not None]
        return [ListType(item=self._inside(items))] if items else []

    def _inside(self, places: Sequence[Place]) -> TypeExpr:
        """The type of what lists or maps hold; Any when they lie in too many others."""
        if self._levels >= MAX_DEPTH:
            return ANY
        self._levels += 1
        kind = self._with_null(places)
        self._levels -= 1
        return kind

    def _bare(self, places: Iterable[Place]) -> bool:
        """Whether an empty object was seen that is of none of the classes there."""
        at = self._forest.at
        return any(() in p.objects and len(at.get(id(p), ())) != 1 for p in places)

    def _objects(self, nodes: Sequence[Node]) -> list[TypeExpr]:
        """The classes of some objects; one named union when a field tells them apart."""
        classes = sorted({self._class_of[n.id] for n in nodes}, key=lambda i: self._names[i])
        found = self._discriminator(classes) if len(classes) > 1 else None
        if found is None:
            return [ModelType(name=self._names[index]) for index in classes]
        key, tags = found
        identity = (key, tuple(self._names[index] for index in classes))
        if identity not in self._unions:
            self._unions[identity] = TaggedUnion(
                name=name_union(nodes, self._taken),
                key=key,
                options=identity[1],
                tags=tuple(sorted(tags.items())),
            )
        return [ModelType(name=self._unions[identity].name)]

    def _discriminator(self, classes: Iterable[int]) -> tuple[str, dict[str, str]] | None:
        fields: dict[str, dict[str, list[Place]]] = {}
        required: dict[str, frozenset[str]] = {}
        for index in classes:
            name, nodes = self._names[index], self._classes[index]
            places: dict[str, list[Place]] = {}
            for node in nodes:
                for key, found in node.fields.items():
                    places.setdefault(key, []).extend(found)
            fields[name] = places
            required[name] = frozenset.intersection(
                *(
                    frozenset(k for k in v.fields if k not in v.missing)
                    for n in nodes
                    for v in n.variants
                )
            )
        return discriminator(fields, required)

    @property
    def unions(self) -> tuple[TaggedUnion, ...]:
        """The named unions that the types made so far use."""
        return tuple(sorted(self._unions.values(), key=lambda u: u.name))

    def _scalars(self, kinds: frozenset[str]) -> list[TypeExpr]:
        texts = kinds & TEXTS
        if texts == {"naive"} and self._naive_datetimes == "utc":
            kinds = (kinds - texts) | {"UtcDatetime"}
        elif len(texts) > 1 or "naive" in texts:
            kinds = (kinds - texts) | {"str"}
        return [BuiltinType(name=_NAMES.get(k, k)) for k in _ORDER if k in kinds]

    def _with_null(self, places: Sequence[Place]) -> TypeExpr:
        kind = self.of(places)
        hint = self.agreed.at(places)
        nullable = None if hint is None else hint.nullable
        if nullable is None:
            nullable = any("null" in p.scalars for p in places)
        return union([kind, NONE]) if nullable and kind != ANY else kind


def _depths(classes: Sequence[Sequence[Node]], class_of: Mapping[int, int]) -> dict[int, int]:
    """How many levels each class is below the nearest root (recursion is not deep)."""
    below: dict[int, dict[int, int]] = {}
    depth: dict[int, int] = {}
    for node in (node for nodes in classes for node in nodes):
        own, lists = class_of[node.id], node.path.count("[*]") + node.path.count(".*")
        if node.parent is None:
            depth[own] = min(depth.get(own, lists), lists)
            continue
        above = node.parent.path.count("[*]") + node.parent.path.count(".*")
        edges = below.setdefault(class_of[node.parent.id], {})
        edges[own] = min(edges.get(own, MAX_DEPTH), 1 + lists - above)
    waiting = list(depth)
    while waiting:
        parent = waiting.pop()
        for child, levels in below.get(parent, {}).items():
            if depth[parent] + levels < depth.get(child, MAX_DEPTH + 200):
                depth[child] = depth[parent] + levels
                waiting.append(child)
    return depth


def _key_order(variants: Iterable[Variant]) -> Keys:
    """The keys of a class as the provider sends them: the fullest object's order, others' keys put where they stand."""
    orders = {v.order or tuple(sorted(v.fields)) for v in variants}
    result: list[str] = []
    known: set[str] = set()
    for order in sorted(orders, key=lambda o: (-len(o), o)):
        before: str | None = None
        for key in order:
            if key not in known:
                known.add(key)
                result.insert(result.index(before) + 1 if before is not None else 0, key)
            before = key
    return tuple(result)


def union(options: Sequence[TypeExpr]) -> TypeExpr:
    """One expression for several; nothing known is Any."""
    flat: dict[TypeExpr, None] = {}
    for option in options:
        parts = option.options if isinstance(option, UnionType) else (option,)
        flat |= dict.fromkeys(parts)
    if not flat or ANY in flat:
        return ANY
    return next(iter(flat)) if len(flat) == 1 else UnionType(options=tuple(flat))


def _class_doc(calls: Sequence[str]) -> str:
    # errors are captured by several calls at once
    names = list(dict.fromkeys(name for call in calls for name in call.split(", ")))
    shown = ", ".join(f"`{name}`" for name in names[:3])
    more = len(names) - 3
    return f"Captured from {shown}" + (f" and {more} more." if more > 0 else ".")


def _field_doc(kind: TypeExpr, hint: FieldHint | None) -> str:
    if kind == ANY and (hint is None or hint.type is None):
        return "Null or empty in all captures: its type is not known."
    return ""
