"""How a connector treats errors, repeats, waits, limits and pages."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from callwright.runtime.unset import UNSET
from callwright.specfile.model.parameters import Parameter, Typed, TypeOrParameter, TypeWord
from callwright.specfile.model.values import (
    Base,
    Flag,
    Integer,
    JsonPath,
    Paths,
    Raw,
    Seconds,
    Text,
    choice,
    describe,
    problem,
)
from callwright.specfile.source import Spelled

_PER = re.compile(r"([0-9]+(?:\.[0-9]+)?)s\Z")
_UNITS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


def _per(value: object) -> float:
    text = value.text if isinstance(value, Spelled) else value
    if isinstance(text, str):
        if text in _UNITS:
            return _UNITS[text]
        if (match := _PER.match(text)) and float(match[1]) > 0:
            return float(match[1])
    raise problem(
        "bad-value", f"expected second, minute, hour or seconds like 10s, found {describe(value)}"
    )


class Send(Base):
    """Where something goes: exactly one of header, query, cookie and body, with an optional verbatim prefix."""

    header: Text | None = Field(None, description="The name of a header.")
    query: Text | None = Field(None, description="The name of a query parameter.")
    cookie: Text | None = Field(None, description="The name of a cookie.")
    body: JsonPath | None = Field(None, description="A path in the JSON body: $.auth.key.")
    prefix: Text = Field(
        "", description="Written before the value, exactly as it stands: 'Token '."
    )


class FailedWhen(Base):
    """One condition that makes an answer with a success status an error."""

    nullable: ClassVar[frozenset[str]] = frozenset({"is", "not"})

    path: Paths = Field(description="Where to look.")
    is_: Raw = Field(UNSET, alias="is", description="The value there equals this.")
    not_: Raw = Field(
        UNSET, alias="not", description="The value there is something else, or there is none."
    )
    present: Flag | None = Field(None, description="There is a value there (true) or none (false).")


class ResponseField(Typed):
    """What the author declares about a place in answers, over what is observed."""

    type: TypeWord | None = Field(None, description="The type: a type word or a name from types.")
    required: Flag | None = Field(None, description="Whether it is always there.")
    nullable_: Flag | None = Field(None, alias="nullable", description="Whether it may be null.")
    ignore: Flag = Field(False, description="Leave it out of the model.")
    redact: Flag = Field(False, description="Replace it in captures.")
    rename: Text | None = Field(None, description="The attribute's name.")
    items: TypeOrParameter | None = Field(None, description="The type of a list's elements.")
    values: TypeOrParameter | None = Field(None, description="The type of a map's values.")
    enum: list[Raw] | None = Field(
        None, description="Known values; others are accepted too, unless closed.", min_length=1
    )
    closed: Flag = Field(False, description="Only the values of enum are accepted.")


ResponseFields: TypeAlias = dict[JsonPath, ResponseField]


class Errors(Base):
    """Where the provider's errors say what happened, and which class they raise."""

    message_path: Paths = Field((), description="Where the message for people stands.")
    code_path: Paths = Field((), description="Where the provider's own code stands.")
    request_id_path: Paths = Field(
        (), description="Where the request's id stands: header.x-request-id."
    )
    failed_when: list[FailedWhen] = Field(
        [], description="Answers with a success status that are errors; any may match."
    )
    raise_: dict[Text, Text] = Field(
        {},
        alias="raise",
        description="Status or code → the class raised: one of the client's errors or one of your own.",
    )
    model: Text | None = Field(None, description="The class name of the error body.")
    fields: ResponseFields = Field({}, description="Declared places of the error body.")


_WAIT_FORMATS = ("auto", "seconds", "milliseconds", "date", "unix_seconds", "unix_millis")


class Retry(Base):
    """When a failed call is repeated."""

    attempts: Annotated[Integer, Field(ge=1, le=20)] | None = Field(
        None, description="How often at most, the first time included. Default: 3."
    )
    statuses: list[Annotated[Integer, Field(ge=100, le=599)]] | None = Field(
        None, description="The statuses worth repeating."
    )
    wait_path: Paths | None = Field(
        None, description="Where the answer says how long to wait. Default: header.retry-after."
    )
    wait_format: (
        Annotated[
            Literal["auto", "seconds", "milliseconds", "date", "unix_seconds", "unix_millis"],
            choice(*_WAIT_FORMATS),
        ]
        | None
    ) = Field(None, description="What stands there. Default: auto.")
    max_wait: Annotated[Seconds, Field(ge=0)] | None = Field(
        None,
        description="The longest wait in seconds; more raises RetryAfterTooLongError. Default: 60.",
    )
    idempotency_header: Text | None = Field(
        None,
        description="A header that carries a key made once per call, so that actions may be repeated.",
    )


