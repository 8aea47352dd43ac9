"""Authentication: each scheme with its keys. Every text may hold ``${name}``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from callwright.specfile.model.policies import Send
from callwright.specfile.model.values import (
    Also,
    Base,
    Flag,
    Name,
    Named,
    Paths,
    Raw,
    Regex,
    Seconds,
    Text,
    choice,
    describe,
    problem,
    single,
    without_notes,
)
from callwright.specfile.source import Map

Texts: TypeAlias = dict[str, Text]
ALGORITHMS = (
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip


class Saved(Base):
    """A value of the token answer, readable as ``${name}``."""

    path: Paths = Field(description="Where it stands in the answer.")
    pattern: Regex | None = Field(
        None, description="What it must look like; needed when it becomes part of a host."
    )


def _read_saved(value: Any) -> Any:
    if not isinstance(value, Map):
        return value
    return Map(
        {
            k: v if isinstance(v, Map) else single(v, "path", value.node, k)
            for k, v in without_notes(value).items()
        },
        value.node,
    )


Save: TypeAlias = Annotated[
    dict[
        Name,
        Annotated[
            Saved, Also(({"type": "string"}, {"type": "array", "items": {"type": "string"}}))
        ],
    ],
    BeforeValidator(_read_saved),
]


class Answer(Base):
    """How a token endpoint's answer is read, and where the token goes."""

    token_path: Paths | None = Field(
        None,
        description="Where the token stands. Default: $.access_token; $ when the whole text is the token.",
    )
    refresh_token_path: Paths | None = Field(
        None, description="Where the refresh token stands. Default: $.refresh_token."
    )
    expires_in_path: Paths | None = Field(
        None, description="Where the lifetime stands. Default: $.expires_in."
    )
    expires_at_path: Paths | None = Field(
        None, description="Where the end stands, as ISO text or epoch."
    )
    unit: (
        Annotated[Literal["seconds", "milliseconds"], choice("seconds", "milliseconds")] | None
    ) = Field(None, description="What the lifetime counts. Default: seconds.")
    token_lifetime: Annotated[Seconds, Field(gt=0)] | None = Field(
        None, description="Seconds, when the answer says nothing."
    )
    save: Save = Field(
        {}, description="Values of the answer kept beside the token, readable as ${name}."
    )
    refresh_margin: Annotated[Seconds, Field(ge=0)] | None = Field(
        None, description="How many seconds before its end a token is renewed. Default: 60."
    )
    send: Send | None = Field(
        None,
        description="Where the token goes. Default: {header: Authorization, prefix: 'Bearer '}.",
    )


class ApiKey(Base):
    """A static key in a header, query parameter, cookie or body."""

    type: Literal["api_key"]
    send: Send = Field(description="Where the key goes.")
    value: Text = Field("${api_key}", description="The key. Default: ${api_key}.")


class Bearer(Base):
    """A static token: ``Authorization: Bearer …``."""

    type: Literal["bearer"]
    token: Text = Field("${token}", description="The token. Default: ${token}.")


def _constant(value: object) -> object:
    return value["value"] if isinstance(value, Map) and set(value) == {"value"} else value


Slot: TypeAlias = Annotated[
    Text,
    BeforeValidator(_constant),
    Also(
        (
            {
                "type": "object",
                "properties": {"value": {"type": ["string", "number", "boolean"]}},
                "required": ["value"],
                "additionalProperties": False,
            },
        )
    ),
]
"""``${name}``, or in one of two slots a constant: blank, or ``{value: X}``."""


class Basic(Base):
    """HTTP Basic authentication."""

    type: Literal["basic"]
    username: Slot = Field(
        "${username}", description="Default: ${username}. {value: X} is a constant."
    )
    password: Slot = Field(
        "${password}", description="Default: ${password}. {value: X} is a constant."
    )


class Digest(Base):
    """HTTP Digest authentication."""

    type: Literal["digest"]
    username: Slot = Field(
        "${username}", description="Default: ${username}. {value: X} is a constant."
    )
    password: Slot = Field(
        "${password}", description="Default: ${password}. {value: X} is a constant."
    )


class Profile(Base):
    """Who a token belongs to."""

    path: Text = Field(description="The path (or URL) that answers who the token's owner is.")
    id_path: Paths = Field((), description="Where the owner's id stands.")
    email_path: Paths = Field((), description="Where the owner's e-mail address stands.")


