"""Captures that did not change since they were last read: what was found in a call's folder, by all that lies in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from callwright.cache import recall_object, remember_object
from callwright.captures.model import Capture
from callwright.diagnostics import Diagnostic

Read = tuple[list[Capture], list[Diagnostic]]


def known(folder: Path, context: str, read: Callable[[], Read]) -> Read:
    """``read()``, which reads the captures in ``folder`` and nothing else but what ``context`` says, remembered."""
    contents = _contents(folder)
    if contents is None:
        return read()
    key = _key(context, contents)
    found: Read | None = recall_object("captures", key)
    if found is None:
        found = read()
        if all(contents[_name(c)] == c.body for c in found[0]):
            # the bodies lie in the folder: twice is once too often
            bare = [replace(c, body=b"") for c in found[0]]
            remember_object("captures", key, (bare, found[1]))
        return found
    captures, diagnostics = found
    return [replace(c, body=contents[_name(c)]) for c in captures], diagnostics


def _name(capture: Capture) -> str:
    return capture.path.rpartition("/")[2]


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
    digest = hashlib.sha256(context.encode("utf-8", "surrogatepass"))
    for name, content in sorted(contents.items()):
        digest.update(b"\0" + os.fsencode(name) + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()
