"""A client's settings, from constructor arguments and environment variables, validated once."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from . import template
from .auth.registry import build_scheme
from .auth.scheme import AuthContext, AuthScheme, CredentialSource
from .auth.static import NoCredentials
from .definition import (
    Call,
    ClientCertificate,
    Connector,
    CustomAuth,
    Environment,
    NamedScheme,
    Retry,
    Scheme,
    Timeout,
    parts,
)
from .errors import ArgumentError, AuthError, MissingCredentialError, StatusError
from .flow import WireRequest, WireResponse, drive_sync
from .options import (
    base_url_of,
    checked_access_token,
    checked_credentials,
    checked_shared,
    checked_variables,
    credentials_of,
    environment_of,
    merged_headers,
    values_of,
)
from .record import Record
from .unset import UNSET, Unset

if TYPE_CHECKING:
    import ssl

Credential: TypeAlias = "str | Callable[[], str]"
"""A secret, or a function that returns it and is called per request (so secrets can rotate without a new client)."""
AsyncCredential: TypeAlias = "str | Callable[[], str] | Callable[[], Awaitable[str]]"
"""Like Credential; the function may also be asynchronous."""
OnDrift: TypeAlias = "Literal['warn', 'raise', 'ignore'] | Callable[[Any], object]"
"""What to do when a response does not match its model. A callable receives each Drift."""

TAKES_TOKENS = ("OAuth2", "CustomToken", "Jwt")


class Login(Record):
    """A scheme in use, with its context."""

    scheme: AuthScheme
    context: AuthContext


class Settings(Record):
    """A client's resolved options. ``base_url``: the constructor's, None for the environment's."""

    connector: Connector
    environment: Environment
    base_url: str | None
    values: Mapping[str, str]
    shared: Mapping[str, object]
    credentials: Mapping[str, CredentialSource]
    timeout: Timeout | None
    retry: Retry | None
    on_drift: OnDrift
    errors: Mapping[str, type[StatusError]]
    headers: tuple[tuple[str, str], ...] = ()
    access_token: CredentialSource | None = None
    token_store: Any = None
    auth: object | None = None
    subject: str | None = None
    scheme: str | None = None
    """The name of the connector's scheme in use, None without authentication."""
    saved: dict[str, str] = field(default_factory=dict[str, str])
    logins: dict[str, Login] = field(default_factory=dict[str, "Login"])
    schemes: dict[str, AuthScheme] = field(default_factory=dict[str, AuthScheme])
    """Shared by all copies: token schemes keep tokens by login, so that a tenant's token outlives its copy."""

    def __repr__(self) -> str:
        return f"Settings({self.connector.name!r}, {self.environment.name!r})"

    @property
    def default_base_url(self) -> str:
        """The base URL of calls that do not define one, with variables not yet replaced."""
        return self.base_url or self.environment.base_url

    def secrets(self) -> list[str]:
        """All secrets the client holds, to redact in errors and logs."""
        shared = [self.shared.get(p.arg) for p in self.connector.shared.params if p.secret]
        found = [str(value) for value in shared if value is not None]
        if isinstance(self.access_token, str):
            found.append(self.access_token)
        contexts = [login.context for login in self.logins.values()] or [self.context_for("none")]
        return [*found, *(secret for context in contexts for secret in context.secrets())]

    def base_for(self, call: Call) -> str:
        """The call's base URL in this environment, with variables not yet replaced."""
        own = call.base_urls.get(self.environment.name) or call.base_url
        return own or self.default_base_url

    def timeout_for(self, call: Call) -> Timeout:
        """The client's timeout, else the call's, else the connector's."""
        return self.timeout or call.timeout or self.connector.timeout

    def retry_for(self, call: Call) -> Retry:
        """The client's policy (with the provider's headers), else the call's, else the connector's."""
        spec = call.retry or self.connector.retry
        if self.retry is None:
            return spec
        own = self.retry
        if own.wait_path == Retry().wait_path:
            own = own.replace(wait_path=spec.wait_path, wait_format=spec.wait_format)
        return own.replace(idempotency_header=own.idempotency_header or spec.idempotency_header)

    def login_for(self, call: Call) -> Login:
        """The scheme that the call uses, built at its first use."""
        name = call.auth or self.scheme or "none"
        if call.url is not None and call.auth is None:
            name = "none"
        return self.named_login(name)

    @property
    def token_scheme(self) -> str | None:
        """Whose token ``access_token`` is: that of the scheme in use, else of the first that takes tokens."""
        takers = [n.name for n in self.connector.auth if _takes_token(n.scheme)]
        return self.scheme if self.scheme in takers else next(iter(takers), None)

    def has_certificate(self) -> bool:
        """Whether the scheme in use shows a client certificate."""
        named = (n.scheme for n in self.connector.auth if n.name == self.scheme)
        return any(_has_certificate(scheme) for scheme in named)

    def named_login(self, name: str) -> Login:
        """The scheme of this name ("none" sends nothing), built at its first use."""
        found = self.logins.get(name)
        if found is None:
            found = self.logins.setdefault(name, self._login(name))
        return found

    def context_for(self, scheme: str) -> AuthContext:
        """What the scheme of this name may know of the client."""
        return AuthContext(
            self.connector, scheme, self.environment.name,
            self.default_base_url, self.credentials, self.values, self.saved,
            timeout=self.timeout or self.connector.timeout, token_store=self.token_store,
            access_token=self.access_token if scheme == self.token_scheme else None,
            auth=self.auth, subject=self.subject,
        )  # fmt: skip

    def _login(self, name: str) -> Login:
        context = self.context_for(name)
        if name == "none":
            return Login(NoCredentials(), context)
        named = next(n for n in self.connector.auth if n.name == name)
        missing = _missing(named, self)
        if missing:
            raise context.missing(*missing)
        scheme = self.schemes.get(name)
        if scheme is None:
            scheme = self.schemes.setdefault(name, build_scheme(named.scheme))
        scheme.check(context)
        return Login(scheme, context)


