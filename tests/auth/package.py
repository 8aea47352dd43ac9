"""Makes an importable client package by hand: the runtime as it is copied, and handwritten_oauth.py."""

from __future__ import annotations

import shutil
from pathlib import Path

import callwright

DEFINITION = """
from ._runtime.definition import (
    Call, Connector, Credential, Environment, NamedScheme, OAuth2, Param, Profile, Response, Variable,
)

TOKEN_URL = "http://127.0.0.1:${port}/token"
ME = Call("me", "GET", "/me", True, auth="person", response=Response(untyped=True))
CONNECTOR = Connector(
    name="oidc",
    prefix="OIDC_",
    environments=(Environment("live", "http://127.0.0.1:${port}"),),
    variables=(Variable(Param("port", "port", "integer", default=3000), {"live": "OIDC_PORT"}),),
    credentials=(
        Credential("client_id", {"live": "OIDC_CLIENT_ID"}),
        Credential("client_secret", {"live": "OIDC_CLIENT_SECRET"}),
    ),
    auth=(
        NamedScheme(
            "person",
            OAuth2(
                "authorization_code",
                TOKEN_URL,
                authorization_url="http://127.0.0.1:${port}/auth",
                scopes=("openid", "profile", "email", "books:read"),
                profile=Profile("/me", ("$.sub",), ("$.email",)),
            ),
            ("client_id", "client_secret"),
        ),
        NamedScheme(
            "machine",
            OAuth2("client_credentials", TOKEN_URL, scopes=("books:read",)),
            ("client_id", "client_secret"),
            only_named=True,
        ),
    ),
)
"""
CLIENT = """
from types import SimpleNamespace
from typing import Any

from . import _definition
from ._runtime.client import AsyncClient, Client


class Oidc(Client):
    def __init__(self, **options: Any) -> None:
        super().__init__(_definition.CONNECTOR, **options)

    def with_options(self, **options: Any) -> "Oidc":
        return self._copy(**options)

    def me(self) -> Any:
        return SimpleNamespace(**self._call(_definition.ME, {}, returns=Any))


class AsyncOidc(AsyncClient):
    def __init__(self, **options: Any) -> None:
        super().__init__(_definition.CONNECTOR, **options)

    def with_options(self, **options: Any) -> "AsyncOidc":
        return self._copy(**options)

    async def me(self) -> Any:
        return SimpleNamespace(**await self._call(_definition.ME, {}, returns=Any))
"""
INIT = """
from . import oauth
from ._runtime.errors import AuthenticationError, AuthError
from ._runtime.token_store import FileTokenStore, MemoryTokenStore
from .client import AsyncOidc, Oidc
"""


def write_package(folder: Path, name: str) -> Path:
    """Write the package into a folder; the folder is returned, to be put on the path."""
    package = folder / name
    runtime = Path(callwright.__file__).parent / "runtime"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(runtime, package / "_runtime", ignore=ignored)
    (package / "_definition.py").write_text(DEFINITION)
    (package / "client.py").write_text(CLIENT)
    (package / "__init__.py").write_text(INIT)
    shutil.copy(Path(__file__).with_name("handwritten_oauth.py"), package / "oauth.py")
    return folder
