"""Definitions of connectors and calls, as plain data.

The same definitions drive the generated client, `callwright initialize`, drift and mock: one pure encoder (encode.py)
turns a definition and its arguments into a request. Constant strings may contain ``${name}`` (a variable, a
credential, or a saved token value; ``$${`` is a literal ``${``). They are expanded for each call and never evaluated.

Fields and values are named as in the spec.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from .record import Record
from .unset import UNSET, Unset

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

ParamType: TypeAlias = Literal[
    "string", "integer", "number", "boolean", "array", "object", "datetime", "date", "unix_seconds", "unix_millis",
    "uuid", "decimal", "bytes", "file", "map", "any", "json_string",
]  # fmt: skip
ArrayStyle: TypeAlias = Literal["repeat", "comma", "brackets", "indices"]


class Param(Record):
    """An argument. ``wire``: its name on the wire; ``arg``: the name of the Python argument. Both are empty for the
    element of an array or map.

    ``shared``: the client's constructor takes it too; UNSET in a call means the client's value.
    ``default``: sent if the argument is omitted. ``items``/``values``: the element of an array/map.
    ``fields``: the members of a typed object, keyed by their names on the wire.
    """

    wire: str = ""
    arg: str = ""
    type: ParamType = "string"
    required: bool = False
    nullable: bool = False
    allow_blank: bool = False
    shared: bool = False
    secret: bool = False
    default: JsonValue | Unset = UNSET
    enum: tuple[str | int | float | bool, ...] = ()
    pattern: str | None = None
    minimum: float | int | None = None
    maximum: float | int | None = None
    min_length: int | None = None
    max_length: int | None = None
    items: Param | None = None
    values: Param | None = None
    fields: tuple[Field, ...] = ()
    array_style: ArrayStyle = "repeat"
    first_index: int = 0
    keep_slashes: bool = False
    encode: Literal["string"] | None = None
    auto: Literal["uuid4"] | None = None


class Const(Record):
    """A constant. In headers, query, paths and forms ``value`` is the text exactly as written in the spec (a list of
    texts for a list); in JSON bodies it has its JSON type. Strings are templates (``${name}``). When one of
    ``optional`` (variables that may be unset) has no value, the whole entry is left out."""

    wire: str
    value: JsonValue
    optional: tuple[str, ...] = ()
    array_style: ArrayStyle = "repeat"


class Place(Record):
    """A nested object on the wire whose members are arguments of the method."""

    wire: str
    fields: tuple[Field, ...]


Field: TypeAlias = "Param | Const | Place"


class Body(Record):
    """A request body. ``whole``: one argument is the entire body. ``template``: a raw body with {symbol}s."""

    type: Literal["json", "form", "multipart", "raw"] = "json"
    fields: tuple[Field, ...] = ()
    whole: Param | None = None
    nested: Literal["brackets", "dots", "json"] = "brackets"
    content_type: str | None = None
    template: str | None = None


class Stream(Record):
    """How a stream of events is read. ``end``: the data that ends it; ``text_path``: where an event has its piece of text;
    ``reconnect``: how often a lost connection of a data call is taken up again. ``by_event``: whether the event field of
    server-sent events names the type."""

    format: Literal["sse", "jsonl"] = "sse"
    end: str | None = None
    text_path: str | None = None
    reconnect: int = 0
    by_event: bool = False


class Xml(Record):
    """What is known of an XML format from its captures, and cannot be seen in a single response.

    ``lists``: children that may be repeated, as ``parent/child`` (``/child``: of the root, whatever its name).
    ``prefixed``: names that keep their namespace prefix because they would clash without it (``@`` before attributes).
    """

    lists: tuple[str, ...] = ()
    prefixed: tuple[str, ...] = ()


class Response(Record):
    """How a success response is read. ``select``: the path of the value to return. ``value``: a constant to return
    instead of the body. ``untyped``: return plain JSON data. ``xml``: only for ``type`` xml. ``may_be_empty``: an empty
    body is None."""

    type: Literal["json", "xml", "text", "number", "image", "file", "empty", "stream"] = "json"
    select: str | None = None
    value: JsonValue | Unset = UNSET
    untyped: bool = False
    content_type: str | None = None
    stream: Stream | None = None
    xml: Xml | None = None
    may_be_empty: bool = False


class Send(Record):
    """Where a credential or token is sent: header, query, cookie or body (a JSON path); ``prefix`` precedes it."""

    place: Literal["header", "query", "cookie", "body"]
    name: str
    prefix: str = ""


class Retry(Record):
    """Retry policy. ``attempts``: maximum, including the first; ``max_wait``: longest wait accepted, in seconds."""

    attempts: int = 3
    statuses: tuple[int, ...] = (408, 425, 429, 500, 502, 503, 504)
    wait_path: tuple[str, ...] = ("header.retry-after",)
    wait_format: Literal[
        "auto", "seconds", "milliseconds", "date", "unix_seconds", "unix_millis"
    ] = "auto"
    max_wait: float = 60.0
    idempotency_header: str | None = None


class RateLimit(Record):
    requests: int
    seconds: float


class Timeout(Record):
    """Timeouts in seconds, per phase. None disables a phase's timeout.

    ``pool``: the wait for a free connection. ``total``: the whole call with its retries, waits and token requests, up to
    the response's headers for streams.
    """

    connect: float | None = 10.0
    read: float | None = 60.0
    write: float | None = 60.0
    pool: float | None = None
    total: float | None = None


class Paginate(Record):
    """How a list continues. The call takes the argument ``cursor`` (unless ``type`` is next_url), and ``page_size`` if it
    has one.

    ``first``: the number of the first page, or the first offset. ``as_text``: cursors are sent as text. ``origin``: whether
    a next URL of another origin is refused, or only its path and query are taken.
    """

    type: Literal["cursor", "page", "offset", "next_url"]
    items_path: str
    next_path: tuple[str, ...] = ()
    more_path: tuple[str, ...] = ()
    total_path: tuple[str, ...] = ()
    total_pages_path: tuple[str, ...] = ()
    first: int = 1
    as_text: bool = True
    max_pages: int | None = None
    origin: Literal["refuse", "ignore"] = "refuse"


class FailedWhen(Record):
    """A success that is an error: the value at ``path`` equals ``is_``, differs from ``not_``, or is (not) present."""

    path: tuple[str, ...]
    is_: JsonValue | Unset = UNSET
    not_: JsonValue | Unset = UNSET
    present: bool | None = None


class Errors(Record):
    """Where errors hold their message, code and request id. ``raises`` maps a status ("402") or a code to the name of
    an exception class; ``xml``: set if errors were captured as XML."""

    message_path: tuple[str, ...] = ()
    code_path: tuple[str, ...] = ()
    request_id_path: tuple[str, ...] = ()
    failed_when: tuple[FailedWhen, ...] = ()
    raises: Mapping[str, str] = field(default_factory=dict[str, str])
    xml: Xml | None = None


class UrlArgument(Record):
    """The whole URL is an argument. Only these hosts (``*.`` matches one or more labels) are allowed."""

    arg: str
    hosts: tuple[str, ...]


class Call(Record):
    """A call. ``data``: it only reads, so it may be retried and redirected; otherwise it is an action.

    ``repeatable``: an idempotent action, which is retried after a lost connection.
    ``auth``: None for the client's scheme, "none" to send no credentials, otherwise the name of a scheme.
    ``base_url``: overrides the connector's; ``base_urls``: per environment. ``responses``: by status, overriding
    ``response``. ``listed``: whether the spec has it; False for the calls of ``client.request``.
    """

    name: str
    method: str
    path: str
    data: bool
    path_params: tuple[Param | Const, ...] = ()
    query: tuple[Field, ...] = ()
    headers: tuple[Field, ...] = ()
    cookies: tuple[Field, ...] = ()
    body: Body | None = None
    url: UrlArgument | None = None
    base_url: str | None = None
    base_urls: Mapping[str, str] = field(default_factory=dict[str, str])
    auth: str | None = None
    response: Response = field(default_factory=Response)
    responses: Mapping[int, Response] = field(default_factory=dict[int, Response])
    retry: Retry | None = None
    timeout: Timeout | None = None
    paginate: Paginate | None = None
    max_response_bytes: int | None = None
    max_download_bytes: int | None = None
    max_event_bytes: int | None = None
    repeatable: bool = False
    listed: bool = True


# Authentication. Every text is a template; credential names that the text mentions are the scheme's credentials.


class ApiKey(Record):
    send: Send
    value: str = "${api_key}"


class Bearer(Record):
    token: str = "${token}"  # noqa: S105 - a template, no secret


class Basic(Record):
    username: str = "${username}"
    password: str = "${password}"  # noqa: S105 - a template, no secret


class Digest(Record):
    username: str = "${username}"
    password: str = "${password}"  # noqa: S105 - a template, no secret


class SavedValue(Record):
    """A value of the token response, stored with the token and available as ``${name}``."""

    path: tuple[str, ...]
    pattern: str | None = None


class TokenAnswer(Record):
    """How a token endpoint's response is read. ``lifetime``: the token's lifetime in seconds if the response has none.

    ``unit``: of ``expires_in``; ``refresh_margin``: a new token is obtained this many seconds before expiry.
    """

    token_path: tuple[str, ...] = ("$.access_token",)
    refresh_token_path: tuple[str, ...] = ("$.refresh_token",)
    expires_in_path: tuple[str, ...] = ("$.expires_in",)
    expires_at_path: tuple[str, ...] = ()
    unit: Literal["seconds", "milliseconds"] = "seconds"
    lifetime: float | None = None
    save: Mapping[str, SavedValue] = field(default_factory=dict[str, SavedValue])
    refresh_margin: float = 60.0


BEARER_HEADER = Send("header", "Authorization", "Bearer ")


class Profile(Record):
    """The user a token belongs to, as returned by ``call`` when sent with the token."""

    call: Call
    id_path: tuple[str, ...] = ()
    email_path: tuple[str, ...] = ()


class TokenRequest(Record):
    """A request of a custom token scheme, with at most one of json, form and raw. ``basic``: sent in Authorization."""

    url: str
    method: str = "POST"
    basic: Basic | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    json: JsonValue | Unset = UNSET
    form: Mapping[str, str] | None = None
    raw: str | None = None
    save: Mapping[str, SavedValue] = field(default_factory=dict[str, SavedValue])


class Assertion(Record):
    """A signed token. ``lifetime``: in seconds; ``audience``: None for no ``aud``, unless the claims have one."""

    algorithm: str
    key: str = "${private_key}"
    headers: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    claims: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    lifetime: float = 300.0
    audience: str | None = None


class OAuth2(Record):
    flow: Literal["password", "authorization_code", "client_credentials"]
    token_url: str
    token_urls: Mapping[str, str] = field(default_factory=dict[str, str])  # per environment
    authorization_url: str | None = None
    authorization_urls: Mapping[str, str] = field(default_factory=dict[str, str])
    refresh_url: str | None = None
    refresh_urls: Mapping[str, str] = field(default_factory=dict[str, str])
    client_id: str | None = "${client_id}"
    client_secret: str | None = "${client_secret}"  # noqa: S105 - a template, no secret
    username: str = "${username}"
    password: str = "${password}"  # noqa: S105 - a template, no secret
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    client_auth: Literal["body", "basic", "basic_raw", "private_key_jwt", "none"] = "body"
    assertion: Assertion | None = None  # signs for private_key_jwt
    pkce: bool = True
    authorization_params: Mapping[str, str] = field(default_factory=dict[str, str])
    token_params: Mapping[str, str] = field(default_factory=dict[str, str])
    refresh_params: Mapping[str, str] = field(default_factory=dict[str, str])
    token_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    token_method: str = "POST"  # noqa: S105 - a verb, no secret
    token_body: Literal["form", "json", "query"] = "form"  # noqa: S105 - a kind, no secret
    rename_params: Mapping[str, str] = field(default_factory=dict[str, str])
    redirect_uri: str | None = None
    profile: Profile | None = None
    answer: TokenAnswer = field(default_factory=TokenAnswer)
    send: Send = BEARER_HEADER


class CustomToken(Record):
    steps: tuple[TokenRequest, ...]
    refresh: TokenRequest | None = None
    assertion: Assertion | None = None
    answer: TokenAnswer = field(default_factory=TokenAnswer)
    send: Send = BEARER_HEADER


class Jwt(Record):
    """``direct``: sends the signed token itself. ``exchange``: trades it for a token at ``token_url`` (RFC 7523)."""

    mode: Literal["direct", "exchange"]
    assertion: Assertion
    token_url: str | None = None
    token_urls: Mapping[str, str] = field(default_factory=dict[str, str])
    token_params: Mapping[str, str] = field(default_factory=dict[str, str])
    answer: TokenAnswer = field(default_factory=TokenAnswer)
    send: Send = BEARER_HEADER


class ClientCertificate(Record):
    """PEM or PKCS#12 material: text if it starts with ``-----BEGIN``, else the path of a file."""

    certificate: str = "${certificate}"
    private_key: str | None = "${private_key}"
    passphrase: str | None = "${passphrase}"  # noqa: S105 - a template, no secret
    ca: str | None = "${ca}"


