"""What a connector has: a line for it, for each call, and for each sample with its state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from callwright.captures.expected import fits
from callwright.captures.model import Capture
from callwright.initialize.plan import sample_state
from callwright.ir.nodes import Request, Requests, Sample


def listing(requests: Requests, captures: Sequence[Capture]) -> list[str]:
    """The lines; each begins with a name that `callwright initialize` takes."""
    by_call: dict[str, list[Capture]] = {}
    for capture in captures:
        by_call.setdefault(capture.call, []).append(capture)
    states: Counter[str] = Counter()
    name = requests.connector.name
    rows: list[tuple[str, str]] = []
    for request in requests.calls:
        own = by_call.get(request.call.name, [])
        call = f"{name}.{request.call.name}"
        rows.append((call, _call(request)))
        for sample in request.samples:
            state = sample_state(requests.connector, request, sample, own)
            states[state] += 1
            facts = [state, *_facts(request, sample, own)]
            rows.append((f"{call}.{sample.name}", "  ".join(facts)))
    rows.insert(0, (name, _summary(len(requests.calls), states)))
    width = max(len(first) for first, _ in rows)
    return [f"{first:{width}}  {rest}".rstrip() for first, rest in rows]


def _summary(calls: int, states: Counter[str]) -> str:
    total = states.total()
    parts = [f"{count} {state}" for state, count in sorted(states.items())]
    counted = f"{_counted(calls, 'call')}, {_counted(total, 'sample')}"
    return f"{counted}: {', '.join(parts)}" if parts else counted


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _call(request: Request) -> str:
    call = request.call
    kind = "data" if call.data else "action"
    target = "<url>" if call.url is not None else call.path or "/"
    return "  ".join([call.method, target, kind, *([] if request.samples else ["no samples"])])


def _facts(request: Request, sample: Sample, captures: Sequence[Capture]) -> Iterator[str]:
    """The status, source (if not live) and date of the newest capture of a sample."""
    own = [c for c in captures if fits(request, sample, c)]
    newest = max(own, key=lambda c: c.captured_at or "", default=None)
    if newest is None:
        return
    yield str(newest.status)
    if newest.source != "live":
        yield newest.source
    if newest.captured_at:
        yield newest.captured_at[:10]
