"""The stages in order, from a connector's folder to the files of its client. No network, no clock, no decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from callwright.cache import recall_object, remember_object, together
from callwright.captures.model import Capture
from callwright.captures.read import read_captures
from callwright.diagnostics import Diagnostic, fail_on_errors
from callwright.errors import SpecError
from callwright.format import format_files
from callwright.infer import Inference, infer
from callwright.infer.engine import collector_paused
from callwright.infer.group import Groups, completed, group, inference_warnings, without_captures
from callwright.infer.lock import lock_text, read_lock
from callwright.ir.lower import lower
from callwright.ir.nodes import Package, Requests
from callwright.remembered import read_requests
from callwright.render.manifest import NAME as MANIFEST
from callwright.render.manifest import manifest
from callwright.render.models import render_models
from callwright.render.package import HEADER, render_package
from callwright.render.proof import prove
from callwright.render.runtime import runtime_files
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


def learn(folder: Path, settings: Settings) -> Learnt:
    """Read a connector's folder and infer its types.

    Raises:
        SpecError: the spec or a capture has problems.
    """
    with together(_home(folder, settings)), collector_paused():
        return _learn(folder, settings)


def _home(folder: Path, settings: Settings) -> str:
    return folder.relative_to(settings.root).as_posix()


def _learn(folder: Path, settings: Settings) -> Learnt:
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
            *without_captures(requests, captures, groups.answers(inference)),
            *inference_warnings(requests, inference),
        ),
    )


def build(folder: Path, settings: Settings) -> Built:
    """Run all stages on one connector's folder.

    Raises:
        SpecError: the spec or a capture has problems.
        CaptureError: a capture does not survive the generated models (the round-trip proof).
    """
    with together(_home(folder, settings)), collector_paused():
        return _build(folder, settings)


def _build(folder: Path, settings: Settings) -> Built:
    learnt = learn(folder, settings)
    requests, groups, inference = learnt.requests, learnt.groups, learnt.inference
    models = render_models(inference, header=HEADER)
    prove(models, inference, groups.observations)
    package = lower(requests, groups.answers(inference), groups.error_bodies(inference))
    texts = {**_client(package), **models}
    texts |= runtime_files(package, list(texts.values()), settings.http)
    files = {path: text.encode() for path, text in texts.items()}
    home = _home(folder, settings)
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