class RateLimit(Base):
    """How many requests are sent in which time; the client waits before sending more."""

    requests: Annotated[Integer, Field(ge=1)] = Field(description="How many requests.")
    per: Annotated[
        float,
        BeforeValidator(_per),
        WithJsonSchema(
            {
                "anyOf": [
                    {"enum": ["second", "minute", "hour"]},
                    {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?s$"},
                ]
            }
        ),
    ] = Field(description="In which time: second, minute, hour or seconds like 10s.")


class Timeout(Base):
    """Seconds; null disables a timeout."""

    nullable: ClassVar[frozenset[str]] = frozenset({"connect", "read", "write", "pool", "total"})

    connect: Annotated[Seconds, Field(gt=0)] | None = Field(
        10.0, description="To connect. Default: 10."
    )
    read: Annotated[Seconds, Field(gt=0)] | None = Field(
        60.0, description="Between two pieces of the answer. Default: 60."
    )
    write: Annotated[Seconds, Field(gt=0)] | None = Field(
        60.0, description="Between two pieces of the request. Default: 60."
    )
    pool: Annotated[Seconds, Field(gt=0)] | None = Field(
        None, description="For a free connection. Default: none."
    )
    total: Annotated[Seconds, Field(gt=0)] | None = Field(
        None,
        description="For the whole call with its retries, waits and token requests. Default: none.",
    )


class Limits(Base):
    """What is refused for its size."""

    max_response_bytes: Annotated[Integer, Field(ge=1)] | None = Field(
        None, description="The largest answer accepted, decompressed. Default: 104857600."
    )
    max_download_bytes: Annotated[Integer, Field(ge=1)] | None = Field(
        None,
        description="The largest file that client.download writes, or stream that is read. Default: unlimited.",
    )
    max_event_bytes: Annotated[Integer, Field(ge=1)] | None = Field(
        None, description="The largest event of a stream. Default: 8388608."
    )


class PageSize(Parameter):
    """How many items one page holds."""

    query: Text | None = Field(None, description="The query parameter that says how many.")
    body: JsonPath | None = Field(
        None, description="The place in the JSON body that says how many."
    )
    header: Text | None = Field(None, description="The header that says how many.")


_KINDS = ("cursor", "page", "offset", "next_url")


class Paginate(Base):
    """How the provider hands out long lists. A call takes back what the connector says with null."""

    nullable: ClassVar[frozenset[str]] = frozenset(
        {"more_path", "total_path", "total_pages_path", "first", "page_size", "max_pages", "origin"}
    )

    type: Annotated[Literal["cursor", "page", "offset", "next_url"], choice(*_KINDS)] | None = (
        Field(
            None,
            description="What leads to the next page: a cursor, a page number, an offset or a URL.",
        )
    )
    items_path: JsonPath | None = Field(None, description="Where the items stand.")
    next_path: Paths | None = Field(
        None,
        description="Where the next cursor or URL stands; null, absent and blank end the list.",
    )
    more_path: Paths | None = Field(None, description="Where true says that there is more.")
    total_path: Paths | None = Field(None, description="Where the number of all items stands.")
    total_pages_path: Paths | None = Field(None, description="Where the number of pages stands.")
    send: Send | None = Field(None, description="Where the cursor, page or offset goes.")
    first: Integer | None = Field(
        None, description="The first page's number (default 1) or offset (default 0)."
    )
    page_size: PageSize | None = Field(None, description="How many items one page holds.")
    max_pages: Annotated[Integer, Field(ge=1)] | None = Field(
        None, description="The most pages fetched."
    )
    origin: Annotated[Literal["refuse", "ignore"], choice("refuse", "ignore")] | None = Field(
        None,
        description="A next URL of another origin: refused, or only its path and query taken. Default: refuse.",
    )
