"""Which module has each authentication scheme. All but the static ones are imported when a client first needs them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

from ..definition import AllOf, ApiKey, Basic, Bearer, Scheme
from .scheme import AuthScheme
from .static import BEARER, AllScheme, ApiKeyScheme, BasicScheme

FEATURES: Mapping[str, str] = {
    "OAuth2": "oauth2",
    "CustomToken": "custom_token",
    "Jwt": "signing",
    "Digest": "digest",
    "ClientCertificate": "tls",
    "CustomAuth": "own_auth",
    "Assertion": "signing",
}
"""Class of a definition → module of this package with ``build(definition) -> AuthScheme``."""


def build_scheme(definition: Scheme) -> AuthScheme:
    """The scheme for a definition."""
    match definition:
        case ApiKey(send, value):
            return ApiKeyScheme(send, value)
        case Bearer(token):
            return ApiKeyScheme(BEARER, token)
        case Basic():
            return BasicScheme(definition)
        case AllOf(of):
            return AllScheme([build_scheme(d) for d in of])
        case _:
            module = importlib.import_module(f".{FEATURES[type(definition).__name__]}", __package__)
            scheme: AuthScheme = module.build(definition)
            return scheme
