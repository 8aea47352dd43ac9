"""Which captures answer a sample, and which samples have none."""

from __future__ import annotations

from collections.abc import Sequence

from callwright.captures.model import Capture
from callwright.diagnostics import Diagnostic, Severity
from callwright.ir.nodes import Request, Requests, Sample

_MOST = 5  # samples that one message names


def fits(request: Request, sample: Sample, capture: Capture) -> bool:
    """Whether a capture is the answer that a sample expects, going by its status."""
    if (capture.call, capture.sample) != (request.call.name, sample.name):
        return False
    if sample.status is not None:
        return capture.status == sample.status
    if sample.expect_error:
        return True
    return 200 <= capture.status < 300 or capture.status in request.call.responses


def missing_capture(
    requests: Requests, request: Request, captures: Sequence[Capture]
) -> Diagnostic | None:
    """A warning when samples of a call are without the capture that they expect, with the command that makes it.

    ``captures``: those of this call.
    """
    lacking = [s for s in request.samples if not any(fits(request, s, c) for c in captures)]
    return _warning(requests, request, lacking) if lacking else None


def _warning(requests: Requests, request: Request, lacking: Sequence[Sample]) -> Diagnostic:
    call = f"{requests.connector.name}.{request.call.name}"
    names = [sample.name for sample in lacking[:_MOST]]
    if len(lacking) > _MOST:
        names.append(f"{len(lacking) - _MOST} more")
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    target = f"{call}.{lacking[0].name}" if len(lacking) == 1 else call
    if all(sample.source != "live" for sample in lacking):
        target = f"{call}.{lacking[0].name} --response FILE"
    return Diagnostic(
        severity=Severity.WARNING,
        code="missing-capture",
        message=f"{request.place}: calls.{request.call.name}: no capture of the"
        f" {'sample' if len(lacking) == 1 else 'samples'} {listed}",
        hint=f"run: callwright initialize {target}",
    )
