"""What will be sent, in which order: the samples asked for, the ones they need, and what cleans up after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from callwright.captures.expected import fits
from callwright.captures.model import Capture
from callwright.captures.read import did_you_mean
from callwright.captures.stale import changes
from callwright.errors import SpecError
from callwright.ir.nodes import FromSample, Request, Requests, Sample
from callwright.runtime.definition import Connector

Name: TypeAlias = "tuple[str, str]"
"""A call and one of its samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One sample to be sent. ``stored``: its answer is wanted; otherwise it only serves others.

    ``reason`` says why it is sent: "missing", "stale", "again", or whom it serves. ``cleanup``: sent last, whatever
    happens before.
    """

    request: Request
    sample: Sample
    stored: bool
    cleanup: bool
    reason: str

    @property
    def name(self) -> str:
        return f"{self.request.call.name}.{self.sample.name}"

    @property
    def key(self) -> Name:
        """The names of its call and sample."""
        return self.request.call.name, self.sample.name

    @property
    def is_action(self) -> bool:
        return not self.request.call.data

    @property
    def expected(self) -> str:
        """The status that is expected, as text."""
        if self.sample.status is not None:
            return str(self.sample.status)
        return "an error" if self.sample.expect_error else "2xx"

    @property
    def references(self) -> tuple[FromSample, ...]:
        """The outputs of other samples in its arguments."""
        return self.sample.references

    @property
    def sources(self) -> tuple[Name, ...]:
        """The samples whose responses give it arguments."""
        return tuple((v.call, v.sample) for v in self.references)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``steps`` in the order of sending: what a cleanup comes after, cleanups, then what comes after a cleanup;
    ``by_hand``: samples whose answers are missing and put there by hand;
    ``without_samples``: calls that were asked for and have none."""

    steps: tuple[Step, ...]
    by_hand: tuple[str, ...] = ()
    without_samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What the command line asks for: ``connector[.call[.sample]]``."""

    connector: str
    call: str | None = None
    sample: str | None = None


def parse_target(text: str) -> Target:
    """Take ``stripe.create_customer.basic`` apart. Raises SpecError for more than three parts."""
    parts = text.split(".")
    if len(parts) > 3 or not all(parts):
        raise SpecError(
            f"{text!r} is no target: write CONNECTOR, CONNECTOR.CALL or CONNECTOR.CALL.SAMPLE"
        )
    return Target(*parts)


def make_plan(
    requests: Requests,
    captures: Sequence[Capture],
    targets: Sequence[Target],
    *,
    everything: bool = False,
) -> Plan:
    """Plan the samples of ``targets`` that have no capture or a stale one (``everything``: all), and what they need.

    All targets are of one connector. A sample that is named is always sent. Raises SpecError for a call or sample that
    does not exist.
    """
    planner = _Planner(requests)
    wanted: dict[Name, str] = {}
    by_hand: dict[str, None] = {}
    for target in targets:
        for request, sample in planner.chosen(target):
            again = "again" if everything or target.sample else ""
            reason = _reason(requests.connector, request, sample, captures) or again
            if sample.source != "live":
                if reason == "missing" or target.sample:
                    by_hand[f"{request.call.name}.{sample.name}"] = None
            elif reason:
                wanted.setdefault((request.call.name, sample.name), reason)
    asked = {target.call for target in targets}
    return Plan(
        steps=planner.ordered(wanted),
        by_hand=tuple(by_hand),
        without_samples=tuple(
            r.call.name
            for r in requests.calls
            if not r.samples and (None in asked or r.call.name in asked)
        ),
    )


def one_step(requests: Requests, target: Target) -> Step:
    """The named sample as a step of its own. Raises SpecError for one that does not exist."""
    ((request, sample),) = _Planner(requests).chosen(target)
    return Step(request=request, sample=sample, stored=True, cleanup=False, reason="by hand")


def without_actions(plan: Plan) -> Plan:
    """The plan without actions that ask, the steps that need their responses, and those whose cleanup asks."""
    gone = {step.key for step in plan.steps if step.is_action and step.sample.confirm == "ask"}
    kept: list[Step] = []
    for step in plan.steps:
        if step.key in gone or gone.intersection(step.sources) or step.sample.cleanup in gone:
            gone.add(step.key)
        else:
            kept.append(step)
    return replace(plan, steps=tuple(kept))


def sample_state(
    connector: Connector, request: Request, sample: Sample, captures: Iterable[Capture]
) -> str:
    """How a sample stands: "captured", "stale", "missing", or "unproven" when no live response was seen."""
    own = [c for c in captures if fits(request, sample, c)]
    reason = _reason(connector, request, sample, own)
    if reason:
        return reason
    return "unproven" if all(c.source.startswith(("docs", "import")) for c in own) else "captured"


def _reason(
    connector: Connector, request: Request, sample: Sample, captures: Iterable[Capture]
) -> str:
    """Why a sample is to be sent; "" when its capture is there and current."""
    found = [c for c in captures if fits(request, sample, c)]
    if not found:
        return "missing"
    return "stale" if any(changes(connector, request, sample, c) for c in found) else ""


class _Planner:
    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._samples: dict[Name, tuple[Request, Sample]] = {
            (r.call.name, s.name): (r, s) for r in requests.calls for s in r.samples
        }

    def chosen(self, target: Target) -> list[tuple[Request, Sample]]:
        """The samples that a target names."""
        calls: Mapping[str, Request] = {r.call.name: r for r in self._requests.calls}
        if target.call is None:
            return [(r, s) for r in calls.values() for s in r.samples]
        request = calls.get(target.call)
        if request is None:
            hint = did_you_mean(target.call, calls)
            raise SpecError(f"{target.connector} has no call {target.call!r}{hint}")
        if target.sample is None:
            return [(request, s) for s in request.samples]
        samples = {s.name: s for s in request.samples}
        if target.sample not in samples:
            hint = did_you_mean(target.sample, samples)
            raise SpecError(
                f"{target.connector}.{target.call} has no sample {target.sample!r}{hint};"
                f" add it to the spec: samples: {{{target.sample}: {{args: {{…}}}}}}"
            )
        return [(request, samples[target.sample])]

    def ordered(self, wanted: Mapping[Name, str]) -> tuple[Step, ...]:
        """What others need or come after before these, otherwise in the order of the spec.

        Cleanups come last, in reverse, but for what comes after one of them.
        """
        order: list[Name] = []
        serves: dict[Name, str] = {}
        for name in wanted:
            creator = self._creator(name)
            if creator is not None and not self._creators(name) & wanted.keys():
                serves[creator] = ".".join(name)
                self._visit(creator, order, serves, frozenset())
            self._visit(name, order, serves, frozenset())
        cleanups: dict[Name, Name] = {}
        for name in order:
            cleanup = self._samples[name][1].cleanup
            if cleanup is not None and cleanup in self._samples:
                cleanups.setdefault(cleanup, name)
        for cleanup in cleanups:
            self._visit(cleanup, order, serves, frozenset())
        first: list[Name] = []
        later: list[Name] = []
        for name in order:
            if name not in cleanups:
                waits = any(n in cleanups or n in later for n in self._earlier(name))
                (later if waits else first).append(name)
        last = [n for n in reversed(order) if n in cleanups]
        steps = [self._step(n, wanted, serves, cleanups) for n in (*first, *last, *later)]
        return tuple(steps)

    def _creators(self, cleanup: Name) -> set[Name]:
        """The samples that a sample cleans up after."""
        return {n for n, (_, sample) in self._samples.items() if sample.cleanup == cleanup}

    def _creator(self, cleanup: Name) -> Name | None:
        """The first sample that can be sent so that a cleanup has something to clean up; None for other samples."""
        creators = self._creators(cleanup)
        live = (n for n, (_, sample) in self._samples.items() if sample.source == "live")
        return next((n for n in live if n in creators), None)

    def _visit(
        self, name: Name, order: list[Name], serves: dict[Name, str], above: frozenset[Name]
    ) -> None:
        if name in order or name in above or name not in self._samples:
            return
        for earlier in self._earlier(name):
            serves.setdefault(earlier, ".".join(name))
            self._visit(earlier, order, serves, above | {name})
        order.append(name)

    def _earlier(self, name: Name) -> list[Name]:
        """The samples that are sent before this one."""
        sample = self._samples[name][1]
        return [*((v.call, v.sample) for v in sample.references), *sample.after]

    def _step(
        self,
        name: Name,
        wanted: Mapping[Name, str],
        serves: Mapping[Name, str],
        cleanups: Mapping[Name, Name],
    ) -> Step:
        request, sample = self._samples[name]
        reason = wanted.get(name, "")
        if not reason and name in cleanups:
            reason = f"cleans up after {'.'.join(cleanups[name])}"
        return Step(
            request=request,
            sample=sample,
            stored=name in wanted,
            cleanup=name in cleanups,
            reason=reason or f"needed by {serves.get(name, '')}",
        )
