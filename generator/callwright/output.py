"""Writing a generated package, all or nothing, and comparing it with what is there.

All new files are staged beside their places, then a journal says that the staging is complete, then each file is renamed
into place, the manifest comes last and the journal goes. A run killed before the journal leaves
the old package; one killed after it is finished by the next run. Only files listed in the manifest are ever overwritten,
only those that still are as they were generated are deleted, and no link is followed below the project's root.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, cast

from callwright.errors import OutputError
from callwright.patches import git_top, patch

MANIFEST = ".callwright.json"
_STAGING = ".callwright-staging"
_JOURNAL = ".callwright-journal.json"
_LINK = "is a symbolic link; generated files are never written through one. Remove it, or choose another output folder"


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
    _refuse_links(folder, root)
    owned, home = _owned(folder), folder.relative_to(git_top(root)).as_posix()
    return tuple(
        _change(path, home, old, new, edited=_is_edited(old, path, owned))
        for path, old, new in _differing(folder, files, owned)
    )


def _is_edited(content: bytes | None, path: str, owned: Mapping[str, str]) -> bool:
    return content is not None and path in owned and digest(content) != owned[path]


def _differing(
    folder: Path, files: Mapping[str, bytes], owned: Mapping[str, str]
) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    """The path, the old and the new content of every file that is ours and differs, the manifest aside."""
    for path in sorted({*files, *owned} - {MANIFEST}):
        _inside(folder, path)
        new, old = files.get(path), _read(folder / path)
        if new is None and _is_edited(old, path, owned):
            continue  # a stale file with changes by hand is the author's now, see unowned()
        if new != old:
            yield path, old, new


def write(folder: Path, files: Mapping[str, bytes], root: Path | None = None) -> tuple[str, ...]:
    """Make ``folder`` hold exactly ``files`` (with the manifest among them), and say which of the others changed.

    ``root``: the project's; no link below it is followed. Default: the folder above.

    Raises:
        OutputError: something that is not ours is in the way, or the folder cannot be written; nothing was changed.
    """
    try:
        _refuse_links(folder, folder.parent if root is None else root)
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


def unowned(folder: Path, files: Iterable[str]) -> tuple[str, ...]:
    """The files in a package that neither are in ``files`` nor will be removed by ``write``: nobody generated them."""
    if not folder.is_dir() or folder.is_symlink():
        return ()
    owned = _owned(folder)
    expected = {MANIFEST, *files}
    expected |= {p for p in owned if not _is_edited(_read(folder / p), p, owned)}
    paths = {p.relative_to(folder).as_posix() for p in _own_files(folder)}
    return tuple(sorted(paths - expected))


def _own_files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            if entry.name not in ("__pycache__", _STAGING):
                yield from _own_files(entry)
        elif entry.name != _JOURNAL:
            yield entry


def packages_in(folder: Path) -> list[str]:
    """The names of the packages that were generated into an output folder."""
    try:
        entries = sorted(folder.iterdir()) if not folder.is_symlink() else []
    except OSError:
        return []
    return [e.name for e in entries if not e.is_symlink() and (e / MANIFEST).is_file()]


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
            staged.unlink(missing_ok=True)  # left by a killed run, or a link to somewhere
            with staged.open("xb") as file:
                file.write(content)
            os.replace(staged, path)
    except OSError as error:
        raise OutputError(f"cannot be written ({error.strerror or error})", path=path) from None


def manifest_of(folder: Path) -> Mapping[str, object]:
    """The manifest's content, empty when there is none or it is damaged: it is a record, never trusted."""
    return _json_map(_read(folder / MANIFEST) or b"{}")


def _json_map(content: bytes) -> Mapping[str, object]:
    try:
        value: object = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _owned(folder: Path) -> dict[str, str]:
    listed = manifest_of(folder).get("files")
    if not isinstance(listed, dict):
        return {}
    pairs = cast("dict[str, object]", listed).items()
    return {p: value for p, value in pairs if isinstance(value, str) and _is_plain(p)}


def _is_plain(path: str) -> bool:
    """Whether it is a path as ``write`` lists them, below the package's folder and written in one way only."""
    plain = PurePosixPath(path)
    return (
        path.isprintable()
        and "\\" not in path
        and plain.as_posix() == path
        and not plain.is_absolute()
        and plain.parts[:1] not in ((), (_STAGING,))
        and ".." not in plain.parts
        and all(len(part.encode()) < 256 for part in plain.parts)
        and len(path) < 1024
    )


def _refuse_links(folder: Path, root: Path) -> None:
    """Raise when a folder from the project's root to the package's, or what is staged there, is a link."""
    parts = folder.relative_to(root).parts
    places = [root.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]
    for place in (*places, folder / _STAGING, folder / _JOURNAL):
        if place.is_symlink():
            raise OutputError(_LINK, path=place)


def _inside(folder: Path, path: str) -> None:
    place = folder
    for part in PurePosixPath(path).parts[:-1]:
        place = place / part
        if place.is_symlink():
            raise OutputError(_LINK, path=place)


def refuse(folder: Path, files: Mapping[str, bytes], root: Path) -> None:
    """Raise OutputError when something in ``folder`` is in the way of ``files``, as ``write`` would."""
    _refuse_links(folder, root)
    if not os.path.lexists(folder / _JOURNAL):  # what a killed run left is finished first
        _refuse_foreign(folder, files)


def _refuse_foreign(folder: Path, files: Mapping[str, bytes]) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError("a file is in the way of the generated package; move it", path=folder)
    owned = _owned(folder)
    for path, content in files.items():
        place = folder / path
        _inside(folder, path)
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
        content = (folder / _JOURNAL).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        shutil.rmtree(folder / _STAGING, ignore_errors=True)
        return
    _finish(folder, _json_map(content))


def _finish(folder: Path, journal: Mapping[str, object]) -> None:
    """Do what a journal says, as far as generating may: it could have been tampered with."""
    staging, owned = folder / _STAGING, _owned(folder)
    for path in _paths(journal, "remove"):
        place = folder / path
        if (
            path in owned
            and _plain_file(folder, path)
            and digest(place.read_bytes()) == owned[path]
        ):
            place.unlink()
            _remove_empty(folder, place.parent)
    for path in (*_paths(journal, "write"), MANIFEST):
        place = folder / path
        if not _plain_file(staging, path):
            continue
        _inside(folder, path)
        if path in (MANIFEST, *owned) or not os.path.lexists(place) or _same(staging / path, place):
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / path, place)
    (folder / _JOURNAL).unlink(missing_ok=True)
    shutil.rmtree(staging, ignore_errors=True)


def _plain_file(folder: Path, path: str) -> bool:
    """Whether a path leads to a file of the folder, through no link."""
    _inside(folder, path)
    return (folder / path).is_file() and not (folder / path).is_symlink()


def _same(first: Path, second: Path) -> bool:
    return not second.is_symlink() and _read(first) == _read(second)


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


def _change(
    path: str, home: str, old: bytes | None, new: bytes | None, *, edited: bool
) -> FileChange:
    kind: Literal["added", "changed", "removed"] = (
        "added" if old is None else "removed" if new is None else "changed"
    )
    return FileChange(path=path, kind=kind, diff=patch(f"{home}/{path}", old, new), edited=edited)
