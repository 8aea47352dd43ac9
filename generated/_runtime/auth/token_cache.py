"""One token per login, in a store: found, or obtained by one request for all who wait for it."""

from __future__ import annotations

import copy
import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import quote
from weakref import WeakValueDictionary

from ..errors import ApiError, AuthError
from ..flow import Acquire, Flow, Invoke, Release, Shield, Sleep
from ..locks import SharedLock
from .scheme import AuthContext
from .token_request import fault
from .token_store import LockingTokenStore, MemoryTokenStore, Token, TokenStore

LOCK_WAIT = 60.0
"""Seconds to wait while another client or process requests the same token."""

_READABLE = 100
_KEYS_KEPT = 4096


class TokenCache:
    """The tokens of one scheme, for any number of threads (or tasks of one loop), logins and stores."""

    def __init__(self) -> None:
        self._memory = MemoryTokenStore()
        self._locks: WeakValueDictionary[str, SharedLock] = WeakValueDictionary()
        self._guard = threading.Lock()
        self._failures: dict[str, tuple[int, AuthError]] = {}
        self._keys: dict[tuple[object, ...], str] = {}

    def store(self, context: AuthContext) -> TokenStore:
        """The application's store, or this scheme's own memory."""
        return self._memory if context.token_store is None else context.token_store

    def key(self, context: AuthContext, identity: Mapping[str, str]) -> str:
        """The key of a login's token (see token_key), computed once."""
        parts = (context.connector.name, context.environment, context.scheme, context.subject)
        known = (*parts, *sorted(identity.items()))
        key = self._keys.get(known)
        if key is None:
            if len(self._keys) >= _KEYS_KEPT:
                self._keys.clear()
            key = self._keys[known] = token_key(context, identity)
        return key

    def get(
        self,
        context: AuthContext,
        key: str,
        usable: Callable[[Token], bool],
        renew: Callable[[Token | None], Flow[Token]],
    ) -> Flow[Token]:
        """The stored token when it is usable, else the one that ``renew`` makes of it, stored before it is returned."""
        store = self.store(context)
        token = yield from load(context, store, key)
        if token is not None and usable(token):
            return token
        renewed: Token = yield Shield(self._renew_once(context, key, usable, renew))
        return renewed

    def _renew_once(
        self,
        context: AuthContext,
        key: str,
        usable: Callable[[Token], bool],
        renew: Callable[[Token | None], Flow[Token]],
    ) -> Flow[Token]:
        store = self.store(context)
        lock = self._lock(key)
        before, _ = self._failures.get(key, (0, None))
        yield Acquire(lock)
        try:
            # another thread or task may have been faster
            token = yield from load(context, store, key)
            if token is not None and usable(token):
                return token
            count, failure = self._failures.get(key, (0, None))
            if failure is not None and count != before:
                # it failed for the one we waited for: asking again at once could lock the account
                raise copy.copy(failure)
            token = yield from self._renew_shared(context, key, usable, renew)
            self._failures.pop(key, None)
            return token
        except AuthError as error:
            self._failures[key] = (before + 1, copy.copy(error))
            raise
        finally:
            yield Release(lock)

    def _lock(self, key: str) -> SharedLock:
        with self._guard:
            lock = self._locks.get(key)
            if lock is None:
                lock = self._locks[key] = SharedLock()
            return lock

    def _renew_shared(
        self,
        context: AuthContext,
        key: str,
        usable: Callable[[Token], bool],
        renew: Callable[[Token | None], Flow[Token]],
    ) -> Flow[Token]:
        store = self.store(context)
        unlock = yield from self._lock_store(context, store, key)
        try:
            old = yield from load(context, store, key)
            if old is not None and usable(old):
                return old  # another client or process was faster
            token = yield from renew(old)
            if token is not old:
                yield from save(context, store, key, token)
            return token
        finally:
            yield Invoke(unlock)

    def _lock_store(
        self, context: AuthContext, store: TokenStore, key: str
    ) -> Flow[Callable[[], object]]:
        if store is self._memory or not isinstance(store, LockingTokenStore):
            return lambda: None
        waited, pause = 0.0, 0.01
        while True:
            unlock = yield from _call(context, store.try_lock, key)
            if unlock is not None:
                return cast("Callable[[], object]", unlock)
            if waited >= LOCK_WAIT:
                raise fault(context, f"others have been requesting it for {LOCK_WAIT:g} s")
            yield Sleep(pause)
            waited += pause
            pause = min(pause * 2, 0.25)


def load(context: AuthContext, store: TokenStore, key: str) -> Flow[Token | None]:
    """The token that a store keeps under a key. Raises AuthError when the store fails."""
    token: Token | None = yield from _call(context, store.get, key)
    return token


def save(context: AuthContext, store: TokenStore, key: str, token: Token) -> Flow[None]:
    """Keep a token under a key. Raises AuthError when the store fails."""
    yield from _call(context, store.set, key, token)


def delete(context: AuthContext, store: TokenStore, key: str) -> Flow[None]:
    """Forget the token under a key. Raises AuthError when the store fails."""
    yield from _call(context, store.delete, key)


def _call(context: AuthContext, function: Callable[..., Any], *args: object) -> Flow[Any]:
    try:
        return (yield Invoke(function, args))
    except ApiError:
        raise
    except Exception as error:
        detail = _harmless(error)
    # raised out of the handler: the store's own exception may hold a token
    raise fault(context, f"the token store failed: {detail}")


def _harmless(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__} ({error.strerror}: {error.filename})"
    return type(error).__name__


def token_key(context: AuthContext, identity: Mapping[str, str]) -> str:
    """The key under which stores keep a login's token: connector/environment/scheme/who/digest.

    ``identity``: the values that tell logins apart. The digest is slow to compute, so that a key gives no way to try
    passwords; logins with different secrets never share a token.
    """
    subject = context.subject
    who = "-" if subject is None else f"@{quote(subject, safe='@+')}"
    if len(who) > _READABLE:
        who = f"@{hashlib.sha256(who.encode()).hexdigest()[:40]}"
    head = f"{context.connector.name}/{context.environment}/{context.scheme}"
    text = json.dumps(sorted(identity.items())).encode()
    if any(c.name in identity for c in context.connector.credentials):
        digest = hashlib.scrypt(text, salt=head.encode(), n=2**12, r=8, p=1, dklen=16).hex()
    else:
        digest = hashlib.sha256(text).hexdigest()[:32]
    return f"{head}/{who}/{digest}"
