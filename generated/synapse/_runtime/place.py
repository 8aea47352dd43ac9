"""Fields as texts: the pairs that queries, headers, cookies and forms are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, Protocol, TypeAlias, cast

from .definition import ArrayStyle, Const, Field, JsonValue, Param, Place
from .jsontext import dumps
from .unset import UNSET
from .values import text

Nested: TypeAlias = Literal["brackets", "dots", "json"]


class Values(Protocol):
    """Where fields get their values (the encoder)."""

    def value(self, param: Param) -> object: ...
    def is_left_out(self, const: Const) -> bool: ...
    def expand(self, constant: JsonValue, *, show: bool = False) -> object: ...


def pairs(
    values: Values, field: Field, nested: Nested = "brackets", prefix: str = ""
) -> list[tuple[str, str]]:
    """The (name, value) texts of one field; none when it is left out."""
    name = join(prefix, field.wire, nested) if prefix else field.wire
    match field:
        case Const():
            if values.is_left_out(field):
                return []
            return list(flatten(name, values.expand(field.value), None, nested, field.array_style))
        case Param():
            value = values.value(field)
            if isinstance(value, str):
                return [(name, value)]
            if value is UNSET:
                return []
            return list(flatten(name, value, field, nested, field.array_style))
        case Place():
            tree = tree_of(values, field.fields)
            if tree is None:
                return []
            if nested == "json":
                return [(name, dumps(tree))]
            return [p for f in field.fields for p in pairs(values, f, nested, name)]


def tree_of(values: Values, fields: tuple[Field, ...]) -> dict[str, object] | None:
    """The JSON object of a place; None when it has arguments and none was given."""
    tree: dict[str, object] = {}
    if _grow(tree, values, fields) or not any(isinstance(f, (Param, Place)) for f in fields):
        return tree
    return None


def body_of(values: Values, fields: tuple[Field, ...]) -> dict[str, object]:
    """The JSON object of a whole body: there even when no argument was given."""
    tree: dict[str, object] = {}
    _grow(tree, values, fields)
    return tree


def _grow(tree: dict[str, object], values: Values, fields: tuple[Field, ...]) -> bool:
    """Fill the object; whether an argument was given."""
    given = False
    for field in fields:
        match field:
            case Const(wire, constant):
                if not values.is_left_out(field):
                    tree[wire] = values.expand(constant)
            case Param(wire):
                value = values.value(field)
                if value is not UNSET:
                    given = True
                    tree[wire] = value
            case Place(wire, inner):
                nested = tree_of(values, inner)
                if nested is not None:
                    given = True
                    tree[wire] = nested
    return given


def join(prefix: str, name: str, nested: Nested) -> str:
    """The name of a member inside ``prefix``: ``a[b]`` or ``a.b``."""
    if not prefix:
        return name
    return f"{prefix}.{name}" if nested == "dots" else f"{prefix}[{name}]"


def flatten(
    name: str, value: object, param: Param | None, nested: Nested, style: ArrayStyle
) -> Iterator[tuple[str, str]]:
    """Checked data as pairs; objects nest as ``nested`` says, arrays as ``style`` says."""
    if not isinstance(value, (dict, list)):
        yield name, text(value)
    elif nested == "json":
        yield name, dumps(cast("object", value))
    elif isinstance(value, dict):
        members = cast("dict[str, object]", value)
        for key, member in members.items():
            inner = _member(param, key)
            inner_style = style if inner is None else inner.array_style
            yield from flatten(join(name, key, nested), member, inner, nested, inner_style)
    else:
        items = cast("list[object]", value)
        yield from _array(name, items, param, nested, style)


def _array(
    name: str, items: list[object], param: Param | None, nested: Nested, style: ArrayStyle
) -> Iterator[tuple[str, str]]:
    if style == "comma" and items:
        yield name, ",".join(map(text, items))
        return
    first = 0 if param is None else param.first_index
    inner = None if param is None else param.items
    for index, item in enumerate(items, first):
        # objects in a plain repetition would run into each other: they are numbered
        if style == "indices" or (style == "repeat" and _is_composite(item)):
            key = join(name, str(index), nested)
        else:
            key = f"{name}[]" if style == "brackets" else name
        yield from flatten(key, item, inner, nested, inner.array_style if inner else style)


def _is_composite(value: object) -> bool:
    return isinstance(value, (dict, list))


def _member(param: Param | None, key: str) -> Param | None:
    if param is None:
        return None
    if param.values is not None:
        return param.values
    found: Mapping[str, Field] = {f.wire: f for f in param.fields}
    field = found.get(key)
    return field if isinstance(field, Param) else None
