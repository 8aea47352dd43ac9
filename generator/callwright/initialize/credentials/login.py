"""The developer's own login: where its tokens are kept, and what the project gives for custom authentication."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from callwright.captures.read import did_you_mean
from callwright.errors import SpecError
from callwright.runtime.auth.token_store import FileTokenStore, MemoryTokenStore, Token, Unlock
from callwright.runtime.definition import Connector, CustomAuth, NamedScheme, code_part, parts

if TYPE_CHECKING:
    import httpx


class Logins(FileTokenStore):
    """Where `callwright auth login` keeps tokens. A client that uses it renews those in their files; what it obtains by
    itself (with a password, a key) is kept in memory only."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._memory = MemoryTokenStore()

    def get(self, key: str, /) -> Token | None:
        return super().get(key) or self._memory.get(key)

    def set(self, key: str, token: Token, /) -> None:
        if super().get(key) is None:
            self._memory.set(key, token)
        else:
            super().set(key, token)

    def try_lock(self, key: str, /) -> Unlock | None:
        own = super().get(key) is None
        return self._memory.try_lock(key) if own else super().try_lock(key)

    def delete(self, key: str, /) -> None:
        self._memory.delete(key)
        super().delete(key)


def login_folder() -> Path:
    """The folder of the developer's tokens, in the user's state folder."""
    import platformdirs

    return Path(platformdirs.user_state_dir("callwright")) / "tokens"


def code_scheme(connector: Connector, asked: str | None) -> NamedScheme:
    """The authorization-code scheme of this name, or the only one. Raises SpecError."""
    found = {n.name: n for n in connector.auth if code_part(n.scheme) is not None}
    if not found:
        raise SpecError(
            f"{connector.name} has no scheme with flow: authorization_code, so there is nothing to log in to;"
            " its credentials come from environment variables"
        )
    return chosen_scheme(connector, found, asked)


def chosen_scheme(
    connector: Connector, found: Mapping[str, NamedScheme], asked: str | None
) -> NamedScheme:
    """The scheme of this name, or the only one. Raises SpecError that lists them."""
    if asked is None and len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise SpecError(f"{connector.name} has no schemes to choose from: its auth is none")
    if asked is None or asked not in found:
        hint = "" if asked is None else did_you_mean(asked, found)
        problem = "which one?" if asked is None else f"{asked!r} is none of them{hint}:"
        raise SpecError(f"{connector.name}: {problem} --scheme {', --scheme '.join(found)}")
    return found[asked]


def custom_auth(
    connector: Connector, factories: Mapping[str, str], root: Path, credentials: Mapping[str, str]
) -> httpx.Auth | None:
    """The connector's ``type: custom`` authentication, made by the factory that the project's settings name.

    None when the connector has no such scheme. The factory gets the scheme's credentials by name; it is imported from
    ``root`` or what is installed. Raises SpecError.
    """
    every = (part for named in connector.auth for part in parts(named.scheme))
    custom = next((part for part in every if isinstance(part, CustomAuth)), None)
    if custom is None:
        return None
    place = factories.get(custom.name)
    if place is None:
        raise SpecError(
            f"{connector.name} authenticates with custom code {custom.name!r}: name a factory in callwright.toml:"
            f' [custom_auth] {custom.name} = "package.module:factory"'
        )
    factory = _imported(custom.name, place, root)
    wanted = {n: credentials[n] for n in custom.credentials if n in credentials}
    try:
        made = factory(**wanted) if callable(factory) else factory
    except Exception as error:
        # its message may repeat a credential
        problem = type(error).__name__
        raise SpecError(f"custom_auth.{custom.name}: {place} failed: {problem}") from None
    if not (hasattr(made, "sync_auth_flow") and hasattr(made, "async_auth_flow")):
        raise SpecError(f"custom_auth.{custom.name}: {place} made no httpx.Auth")
    return cast("httpx.Auth", made)


def _imported(name: str, place: str, root: Path) -> object:
    module, separator, attribute = place.partition(":")
    if not separator:
        raise SpecError(f"custom_auth.{name}: write {place!r} as package.module:factory")
    sys.path.insert(0, str(root))
    try:
        found: object = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise SpecError(f"custom_auth.{name}: {place} cannot be imported: {error}") from None
    finally:
        sys.path.remove(str(root))
    return found
