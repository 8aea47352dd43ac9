"""The intermediate representation: all that templates see. Frozen, tuples only, nothing that prints Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from callwright.runtime.definition import Call, Connector, Field, Param

# Types, as expressions over the generated models


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinType:
    """A type that needs no import from models: "str", "int", "None", "bytes", "Any", "datetime.datetime"."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelType:
    """A class of the generated models module (printed as ``models.<name>``)."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListType:
    item: TypeExpr


@dataclass(frozen=True, slots=True, kw_only=True)
class DictType:
    value: TypeExpr


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionType:
    options: tuple[TypeExpr, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralType:
    values: tuple[str | int | float | bool, ...]


TypeExpr: TypeAlias = "BuiltinType | ModelType | ListType | DictType | UnionType | LiteralType"


# Requests: what lower_requests makes of a resolved spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a generated method (or of the constructor).

    ``param`` is the definition that checks and places it. ``positional``: path parameters. ``place`` says where it
    goes for the docstring ("path", "query", "header", "cookie", "body"), empty for constructor arguments.
    """

    name: str
    param: Param
    place: str
    positional: bool = False
    description: str = ""
    example: str | None = None
    server_default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorSample:
    sample: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample of the spec, ready to send. ``args`` hold constants or one of the reference kinds below."""

    name: str
    args: Mapping[str, SampleValue]
    status: int | None = None
    expect_error: bool = False
    pages: int | None = None
    outputs: Mapping[str, str]
    cleanup: tuple[str, str] | None = None  # (call, sample)
    source: Literal["live", "manual", "docs"] = "live"
    note: str = ""
    redact: tuple[str, ...] = ()
    confirm: Literal["ask", "never"] = "ask"
    ci: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantValue:
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class FromSample:
    call: str
    sample: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FromFile:
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FromEnv:
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto:
    kind: Literal["uuid4"]


SampleValue: TypeAlias = "ConstantValue | FromSample | FromFile | FromEnv | Auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldHint:
    """One entry of ``response.fields``: what the author declares about a place, over what is observed.

    ``type`` is a spec type name or the name of one of the spec's ``types``; None leaves the observed one.
    """

    path: str  # "$.data[*].created", rooted at the body
    type: str | None = None
    required: bool | None = None
    nullable: bool | None = None
    ignore: bool = False
    redact: bool = False
    rename: str | None = None
    items: str | None = None
    values: str | None = None
    enum: tuple[str | int | float | bool, ...] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHints:
    """What the spec says about a call's answers. ``status`` None: every success not named otherwise."""

    status: int | None
    model: str | None
    fields: tuple[FieldHint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call as the generator sees it: the runtime definition plus all that is only for people and types."""

    call: Call
    arguments: tuple[Argument, ...]
    description: str
    docs_url: str | None
    group: str | None
    deprecated: str | None  # a reason, "" for none given, None when not deprecated
    hints: tuple[ResponseHints, ...]
    samples: tuple[Sample, ...]
    place: str  # "specs/acme/connector.yaml:14:3" for messages


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedObject:
    """A named request object of the spec (``types:`` or ``type: object``), generated as a TypedDict."""

    name: str  # PascalCase
    fields: tuple[Field, ...]
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """A whole connector's request side: the output of ``lower_requests``."""

    connector: Connector
    package: str
    class_name: str
    title: str
    description: str
    docs_url: str | None
    version: str | None
    constructor: tuple[Argument, ...]  # variables, then shared parameters
    credentials: Mapping[str, str]  # name → description
    calls: tuple[Request, ...]
    types: tuple[TypedObject, ...]
    error_model: str | None
    error_fields: tuple[FieldHint, ...]
    required_after: int
    naive_datetimes: Literal["utc"] | None
    check: str | None
    lint_ignore: Mapping[str, str]
    digest: str  # sha256 of the spec's normalised content
