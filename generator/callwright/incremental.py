"""What a connector was made into, remembered by all that it was made from: a run in which nothing changed reads files.

The key covers every file of the connector's folder, the settings that shape the output, and Callwright's own source, so
an entry never goes stale.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from callwright.cache import own_source, recall, recall_object, remember, remember_object
from callwright.diagnostics import Diagnostic, Severity, SourceSpan
from callwright.project.connectors import LOCK
from callwright.project.settings import Settings

if TYPE_CHECKING:
    from callwright.ir.nodes import Requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The client of one connector, ready to be written or compared. ``lock``: the text of names.lock, if it needs one."""

    name: str
    package: str
    calls: int
    files: Mapping[str, bytes]
    lock: bytes | None
    diagnostics: tuple[Diagnostic, ...]


def inputs(folder: Path, settings: Settings) -> str:
    """The digest of everything that the files of a connector depend on."""
    chosen = f"{own_source()}\0{settings.http}\0{settings.layout}\0{settings.shared_by}\0{settings.recorded}"
    return _digest(folder, settings.root, chosen, without=())


def _digest(folder: Path, root: Path, more: str, without: tuple[str, ...]) -> str:
    digest = hashlib.sha256(f"{more}\0{folder.relative_to(root)}".encode())
    start = len(str(folder)) + 1
    for path in sorted(_files(str(folder), without)):
        digest.update(f"\0{path[start:]}\0".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(_content(path)).digest())
    return digest.hexdigest()


def _files(folder: str, without: tuple[str, ...] = ()) -> Iterator[str]:
    """All files below a folder, the entries of these names in it left out. As texts: there may be thousands."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in without:
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.is_file():
                yield entry.path


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:  # who reads it for what it says will tell
        return str(error).encode("utf-8", "surrogateescape")


def read_requests(folder: Path, root: Path) -> tuple[Requests, tuple[Diagnostic, ...]]:
    """What ``ir.lower_requests.read_requests`` gives, without parsing a spec that did not change. Raises as it does."""
    key = _digest(folder, root, "", without=("captures", LOCK))
    found: tuple[Requests, tuple[Diagnostic, ...]] | None = recall_object("requests", key)
    if found is not None:
        return found
    from callwright.operations import lower

    found = lower.read_requests(folder, root)
    remember_object("requests", key, found)
    return found


def recall_made(key: str) -> Made | None:
    """What was made from these inputs before."""
    text = recall("made", "2", key)
    if text is None:
        return None
    data: dict[str, Any] = json.loads(text)
    return Made(
        name=data["name"],
        package=data["package"],
        calls=data["calls"],
        files={
            **{path: body.encode() for path, body in data["files"].items()},
            **{path: base64.b64decode(body) for path, body in data["binary"].items()},
        },
        lock=None if data["lock"] is None else data["lock"].encode(),
        diagnostics=tuple(_diagnostic(d) for d in data["diagnostics"]),
    )


def remember_made(key: str, made: Made) -> None:
    """Keep what was made from these inputs."""
    data = {
        "name": made.name,
        "package": made.package,
        "calls": made.calls,
        "files": {p: body.decode() for p, body in made.files.items() if not _is_binary(body)},
        "binary": {
            p: base64.b64encode(body).decode() for p, body in made.files.items() if _is_binary(body)
        },
        "lock": None if made.lock is None else made.lock.decode(),
        "diagnostics": [
            dataclasses.asdict(d) | {"severity": d.severity.value} for d in made.diagnostics
        ],
    }
    remember("made", "2", key, json.dumps(data))


def _is_binary(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False


def _diagnostic(data: dict[str, Any]) -> Diagnostic:
    span = None if data["span"] is None else SourceSpan(**data["span"])
    return Diagnostic(**data | {"severity": Severity(data["severity"]), "span": span})
