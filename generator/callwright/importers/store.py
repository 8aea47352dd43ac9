"""Imported connectors in a project: a new spec is written, an existing one is only added to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from callwright.diagnostics import Severity
from callwright.errors import OutputError, SpecError, fail_on_errors
from callwright.importers.calls import ImportedCall
from callwright.importers.connector import Imported
from callwright.importers.names import unique
from callwright.importers.written import Loss
from callwright.importers.yaml_text import block, spec_text
from callwright.operations.lower import problems_of, read_requests
from callwright.output import write_file
from callwright.project.scaffold import check_name, insert_calls
from callwright.project.settings import Settings
from callwright.runtime.definition import Call
from callwright.specfile import SPEC_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an import wrote. ``calls``: the names of the new ones; ``known``: of those that the spec had already."""

    path: Path
    is_new: bool
    calls: tuple[str, ...]
    known: tuple[str, ...]
    losses: tuple[Loss, ...]


def store(imported: Imported, settings: Settings, *, into: bool = False) -> Stored:
    """Write an imported connector below the project's specs.

    ``into``: add to an existing connector although its base URL is another one.

    Raises:
        SpecError: The name cannot be used, or the existing spec has errors.
        OutputError: It cannot be written, or another API has a connector of this name.
    """
    check_name(imported.name, "connector")
    path = settings.specs / imported.name / SPEC_FILE
    if path.exists():
        return _added(imported, settings, path, into=into)
    text = spec_text(imported.document)
    _refuse_errors(text, path, settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", path=path) from None
    write_file(path, text.encode())
    names = tuple(call.name for call in imported.calls)
    return Stored(path=path, is_new=True, calls=names, known=(), losses=())


def usable(imported: Imported) -> Imported:
    """The import without the calls that a spec cannot hold, each told with the reason."""
    while imported.calls:
        reasons: dict[str, str] = {}
        for problem in problems_of(spec_text(imported.document), imported.name):
            if problem.severity is Severity.ERROR and problem.path.startswith("calls."):
                text = f"left out: {problem.path}: {problem.message}"
                reasons.setdefault(problem.path.split(".")[1], text)
        if not reasons:
            break
        imported = _without(imported, reasons)
    return imported


def _without(imported: Imported, reasons: Mapping[str, str]) -> Imported:
    """The import without these calls; ``reasons``: call → why."""
    losses = [Loss(place=n, code="import-option", text=text) for n, text in reasons.items()]
    calls = tuple(call for call in imported.calls if call.name not in reasons)
    document = {**imported.document, "calls": {call.name: call.tree for call in calls}}
    return replace(imported, calls=calls, document=document, losses=(*imported.losses, *losses))


def _added(imported: Imported, settings: Settings, path: Path, *, into: bool) -> Stored:
    requests, _ = read_requests(path.parent, settings.root)
    base_url = next(e.base_url for e in requests.connector.environments if e.name == "live")
    imported_url = str(imported.document["base_url"])
    if not into and _origin(base_url) != _origin(imported_url):
        raise OutputError(
            f"describes {base_url}, not {imported_url}: choose another name with --name, or add to it with --into {imported.name}",
            path=path,
        )
    existing = {_place(call, base_url): call.name for call in (r.call for r in requests.calls)}
    taken = set(existing.values())
    new: dict[str, ImportedCall] = {}
    known: list[str] = []
    for call in imported.calls:
        place = _imported_place(call, imported_url)
        if place in existing:
            known.append(existing[place])
            continue
        if imported_url != base_url:
            call.tree.setdefault("base_url", imported_url)
        name = unique(call.name, taken)
        taken.add(name)
        new[name] = call
    if new:
        text = path.read_text(encoding="utf-8")
        changed = insert_calls(
            text, {name: _lines(name, call) for name, call in new.items()}, path.name
        )
        _refuse_errors(changed, path, settings)
        write_file(path, changed.encode())
    return Stored(
        path=path,
        is_new=False,
        calls=tuple(new),
        known=tuple(known),
        losses=_auth_left(imported, new),
    )


def _auth_left(imported: Imported, new: Mapping[str, ImportedCall]) -> tuple[Loss, ...]:
    """A connector's authentication is its author's: an import does not change it."""
    if not new or imported.document.get("auth") in (None, "none"):
        return ()
    text = "the existing connector's auth was left as it is"
    return (Loss(place=imported.name, code="import-auth", text=text),)


def _lines(name: str, call: ImportedCall) -> Callable[[int], list[str]]:
    return lambda column: block({name: call.tree}, column).rstrip("\n").split("\n")


def _refuse_errors(text: str, path: Path, settings: Settings) -> None:
    shown = (
        path.relative_to(settings.root).as_posix()
        if path.is_relative_to(settings.root)
        else path.name
    )
    fail_on_errors(problems_of(text, shown))


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3]).lower()


def _place(call: Call, base_url: str) -> tuple[str, str]:
    return call.method, _shape((call.base_url or base_url).rstrip("/") + call.path)


def _imported_place(call: ImportedCall, base_url: str) -> tuple[str, str]:
    method = call.tree.get("method", "POST" if "body" in call.tree else "GET")
    url = str(call.tree.get("base_url", base_url)).rstrip("/")
    return str(method), _shape(url + str(call.tree.get("path", "")))


def _shape(url: str) -> str:
    return re.sub(r"(?<!\$)\{[^}]*\}", "{}", url)


def check_unsupported(text: str) -> None:
    """Raise SpecError for a source of a kind that cannot be read, naming what it seems to be."""
    kinds = {
        "an OpenAPI document": r"[\"']?(?:openapi|swagger)[\"']?\s*:",
        "a Postman collection": r"schema\.getpostman\.com|\"_postman_id\"",
        "a HAR file": r"\"log\"\s*:\s*\{",
        "an Insomnia export": r"\"?_type\"?\s*:\s*\"?export|collection\.insomnia\.rest",
        "a Bruno request": r"\Ameta \{",
    }
    found = next(
        (kind for kind, pattern in kinds.items() if re.search(pattern, text[:20_000])), None
    )
    what = f"this is {found}; " if found else ""
    raise SpecError(
        f"{what}only cURL commands can be imported: a line beginning with curl was expected"
    )
