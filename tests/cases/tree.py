"""A syrupy extension whose snapshot is a folder: a generated package, file by file, as a reviewer reads it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syrupy.data import Snapshot, SnapshotCollection
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation

_MARK = "\x1e"  # never in source; parts the files in the one text that is compared


def as_text(files: Mapping[str, str]) -> str:
    return "".join(f"{_MARK}{path}\n{text}" for path, text in sorted(files.items()))


class TreeExtension(SingleFileSnapshotExtension):
    """``files == snapshot(extension_class=TreeExtension)`` with ``files``: path → text.

    The location is the folder; syrupy discovers the files in it, so each file must lead back to its folder.
    """

    _write_mode = WriteMode.TEXT
    file_extension = ""
    # not __snapshots__: the default extension scans that beside every test file, and takes what is not its own for left over
    snapshot_dirname = "__packages__"

    def serialize(self, data: Any, **_: Any) -> str:
        return as_text(data)

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        home = Path(test_location.filepath).parent / cls.snapshot_dirname
        return str(home / test_location.basename)

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: Any = 0) -> str:
        return cls._sanitize_filename(test_location.snapshot_name)

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: Any) -> str:
        name = cls.get_snapshot_name(test_location=test_location, index=index)
        return str(Path(cls.dirname(test_location=test_location)) / name)

    def owns_snapshot_collection(self, *, filepath: str, test_location: PyTestLocation) -> bool:
        return Path(self.dirname(test_location=test_location)) in Path(filepath).parents

    def read_snapshot_collection(self, *, snapshot_location: str) -> SnapshotCollection:
        folder = Path(snapshot_location)
        while folder.parent.parent.name != self.snapshot_dirname:
            folder = folder.parent
        collection = SnapshotCollection(location=str(folder))
        collection.add(Snapshot(name=folder.name))
        return collection

    def read_snapshot_data_from_location(
        self, *, snapshot_location: str, snapshot_name: str, session_id: str
    ) -> str | None:
        folder = Path(snapshot_location)
        if not folder.is_dir():
            return None
        return as_text(
            {
                p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8")
                for p in folder.rglob("*")
                if p.is_file() and "__pycache__" not in p.parts
            }
        )

    @classmethod
    def write_snapshot_collection(
        cls, *, snapshot_collection: SnapshotCollection, name_order: Any = None
    ) -> None:
        folder = Path(snapshot_collection.location)
        shutil.rmtree(folder, ignore_errors=True)
        data = next(iter(snapshot_collection)).data
        assert isinstance(data, str)
        for part in data.split(_MARK)[1:]:
            path, _, text = part.partition("\n")
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")

    def delete_snapshots(self, *, snapshot_location: str, snapshot_names: set[str]) -> None:
        shutil.rmtree(snapshot_location, ignore_errors=True)
