"""Whether ``generate`` will take an answer: the same inference and the same proof, before it replaces a good one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from callwright.captures.files import parse_name
from callwright.captures.model import Capture
from callwright.captures.write import stored_bodies
from callwright.errors import CallwrightError
from callwright.initialize.review import Promise, is_typed, promise_of
from callwright.ir.nodes import Request, Requests
from callwright.render.models import render_models
from callwright.render.proof import prove
from callwright.runtime.unset import UNSET
from callwright.runtime.xml import XmlError


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why ``generate`` refuses an answer; ``by_spec``: another spec could take it."""

    message: str
    by_spec: bool


def misfit(requests: Requests, request: Request, capture: Capture) -> Misfit | None:
    """What ``generate`` will refuse of a redacted answer; None when it takes it, or makes no type of it."""
    if not is_typed(capture):
        return None
    try:
        promise = promise_of(requests, request, [capture])
    except XmlError as error:
        return Misfit(str(error), by_spec=False)
    if promise.role == "success" and not is_typed_as(request, capture):
        return None
    problem = _problem(promise, capture)
    if problem is None:
        return None
    in_itself = _problem(promise.bare, capture)
    return Misfit(in_itself or problem, by_spec=in_itself is None)


def replaces_a_fit(requests: Requests, request: Request, folder: Path, capture: Capture) -> bool:
    """Whether an answer to the same sample with the same status is stored below ``folder``, and ``generate`` takes it."""
    stored = stored_bodies(folder, capture.call, capture.sample, capture.status)
    kinds = [name.kind for name in map(parse_name, stored) if name is not None]
    old = (
        replace(capture, kind=kind, body=body)
        for kind, body in zip(kinds, stored.values(), strict=True)
    )
    return bool(stored) and all(misfit(requests, request, c) is None for c in old)


def is_typed_as(request: Request, capture: Capture) -> bool:
    """Whether ``generate`` makes types of a success like this."""
    response = request.call.responses.get(capture.status, request.call.response)
    free = response.untyped or response.value is not UNSET
    return response.type == capture.kind and not free


def _problem(promise: Promise, capture: Capture) -> str | None:
    observation = promise.observation([capture])
    try:
        inference = promise.infer(observation)
        prove(render_models(inference), inference, [observation])
    except CallwrightError as error:
        lines = str(error).split("\n")
        return "; ".join(line.removeprefix(f"{observation.capture(0)}: ") for line in lines)
    return None
