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
    RUNTIME,
    FileChange,
    compare,
    current,
    init_missing,
    manifest_of,
    packages_in,
    packages_sharing,
    unowned,
    write_file,
)
from callwright.project.connectors import LOCK, discover, folders, package_of
from callwright.project.settings import Settings
from callwright.render.manifest import MANIFEST, generated_by_another, runtime_manifest
from callwright.render.runtime import runtime_files
from callwright.specfile import SPEC_FILE
from callwright.transaction import Files, refuse, write

if TYPE_CHECKING:
    from callwright.pipeline import Learnt

T = TypeVar("T")
_SIGN_IN = "oauth.py"  # of use without any call

# the stages and all that they need are imported where something changed: reading back takes a fraction of that time


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderResult:
    """How a generated folder differs from what belongs there.

    Attributes:
        folder: As seen from the project's root; the paths of changes stand below it.
        other_version: Which version generated what is there, when it is not this one.
        exists: Whether anything was there.
        unowned: Files that nobody generated.
    """

    folder: Path
    changes: tuple[FileChange, ...]
    other_version: str | None = None
    exists: bool = True
    unowned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(FolderResult):
    """What generate did for one connector, or what check found.

    Attributes:
        leaks: Secrets that check found in the files.
        is_empty: There is nothing to generate yet, because no call has a capture; no package is written.
    """

    name: str
    calls: int
    breaking: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    leaks: tuple[Diagnostic, ...] = ()
    is_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What generate did, or what check found.

    Attributes:
        connectors: A result per connector.
        runtime: The output folder's runtime, when its packages share one; its changes are seen from the output folder.
    """

    connectors: tuple[Result, ...]
    runtime: FolderResult | None


def make(folder: Path, settings: Settings) -> Made:
    """What the stages give, remembered when nothing changed. Raises as build.build() does."""
    key = inputs(folder, settings)
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
    before: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Write the packages of these connectors (default: of all); none is written unless all could be built.

    When the runtime that packages share changes, all packages of the output folder are written with it. A connector
    without any captured (or declared, or untyped) call is not written, see ``Result.is_empty``. ``before`` is called
    with the report before anything is written.

    Raises:
        SpecError, CaptureError, OutputError: see pipeline.build() and transaction.write(); ConnectorErrors for several.
    """
    with collector_paused():
        made, errors = _attempted(settings, connectors)
        raise_together(errors)
        runtime = _runtime(settings, made)
        if runtime and _runtime_result(settings, runtime).changes:
            made |= _made_for_others(settings, made)
        results = of_each(made, lambda folder: _result(made[folder], settings, writing=True))
        report = Report(
            connectors=tuple(results.values()),
            runtime=None if runtime is None else _runtime_result(settings, runtime),
        )
        written = {folder: made[folder] for folder, r in results.items() if not r.is_empty}
        packages = {} if runtime is None else {RUNTIME: runtime}
        packages |= {one.package: one.files for one in written.values()}
        refuse(settings.output, packages, settings.root)
        before(report)
        write(settings.output, packages, settings.root, is_package=bool(settings.shared_by))
        for folder, one in written.items():
            if one.lock is not None:
                write_file(folder / LOCK, one.lock)
    return report


def _runtime(settings: Settings, made: Mapping[Path, Made]) -> Files | None:
    """What the shared runtime's folder is to hold; nothing when no package needs it, None when it is to be left alone."""
    written = {one.package for one in made.values() if not _is_empty(one)}
    others = packages_sharing(settings.output) - written
    if settings.layout == "project" and others:
        return None
    if settings.layout == "project" or not (written or others):
        return {} if (settings.output / RUNTIME / MANIFEST).is_file() else None
    files = {path: text.encode() for path, text in runtime_files(settings.http).items()}
    return files | {MANIFEST: runtime_manifest(files)}


