"""One package written as `generate` writes several."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from callwright import transaction
from callwright.output import compare


def write(folder: Path, files: Mapping[str, bytes], root: Path | None = None) -> tuple[str, ...]:
    """Write one package; the paths that differed before."""
    changed: tuple[str, ...] = ()
    if (
        folder.is_dir()
        and not folder.is_symlink()
        and not (folder.parent / transaction.JOURNAL).exists()
    ):
        changed = tuple(change.path for change in compare(folder, files, root))
    transaction.write(folder.parent, {folder.name: files}, root or folder.parent)
    return changed
