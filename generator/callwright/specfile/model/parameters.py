"""Parameters: what stands in headers, query, path_params, cookies, variables and the fields of bodies and types."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast

from pydantic import BeforeValidator, Field, WithJsonSchema

from callwright.runtime.unset import UNSET
from callwright.specfile.model.values import (
    SCALAR_FORMS,
    Also,
    Base,
    Flag,
    Integer,
    Name,
    Number,
    Raw,
    Regex,
    Text,
    choice,
    single,
)
from callwright.specfile.source import Map, Spelled, plain

SCALAR_TYPES = (
    "string", "integer", "number", "boolean", "datetime", "date", "unix_seconds", "unix_millis",
    "uuid", "decimal", "bytes",
)  # fmt: skip
TYPES = (*SCALAR_TYPES, "array", "object", "file", "map", "any", "json_string")
TypeWord: TypeAlias = Annotated[
    Text, WithJsonSchema({"anyOf": [{"enum": list(TYPES)}, {"type": "string"}]})
]
"""One of TYPES, or a name from types."""


# written without quotes they are texts all the same
TEXTUAL = frozenset({"string", "datetime", "date", "uuid", "decimal", "bytes"})


def as_type(value: object, kind: str) -> object:
    """A scalar as a value of a type; text keeps its spelling in the source."""
    return value.text if isinstance(value, Spelled) and kind in TEXTUAL else plain(value)


def read_fields(value: Any) -> Any:
    """A scalar or list is a constant, a mapping an argument or place, null removes the shared one."""
    if not isinstance(value, Map):
        return value
    made: dict[str, object] = {
        name: (
            inner
            if isinstance(inner, Map) or inner is None
            else single(inner, "value", value.node, name)
        )
        for name, inner in value.items()
    }
    return Map(made, value.node)


class Typed(Base):
    """Reads ``items: string`` as ``items: {type: string}``, and ``values`` likewise."""

    @classmethod
    def prepare(cls, data: Map) -> Map:
        """The mapping with short types written out."""
        short = {
            key: single(data[key], "type", data.node, key)
            for key in ("items", "values", "of")
            if isinstance(data.get(key), str)
        }
        return Map({**data, **short}, data.node) if short else data


class Parameter(Typed):
    """An argument of the generated method; with ``value`` a constant; with ``fields`` and no ``type`` a nested place."""

    nullable: ClassVar[frozenset[str]] = frozenset(
        {"value", "default", "example", "server_default"}
    )

    type: TypeWord | None = Field(
        None,
        description=f"One of {', '.join(TYPES)}, or a name from types. Default: string (array with items, map with values, integer or boolean with an enum of these).",
    )
    required: Flag = Field(False, description="The argument must be given.")
    nullable_: Flag = Field(False, alias="nullable", description="None may be sent as null.")
    allow_blank: Flag = Field(False, description="A required text may be blank.")
    default: Raw = Field(UNSET, description="Sent when the caller gives nothing.")
    server_default: Raw = Field(
        UNSET, description="What the provider assumes; documentation only, never sent."
    )
    example: Raw = Field(UNSET, description="For the documentation, and what initialize proposes.")
    enum: list[Raw] | None = Field(None, description="The only values accepted.", min_length=1)
    pattern: Regex | None = Field(None, description="A regular expression the text must match.")
    minimum: Number | None = Field(None, description="The smallest number accepted.")
    maximum: Number | None = Field(None, description="The largest number accepted.")
    min_length: Annotated[Integer, Field(ge=0)] | None = Field(
        None, description="The least number of characters (elements of an array)."
    )
    max_length: Annotated[Integer, Field(ge=0)] | None = Field(
        None, description="The largest number of characters (elements of an array)."
    )
    items: TypeOrParameter | None = Field(None, description="The type of an array's elements.")
    fields: Fields | None = Field(
        None,
        description="The members of an object (with type: object) or of a nested place (without type).",
    )
    values: TypeOrParameter | None = Field(None, description="The type of a map's values.")
    description: Text = Field("", description="For the docstring.")
    arg: Name | None = Field(
        None, description="The Python argument's name. Default: snake_case of the name on the wire."
    )
    secret: Flag = Field(False, description="Never stored, logged or shown.")
    array_style: (
        Annotated[
            Literal["repeat", "comma", "brackets", "indices"],
            choice("repeat", "comma", "brackets", "indices"),
        ]
        | None
    ) = Field(
        None,
        description="How an array is written in a query or form: a=1&a=2, a=1,2, a[]=1&a[]=2 or a[0]=1&a[1]=2. Default: repeat.",
    )
    first_index: Annotated[Integer, Field(ge=0, le=1)] | None = Field(
        None, description="What indices count from. Default: 0."
    )
    slashes: Annotated[Literal["keep"], choice("keep")] | None = Field(
        None, description="keep: a path parameter may hold /, each segment is encoded on its own."
    )
    auto: Annotated[Literal["uuid4"], choice("uuid4")] | None = Field(
        None, description="Made at each call when the caller gives nothing."
    )
    encode: Annotated[Literal["string"], choice("string")] | None = Field(
        None, description="Send a decimal as text in JSON."
    )
    value: Raw = Field(
        UNSET, description="A constant (for a constant object, or to say array_style)."
    )

    def read(self, value: object) -> object:
        """A default, example or element of enum as a value of this type: text keeps its spelling (1.10 is not 1.1)."""
        if isinstance(value, list) and self.items is not None:
            return [self.items.read(item) for item in cast("list[object]", value)]
        return as_type(value, self.kind)

    @property
    def is_constant(self) -> bool:
        """Whether it is a constant rather than an argument."""
        return self.given("value")

    @property
    def is_place(self) -> bool:
        """Whether its fields are arguments themselves."""
        return self.fields is not None and self.type is None and not self.is_constant

    @property
    def kind(self) -> str:
        """Its type, with the defaults applied: a type word or the name of one of ``types``."""
        if self.type is not None:
            return self.type
        if self.items is not None:
            return "array"
        if self.values is not None:
            return "map"
        kinds = {type(plain(value)) for value in self.enum or ()}
        if kinds == {int}:
            return "integer"
        return "boolean" if kinds == {bool} else "string"


TypeOrParameter: TypeAlias = Annotated[Parameter, Also(({"type": "string"},))]
Fields: TypeAlias = Annotated[
    dict[str, Annotated[Parameter | None, Also(SCALAR_FORMS)]], BeforeValidator(read_fields)
]
"""Name on the wire → constant (scalar, list, ``{value: …}``), argument (mapping) or null (removes the shared one)."""

Parameter.model_rebuild()