def resolve(
    connector: Connector,
    *,
    credentials: Mapping[str, CredentialSource | None],
    variables: Mapping[str, object],
    shared: Mapping[str, object],
    environment: str | None = None,
    base_url: str | None = None,
    timeout: Timeout | float | Unset | None = UNSET,
    retry: Retry | None = None,
    on_drift: OnDrift = "warn",
    errors: Mapping[str, type[StatusError]] | None = None,
    access_token: CredentialSource | None = None,
    token_store: Any = None,
    auth: object | None = None,
    subject: str | None = None,
) -> Settings:
    """The settings for constructor arguments. Raises ArgumentError and MissingCredentialError (all missing at once)."""
    if not callable(on_drift) and on_drift not in ("warn", "raise", "ignore"):
        raise ArgumentError(
            connector.name, "on_drift", "must be 'warn', 'raise', 'ignore' or a callable"
        )
    chosen = environment_of(connector, environment)
    settings = Settings(
        connector, chosen, base_url_of(connector, chosen, base_url),
        values_of(connector, chosen, variables), checked_shared(connector, shared),
        credentials_of(connector, chosen, credentials), as_timeout(connector, timeout),
        checked_retry(connector, retry), on_drift,
        errors or {}, (), checked_access_token(connector, access_token), token_store, auth,
        subject,
    )  # fmt: skip
    scheme = _select(settings, {k for k, v in credentials.items() if v is not None})
    settings = settings.replace(scheme=scheme)
    if settings.scheme is not None:
        settings.named_login(settings.scheme)  # what can never work is told now
    return settings


