"""Calls: what is sent, what comes back, and the samples that initialize sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast

from pydantic import (
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from callwright.runtime.unset import UNSET
from callwright.specfile.model.parameters import Fields, Typed, TypeOrParameter
from callwright.specfile.model.policies import Limits, Paginate, ResponseFields, Retry, Timeout
from callwright.specfile.model.values import (
    Also,
    Base,
    Flag,
    Integer,
    JsonPath,
    Name,
    Named,
    Raw,
    Text,
    choice,
    describe,
    problem,
)
from callwright.specfile.source import Map, Spelled

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
RESPONSE_TYPES = ("json", "xml", "text", "number", "image", "file", "empty", "stream")
BODY_TYPES = ("json", "form", "multipart", "raw")


class Body(Typed):
    """What a call sends as its body."""

    type: Annotated[Literal["json", "form", "multipart", "raw"], choice(*BODY_TYPES)] = Field(
        "json", description="How the body is written. Default: json."
    )
    fields: Fields = Field({}, description="Its fields: constants, arguments and nested places.")
    nested: (
        Annotated[Literal["brackets", "dots", "json"], choice("brackets", "dots", "json")] | None
    ) = Field(
        None,
        description="How forms write nested values: a[b], a.b, or JSON text. Default: brackets.",
    )
    arg: Name | None = Field(None, description="One argument of this name is the whole body.")
    of: TypeOrParameter | None = Field(
        None,
        description="The whole body's type: object, array, any or a name from types. Default: any.",
    )
    content_type: Text | None = Field(
        None,
        description="The Content-Type of a raw body, or another one than application/json of a JSON body.",
    )
    template: Text | None = Field(None, description="A raw body with {symbol}s that fields fill.")
    description: Text = Field("", description="What the whole body is, for the docstring.")

    @property
    def is_argument(self) -> bool:
        """Whether one argument is the whole body."""
        return self.arg is not None or self.of is not None


class UrlArgument(Base):
    """The whole URL is an argument."""

    arg: Name = Field("url", description="The argument's name.")
    type: Annotated[Literal["string"], choice("string")] = Field(
        "string", description="Always string."
    )
    hosts: list[Text] = Field(
        description="The hosts that may be called; *. matches one or more labels.", min_length=1
    )
    description: Text = Field("", description="For the docstring.")
    example: Text | None = Field(None, description="For the documentation.")


class Stream(Base):
    """How a stream of events is read."""

    format: Annotated[Literal["sse", "jsonl"], choice("sse", "jsonl")] = Field(
        "sse", description="Server-sent events or JSON lines. Default: sse."
    )
    type_path: Text | None = Field(
        None,
        description="Where an event's type stands: a path, or the word event for the SSE event field.",
    )
    end: Text | None = Field(None, description="The data that ends the stream: '[DONE]'.")
    text_path: JsonPath | None = Field(
        None, description="Where the piece of text stands, for events.text()."
    )
    reconnect: Annotated[Integer, Field(ge=0, le=100)] = Field(
        0,
        description="How often a lost connection of a data call is taken up again, after the last event. Default: 0.",
    )


class Response(Base):
    """What comes back."""

    nullable: ClassVar[frozenset[str]] = frozenset({"value"})

    type: Annotated[
        Literal["json", "xml", "text", "number", "image", "file", "empty", "stream"],
        choice(*RESPONSE_TYPES),
    ] = Field("json", description="What kind of body it is. Default: json.")
    content_type: Text | None = Field(
        None, description="Read the body as this, whatever the header says."
    )
    select: JsonPath | None = Field(None, description="The path of the value that is returned.")
    model: Text | None = Field(
        None, description="The class name of the returned value, or of its items."
    )
    fields: ResponseFields = Field({}, description="Declared places, rooted at the body.")
    untyped: Flag = Field(False, description="Return plain JSON data: no capture is needed.")
    value: Raw = Field(UNSET, description="A constant that is returned instead.")
    stream: Stream | None = Field(None, description="How the events are read (type: stream).")


class Reference(Base):
    """An argument of a sample that is made when it is sent."""

    from_: Text | None = Field(
        None, alias="from", description="The sample it comes from: call.sample."
    )
    output: Name | None = Field(None, description="Which of its outputs.")
    file: Text | None = Field(None, description="A file, relative to the connector's folder.")
    env: Text | None = Field(None, description="An environment variable; never stored.")
    auto: Annotated[Literal["uuid4"], choice("uuid4")] | None = Field(
        None, description="A new one at each run."
    )
    value: Raw = Field(UNSET, description="A constant (for an object that looks like a reference).")


_REFERENCES = ({"from", "output"}, {"file"}, {"env"}, {"auto"}, {"value"})


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant argument; ``raw`` keeps the spelling (see source.plain).

    Lists and mappings in it may hold references to outputs of other samples, which ``references`` lists with their
    places below the argument.
    """

    raw: object
    references: tuple[tuple[tuple[str | int, ...], Reference], ...] = ()


