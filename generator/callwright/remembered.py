"""What a connector was made into, remembered by all that it was made from: a run in which nothing changed reads files.

The key covers every file of the connector's folder, the settings that shape the output, and Callwright's own source, so
an entry never goes stale.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from callwright.cache import recall, remember
from callwright.diagnostics import Diagnostic, Severity, SourceSpan

_PACKAGE = Path(__file__).parent
_TOOLS = ("black", "isort", "datamodel-code-generator", "pydantic", "jinja2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The client of one connector, ready to be written or compared. ``lock``: the text of names.lock, if it needs one."""

    name: str
    package: str
    calls: int
    files: Mapping[str, bytes]
    lock: bytes | None
    diagnostics: tuple[Diagnostic, ...]


def inputs(folder: Path, root: Path, http: str) -> str:
    """The digest of everything that the files of a connector depend on."""
    digest = hashlib.sha256(f"{_own_source()}\0{folder.relative_to(root)}\0{http}".encode())
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"\0{path.relative_to(folder)}\0".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def recall_made(key: str) -> Made | None:
    """What was made from these inputs before."""
    text = recall("made", "1", key)
    if text is None:
        return None
    data: dict[str, Any] = json.loads(text)
    return Made(
        name=data["name"],
        package=data["package"],
        calls=data["calls"],
        files={path: body.encode() for path, body in data["files"].items()},
        lock=None if data["lock"] is None else data["lock"].encode(),
        diagnostics=tuple(_diagnostic(d) for d in data["diagnostics"]),
    )


def remember_made(key: str, made: Made) -> None:
    """Keep what was made from these inputs."""
    data = {
        "name": made.name,
        "package": made.package,
        "calls": made.calls,
        "files": {path: body.decode() for path, body in made.files.items()},
        "lock": None if made.lock is None else made.lock.decode(),
        "diagnostics": [
            dataclasses.asdict(d) | {"severity": d.severity.value} for d in made.diagnostics
        ],
    }
    remember("made", "1", key, json.dumps(data))


def _diagnostic(data: dict[str, Any]) -> Diagnostic:
    span = None if data["span"] is None else SourceSpan(**data["span"])
    return Diagnostic(**data | {"severity": Severity(data["severity"]), "span": span})


@lru_cache(maxsize=1)
def _own_source() -> str:
    """What of Callwright and its tools decides the output: a development checkout changes without a new version."""
    digest = hashlib.sha256(" ".join(version(tool) for tool in _TOOLS).encode())
    templates = [_PACKAGE / "templates", _PACKAGE.parents[1] / "templates"]
    places = [_PACKAGE.rglob("*.py"), *(t.glob("*.jinja") for t in templates)]
    for path in sorted(p for place in places for p in place):
        digest.update(path.read_bytes())
    return digest.hexdigest()
