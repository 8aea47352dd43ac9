"""Storing a response: what replaces what is stored, what stands beside it, and what is not stored at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Literal, TypeAlias

from callwright.captures.files import media_type
from callwright.captures.model import Capture
from callwright.captures.read import stored_captures
from callwright.captures.redact import RedactedCapture
from callwright.captures.stale import changes
from callwright.captures.write import confirm_capture, file_name, write_capture
from callwright.errors import InitializeError
from callwright.infer.complete import is_error
from callwright.initialize.plan import Step
from callwright.initialize.storing.acceptance import Misfit, are_fit, misfit
from callwright.initialize.storing.evidence import STRUCTURED, Evidence
from callwright.initialize.storing.growth import Growth, Response, grow
from callwright.ir.nodes import Requests

Mode: TypeAlias = Literal["grow", "refresh", "replace"]
"""What is stored: what says something new; also new values that say nothing new; the response alone."""

_EXCERPT = 300  # characters of a body that a message shows
_PAGE = (b"<!doctype html", b"<html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What became of a response. ``kept``: the captures of its sample and status that stay beside it.

    ``refusal``: why ``generate`` will refuse it as the spec is, "" when it takes it. ``notes`` are for the person watching.
    """

    written: bool
    kept: tuple[Capture, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str = ""


def store_capture(
    requests: Requests,
    folder: Path,
    step: Step,
    pages: Sequence[RedactedCapture],
    mode: Mode = "grow",
) -> Stored:
    """Store a response (or its pages) below ``folder`` (a connector's ``captures/``), by what it adds to what is stored.

    Raises InitializeError for one that ``generate`` refuses whatever the spec says, and for one without structure where
    a structured one is stored; CaptureError when nothing can be written.
    """
    capture = pages[0].capture
    stored = stored_captures(folder, requests, capture.call, capture.sample)
    own = [c for c in stored if c.status == capture.status]
    if mode != "replace":
        _check_structure(requests, step, stored, capture)
    problem = _misfit(requests, step, pages)
    if problem is not None and not problem.by_spec:
        raise InitializeError(f"generate would refuse it: {problem.message}")
    if problem is None:
        return _grown(requests, folder, step, pages, own, mode)
    if mode != "replace" and are_fit(requests, step.request, own):
        return Stored(written=False, kept=tuple(own), refusal=problem.message)
    write_capture(folder, pages)
    return Stored(written=True, refusal=problem.message)


def _grown(
    requests: Requests,
    folder: Path,
    step: Step,
    pages: Sequence[RedactedCapture],
    own: Sequence[Capture],
    mode: Mode,
) -> Stored:
    capture = pages[0].capture
    response = tuple(page.capture for page in pages)
    is_live = capture.source == "live"
    known = [c for c in own if c.is_proven or not is_live]
    if mode == "replace" or _is_stale(requests, step, own):
        known = []
    facts = Evidence(requests, step.request, [*known, *response])
    replaces = len(known) < len(own)  # captures that go in any case
    growth = grow(facts, _responses(known), response, refresh=mode == "refresh" or replaces)
    kept = tuple(c for others in growth.kept for c in others)
    if growth.new is None:
        notes = (*growth.notes, *_confirm(folder, growth, capture))
        return Stored(written=False, kept=kept, notes=notes)
    problem = _misfit(requests, step, pages, kept) if kept else None
    if problem is not None:
        return Stored(written=False, kept=tuple(own), refusal=problem.message)
    placed = [replace(page, capture=replace(page.capture, version=growth.new)) for page in pages]
    write_capture(folder, placed, kept)
    return Stored(written=True, kept=kept, notes=growth.notes)


def _misfit(
    requests: Requests, step: Step, pages: Sequence[RedactedCapture], kept: Sequence[Capture] = ()
) -> Misfit | None:
    first, *others = (page.capture for page in pages)
    return misfit(requests, step.request, first, [*others, *kept])


def _confirm(folder: Path, growth: Growth, new: Capture) -> list[str]:
    """Let a stored response have the source of one that says the same, unless it is live already; a line says so."""
    if growth.confirmed is None:
        return []
    stored = growth.confirmed[0]
    is_known = (stored.source, stored.call_digest) == (new.source, new.call_digest)
    if is_known or (stored.source == "live" and (new.source != "live" or stored.call_digest)):
        return []
    confirm_capture(folder, stored, new)
    return [f"it shows the same as {file_name(stored)}, whose source is now {new.source}"]


def _responses(captures: Sequence[Capture]) -> list[Response]:
    """Captures of one sample and status, sorted by version, as responses."""
    return [tuple(pages) for _, pages in groupby(captures, key=lambda c: c.version)]


def _is_stale(requests: Requests, step: Step, captures: Sequence[Capture]) -> bool:
    return any(changes(requests.connector, step.request, step.sample, c) for c in captures)


def _check_structure(
    requests: Requests, step: Step, stored: Sequence[Capture], new: Capture
) -> None:
    """Refuse a body without structure, like a proxy's web page, where JSON or XML is stored: raises InitializeError.

    An error is compared with the errors of all statuses.
    """
    is_page = _is_page(new)
    if new.kind in ("jsonl", "sse") or (new.kind in STRUCTURED and not is_page):
        return
    failed = is_error(requests, step.request, new)
    for old in stored:
        same = old.status == new.status or (failed and is_error(requests, step.request, old))
        if same and old.kind in STRUCTURED and not _is_page(old):
            what = "an HTML page" if is_page else f"{_described(new)}"
            text = " ".join(new.body[: 4 * _EXCERPT].decode("utf-8", "replace").split())
            excerpt = f": {text[:_EXCERPT]!r}" if text and new.kind != "binary" else ""
            raise InitializeError(
                f"{what} came instead of {old.kind.upper()} as in {file_name(old)}{excerpt};"
                " if the provider changed for good, --replace stores it"
            )


def _described(capture: Capture) -> str:
    if capture.kind == "empty":
        return "an empty body"
    return f"a body of type {media_type(capture.content_type) or capture.kind}"


def _is_page(capture: Capture) -> bool:
    media = media_type(capture.content_type)
    start = capture.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    return media in ("text/html", "application/xhtml+xml") or start.startswith(_PAGE)
