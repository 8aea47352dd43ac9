"""What one call declares of a field, carried to where the same class has it in other calls, before types are made.

A map, or one of the spec's types, has other insides than a class: where one place of a field is declared so, the other
places must be looked at as that too, or the field would be both.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from callwright.infer.author.hints import ANY_STEP, Hints, Steps, both, declared, shapes
from callwright.infer.classes.object_index import Forest, Node, plant
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.shapes import Place


@dataclass(slots=True)
class Rooted:
    """An observation that was read: its root place, its hints, and the number of responses before its own."""

    observation: Observation
    root: Place
    hints: Hints
    offset: int


def planted(read: Iterable[Rooted]) -> Forest:
    """All objects of all observations, with what is known of hints so far."""
    forest = Forest()
    for one in read:
        one.hints.known.clear()
        plant(forest, one.root, one.observation, one.hints, one.offset)
    return forest


def spread(forest: Forest, classes: Iterable[Sequence[Node]], read: Iterable[Rooted]) -> bool:
    """Carry what shapes a field to the other places of its class; whether there was any, and all is to be planted anew."""
    if not any(shapes(hint) for hint in forest.hints.values()):
        return False
    homes = {id(p): (one.hints, steps) for one in read for steps, p in walk(forest, one.root)}
    changed = False
    for nodes in classes:
        for key in {key for node in nodes for key in node.fields}:
            places = [p for node in nodes for p in node.fields.get(key, ())]
            changed |= _spread(forest, places, homes)
    return changed


def _spread(
    forest: Forest, places: Sequence[Place], homes: Mapping[int, tuple[Hints, Steps]]
) -> bool:
    """The same for places that share a type, and for what their lists and maps hold."""
    if not places:
        return False
    found = [forest.hints[id(p)] for p in places if id(p) in forest.hints]
    said = next((hint for hint in found if shapes(hint)), None)
    if said is None:
        items = [p.items for p in places if p.items is not None]
        values = [forest.maps[id(p)].value for p in places if id(p) in forest.maps]
        below = [_spread(forest, inner, homes) for inner in (items, values)]
        return any(below)
    changed = False
    for place in places:
        own = forest.hints.get(id(place))
        if (place.objects or place.items is not None) and (own is None or not shapes(own)):
            hints, steps = homes[id(place)]
            hints.spread[steps] = said if own is None else both(own, said)
            changed = True
    return changed


def walk(
    forest: Forest, root: Place, without: Container[int] = ()
) -> Iterator[tuple[Steps, Place]]:
    """Every place that was planted, with the steps that lead there; ``without``: the ids of places left out."""
    waiting: list[tuple[Steps, Place]] = [((), root)]
    while waiting:
        steps, place = waiting.pop()
        if id(place) in without:
            continue
        yield steps, place
        if _is_settled(forest, place):
            continue
        if place.items is not None:
            waiting.append(((*steps, ANY_STEP), place.items))
        found = forest.maps.get(id(place))
        if found is not None:
            waiting.append(((*steps, ANY_STEP), found.value))
        for node in forest.at.get(id(place), ()):
            waiting += [((*steps, key), inner[0]) for key, inner in node.fields.items()]


def _is_settled(forest: Forest, place: Place) -> bool:
    """Whether a type is declared here, so that nothing below was looked at."""
    hint = forest.hints.get(id(place))
    return hint is not None and declared(hint) is not None
