"""names.lock: the class names given so far, so that they stay when captures are added. An input, committed.

Names that the spec gives (``model:``) are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from callwright.errors import CaptureError
from callwright.spec.connectors import LOCK


def read_lock(folder: Path) -> dict[str, str]:
    """The names remembered beside a connector's spec; none when there is no file yet.

    Raises:
        CaptureError: the file is not what `callwright generate` writes.
    """
    path = folder / LOCK
    try:
        content: object = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CaptureError(f"cannot be read ({reason}); {_WAY_OUT}", path=path) from None
    if not isinstance(content, dict) or not all(
        isinstance(v, str) for v in cast("dict[str, object]", content).values()
    ):
        raise CaptureError(f"is not a map of names; {_WAY_OUT}", path=path)
    return cast("dict[str, str]", content)


_WAY_OUT = "restore it from version control, or delete it to name all classes anew"


def lock_text(names: Mapping[str, str]) -> bytes:
    """The file's content: one name a line, sorted, so that a merge touches only what changed."""
    return (json.dumps(names, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
