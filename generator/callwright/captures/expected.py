"""Which captures belong to a sample, which samples have none, and which captures are unproven."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callwright.captures.model import Capture
from callwright.diagnostics import Diagnostic, Severity, span_at
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


def unproven_captures(requests: Requests, captures: Iterable[Capture]) -> tuple[Diagnostic, ...]:
    """What rests on documentation or an import alone: one diagnostic for a connector; none where there is nothing."""
    found = [c for c in captures if not c.is_proven and (c.page or 1) == 1]
    if not found:
        return ()
    names = [f"{c.path} ({c.source})" for c in found[:_MOST]]
    if len(found) > _MOST:
        names.append(f"{len(found) - _MOST} more")
    first = found[0]
    target = f"{requests.connector.name}.{first.call}.{first.sample}"
    is_one = len(found) == 1
    return (
        Diagnostic(
            severity=Severity.INFO,
            code="unproven-capture",
            message=f"unproven, not captured from the API: {_listed(names)}",
            hint=f"run: callwright initialize {target if is_one else requests.connector.name}"
            f"{'' if is_one else ' --all'}",
        ),
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _warning(requests: Requests, request: Request, lacking: Sequence[Sample]) -> Diagnostic:
    call = f"{requests.connector.name}.{request.call.name}"
    names = [sample.name for sample in lacking[:_MOST]]
    if len(lacking) > _MOST:
        names.append(f"{len(lacking) - _MOST} more")
    target = f"{call}.{lacking[0].name}" if len(lacking) == 1 else call
    if all(sample.source != "live" for sample in lacking):
        target = f"{call}.{lacking[0].name} --response FILE"
    return Diagnostic(
        severity=Severity.WARNING,
        code="missing-capture",
        message=f"no capture of the {'sample' if len(lacking) == 1 else 'samples'} {_listed(names)}",
        span=span_at(request.place),
        path=f"calls.{request.call.name}",
        hint=f"run: callwright initialize {target}",
    )
