"""The connector spec, format 1: the whole of connector.yaml as pydantic models (with calls.py, auth.py, …)."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, cast

from pydantic import (
    BeforeValidator,
    Field,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from callwright.specfile.model.auth import Auth
from callwright.specfile.model.calls import Call
from callwright.specfile.model.parameters import Fields, Parameter
from callwright.specfile.model.policies import Errors, Limits, Paginate, RateLimit, Retry, Timeout
from callwright.specfile.model.values import (
    TEXT_SCHEMA,
    Also,
    Base,
    Flag,
    Integer,
    Name,
    Named,
    Raw,
    Regex,
    Text,
    choice,
    describe,
    problem,
)
from callwright.specfile.source import Map, Spelled, plain

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?\Z"
)


def _format(value: object) -> int:
    if isinstance(value, Spelled) and type(value.value) is int and value.value == 1:
        return 1
    if isinstance(value, Spelled) and type(value.value) is int:
        raise problem(
            "format-version", f"this Callwright reads format 1, the spec is format {value.text}"
        )
    raise problem("bad-value", f"expected the format's version 1, found {describe(value)}")


def _semver(value: object) -> str:
    text = value.text if isinstance(value, Spelled) else value
    if not isinstance(text, str) or not _SEMVER.match(text):
        raise problem("bad-value", f"expected a version like 1.0.0, found {describe(value)}")
    return text


class Credential(Base):
    """A credential: a constructor argument, read from the environment."""

    env: Text | None = Field(
        None, description="Its environment variable. Default: <NAME>_<CREDENTIAL>."
    )
    description: Text = Field("", description="Where to get it, for the docstring.")
    pattern: Regex | None = Field(None, description="What it looks like.")
    safe_pattern: Regex | None = Field(
        None,
        description="What a test key looks like; initialize refuses others without --allow-live.",
    )
    secret: Flag | None = Field(
        None,
        description="Whether it is hidden everywhere. Default: true, except for username and client_id.",
    )


class Shared(Base):
    """Added to each call exactly as if written there; null in a call removes it."""

    headers: Fields = Field({}, description="Headers of every call.")
    query: Fields = Field({}, description="Query of every call.")
    body: Fields = Field({}, description="Fields of every json, form and multipart body.")


class EnvironmentCredential(Base):
    """A credential in one environment."""

    env: Text = Field(description="Its environment variable there.")


class EnvironmentCall(Base):
    """A call in one environment."""

    base_url: Text = Field(description="The call's own base URL there.")


class EnvironmentScheme(Base):
    """A scheme in one environment."""

    token_url: Text | None = Field(None, description="The token endpoint there.")
    authorization_url: Text | None = Field(None, description="Where the user is sent there.")
    refresh_url: Text | None = Field(None, description="The refresh endpoint there.")


def _read_schemes(value: Any) -> Any:
    """The keys of a scheme stand for the connector's single unnamed one."""
    if isinstance(value, Map) and value and not any(isinstance(v, Map) for v in value.values()):
        return {"default": value}
    return value


class Environment(Base):
    """Where the provider is, and what differs there."""

    base_url: Text | None = Field(None, description="Its base URL. Default: the connector's.")
    variables: Named[Text] = Field({}, description="Fixed values of variables.")
    credentials: Named[EnvironmentCredential] = Field(
        {}, description="Names of environment variables."
    )
    calls: Named[EnvironmentCall] = Field({}, description="Base URLs of calls that have their own.")
    auth: Annotated[Named[EnvironmentScheme], BeforeValidator(_read_schemes)] = Field(
        {},
        description="Token and authorization URLs, by scheme name (not needed for a single scheme).",
    )


class NamedType(Base):
    """A named object, or a choice of values, of requests, and of answers where response fields name it."""

    fields: Fields = Field({}, description="Its fields.")
    enum: list[Raw] | None = Field(
        None, description="Instead of fields: the values it may have.", min_length=1
    )
    closed: Flag = Field(
        False, description="In answers too only these values; requests take no others anyway."
    )
    description: Text = Field("", description="What it is, for the docstring.")

    @property
    def values(self) -> tuple[object, ...]:
        """The values of enum."""
        return tuple(map(plain, self.enum or ()))


