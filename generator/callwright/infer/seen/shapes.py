"""What was seen at each place of the captures, in one normal form: observe, and join without regard to order.

A place holds the scalar kinds seen, at most one array, and the objects seen, told apart by their keys and by what they
say they are (``{"type": "people", …}``). Each holds the set of responses it was seen in, as a bit set, so that joining a
thing with itself changes nothing. ``join`` is commutative, associative and idempotent, and only widens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from callwright.infer.seen.tags import Keys, bare, tag_of, variant_key
from callwright.infer.seen.texts import text_kind

MAX_VARIANTS = 48
"""More different key sets than this at one place are no variants; the objects there are joined into one."""

MAX_VALUES = 12
"""Distinct texts remembered per place (more are only "many")."""

MAX_VALUE_LENGTH = 64

MAX_TAGS = 24
"""Objects of one place say at most so many different things of themselves; more are no kinds of object."""


@dataclass(slots=True, eq=False)
class Place:
    """Everything seen at one place.

    ``scalars``: kind (null, bool, int, float, date, datetime, naive, str) → responses. ``values``: the distinct texts,
    None for many. ``items``: what the arrays hold, None when no array was seen. ``objects``: by sorted keys (and tag);
    one entry under None once there were more than MAX_VARIANTS of them. ``rounded``: the responses in which a float
    has fewer digits than the text it was read from. ``tagged``: whether tags tell objects apart; no
    longer once there were too many.
    """

    scalars: dict[str, int] = field(default_factory=lambda: {})
    values: set[str] | None = field(default_factory=lambda: set())
    arrays: int = 0
    empty_arrays: int = 0
    items: Place | None = None
    objects: dict[Keys | None, Variant] = field(default_factory=lambda: {})
    tagged: bool = True
    rounded: int = 0

    @property
    def seen(self) -> int:
        """The responses in which anything was here, null included."""
        bits = self.arrays
        for mask in self.scalars.values():
            bits |= mask
        for variant in self.objects.values():
            bits |= variant.seen
        return bits


@dataclass(slots=True, eq=False)
class Variant:
    """The objects of one place that have the same keys (or, joined, any keys).

    ``order``: the keys as the provider sends them, the least of all orders seen, so that it does not depend on which came
    first; empty when joined. While objects are joined: ``always`` has, by key, the responses in which every object had
    it, and ``steady`` the keys that every object so far had in the response ``steady_in``.
    """

    seen: int = 0
    order: Keys = ()
    fields: dict[str, Place] = field(default_factory=lambda: {})
    lacking: dict[str, int] = field(default_factory=lambda: {})
    always: dict[str, int] | None = None
    is_counted: bool = True
    steady: set[str] = field(default_factory=lambda: set())
    steady_in: int = 0

    @property
    def missing(self) -> dict[str, int]:
        """Key → responses in which an object of this variant lacked it; keys that never were are not in it."""
        if not self.is_counted and self.always is not None:
            always = self.always
            masks = ((key, self.seen & ~always.get(key, 0)) for key in self.fields)
            self.lacking = {key: mask for key, mask in masks if mask}
            self.is_counted = True
        return self.lacking


MAX_DEPTH = 200
"""Deeper answers are refused, as pydantic's JSON reader refuses them."""


class TooDeepError(ValueError):
    """A value is nested deeper than MAX_DEPTH."""


def observe(place: Place, value: object, bit: int, depth: int = 0) -> None:
    """Add one value of the response ``bit`` to a place. Raises TooDeepError."""
    kind = _KINDS.get(type(value))
    if kind is not None:
        place.scalars[kind] = place.scalars.get(kind, 0) | bit
        if type(value) is Rounded:
            place.rounded |= bit
    elif isinstance(value, str):
        _observe_text(place, value, bit)
    elif isinstance(value, dict):
        _observe_object(place, value, bit, depth + 1)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        if depth == MAX_DEPTH:
            raise TooDeepError
        place.arrays |= bit
        if place.items is None:
            place.items = Place()
        if not value:
            place.empty_arrays |= bit
        items = place.items
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            observe(items, item, bit, depth + 1)  # pyright: ignore[reportUnknownArgumentType]
    else:
        raise TypeError(f"not a JSON value: {type(value).__name__}")


class Rounded(float):
    """A float that lost digits of the text it was read from."""


_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    float: "float",
    Rounded: "float",
}


def _observe_text(place: Place, text: str, bit: int) -> None:
    kind = text_kind(text)
    place.scalars[kind] = place.scalars.get(kind, 0) | bit
    values = place.values
    if values is not None and text not in values:
        if len(values) == MAX_VALUES or len(text) > MAX_VALUE_LENGTH:
            place.values = None
        else:
            values.add(text)


