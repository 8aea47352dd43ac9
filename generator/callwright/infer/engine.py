"""infer(): observations in, classes and root types out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from callwright.captures.json_text import JsonTextError, parse_json
from callwright.errors import CaptureError
from callwright.infer.classnames import name_classes
from callwright.infer.observation import Observation
from callwright.infer.result import Inference
from callwright.infer.shapes import Place, observe
from callwright.infer.types import Types
from callwright.infer.unify import Forest, plant, unify


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
    earlier runs; ``reserved``: class names that are taken. Raises CaptureError for a body that cannot be read.
    """
    forest = Forest()
    roots: dict[str, tuple[Place, int]] = {}
    captures: list[str] = []
    for observation in observations:
        place, offset = Place(), len(captures)
        for index, body in enumerate(observation.bodies):
            observe(place, read_body(observation, index, body), 1 << index)
            captures.append(observation.capture(index))
        roots[observation.key] = place, offset
        plant(forest, place, observation=observation.key, call=observation.call, offset=offset)
    classes = unify(forest)
    names = name_classes(classes, {}, names_lock or {}, reserved)
    types = Types(forest, classes, names, captures, required_after, naive_datetimes)
    return Inference(
        classes=tuple(types.model(i) for i in range(len(classes))),
        unions=(),
        roots={key: types.root(place) for key, (place, _) in roots.items()},
        names={
            f"{n.observation}:{n.path}": name
            for ns, name in zip(classes, names, strict=True)
            for n in ns
        },
    )


def read_body(observation: Observation, index: int, body: object) -> object:
    """The value of a body. Raises CaptureError with the capture and the place."""
    if not isinstance(body, bytes):
        return body
    try:
        return parse_json(body)
    except JsonTextError as error:
        raise CaptureError(f"{observation.capture(index)}: {error}") from None
