"""JSON Web Tokens: signed with a private key (or a shared secret), sent themselves or exchanged for a token.

The one module that needs ``pyjwt[crypto]``; only packages whose connector signs tokens have it.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import jwt as pyjwt

from ..definition import Assertion, JsonValue, Jwt
from ..errors import AuthError
from ..flow import Flow
from .pem import read_material
from .scheme import AuthContext
from .token_request import (
    Values,
    bare_request,
    fault,
    fetch,
    fill,
    fill_all,
    fill_json,
    fill_url,
    names_in,
    need,
    param_request,
    secrets_in,
)
from .token_response import read_token
from .token_store import Token
from .tokens import TokenScheme

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_KEYS_KEPT = 64


class Signer:
    """Signs the claims of an assertion. A key is read once: reading it costs far more than a signature."""

    def __init__(self, assertion: Assertion) -> None:
        self._assertion = assertion
        self._algorithm = pyjwt.get_algorithm_by_name(assertion.algorithm)
        self._keys: dict[str, Any] = {}

    def check(self, context: AuthContext) -> None:
        """Raises AuthError for a key that cannot sign; a key that only a callable knows is not asked for."""
        given = {n: v for n, v in context.credentials.items() if isinstance(v, str)}
        key = fill(self._assertion.key, {**context.values, **given})
        if key is not None:
            self._key(context, key)

    def sign(self, context: AuthContext, values: Values, claims: Mapping[str, JsonValue]) -> str:
        """A signed token: ``claims``, then those of the definition over them (a null one removes). Raises AuthError."""
        a = self._assertion
        now = int(time.time())
        audience = {} if a.audience is None else {"aud": need(context, a.audience, values)}
        times = {"iat": now, "exp": now + int(a.lifetime)}
        payload = {**times, **claims, **audience, **_filled(a.claims, values)}
        header = {"typ": "JWT", "alg": a.algorithm, **_filled(a.headers, values)}
        text = f"{_encode(header)}.{_encode(payload)}"
        key = self._key(context, need(context, a.key, values))
        return f"{text}.{_base64url(self._algorithm.sign(text.encode(), key))}"

    def _key(self, context: AuthContext, value: str) -> Any:
        if value not in self._keys:
            if len(self._keys) >= _KEYS_KEPT:
                self._keys.clear()
            self._keys[value] = self._read_key(context, value)
        return self._keys[value]

    def _read_key(self, context: AuthContext, value: str) -> Any:
        what = ", ".join(sorted(names_in(self._assertion.key))) or "the key"
        algorithm = self._assertion.algorithm
        if algorithm.startswith("HS"):
            if not value:
                raise fault(context, f"{what} is blank")
            return value.encode()
        try:
            key = self._algorithm.prepare_key(read_material(value, what))
        except AuthError as error:
            raise fault(context, str(error)) from None
        except Exception as error:
            # the parser's message may quote the key, so only its kind is told
            raise fault(
                context,
                f"{what} is not a private key for {algorithm} ({type(error).__name__}); it must be an"
                " unencrypted PEM key of the right kind (PKCS#8 or the traditional form)",
            ) from None
        if not hasattr(key, "sign"):
            raise fault(context, f"{what} is a public key; {algorithm} signs with the private one")
        return key


def _filled(entries: Mapping[str, JsonValue], values: Values) -> dict[str, JsonValue]:
    filled = fill_json(dict(entries), values)
    assert isinstance(filled, dict)
    return filled


def _encode(data: Mapping[str, JsonValue]) -> str:
    present = {k: v for k, v in data.items() if v is not None}
    return _base64url(json.dumps(present, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class JwtScheme(TokenScheme):
    """Mode direct sends the signed token until shortly before it ends; mode exchange buys a token with one (RFC 7523)."""

    def __init__(self, definition: Jwt) -> None:
        super().__init__(definition, definition.answer, definition.send)
        self._definition = definition
        self._signer = self._signed_by = Signer(definition.assertion)

    def obtain(self, context: AuthContext, values: Values, old: Token | None) -> Flow[Token]:
        yield from ()
        d = self._definition
        if d.mode == "direct":
            now = time.time()
            text = self._signed_by.sign(context, values, {})
            return Token(text, expires_at=now + d.assertion.lifetime, obtained_at=now)
        template = d.token_urls.get(context.environment, d.token_url)
        assert template is not None, "mode exchange comes with a token_url"
        url = fill_url(context, template, values)
        assertion = self._signed_by.sign(context, values, {"aud": url, "jti": str(uuid.uuid4())})
        params = {"grant_type": _GRANT, "assertion": assertion, **fill_all(d.token_params, values)}
        response = yield from fetch(
            context, param_request(bare_request(context, "POST", template, values), params, "form")
        )
        secrets = secrets_in(context, values, assertion)
        return read_token(context, d.answer, response, prefix=d.send.prefix, secrets=secrets)


def build(definition: Jwt) -> JwtScheme:
    """The scheme for its definition."""
    return JwtScheme(definition)