class AllOf(Record):
    of: tuple[Scheme, ...]


class CustomAuth(Record):
    """An ``httpx.Auth`` object, passed to the constructor as ``auth=``."""

    name: str
    credentials: tuple[str, ...] = ()


Scheme: TypeAlias = (
    "ApiKey | Bearer | Basic | Digest | OAuth2 | CustomToken | Jwt | ClientCertificate | AllOf | CustomAuth"
)


def parts(scheme: Scheme) -> Iterator[Scheme]:
    """The parts of a combined scheme, or the scheme itself."""
    if isinstance(scheme, AllOf):
        for inner in scheme.of:
            yield from parts(inner)
    else:
        yield scheme


def code_part(scheme: Scheme) -> OAuth2 | None:
    """The authorization-code part of a scheme, or None."""
    found = (p for p in parts(scheme) if isinstance(p, OAuth2))
    return next((p for p in found if p.flow == "authorization_code"), None)


def sign_in_parts(scheme: Scheme) -> tuple[Scheme, ...]:
    """The parts needed to sign end users in: the authorization-code part and client certificates."""
    code = code_part(scheme)
    return tuple(p for p in parts(scheme) if p is code or isinstance(p, ClientCertificate))


class NamedScheme(Record):
    """A scheme and its credentials (``optional`` ones may be missing).

    ``only_named``: used only by calls that name it, so its credentials are not required before such a call.
    """

    name: str  # "default" for a connector's single unnamed scheme
    scheme: Scheme
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    only_named: bool = False


