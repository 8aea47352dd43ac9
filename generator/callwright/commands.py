"""Generating and checking the packages of a project; what did not change since the last run is only read back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from callwright.diagnostics import Diagnostic
from callwright.errors import CallwrightError, SpecError, raise_together
from callwright.gc_pause import collector_paused
from callwright.incremental import Made, inputs, recall_made, remember_made
from callwright.output import (
    FileChange,
    compare,
    current,
    manifest_of,
    packages_in,
    refuse,
    unowned,
    write,
    write_file,
)
from callwright.project.connectors import LOCK, discover, folders, package_of
from callwright.project.settings import Settings
from callwright.render.manifest import generated_by_another
from callwright.specfile import SPEC_FILE

if TYPE_CHECKING:
    from callwright.pipeline import Learnt

T = TypeVar("T")
_SIGN_IN = "oauth.py"  # of use without any call

# the stages and all that they need are imported where something changed: reading back takes a fraction of that time


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What generate did, or what check found.

    ``other_version``: who generated what is there, when it was not us; ``exists``: whether a package was there;
    ``leaks``: secrets that check found in the files; ``unowned``: files in the package that nobody generated;
    ``is_empty``: there is nothing to generate yet, because no call has a capture; no package is written.
    """

    name: str
    folder: Path
    calls: int
    changes: tuple[FileChange, ...]
    breaking: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    other_version: str | None = None
    exists: bool = True
    leaks: tuple[Diagnostic, ...] = ()
    unowned: tuple[str, ...] = ()
    is_empty: bool = False


def make(folder: Path, settings: Settings) -> Made:
    """What the stages give, remembered when nothing changed. Raises as build.build() does."""
    key = inputs(folder, settings.root, settings.http)
    made = recall_made(key)
    if made is None:
        from callwright.pipeline import build

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


def generate(
    settings: Settings,
    connectors: Sequence[str] = (),
    before: Callable[[Sequence[Result]], None] = lambda results: None,
) -> list[Result]:
    """Write the packages of these connectors (default: of all); none is written unless all could be built.

    A connector without any captured (or declared, or untyped) call is not written, see ``Result.is_empty``.
    ``before`` is called with the results before anything is written.

    Raises:
        SpecError, CaptureError, OutputError: see build.build() and output.write(); ConnectorErrors for several of them.
    """
    with collector_paused():
        made, errors = _attempted(settings, connectors)
        raise_together(errors)
        results = of_each(made, lambda folder: _result(made[folder], settings, writing=True))
        before(list(results.values()))
        for folder, result in results.items():
            if not result.is_empty:
                _write(settings, folder, made[folder], result)
    return list(results.values())


def _write(settings: Settings, folder: Path, made: Made, result: Result) -> None:
    write(settings.root / result.folder, made.files, settings.root)
    if made.lock is not None:
        write_file(folder / LOCK, made.lock)


def check(settings: Settings, connectors: Sequence[str] = ()) -> list[Result]:
    """Compare what would be generated with what is there, and look for secrets in both; writes nothing.

    Raises as generate() does.
    """
    results, errors = check_each(settings, connectors)
    raise_together(errors)
    return results


def check_each(
    settings: Settings, connectors: Sequence[str] = ()
) -> tuple[list[Result], list[CallwrightError]]:
    """As check(), with the errors of the connectors that have some beside the results of the others."""
    from callwright.secrets import leaks

    def checked(folder: Path, made: Made) -> Result:
        result = _result(made, settings, writing=False)
        found = leaks(_texts(settings, folder, settings.root / result.folder))
        return replace(result, leaks=tuple(found))

    with collector_paused():
        made, errors = _attempted(settings, connectors)
        results, more = attempt_each(made, lambda folder: checked(folder, made[folder]))
    return list(results.values()), [*errors, *more]


