"""A content-addressed cache in the user's cache folder: the same input never costs twice.

The key covers the input and the versions of what turns it into the output, so an entry never goes stale; a damaged or
unwritable cache is as good as an empty one. ``CALLWRIGHT_NO_CACHE=1`` turns it off.

The thousands of small entries that one connector needs lie side by side in one file (``together``). What was not used
for long is deleted, and the oldest of what is too much.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import hashlib
import importlib
import io
import json
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

KEPT_FOR = 8
"""So many times a connector's file is written with an entry that was not asked for: work goes to and fro."""

LARGE = 32_768
"""Entries of more bytes than this have a file of their own: the common file is read and written as a whole."""

MOST = 256_000_000
"""Bytes that the files of the cache may take: beyond it the ones that were not used for longest go."""

UNUSED_DAYS = 30
"""Files that were not used for so many days are deleted."""

_DAY = 86_400
_PRUNED = "pruned"
_PACKAGE = Path(__file__).parent
_TOOLS = ("black", "isort", "datamodel-code-generator", "pydantic", "jinja2")


@lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """The folder of the cache, or None when it is turned off."""
    if os.environ.get("CALLWRIGHT_NO_CACHE") == "1":
        return None
    from platformdirs import user_cache_path

    return user_cache_path("callwright", appauthor=False)


@lru_cache(maxsize=16)
def version_of(tool: str) -> str:
    """The installed version; importing a tool to ask it would cost more than a whole cached run."""
    return metadata.version(tool)


@lru_cache(maxsize=1)
def own_source() -> str:
    """What of Callwright and its tools decides the output: a development checkout changes without a new version."""
    digest = hashlib.sha256(" ".join(version_of(tool) for tool in _TOOLS).encode())
    templates = [_PACKAGE / "templates", _PACKAGE.parents[1] / "templates"]
    places = [_PACKAGE.rglob("*.py"), *(t.glob("*.jinja") for t in templates)]
    for path in sorted(p for place in places for p in place):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cached(kind: str, version: str, text: str, make: Callable[[str], str]) -> str:
    """``make(text)``, remembered under ``kind`` for this ``version`` of its maker."""
    found = recall(kind, version, text)
    if found is None:
        found = make(text)
        remember(kind, version, text, found)
    return found


def recall(kind: str, version: str, text: str) -> str | None:
    """What was remembered for ``text``; None when nothing was, or it is damaged."""
    found = _recall(kind, version, text)
    with contextlib.suppress(UnicodeDecodeError):
        return None if found is None else found.decode("utf-8")
    return None


def remember(kind: str, version: str, text: str, made: str) -> None:
    """Keep ``made`` as what ``text`` becomes."""
    _remember(kind, version, text, made.encode("utf-8"))


def recall_object(kind: str, text: str) -> Any:
    """The value that was remembered for ``text`` by this very source of Callwright; None when none was."""
    found = _recall(kind, own_source(), text)
    if found is None:
        return None
    try:
        return _Unpickler(io.BytesIO(found)).load()
    except Exception:  # whatever a damaged pickle raises: it is as good as none
        return None


def remember_object(kind: str, text: str, made: object) -> None:
    """Keep a value made of plain data and Callwright's own records; one that is nested very deep is not kept."""
    with contextlib.suppress(RecursionError):
        _remember(kind, own_source(), text, pickle.dumps(made, pickle.HIGHEST_PROTOCOL))


class _Unpickler(pickle.Unpickler):
    """Makes plain data and Callwright's records only: reading a cache runs nothing that it names."""

    def find_class(self, module: str, name: str) -> Any:
        """A record or enumeration of Callwright's. Raises UnpicklingError for anything else."""
        # Python up to 3.11.4 writes members of enumerations so
        return _member if (module, name) == ("builtins", "getattr") else _record(module, name)


def _member(kind: object, name: str) -> enum.Enum:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind[name]
    raise pickle.UnpicklingError(f"{name} is no member of an enumeration")


@lru_cache(256)
def _record(module: str, name: str) -> type:
    if module.startswith("callwright."):
        found: object = getattr(importlib.import_module(module), name, None)
        if isinstance(found, type) and (
            dataclasses.is_dataclass(found) or issubclass(found, enum.Enum)
        ):
            return found
    raise pickle.UnpicklingError(f"{module}.{name} is no record")


