"""The stages in order, from a connector's folder to the files of its client. No network, no clock, no decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from callwright.cache import recall_object, remember_object, together
from callwright.captures.expected import unproven_captures
from callwright.captures.model import Capture
from callwright.captures.read import read_captures
from callwright.diagnostics import Diagnostic, Severity, SourceSpan
from callwright.errors import CaptureError, SpecError, fail_on_errors
from callwright.format.format import format_files
from callwright.gc_pause import collector_paused
from callwright.incremental import read_requests
from callwright.infer import Inference, infer
from callwright.infer.author.selected import wrong_error_paths, wrong_selects
from callwright.infer.complete import completed
from callwright.infer.group import (
    Groups,
    errors_in,
    group,
    inference_warnings,
    told,
    without_captures,
)
from callwright.infer.names.lock import lock_text, read_lock
from callwright.infer.result import Note
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.observed import content_digest
from callwright.ir.nodes import LiteralType, Package, Requests, TypeExpr, runtime_of
from callwright.package.lower import lower
from callwright.project.settings import Settings
from callwright.render.manifest import MANIFEST, manifest
from callwright.render.models.source import render_models
from callwright.render.package import HEADER, render_package
from callwright.render.project import project_files
from callwright.render.proof.round_trip import prove
from callwright.render.recorded import Recording, recording
from callwright.specfile.messages import error


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
    """The client of one connector; ``files`` are formatted, ``lock`` is the text of names.lock, ``models`` whether
    there are any."""

    requests: Requests
    package: Package
    files: Mapping[str, bytes]
    lock: bytes
    models: bool
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A connector's folder, read. ``locked``: the names remembered in names.lock."""

    requests: Requests
    captures: tuple[Capture, ...]
    groups: Groups
    locked: Mapping[str, str]
    warnings: tuple[Diagnostic, ...]

    def infer(self) -> Inference:
        try:
            return infer(
                self.groups.observations,
                required_after=self.requests.required_after,
                naive_datetimes=self.requests.naive_datetimes,
                names_lock=self.locked,
            )
        except CaptureError:
            fail_on_errors((*self.warnings, *wrong_selects(self.groups.observations)))
            raise

    def diagnostics(
        self, roots: Mapping[str, TypeExpr], notes: tuple[Note, ...]
    ) -> tuple[Diagnostic, ...]:
        """All warnings, once types are known."""
        answers = self.groups.answers(roots)
        return (
            *self.warnings,
            *without_captures(self.requests, self.captures, answers),
            *inference_warnings(self.requests, notes),
            *wrong_error_paths(self.requests, errors_in(self.requests, self.captures)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed:
    """What the answers were made into, proven: the root types, the names, what is to be told, and the models' source."""

    roots: Mapping[str, TypeExpr]
    names: Mapping[str, str]
    notes: tuple[Note, ...]
    models: Mapping[str, str]
    any_models: bool


def learn(folder: Path, settings: Settings) -> Learnt:
    """Read a connector's folder and infer its types.

    Raises:
        SpecError: the spec or a capture has problems.
    """
    with together(_home(folder, settings)), collector_paused():
        read = _read(folder, settings)
        inference = read.infer()
        return Learnt(
            folder=folder,
            requests=read.requests,
            captures=read.captures,
            groups=read.groups,
            inference=inference,
            diagnostics=read.diagnostics(inference.roots, told(inference)),
        )


def _home(folder: Path, settings: Settings) -> str:
    return folder.relative_to(settings.root).as_posix()


def _read(folder: Path, settings: Settings) -> _Read:
    try:
        read, warnings = read_requests(folder, settings.root)
    except SpecError:
        fail_on_errors(_every_problem(folder, settings))
        raise
    captures, found = read_captures(folder / "captures", settings.root, read)
    fail_on_errors((*_wrong_name(read, folder, settings), *warnings, *found))
    requests = completed(read, captures)
    return _Read(
        requests=requests,
        captures=captures,
        groups=group(requests, captures),
        locked=read_lock(folder),
        warnings=(*warnings, *found, *unproven_captures(requests, captures)),
    )


def _wrong_name(requests: Requests, folder: Path, settings: Settings) -> list[Diagnostic]:
    name = requests.connector.name
    if name == folder.name:
        return []
    message = (
        f"{_home(folder, settings)}/connector.yaml: name is {name}, but the folder is {folder.name}"
    )
    hint = "commands and messages name a connector by both: make them the same"
    return [error("folder-name", message, hint=hint)]


def _every_problem(folder: Path, settings: Settings) -> list[Diagnostic]:
    """The problems of a spec with errors, and the errors of its captures as far as they are known without it."""
    from callwright.operations.lower import inspect_spec

    requests, problems = inspect_spec(folder, settings.root)
    if requests is None:
        return problems
    _, found = read_captures(folder / "captures", settings.root, requests)
    # calls that cannot be read are missing here: whether a capture's call exists is not known
    of_captures = [
        d for d in found if d.severity is Severity.ERROR and d.code != "capture-unknown-call"
    ]
    return [*problems, *_wrong_name(requests, folder, settings), *of_captures]


def build(folder: Path, settings: Settings) -> Built:
    """Run all stages on one connector's folder.

    Raises:
        SpecError: the spec or a capture has problems.
        CaptureError: a capture does not survive the generated models (the round-trip proof).
    """
    with together(_home(folder, settings)), collector_paused():
        return _build(folder, settings)


def _build(folder: Path, settings: Settings) -> Built:
    read = _read(folder, settings)
    requests, groups, typed = read.requests, read.groups, _typed(read, settings)
    package = lower(
        requests,
        groups.answers(typed.roots),
        groups.error_bodies(typed.roots),
        settings.shared_by,
    )
    made: Recording | None = None
    if settings.recorded:
        made = recording(requests, read.captures, [m.name for m in package.methods])
        samples = tuple((call, LiteralType(values=names)) for call, names in made.samples)
        package = replace(package, recorded=samples)
    texts = {**_client(package), **typed.models}
    files = {path: text.encode() for path, text in texts.items()}
    files |= {} if made is None else made.files
    if settings.layout == "project":
        files = project_files(package, requests, files, settings.http)
    files[MANIFEST] = manifest(files, requests.digest, read.captures, _home(folder, settings))
    return Built(
        requests=requests,
        package=package,
        files=files,
        lock=lock_text(typed.names),
        models=typed.any_models,
        diagnostics=(
            *read.diagnostics(typed.roots, typed.notes),
            *(() if made is None else made.diagnostics),
        ),
    )


def _typed(read: _Read, settings: Settings) -> _Typed:
    """The types of the answers. All that they depend on is in the key: what else of a spec changes leaves them."""
    runtime = runtime_of(settings.shared_by)
    key = _digest(read, runtime)
    made: _Typed | None = recall_object("typed", key)
    if made is None:
        inference = read.infer()
        models = render_models(inference, header=HEADER, runtime=runtime)
        prove(models, inference, read.groups.observations)
        made = _Typed(
            roots=inference.roots,
            names=inference.names,
            notes=told(inference),
            models=models,
            any_models=bool(inference.classes),
        )
        remember_object("typed", key, made)
    return made


def _digest(read: _Read, runtime: str) -> str:
    observed = [
        (o.key, o.call, o.captures, o.role, o.status, o.model, content_digest(o), _told_at(o))
        for o in read.groups.observations
    ]
    settings = (read.requests.required_after, read.requests.naive_datetimes, HEADER, runtime)
    shown = repr((observed, settings, sorted(read.locked.items())))
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()


def _told_at(observation: Observation) -> list[tuple[str, SourceSpan | None]]:
    """Where messages about its declarations point to: no part of what these are, and of their repr."""
    return [(hint.where, hint.span) for hint in observation.hints]


def _client(package: Package) -> dict[str, str]:
    """The package's own files, formatted. All that they depend on is shown by the repr of the package."""
    shown = repr(package)
    made: dict[str, str] | None = recall_object("client", shown)
    if made is None:
        made = format_files(render_package(package))
        remember_object("client", shown, made)
    return made