class Assertion(Base):
    """A signed token (JWT)."""

    algorithm: Annotated[Text, choice(*ALGORITHMS)] = Field(
        description="How it is signed.", json_schema_extra={"enum": list(ALGORITHMS)}
    )
    key: Text = Field(
        "${private_key}",
        description="The key: PEM text, or a PEM file's path. Default: ${private_key}.",
    )
    headers: dict[str, Raw] = Field({}, description="Additional JOSE headers, as kid.")
    claims: dict[str, Raw] = Field({}, description="The claims; iat and exp are added.")
    lifetime: Annotated[Seconds, Field(gt=0)] = Field(
        300.0, description="How many seconds it is valid. Default: 300."
    )
    audience: Text | None = Field(
        None, description="The aud claim. Default: the token URL in mode exchange, otherwise none."
    )


_FLOWS = ("password", "authorization_code", "client_credentials")
_CLIENT_AUTH = ("body", "basic", "basic_raw", "private_key_jwt", "none")


class OAuth2(Answer):
    """OAuth 2."""

    type: Literal["oauth2"]
    flow: Annotated[
        Literal["password", "authorization_code", "client_credentials"], choice(*_FLOWS)
    ] = Field(description="How the first token is obtained.")
    token_url: Text = Field(description="The token endpoint.")
    authorization_url: Text | None = Field(
        None, description="Where the user is sent (authorization_code)."
    )
    refresh_url: Text | None = Field(
        None, description="The endpoint for refreshing. Default: token_url."
    )
    client_id: Text | None = Field(None, description="Default: ${client_id}.")
    client_secret: Text | None = Field(None, description="Default: ${client_secret}.")
    username: Text = Field("${username}", description="For flow password. Default: ${username}.")
    password: Text = Field("${password}", description="For flow password. Default: ${password}.")
    scopes: list[Text] = Field([], description="The scopes asked for.")
    scope_separator: Text = Field(" ", description="What stands between scopes. Default: a space.")
    client_auth: (
        Annotated[
            Literal["body", "basic", "basic_raw", "private_key_jwt", "none"],
            choice(*_CLIENT_AUTH),
        ]
        | None
    ) = Field(
        None,
        description="How the application identifies itself; basic encodes id and secret as RFC 6749 says,"
        " basic_raw does not. Default: body.",
    )
    assertion: Assertion | None = Field(
        None, description="What signs for client_auth: private_key_jwt."
    )
    pkce: Flag = Field(True, description="Proof key for code exchange, S256. Default: true.")
    authorization_params: Texts = Field(
        {}, description="Additional parameters of the authorization URL."
    )
    token_params: Texts = Field({}, description="Additional parameters of the token request.")
    refresh_params: Texts = Field({}, description="Additional parameters of the refresh request.")
    token_headers: Texts = Field({}, description="Additional headers of the token request.")
    token_method: Annotated[Literal["POST", "GET", "PUT"], choice("POST", "GET", "PUT")] = Field(
        "POST", description="The token request's method. Default: POST."
    )
    token_body: Annotated[Literal["form", "json", "query"], choice("form", "json", "query")] = (
        Field("form", description="How its parameters are sent. Default: form.")
    )
    rename_params: Texts = Field(
        {}, description="Standard name → the provider's name: {client_id: client_key}."
    )
    redirect_uri: Text | None = Field(
        None, description="A fixed redirect URI, registered with the provider."
    )
    profile: Profile | None = Field(None, description="Who a token belongs to.")


class BasicPair(Base):
    """The user name and password of a login that is sent with HTTP Basic."""

    username: Text = Field("${username}", description="Default: ${username}.")
    password: Text = Field("${password}", description="Default: ${password}.")


class TokenRequest(Base):
    """One request of a custom token scheme, with one of json, form and raw at most."""

    method: Annotated[Text, choice("GET", "POST", "PUT", "PATCH", "DELETE")] = Field(
        "POST", description="Default: POST."
    )
    url: Text = Field(description="The whole URL.")
    headers: Texts = Field({}, description="Its headers.")
    query: Texts = Field({}, description="Its query.")
    basic: BasicPair | None = Field(
        None,
        description="HTTP Basic authentication: {username: '${username}', password: '${password}'}.",
    )
    json_: Raw = Field(None, alias="json", description="A JSON body.")
    form: Texts | None = Field(None, description="A form body.")
    raw: Text | None = Field(None, description="Any other body, as text.")
    save: Save = Field(
        {}, description="Values of the answer for the next step, readable as ${name}."
    )


class CustomToken(Answer):
    """A token obtained by requests of the provider's own kind."""

    type: Literal["custom_token"]
    request: TokenRequest | None = Field(
        None, description="The request that answers with the token."
    )
    steps: list[TokenRequest] | None = Field(
        None,
        description="Several requests; each may save values for the next, the last answers with the token.",
        min_length=1,
    )
    refresh: TokenRequest | None = Field(
        None, description="The request that renews it; may use ${refresh_token}."
    )
    assertion: Assertion | None = Field(
        None, description="A signed token, readable as ${assertion}."
    )


