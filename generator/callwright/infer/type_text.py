"""Types as people read them in a terminal."""

from __future__ import annotations

from typing import assert_never

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


def type_text(expr: TypeExpr) -> str:
    """``list[Customer] | None``: the expression without module names, None last."""
    match expr:
        case BuiltinType(name=name) | ModelType(name=name) | ParamsType(name=name):
            return name.removeprefix("datetime.")
        case ListType(item=item) | SequenceType(item=item):
            return f"list[{type_text(item)}]"
        case DictType(value=value) | MappingType(value=value):
            return f"dict[str, {type_text(value)}]"
        case LiteralType(values=values):
            return " | ".join(repr(value) for value in values)
        case UnionType(options=options):
            ordered = sorted(options, key=lambda o: o == BuiltinType(name="None"))
            return " | ".join(type_text(option) for option in ordered)
        case _:
            assert_never(expr)
