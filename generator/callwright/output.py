"""Writing a generated package, all or nothing, and comparing it with what is there.

All new files are staged beside their places, then a journal says that the staging is complete, then each file is renamed
into place, stale ones are deleted, the manifest comes last and the journal goes. A run killed before the journal leaves
the old package; one killed after it is finished by the next run. Only files listed in the manifest are ever deleted or
overwritten, and nothing is followed out of the folder.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, cast

from callwright.errors import OutputError

MANIFEST = ".callwright.json"
_STAGING = ".callwright-staging"
_JOURNAL = ".callwright-journal.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file that differs. ``diff`` is a unified diff (empty for binary files); ``edited``: somebody changed it by
    hand since it was generated."""

    path: str
    kind: Literal["added", "changed", "removed"]
    diff: str
    edited: bool = False

    @property
    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        lines = self.diff.splitlines()[2:]
        return sum(x.startswith("+") for x in lines), sum(x.startswith("-") for x in lines)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def compare(folder: Path, files: Mapping[str, bytes]) -> tuple[FileChange, ...]:
    """How ``folder`` differs from ``files``; the manifest itself is compared by what it says of inputs, not versions.

    Raises:
        OutputError: the folder cannot be read, or leads outside through a symbolic link.
    """
    owned = _owned(folder)
    return tuple(
        _change(path, old, new, old is not None and digest(old) != owned.get(path, digest(old)))
        for path, old, new in _differing(folder, files, owned)
    )


def _differing(
    folder: Path, files: Mapping[str, bytes], owned: Mapping[str, str]
) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    """The path, the old and the new content of every file that is ours and differs, the manifest aside."""
    for path in sorted({*files, *owned} - {MANIFEST}):
        _inside(folder, path)
        new, old = files.get(path), _read(folder / path)
        if new != old:
            yield path, old, new


def write(folder: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Make ``folder`` hold exactly ``files`` (with the manifest among them), and say which of the others changed.

    Raises:
        OutputError: something that is not ours is in the way, or the folder cannot be written; nothing was changed.
    """
    try:
        _recover(folder)
        _refuse_foreign(folder, files)
        changed = [path for path, _, _ in _differing(folder, files, _owned(folder))]
        if changed or _read(folder / MANIFEST) != files[MANIFEST]:
            _replace(folder, files, changed)
    except OSError as error:
        raise OutputError(
            f"cannot be written ({error.strerror or error}); free the path or choose another output folder",
            path=folder,
        ) from None
    return tuple(changed)


def current(folder: Path, files: Iterable[str]) -> dict[str, bytes]:
    """What the folder holds of these files and of those that the manifest lists."""
    found = {path: _read(folder / path) for path in {*files, *_owned(folder)}}
    return {path: content for path, content in found.items() if content is not None}


def write_file(path: Path, content: bytes) -> None:
    """Write one file, whole or not at all, and only when its content changes.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        if _read(path) != content:
            staged = path.with_name(f".{path.name}.new")
            staged.write_bytes(content)
            os.replace(staged, path)
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror or error})", path=path) from None


def manifest_of(folder: Path) -> Mapping[str, object]:
    """The manifest's content, empty when there is none or it is damaged: it is a record, never trusted."""
    try:
        content: object = json.loads(_read(folder / MANIFEST) or b"{}")
    except ValueError:
        return {}
    return _mapping(content)


def _mapping(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _owned(folder: Path) -> dict[str, str]:
    listed = _mapping(manifest_of(folder).get("files"))
    return {p: value for p, value in listed.items() if isinstance(value, str) and _is_plain(p)}


def _is_plain(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and ".." not in parts and not path.startswith("/") and "\\" not in path


def _inside(folder: Path, path: str) -> None:
    place = folder
    for part in PurePosixPath(path).parts[:-1]:
        place = place / part
        if place.is_symlink():
            raise OutputError(
                "is a symbolic link; generated files are never written through one", path=place
            )


def _refuse_foreign(folder: Path, files: Mapping[str, bytes]) -> None:
    if folder.is_symlink():
        raise OutputError(
            "is a symbolic link; generated files are never written through one", path=folder
        )
    if folder.exists() and not folder.is_dir():
        raise OutputError("a file is in the way of the generated package; move it", path=folder)
    owned = _owned(folder)
    for path, content in files.items():
        place = folder / path
        if place.is_dir() and not place.is_symlink():
            raise OutputError("a folder is in the way of a generated file; move it", path=place)
        if path == MANIFEST or path in owned or not os.path.lexists(place):
            continue
        if place.is_symlink() or _read(place) != content:
            raise OutputError(
                "was not generated by Callwright and is in the way; move it, or choose another output folder",
                path=place,
            )


def _replace(folder: Path, files: Mapping[str, bytes], changed: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    staging = folder / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    written = [path for path in changed if path in files]
    journal = {"write": written, "remove": [path for path in changed if path not in files]}
    try:
        for path in (*written, MANIFEST):
            place = staging / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(files[path])
        (staging / _JOURNAL).write_text(json.dumps(journal))
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    os.replace(
        staging / _JOURNAL, folder / _JOURNAL
    )  # from here on, the new package is the one that counts
    _finish(folder, journal)


def _recover(folder: Path) -> None:
    """Finish what a killed run had staged completely; drop what it had not."""
    try:
        journal: object = json.loads((folder / _JOURNAL).read_text())
    except (FileNotFoundError, NotADirectoryError):
        shutil.rmtree(folder / _STAGING, ignore_errors=True)
        return
    except ValueError:
        journal = None
    _finish(folder, _mapping(journal))


def _finish(folder: Path, journal: Mapping[str, object]) -> None:
    staging = folder / _STAGING
    for path in (*_paths(journal, "write"), MANIFEST):
        if (staging / path).is_file():
            _inside(folder, path)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / path, folder / path)
    for path in _paths(journal, "remove"):
        _inside(folder, path)
        (folder / path).unlink(missing_ok=True)
        _remove_empty(folder, (folder / path).parent)
    (folder / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(staging, ignore_errors=True)


def _paths(journal: Mapping[str, object], key: str) -> list[str]:
    listed = journal.get(key)
    paths = cast("list[object]", listed) if isinstance(listed, list) else []
    return [p for p in paths if isinstance(p, str) and _is_plain(p)]


def _remove_empty(folder: Path, place: Path) -> None:
    while place != folder:
        shutil.rmtree(place / "__pycache__", ignore_errors=True)
        with contextlib.suppress(OSError):
            place.rmdir()
        if place.exists():
            return
        place = place.parent


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"cannot be read ({error.strerror or error})", path=path) from None


def _change(path: str, old: bytes | None, new: bytes | None, edited: bool) -> FileChange:
    kind: Literal["added", "changed", "removed"] = (
        "added" if old is None else "removed" if new is None else "changed"
    )
    try:
        before, after = (old or b"").decode(), (new or b"").decode()
    except UnicodeDecodeError:
        diff = ""
    else:
        diff = "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(
                before.splitlines(keepends=True),
                after.splitlines(keepends=True),
                f"a/{path}" if old is not None else "/dev/null",
                f"b/{path}" if new is not None else "/dev/null",
            )
        )
    return FileChange(path=path, kind=kind, diff=diff, edited=edited)
