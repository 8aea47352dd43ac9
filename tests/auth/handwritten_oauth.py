"""Sign the users of your application in with Library Login (OAuth 2, authorization code)."""

from __future__ import annotations

from typing import Literal

from . import _definition
from ._runtime import authorization
from ._runtime.authorization import AuthorizationRequest, UserProfile, read_redirect
from ._runtime.config import AsyncCredential, Credential
from ._runtime.definition import Timeout
from ._runtime.http import httpx
from ._runtime.token_store import Token, TokenStore
from ._runtime.unset import UNSET, Unset

__all__ = [
    "AuthorizationRequest",
    "SignIn",
    "Token",
    "UserProfile",
    "authorization_url",
    "exchange",
    "fetch_profile",
    "read_redirect",
]


class SignIn(authorization.SignIn):
    """Signs users in, on threads and on event loops; make one when the application starts.

    Args:
        client_id: Read from OIDC_CLIENT_ID when not given.
        client_secret: Read from OIDC_CLIENT_SECRET when not given.
        port: Port of the local server; read from OIDC_PORT when not given.
        environment: Which of the provider's environments; OIDC_ENVIRONMENT when not given, else live.
        base_url: Another address of the API.
        timeout: Seconds, or a Timeout with one number per phase.
        token_store: Where tokens are kept by subject; give the same one to the client.
        transport: Another way to answer requests (tests).
        async_transport: The same for the asynchronous methods.

    Raises:
        MissingCredentialError: A credential was not given and its variable is not set.
    """

    def __init__(
        self,
        *,
        client_id: AsyncCredential | None = None,
        client_secret: AsyncCredential | None = None,
        port: int | None = None,
        environment: Literal["live"] | None = None,
        base_url: str | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        token_store: TokenStore | None = None,
        transport: httpx.BaseTransport | None = None,
        async_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(
            _definition.CONNECTOR,
            "person",
            credentials={"client_id": client_id, "client_secret": client_secret},
            variables={"port": port},
            environment=environment,
            base_url=base_url,
            timeout=timeout,
            token_store=token_store,
            transport=transport,
            async_transport=async_transport,
        )


def authorization_url(
    *,
    redirect_uri: str,
    state: str | None = None,
    client_id: Credential | None = None,
    client_secret: Credential | None = None,
    port: int | None = None,
    environment: Literal["live"] | None = None,
) -> AuthorizationRequest:
    """Where to send the user's browser; keep the request's state and code_verifier in its session."""
    sign_in = SignIn(
        client_id=client_id, client_secret=client_secret, port=port, environment=environment
    )
    return sign_in.authorization_url(redirect_uri=redirect_uri, state=state)


def exchange(
    code: str,
    *,
    redirect_uri: str,
    code_verifier: str | None = None,
    subject: str | None = None,
    token_store: TokenStore | None = None,
    client_id: Credential | None = None,
    client_secret: Credential | None = None,
    port: int | None = None,
    environment: Literal["live"] | None = None,
) -> Token:
    """Buy the token for the code that the browser came back with (see read_redirect).

    With `subject` (whose it is) and a `token_store` it is stored for clients with the same two.

    Raises:
        AuthError: The provider did not give a token.
    """
    sign_in = SignIn(
        client_id=client_id,
        client_secret=client_secret,
        port=port,
        environment=environment,
        token_store=token_store,
    )
    return sign_in.exchange(
        code, redirect_uri=redirect_uri, code_verifier=code_verifier, subject=subject
    )


def fetch_profile(
    token: Token,
    *,
    client_id: Credential | None = None,
    client_secret: Credential | None = None,
    port: int | None = None,
    environment: Literal["live"] | None = None,
) -> UserProfile:
    """Who a token belongs to: `GET /me`.

    Raises:
        AuthError: The provider did not say.
    """
    sign_in = SignIn(
        client_id=client_id, client_secret=client_secret, port=port, environment=environment
    )
    return sign_in.fetch_profile(token)
