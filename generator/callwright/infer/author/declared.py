"""The classes that the spec declares for answers, with the evidence that the captures give for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from callwright.infer.author.hints import Hints, members, places_at, spelled_step
from callwright.infer.result import Evidence, ModelClass, ModelField, Note
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.shapes import Place
from callwright.ir.naming import attributes
from callwright.ir.nodes import (
    DeclaredClass,
    DeclaredField,
    DictType,
    ListType,
    ModelType,
    TypeExpr,
    UnionType,
)


@dataclass(slots=True)
class _Seen:
    """Where objects of a class were, their responses as bits, and the places of their keys with their bits' offset."""

    places: set[str] = field(default_factory=set[str])
    calls: set[str] = field(default_factory=set[str])
    bits: int = 0
    keys: dict[str, list[tuple[Place, int]]] = field(
        default_factory=dict[str, "list[tuple[Place, int]]"]
    )


@dataclass(slots=True)
class Declared:
    """All such classes of a connector; ``see`` what each observation holds of them, then ask."""

    _classes: dict[str, DeclaredClass] = field(default_factory=dict[str, DeclaredClass])
    _seen: dict[str, _Seen] = field(default_factory=dict[str, _Seen])

    @property
    def names(self) -> frozenset[str]:
        """The names that inferred classes cannot have."""
        return frozenset(self._classes)

    def see(self, root: Place, observation: Observation, hints: Hints, offset: int) -> None:
        """The places of one observation; ``offset`` is the number of responses before its own."""
        for steps, hint in hints.all().items():
            if hint.declares is None or steps not in hints.known:
                continue
            for cls in hint.classes:
                self._classes[cls.name] = cls
                self._seen.setdefault(cls.name, _Seen()).calls.add(observation.call)
            for place in places_at(root, steps):
                self._visit(hint.declares, place, observation, hints.spelled(steps), offset)

    def _visit(
        self, expr: TypeExpr, place: Place, observation: Observation, path: str, offset: int
    ) -> None:
        match expr:
            case ListType(item=item):
                if place.items is not None:
                    self._visit(item, place.items, observation, f"{path}[*]", offset)
            case DictType(value=value):
                for inner in members(place):
                    self._visit(value, inner, observation, f"{path}.*", offset)
            case UnionType(options=options):
                for option in options:
                    self._visit(option, place, observation, path, offset)
            case ModelType(name=name):
                self._visit_object(name, place, observation, path, offset)
            case _:
                pass

    def _visit_object(
        self, name: str, place: Place, observation: Observation, path: str, offset: int
    ) -> None:
        seen = self._seen[name]
        types = {f.wire: f.type for f in self._classes[name].fields}
        seen.places.add(f"{observation.key}:{path}")
        for variant in place.objects.values():
            seen.bits |= variant.seen << offset
            for key, inner in variant.fields.items():
                seen.keys.setdefault(key, []).append((inner, offset))
                if key in types:
                    self._visit(types[key], inner, observation, path + spelled_step(key), offset)

    def models(self) -> tuple[ModelClass, ...]:
        """The classes, as the spec has them."""
        return tuple(self._model(self._classes[name]) for name in sorted(self._classes))

    def _model(self, cls: DeclaredClass) -> ModelClass:
        seen = self._seen[cls.name]
        names = attributes(f.wire for f in cls.fields)
        return ModelClass(
            name=cls.name,
            fields=tuple(_field(f, names[f.wire], seen) for f in cls.fields),
            captures=seen.bits.bit_count(),
            calls=tuple(sorted(seen.calls)),
            places=tuple(sorted(seen.places)),
            doc=cls.description or "Declared in the spec.",
            declared=True,
        )

    def notes(self, names: Iterable[str]) -> Iterator[Note]:
        """What the captures hold of the classes of these names and the spec does not say."""
        for name in names:
            known = {f.wire for f in self._classes[name].fields}
            more = sorted(self._seen[name].keys.keys() - known)
            if more:
                shown = ", ".join(more[:5]) + (", …" if len(more) > 5 else "")
                yield Note(
                    code="undeclared-keys",
                    message=f"{name}: the captures also hold {shown}, kept without a type (model_extra)",
                    where=name,
                    hint=f"add them to types.{name}, or leave the place to inference",
                )


def _field(declared: DeclaredField, name: str, seen: _Seen) -> ModelField:
    present = null = 0
    for place, offset in seen.keys.get(declared.wire, ()):
        present |= place.seen << offset
        null |= place.scalars.get("null", 0) << offset
    return ModelField(
        wire=declared.wire,
        name=name,
        type=declared.type,
        required=declared.required,
        nullable=declared.nullable,
        evidence=Evidence(
            possible=seen.bits.bit_count(),
            present=present.bit_count(),
            null=null.bit_count(),
            rule="declared in the spec",
        ),
    )