class Variable(Record):
    """A variable. ``param.arg``: the constructor argument; ``env``: environment variables by environment."""

    param: Param
    env: Mapping[str, str]


class Credential(Record):
    """A credential. ``name``: the constructor argument; ``env``: environment variables by environment.

    ``secret``: whether it is redacted everywhere. User names are not.
    """

    name: str
    env: Mapping[str, str]
    pattern: str | None = None
    safe_pattern: str | None = None
    secret: bool = True


class SelfHosted(Record):
    """The base URL of a self-hosted server. ``env``: environment variables, for environments without a base URL."""

    env: Mapping[str, str]
    pattern: str | None = None
    example: str | None = None


class Environment(Record):
    name: str
    base_url: str
    variables: Mapping[str, str] = field(
        default_factory=dict[str, str]
    )  # fixed values of this environment


class Shared(Record):
    """What every call sends that does not write the same name itself; ``body`` in JSON objects and forms."""

    headers: tuple[Field, ...] = ()
    query: tuple[Field, ...] = ()
    body: tuple[Field, ...] = ()

    @property
    def params(self) -> tuple[Param, ...]:
        """The arguments among them, which the client's constructor takes too."""
        return tuple(params_of((*self.headers, *self.query, *self.body)))


def params_of(fields: Iterable[Field]) -> Iterator[Param]:
    """The arguments of fields, those inside places among them."""
    for field_ in fields:
        if isinstance(field_, Param):
            yield field_
        elif isinstance(field_, Place):
            yield from params_of(field_.fields)


class Connector(Record):
    """A provider: what its calls share. ``prefix``: of all its environment variables (``OPENWEATHER_``)."""

    name: str
    prefix: str
    environments: tuple[Environment, ...]
    variables: tuple[Variable, ...] = ()
    credentials: tuple[Credential, ...] = ()
    auth: tuple[NamedScheme, ...] = ()
    shared: Shared = field(default_factory=Shared)
    errors: Errors = field(default_factory=Errors)
    retry: Retry = field(default_factory=Retry)
    rate_limit: RateLimit | None = None
    timeout: Timeout = field(default_factory=Timeout)
    max_response_bytes: int = 104_857_600
    max_download_bytes: int | None = None
    max_event_bytes: int | None = None
    allow_insecure: bool = False
    self_hosted: SelfHosted | None = None

    @property
    def secret_credentials(self) -> frozenset[str]:
        """The names of the credentials that are redacted everywhere."""
        return frozenset(c.name for c in self.credentials if c.secret)
