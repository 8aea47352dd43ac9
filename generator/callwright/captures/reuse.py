"""Captures that did not change since they were last read: what was found in a call's folder, by all that lies in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from callwright.cache import recall_object, remember_object
from callwright.captures.model import Capture
from callwright.diagnostics import Diagnostic

Read = tuple[list[Capture], list[Diagnostic]]

# as bare values: making records of records takes most of the time, and the bodies lie in the folder
_FIELDS = tuple(f.name for f in fields(Capture) if f.name != "body")


def known(folder: Path, context: str, read: Callable[[], Read]) -> Read:
    """``read()``, which reads the captures in ``folder`` and nothing else but what ``context`` says, remembered."""
    contents = _contents(folder)
    if contents is None:
        return read()
    key = _key(context, contents)
    stored: tuple[list[tuple[Any, ...]], list[Diagnostic]] | None = recall_object("captures", key)
    if stored is not None:
        found = (dict(zip(_FIELDS, values, strict=True)) for values in stored[0])
        return [Capture(**f, body=_body(contents, f["path"], f["size"])) for f in found], stored[1]
    captures, diagnostics = read()
    if all(_body(contents, c.path, c.size) == c.body for c in captures):
        bare = [tuple(getattr(c, name) for name in _FIELDS) for c in captures]
        remember_object("captures", key, (bare, diagnostics))
    return captures, diagnostics


def _body(contents: Mapping[str, bytes], path: str, size: int | None) -> bytes:
    """The body of a capture; empty where only its size is stored."""
    return contents[_name(path)] if size is None else b""


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _contents(folder: Path) -> Mapping[str, bytes] | None:
    """Each file's content by its name; None when anything there is no plain file, or cannot be read."""
    found: dict[str, bytes] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False):
                    return None
                with open(entry.path, "rb") as file:
                    found[entry.name] = file.read()
    except OSError:
        return None
    return found


def _key(context: str, contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(context.encode("utf-8", "surrogateescape"))
    for name, content in sorted(contents.items()):
        digest.update(b"\0" + os.fsencode(name) + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()
