"""The spec's parameters as runtime definitions, and the arguments they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from callwright.ir import naming, taken
from callwright.ir.nodes import Argument, TypedObject
from callwright.runtime import definition as d
from callwright.runtime.unset import UNSET
from callwright.specfile.model.parameters import TYPES, Parameter
from callwright.specfile.resolve import ResolvedConnector, names_in, optional_variables
from callwright.specfile.source import Spelled, plain

Fields = Mapping[str, Parameter]


def spelled(value: object) -> Any:
    """A constant for headers, queries, paths and forms: every scalar exactly as it is written in the spec."""
    match value:
        case Spelled(text=text):
            return text
        case list():
            return [spelled(item) for item in value]
        case dict():
            return {str(key): spelled(item) for key, item in value.items()}
        case _:
            return value


def argument_name(wire: str, parameter: Parameter) -> str:
    """The Python argument of a parameter."""
    return parameter.arg if parameter.arg is not None else naming.argument(wire)


@dataclass(slots=True)
class FieldLowering:
    """Lowers parameters; collects the typed request objects it meets."""

    connector: ResolvedConnector
    typed: dict[tuple[d.Field, ...], TypedObject] = field(
        default_factory=dict[tuple[d.Field, ...], TypedObject]
    )

    def fields(
        self,
        fields: Mapping[str, Parameter | None],
        *,
        text: bool,
        owner: str,
        shared: frozenset[str] = frozenset(),
    ) -> tuple[d.Field, ...]:
        """The fields of a place. ``text``: constants are sent as spelled; ``owner`` names nested objects."""
        return tuple(
            self.field(wire, parameter, text=text, owner=owner, shared=wire in shared)
            for wire, parameter in fields.items()
            if parameter is not None
        )

    def field(
        self, wire: str, parameter: Parameter, *, text: bool, owner: str, shared: bool = False
    ) -> d.Field:
        if parameter.is_constant:
            return self._constant(wire, parameter, text)
        if parameter.is_place:
            return d.Place(wire, self.fields(parameter.fields or {}, text=text, owner=owner))
        return self.param(wire, parameter, owner=owner, shared=shared)

    def _constant(self, wire: str, parameter: Parameter, text: bool) -> d.Const:
        value = spelled(parameter.value) if text else plain(parameter.value)
        optional = optional_variables(self.connector.document)
        return d.Const(
            wire,
            cast("d.JsonValue", value),
            optional=tuple(n for n in dict.fromkeys(names_in(value)) if n in optional),
            array_style=parameter.array_style or "repeat",
        )

    def param(
        self, wire: str, parameter: Parameter, *, owner: str, shared: bool = False
    ) -> d.Param:
        """One argument, or the element of one (``wire`` "")."""
        parameter = self.connector.document.written_out(parameter)
        kind, fields = self._object(wire, parameter, owner)
        inner = f"{owner}_{wire}" if wire else owner
        default = parameter.read(parameter.default)
        return d.Param(
            wire,
            argument_name(wire, parameter) if wire else "",
            cast("d.ParamType", kind),
            required=parameter.required,
            nullable=parameter.nullable_,
            allow_blank=parameter.allow_blank,
            shared=shared,
            secret=parameter.secret,
            default=UNSET if default is UNSET else cast("d.JsonValue", default),
            enum=tuple(cast("Any", parameter.read(value)) for value in parameter.enum or ()),
            pattern=parameter.pattern,
            minimum=parameter.minimum,
            maximum=parameter.maximum,
            min_length=parameter.min_length,
            max_length=parameter.max_length,
            items=self.param("", parameter.items, owner=inner) if parameter.items else None,
            values=self.param("", parameter.values, owner=inner) if parameter.values else None,
            fields=fields,
            array_style=parameter.array_style or "repeat",
            first_index=parameter.first_index or 0,
            keep_slashes=parameter.slashes == "keep",
            encode=parameter.encode,
            auto=parameter.auto,
        )

    def _object(
        self, wire: str, parameter: Parameter, owner: str
    ) -> tuple[str, tuple[d.Field, ...]]:
        kind = parameter.kind
        if kind not in TYPES:
            named = self.connector.document.types[kind]
            fields = self.fields(named.fields, text=False, owner=kind)
            self._name(naming.pascal(kind), fields, named.description)
            return "object", fields
        if kind != "object" or not parameter.fields:
            return kind, ()
        fields = self.fields(parameter.fields, text=False, owner=f"{owner}_{wire}")
        if fields not in self.typed:
            short = naming.pascal(wire or naming.singular(owner.rpartition("_")[2] or owner))
            types = {naming.pascal(name) for name in self.connector.document.types}
            used = {t.name for t in self.typed.values()} | types | taken.TYPES
            name = naming.pascal(f"{owner}_{wire}") if short in used else short
            self._name(name, fields, parameter.description)
        return kind, fields

    def _name(self, name: str, fields: tuple[d.Field, ...], description: str) -> None:
        self.typed.setdefault(
            fields, TypedObject(name=name, fields=fields, description=description)
        )


def arguments(fields: tuple[d.Field, ...], written: Fields, place: str) -> Iterator[Argument]:
    """The arguments that the fields of a place make, those of nested places among them."""
    for made in fields:
        if isinstance(made, d.Place):
            outer = written[made.wire].fields or {}
            inner = {name: p for name, p in outer.items() if p is not None}
            yield from arguments(made.fields, inner, place)
        elif isinstance(made, d.Param):
            yield argument(made, written[made.wire], place)


def argument(param: d.Param, written: Parameter, place: str) -> Argument:
    """One argument with what people want to know of it."""
    return Argument(
        name=param.arg,
        param=param,
        place=place,
        # one that can be left out cannot stand among the positional ones
        positional=place == "path" and param.required,
        description=written.description,
        example=_shown(written.example),
        server_default=_shown(written.server_default),
    )


def _shown(value: object) -> str | None:
    if value is UNSET:
        return None
    text = spelled(value)
    return text if isinstance(text, str) else str(plain(value))
