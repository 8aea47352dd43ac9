"""infer(): observations in, classes and root types out."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from callwright.diagnostics import fail_on_errors
from callwright.infer.classnames import TAKEN, lock_keys, name_classes
from callwright.infer.declared import Declared
from callwright.infer.forest import Forest, Node, drop_empty, plant
from callwright.infer.hints import UnknownPaths, read_hints
from callwright.infer.observation import Observation
from callwright.infer.observed import observed
from callwright.infer.result import Inference
from callwright.infer.shapes import Place
from callwright.infer.types import Types
from callwright.infer.unify import unify
from callwright.infer.weak import weak_notes


def infer(
    observations: Sequence[Observation],
    *,
    required_after: int = 1,
    naive_datetimes: Literal["utc"] | None = None,
    names_lock: Mapping[str, str] | None = None,
    reserved: frozenset[str] = frozenset(),
) -> Inference:
    """The types of all observations together, sharing classes between them.

    ``required_after``: responses needed before a field may be required. ``names_lock``: the names remembered from
    earlier runs; ``reserved``: class names that are taken.

    Raises:
        CaptureError: a body cannot be read.
        SpecError: what is declared about fields contradicts itself, or gives two of them one name.
    """
    with collector_paused():
        return _infer(observations, required_after, naive_datetimes, names_lock or {}, reserved)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Hundreds of thousands of small objects that all stay: looking for garbage among them costs a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _infer(
    observations: Sequence[Observation],
    required_after: int,
    naive_datetimes: Literal["utc"] | None,
    names_lock: Mapping[str, str],
    reserved: frozenset[str],
) -> Inference:
    forest = Forest()
    roots: dict[str, Place] = {}
    captures: list[str] = []
    unknown = UnknownPaths()
    declared = Declared()
    for observation in observations:
        roots[observation.key] = place = observed(observation)
        hints = read_hints(observation)
        plant(forest, place, observation, hints, len(captures))
        declared.see(place, observation, hints, len(captures))
        captures += map(observation.capture, range(len(observation.bodies)))
        unknown.note(observation, hints)
    found = [(any(node.fields for node in c.nodes), c) for c in unify(forest)]
    unified = [c for filled, c in found if filled]
    drop_empty(forest, [node for filled, c in found if not filled for node in c.nodes])
    classes = [c.nodes for c in unified]
    pins = {i: c.pin for i, c in enumerate(unified) if c.pin}
    reserved |= declared.names
    names = name_classes(classes, pins, names_lock, reserved)
    types = Types(
        forest, classes, names, captures, required_after, naive_datetimes, reserved | TAKEN
    )
    models = tuple(types.model(i) for i in range(len(classes)) if i not in types.too_deep)
    root_types = {key: types.root(place) for key, place in roots.items()}
    fail_on_errors(types.problems)
    return Inference(
        classes=(*models, *declared.models()),
        unions=types.unions,
        roots=root_types,
        notes=(*unknown.notes(), *declared.notes(), *weak_notes(models)),
        names=_remember(classes, names),
    )


def _remember(classes: Sequence[Sequence[Node]], names: Sequence[str]) -> dict[str, str]:
    return {
        key: name
        for nodes, name in zip(classes, names, strict=True)
        for node in nodes
        for key in lock_keys(node)
    }