def _made_for_others(settings: Settings, made: Mapping[Path, Made]) -> dict[Path, Made]:
    """The other packages of the output folder, made for a runtime that changes."""
    written = {one.package for one in made.values()}
    owners = {package_of(folder): folder for folder in folders(settings)}
    others = sorted(packages_sharing(settings.output) - written)
    lost = [name for name in others if name not in owners]
    again, errors = attempt_each(
        [owners[name] for name in others if name in owners], lambda folder: make(folder, settings)
    )
    unmade = [*lost, *(n for n in others if n in owners and owners[n] not in again)]
    unmade += [one.package for one in again.values() if _is_empty(one)]
    if unmade:
        place = settings.output.relative_to(settings.root).as_posix()
        problem = SpecError(
            f"{place}/{RUNTIME} changes with this version of Callwright, and every package beside it with it, but"
            f" {', '.join(f'{place}/{name}' for name in unmade)} cannot be generated: repair or restore the connector,"
            " or delete the package"
        )
        raise_together([problem, *errors])
    return again


def check(settings: Settings, connectors: Sequence[str] = ()) -> Report:
    """Compare what would be generated with what is there, and look for secrets in both; writes nothing.

    Raises as generate() does.
    """
    report, errors = check_each(settings, connectors)
    raise_together(errors)
    return report


def check_each(
    settings: Settings, connectors: Sequence[str] = ()
) -> tuple[Report, list[CallwrightError]]:
    """As check(), with the errors of the connectors that have some beside the results of the others."""
    from callwright.secrets import leaks

    def checked(folder: Path, made: Made) -> Result:
        result = _result(made, settings, writing=False)
        found = leaks(_texts(settings, folder, settings.root / result.folder))
        return replace(result, leaks=tuple(found))

    with collector_paused():
        made, errors = _attempted(settings, connectors)
        results, more = attempt_each(made, lambda folder: checked(folder, made[folder]))
        runtime = _runtime(settings, made)
        report = Report(
            connectors=tuple(results.values()),
            runtime=None if runtime is None else _runtime_result(settings, runtime),
        )
    return report, [*errors, *more]


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
    if not every and not connectors and (orphans(settings) or _runtime(settings, {}) is not None):
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
    is_empty = _is_empty(made)
    files = {} if is_empty else made.files
    if writing and not is_empty:
        refuse(settings.output, {made.package: files}, settings.root)
    changes = () if is_empty else compare(target, files, settings.root)
    existing = current(target, files)
    return Result(
        name=made.name,
        folder=target.relative_to(settings.root),
        calls=made.calls,
        changes=changes,
        breaking=_breaking(made, existing) if changes else (),
        diagnostics=made.diagnostics,
        other_version=generated_by_another(manifest_of(target)),
        exists=bool(existing),
        unowned=() if is_empty else unowned(target, files),
        is_empty=is_empty,
    )


def _is_empty(made: Made) -> bool:
    return not made.calls and _SIGN_IN not in _own(made, made.files)


def _runtime_result(settings: Settings, files: Files) -> FolderResult:
    target = settings.output / RUNTIME
    changes = [
        replace(change, path=f"{RUNTIME}/{change.path}")
        for change in compare(target, files, settings.root)
    ]
    if files and settings.shared_by:
        changes += init_missing(settings.output, settings.root)
    return FolderResult(
        folder=settings.output.relative_to(settings.root),
        changes=tuple(changes),
        other_version=generated_by_another(manifest_of(target)),
        exists=bool(current(target, files)),
        unowned=tuple(f"{RUNTIME}/{path}" for path in unowned(target, files)),
    )


def _own(made: Made, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The package's files by their path in it, also when a project stands around it."""
    prefix = f"{made.package}/"
    is_project = any(path.startswith(prefix) for path in made.files)
    inside = prefix if is_project else ""
    return {p.removeprefix(inside): body for p, body in files.items() if p.startswith(inside)}


def _breaking(made: Made, existing: Mapping[str, bytes]) -> tuple[str, ...]:
    from callwright.breaking_changes import breaking

    return breaking(_own(made, existing), _own(made, made.files))
