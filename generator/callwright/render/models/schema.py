"""Types as JSON Schema: the document of a connector, and the reduced one that the model generator is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TypeAlias, assert_never

from callwright.infer.result import Inference, ModelClass, ModelField, TaggedUnion
from callwright.ir.nodes import (
    BuiltinType,
    DictType,
    ListType,
    LiteralType,
    MappingType,
    ModelType,
    ParamsType,
    SequenceType,
    TypeExpr,
    UnionType,
)

Schema: TypeAlias = "dict[str, object]"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_BUILTINS: dict[str, Schema] = {
    "Any": {},
    "None": {"type": "null"},
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime.date": {"type": "string", "format": "date"},
    "datetime.datetime": {"type": "string", "format": "date-time"},
}
_DECLARED: dict[str, Schema] = {
    "Decimal": {"type": ["number", "string"]},
    "UUID": {"type": "string", "format": "uuid"},
    "UnixSeconds": {"type": ["integer", "number"]},
    "UnixMillis": {"type": ["integer", "number"]},
    "UtcDatetime": {"type": "string", "format": "date-time"},
    "DecimalNumber": {"type": "number"},
    "Base64": {"type": "string", "contentEncoding": "base64"},
    "JsonText": {"type": "string", "contentMediaType": "application/json"},
}


def document(inference: Inference) -> Schema:
    """One JSON Schema for all types of a connector: flat ``$defs``, roots as properties under their key."""
    definitions: dict[str, object] = {c.name: _class_schema(c) for c in inference.classes}
    definitions |= {u.name: _union_schema(u) for u in inference.unions}
    return {
        "$schema": DIALECT,
        "$defs": dict(sorted(definitions.items())),
        "properties": {key: schema(root) for key, root in inference.roots.items()},
    }


def _class_schema(cls: ModelClass) -> Schema:
    made: Schema = {"type": "object", "properties": {f.wire: _nullable(f) for f in cls.fields}}
    required = [f.wire for f in cls.fields if f.required]
    return made | {"required": required} if required else made


def _nullable(field: ModelField) -> Schema:
    return schema(with_none(field.type) if field.nullable else field.type)


def _union_schema(union: TaggedUnion) -> Schema:
    refs: list[Schema] = [{"$ref": f"#/$defs/{name}"} for name in union.options]
    mapping = {tag: f"#/$defs/{name}" for tag, name in union.tags}
    return {
        "anyOf": [*refs, {"type": "object"}],
        "discriminator": {"propertyName": union.key, "mapping": mapping},
    }


def with_none(expr: TypeExpr) -> TypeExpr:
    """``expr | None``, once; Any has room for None already."""
    none = BuiltinType(name="None")
    match expr:
        case BuiltinType(name="Any" | "None"):
            return expr
        case UnionType(options=options):
            return expr if none in options else UnionType(options=(*options, none))
        case _:
            return UnionType(options=(expr, none))


def schema(expr: TypeExpr, other: Callable[[TypeExpr], Schema | None] = lambda _: None) -> Schema:
    """The schema of an expression; ``other`` may answer for the kinds that a reader of the schema cannot take."""
    replaced = other(expr)
    if replaced is not None:
        return replaced
    match expr:
        case BuiltinType(name=name):
            return dict(_BUILTINS[name] if name in _BUILTINS else _DECLARED[name])
        case ModelType(name=name) | ParamsType(name=name):
            return {"$ref": f"#/$defs/{name}"}
        case ListType(item=item) | SequenceType(item=item):
            return {"type": "array", "items": schema(item, other)}
        case DictType(value=value) | MappingType(value=value):
            return {"type": "object", "additionalProperties": schema(value, other) or True}
        case LiteralType(values=values):
            return {"enum": list(values)}
        case UnionType(options=options):
            return {"anyOf": [schema(o, other) for o in options]}
        case _:
            assert_never(expr)


class Forms:
    """The forms that fields' types take, as the schema that the model generator is given: no foreign text in it.

    A form is a type whose classes, literals and declared types are numbered: ``Customer | None`` and ``Order | None`` are
    one form. Each distinct form is one property of a single class, so what the generator does grows with the forms, of
    which even a large connector has few.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._schemas: dict[str, tuple[Schema, bool]] = {}
        self._leaves = 0

    def add(self, expr: TypeExpr, required: bool) -> tuple[str, list[TypeExpr]]:
        """The property that has this form, and the expressions that its numbered names stand for."""
        leaves: list[TypeExpr] = []

        def number(part: TypeExpr) -> Schema | None:
            match part:
                case ModelType() | LiteralType():
                    pass
                case BuiltinType(name=name) if name not in _BUILTINS:
                    pass
                case _:
                    return None
            leaves.append(part)
            return {"$ref": f"#/$defs/{LEAF}{len(leaves) - 1}"}

        made = schema(expr, number)
        key = json.dumps([made, required], sort_keys=True)
        name = self._names.setdefault(key, f"f{len(self._names)}")
        self._schemas[name] = made, required
        self._leaves = max(self._leaves, len(leaves))
        return name, leaves

    @property
    def keys(self) -> dict[str, str]:
        """By property, what its annotation depends on."""
        return {name: key for key, name in self._names.items()}

    def document(self, names: Iterable[str]) -> Schema:
        """The schema of these forms."""
        leaves = {f"{LEAF}{n}": {"type": "object", "properties": {}} for n in range(self._leaves)}
        wanted = {name: self._schemas[name] for name in names}
        every = {
            "type": "object",
            "properties": {name: made for name, (made, _) in wanted.items()},
            "required": [name for name, (_, required) in wanted.items() if required],
        }
        return {"$schema": DIALECT, "$defs": {FORMS: every} | leaves}


LEAF = "Leaf"
FORMS = "Forms"