def changed(
    old: Settings,
    *,
    credentials: Mapping[str, CredentialSource | None],
    variables: Mapping[str, object],
    shared: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
    timeout: Timeout | float | Unset | None = UNSET,
    retry: Retry | None = None,
    access_token: CredentialSource | None = None,
    subject: str | None = None,
) -> Settings:
    """The settings of a copy, with the given ones replaced. Each login keeps its own tokens."""
    given = checked_credentials(
        old.connector,
        {k: v for k, v in credentials.items() if v is not None},
        old.environment.name,
    )
    access_token = checked_access_token(old.connector, access_token)
    if given and old.has_certificate():
        raise ArgumentError(
            old.connector.name,
            next(iter(given)),
            "cannot change in a copy, which shares the connections and their certificate;"
            " create another client",
        )
    variables = {k: v for k, v in variables.items() if v is not None}
    new = old.replace(
        credentials={**old.credentials, **given},
        values={**old.values, **checked_variables(old.connector, variables)},
        shared={**old.shared, **checked_shared(old.connector, shared)},
        headers=merged_headers(old.headers, headers or {}),
        timeout=old.timeout if timeout is UNSET else as_timeout(old.connector, timeout),
        retry=checked_retry(old.connector, retry) or old.retry,
        access_token=access_token or old.access_token,
        subject=subject or old.subject,
        logins={},
    )
    if given or variables or access_token is not None or subject is not None:
        chosen = _select(new, set(given)) if given or access_token is not None else new.scheme
        new = new.replace(saved={}, scheme=chosen)
    return new


def for_request(
    old: Settings,
    *,
    timeout: Timeout | float | Unset | None,
    retry: Retry | None,
    headers: Iterable[str],
) -> Settings:
    """The settings of one request, whose own ``headers`` (their names) replace those of ``with_options``."""
    names = {name.lower() for name in headers}
    return old.replace(
        timeout=as_timeout(old.connector, timeout) if timeout is not UNSET else old.timeout,
        retry=checked_retry(old.connector, retry) or old.retry,
        headers=tuple(h for h in old.headers if h[0].lower() not in names),
    )


def as_timeout(connector: Connector, timeout: Timeout | float | Unset | None) -> Timeout | None:
    """A number is used for connecting, reading and writing; None disables these timeouts. Raises ArgumentError."""
    if timeout is UNSET:
        return None
    given: Any = timeout  # callers without a type checker give anything
    made = given if isinstance(given, Timeout) else Timeout(given, given, given)
    phases: tuple[Any, ...] = (made.connect, made.read, made.write, made.pool, made.total)
    for seconds in phases:
        number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
        if seconds is not None and not (number and seconds > 0):
            raise ArgumentError(
                connector.name, "timeout", "must be more than 0 seconds, or None to disable it"
            )
    return made


def checked_retry(connector: Connector, retry: Retry | None) -> Retry | None:
    """The same. Raises ArgumentError for what is no Retry."""
    given: Any = retry  # callers without a type checker give anything
    if given is not None and not isinstance(given, Retry):
        raise ArgumentError(connector.name, "retry", "must be a Retry, such as Retry(attempts=5)")
    return retry


def only_one_way(connector: Connector, http_client: object, **own: object) -> None:
    """Raise ArgumentError for options of a pool of our own beside an HTTP client, which has its own and would win
    silently, or beside a transport."""
    given = [name for name, value in own.items() if value is not None]
    if http_client is not None and given:
        problem = "cannot be combined with http_client, which has its own"
        raise ArgumentError(connector.name, given[0], problem)
    if "transport" in given and len(given) > 1:
        name = next(n for n in given if n != "transport")
        raise ArgumentError(connector.name, name, "cannot be combined with transport")


def _missing(named: NamedScheme, settings: Settings) -> list[str]:
    own = ["auth"] if settings.auth is None and _takes_auth(named.scheme) else []
    return own + [c for c in _needed(named, settings) if c not in settings.credentials]


def _needed(named: NamedScheme, settings: Settings) -> tuple[str, ...]:
    """Its credentials but those of parts that a ready token, or the application's own object, replaces."""
    ready = settings.access_token is not None
    every = list(parts(named.scheme))
    kept = [p for p in every if not _takes_auth(p) and not (ready and _takes_token(p))]
    if len(kept) == len(every):
        return named.required
    # a definition is nothing but texts, which stand in its repr as they are
    used = {name for part in kept for name in template.names(repr(part))}
    return tuple(n for n in named.required if n in used)


