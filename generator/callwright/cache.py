"""A content-addressed cache in the user's cache folder: the same input never costs twice, on any project.

The key covers the input and the versions of what turns it into the output, so an entry never goes stale; a damaged or
unwritable cache is as good as an empty one. ``CALLWRIGHT_NO_CACHE=1`` turns it off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """The folder of the cache, or None when it is turned off."""
    if os.environ.get("CALLWRIGHT_NO_CACHE") == "1":
        return None
    from platformdirs import user_cache_path

    return user_cache_path("callwright", appauthor=False)


def cached(kind: str, version: str, text: str, make: Callable[[str], str]) -> str:
    """``make(text)``, remembered under ``kind`` for this ``version`` of its maker."""
    found = recall(kind, version, text)
    if found is None:
        found = make(text)
        remember(kind, version, text, found)
    return found


def recall(kind: str, version: str, text: str) -> str | None:
    """What was remembered for ``text``; None when nothing was, or it is damaged."""
    path = _path(kind, version, text)
    if path is None:
        return None
    try:
        stored = path.read_bytes()
        digest, _, content = stored.partition(b"\n")
        if digest.decode() == hashlib.sha256(content).hexdigest():
            return content.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    return None


def remember(kind: str, version: str, text: str, made: str) -> None:
    """Keep ``made`` as what ``text`` becomes."""
    path = _path(kind, version, text)
    if path is not None:
        _store(path, made.encode("utf-8"))


def _path(kind: str, version: str, text: str) -> Path | None:
    folder = cache_folder()
    if folder is None:
        return None
    key = hashlib.sha256(f"{version}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
    return folder / kind / key[:2] / key


def _store(path: Path, content: bytes) -> None:
    # a cache that cannot be written must never fail the run that would have filled it
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        os.replace(name, path)
