"""Samples: who waits for whom, and names that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from callwright.diagnostics import Diagnostic, did_you_mean
from callwright.specfile.checks.base import Checking, Path
from callwright.specfile.model.calls import Constant, Reference, Sample
from callwright.specfile.resolve import ResolvedCall


class SampleChecks(Checking):
    """References between samples."""

    def samples(self, resolved: ResolvedCall) -> Iterator[Diagnostic]:
        for name, sample in resolved.call.samples.items():
            path: Path = ("calls", resolved.name, "samples", name)
            if sample.cleanup is not None:
                yield from self._target(sample.cleanup, (*path, "cleanup"))
            for index, earlier in enumerate(sample.after):
                yield from self._target(earlier, (*path, "after", index))
            for place, reference in references(sample):
                yield from self._producer(reference, (*path, "args", *place))
            for arg, value in sample.args.items():
                if isinstance(value, Constant):
                    yield from self._unfinished(value.raw, (*path, "args", arg))

    def _unfinished(self, value: object, path: Path) -> Iterator[Diagnostic]:
        """References inside lists and mappings that lack their output: ``from`` names a sample."""
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            if members.keys() == {"from"} and self._is_sample(members["from"]):
                yield self.say(
                    "missing-key", "output is missing: which output of the sample?", path
                )
            for key, inner in members.items():
                yield from self._unfinished(inner, (*path, key))
        elif isinstance(value, list):
            for index, inner in enumerate(cast("list[object]", value)):
                yield from self._unfinished(inner, (*path, index))

    def _is_sample(self, value: object) -> bool:
        call, _, sample = str(value).partition(".")
        calls = self.connector.document.calls
        return call in calls and sample in calls[call].samples

    def _producer(self, reference: Reference, path: Path) -> Iterator[Diagnostic]:
        assert reference.from_ is not None
        problems = list(self._target(reference.from_, path))
        yield from problems
        if reference.output is None:
            yield self.say("missing-key", "output is missing: which output of the sample?", path)
        elif not problems:
            outputs = self._sample(reference.from_).outputs
            if reference.output not in outputs:
                yield self.say(
                    "unknown-output",
                    f"{reference.from_} has no output {reference.output}{did_you_mean(reference.output, outputs)}",
                    path,
                )

    def _target(self, text: str, path: Path) -> Iterator[Diagnostic]:
        calls = self.connector.document.calls
        call, _, sample = text.partition(".")
        if call not in calls:
            yield self.say(
                "unknown-sample",
                f"there is no call {call}{did_you_mean(call, calls)}",
                path,
                "a sample is named call.sample",
            )
        elif sample not in calls[call].samples:
            lacking = f"{call} has no sample {sample}{did_you_mean(sample, calls[call].samples)}"
            yield self.say(
                "unknown-sample",
                lacking if sample else f"which sample of {call}?",
                path,
                "a sample is named call.sample",
            )

    def _sample(self, text: str) -> Sample:
        call, _, sample = text.partition(".")
        return self.connector.document.calls[call].samples[sample]

    def chains(self) -> Iterator[Diagnostic]:
        producers = {
            f"{c.name}.{name}": [
                *(r.from_ for _, r in references(sample) if r.from_),
                *sample.after,
            ]
            for c in self.connector.calls
            for name, sample in c.call.samples.items()
        }
        for start in producers:
            circle = _circle(start, producers)
            if circle is not None and circle[0] == min(circle):
                call, _, name = start.partition(".")
                yield self.say(
                    "sample-cycle",
                    (
                        f"the samples wait for each other: {' → '.join([*circle, circle[0]])}"
                        if len(circle) > 1
                        else f"{start} waits for itself"
                    ),
                    ("calls", call, "samples", name),
                    key=True,
                )


def references(sample: Sample) -> Iterator[tuple[Path, Reference]]:
    """The outputs of other samples in a sample's arguments, with their places below ``args``."""
    for name, value in sample.args.items():
        if isinstance(value, Constant):
            for place, reference in value.references:
                yield (name, *place), reference
        elif value.from_ is not None:
            yield (name,), value


def _circle(start: str, producers: Mapping[str, Sequence[str]]) -> list[str] | None:
    """The samples from ``start`` back to itself, if there is such a way."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for producer in producers.get(way[-1], ()):
            if producer == start:
                return way
            if producer not in seen:
                seen.add(producer)
                ways.append([*way, producer])
    return None
