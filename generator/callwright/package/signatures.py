"""Definitions of arguments → parameters of generated methods: annotations, defaults, and the names they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from callwright.ir import naming, taken
from callwright.ir.nodes import (
    Alias,
    Argument,
    BuiltinType,
    MappingType,
    Member,
    Parameter,
    ParamsDict,
    ParamsType,
    Requests,
    SequenceType,
    TypedObject,
    TypeExpr,
    UnionType,
)
from callwright.ir.type_words import NONE, UNSET_TYPE, union
from callwright.runtime.definition import Const, Field, Param
from callwright.runtime.unset import UNSET

# the annotation of each type word of the spec; a str is taken where its text is unambiguous
_ANNOTATIONS: Mapping[str, tuple[str, ...]] = {
    "string": ("str",),
    "integer": ("int",),
    "number": ("float",),
    "boolean": ("bool",),
    "datetime": ("datetime.datetime",),
    "date": ("datetime.date",),
    "unix_seconds": ("datetime.datetime",),
    "unix_millis": ("datetime.datetime",),
    "uuid": ("UUID", "str"),
    "decimal": ("Decimal", "int", "str"),
    "bytes": ("bytes",),
    "file": ("FileInput",),
    "any": ("object",),
    "json_string": ("object",),
}
_SCALARS = {"string", "integer", "number", "boolean"}  # a default of these is the Python default


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamNames:
    """The names of the params module: enums by their values and argument, typed objects by their members."""

    enums: Mapping[tuple[str, tuple[object, ...]], str]
    objects: Mapping[tuple[Field, ...], str]

    def annotation(self, param: Param) -> TypeExpr:
        """The type a caller passes, null and absence aside."""
        if param.enum:
            return ParamsType(name=self.enums[_enum_key(param)])
        if param.secret:
            return UnionType(options=(BuiltinType(name="str"), BuiltinType(name="SecretStr")))
        if param.type == "array":
            item = self.element(param.items)
            return SequenceType(item=item)
        if param.type == "map":
            return MappingType(value=self.element(param.values))
        if param.type == "object":
            if param.fields:
                return ParamsType(name=self.objects[param.fields])
            return MappingType(value=BuiltinType(name="object"))
        return union(*(BuiltinType(name=n) for n in _ANNOTATIONS[param.type]))

    def element(self, param: Param | None) -> TypeExpr:
        """The type of an element of an array or map."""
        if param is None:
            return BuiltinType(name="object")
        own = self.annotation(param)
        return union(own, NONE) if param.nullable else own

    def parameter(self, argument: Argument, *, constructor: bool = False) -> Parameter:
        """How the argument stands in a signature; see "A method" in docs/generated-clients.md."""
        param = argument.param
        own = self.element(param)
        if argument.place == "body" and not param.wire and param.type == "string":
            own = union(own, BuiltinType(name="bytes"))  # a whole raw body
        if constructor:
            return Parameter(name=argument.name, annotation=union(own, NONE), has_default=True)
        if param.required and not param.shared:
            return Parameter(name=argument.name, annotation=own, positional=argument.positional)
        default = param.default
        printable = isinstance(default, str | int | float) and param.type in _SCALARS
        unset = param.shared or param.nullable or (default is not UNSET and not printable)
        return Parameter(
            name=argument.name,
            annotation=union(own, NONE, UNSET_TYPE) if unset else union(own, NONE),
            has_default=True,
            default=default if isinstance(default, str | int | float) and not unset else None,
            unset=unset,
            positional=argument.positional,
        )


def name_params(requests: Requests) -> tuple[ParamNames, tuple[Alias, ...], tuple[ParamsDict, ...]]:
    """Name each enum and typed object once for the whole connector.

    A choice of values that the spec names keeps its name, also where only responses use it. Other equal enums of equal
    arguments share a name; where two arguments of one name have different values, each is called after its call too.
    """
    enums = _name_enums(requests)
    objects = {t.fields: t.name for t in requests.types}
    names = ParamNames(enums=enums, objects=objects)
    aliases = {name: Alias(name=name, values=key[1]) for key, name in enums.items()}  # type: ignore[arg-type]
    aliases |= {alias.name: alias for alias in requests.enums}
    dicts = tuple(_dict(t, names) for t in requests.types)
    return names, tuple(aliases[n] for n in sorted(aliases)), dicts


def _dict(typed: TypedObject, names: ParamNames) -> ParamsDict:
    members = tuple(
        Member(key=f.wire, annotation=names.element(f), required=f.required)
        for f in typed.fields
        if isinstance(f, Param)
    )
    return ParamsDict(name=typed.name, members=members, doc=typed.description)


def _enum_key(param: Param) -> tuple[str, tuple[object, ...]]:
    return param.arg, param.enum


def _name_enums(requests: Requests) -> dict[tuple[str, tuple[object, ...]], str]:
    places: dict[str, dict[tuple[object, ...], str]] = {}
    for owner, short, param in _all_params(requests):
        if param.enum:
            places.setdefault(short, {}).setdefault(param.enum, owner)
    spec_names = {alias.values: alias.name for alias in requests.enums}
    used = {t.name for t in requests.types} | {*spec_names.values()} | taken.TYPES
    named: dict[tuple[str, tuple[object, ...]], str] = {}
    for _, short, param in _all_params(requests):
        key = _enum_key(param)
        if not param.enum or key in named:
            continue
        if param.enum in spec_names:
            named[key] = spec_names[param.enum]
            continue
        plain = len(places[short]) == 1 and short not in used
        named[key] = short if plain else naming.pascal(places[short][param.enum]) + short
    return named


def _all_params(requests: Requests) -> Iterator[tuple[str, str, Param]]:
    """The parameters with their owner and the name that their values would have; an element has its array's, singular."""
    for argument in requests.constructor:
        yield from _nested(requests.connector.name, argument.param)
    for request in requests.calls:
        for argument in request.arguments:
            yield from _nested(request.call.name, argument.param)
    for typed in requests.types:
        for field in typed.fields:
            yield from _nested(typed.name, field)


def _nested(owner: str, field: Field, outer: str = "") -> Iterator[tuple[str, str, Param]]:
    if isinstance(field, Const):
        return
    if isinstance(field, Param):
        yield owner, naming.pascal(field.arg, "") or outer or "Value", field
        for inner in (field.items, field.values):
            if inner is not None:
                yield from _nested(owner, inner, naming.singular_pascal(field.arg) or outer)
    for inner_field in field.fields:
        yield from _nested(owner, inner_field)
