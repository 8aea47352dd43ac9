"""Responses put there by hand: a file becomes the capture of a sample, checked and redacted like a live one."""

from __future__ import annotations

import mimetypes
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from callwright.captures.model import Capture
from callwright.captures.redact import Redactor
from callwright.captures.stale import sent
from callwright.errors import CaptureError, InitializeError, SpecError
from callwright.initialize.plan import Step
from callwright.initialize.response import checked_body, headers_read, kept_body, redact_paths
from callwright.initialize.run import Outcome, store
from callwright.initialize.storing.store import Mode
from callwright.ir.nodes import Requests

_CONTENT_TYPES = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".sse": "text/event-stream",
    ".xml": "application/xml",
    ".txt": "text/plain",
    ".html": "text/html",
}


def store_response(
    requests: Requests,
    folder: Path,
    step: Step,
    file: Path,
    *,
    status: int | None = None,
    source: Literal["manual", "docs"] = "manual",
    known: Mapping[str, str] | None = None,
    mode: Mode = "grow",
) -> Outcome:
    """Store ``file`` (``-``: standard input) as the answer to a step's sample. ``known``: credentials to take out of it, by name.

    Raises SpecError when the file cannot be read, CaptureError when it is not what the spec promises.
    """
    status = status or step.sample.status or 200
    name = "standard input" if str(file) == "-" else str(file)
    body = _read(file)
    content_type = _CONTENT_TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0]
    is_error = step.sample.expect_error or (
        status >= 400 and status not in step.request.call.responses
    )
    try:
        kind, body = checked_body(step.request, status, content_type, body, is_error=is_error)
        size, body = kept_body(step, kind, body, is_error=is_error)
    except InitializeError as error:
        raise CaptureError(f"{name}: {error}") from None
    how = sent(requests.connector, step.request, step.sample, "live", None)
    capture = Capture(
        call=step.request.call.name,
        sample=step.sample.name,
        status=status,
        page=None,
        kind=kind,
        path="",
        body=body,
        source=source,
        captured_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        call_digest=how.call_digest,
        base_path=how.base_path,
        content_type=content_type,
        size=size,
    )
    paths = redact_paths(requests, step, status, is_error=is_error)
    done = Redactor(known).redact(capture, paths, headers_read(requests, step.request))
    try:
        return store(requests, folder, step, [done], mode)
    except InitializeError as error:
        raise CaptureError(f"{name}: {error}") from None


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise SpecError(f"{file}: cannot be read: {error.strerror}") from None