class Jwt(Answer, Assertion):
    """A signed token: sent itself (direct), or exchanged for an access token (RFC 7523)."""

    type: Literal["jwt"]
    mode: Annotated[Literal["direct", "exchange"], choice("direct", "exchange")] = Field(
        description="direct: sent itself; exchange: buys a token at token_url."
    )
    token_url: Text | None = Field(None, description="The token endpoint (mode exchange).")
    token_params: Texts = Field({}, description="Additional parameters of the token request.")


class ClientCertificate(Base):
    """A TLS client certificate: PEM or PKCS#12; text when it begins with -----BEGIN, else a file's path."""

    type: Literal["client_certificate"]
    certificate: Text = Field("${certificate}", description="Default: ${certificate}.")
    private_key: Text = Field("${private_key}", description="Default: ${private_key}.")
    passphrase: Text = Field("${passphrase}", description="Default: ${passphrase}.")
    ca: Text = Field(
        "${ca}", description="The authority that signed the server's certificate. Default: ${ca}."
    )


class AllOf(Base):
    """Several schemes at once."""

    type: Literal["all"]
    of: list[Scheme] = Field(description="The schemes.", min_length=1)


class CustomAuth(Base):
    """The application's own httpx.Auth, given to the constructor as auth=."""

    type: Literal["custom"]
    name: Name = Field(description="Its name in callwright.toml, for initialize.")
    credentials: list[Name] = Field([], description="The credentials it needs.")


SCHEMES = (
    "api_key", "bearer", "basic", "digest", "oauth2", "custom_token", "jwt", "client_certificate",
    "all", "custom",
)  # fmt: skip


def _which(value: Any) -> str:
    return str(value["type"] if isinstance(value, Map) else value.type)


def _read_scheme(value: Any) -> Any:
    if not isinstance(value, Map):
        raise problem(
            "wrong-type", f"expected a scheme (a mapping with type), found {describe(value)}"
        )
    if "type" not in value:
        raise problem("missing-key", "type is missing: what kind of authentication is it?")
    kind = value["type"]
    if not isinstance(kind, str) or kind not in SCHEMES:
        raise PydanticCustomError(
            "bad-choice",
            "expected one of {options}, found {found}",
            {
                "options": ", ".join(SCHEMES),
                "words": SCHEMES,
                "found": describe(kind),
                "text": kind if isinstance(kind, str) else "",
                "key": "type",
            },
        )
    return value


AnyScheme: TypeAlias = (
    ApiKey
    | Bearer
    | Basic
    | Digest
    | OAuth2
    | CustomToken
    | Jwt
    | ClientCertificate
    | AllOf
    | CustomAuth
)
Scheme: TypeAlias = Annotated[
    Annotated[ApiKey, Tag("api_key")]
    | Annotated[Bearer, Tag("bearer")]
    | Annotated[Basic, Tag("basic")]
    | Annotated[Digest, Tag("digest")]
    | Annotated[OAuth2, Tag("oauth2")]
    | Annotated[CustomToken, Tag("custom_token")]
    | Annotated[Jwt, Tag("jwt")]
    | Annotated[ClientCertificate, Tag("client_certificate")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[CustomAuth, Tag("custom")],
    Discriminator(_which),
    BeforeValidator(_read_scheme),
]


_KEYS = frozenset(
    field.alias or name
    for scheme in get_args(AnyScheme)
    for name, field in scheme.model_fields.items()
)


def read_auth(value: Any) -> Any:
    """``none`` → no schemes; one scheme → the scheme "default"; otherwise a map of named schemes."""
    if value == "none":
        return {}
    if isinstance(value, Map) and not value:
        raise problem("bad-value", "the mapping is empty; without authentication write none")
    if isinstance(value, Map):
        if "type" in value and not isinstance(value["type"], Map):
            return {"default": value}
        value = without_notes(value)
        if any(
            not isinstance(inner, Map) or (name in _KEYS and "type" not in inner)
            for name, inner in value.items()
        ):
            raise problem("missing-key", "type is missing: what kind of authentication is it?")
        return value
    raise problem(
        "wrong-type", f"expected none, a scheme or a map of named schemes, found {describe(value)}"
    )


Auth: TypeAlias = Annotated[Named[Scheme], BeforeValidator(read_auth)]
"""Scheme name → scheme; a single unnamed scheme is "default"."""

AllOf.model_rebuild()
