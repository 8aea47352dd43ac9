"""Joining what was seen: commutative, associative, idempotent, and only widening."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.infer.seen.shapes import (
    MAX_DEPTH,
    MAX_TAGS,
    Place,
    TooDeepError,
    Variant,
    join,
    observe,
)
from callwright.infer.seen.tags import bare

KEYS = st.sampled_from(["id", "name", "type", "items", "a b"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "x", "2020-01-01", "2020-01-01T10:00:00Z", "2020-01-01T10:00:00", "y" * 80]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
RESPONSES = st.lists(st.tuples(st.integers(0, 5), VALUES), max_size=4)


def place_of(responses: list[tuple[int, Any]]) -> Place:
    place = Place()
    for number, value in responses:
        observe(place, value, 1 << number)
    return place


def plain(place: Place | None) -> Any:
    """A place as plain data that compares."""
    if place is None:
        return None
    return (
        sorted(place.scalars.items()),
        None if place.values is None else sorted(place.values),
        place.arrays,
        place.empty_arrays,
        plain(place.items),
        place.tagged,
        place.rounded,
        sorted(
            (
                (
                    repr(keys),
                    variant.seen,
                    variant.order,
                    sorted(variant.missing.items()),
                    sorted((key, plain(inner)) for key, inner in variant.fields.items()),
                )
                for keys, variant in place.objects.items()
            ),
            key=repr,
        ),
    )


@given(RESPONSES, RESPONSES)
def test_join_does_not_care_which_came_first(a: Any, b: Any) -> None:
    assert plain(join([place_of(a), place_of(b)])) == plain(join([place_of(b), place_of(a)]))


@given(RESPONSES, RESPONSES, RESPONSES)
def test_join_does_not_care_how_it_is_grouped(a: Any, b: Any, c: Any) -> None:
    x, y, z = place_of(a), place_of(b), place_of(c)
    assert plain(join([join([x, y]), z])) == plain(join([x, join([y, z])]))


@given(RESPONSES)
def test_joining_a_thing_with_itself_changes_nothing(a: Any) -> None:
    place = place_of(a)
    assert plain(join([place, place])) == plain(place) == plain(join([place]))


@given(RESPONSES, RESPONSES)
def test_join_is_what_observing_everything_gives(a: Any, b: Any) -> None:
    assert plain(join([place_of(a), place_of(b)])) == plain(place_of(a + b))


def narrower(small: Place | None, large: Place | None) -> bool:
    """Whether all that ``small`` has seen, ``large`` has too."""
    if small is None:
        return True
    if large is None:
        return False
    joined = large.objects.get(None)
    return (
        all(bits & ~large.scalars.get(kind, 0) == 0 for kind, bits in small.scalars.items())
        and (large.values is None or (small.values is not None and small.values <= large.values))
        and small.arrays & ~large.arrays == 0
        and narrower(small.items, large.items)
        and all(
            (found := large.objects.get(keys, large.objects.get(keys and bare(keys), joined)))
            is not None
            and variant.seen & ~found.seen == 0
            and all(narrower(inner, found.fields.get(k)) for k, inner in variant.fields.items())
            for keys, variant in small.objects.items()
        )
    )


@given(RESPONSES, RESPONSES)
def test_join_only_widens(a: Any, b: Any) -> None:
    joined = join([place_of(a), place_of(b)])
    assert narrower(place_of(a), joined)
    assert narrower(place_of(b), joined)


@settings(max_examples=20)
@given(
    st.lists(st.sets(st.integers(0, 30), min_size=1, max_size=6), min_size=50, max_size=70),
    st.randoms(),
)
def test_many_key_sets_are_joined_whatever_their_order(sets: list[set[int]], random: Any) -> None:
    values = [{f"k{n}": n for n in keys} for keys in sets]
    shuffled = values[:]
    random.shuffle(shuffled)
    first = place_of([(0, value) for value in values])
    second = place_of([(0, value) for value in shuffled])
    assert plain(first) == plain(second)


WRAPPERS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=60
)


@given(WRAPPERS, WRAPPERS, st.randoms())
def test_tags_are_given_up_whatever_came_first(a: Any, b: Any, random: Any) -> None:
    values = [{"type": f"t{n}", "data": {key: n}} for n, key in [*a, *b]]
    first = join(
        [place_of([(0, v) for v in part]) for part in (values[: len(a)], values[len(a) :])]
    )
    random.shuffle(values)
    second = place_of([(0, value) for value in values])
    assert plain(first) == plain(second)
    assert second.tagged == (len({n for n, _ in [*a, *b]}) <= MAX_TAGS)


def test_objects_are_told_apart_by_their_own_tag_only() -> None:
    place = place_of([(0, {"type": "a", "x": {"y": 1}}), (0, {"type": "b", "x": {"z": 2}})])
    assert len(place.objects) == 2
    place = place_of([(0, {"x_type": "a", "x": {"y": 1}}), (0, {"x_type": "b", "x": {"z": 2}})])
    assert len(place.objects) == 1
    place = place_of([(0, {"type": 1, "x": 1}), (0, {"type": "b" * 80, "x": 2})])
    assert len(place.objects) == 1


def test_missing_counts_responses_not_items() -> None:
    place = place_of([(0, [{"a": 1}] * 30), (1, [{"a": 1}, {"a": 2, "b": 3}])])
    assert place.items is not None
    seen = {keys: variant.seen.bit_count() for keys, variant in place.items.objects.items()}
    assert seen == {("a",): 2, ("a", "b"): 1}


def test_too_deep_is_refused() -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    observe(Place(), value, 1)
    with pytest.raises(TooDeepError):
        observe(Place(), [value], 1)


@given(
    st.lists(
        st.lists(st.sets(st.sampled_from("abcdef"), max_size=4), min_size=1, max_size=3), max_size=8
    )
)
def test_joined_objects_know_what_each_response_lacked(responses: list[list[set[str]]]) -> None:
    place = Place(objects={None: Variant()})
    for number, objects in enumerate(responses):
        for keys in objects:
            observe(place, dict.fromkeys(sorted(keys), 1), 1 << number)
    joined = place.objects[None]
    every = {key for objects in responses for keys in objects for key in keys}
    expected = {
        key: sum(
            1 << n for n, objects in enumerate(responses) if any(key not in o for o in objects)
        )
        for key in every
    }
    assert joined.fields.keys() == every
    assert joined.missing == {key: mask for key, mask in expected.items() if mask}