def _read_argument(value: Any, handler: ValidatorFunctionWrapHandler) -> Reference | Constant:
    """Mappings with exactly the keys of a reference are references; everything else is a constant.

    Inside lists and mappings, ``{from: …, output: …}`` alone is a reference: keys like ``env`` or ``file`` may be data.
    """
    if isinstance(value, Map) and (set(value) in _REFERENCES or set(value) == {"from"}):
        return cast("Reference", handler(value))
    references: list[tuple[tuple[str | int, ...], Reference]] = []
    raw = _with_references(value, handler, (), references)
    return Constant(raw if references else value, tuple(references))


def _with_references(
    value: object,
    handler: ValidatorFunctionWrapHandler,
    path: tuple[str | int, ...],
    references: list[tuple[tuple[str | int, ...], Reference]],
) -> object:
    """The value with a Reference in the place of each one that is written in it."""
    if isinstance(value, Map) and set(value) == _REFERENCES[0] and path:
        reference = cast("Reference", handler(value))
        references.append((path, reference))
        return reference
    if isinstance(value, Map):
        inner = {k: _with_references(v, handler, (*path, k), references) for k, v in value.items()}
        return Map(inner, value.node)
    if isinstance(value, list):
        items = enumerate(cast("list[object]", value))
        return [_with_references(v, handler, (*path, i), references) for i, v in items]
    return value


SampleArgument: TypeAlias = Annotated[
    Reference | Constant, WrapValidator(_read_argument), WithJsonSchema({})
]


class Sample(Base):
    """One request that initialize sends, and what is expected of it."""

    args: Named[SampleArgument] = Field(
        {},
        description="Argument name → constant, or {from: call.sample, output: x} (also inside lists and objects), {file: f}, {env: X}, {auto: uuid4}.",
    )
    after: list[Text] = Field(
        [], description="Samples sent before this one, for what they change: call.sample."
    )
    status: Annotated[Integer, Field(ge=100, le=599)] | None = Field(
        None, description="The status expected. Default: any 2xx."
    )
    expect: Annotated[Literal["error"], choice("error")] | None = Field(
        None, description="error: the answer is an error although its status is not."
    )
    pages: Annotated[Integer, Field(ge=1)] | None = Field(
        None, description="How many pages are fetched."
    )
    events: Annotated[Integer, Field(ge=1, le=10_000)] | None = Field(
        None, description="How many events of a stream are kept. Default: 20, within 10 seconds."
    )
    outputs: Named[JsonPath] = Field(
        {},
        description="Name → path of a value that other samples use; a list of all values where the path has [*].",
    )
    cleanup: Text | None = Field(
        None, description="A sample run once at the end, also after a failure: call.sample."
    )
    source: Annotated[Literal["manual", "docs"], choice("manual", "docs")] | None = Field(
        None,
        description="The response was put there by hand, or comes from the provider's documentation.",
    )
    keep: Annotated[Literal["full", "head"], choice("full", "head")] | None = Field(
        None,
        description="What is stored of a binary response: full (at most 256 KiB), or head, its size and headers. Default: full up to 256 KiB, else head.",
    )
    note: Text = Field("", description="Why this sample is here.")
    redact: list[JsonPath] = Field([], description="Places to replace in the capture.")
    confirm: Annotated[Literal["never"], choice("never")] | None = Field(
        None, description="never: an action that initialize may send unasked."
    )
    ci: Flag = Field(False, description="An action that drift may repeat.")


