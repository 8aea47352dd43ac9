"""What captures say is a matter of keys and types: order, values and numbers leave no trace, and nothing is lost."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.captures.model import Capture
from callwright.initialize.storing.evidence import Evidence, Fact
from callwright.initialize.storing.growth import MOST, grow
from callwright.ir.nodes import Request, Requests
from callwright.runtime.definition import Call
from tests.captures.conftest import make_request, make_requests, make_sample

REQUEST: Request = make_request(
    Call(name="ping", method="GET", path="/ping", data=True), make_sample("x")
)
REQUESTS: Requests = make_requests(REQUEST)

SCALARS = st.none() | st.booleans() | st.integers(0, 9) | st.floats(0.5, 9.5) | st.sampled_from(["a", "2026-01-01"])  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["id", "name", "items", "next", "type"]), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(["id", "name", "items", "meta"]), VALUES, max_size=4)


def capture(value: object) -> Capture:
    body = json.dumps(value).encode()
    return Capture(
        call="ping", sample="x", status=200, page=None, kind="json", path="", body=body
    )  # fmt: skip


def facts(values: Sequence[object]) -> frozenset[Fact]:
    captures = [capture(value) for value in values]
    return Evidence(REQUESTS, REQUEST, captures).of(captures)


def shuffled(value: object, chance: random.Random) -> object:
    """The same with keys in another order and other values of the same kinds."""
    match value:
        case dict():
            pairs = list(value.items())
            chance.shuffle(pairs)
            return {k: v if k == "type" else shuffled(v, chance) for k, v in pairs}
        case list():
            items = [shuffled(item, chance) for item in value]
            chance.shuffle(items)
            return items
        case bool() | None:
            return value
        case int():
            return value + chance.randrange(100)
        case float():
            return value + chance.randrange(100)
        case "2026-01-01":
            return f"20{chance.randrange(10, 99)}-02-03"
        case _:
            return value


@settings(deadline=None, max_examples=60)
@given(st.lists(OBJECTS, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_order_and_values_leave_no_trace(values: list[object], chance: random.Random) -> None:
    known = facts(values)
    others = [shuffled(value, chance) for value in values]
    assert facts(others) == known
    chance.shuffle(others)
    assert facts(others) == known


@settings(deadline=None, max_examples=60)
@given(st.lists(OBJECTS, min_size=1, max_size=4))
def test_nothing_is_lost_and_nothing_grows_for_ever(values: list[object]) -> None:
    every = [capture(value) for value in values]
    evidence = Evidence(REQUESTS, REQUEST, every)
    kept: list[tuple[Capture, ...]] = []
    for new in every:
        before = evidence.of([c for r in kept for c in r])
        known = evidence.of([*(c for r in kept for c in r), new])
        growth = grow(evidence, kept, (new,))
        if growth.new is None:
            assert known == before
        else:
            placed = Capture(
                **{f: getattr(new, f) for f in new.__slots__} | {"version": growth.new}
            )
            kept = sorted([*growth.kept, (placed,)], key=lambda r: r[0].version)
        assert evidence.of([c for r in kept for c in r]) == known
        assert len(kept) <= MOST
        assert [r[0].version for r in kept] == list(range(1, len(kept) + 1))
        # the same again says nothing
        assert grow(evidence, kept, (new,)).new is None
