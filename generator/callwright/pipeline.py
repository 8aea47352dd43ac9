"""The stages in order, from a connector's folder to the files of its client. No network, no clock, no decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from callwright import surface
from callwright.cache import recall_object, remember_object, together
from callwright.captures.model import Capture
from callwright.captures.read import read_captures
from callwright.captures.secrets import leaks
from callwright.diagnostics import Diagnostic, fail_on_errors
from callwright.errors import SpecError
from callwright.format import format_files
from callwright.infer import Inference, infer
from callwright.infer.engine import collector_paused
from callwright.infer.group import Groups, completed, group, never_initialized
from callwright.infer.lock import NAME as LOCK
from callwright.infer.lock import lock_text, read_lock
from callwright.ir.lower import lower
from callwright.ir.nodes import Package, Requests
from callwright.output import FileChange, compare, current, manifest_of, write, write_file
from callwright.remembered import Made, inputs, read_requests, recall_made, remember_made
from callwright.render.manifest import NAME as MANIFEST
from callwright.render.manifest import generated_by_another, manifest
from callwright.render.models import render_models
from callwright.render.package import HEADER, render_package
from callwright.render.proof import prove
from callwright.render.runtime import runtime_files
from callwright.spec.connectors import discover
from callwright.spec.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What is known of one connector before anything is printed."""

    folder: Path
    requests: Requests
    captures: tuple[Capture, ...]
    groups: Groups
    inference: Inference
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The client of one connector; ``files`` are formatted, ``lock`` is the text of names.lock."""

    learnt: Learnt
    package: Package
    files: Mapping[str, bytes]
    lock: bytes


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


def learn(folder: Path, settings: Settings) -> Learnt:
    """Read a connector's folder and infer its types.

    Raises:
        SpecError: the spec or a capture has problems.
    """
    read, warnings = read_requests(folder, settings.root)
    if read.connector.name != folder.name:
        place = folder.relative_to(settings.root).as_posix()
        raise SpecError(
            f"{place}/connector.yaml: name is {read.connector.name}, but the folder is {folder.name};"
            " commands and messages name a connector by both: make them the same"
        )
    captures, found = read_captures(folder / "captures", settings.root, read)
    fail_on_errors((*warnings, *found))
    requests = completed(read, captures)
    groups = group(requests, captures)
    inference = infer(
        groups.observations,
        required_after=requests.required_after,
        naive_datetimes=requests.naive_datetimes,
        names_lock=read_lock(folder),
    )
    return Learnt(
        folder=folder,
        requests=requests,
        captures=captures,
        groups=groups,
        inference=inference,
        diagnostics=(
            *warnings,
            *found,
            *never_initialized(requests, groups.answers(inference)),
        ),
    )


def build(folder: Path, settings: Settings) -> Built:
    """Run all stages on one connector's folder.

    Raises:
        SpecError: the spec or a capture has problems.
        CaptureError: a capture does not survive the generated models (the round-trip proof).
    """
    learnt = learn(folder, settings)
    requests, groups, inference = learnt.requests, learnt.groups, learnt.inference
    models = render_models(inference, header=HEADER)
    prove(models, inference, groups.observations)
    package = lower(requests, groups.answers(inference), groups.error_bodies(inference))
    texts = {**_client(package), **models}
    texts |= runtime_files(package, list(texts.values()), settings.http)
    files = {path: text.encode() for path, text in texts.items()}
    home = folder.relative_to(settings.root).as_posix()
    files[MANIFEST] = manifest(files, requests.digest, learnt.captures, home)
    return Built(learnt=learnt, package=package, files=files, lock=lock_text(inference.names))


def _client(package: Package) -> dict[str, str]:
    """The package's own files, formatted. All that they depend on is shown by the repr of the package."""
    shown = repr(package)
    made: dict[str, str] | None = recall_object("client", shown)
    if made is None:
        made = format_files(render_package(package))
        remember_object("client", shown, made)
    return made


def make(folder: Path, settings: Settings) -> Made:
    """What build() gives, remembered when nothing changed. Raises as build() does."""
    key = inputs(folder, settings.root, settings.http)
    made = recall_made(key)
    if made is None:
        owner = folder.relative_to(settings.root).as_posix()
        with together(owner), collector_paused():
            built = build(folder, settings)
        needs_lock = bool(built.learnt.inference.classes) or (folder / LOCK).exists()
        made = Made(
            name=built.learnt.requests.connector.name,
            package=built.package.name,
            calls=len(built.package.methods),
            files=built.files,
            lock=built.lock if needs_lock else None,
            diagnostics=built.learnt.diagnostics,
        )
        remember_made(key, made)
    return made


def generate(settings: Settings, connectors: Sequence[str] = ()) -> list[Result]:
    """Write the packages of these connectors (default: of all); none is written unless all could be built.

    Raises:
        SpecError, CaptureError, OutputError: see build() and output.write().
    """
    made = _made(settings, connectors)
    results: list[Result] = []
    for folder, one in made.items():
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
    results: list[Result] = []
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


def inferred(settings: Settings, connector: str) -> Inference:
    """The types of one connector with their evidence. Raises as learn() does."""
    (folder,) = discover(settings, [connector])
    return learn(folder, settings).inference


def _made(settings: Settings, connectors: Sequence[str]) -> dict[Path, Made]:
    """By folder. Raises SpecError when two of them would write the same package."""
    made = {folder: make(folder, settings) for folder in discover(settings, connectors)}
    owners: dict[str, Path] = {}
    for folder, one in made.items():
        first = owners.setdefault(one.package, folder)
        if first != folder:
            specs = [f.relative_to(settings.root) / "connector.yaml" for f in (first, folder)]
            raise SpecError(
                f"{specs[0].as_posix()} and {specs[1].as_posix()} both make the package {one.package};"
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
        breaking=surface.breaking(found, made.files) if changes else (),
        diagnostics=made.diagnostics,
        other_version=generated_by_another(manifest_of(target)),
        exists=bool(found),
    )
