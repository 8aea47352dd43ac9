"""What was seen in the bodies of an observation, remembered by what they hold: unchanged captures are not read again."""

from __future__ import annotations

import hashlib

from callwright.cache import recall_object, remember_object
from callwright.errors import CaptureError
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.reading import body_values
from callwright.infer.seen.shapes import MAX_DEPTH, Place, TooDeepError, observe


def observed(observation: Observation) -> Place:
    """A root place that has seen all bodies, the first of them as the lowest bit.

    Raises:
        CaptureError: a body cannot be read, or is nested too deep.
    """
    key = content_digest(observation)
    place: Place | None = None if key is None else recall_object("shapes", key)
    if place is None:
        place = Place()
        values = iter(body_values(observation))
        for index in range(len(observation.bodies)):
            _observe(place, next(values), observation, index)
        if key is not None:
            remember_object("shapes", key, place)
    return place


def _observe(place: Place, value: object, observation: Observation, index: int) -> None:
    try:
        observe(place, value, 1 << index)
    except TooDeepError:
        raise CaptureError(
            f"{observation.capture(index)}: nested more than {MAX_DEPTH} levels deep; JSON readers refuse "
            "that: make the call `untyped` or capture a shallower answer"
        ) from None


def content_digest(observation: Observation) -> str | None:
    """All that decides what is seen; None when there are values among the bodies."""
    how = repr((observation.media, observation.select, observation.hints, observation.xml))
    digest = hashlib.sha256(how.encode("utf-8", "surrogatepass"))
    for body in observation.bodies:
        if not isinstance(body, bytes):
            return None
        digest.update(hashlib.sha256(body).digest())
    return digest.hexdigest()
