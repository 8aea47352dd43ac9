"""The kinds of values a spec holds, and the base of its models.

Each kind reads what the loader gives (text, numbers with their spelling, maps with their place) and complains in one
plain sentence. The error type is the diagnostic's code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self, TypeAlias, TypeVar, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from callwright.diagnostics import SourceSpan
from callwright.runtime.patterns import PatternError, compiled
from callwright.runtime.reading.paths import PathError, parse_path, parse_source
from callwright.specfile.source import Map, Node, Spelled, plain

UNFINISHED = "CHANGE_ME"
"""What stands in a new sample where only a person knows the value."""


T = TypeVar("T")
Schema: TypeAlias = dict[str, Any]
TEXT_SCHEMA: Schema = {"type": ["string", "number", "boolean"]}
MANY_KEYS = 6  # more are not listed in a message
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


def problem(code: str, message: str) -> PydanticCustomError:
    """An error for a validator to raise; ``code`` is the diagnostic's."""
    escaped = message.replace("{", "{{").replace("}", "}}")
    return PydanticCustomError(cast("Any", code), cast("Any", escaped))


def describe(value: object) -> str:
    """What was found instead, for messages: short, and never a whole mapping."""
    match value:
        case None:
            return "nothing"
        case Spelled(text=text):
            return text
        case str():
            return f"the text {value if len(value) <= 40 else value[:37] + '...'!r}"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return type(value).__name__


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case Spelled(text=text):
            return text
        case _:
            raise problem("wrong-type", f"expected text, found {describe(value)}")


def _flag(value: object) -> bool:
    if isinstance(value, Spelled) and isinstance(value.value, bool):
        return value.value
    raise problem("wrong-type", f"expected true or false, found {describe(value)}")


def _integer(value: object) -> int:
    if isinstance(value, Spelled) and type(value.value) is int:
        return value.value
    raise problem("wrong-type", f"expected a whole number, found {describe(value)}")


def _number(value: object) -> int | float:
    if isinstance(value, Spelled) and not isinstance(value.value, bool):
        if value.value != value.value or value.value in (float("inf"), float("-inf")):
            raise problem("bad-value", "expected a finite number")
        return value.value
    raise problem("wrong-type", f"expected a number, found {describe(value)}")


def _optional(read: Callable[[object], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else read(value))


def one_or_more(value: object) -> list[object]:
    """A list stays, anything else becomes a list of one."""
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _path(value: object) -> str:
    return _checked(_text(value), parse_path)


def _source(value: object) -> str:
    return _checked(_text(value), parse_source)


def _checked(text: str, parse: Callable[[str], object]) -> str:
    try:
        parse(text)
    except PathError as error:
        raise problem(
            "bad-path", f"{text!r} is not a path: {error} (position {error.position + 1})"
        ) from None
    return text


def _name(value: object) -> str:
    text = _text(value)
    if not NAME.match(text):
        raise problem(
            "bad-name",
            f"{text!r} is not a name: lower-case letters, digits and _, beginning with a letter",
        )
    return text


def without_notes(value: Any) -> Any:
    """A mapping without its ``x-*`` keys."""
    if not isinstance(value, Map):
        return value
    return Map({key: v for key, v in value.items() if not key.startswith("x-")}, value.node)


def _regex(value: object) -> str:
    text = _text(value)
    try:
        compiled(text)
    except PatternError as error:
        raise problem("bad-pattern", f"not a pattern that can be used: {error}") from None
    return text


Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(TEXT_SCHEMA)]
"""Any scalar, as it is spelled."""
Flag = Annotated[bool, BeforeValidator(_flag)]
Integer = Annotated[int, BeforeValidator(_integer)]
Number = Annotated[int | float, BeforeValidator(_number)]
Seconds = Annotated[float, BeforeValidator(_number)]
Name = Annotated[
    str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"})
]
Named: TypeAlias = Annotated[dict[Name, T], BeforeValidator(without_notes)]
"""Name → T; ``x-*`` beside the names is ignored."""
Regex = Annotated[str, BeforeValidator(_regex), WithJsonSchema(TEXT_SCHEMA)]
JsonPath = Annotated[
    str, BeforeValidator(_path), WithJsonSchema({"type": "string", "pattern": r"^\$"})
]
"""A path into the body: ``$.data[0].id``."""
ResponsePath = Annotated[
    str, BeforeValidator(_source), WithJsonSchema({"type": "string", "pattern": r"^(\$|header\.)"})
]
"""A path into the body or to a header."""
Paths = Annotated[
    tuple[ResponsePath, ...],
    BeforeValidator(one_or_more),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^(\$|header\.)"},
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": r"^(\$|header\.)"},
                    "minItems": 1,
                },
            ]
        }
    ),
]
"""One path or a list of them; the first that exists counts."""
Raw = Annotated[object, WithJsonSchema({})]
"""Any value, with spelling and places kept (see source.plain and spelled)."""


