"""Patches that ``git apply`` takes."""

from __future__ import annotations

import base64
import difflib
import hashlib
import os
import re
import string
import zlib
from pathlib import Path

_ROW_LENGTHS = (
    string.ascii_uppercase + string.ascii_lowercase
)  # of 1 to 52 bytes, in binary patches


def git_top(root: Path) -> Path:
    """The top of the repository that a folder is in; the folder itself where there is none."""
    return next((p for p in (root, *root.parents) if os.path.lexists(p / ".git")), root)


def patch(name: str, old: bytes | None, new: bytes | None) -> str:
    """The patch that makes ``old`` into ``new``; None is a file that is not there."""
    head = f"diff --git a/{name} b/{name}\n"
    if old is None:
        head += "new file mode 100644\n"
    elif new is None:
        head += "deleted file mode 100644\n"
    try:
        before, after = (old or b"").decode(), (new or b"").decode()
    except UnicodeDecodeError:
        return head + _binary_patch(old, new)
    tab = "\t" if " " in name else ""  # ends a name that holds blanks
    lines = difflib.unified_diff(
        _lines(before),
        _lines(after),
        f"a/{name}{tab}" if old is not None else "/dev/null",
        f"b/{name}{tab}" if new is not None else "/dev/null",
    )
    return head + "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _binary_patch(old: bytes | None, new: bytes | None) -> str:
    """The new content as a whole, in the format of ``git diff --binary``."""
    content = new or b""
    packed = zlib.compress(content)
    rows = [packed[at : at + 52] for at in range(0, len(packed), 52)]
    lines = [
        f"{_ROW_LENGTHS[len(row) - 1]}{base64.b85encode(row, pad=True).decode()}" for row in rows
    ]
    return "\n".join(
        [
            f"index {_blob(old)}..{_blob(new)}",
            "GIT binary patch",
            f"literal {len(content)}",
            *lines,
            "",
            "",
        ]
    )


def _blob(content: bytes | None) -> str:
    """The name that Git gives to a content."""
    if content is None:
        return "0" * 40
    head = f"blob {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def _lines(text: str) -> list[str]:
    """The lines as git counts them: only a line feed ends one."""
    return [line for line in re.split(r"(?<=\n)", text) if line]
