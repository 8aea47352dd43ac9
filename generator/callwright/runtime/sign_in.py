"""Sign end users in with the OAuth 2.0 authorization code flow (RFC 6749, 4.1), with state and PKCE (RFC 7636, S256).

request = sign_in.authorization_url(redirect_uri=…)     keep request.state and request.code_verifier in the session
…redirect the browser to request.url; the provider redirects it back to redirect_uri…
code = read_redirect(url, state=…)                      refuses a response that belongs to another session
token = sign_in.exchange(code, redirect_uri=…, code_verifier=…)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import field, replace
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from .auth.oauth2 import OAuth2Scheme
from .auth.profile import UserProfile, request_profile
from .auth.scheme import AuthContext, CredentialSource
from .auth.token_cache import delete, save
from .auth.token_request import (
    clean,
    fill,
    fill_all,
    fill_url,
    names_in,
)
from .auth.token_store import MemoryTokenStore, Token, TokenStore
from .config import Settings, resolve, tls_context
from .definition import (
    AllOf,
    Connector,
    CustomAuth,
    NamedScheme,
    OAuth2,
    Timeout,
    code_part,
    parts,
    sign_in_parts,
)
from .errors import ArgumentError, AuthError
from .flow import Flow, drive_async, drive_sync
from .frames import clear_frames
from .http import httpx
from .record import Record
from .sending.network import Network
from .sending.pool import AsyncPool, Pool
from .unset import UNSET, Unset

T = TypeVar("T")
_ERRORS = ("error", "error_code")
_REASONS = ("error_description", "error_message", "error_reason")


class AuthorizationRequest(Record):
    """The URL to send the user's browser to, and the ``state`` and ``code_verifier`` to keep in the user's session.

    ``code_verifier``: None without PKCE.
    """

    url: str = field(repr=False)
    state: str = field(repr=False)
    code_verifier: str | None = field(default=None, repr=False)


def read_redirect(url: str, *, state: str) -> str:
    """Return the authorization code from the URL the provider redirected the browser to, or from its query.

    ``state``: that of the session's AuthorizationRequest. Raises AuthError if the user or the provider refused, if
    there is no code, or if the state does not match.
    """
    given = redirect_parameters(url)
    problem = _state_problem(given.get("state"), state)
    if error := next((given[name] for name in _ERRORS if given.get(name)), None):
        reason = next((given[name] for name in _REASONS if given.get(name)), None)
        said = ": ".join(clean(text, []) for text in (error, reason) if text)
        text = f"the provider refused the sign-in: {said}"
        raise AuthError(f"{text} ({problem})" if problem else text, code=clean(error, []))
    if not given.keys() & {"state", "code"}:
        raise AuthError("not a redirect from the provider: it has neither a code nor an error")
    if problem:
        raise AuthError(f"{problem}; start again")
    if not given.get("code"):
        raise AuthError("the redirect from the provider has no code")
    return given["code"]


def redirect_parameters(url: str) -> dict[str, str]:
    """The parameters of a redirect URL, or of its query alone."""
    url = url.strip()
    before = re.split("[?#]", url, maxsplit=1)[0]
    # values of a query may hold addresses as they are (scope, iss, error_uri)
    is_query = "=" in before and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", before)
    query, _, fragment = (url if is_query else url[len(before) :].removeprefix("?")).partition("#")
    return dict(parse_qsl(f"{fragment}&{query}", keep_blank_values=True))


def has_error(given: Mapping[str, str]) -> bool:
    """Whether the provider reported an error instead of signing the user in."""
    return any(given.get(name) for name in _ERRORS)


def _state_problem(given: str | None, expected: str) -> str | None:
    """Why a redirect does not belong to the sign-in with this state. None if it does."""
    if not given:
        return "the response belongs to another sign-in: it has no state"
    if not expected or not hmac.compare_digest(_bytes(given), _bytes(expected)):
        return "the response belongs to another sign-in: its state differs"
    return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


class SignIn:
    """Signs users in with a provider.

    Args:
        connector: The provider's definition.
        scheme: The name of its authorization-code scheme.
        credentials: Client id and secret, and a client certificate if the scheme has one (used for every request).
            They default to environment variables.
        variables: The connector's variables, which also default to environment variables.
        shared: The connector's shared parameters (for the profile).
        environment: The environment of the connector to use.
        base_url: Base URL of the API to use instead of the environment's (for the profile).
        timeout: Timeout of each request in seconds, or a ``Timeout`` per phase. None disables it.
        token_store: Where to store tokens, by ``subject``. Pass the same store to the client. Defaults to memory.
        transport: Custom transport, e.g. ``httpx.MockTransport`` in tests.
        async_transport: Custom transport for the asynchronous methods.

    Raises:
        ArgumentError: The scheme does not exist, or another argument is invalid.
        AuthError: The client certificate cannot be used.
        MissingCredentialError: A required credential is set neither here nor in the environment.
    """

    def __init__(
        self,
        connector: Connector,
        scheme: str,
        *,
        credentials: Mapping[str, CredentialSource | None] | None = None,
        variables: Mapping[str, object] | None = None,
        shared: Mapping[str, object] | None = None,
        environment: str | None = None,
        base_url: str | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        token_store: TokenStore | None = None,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        named, definition = _named(connector, scheme)
        settings = resolve(
            replace(connector, auth=(named,)),
            credentials=credentials or {},
            variables=variables or {},
            shared={},
            environment=environment,
            base_url=base_url,
            timeout=timeout,
        )
        self._definition = definition
        self._connector, self._settings = connector, settings
        self._variables, self._shared = variables or {}, shared or {}
        self._scheme = OAuth2Scheme(definition)
        self._context = AuthContext(
            connector=settings.connector,
            scheme=scheme,
            environment=settings.environment.name,
            base_url=settings.default_base_url,
            credentials=settings.credentials,
            values=settings.values,
            timeout=settings.timeout or settings.connector.timeout,
            token_store=token_store if token_store is not None else MemoryTokenStore(),
        )
        self._transports = transport, async_transport
        self._tls = tls_context(settings, own_client=False)

    @property
    def redirect_uri(self) -> str | None:
        """The redirect URI defined by the spec, or None."""
        template = self._definition.redirect_uri
        return None if template is None else fill(template, self._context.values)

    def authorization_url(
        self, *, redirect_uri: str | None = None, state: str | None = None
    ) -> AuthorizationRequest:
        """Build the URL to send the browser to. ``state``: an unguessable string; generated by default."""
        return self._run(self._authorization(redirect_uri, state))

    async def authorization_url_async(
        self, *, redirect_uri: str | None = None, state: str | None = None
    ) -> AuthorizationRequest:
        """Like ``authorization_url``, for credentials that are asynchronous functions."""
        return await self._run_async(self._authorization(redirect_uri, state))

    def exchange(
        self,
        code: str,
        *,
        redirect_uri: str | None = None,
        code_verifier: str | None = None,
        subject: str | None = None,
    ) -> Token:
        """Exchange an authorization code for a token. With a ``subject`` (the user), it is also stored.

        ``redirect_uri`` and ``code_verifier`` must be those of the AuthorizationRequest. Raises AuthError.
        """
        return self._run(self._exchange(code, redirect_uri, code_verifier, subject))

    async def exchange_async(
        self,
        code: str,
        *,
        redirect_uri: str | None = None,
        code_verifier: str | None = None,
        subject: str | None = None,
    ) -> Token:
        """Like ``exchange``, asynchronous."""
        return await self._run_async(self._exchange(code, redirect_uri, code_verifier, subject))

    def fetch_profile(self, token: Token) -> UserProfile:
        """Fetch the profile of the user a token belongs to. Raises AuthError if the provider returns none."""
        return self._run(self._profile(token))

    async def fetch_profile_async(self, token: Token) -> UserProfile:
        """Like ``fetch_profile``, asynchronous."""
        return await self._run_async(self._profile(token))

    def identify(self, token: Token) -> Token:
        """The token with its user in ``profile`` (``id``, ``email``), if the spec defines a profile call."""
        if self._definition.profile is None:
            return token
        found = self.fetch_profile(token)
        known = {"id": found.id, "email": found.email}
        return replace(token, profile={k: v for k, v in known.items() if v is not None})

    def store(self, token: Token, *, subject: str | None) -> None:
        """Store a token for a subject. Clients with the same store and ``subject`` use and refresh it."""
        self._run(self._store(token, subject))

    async def store_async(self, token: Token, *, subject: str | None) -> None:
        """Like ``store``, asynchronous."""
        await self._run_async(self._store(token, subject))

    def sign_out(self, *, subject: str | None) -> None:
        """Delete a subject's token from the store. It is not revoked: the provider may accept it until it expires."""
        self._run(self._sign_out(subject))

    async def sign_out_async(self, *, subject: str | None) -> None:
        """Like ``sign_out``, asynchronous."""
        await self._run_async(self._sign_out(subject))

    def _run(self, flow: Flow[T]) -> T:
        pool = Pool(None, self._transports[0], Network(self._tls))
        try:
            return drive_sync(flow, send=pool.send, sleep=time.sleep)
        except BaseException as error:
            clear_frames(error)
            raise
        finally:
            pool.close()

    async def _run_async(self, flow: Flow[T]) -> T:
        import asyncio

        pool = AsyncPool(None, self._transports[1], Network(self._tls))
        try:
            return await drive_async(flow, send=pool.send, sleep=asyncio.sleep)
        except BaseException as error:
            clear_frames(error)
            raise
        finally:
            await pool.aclose()

    def _authorization(
        self, redirect_uri: str | None, state: str | None
    ) -> Flow[AuthorizationRequest]:
        d, context = self._definition, self._context
        values = yield from self._scheme.values(context)
        template = d.authorization_urls.get(context.environment, d.authorization_url)
        if template is None:
            raise ArgumentError(context.connector.name, "", "the spec has no authorization_url")
        if d.client_id is None:
            raise ArgumentError(context.connector.name, "", "the spec has no client_id")
        url = fill_url(context, template, values)
        state = state or secrets.token_urlsafe(32)
        verifier = secrets.token_urlsafe(64) if d.pkce else None
        params = {
            "response_type": "code",
            "client_id": fill(d.client_id, values) or "",
            "redirect_uri": self._redirect_uri(redirect_uri),
            **self._scheme.scope(values),
            "state": state,
        }
        if verifier is not None:
            challenge = hashlib.sha256(verifier.encode()).digest()
            params["code_challenge"] = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
            params["code_challenge_method"] = "S256"
        params |= fill_all(d.authorization_params, values)
        query = urlencode({d.rename_params.get(k, k): v for k, v in params.items()})
        joint = "&" if "?" in url else "?"
        return AuthorizationRequest(f"{url}{joint}{query}", state, verifier)

    def _redirect_uri(self, given: str | None) -> str:
        found = given or self.redirect_uri
        if not found:
            raise ArgumentError(self._context.connector.name, "redirect_uri", "is required")
        return found

    def _exchange(
        self, code: str, redirect_uri: str | None, verifier: str | None, subject: str | None
    ) -> Flow[Token]:
        if self._definition.pkce and verifier is None:
            raise ArgumentError(
                self._context.connector.name,
                "code_verifier",
                "is required (the one of the AuthorizationRequest)",
            )
        values = yield from self._scheme.values(self._context)
        params = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri(redirect_uri),
        }
        if verifier is not None:
            params["code_verifier"] = verifier
        token = yield from self._scheme.request_token(self._context, values, params)
        if subject is not None:
            yield from self._store(token, subject)
        return token

    def _profile(self, token: Token) -> Flow[UserProfile]:
        profile, context = self._definition.profile, self._context
        if profile is None:
            raise ArgumentError(context.connector.name, "", "the spec has no profile")
        return (yield from request_profile(profile, self._calls(token), context))

    def _calls(self, token: Token) -> Settings:
        """The settings of a client that makes calls with this token."""
        given = self._settings
        settings = resolve(
            self._connector.replace(auth=(_for_calls(self._connector, given.scheme),)),
            credentials=given.credentials,
            variables=self._variables,
            shared=self._shared,
            environment=given.environment.name,
            base_url=given.base_url,
            timeout=UNSET if given.timeout is None else given.timeout,
            access_token=token.access_token,
        )
        settings.saved.update(token.saved)
        return settings

    def _store(self, token: Token, subject: str | None) -> Flow[None]:
        context = replace(self._context, subject=subject)
        values = yield from self._scheme.values(context)
        yield from save(context, context.token_store, self._scheme.key(context, values), token)

    def _sign_out(self, subject: str | None) -> Flow[None]:
        context = replace(self._context, subject=subject)
        values = yield from self._scheme.values(context)
        yield from delete(context, context.token_store, self._scheme.key(context, values))


