"""The spec's types as types of answers: what ``response.fields`` declares, and the classes that needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from callwright.ir import naming
from callwright.ir.nodes import (
    BuiltinType,
    DeclaredClass,
    DeclaredField,
    DictType,
    ListType,
    ModelType,
    TypeExpr,
    UnionType,
)
from callwright.ir.type_words import ANY, WORDS, open_literal

if TYPE_CHECKING:
    # inference needs the words below, and no spec
    from callwright.specfile.model.document import NamedType
    from callwright.specfile.model.parameters import Parameter


@dataclass(slots=True)
class AnswerTypes:
    """Makes types of parameters; ``classes`` collects what they name, the first needed first.

    ``used``: whether the spec's own types had a part in them.
    """

    types: Mapping[str, NamedType]
    classes: dict[str, DeclaredClass] = field(default_factory=dict[str, DeclaredClass])
    used: bool = False

    def named(self, name: str) -> TypeExpr | None:
        """The class or the values of one of the spec's types, None for other words."""
        if name not in self.types:
            return None
        found = self.types[name]
        self.used = True
        if found.enum:
            return open_literal(found.values, closed=found.closed)
        return self._class(naming.pascal(name), found.fields, found.description)

    def of(self, parameter: Parameter, owner: str) -> TypeExpr:
        """The type of a parameter, null aside; ``owner`` names the objects inside it."""
        if parameter.is_constant:
            from callwright.specfile.source import plain

            return _of_constant(plain(parameter.value))
        if parameter.enum:
            return open_literal(tuple(map(parameter.read, parameter.enum)))
        if parameter.is_place or (parameter.kind == "object" and parameter.fields):
            return self._class(self._free(owner), parameter.fields or {}, parameter.description)
        match parameter.kind:
            case "array":
                return ListType(item=self._inner(parameter.items, owner))
            case "map" | "object":
                return DictType(value=self._inner(parameter.values, owner))
            case "decimal" if parameter.encode != "string":
                return BuiltinType(name="DecimalNumber")
            case kind:
                return self.named(kind) or WORDS.get(kind, ANY)

    def _inner(self, parameter: Parameter | None, owner: str) -> TypeExpr:
        if parameter is None:
            return ANY
        made = self.of(parameter, owner)
        if not parameter.nullable_ or made == ANY:
            return made
        options = made.options if isinstance(made, UnionType) else (made,)
        return UnionType(options=(*options, BuiltinType(name="None")))

    def _free(self, owner: str) -> str:
        name = naming.singular_pascal(owner) or "Value"
        taken = self.classes.keys() | {naming.pascal(known) for known in self.types}
        while name in taken:
            name += "Value"
        return name

    def _class(
        self, name: str, fields: Mapping[str, Parameter | None], description: str
    ) -> ModelType:
        self.used = True
        if name not in self.classes:
            self.classes[name] = DeclaredClass(name=name, fields=(), description=description)
            made = tuple(
                DeclaredField(
                    wire=wire,
                    type=self.of(parameter, f"{name}_{wire}"),
                    required=parameter.required,
                    nullable=parameter.nullable_,
                )
                for wire, parameter in fields.items()
                if parameter is not None
            )
            self.classes[name] = DeclaredClass(name=name, fields=made, description=description)
        return ModelType(name=name)


def _of_constant(value: object) -> TypeExpr:
    match value:
        case bool() | str() | int() | float():
            return BuiltinType(name=type(value).__name__)
        case list():
            return ListType(item=ANY)
        case dict():
            return DictType(value=ANY)
        case _:
            return ANY