class Inference(Base):
    """How types are inferred."""

    required_after: Annotated[Integer, Field(ge=1)] = Field(
        1, description="How many responses must be seen before a field is required. Default: 1."
    )
    naive_datetimes: Annotated[Literal["utc"], choice("utc")] | None = Field(
        None, description="utc: date-times without an offset are UTC."
    )


class Lint(Base):
    """What lint leaves alone."""

    ignore: dict[Text, Text] = Field(
        {}, description="Code → the reason why it does not matter here."
    )


class BaseUrl(Base):
    """A server that each user hosts: its address is given to the client, or in the environment."""

    required: Flag = Field(False, description="true: every user has an address of their own.")
    example: Text | None = Field(None, description="An address, for documentation and messages.")
    pattern: Regex | None = Field(None, description="What the whole address must match.")
    description: Text = Field("", description="Where to find it, for the docstring.")


def _read_base_url(value: Any, handler: ValidatorFunctionWrapHandler) -> BaseUrl | str:
    if isinstance(value, str):
        return value
    if isinstance(value, Spelled):
        return value.text
    return cast("BaseUrl", handler(value))


class Document(Base):
    """A connector spec: one provider, its authentication, what its calls share, its calls."""

    callwright: Annotated[int, BeforeValidator(_format), WithJsonSchema({"const": 1})] = Field(
        description="The format's version: 1."
    )
    name: Name = Field(
        description="The connector's name: its package, and the prefix of its environment variables."
    )
    package: Name | None = Field(None, description="The import name. Default: name.")
    title: Text | None = Field(None, description="The provider's name as people write it.")
    version: Annotated[str, BeforeValidator(_semver), WithJsonSchema({"type": "string"})] | None = (
        Field(None, description="This description's own version, as 1.0.0.")
    )
    description: Text = Field("", description="What the provider is, for the docstring.")
    docs_url: Text | None = Field(None, description="Where its documentation is.")
    origin: Annotated[BaseUrl, WrapValidator(_read_base_url), Also((TEXT_SCHEMA,))] | None = Field(
        None,
        alias="base_url",
        description="What every path is appended to; may hold ${variables}. A map for servers that users host.",
    )
    allow_insecure: Flag = Field(
        False, description="Credentials may be sent over plain http to other machines."
    )
    environments: Named[Environment] = Field(
        {}, description="Environments beside live, and what differs there."
    )
    variables: Fields = Field(
        {},
        description="Values that are not secret unless marked so: constructor arguments, read from the environment too.",
    )
    credentials: Named[Credential] = Field(
        {}, description="Secrets: constructor arguments, read from the environment."
    )
    auth: Auth = Field({}, description="none, one scheme, or a map of named schemes.")
    shared: Shared | None = Field(None, description="What every call sends.")
    errors: Errors | None = Field(None, description="What the provider's errors look like.")
    paginate: Paginate | None = Field(
        None, description="How long lists are handed out, for calls with paginate."
    )
    retry: Retry | None = Field(None, description="When a failed call is repeated.")
    rate_limit: RateLimit | None = Field(
        None, description="How many requests are sent in which time."
    )
    timeout: Timeout | None = Field(None, description="How long is waited.")
    limits: Limits | None = Field(None, description="What is refused for its size.")
    types: dict[Text, NamedType] = Field(
        {}, description="Named objects and choices of values, of requests and of answers."
    )
    inference: Inference | None = Field(None, description="How types are inferred.")
    lint: Lint | None = Field(None, description="What lint leaves alone.")
    check: Name | None = Field(None, description="A cheap data call that proves the credentials.")
    calls: Named[Call] = Field({}, description="The calls.")

    @property
    def base_url(self) -> str | None:
        """The base URL, when it is the same for every user."""
        origin: object = self.origin
        return origin if isinstance(origin, str) else None

    @property
    def self_hosted(self) -> BaseUrl | None:
        """What is known of the base URL, when every user has another."""
        origin: object = self.origin
        return origin if isinstance(origin, BaseUrl) else None

    def written_out(self, parameter: Parameter) -> Parameter:
        """A parameter whose type is a named choice of values, with these values; any other as it is."""
        named = self.types.get(parameter.type or "")
        if named is None or not named.enum or parameter.enum:
            return parameter
        return parameter.model_copy(update={"type": None, "enum": named.enum})
