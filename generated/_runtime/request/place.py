"""Fields as texts: the pairs that queries, headers, cookies and forms are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, Protocol, TypeAlias, cast

from ..definition import ArrayStyle, Const, Field, JsonValue, Param, Place
from ..json_text import dumps
from ..unset import UNSET
from .values import Refused, text

Nested: TypeAlias = Literal["brackets", "dots", "json"]


class Values(Protocol):
    """Where fields get their values (the encoder)."""

    def value(self, param: Param) -> object: ...
    def is_left_out(self, const: Const) -> bool: ...
    def expand(self, constant: JsonValue, *, show: bool = False) -> object: ...
    def error(self, argument: str, refused: Refused) -> Exception: ...


def pairs(
    values: Values, field: Field, nested: Nested = "brackets", prefix: str = ""
) -> list[tuple[str, str]]:
    """The (name, value) texts of one field; none when it is left out."""
    name = join(prefix, field.wire, nested) if prefix else field.wire
    match field:
        case Const():
            if values.is_left_out(field):
                return []
            constant = values.expand(field.value)
            return flat(values, field.wire, name, constant, None, nested, field.array_style)
        case Param():
            value = values.value(field)
            if isinstance(value, str):
                return [(name, value)]
            if value is UNSET:
                return []
            return flat(values, field.arg, name, value, field, nested, field.array_style)
        case Place():
            tree = tree_of(values, field.fields)
            if tree is None:
                return []
            if nested == "json":
                return [(name, dumps(tree))]
            return [p for f in field.fields for p in pairs(values, f, nested, name)]


def flat(
    values: Values,
    argument: str,
    name: str,
    value: object,
    param: Param | None,
    nested: Nested,
    style: ArrayStyle,
) -> list[tuple[str, str]]:
    """As ``flatten``; what it refuses is raised as an error of the argument."""
    try:
        return list(flatten(name, value, param, nested, style))
    except Refused as refused:
        problem = values.error(argument, refused)
    raise problem


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
    """Checked data as pairs; objects nest as ``nested`` says, arrays as ``style`` says.

    Raises Refused for what a provider would read as other data.
    """
    if not isinstance(value, (dict, list)):
        yield name, text(value)
    elif nested == "json":
        yield name, dumps(cast("object", value))
    elif isinstance(value, dict):
        members = cast("dict[str, object]", value)
        for key, member in members.items():
            inner = member_of(param, key)
            if not _is_declared(param, key) and _splits(key, nested):
                raise Refused(f"must not have the key {key!r}, which would be read as nested keys")
            inner_style = style if inner is None else inner.array_style
            try:
                yield from flatten(join(name, key, nested), member, inner, nested, inner_style)
            except Refused as refused:
                raise refused.inside(f"[{key!r}]") from None
    else:
        items = cast("list[object]", value)
        yield from _array(name, items, param, nested, style)


def _array(
    name: str, items: list[object], param: Param | None, nested: Nested, style: ArrayStyle
) -> Iterator[tuple[str, str]]:
    if style == "comma" and items:
        yield name, joined(items)
        return
    first = 0 if param is None else param.first_index
    inner = None if param is None else param.items
    for index, item in enumerate(items, first):
        # objects in a plain repetition would run into each other: they are numbered
        if style == "indices" or (style == "repeat" and is_composite(item)):
            key = join(name, str(index), nested)
        else:
            key = f"{name}[]" if style == "brackets" else name
        yield from flatten(key, item, inner, nested, inner.array_style if inner else style)


def joined(items: list[object]) -> str:
    """The items joined by commas. Raises Refused for one that holds a comma: it would arrive as two."""
    texts = [text(item) for item in items]
    for index, item in enumerate(texts):
        if "," in item:
            raise Refused("must not contain a comma: the list is joined with commas", f"[{index}]")
    return ",".join(texts)


def is_composite(value: object) -> bool:
    """Whether a value has parts of its own."""
    return isinstance(value, (dict, list))


def member_of(param: Param | None, key: str) -> Param | None:
    """What is declared of a member of an object or map."""
    if param is None:
        return None
    if param.values is not None:
        return param.values
    found: Mapping[str, Field] = {f.wire: f for f in param.fields}
    field = found.get(key)
    return field if isinstance(field, Param) else None


def _is_declared(param: Param | None, key: str) -> bool:
    """Whether the spec names this key: then its spelling is what the provider wants."""
    return param is not None and any(field.wire == key for field in param.fields)


def _splits(key: str, nested: Nested) -> bool:
    """Whether the key would be read as several nested ones."""
    return "." in key if nested == "dots" else "[" in key or "]" in key
