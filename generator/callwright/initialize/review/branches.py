"""What is known of a call's answers as a tree: each place with its type, how often it was seen, and an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from callwright.infer import Inference
from callwright.infer.result import ModelClass, TaggedUnion
from callwright.infer.type_text import type_text
from callwright.ir.nodes import BuiltinType, DictType, ListType, ModelType, TypeExpr, UnionType

_ANY = BuiltinType(name="Any")
_NONE = BuiltinType(name="None")
_Seen: TypeAlias = "list[tuple[int, object]]"
"""The values of one place, each with the number of its response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often a place could have been there, was there, and was null.

    ``items``: it lies in a list or map, so that a response has it many times; ``responses``: how many have any.
    """

    possible: int
    present: int
    null: int
    responses: int
    items: bool

    def of(self, count: int) -> str:
        """So many of those that have the place: ``1 of 2 items``, ``2 of 3 responses``."""
        return self._spelled(count, self.present)

    def of_possible(self) -> str:
        """How many of those that could have the place do."""
        return self._spelled(self.present, self.possible)

    def _spelled(self, count: int, total: int) -> str:
        if not self.items:
            return f"{count} of {total} response{'s' if total != 1 else ''}"
        spread = f" ({self.responses} responses)" if self.responses > 1 else ""
        return f"{count} of {total} item{'s' if total != 1 else ''}{spread}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A place: ``type`` without what ``required`` and ``nullable`` add, ``why`` what decided, and what lies below.

    Below are the ``item`` of a list, the ``value`` of a map, and the ``fields`` of a class, or the ``variants`` that
    the text at ``tag`` (blank: nothing) tells apart.
    """

    type: TypeExpr
    counts: Counts
    key: str = ""
    required: bool = True
    nullable: bool = False
    why: str = ""
    example: object = None
    only_empty: bool = False
    item: Branch | None = None
    value: Branch | None = None
    fields: Mapping[str, Branch] = field(default_factory=dict[str, "Branch"])
    variants: tuple[Variant, ...] = ()
    tag: str = ""

    @property
    def text(self) -> str:
        """The type as annotations have it, with None where the place may be null or absent."""
        text = type_text(self.type)
        none = (self.nullable or not self.required) and self.type != _ANY
        return f"{text} | None" if none and _NONE not in options_of(self.type) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of several classes at a place. ``tags``: the texts that tell it; none where nothing does."""

    name: str
    tags: tuple[str, ...]
    counts: Counts
    fields: Mapping[str, Branch]


def options_of(kind: TypeExpr) -> tuple[TypeExpr, ...]:
    """The options of a union; of any other type, the type."""
    return kind.options if isinstance(kind, UnionType) else (kind,)


def branch_of(inference: Inference, values: Sequence[object]) -> Branch:
    """The tree of the one root of an inference, beside the values that it was inferred from."""
    (key,) = inference.roots
    return branch_at(inference, key, values)


def branch_at(inference: Inference, key: str, values: Sequence[object]) -> Branch:
    """The tree of one root of an inference, beside some of the values that it was inferred from."""
    seen = list(enumerate(values))
    return _Grower(inference).branch(inference.roots[key], seen, items=False, above=())


class _Grower:
    """Walks the inferred types and the values together."""

    def __init__(self, inference: Inference) -> None:
        self._models = {model.name: model for model in inference.classes}
        self._unions = {union.name: union for union in inference.unions}

    def branch(self, kind: TypeExpr, seen: _Seen, *, items: bool, above: tuple[str, ...]) -> Branch:
        """A place that is no field; a class inside itself (``above``) is not opened again."""
        item = value = None
        classes: list[ModelClass] = []
        tagged: TaggedUnion | None = None
        for option in options_of(kind):
            match option:
                case ListType(item=inner):
                    found = [(n, i) for n, v in seen for i in _list(v)]
                    item = self.branch(inner, found, items=True, above=above)
                case DictType(value=inner):
                    found = [(n, i) for n, v in seen for i in _dict(v).values()]
                    value = self.branch(inner, found, items=True, above=above)
                case ModelType(name=name) if name in self._unions:
                    tagged = self._unions[name]
                case ModelType(name=name) if name in self._models and name not in above:
                    classes.append(self._models[name])
                case _:
                    pass
        objects: _Seen = [(n, v) for n, v in seen if isinstance(v, dict)]
        base = Branch(
            type=kind,
            counts=_counts(seen, seen, items),
            example=next((v for _, v in seen if _is_example(v)), None),
            only_empty=_only_empty(seen),
            item=item,
            value=value,
        )
        if tagged is None and len(classes) == 1:
            return replace(base, fields=self._fields(classes[0], objects, items, above))
        if tagged is not None:
            classes = [self._models[n] for n in tagged.options if n not in above]
        variants = self._variants(classes, tagged, objects, items, above)
        return replace(base, variants=variants, tag=tagged.key if tagged is not None else "")

    def _variants(
        self,
        classes: Sequence[ModelClass],
        tagged: TaggedUnion | None,
        objects: _Seen,
        items: bool,
        above: tuple[str, ...],
    ) -> tuple[Variant, ...]:
        by_name: dict[str, _Seen] = {model.name: [] for model in classes}
        for number, value in objects:
            name = _class_name(_dict(value), tagged, classes)
            if name in by_name:
                by_name[name].append((number, value))
        return tuple(
            Variant(
                name=model.name,
                tags=tuple(t for t, name in tagged.tags if name == model.name) if tagged else (),
                counts=_counts(objects, by_name[model.name], items),
                fields=self._fields(model, by_name[model.name], items, above),
            )
            for model in classes
        )

    def _fields(
        self, model: ModelClass, objects: _Seen, items: bool, above: tuple[str, ...]
    ) -> dict[str, Branch]:
        fields: dict[str, Branch] = {}
        for member in model.fields:
            key = member.wire
            seen = [(n, _dict(v)[key]) for n, v in objects if key in _dict(v)]
            if not seen:
                continue  # a class shared by several places; this one does not have the field
            below = self.branch(member.type, seen, items=items, above=(*above, model.name))
            fields[key] = replace(
                below,
                key=key,
                required=member.required,
                nullable=member.nullable,
                why=member.evidence.rule,
                counts=_counts(objects, seen, items),
            )
        return fields


def _class_name(
    value: Mapping[str, object], tagged: TaggedUnion | None, classes: Sequence[ModelClass]
) -> str:
    """Which of the classes an object is of, blank for none: by its tag, else the one with most of its keys."""
    if tagged is not None:
        tag = value.get(tagged.key)
        return next((name for text, name in tagged.tags if text == tag), "")
    best = max(classes, key=lambda c: sum(f.wire in value for f in c.fields), default=None)
    return best.name if best is not None else ""


def _counts(objects: _Seen, seen: _Seen, items: bool) -> Counts:
    return Counts(
        possible=len(objects),
        present=len(seen),
        null=sum(value is None for _, value in seen),
        responses=len({number for number, _ in objects}),
        items=items,
    )


def _is_example(value: object) -> bool:
    """Whether a value says by itself what the place holds: a plain one, or a short list or map of such."""
    if isinstance(value, dict | list):
        inner = [*_list(value), *_dict(value).values()]
        return 0 < len(inner) <= 8 and not any(isinstance(v, dict | list) for v in inner)
    return value is not None


def _only_empty(seen: _Seen) -> bool:
    held = [v for _, v in seen if isinstance(v, dict | list)]
    return bool(held) and not any(held)


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _dict(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
