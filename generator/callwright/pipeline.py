"""Generating and checking the packages of a project; what did not change since the last run is only read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from callwright.collector import collector_paused
from callwright.diagnostics import Diagnostic
from callwright.errors import SpecError
from callwright.output import FileChange, compare, current, manifest_of, write, write_file
from callwright.remembered import Made, inputs, recall_made, remember_made
from callwright.render.manifest import generated_by_another
from callwright.spec.connectors import LOCK, discover, package_of
from callwright.spec.settings import Settings

if TYPE_CHECKING:
    from callwright.build import Learnt

# the stages and all that they need are imported where something changed: reading back takes a fraction of that time


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What generate did, or what check found. ``other_version``: who generated what is there, when it was not us;
    ``exists``: whether a package was there; ``leaks``: secrets that check found in the files."""

    name: str
    folder: Path
    calls: int
    changes: tuple[FileChange, ...]
    breaking: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    other_version: str | None = None
    exists: bool = True
    leaks: tuple[Diagnostic, ...] = ()


def make(folder: Path, settings: Settings) -> Made:
    """What the stages give, remembered when nothing changed. Raises as build.build() does."""
    key = inputs(folder, settings.root, settings.http)
    made = recall_made(key)
    if made is None:
        from callwright.build import build

        built = build(folder, settings)
        needs_lock = built.models or (folder / LOCK).exists()
        made = Made(
            name=built.requests.connector.name,
            package=built.package.name,
            calls=len(built.package.methods),
            files=built.files,
            lock=built.lock if needs_lock else None,
            diagnostics=built.diagnostics,
        )
        remember_made(key, made)
    return made


def generate(settings: Settings, connectors: Sequence[str] = ()) -> list[Result]:
    """Write the packages of these connectors (default: of all); none is written unless all could be built.

    Raises:
        SpecError, CaptureError, OutputError: see build.build() and output.write().
    """
    results: list[Result] = []
    with collector_paused():
        for folder, one in _made(settings, connectors).items():
            result = _compared(one, settings)
            write(settings.root / result.folder, one.files)
            if one.lock is not None:
                write_file(folder / LOCK, one.lock)
            results.append(result)
    return results


def check(settings: Settings, connectors: Sequence[str] = ()) -> list[Result]:
    """Compare what would be generated with what is there, and look for secrets in both; writes nothing.

    Raises as generate() does.
    """
    from callwright.captures.secrets import leaks

    results: list[Result] = []
    with collector_paused():
        for folder, made in _made(settings, connectors).items():
            result = _compared(made, settings)
            found = leaks(_texts(settings, folder, settings.root / result.folder))
            results.append(replace(result, leaks=tuple(found)))
    return results


def _texts(settings: Settings, *folders: Path) -> dict[str, str]:
    """The text files of folders by their names in messages; the runtime's copies are no one's secrets."""
    return {
        path.relative_to(settings.root).as_posix(): path.read_text("utf-8", "replace")
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"_runtime", "__pycache__"} & set(path.parts)
    }


def learnt(settings: Settings, connector: str) -> Learnt:
    """The types of one connector with their evidence and captures. Raises as build.learn() does."""
    from callwright.build import learn

    (folder,) = discover(settings, [connector])
    return learn(folder, settings)


def _made(settings: Settings, connectors: Sequence[str]) -> dict[Path, Made]:
    """By folder. Raises SpecError when one of them would write the package of another connector of the project."""
    made = {folder: make(folder, settings) for folder in discover(settings, connectors)}
    packages = {
        folder: made[folder].package if folder in made else package_of(folder)
        for folder in discover(settings)
    }
    owners: dict[str, Path] = {}
    for folder, package in packages.items():
        first = owners.setdefault(package, folder)
        if first != folder and (first in made or folder in made):
            specs = [f.relative_to(settings.root) / "connector.yaml" for f in (first, folder)]
            raise SpecError(
                f"{specs[0].as_posix()} and {specs[1].as_posix()} both make the package {package};"
                " give one of them another name: or package:"
            )
    return made


def _compared(made: Made, settings: Settings) -> Result:
    target = settings.output / made.package
    changes, found = compare(target, made.files), current(target, made.files)
    return Result(
        name=made.name,
        folder=target.relative_to(settings.root),
        calls=made.calls,
        changes=changes,
        breaking=_breaking(found, made.files) if changes else (),
        diagnostics=made.diagnostics,
        other_version=generated_by_another(manifest_of(target)),
        exists=bool(found),
    )


def _breaking(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[str, ...]:
    from callwright.surface import breaking

    return breaking(old, new)
