"""OAuth 2.0 (RFC 6749): client credentials, password, and the tokens of an authorization code, with refresh."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote_plus

from ..definition import OAuth2
from ..errors import AuthError
from ..flow import Flow
from .scheme import AuthContext
from .token_request import (
    Values,
    bare_request,
    basic_pair,
    fault,
    fetch,
    fill,
    fill_all,
    fill_url,
    names_in,
    need,
    param_request,
    secrets_in,
)
from .token_response import read_token
from .token_store import Token
from .tokens import TokenScheme, build_signer

_CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_PUBLIC = ("grant_type", "redirect_uri", "scope")


class OAuth2Scheme(TokenScheme):
    """The three flows; an authorization code's first token comes from authorization.py."""

    def __init__(self, definition: OAuth2) -> None:
        super().__init__(_used(definition), definition.answer, definition.send)
        self.definition = definition
        if definition.assertion is not None:
            self._signer = build_signer(definition.assertion)

    @property
    def can_obtain(self) -> bool:
        return self.definition.flow != "authorization_code"

    def identity(self, context: AuthContext, values: Values) -> Mapping[str, str]:
        if self.can_obtain:
            return values
        # users stay signed in when the application's secret is rotated
        secrets = {c.name for c in context.connector.credentials} - names_in(
            self.definition.client_id
        )
        return {name: value for name, value in values.items() if name not in secrets}

    def obtain(self, context: AuthContext, values: Values, old: Token | None) -> Flow[Token]:
        d = self.definition
        if d.flow == "authorization_code":
            raise self._sign_in(context, "the token has expired" if old else "there is none")
        params: dict[str, str] = {"grant_type": d.flow}
        if d.flow == "password":
            params["username"] = need(context, d.username, values)
            params["password"] = need(context, d.password, values)
        return (yield from self.request_token(context, values, params | self.scope(values)))

    def refresh(self, context: AuthContext, values: Values, old: Token) -> Flow[Token | None]:
        if old.refresh_token is None:
            return None
        params = {"grant_type": "refresh_token", "refresh_token": old.refresh_token}
        try:
            return (yield from self.request_token(context, values, params, old=old))
        except AuthError as error:
            if self.can_obtain or error.status_code not in (400, 401):
                raise
            raise self._sign_in(
                context,
                f"the provider no longer takes the refresh token ({error.code or error.status_code})",
                error,
            ) from None

    def request_token(
        self,
        context: AuthContext,
        values: Values,
        params: Mapping[str, str],
        *,
        old: Token | None = None,
    ) -> Flow[Token]:
        """One token request: ``params`` of the grant, with the client's authentication and the spec's additions."""
        d = self.definition
        extra = d.token_params if old is None else d.refresh_params
        template = self._token_url(context, refreshing=old is not None)
        all_params = {**params, **fill_all(extra, values)}
        headers = fill_all(d.token_headers, values)
        self._authenticate(context, values, template, all_params, headers)
        request = param_request(
            bare_request(context, d.token_method, template, values, secret_headers=headers),
            {d.rename_params.get(name, name): value for name, value in all_params.items()},
            "query" if d.token_method == "GET" else d.token_body,  # noqa: S105 - a verb
        )
        response = yield from fetch(context, request)
        given = {k: v for k, v in params.items() if k not in _PUBLIC}
        pair = headers.get("Authorization", "").removeprefix("Basic ")
        secrets = secrets_in(context, values, pair, *given.values())
        return read_token(
            context, d.answer, response, prefix=d.send.prefix, previous=old, secrets=secrets
        )

    def _token_url(self, context: AuthContext, *, refreshing: bool) -> str:
        d = self.definition
        token, refresh = (urls.get(context.environment) for urls in (d.token_urls, d.refresh_urls))
        if refreshing and refresh is not None:
            return refresh
        if token is not None:
            return token  # an environment of its own must not send anything to the live refresh_url
        return d.refresh_url if refreshing and d.refresh_url else d.token_url

    def scope(self, values: Values) -> dict[str, str]:
        """The scope parameter of a grant; none when the spec asks for no scopes."""
        scopes = [s for s in (fill(scope, values) for scope in self.definition.scopes) if s]
        return {"scope": self.definition.scope_separator.join(scopes)} if scopes else {}

    def _authenticate(
        self,
        context: AuthContext,
        values: Values,
        template: str,
        params: dict[str, str],
        headers: dict[str, str],
    ) -> None:
        """Add the client's own authentication to the parameters or headers."""
        d = self.definition
        if d.client_id is None:
            return
        client_id = need(context, d.client_id, values)
        secret = fill(d.client_secret, values) if d.client_secret is not None else None
        match d.client_auth:
            case "none":
                params["client_id"] = client_id
            case "body":
                params["client_id"] = client_id
                if secret is not None:
                    params["client_secret"] = secret
            case "basic":
                # form-encoded: RFC 6749, 2.3.1
                pair = basic_pair(context, quote_plus(client_id), quote_plus(secret or ""))
                headers["Authorization"] = f"Basic {pair}"
            case "basic_raw":
                pair = basic_pair(context, client_id, secret or "")
                headers["Authorization"] = f"Basic {pair}"
            case "private_key_jwt":
                assert self._signer is not None, "private_key_jwt comes with an assertion"
                url = fill_url(context, template, values)
                claims = {"iss": client_id, "sub": client_id, "aud": url, "jti": str(uuid.uuid4())}
                params["client_id"] = client_id
                params["client_assertion_type"] = _CLIENT_ASSERTION
                params["client_assertion"] = self._signer.sign(context, values, claims)

    def _sign_in(
        self, context: AuthContext, problem: str, cause: AuthError | None = None
    ) -> AuthError:
        who = "" if context.subject is None else f" for subject {context.subject!r}"
        which = "" if context.scheme == "default" else f" --scheme {context.scheme}"
        return fault(
            context,
            f"{problem}{who}; sign in again (oauth.authorization_url and oauth.exchange, "
            f"or callwright auth login {context.connector.name}{which})",
            status=cause.status_code if cause else None,
            code=cause.code if cause else None,
        )


def _used(definition: OAuth2) -> OAuth2:
    """The definition without the profile, and without the defaults that its flow has no use for: their credentials
    may not be there."""
    definition = replace(definition, profile=None)
    if definition.flow != "password":
        definition = replace(definition, username="", password="")
    if definition.client_auth in ("none", "private_key_jwt"):
        definition = replace(definition, client_secret=None)
    return definition


def build(definition: OAuth2) -> OAuth2Scheme:
    """The scheme for its definition."""
    return OAuth2Scheme(definition)
