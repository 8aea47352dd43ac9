"""Outputs: what later samples take from a response. They stay in memory, unredacted."""

from __future__ import annotations

from callwright.errors import InitializeError
from callwright.infer.seen.elements import known_of
from callwright.initialize.plan import Step
from callwright.runtime.flow import WireResponse
from callwright.runtime.reading.data import data_of
from callwright.runtime.reading.paths import Path, parse_path


def read_outputs(step: Step, response: WireResponse) -> dict[str, object]:
    """The outputs of a step's sample by name. Raises InitializeError for one that the response does not have."""
    if not step.sample.outputs:
        return {}
    hints = [hint for found in step.request.hints for hint in found.fields]
    body = data_of(response.content, known_of((), hints), response.header("content-type"))
    return {name: _output(name, path, body) for name, path in step.sample.outputs.items()}


def _output(name: str, path: str, body: object) -> object:
    """The value at a path, or where the path has ``[*]`` the list of all values."""
    steps = parse_path(path).steps
    values = Path(path, steps).find(body)
    if None in steps and Path(path, steps[: steps.index(None)]).find(body):
        return values
    if not values or values[0] is None:
        raise InitializeError(f"output {name}: the response has no {path}")
    return values[0]
