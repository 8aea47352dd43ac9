"""Whether ``generate`` will take an answer: the same inference and the same proof, before it replaces a good one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from callwright.captures.model import Capture
from callwright.errors import CallwrightError
from callwright.initialize.review.trees import Promise, is_typed, promise_of
from callwright.ir.nodes import Request, Requests
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import prove
from callwright.runtime.reading.xml import XmlError
from callwright.runtime.unset import UNSET


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why ``generate`` refuses an answer; ``by_spec``: another spec could take it."""

    message: str
    by_spec: bool


def misfit(
    requests: Requests, request: Request, capture: Capture, kept: Sequence[Capture] = ()
) -> Misfit | None:
    """What ``generate`` will refuse of a redacted response, beside those that are ``kept`` of its sample and status; None
    when it takes it, or makes no type of it."""
    if not is_typed(capture):
        return None
    captures = [capture, *(c for c in kept if c.kind == capture.kind)]
    try:
        promise = promise_of(requests, request, captures)
    except XmlError as error:
        return Misfit(str(error), by_spec=False)
    if promise.role == "success" and not is_typed_as(request, capture):
        return None
    problem = _problem(promise, captures)
    if problem is None:
        return None
    in_itself = _problem(promise.bare, captures)
    return Misfit(in_itself or problem, by_spec=in_itself is None)


def are_fit(requests: Requests, request: Request, captures: Sequence[Capture]) -> bool:
    """Whether there are captures, and ``generate`` takes each of them."""
    return bool(captures) and all(misfit(requests, request, c) is None for c in captures)


def is_typed_as(request: Request, capture: Capture) -> bool:
    """Whether ``generate`` makes types of a success like this."""
    response = request.call.responses.get(capture.status, request.call.response)
    free = response.untyped or response.value is not UNSET
    return response.type == capture.kind and not free


def _problem(promise: Promise, captures: Sequence[Capture]) -> str | None:
    observation = promise.observation(captures)
    try:
        inference = promise.infer(observation)
        prove(render_models(inference), inference, [observation])
    except CallwrightError as error:
        lines = str(error).split("\n")
        return "; ".join(line.removeprefix(f"{observation.capture(0)}: ") for line in lines)
    return None
