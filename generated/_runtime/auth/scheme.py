"""What an authentication scheme is to the core: an object with flows, built from its definition.

The registry builds it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias

from ..credentials import stripped, text_problem
from ..definition import Connector, Timeout
from ..errors import ArgumentError, MissingCredentialError
from ..flow import Flow, Invoke, WireRequest, WireResponse
from ..record import Record
from ..template import names, substitute

if TYPE_CHECKING:
    import ssl

CredentialSource: TypeAlias = "str | Callable[[], str] | Callable[[], Awaitable[str]]"
"""A credential as given to the constructor: the value, or a callable asked at each use."""


class AuthContext(Record):
    """What a scheme may know and use during a call.

    ``values``: the client's variables that have a value. ``saved``: values of token answers, written by schemes and read
    as ``${name}`` (also by the encoder). ``access_token``: a ready token given to the constructor. ``token_store``: the
    application's store, None for the scheme's own memory. ``timeout`` is the call's, to be given to requests of the
    scheme. ``credentials`` holds only what is there: from the constructor, else the environment; ``held`` the secrets
    that calls got: tokens, and values of credentials that are functions. ``subject``: whose token it is, in an application with many users.
    """

    connector: Connector
    scheme: str
    environment: str
    base_url: str
    credentials: Mapping[str, CredentialSource]
    values: Mapping[str, str]
    saved: dict[str, str] = field(default_factory=dict[str, str])
    held: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    timeout: Timeout = field(default_factory=Timeout)
    token_store: Any = None
    access_token: CredentialSource | None = field(default=None, repr=False)
    auth: object | None = None
    subject: str | None = None

    def __repr__(self) -> str:
        return f"AuthContext({self.connector.name!r}, {self.scheme!r}, {self.environment!r})"

    def credential(self, name: str) -> Flow[str]:
        """The credential's value now; a callable is called. Raises MissingCredentialError when there is none."""
        source = self.credentials.get(name)
        if source is None:
            raise self.missing(name)
        return (yield from self._ask(name, source))

    def optional_credential(self, name: str) -> Flow[str | None]:
        """The credential's value now, or None when it was given nowhere."""
        source = self.credentials.get(name)
        if source is None:
            return None
        return (yield from self._ask(name, source))

    def _ask(self, name: str, source: CredentialSource) -> Flow[str]:
        if isinstance(source, str):
            return source  # checked when the client was built
        value = yield from ask(source, self.connector.name, name)
        if name in self.connector.secret_credentials:
            self.held[name] = value
        problem = text_problem(self.connector, name, value)
        if problem is not None:
            raise ArgumentError(self.connector.name, name, f"is a function whose result {problem}")
        return value

    def secrets(self) -> list[str]:
        """Every secret that is known without asking a function for it, to be hidden in errors and logs."""
        sources = [self.credentials.get(name) for name in self.connector.secret_credentials]
        variables = [v.param.wire for v in self.connector.variables if v.param.secret]
        sources += [self.access_token, *(self.values.get(name) for name in variables)]
        return [*self.held.values(), *(s for s in sources if isinstance(s, str))]

    def expand(self, template: str, extra: Mapping[str, str] | None = None) -> Flow[str | None]:
        """The text with each ``${name}`` replaced: ``extra``, saved values, variables, credentials, in this order.

        None when a name has no value (an optional variable or credential): the entry is left out.
        """
        found: dict[str, str] = {}
        for name in names(template):
            value = self.value(name, extra)
            if value is None:
                value = yield from self.optional_credential(name)
            if value is None:
                return None
            found[name] = value
        return substitute(template, found.__getitem__)

    def value(self, name: str, extra: Mapping[str, str] | None = None) -> str | None:
        """The value of a name that is no credential, None when it has none."""
        if extra is not None and name in extra:
            return extra[name]
        return self.saved.get(name, self.values.get(name))

    def missing(self, *wanted: str) -> MissingCredentialError:
        """The error that lists these credentials and the variables to set."""
        env = {c.name: c.env.get(self.environment) for c in self.connector.credentials}
        return MissingCredentialError(self.connector.name, [(n, env.get(n)) for n in wanted])

    def known(self, template: str) -> str | None:
        """The expanded text if it needs no function to be called; None when it does, or lacks a value."""
        values = {**self.credentials, **self.values, **self.saved}
        found = {name: values.get(name) for name in names(template)}
        texts = {name: value for name, value in found.items() if isinstance(value, str)}
        return substitute(template, texts.__getitem__) if len(texts) == len(found) else None

    def refused(self, template: str, problem: str) -> ArgumentError:
        """The error for a credential that cannot be used; it names the argument and its variable, not the value."""
        known = {c.name for c in self.connector.credentials}
        name = next((n for n in names(template) if n in known), "auth")
        return bad_credential(self.connector, self.environment, name, problem)


def bad_credential(
    connector: Connector, environment: str, name: str, problem: str
) -> ArgumentError:
    """The error for a credential that cannot be used, wherever it came from."""
    env = {c.name: c.env.get(environment) for c in connector.credentials}.get(name)
    where = f"(read from {env} by default) " if env else ""
    return ArgumentError(connector.name, name, f"{where}{problem}")


def ask(source: CredentialSource, connector: str, name: str) -> Flow[str]:
    """The value of a credential source; what its function raises passes as it is. Raises ArgumentError for no text."""
    if isinstance(source, str):
        return source
    value = yield Invoke(source)
    if not isinstance(value, str):
        # the value itself may be secret: only its type is told
        raise ArgumentError(
            connector, name, f"is a function that must return str, not {type(value).__name__}"
        )
    return stripped(value)


class AuthScheme:
    """Base of all schemes; what a scheme does not need it does not override.

    One object lives as long as its client (copies made by ``with_options`` share it unless credentials change), so a
    scheme may keep tokens. It is used from several threads, or from several tasks of one event loop: a scheme guards
    what it keeps with ``Acquire``/``Release`` of a SharedLock (locks.py).
    """

    def check(self, context: AuthContext) -> None:
        """When a client is built, after its credentials are found: raises AuthError for one that can never work (a
        private key that is none). Callables are not called."""

    def prepare(self, context: AuthContext) -> Flow[None]:
        """Before the request is encoded: fill ``context.saved`` where URLs or headers use saved values."""
        yield from ()

    def authorize(self, request: WireRequest, context: AuthContext) -> Flow[WireRequest]:
        """The request with its credentials in ``secret_*`` (see ``place`` in auth.py)."""
        yield from ()
        return request

    def challenged(
        self, request: WireRequest, response: WireResponse, context: AuthContext
    ) -> Flow[WireRequest | None]:
        """After a 401, or an error mapped to AuthenticationError, once per call.

        ``request`` is the one ``authorize`` returned. The result is a request to send once more, None to give up.
        """
        yield from ()
        return None

    def ssl_context(self, context: AuthContext) -> Flow[ssl.SSLContext | None]:
        """When the connection pool is built: a TLS context of the scheme's own (client certificates)."""
        yield from ()
        return None
