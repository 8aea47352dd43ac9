"""The intermediate representation: all that templates see. Frozen, tuples only, nothing that prints Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from callwright.diagnostics import SourceSpan
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamsType:
    """A name of the generated params module (a TypedDict or a Literal alias), printed as ``params.<name>``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceType:
    item: TypeExpr


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingType:
    value: TypeExpr


# one literal: pyright takes no string put together from two
TypeExpr: TypeAlias = (
    "BuiltinType | ModelType | ListType | DictType | UnionType | LiteralType | ParamsType | SequenceType | MappingType"
)


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
class Sample:
    """A sample of the spec, ready to send. ``args`` hold constants or one of the reference kinds below."""

    name: str
    args: Mapping[str, SampleValue]
    status: int | None = None
    expect_error: bool = False
    pages: int | None = None
    events: int | None = None
    outputs: Mapping[str, str]
    after: tuple[tuple[str, str], ...] = ()  # (call, sample): sent before, for their effects
    cleanup: tuple[str, str] | None = None  # (call, sample)
    source: Literal["live", "manual", "docs"] = "live"
    note: str = ""
    keep: Literal["full", "head"] | None = None
    redact: tuple[str, ...] = ()
    confirm: Literal["ask", "never"] = "ask"
    ci: bool = False

    @property
    def references(self) -> tuple[FromSample, ...]:
        """The outputs of other samples in its arguments, at any depth."""
        return tuple(found for value in self.args.values() for found in _references(value))


def _references(value: object) -> Iterator[FromSample]:
    match value:
        case FromSample():
            yield value
        case NestedValue():
            yield from _references(value.value)
        case list():
            for item in cast("list[object]", value):
                yield from _references(item)
        case dict():
            for item in cast("dict[str, object]", value).values():
                yield from _references(item)
        case _:
            pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantValue:
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedValue:
    """A list or object with FromSample somewhere inside."""

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


SampleValue: TypeAlias = "ConstantValue | NestedValue | FromSample | FromFile | FromEnv | Auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredField:
    """A field of a class that the spec declares; ``required`` and ``nullable`` as it says."""

    wire: str
    type: TypeExpr
    required: bool
    nullable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredClass:
    """A class of answers that is one of the spec's ``types``, or an object inside one."""

    name: str
    fields: tuple[DeclaredField, ...]
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldHint:
    """One entry of ``response.fields``: what the author declares about a place, over what is observed.

    ``type`` is a spec type name or the name of one of the spec's ``types``; None leaves the observed one. ``declares`` is
    the type where it names one of these, ``classes`` all classes that this type needs. ``where`` and ``span`` are its
    place in the spec, for messages: they make no hint differ from another.
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
    declares: TypeExpr | None = None
    classes: tuple[DeclaredClass, ...] = ()
    where: str = field(default="", compare=False, repr=False)  # calls.get_order.response.fields[…]
    span: SourceSpan | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseHints:
    """What the spec says about a call's answers. ``status`` None: every success not named otherwise.

    ``select_at``: where in the spec ``select`` stands, if it is given.
    """

    status: int | None
    model: str | None
    fields: tuple[FieldHint, ...]
    select_at: SourceSpan | None = field(default=None, compare=False, repr=False)


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
    digest: str  # of the call and its samples as the spec has them


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
    base_url: str = ""  # where users find the address of a server that they host
    version: str | None
    constructor: tuple[Argument, ...]  # variables, then shared parameters
    credentials: Mapping[str, str]  # name → description
    calls: tuple[Request, ...]
    types: tuple[TypedObject, ...]
    enums: tuple[Alias, ...]  # the spec's named choices of values
    error_model: str | None
    error_fields: tuple[FieldHint, ...]
    required_after: int
    naive_datetimes: Literal["utc"] | None
    check: str | None
    lint_ignore: Mapping[str, str]
    digest: str  # sha256 of the spec's normalised content
    # key of ``errors`` → where its paths stand in the spec
    error_paths_at: Mapping[str, SourceSpan] = field(default_factory=dict[str, SourceSpan])


# The package: what the templates print


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a generated signature. ``default`` is printed as a literal when ``has_default``."""

    name: str
    annotation: TypeExpr
    has_default: bool = False
    default: str | int | float | bool | None = None
    unset: bool = False  # the default is UNSET
    positional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """A docstring: a summary, a paragraph on the wire, what each argument means, what is raised when."""

    summary: str
    body: tuple[str, ...] = ()
    args: tuple[tuple[str, str], ...] = ()
    raises: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    name: str
    constant: str  # CURRENT_WEATHER
    call: Call
    parameters: tuple[Parameter, ...]
    returns: TypeExpr
    item: TypeExpr | None = None  # what pages hold, or a stream's event
    events: tuple[tuple[str, TypeExpr], ...] = ()  # types by the name of a server-sent event
    doc: Doc
    deprecated: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClass:
    """A class of errors.py: ``bases`` as they stand in source; ``body`` the type of a captured error's body."""

    name: str
    bases: tuple[str, ...]
    body: TypeExpr | None
    doc: Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A Literal alias of the package's ``types``: the values of an argument, or a choice that the spec names."""

    name: str
    values: tuple[str | int | float | bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    key: str
    annotation: TypeExpr
    required: bool
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamsDict:
    """A TypedDict of the params module; its keys are the wire's own."""

    name: str
    members: tuple[Member, ...]
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A whole client package, ready to print."""

    name: str  # import name
    parent: str  # the folder above, which has the shared runtime; blank: the runtime lies inside
    class_name: str
    doc: Doc
    connector: Connector
    credentials: tuple[Parameter, ...]
    constructor: tuple[Parameter, ...]  # variables, then shared parameters
    variables: tuple[str, ...]
    shared: tuple[str, ...]
    environments: tuple[str, ...]
    takes_tokens: bool  # access_token= and token_store=
    takes_auth: bool  # auth= (a custom scheme)
    methods: tuple[Method, ...]
    aliases: tuple[Alias, ...]
    dicts: tuple[ParamsDict, ...]
    errors: tuple[ErrorClass, ...]
    profile: bool  # oauth.py is generated
    recorded: tuple[tuple[str, LiteralType], ...] | None = None  # call → samples, for testing.py

    @property
    def runtime(self) -> str:
        """The package of the runtime, relative to this one."""
        return runtime_of(self.parent)


def runtime_of(parent: str) -> str:
    """Where a package finds the runtime: beside it in the folder above, or inside."""
    return ".._runtime" if parent else "._runtime"