def _named(connector: Connector, name: str) -> tuple[NamedScheme, OAuth2]:
    """The scheme without the parts only calls use, and its authorization-code part. Raises ArgumentError."""
    found = {n.name: (n, code) for n in connector.auth if (code := code_part(n.scheme)) is not None}
    if name not in found:
        known = ", ".join(map(repr, found)) or "none in this spec"
        raise ArgumentError(
            connector.name,
            "scheme",
            f"{name!r} is not an authorization-code scheme; available: {known}",
        )
    named, code = found[name]
    kept = sign_in_parts(named.scheme)
    used = {*OAuth2Scheme(code).names, *names_in([p for p in kept if p is not code])}
    return (
        named.replace(
            scheme=code if len(kept) == 1 else AllOf(kept),
            required=tuple(n for n in named.required if n in used),
            only_named=False,  # it is the one in use here: what is missing is told at once
        ),
        code,
    )


def _for_calls(connector: Connector, name: str | None) -> NamedScheme:
    """The scheme as calls use it, without code of the application's own, which signing in is not given."""
    named = next(n for n in connector.auth if n.name == name)
    kept = tuple(part for part in parts(named.scheme) if not isinstance(part, CustomAuth))
    return named.replace(scheme=kept[0] if len(kept) == 1 else AllOf(kept), only_named=False)
