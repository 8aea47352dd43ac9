"""Schemes that send a token: obtained when there is none, renewed before it ends, once more when it is refused."""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping
from typing import Protocol

from ..definition import Assertion, JsonValue, Scheme, Send, TokenAnswer
from ..errors import AuthError
from ..flow import Flow, WireRequest, WireResponse
from .scheme import AuthContext, AuthScheme, ask
from .static import place
from .token_cache import TokenCache
from .token_request import Values, gather, names_in
from .token_response import secret_names
from .token_store import Token


class Signs(Protocol):
    """What signs assertions (see signing.py, which only packages that need it have)."""

    def check(self, context: AuthContext) -> None:
        """Raises AuthError for a key that cannot sign."""
        ...

    def sign(self, context: AuthContext, values: Values, claims: Mapping[str, JsonValue]) -> str:
        """A signed token with these claims, those of the definition over them."""
        ...


def build_signer(assertion: Assertion) -> Signs:
    """The signer of an assertion."""
    signer: Signs = importlib.import_module(".signing", __package__).Signer(assertion)
    return signer


class TokenScheme(AuthScheme):
    """Base of the schemes that send a token; a subclass says how one is obtained and refreshed.

    Tokens are kept by login (see TokenCache), so one object serves clients with different credentials. ``names``: the
    variables and credentials that its templates use.
    """

    def __init__(self, definition: Scheme, answer: TokenAnswer, send: Send) -> None:
        self.names = sorted(names_in(definition))
        self._answer = answer
        self._send = send
        self._cache = TokenCache()
        self._signer: Signs | None = None
        self._saves = bool(answer.save)
        self._secret_saves = secret_names(answer.save)

    def check(self, context: AuthContext) -> None:
        if self._signer is not None:
            self._signer.check(context)

    @property
    def can_obtain(self) -> bool:
        """Whether the credentials alone are enough for a new token."""
        return True

    def obtain(self, context: AuthContext, values: Values, old: Token | None) -> Flow[Token]:
        """A new token from the credentials. Raises AuthError."""
        raise NotImplementedError

    def refresh(self, context: AuthContext, values: Values, old: Token) -> Flow[Token | None]:
        """A new token from the old one; None when that is not possible. Raises AuthError."""
        yield from ()
        return None

    def identity(self, context: AuthContext, values: Values) -> Mapping[str, str]:
        """The values that tell one login from another."""
        return values

    def prepare(self, context: AuthContext) -> Flow[None]:
        if self._saves:
            yield from self.token(context)

    def authorize(self, request: WireRequest, context: AuthContext) -> Flow[WireRequest]:
        token = yield from self.token(context)
        return self._with_token(request, token)

    def challenged(
        self, request: WireRequest, response: WireResponse, context: AuthContext
    ) -> Flow[WireRequest | None]:
        token = yield from self.token(context, refused=request)
        if self._carries(request, token):
            return None  # there is no other token
        return self._with_token(request, token)

    def _with_token(self, request: WireRequest, token: Token) -> WireRequest:
        placed = place(request, self._send, token.access_token)
        if not self._secret_saves:
            return placed
        saved = (token.saved.get(name) for name in self._secret_saves)
        return placed.replace(secret_texts=(*placed.secret_texts, *filter(None, saved)))

    def token(self, context: AuthContext, *, refused: WireRequest | None = None) -> Flow[Token]:
        """The token to use now; ``refused``: a request whose token the provider did not take. Raises AuthError."""
        if context.access_token is not None:
            ready = yield from ask(context.access_token, context.connector.name, "access_token")
            return _held(context, Token(ready))
        values = yield from self.values(context)

        def usable(token: Token) -> bool:
            fresh = not token.expires_within(self._answer.refresh_margin, time.time())
            return fresh and (refused is None or not self._carries(refused, token))

        def renew(old: Token | None) -> Flow[Token]:
            return self._renew(context, values, old, refused)

        key = self.key(context, values)
        token = yield from self._cache.get(context, key, usable, renew)
        context.saved.update(token.saved)
        return _held(context, token)

    def values(self, context: AuthContext) -> Flow[dict[str, str]]:
        """The values of all names that the scheme's templates use. Raises MissingCredentialError."""
        values = yield from gather(context, self.names)
        for named in context.connector.auth:
            if named.name == context.scheme:
                absent = [n for n in named.required if n in self.names and n not in values]
                if absent:
                    raise context.missing(*absent)
        return values

    def key(self, context: AuthContext, values: Values) -> str:
        """The key of this login's token in a TokenStore."""
        return self._cache.key(context, self.identity(context, values))

    def _carries(self, request: WireRequest, token: Token) -> bool:
        return _secrets(place(request, self._send, token.access_token)) == _secrets(request)

    def _renew(
        self,
        context: AuthContext,
        values: Values,
        old: Token | None,
        refused: WireRequest | None,
    ) -> Flow[Token]:
        if old is None:
            return (yield from self.obtain(context, values, None))
        try:
            token = yield from self.refresh(context, values, old)
        except AuthError as error:
            if refused is None and _passing(error) and not old.expires_within(0, time.time()):
                return old  # the provider has trouble, and the old token is good for another moment
            if _passing(error) or not self.can_obtain:
                raise
            token = None
        if token is not None:
            return token
        if refused is not None and not self.can_obtain:
            return old  # nothing to be done: the provider's own 401 tells more than we could
        return (yield from self.obtain(context, values, old))


def _secrets(request: WireRequest) -> tuple[object, ...]:
    return (
        sorted(request.secret_headers),
        sorted(request.secret_query),
        sorted(request.secret_cookies),
        request.secret_content,
    )


def _held(context: AuthContext, token: Token) -> Token:
    """The same token, which errors of this client hide from now on."""
    context.held["access token"] = token.access_token
    if token.refresh_token is not None:
        context.held["refresh token"] = token.refresh_token
    return token


def _passing(error: AuthError) -> bool:
    """Whether the same request may succeed later: the provider could not be reached, or has trouble."""
    return error.status_code is None or error.status_code in (408, 429) or error.status_code >= 500
