"""Classes and places → type expressions, fields and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from callwright.infer.habits import learn
from callwright.infer.result import Evidence, ModelClass, ModelField
from callwright.infer.shapes import Place
from callwright.infer.unify import Forest, Node
from callwright.ir.naming import attributes
from callwright.ir.nodes import BuiltinType, DictType, ListType, ModelType, TypeExpr, UnionType

ANY = BuiltinType(name="Any")
_ORDER = ("bool", "int", "float", "date", "datetime", "str")
_NAMES = {"date": "datetime.date", "datetime": "datetime.datetime"}


class Types:
    """Makes the final types once classes and names are settled."""

    def __init__(
        self,
        forest: Forest,
        classes: Sequence[Sequence[Node]],
        names: Sequence[str],
        captures: Sequence[str],
        required_after: int,
        naive_datetimes: Literal["utc"] | None,
    ) -> None:
        self._forest = forest
        self._classes = classes
        self._names = names
        self._captures = captures
        self._required_after = required_after
        self._naive = naive_datetimes
        self._class_of = {node.id: i for i, nodes in enumerate(classes) for node in nodes}
        self._seen = [_responses(nodes) for nodes in classes]
        self._habits = learn(forest, classes, [seen.bit_count() for seen in self._seen])

    def root(self, place: Place) -> TypeExpr:
        """The type of a whole body; None is part of it where null was seen."""
        kind = self.of([place])
        if kind == ANY and () in place.objects and not place.scalars and not place.arrays:
            return DictType(value=ANY)
        if "null" in place.scalars and kind != ANY:
            return union([kind, BuiltinType(name="None")])
        return kind

    def model(self, index: int) -> ModelClass:
        """One class with its fields in the order of the captures."""
        nodes = self._classes[index]
        seen = self._seen[index]
        keys = list(dict.fromkeys(key for node in nodes for key in node.fields))
        names = attributes(keys)
        return ModelClass(
            name=self._names[index],
            fields=tuple(self._field(nodes, key, names[key], seen) for key in keys),
            captures=seen.bit_count(),
            calls=tuple(sorted({n.call for n in nodes})),
            places=tuple(sorted({f"{n.observation}:{n.path}" for n in nodes})),
        )

    def _field(self, nodes: Sequence[Node], key: str, name: str, seen: int) -> ModelField:
        present = missing = null = 0
        places: list[Place] = []
        for node in nodes:
            for variant in node.variants:
                if key not in variant.fields:
                    missing |= variant.seen << node.offset
                    continue
                missing |= variant.missing.get(key, 0) << node.offset
                place = variant.fields[key]
                present |= place.seen << node.offset
                null |= place.scalars.get("null", 0) << node.offset
            places += node.fields.get(key, ())
        kind = self.of(places)
        responses = seen.bit_count()
        index = self._class_of[nodes[0].id]
        if not null and self._habits.null_elsewhere(key, responses):
            null = 1
        if not missing and self._habits.absent_elsewhere(key, responses):
            missing = 1
        if (
            not missing
            and any(p.objects or p.arrays for p in places)
            and self._habits.absent_in_siblings(index, key, responses)
        ):
            missing = 1
        required = not missing and seen.bit_count() >= self._required_after
        return ModelField(
            wire=key, name=name, type=kind,
            required=required and kind != ANY, nullable=bool(null),
            evidence=Evidence(possible=seen.bit_count(), present=present.bit_count(), null=null.bit_count()),
        )  # fmt: skip

    def of(self, places: Iterable[Place]) -> TypeExpr:
        """The type of everything at these places, None left out."""
        every = list(places)
        kinds = {k for place in every for k in place.scalars} - {"null"}
        options: list[TypeExpr] = []
        text = kinds & {"date", "datetime", "naive", "str"}
        if len(text) > 1 or "naive" in text:
            kinds = (kinds - text) | {"str"}
        options += [BuiltinType(name=_NAMES.get(k, k)) for k in _ORDER if k in kinds]
        maps = [self._forest.maps[id(p)] for p in every if id(p) in self._forest.maps]
        nodes = [n for p in every for n in self._forest.at.get(id(p), ())]
        options += [
            ModelType(name=name)
            for name in sorted({self._names[self._class_of[n.id]] for n in nodes})
        ]
        if maps:
            options.append(DictType(value=self._with_null([m.value for m in maps])))
        items = [p.items for p in every if p.items is not None]
        if items:
            options.append(ListType(item=self._with_null(items)))
        if not nodes and not maps and any(() in p.objects for p in every):
            return ANY
        return union(options)

    def _with_null(self, places: Sequence[Place]) -> TypeExpr:
        kind = self.of(places)
        if kind != ANY and any("null" in p.scalars for p in places):
            return union([kind, BuiltinType(name="None")])
        return kind


def _responses(nodes: Iterable[Node]) -> int:
    """The responses of a class, as bits of the whole connector."""
    seen = 0
    for node in nodes:
        for variant in node.variants:
            seen |= variant.seen << node.offset
    return seen


def union(options: Sequence[TypeExpr]) -> TypeExpr:
    """One expression for several; nothing known is Any."""
    if not options or ANY in options:
        return ANY
    return options[0] if len(options) == 1 else UnionType(options=tuple(options))
