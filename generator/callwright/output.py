"""Comparing generated packages with what is there. ``transaction`` writes them.

Only files that a package's manifest lists are the generator's, and no link is followed below the project's root.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, cast

from callwright.errors import OutputError
from callwright.patches import git_top, patch

MANIFEST = ".callwright.json"
RUNTIME = "_runtime"
"""The folder of the runtime that the packages of an output folder share; in it, as in each package, is a manifest."""
LINK = "is a symbolic link; generated files are never written through one. Remove it, or choose another output folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file that differs. ``diff`` is a patch that ``git apply`` takes; ``edited``: somebody changed it by hand since
    it was generated."""

    path: str
    kind: Literal["added", "changed", "removed"]
    diff: str
    edited: bool = False

    @property
    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        _, _, hunks = self.diff.partition("\n@@")
        lines = hunks.split("\n")
        return sum(x.startswith("+") for x in lines), sum(x.startswith("-") for x in lines)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def compare(
    folder: Path, files: Mapping[str, bytes], root: Path | None = None
) -> tuple[FileChange, ...]:
    """How ``folder`` differs from ``files``; the manifest itself is compared by what it says of inputs, not versions.

    ``root``: the project's. Default: the folder above. The diffs name files as seen from the Git repository that the
    project is in, as ``git diff`` does, or else from ``root``.

    Raises:
        OutputError: the folder cannot be read, or leads outside through a symbolic link.
    """
    root = folder.parent if root is None else root
    refuse_links(folder, root)
    owned, home = owned_files(folder), folder.relative_to(git_top(root)).as_posix()
    return tuple(
        _change(path, home, old, new, edited=is_edited(old, path, owned))
        for path, old, new in differing_files(folder, files, owned)
    )


def is_edited(content: bytes | None, path: str, owned: Mapping[str, str]) -> bool:
    return content is not None and path in owned and digest(content) != owned[path]


def differing_files(
    folder: Path, files: Mapping[str, bytes], owned: Mapping[str, str]
) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    """The path, the old and the new content of every file that is ours and differs, the manifest aside."""
    for path in sorted({*files, *owned} - {MANIFEST}):
        refuse_link_to(folder, path)
        new, old = files.get(path), read_file(folder / path)
        if new is None and is_edited(old, path, owned):
            continue  # a stale file with changes by hand is the author's now, see unowned()
        if new != old:
            yield path, old, new


def unowned(folder: Path, files: Iterable[str]) -> tuple[str, ...]:
    """The files in a package that neither are in ``files`` nor will be removed by ``write``: nobody generated them."""
    if not folder.is_dir() or folder.is_symlink():
        return ()
    owned = owned_files(folder)
    expected = {MANIFEST, *files}
    expected |= {p for p in owned if not is_edited(read_file(folder / p), p, owned)}
    paths = {p.relative_to(folder).as_posix() for p in _own_files(folder)}
    return tuple(sorted(paths - expected))


def _own_files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            if entry.name != "__pycache__":
                yield from _own_files(entry)
        else:
            yield entry


def packages_in(folder: Path) -> list[str]:
    """The names of the packages that were generated into an output folder."""
    try:
        entries = sorted(folder.iterdir()) if not folder.is_symlink() else []
    except OSError:
        return []
    return [
        e.name
        for e in entries
        if e.name != RUNTIME and not e.is_symlink() and (e / MANIFEST).is_file()
    ]


def packages_sharing(folder: Path) -> set[str]:
    """Those of an output folder's packages that import the runtime beside them."""
    inside = f"{RUNTIME}/"
    return {
        name
        for name in packages_in(folder)
        if not any(inside in path for path in owned_files(folder / name))
    }


def init_missing(folder: Path, root: Path) -> list[FileChange]:
    """The empty ``__init__.py`` that makes a package of the output folder, if it is not there."""
    if (folder / "__init__.py").is_file():
        return []
    home = folder.relative_to(git_top(root)).as_posix()
    return [_change("__init__.py", home, None, b"", edited=False)]


def current(folder: Path, files: Iterable[str]) -> dict[str, bytes]:
    """What the folder holds of these files and of those that the manifest lists."""
    found = {path: read_file(folder / path) for path in {*files, *owned_files(folder)}}
    return {path: content for path, content in found.items() if content is not None}


def write_file(path: Path, content: bytes) -> None:
    """Write one file, whole or not at all, and only when its content changes.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        if read_file(path) != content:
            staged = path.with_name(f".{path.name}.new")
            staged.unlink(missing_ok=True)  # left by a killed run, or a link to somewhere
            with staged.open("xb") as file:
                file.write(content)
            os.replace(staged, path)
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror or error})", path=path) from None


def manifest_of(folder: Path) -> Mapping[str, object]:
    """The manifest's content, empty when there is none or it is damaged: it is a record, never trusted."""
    return json_map(read_file(folder / MANIFEST) or b"{}")


def json_map(content: bytes) -> Mapping[str, object]:
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def owned_files(folder: Path) -> dict[str, str]:
    listed = manifest_of(folder).get("files")
    if not isinstance(listed, dict):
        return {}
    pairs = cast("dict[str, object]", listed).items()
    return {p: value for p, value in pairs if isinstance(value, str) and is_plain(p)}


def is_plain(path: str) -> bool:
    """Whether it is a path as ``write`` lists them, below the package's folder and written in one way only."""
    plain = PurePosixPath(path)
    return (
        path.isprintable()
        and "\\" not in path
        and plain.as_posix() == path
        and not plain.is_absolute()
        and plain.parts != ()
        and ".." not in plain.parts
        and all(len(part.encode()) < 256 for part in plain.parts)
        and len(path) < 1024
    )


def refuse_links(folder: Path, root: Path) -> None:
    """Raise OutputError when a folder from the project's root to ``folder`` is a link."""
    parts = folder.relative_to(root).parts
    places = [root.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
    for place in places:
        if place.is_symlink():
            raise OutputError(LINK, path=place)


def refuse_link_to(folder: Path, path: str) -> None:
    place = folder
    for part in PurePosixPath(path).parts[:-1]:
        place = place / part
        if place.is_symlink():
            raise OutputError(LINK, path=place)


def read_file(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"cannot be read ({error.strerror or error})", path=path) from None


def _change(
    path: str, home: str, old: bytes | None, new: bytes | None, *, edited: bool
) -> FileChange:
    kind: Literal["added", "changed", "removed"] = (
        "added" if old is None else "removed" if new is None else "changed"
    )
    return FileChange(path=path, kind=kind, diff=patch(f"{home}/{path}", old, new), edited=edited)
