"""Paths of the spec that lead nowhere in a captured response."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from callwright.captures.model import Capture
from callwright.diagnostics import Diagnostic, Severity
from callwright.errors import CaptureError
from callwright.infer.author.hints import spelled_step
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.reading import body_values
from callwright.ir.nodes import Requests
from callwright.runtime.reading.data import data_of
from callwright.runtime.reading.paths import lookup, parse_path
from callwright.runtime.unset import UNSET
from callwright.specfile.messages import error

_MOST = 300  # paths that are compared with the one that leads nowhere


def wrong_selects(observations: Iterable[Observation]) -> Iterator[Diagnostic]:
    """An error for each ``select`` that leads nowhere in a capture, at its place in the spec."""
    for observation in observations:
        if observation.select is None or observation.select_at is None:
            continue
        body = _without_select(observation)
        if body is None:
            continue
        number, value = body
        near = _nearest(observation.select, value)
        way = f"did you mean {near}? Or" if near else "correct the path, or"
        yield error(
            "select-nowhere",
            f"nothing is at {observation.select} in {observation.capture(number)}",
            observation.select_at,
            hint=f"{way} mark a sample whose response is an error: expect: error",
        )


def _without_select(observation: Observation) -> tuple[int, object] | None:
    """The number and value of the first body that lacks the selected path."""
    path = parse_path(observation.select or "$")
    try:
        for number, value in enumerate(body_values(replace(observation, select=None))):
            if not path.find(value):
                return number, value
    except CaptureError:  # reported by inference
        pass
    return None


def wrong_error_paths(requests: Requests, captures: Iterable[Capture]) -> Iterator[Diagnostic]:
    """A warning for each path of ``errors`` that leads nowhere in all captured errors (of JSON or XML)."""
    errors = requests.connector.errors
    given = {key: getattr(errors, key) for key in requests.error_paths_at}
    wanted = {key: paths for key, paths in given.items() if all(p[0] == "$" for p in paths)}
    if not wanted:
        return
    read = [(c, data_of(c.body, errors.xml)) for c in captures if c.kind in ("json", "xml")]
    bodies = [(capture, value) for capture, value in read if value is not UNSET]
    for key, paths in wanted.items():
        if not bodies or any(lookup(paths, value, c.headers) is not UNSET for c, value in bodies):
            continue
        capture, value = bodies[0]
        near = _nearest(paths[0], value)
        yield Diagnostic(
            severity=Severity.WARNING,
            code="unknown-error-path",
            message=f"nothing is at {' or '.join(paths)} in any captured error, like {capture.path}",
            span=requests.error_paths_at[key],
            path=f"errors.{key}",
            hint=f"did you mean {near}?" if near else "correct the path, or leave it out",
        )


def _nearest(path: str, value: object) -> str:
    known = {_letters(spelled): spelled for spelled in islice(_paths(value, "$"), _MOST)}
    close = difflib.get_close_matches(_letters(path), known, n=1, cutoff=0.7)
    return known[close[0]] if close else ""


def _letters(path: str) -> str:
    return re.sub(r"[\W_]+", " ", path).strip().lower()


def _paths(value: object, above: str) -> Iterator[str]:
    """The paths of what lies in objects, the outer ones first."""
    level = [(above, value)]
    while level:
        members = [
            (path + spelled_step(str(key)), inner)
            for path, holder in level
            if isinstance(holder, Mapping)
            for key, inner in holder.items()
        ]
        yield from (path for path, _ in members)
        level = members
