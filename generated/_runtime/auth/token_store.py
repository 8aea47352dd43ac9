"""Tokens and token stores: in memory, in files shared between processes, or in the system's keyring."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from ..record import Record

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Token(Record):
    """A token issued by a provider. Times are Unix timestamps in seconds.

    ``expires_at``: None if unknown. ``saved``: other values of the token response that the spec saves (such as an
    instance URL). ``profile``: the user it belongs to (``id``, ``email``), if it was requested. The repr contains no
    secrets.
    """

    access_token: str = field(repr=False)
    expires_at: float | None = None
    refresh_token: str | None = field(default=None, repr=False)
    obtained_at: float = 0.0
    saved: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    profile: Mapping[str, str] = field(default_factory=dict[str, str])

    def expires_within(self, margin: float, now: float) -> bool:
        """Whether the token expires within ``margin`` seconds.

        For a token that lives less than twice ``margin``, the margin is reduced to its lifetime minus ``margin`` (at
        least 0), so that it is not renewed for every call.
        """
        if self.expires_at is None:
            return False
        life = self.expires_at - self.obtained_at
        return now >= self.expires_at - min(margin, max(life - margin, 0.0))

    def to_json(self) -> str:
        """The token as JSON text, for custom token stores. Contains secrets."""
        return json.dumps(
            {
                "access_token": self.access_token,
                "expires_at": self.expires_at,
                "refresh_token": self.refresh_token,
                "obtained_at": self.obtained_at,
                "saved": dict(self.saved),
                "profile": dict(self.profile),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Token:
        """The inverse of ``to_json``. Raises ValueError if the text is not a token; the message does not repeat it."""
        try:
            data = json.loads(text)
            return cls(
                access_token=_text(data["access_token"]),
                expires_at=None if data["expires_at"] is None else float(data["expires_at"]),
                refresh_token=None if (r := data["refresh_token"]) is None else _text(r),
                obtained_at=float(data["obtained_at"]),
                saved={_text(k): _text(v) for k, v in data["saved"].items()},
                profile={_text(k): _text(v) for k, v in data["profile"].items()},
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ValueError("not a stored token") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


class TokenStore(Protocol):
    """Stores tokens by key. It is read for every call. For an AsyncClient the methods may be coroutine functions.

    A key is a string of at most 255 characters from ``A-Z a-z 0-9 . _ - /``: connector, environment, scheme and user.
    It contains no secrets. ``get`` returns None if there is no token for the key.
    """

    def get(self, key: str, /) -> Token | Awaitable[Token | None] | None: ...

    def set(self, key: str, token: Token, /) -> Awaitable[None] | None: ...

    def delete(self, key: str, /) -> Awaitable[None] | None: ...


Unlock: TypeAlias = Callable[[], None]
_SWEEP = 1000


@runtime_checkable
class LockingTokenStore(Protocol):
    """Optional, for stores shared by several clients or processes: the lock is held during a token request."""

    def try_lock(self, key: str, /) -> Unlock | Awaitable[Unlock | None] | None:
        """Acquire the key's lock without waiting. None if it is held by someone else."""
        ...


class MemoryTokenStore:
    """Stores tokens in memory. Pass one to several clients to share their tokens."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._locked: set[str] = set()
        self._guard = threading.Lock()
        self._sweep_at = _SWEEP

    def get(self, key: str, /) -> Token | None:
        return self._tokens.get(key)

    def set(self, key: str, token: Token, /) -> None:
        with self._guard:
            self._tokens[key] = token
            if len(self._tokens) >= self._sweep_at:
                self._drop_useless()

    def delete(self, key: str, /) -> None:
        with self._guard:
            self._tokens.pop(key, None)

    def try_lock(self, key: str, /) -> Unlock | None:
        with self._guard:
            if key in self._locked:
                return None
            self._locked.add(key)
        return lambda: self._locked.discard(key)

    def _drop_useless(self) -> None:
        now = time.time()
        for key, token in list(self._tokens.items()):
            if token.refresh_token is None and token.expires_within(0, now):
                del self._tokens[key]
        self._sweep_at = max(_SWEEP, 2 * len(self._tokens))


class FileTokenStore:
    """Stores each token in a file that only its owner can read (mode 0600, in a folder of mode 0700).

    Files are replaced atomically, and a lock file is held during a token request, so several processes on one machine
    can share the folder. Do not use a network file system without working locks.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def get(self, key: str, /) -> Token | None:
        return next((token for k, token in self._read(self._file(key)) if k == key), None)

    def set(self, key: str, token: Token, /) -> None:
        self._prepare()
        text = json.dumps({"key": key, "token": token.to_json()})
        # mkstemp makes the file with mode 0600 from the start
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            _replace(name, self._file(key))
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise

    def delete(self, key: str, /) -> None:
        self._file(key).unlink(missing_ok=True)

    def items(self) -> list[tuple[str, Token]]:
        """All keys and tokens, ordered by key."""
        files = self.folder.glob("*.json") if self.folder.is_dir() else ()
        return sorted(
            (item for file in files for item in self._read(file)), key=lambda item: item[0]
        )

    def try_lock(self, key: str, /) -> Unlock | None:
        self._prepare()
        handle = os.open(self._file(key).with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(handle):
            os.close(handle)
            return None
        return lambda: os.close(handle)  # closing releases the lock, as the end of the process does

    def _file(self, key: str) -> Path:
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"

    def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _read(self, file: Path) -> list[tuple[str, Token]]:
        # a file that holds no token (a foreign or damaged one) counts as absent: the next token replaces it
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            return [(_text(data["key"]), Token.from_json(_text(data["token"])))]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError, KeyError, RecursionError):
            return []


def _replace(source: str, target: Path) -> None:
    end = time.monotonic() + 2
    while True:
        try:
            return os.replace(source, target)
        except PermissionError:
            # Windows refuses while somebody reads the old file
            if sys.platform != "win32" or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            # flock belongs to the open file, so it also excludes other threads of this process
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if isinstance(error, (BlockingIOError, PermissionError)):
            return False
        raise
    return True


class KeyringTokenStore:
    """Stores tokens in the system's keyring. Requires the package ``keyring``.

    Args:
        service: The service name to use in the keyring.

    Raises:
        ImportError: ``keyring`` is not installed.
    """

    def __init__(self, service: str) -> None:
        try:
            self._keyring = cast("Any", importlib.import_module("keyring"))
        except ImportError:
            raise ImportError(
                "KeyringTokenStore requires the package keyring: pip install keyring"
            ) from None
        self._service = service

    def get(self, key: str, /) -> Token | None:
        text = self._keyring.get_password(self._service, key)
        try:
            return None if text is None else Token.from_json(text)
        except ValueError:
            return None

    def set(self, key: str, token: Token, /) -> None:
        self._keyring.set_password(self._service, key, token.to_json())

    def delete(self, key: str, /) -> None:
        if self._keyring.get_password(self._service, key) is not None:
            self._keyring.delete_password(self._service, key)