@dataclasses.dataclass(slots=True)
class _Bundle:
    """Entries by key: those that were read from one file, and those that were asked for or made since.

    ``ages``: how often the known ones were written without having been asked for.
    """

    known: dict[str, bytes]
    ages: dict[str, int]
    used: dict[str, bytes] = dataclasses.field(default_factory=dict[str, bytes])

    def packed(self) -> bytes:
        """All of it as the content of a file, what was not asked for too often left out."""
        ages = {key: age + 1 for key, age in self.ages.items() if age < KEPT_FOR}
        ages |= dict.fromkeys(self.used, 0)
        entries = self.known | self.used
        index = json.dumps([(key, age, len(entries[key])) for key, age in ages.items()])
        return b"\n".join([index.encode(), b"".join(entries[key] for key in ages)])


_bundle: ContextVar[_Bundle | None] = ContextVar("bundle", default=None)


@contextlib.contextmanager
def together(owner: str) -> Iterator[None]:
    """Inside the block, entries are kept in one file of ``owner``'s; those of no owner are found, too.

    A block inside another is part of that.
    """
    folder = cache_folder()
    if folder is None or _bundle.get() is not None:
        yield
        return
    path = folder / "together" / hashlib.sha256(owner.encode("utf-8", "replace")).hexdigest()
    bundle = _unpacked(_load(path) or b"[]")
    token = _bundle.set(bundle)
    try:
        yield
    finally:
        _bundle.reset(token)
    if bundle.used.keys() - bundle.known.keys():
        _store(path, bundle.packed())


def _unpacked(content: bytes) -> _Bundle:
    index, _, body = content.partition(b"\n")
    bundle = _Bundle({}, {})
    start = 0
    try:
        for key, age, length in json.loads(index):
            bundle.known[key], bundle.ages[key] = body[start : start + length], age
            start += length
    except (ValueError, TypeError):
        return _Bundle({}, {})  # another version of Callwright wrote it
    return bundle


def _recall(kind: str, version: str, text: str) -> bytes | None:
    folder = cache_folder()
    if folder is None:
        return None
    key = _key(version, text)
    bundle = _bundle.get()
    if bundle is None:
        return _load(_path(folder, kind, key))
    name = f"{kind}/{key}"
    found = bundle.used.get(name, bundle.known.get(name))
    if found is None:
        found = _load(_path(folder, kind, key))
    if found is not None:
        bundle.used[name] = found
    return found


def _remember(kind: str, version: str, text: str, made: bytes) -> None:
    folder = cache_folder()
    if folder is None:
        return
    key = _key(version, text)
    bundle = _bundle.get()
    if bundle is None or len(made) > LARGE:
        _store(_path(folder, kind, key), made)
    else:
        bundle.used[f"{kind}/{key}"] = made


def _key(version: str, text: str) -> str:
    return hashlib.sha256(f"{version}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _path(folder: Path, kind: str, key: str) -> Path:
    return folder / kind / key[:2] / key


def _load(path: Path) -> bytes | None:
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
        if time.time() - path.stat().st_mtime > _DAY:
            os.utime(path)  # it is used: see prune()
    except OSError:
        return None
    return content if digest == hashlib.sha256(content).hexdigest().encode() else None


def _store(path: Path, content: bytes) -> None:
    # a cache that cannot be written must never fail the run that would have filled it
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        os.replace(name, path)
        _prune_daily(path)


def _prune_daily(stored: Path) -> None:
    folder = cache_folder()
    if folder is None or not stored.is_relative_to(folder):
        return
    marker = folder / _PRUNED
    try:
        recent = time.time() - marker.stat().st_mtime < _DAY
    except OSError:
        recent = False
    if not recent:
        marker.touch()
        prune(folder)


def prune(folder: Path, most: int = MOST) -> None:
    """Delete what was not used for UNUSED_DAYS, and the oldest of the files that together exceed ``most`` bytes."""
    files: list[tuple[float, int, str]] = []
    for home, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(home, name)
            with contextlib.suppress(OSError):
                found = os.stat(path)
                files.append((found.st_mtime, found.st_size, path))
    left = most
    for used, size, path in sorted(files, reverse=True):
        left -= size
        if left < 0 or time.time() - used > UNUSED_DAYS * _DAY:
            with contextlib.suppress(OSError):
                os.unlink(path)