def choice(*options: str) -> Any:
    """A validator for one of a few words."""

    def read(value: object) -> str:
        text = (
            value if isinstance(value, str) else value.text if isinstance(value, Spelled) else None
        )
        if text not in options:
            raise PydanticCustomError(
                "bad-choice",
                "expected one of {options}, found {found}",
                {
                    "options": ", ".join(options),
                    "words": options,
                    "found": describe(value),
                    "text": text or "",
                },
            )
        return text

    return BeforeValidator(read)


@dataclass(slots=True)
class Reading:
    """The context of one validation: unknown keys found on the way (owner's node, key, the keys it could be)."""

    unknown: list[tuple[Node, str, tuple[str, ...]]] = field(
        default_factory=list["tuple[Node, str, tuple[str, ...]]"]
    )


class _Known(dict[str, object]):
    """A mapping whose unknown keys are already dealt with."""


class Base(BaseModel):
    """A mapping of the spec: fixed keys, ``x-*`` ignored, and its place in the source."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    nullable: ClassVar[frozenset[str]] = frozenset()
    _node: Node | None = PrivateAttr(None)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys of this mapping as written."""
        return tuple(f.alias or name for name, f in cls.model_fields.items())

    @classmethod
    def prepare(cls, data: Map) -> Map:
        """The mapping with short forms written out."""
        return data

    @model_validator(mode="wrap")
    @classmethod
    def _read(
        cls, data: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        if isinstance(data, _Known):  # pydantic calls the validators of recursive models twice
            return handler(data)
        if not isinstance(data, Map):
            keys = cls.keys() if len(cls.model_fields) <= MANY_KEYS else ()
            some = f" with {', '.join(keys)}" if keys else ""
            raise problem("wrong-type", f"expected a mapping{some}, found {describe(data)}")
        data = cls.prepare(data)
        known = cls.keys()
        for key in data:
            if key not in known and not key.startswith("x-"):
                cast("Reading", info.context).unknown.append((data.node, key, known))
        made = handler(_Known({key: value for key, value in data.items() if key in known}))
        object.__setattr__(made, "_node", data.node)
        return made

    @field_validator("*", mode="before")
    @classmethod
    def _not_empty(cls, value: Any, info: ValidationInfo) -> Any:
        name = info.field_name or ""
        if value is None and (cls.model_fields[name].alias or name) not in cls.nullable:
            raise problem("wrong-type", "this key has no value")
        return value

    def given(self, key: str) -> bool:
        """Whether the key stands in the source (also with the value of its default)."""
        return key in self.model_fields_set

    @property
    def node(self) -> Node:
        """Where it stands."""
        assert self._node is not None
        return self._node

    def span(self, *path: str | int, key: bool = False) -> SourceSpan:
        """The place of a value inside (``key``: of its key); the nearest ancestor in the source when it is not there."""
        node, at = self.node, self.node
        for name in path:
            inner = node.child(name)
            if inner is None:
                break
            at = (node.key(name) if key and isinstance(name, str) else None) or inner
            node = inner
        return at.span()


def single(data: object, key: str, owner: Node, name: str) -> Map:
    """``{key: data}`` as if the author had written it so: the place is the value's own."""
    node = owner.child(name) or owner
    inner = Node(node.file, node.line, node.column, node.length, "map")
    inner.members[key] = (node, node)
    return Map({key: data}, inner)


@dataclass(frozen=True, slots=True, eq=False)  # hashed by identity: schemas are dicts
class Also:
    """JSON Schema: these forms are accepted beside the model's own (they are normalised before validation)."""

    forms: tuple[Mapping[str, Any], ...]

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [*self.forms, handler(core_schema)]}


SCALAR_FORMS: tuple[Schema, ...] = (
    {"type": ["string", "number", "boolean", "null"]},
    {"type": "array"},
)


def spelled(data: object) -> object:
    """Constants for headers, queries, paths and forms: scalars as written, lists of them."""
    match data:
        case Spelled(text=text):
            return text
        case list():
            return [spelled(item) for item in cast("list[object]", data)]
        case _:
            return plain(data)