def _select(settings: Settings, passed: set[str]) -> str | None:
    """The scheme that applies: most credentials passed, else the first whose credentials are all there."""
    schemes = [n for n in settings.connector.auth if not n.only_named]
    if not schemes:
        return None
    if settings.access_token is not None and not passed:
        for named in schemes:
            if _takes_token(named.scheme):
                return named.name
    if settings.auth is not None and not passed:
        for named in schemes:
            if _takes_auth(named.scheme):
                return named.name
    if passed and len(schemes) > 1:
        chosen = _most_passed(settings, schemes, passed)
        if chosen is not None:
            return chosen
    for named in schemes:
        if not _missing(named, settings):
            return named.name
    best = min(schemes, key=lambda n: len(_missing(n, settings))) if passed else schemes[0]
    env = {c.name: c.env.get(settings.environment.name) for c in settings.connector.credentials}
    missing = [(n, env.get(n)) for n in _missing(best, settings)]
    raise MissingCredentialError(settings.connector.name, missing)


def _most_passed(settings: Settings, schemes: list[NamedScheme], passed: set[str]) -> str | None:
    matching = [n for n in schemes if n.required and passed.issuperset(n.required)]
    if not matching:
        return None
    most = max(len(n.required) for n in matching)
    best = [n for n in matching if len(n.required) == most]
    if len(best) > 1:
        names = ", ".join(n.name for n in best)
        raise TypeError(
            f"{settings.connector.name}: the credentials passed match several schemes ({names});"
            " pass those of one scheme"
        )
    return best[0].name


def mentioned_credentials(names: tuple[str, ...], base_url: str, settings: Settings) -> list[str]:
    """The credentials that a call's constants and base URL mention; declared variables win."""
    names += template.names(base_url)
    if not names:
        return []
    declared = {v.param.wire for v in settings.connector.variables}
    known = {c.name for c in settings.connector.credentials} - declared
    return [n for n in dict.fromkeys(names) if n in known]


def tls_context(
    settings: Settings, *, own_client: bool, verify: object = None
) -> ssl.SSLContext | None:
    """The TLS context that ``verify`` or the scheme in use brings (client certificates), None for the shared one.

    Raises ArgumentError together with an application's own HTTP client, which would drop the certificate silently.
    """
    if not settings.has_certificate():
        return _verifying(settings.connector, verify)
    if verify is not None:
        raise ArgumentError(
            settings.connector.name, "verify",
            "cannot be combined with a client certificate: pass its authority as the credential ca",
        )  # fmt: skip
    if own_client:
        raise ArgumentError(
            settings.connector.name, "http_client",
            "cannot be combined with a client certificate: it has its own TLS settings",
        )  # fmt: skip
    login = settings.named_login(settings.scheme or "none")
    return drive_sync(login.scheme.ssl_context(login.context), send=_no_sending, sleep=time.sleep)


def _verifying(connector: Connector, verify: object) -> ssl.SSLContext | None:
    if verify is None:
        return None
    import ssl

    if isinstance(verify, ssl.SSLContext):
        return verify
    if not isinstance(verify, str | os.PathLike):
        problem = "must be the path of a PEM file, or an ssl.SSLContext"
        raise ArgumentError(connector.name, "verify", problem)
    path = os.fspath(cast("os.PathLike[str]", verify))
    try:
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        problem = "holds no PEM certificates"
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "cannot be read"
    raise ArgumentError(connector.name, "verify", f"{problem}: {path!r}")


def checked_connections(connector: Connector, most: object) -> int | None:
    """How many connections a pool may have, None for the default. Raises ArgumentError."""
    if most is None:
        return None
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        problem = "must be a whole number of at least 1"
        raise ArgumentError(connector.name, "max_connections", problem)
    return most


def _has_certificate(scheme: Scheme) -> bool:
    return any(isinstance(part, ClientCertificate) for part in parts(scheme))


def _takes_token(scheme: Scheme) -> bool:
    return any(type(part).__name__ in TAKES_TOKENS for part in parts(scheme))


def _takes_auth(scheme: Scheme) -> bool:
    return any(isinstance(part, CustomAuth) for part in parts(scheme))


def _no_sending(_request: WireRequest) -> WireResponse:
    raise AuthError("a client certificate cannot need a request")
