"""Type expressions that several stages use: the spec's type words, unions, None and Unset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from callwright.ir.nodes import (
    BuiltinType,
    LiteralType,
    TypeExpr,
    UnionType,
)

if TYPE_CHECKING:
    # inference needs the words below, and no spec
    pass


ANY = BuiltinType(name="Any")
WORDS: Mapping[str, TypeExpr] = {
    "string": BuiltinType(name="str"),
    "integer": BuiltinType(name="int"),
    "number": UnionType(options=(BuiltinType(name="int"), BuiltinType(name="float"))),
    "boolean": BuiltinType(name="bool"),
    "datetime": BuiltinType(name="datetime.datetime"),
    "date": BuiltinType(name="datetime.date"),
    "unix_seconds": BuiltinType(name="UnixSeconds"),
    "unix_millis": BuiltinType(name="UnixMillis"),
    "uuid": BuiltinType(name="UUID"),
    "decimal": BuiltinType(name="Decimal"),
    "bytes": BuiltinType(name="Base64"),
    "file": BuiltinType(name="Base64"),
    "json_string": BuiltinType(name="JsonText"),
    "any": ANY,
}
"""The type words of the spec, arrays, maps and objects aside. A decimal is one in a text here."""


NONE = BuiltinType(name="None")


UNSET_TYPE = BuiltinType(name="Unset")


def union(*options: TypeExpr) -> TypeExpr:
    """A union without repeats or nesting, its literals joined; a single option is itself."""
    flat: list[TypeExpr] = []
    literals: list[str | int | float | bool] = []
    for option in options:
        for part in option.options if isinstance(option, UnionType) else (option,):
            if isinstance(part, LiteralType):
                literals += [v for v in part.values if not _holds(literals, v)]
            elif part not in flat:
                flat.append(part)
    if len(literals) == 2 and all(isinstance(v, bool) for v in literals):
        flat.append(BuiltinType(name="bool"))
    elif literals:
        flat.append(LiteralType(values=tuple(literals)))
    return flat[0] if len(flat) == 1 else UnionType(options=tuple(flat))


def _holds(values: list[str | int | float | bool], value: object) -> bool:
    return any(type(v) is type(value) and v == value for v in values)  # True is not 1


def open_literal(values: tuple[object, ...], *, closed: bool = False) -> TypeExpr:
    """The type of a declared enum: others of its kind are taken too, unless it is closed."""
    literal = LiteralType(values=cast("tuple[str | int | float | bool, ...]", values))
    if closed:
        return literal
    kinds = dict.fromkeys(type(value).__name__ for value in values)
    return UnionType(options=(literal, *(BuiltinType(name=kind) for kind in kinds)))
