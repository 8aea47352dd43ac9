"""Types as JSON Schema: the document of a connector, and the reduced one that the model generator is given."""

from __future__ import annotations

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


def local(expr: TypeExpr) -> TypeExpr:
    """The expression as written inside the models' own module: classes without ``models.``."""
    match expr:
        case ModelType(name=name):
            return BuiltinType(name=name)
        case ListType(item=item):
            return ListType(item=local(item))
        case DictType(value=value):
            return DictType(value=local(value))
        case UnionType(options=options):
            return UnionType(options=tuple(local(o) for o in options))
        case _:
            return expr


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


class Reduced:
    """The schema that the model generator is given: no foreign text in it.

    Properties carry the attribute's names. What the generator cannot print as we want it (literals, declared types) is
    a reference to an empty class, whose name ``expressions`` maps to the expression that replaces it.
    """

    def __init__(self, classes: Iterable[ModelClass]) -> None:
        self.expressions: dict[str, TypeExpr] = {}
        made = {c.name: self._class(c) for c in classes}
        stubs: dict[str, object] = {}
        for name in sorted(self._referenced(made) - made.keys()):
            stubs[name] = {"type": "object", "properties": {}}
        self.document: Schema = {"$schema": DIALECT, "$defs": made | stubs}

    def _class(self, cls: ModelClass) -> Schema:
        properties: Schema = {}
        for field in cls.fields:
            expr = with_none(field.type) if field.nullable else field.type
            properties[field.name] = schema(expr, self._replace)
        # dcg fills in "= None" for what is not required
        required = [f.name for f in cls.fields if f.required]
        return {"type": "object", "properties": properties, "required": required}

    def _replace(self, expr: TypeExpr) -> Schema | None:
        match expr:
            case LiteralType():
                pass
            case BuiltinType(name=name) if name not in _BUILTINS:
                pass
            case _:
                return None
        stub = next((n for n, e in self.expressions.items() if e == expr), "")
        if not stub:
            stub = f"Xx{len(self.expressions)}Xx"
            self.expressions[stub] = expr
        return {"$ref": f"#/$defs/{stub}"}

    def _referenced(self, value: object) -> set[str]:
        found: set[str] = set()
        if isinstance(value, dict):
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
                if key == "$ref" and isinstance(item, str):
                    found.add(item.rsplit("/", 1)[-1])
                else:
                    found |= self._referenced(item)
        elif isinstance(value, list):
            for item in value:  # pyright: ignore[reportUnknownVariableType]
                found |= self._referenced(item)
        return found
