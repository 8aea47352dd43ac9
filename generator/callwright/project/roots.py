"""The folders of a project that are on ``sys.path``, as its build and test configuration says.

Packages of the application layout import their runtime from the folder above, so that folder must be a package too; a
folder on ``sys.path`` is not imported as one.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

_KEYS = (
    "tool.setuptools.packages.find.where",
    "tool.pytest.ini_options.pythonpath",
    "tool.pytest.pythonpath",
    "tool.mypy.mypy_path",
    "tool.pyright.extraPaths",
    "tool.hatch.build.dev-mode-dirs",
    "tool.hatch.build.targets.wheel.sources",
)
_INI_FILES = ("setup.cfg", "pytest.ini", "mypy.ini", "tox.ini")


def import_root(folder: Path, root: Path) -> str | None:
    """Why ``folder`` is on ``sys.path``, to go into a message; None if nothing says so. ``root``: the project's."""
    if folder == root:
        return "the project's own folder"
    if folder == root / "src":
        return "the root of the packages below it"
    for place, reason in (*_pyproject(root), *_ini(root)):
        if Path(os.path.normpath(root / place)) == folder:
            return f"a root of packages ({reason})"
    return None


def _pyproject(root: Path) -> Iterator[tuple[str, str]]:
    try:
        data: object = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return
    for key in _KEYS:
        table, _, last = key.rpartition(".")
        for place in _texts(_at(data, table).get(last)):
            yield place, f"{key} in pyproject.toml"
    for folder in _at(data, "tool.setuptools.package-dir").values():
        for place in _texts(folder):
            yield place, "tool.setuptools.package-dir in pyproject.toml"
    for wheel in _texts(_at(data, "tool.hatch.build.targets.wheel").get("packages")):
        yield os.path.dirname(wheel) or ".", "tool.hatch.build.targets.wheel in pyproject.toml"
    yield from _poetry(_at(data, "tool.poetry").get("packages"))


def _poetry(packages: object) -> Iterator[tuple[str, str]]:
    for package in cast("list[object]", packages) if isinstance(packages, list) else []:
        for place in _texts(_at(package, "").get("from")):
            yield place, "tool.poetry.packages in pyproject.toml"


def _at(data: object, path: str) -> Mapping[str, object]:
    """The table at a dotted path; an empty one where there is none."""
    for key in filter(None, path.split(".")):
        data = cast("dict[str, object]", data).get(key) if isinstance(data, dict) else None
    return cast("dict[str, object]", data) if isinstance(data, dict) else {}


def _texts(value: object) -> list[str]:
    """The paths of a setting: one text (paths parted by colons, commas or lines), a list, or the keys of a table."""
    if isinstance(value, str):
        return [part for part in re.split(r"[:,\n]", value) if part.strip()]
    if isinstance(value, list | dict):
        return [entry for entry in cast("list[object]", value) if isinstance(entry, str)]
    return []


def _ini(root: Path) -> Iterator[tuple[str, str]]:
    for name in _INI_FILES:
        if (root / name).is_file():
            yield from _ini_file(root / name)


def _ini_file(path: Path) -> Iterator[tuple[str, str]]:
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path, encoding="utf-8-sig")
    except (configparser.Error, OSError, ValueError):
        return
    for section, key in (
        ("options.packages.find", "where"),
        ("options", "package_dir"),
        ("pytest", "pythonpath"),
        ("tool:pytest", "pythonpath"),
        ("mypy", "mypy_path"),
    ):
        text = parser.get(section, key, fallback="")
        for part in re.split(r"[:,\n]", text) if key == "mypy_path" else text.split():
            yield part.rpartition("=")[2].strip() or ".", f"{key} in {path.name}"