def _observe_object(place: Place, value: dict[str, object], bit: int, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise TooDeepError
    joined = place.objects.get(None)
    if joined is not None:
        _observe_joined(joined, value, bit, depth)
        return
    order = tuple(value)
    keys = variant_key(order, value, place.tagged)
    variant = place.objects.get(keys)
    if variant is None:
        fields = {key: Place() for key in sorted(order)}
        variant = place.objects[keys] = Variant(order=order, fields=fields)
        if _bound(place):  # the new one is part of another now
            _observe_object(place, value, bit, depth)
            return
    elif order < variant.order:
        variant.order = order
    variant.seen |= bit
    fields = variant.fields
    for key, item in value.items():
        observe(fields[key], item, bit, depth)


def _bound(place: Place) -> bool:
    """Keep the variants of a place to their number, without tags when that is enough; whether that changed it."""
    before = place.objects
    if place.tagged and (len(before) > MAX_VARIANTS or _tags(place) > MAX_TAGS):
        _untag(place)
    if len(place.objects) > MAX_VARIANTS:
        place.objects = {None: collapse(place.objects.values())}
    return place.objects is not before


def _tags(place: Place) -> int:
    # few variants have few tags
    return len({tag_of(keys) for keys in place.objects}) if len(place.objects) > MAX_TAGS else 0


def _untag(place: Place) -> None:
    """Tell variants apart by their keys only."""
    place.tagged = False
    place.objects = _untagged(place.objects)


def _untagged(objects: Mapping[Keys | None, Variant]) -> dict[Keys | None, Variant]:
    parts: dict[Keys | None, list[Variant]] = defaultdict(list)
    for keys, variant in objects.items():
        parts[keys and bare(keys)].append(variant)
    return {keys: collapse(found) for keys, found in parts.items()}


def _observe_joined(variant: Variant, value: dict[str, object], bit: int, depth: int) -> None:
    """Note an object in time for its own keys only: there may be new ones in each of many responses."""
    always = variant.always
    if always is None:
        always = variant.always = {
            key: variant.seen & ~variant.missing.get(key, 0) for key in variant.fields
        }
    is_first = not variant.seen & bit
    if is_first:
        variant.steady, variant.steady_in = set(value), bit
        for key in value:
            always[key] = always.get(key, 0) | bit
    else:
        if variant.steady_in != bit:
            variant.steady = {key for key, mask in always.items() if mask & bit}
            variant.steady_in = bit
        for key in variant.steady - value.keys():
            always[key] ^= bit
            variant.steady.discard(key)
    for key, item in value.items():
        place = variant.fields.get(key)
        if place is None:
            place = variant.fields[key] = Place()
        observe(place, item, bit, depth)
    variant.seen |= bit
    variant.is_counted = False


def join(places: Iterable[Place]) -> Place:
    """One place that has seen everything the given ones have; they are left as they are."""
    result = Place()
    for place in places:
        _join_into(result, place)
    return result


def _join_into(target: Place, source: Place) -> None:
    for kind, bits in source.scalars.items():
        target.scalars[kind] = target.scalars.get(kind, 0) | bits
    target.values = _join_values(target.values, source.values)
    target.rounded |= source.rounded
    target.arrays |= source.arrays
    target.empty_arrays |= source.empty_arrays
    if source.items is not None:
        if target.items is None:
            target.items = Place()
        _join_into(target.items, source.items)
    _join_objects(target, source)


def _join_values(a: set[str] | None, b: set[str] | None) -> set[str] | None:
    if a is None or b is None:
        return None
    both = a | b
    return both if len(both) <= MAX_VALUES else None


def _join_objects(target: Place, source: Place) -> None:
    objects: Mapping[Keys | None, Variant] = source.objects
    if target.tagged and not source.tagged:
        _untag(target)
    elif source.tagged and not target.tagged:
        objects = _untagged(objects)
    if None in target.objects or None in objects:
        target.objects = {None: collapse([*target.objects.values(), *objects.values()])}
        return
    for keys, variant in objects.items():
        mine = target.objects.get(keys)
        target.objects[keys] = collapse([variant] if mine is None else [mine, variant])
    _bound(target)


def collapse(variants: Iterable[Variant]) -> Variant:
    """All objects of several variants as one: keys that some lack are missing in the responses of those."""
    every = list(variants)
    same = all(v.order and v.fields.keys() == every[0].fields.keys() for v in every)
    result = Variant(order=min((v.order for v in every), default=()) if same else ())
    parts: dict[str, list[Place]] = {}
    for variant in every:
        result.seen |= variant.seen
        for key, place in variant.fields.items():
            parts.setdefault(key, []).append(place)
    for key, places in parts.items():
        result.fields[key] = join(places)
        missing = 0
        for variant in every:
            missing |= variant.missing.get(key, 0) if key in variant.fields else variant.seen
        if missing:
            result.missing[key] = missing
    return result