def _read_paginate(value: Any, handler: ValidatorFunctionWrapHandler) -> Paginate | bool:
    if isinstance(value, Spelled) and isinstance(value.value, bool):
        return value.value
    return cast("Paginate", handler(value))


PaginateOrFlag: TypeAlias = Annotated[
    Paginate, WrapValidator(_read_paginate), Also(({"type": "boolean"},))
]


def _responses_key(value: Any) -> int:
    text = str(value)
    if not (text.isdigit() and len(text) == 3 and text[0] in "12345"):
        raise problem("bad-value", f"expected a status like 201, found {text!r}")
    return int(text)


Status: TypeAlias = Annotated[
    int,
    BeforeValidator(_responses_key),
    WithJsonSchema({"type": "string", "pattern": "^[1-5][0-9][0-9]$"}),
]


def _read_deprecated(value: Any) -> Any:
    if isinstance(value, Spelled) and isinstance(value.value, bool):
        return "" if value.value else None
    if isinstance(value, str):
        return value
    raise problem("wrong-type", f"expected true or a reason, found {describe(value)}")


class Call(Base):
    """One call: one method of the generated client."""

    description: Text = Field("", description="What it does; the docstring's first sentence.")
    docs_url: Text | None = Field(None, description="The provider's page about it.")
    group: Name | None = Field(
        None,
        description="Where the models of a large connector go. Default: the file's name in calls/.",
    )
    deprecated: Annotated[
        str | None,
        BeforeValidator(_read_deprecated),
        WithJsonSchema({"type": ["string", "boolean"]}),
    ] = Field(None, description="true, or what to use instead.")
    use_as: Annotated[Literal["data", "action"], choice("data", "action")] | None = Field(
        None,
        description="data: reading; may be retried and redirected. action: confirmed before initialize sends it, not retried automatically. Default: data for GET and HEAD.",
    )
    repeatable: Flag = Field(
        False,
        description="PUT, PATCH and DELETE only: sending it twice does no more than once. Needed for use_as: data; an action is then retried after a lost connection.",
    )
    method: Annotated[Text, choice(*METHODS)] | None = Field(
        None,
        description="Default: GET, or POST when there is a body.",
        json_schema_extra={"enum": list(METHODS)},
    )
    path: Text | None = Field(
        None, description="The path after base_url; {name} is a path parameter."
    )
    path_params: Fields = Field({}, description="The parameters of the path.")
    query: Fields = Field({}, description="The query.")
    headers: Fields = Field({}, description="The headers.")
    cookies: Fields = Field({}, description="The cookies.")
    body: Body | None = Field(None, description="The body.")
    url: UrlArgument | None = Field(None, description="The whole URL is an argument.")
    base_url: Text | None = Field(None, description="This call's own.")
    auth: Text | None = Field(None, description="none, or the name of a scheme.")
    timeout: Timeout | None = Field(None, description="Over the connector's.")
    retry: Retry | None = Field(None, description="Over the connector's.")
    limits: Limits | None = Field(None, description="Over the connector's.")
    paginate: PaginateOrFlag | None = Field(
        None, description="true for the connector's, or a map over it."
    )
    response: Response | None = Field(None, description="What comes back.")
    responses: dict[Status, Response] = Field(
        {}, description="What comes back, by status; several successes make a union."
    )
    samples: Named[Sample] = Field({}, description="What initialize sends.")