def orphans(settings: Settings, results: Sequence[Result] = ()) -> tuple[Path, ...]:
    """The generated packages that no connector of the project makes (any more), as seen from the root.

    ``results``: what is known of connectors already.
    """
    known = {result.name: result.folder for result in results}
    output = settings.output.relative_to(settings.root)
    made = {known.get(f.name) or output / package_of(f) for f in folders(settings)}
    return tuple(p for name in packages_in(settings.output) if (p := output / name) not in made)


def _texts(settings: Settings, *places: Path) -> dict[str, str]:
    """The text files of folders by their names in messages; the runtime's copies are no one's secrets."""
    texts: dict[str, str] = {}
    for path in (p for place in places for p in sorted(place.rglob("*"))):
        if path.is_file() and not {"_runtime", "__pycache__"} & set(path.parts):
            with contextlib.suppress(OSError):  # what cannot be read holds no secret for anyone
                texts[path.relative_to(settings.root).as_posix()] = path.read_text(
                    "utf-8", "replace"
                )
    return texts


def learnt(settings: Settings, connector: str) -> Learnt:
    """The types of one connector with their evidence and captures. Raises as build.learn() does."""
    from callwright.pipeline import learn

    (folder,) = discover(settings, [connector])
    return learn(folder, settings)


def attempt_each(
    folders: Iterable[Path], make: Callable[[Path], T]
) -> tuple[dict[Path, T], list[CallwrightError]]:
    """``make(folder)`` of each connector, by folder, and the errors of those that fail."""
    made: dict[Path, T] = {}
    errors: list[CallwrightError] = []
    for folder in folders:
        try:
            made[folder] = make(folder)
        except CallwrightError as error:
            errors.append(error)
    return made, errors


def of_each(folders: Iterable[Path], make: Callable[[Path], T]) -> dict[Path, T]:
    """``make(folder)`` of each connector, by folder; one that fails does not keep the others from being tried.

    Raises:
        CallwrightError: what the only one that failed raised; ConnectorErrors when there were several.
    """
    made, errors = attempt_each(folders, make)
    raise_together(errors)
    return made


def _attempted(
    settings: Settings, connectors: Sequence[str]
) -> tuple[dict[Path, Made], list[CallwrightError]]:
    """By folder. One that would write the package of another connector of the project has an error, too."""
    every = folders(settings)
    if not every and not connectors and orphans(settings):
        return {}, []
    made, errors = attempt_each(
        discover(settings, connectors), lambda folder: make(folder, settings)
    )
    owners: dict[str, Path] = {}
    clashing: set[Path] = set()
    for folder in every:
        package = made[folder].package if folder in made else package_of(folder)
        first = owners.setdefault(package, folder)
        if first != folder and (first in made or folder in made):
            errors.append(_clash(package, (first, folder), settings))
            clashing |= {first, folder}
    return {folder: one for folder, one in made.items() if folder not in clashing}, errors


def _clash(package: str, folders: Sequence[Path], settings: Settings) -> SpecError:
    first, second = ((f.relative_to(settings.root) / SPEC_FILE).as_posix() for f in folders)
    return SpecError(
        f"{first} and {second} both make the package {package}; give one of them another name: or package:"
    )


def _result(made: Made, settings: Settings, *, writing: bool) -> Result:
    """``writing``: raise also when something is in the way of writing the package."""
    target = settings.output / made.package
    is_empty = not made.calls and _SIGN_IN not in made.files
    files = {} if is_empty else made.files
    if writing and not is_empty:
        refuse(target, files, settings.root)
    changes = () if is_empty else compare(target, files, settings.root)
    existing = current(target, files)
    return Result(
        name=made.name,
        folder=target.relative_to(settings.root),
        calls=made.calls,
        changes=changes,
        breaking=_breaking(existing, files) if changes else (),
        diagnostics=made.diagnostics,
        other_version=generated_by_another(manifest_of(target)),
        exists=bool(existing),
        unowned=() if is_empty else unowned(target, files),
        is_empty=is_empty,
    )


def _breaking(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[str, ...]:
    from callwright.breaking_changes import breaking

    return breaking(old, new)
