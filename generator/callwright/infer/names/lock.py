"""names.lock: the class names given so far, so that they stay when captures are added. An input, committed.

Names that the spec gives (``model:``) are not in it.
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from callwright.errors import CaptureError
from callwright.ir.taken import MODELS
from callwright.project.connectors import LOCK

_CLASS = re.compile(r"[A-Z][A-Za-z0-9_]*\Z", re.ASCII)


def read_lock(folder: Path) -> dict[str, str]:
    """The names remembered beside a connector's spec; none when there is no file yet.

    Raises:
        CaptureError: the file is not what `callwright generate` writes, or a merge left in it what no class can be named.
    """
    path = folder / LOCK
    try:
        content: object = json.loads(path.read_bytes(), object_pairs_hook=_Pairs)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CaptureError(f"cannot be read ({reason}); {_WAY_OUT}", path=path) from None
    if not isinstance(content, _Pairs) or not all(isinstance(name, str) for _, name in content):
        raise CaptureError(f"is not a map of names; {_WAY_OUT}", path=path)
    pairs = cast("Sequence[tuple[str, str]]", content)
    problem = next(_problems(pairs), None)
    if problem is not None:
        raise CaptureError(f"{problem}; {_WAY_OUT_OF_ONE}", path=path)
    return dict(pairs)


class _Pairs(list[tuple[str, object]]):
    """An object of JSON with the keys that it has twice."""


def _problems(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    known: dict[str, str] = {}
    for key, name in pairs:
        if known.setdefault(key, name) != name:
            yield f"{key!r} has two names, {known[key]!r} and {name!r}"
        elif keyword.iskeyword(name) or not _CLASS.match(name):
            yield f"{key!r}: {name!r} is not a class's name, like Customer"
        elif name in MODELS:
            yield f"{key!r}: the models need the name {name} themselves"


_WAY_OUT = "restore it from version control, or delete it to name all classes anew"
_WAY_OUT_OF_ONE = "correct the name, or delete the line to have the class named anew"


def lock_text(names: Mapping[str, str]) -> bytes:
    """The file's content: one name a line, sorted, so that a merge touches only what changed."""
    return (json.dumps(names, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
