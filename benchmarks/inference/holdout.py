"""Held-out answers: do the next responses fit?"""

from __future__ import annotations

import hashlib
import json
import random
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter

from benchmarks.inference.corpus import Api, fits, made
from benchmarks.inference.report import Row, share
from callwright.render.proof.round_trip import difference
from callwright.runtime.reading.drift import UnexpectedRootError, parse


@dataclass
class Held:
    """Sums over splits: fits of held-out bodies, the same of the calls that thresholds were not chosen on."""

    fit: int = 0
    bodies: int = 0
    confirmed: int = 0
    confirming: int = 0
    objects: int = 0
    whole: int = 0
    other_roots: int = 0
    optional: int = 0
    fields: int = 0
    untyped: int = 0
    classes: int = 0
    splits: int = 0

    def add(self, other: Held) -> None:
        """Add the sums of another API."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))


BARS = ((1, 82, 25), (3, 93, 33))
"""Samples per call; per cent of the others that fit, at least; per cent of the fields optional, at most."""


def is_tuning(call: str) -> bool:
    """Whether thresholds may be chosen by looking at this call (half of them, by a hash of the name)."""
    return hashlib.sha256(call.encode()).digest()[0] % 2 == 0


def holdouts(apis: Mapping[str, Api], seeds: Sequence[int]) -> Iterator[Row]:
    """Infer each API jointly from k samples per call, check the others; per API, or family of APIs, and over all."""
    sums = {(name, k): _held(api, k, seeds) for name, api in apis.items() for k, *_ in BARS}
    together = families(apis)
    if len(together) > 1:
        together["all"] = list(apis)
    for label, names in together.items():
        for k, bar, most in BARS:
            yield from _rows(
                f"{label}: held-out bodies fit, {k} per call", names, k, sums, bar, most
            )


def families(apis: Iterable[str]) -> dict[str, list[str]]:
    """The names of APIs, by what is before a dot in them."""
    found: dict[str, list[str]] = {}
    for name in apis:
        found.setdefault(name.split(".")[0], []).append(name)
    return found


def _held(api: Api, k: int, seeds: Iterable[int]) -> Held:
    held = Held()
    for seed in seeds:
        holdout(api, k, seed, held)
    return held


def _rows(
    label: str,
    names: Iterable[str],
    k: int,
    sums: Mapping[tuple[str, int], Held],
    bar: int,
    most: int,
) -> Iterator[Row]:
    held = Held()
    for name in names:
        held.add(sums[name, k])
    if not held.bodies:
        return
    fit = 100 * held.fit / held.bodies
    optional = 100 * held.optional / max(1, held.fields)
    yield Row(label, share(held.fit, held.bodies), f"≥ {bar} %", fit >= bar)
    if held.confirming:
        yield Row(
            "    of these, calls the thresholds were not compared on",
            share(held.confirmed, held.confirming),
            "",
        )
    yield Row(
        "    fields optional (of Any-typed beside it)",
        f"{optional:.1f} % (Any {100 * held.untyped / max(1, held.fields + held.untyped):.1f} %)",
        f"≤ {most} %",
        optional <= most,
    )
    kind = held.bodies - held.other_roots
    yield Row(
        "    drift: an object comes back", share(held.objects, kind), "100 %", held.objects == kind
    )
    yield Row("    drift: nothing is lost", share(held.whole, kind), "100 %", held.whole == kind)
    yield Row("    classes, of one API", f"{held.classes / held.splits:.0f}", "")


def holdout(api: Api, k: int, seed: int, held: Held) -> None:
    """One split, added to the sums."""
    train, test = split(api, k, seed)
    models = made(train)
    for call, bodies in test.items():
        for body in bodies:
            good = fits(models.adapters[call], body)
            held.bodies += 1
            held.fit += good
            if not is_tuning(call):
                held.confirming += 1
                held.confirmed += good
            _drift(models.roots[call], call, body, held)
    held.splits += 1
    held.classes += len(models.classes)
    _count_fields(models.classes, held)


def split(api: Api, k: int, seed: int) -> tuple[dict[str, list[bytes]], dict[str, list[bytes]]]:
    """k samples of each call to infer from, the others to check; the same for the same seed."""
    chooser = random.Random(seed)
    train: dict[str, list[bytes]] = {}
    test: dict[str, list[bytes]] = {}
    for call, bodies in api.items():
        order = list(bodies)
        chooser.shuffle(order)
        train[call], rest = order[:k], order[k:]
        if rest:
            test[call] = rest
    return train, test


def _drift(returns: Any, call: str, body: bytes, held: Held) -> None:
    try:
        value, _ = parse(returns, body, call=call)
    except UnexpectedRootError:
        held.other_roots += 1
        return
    held.objects += 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dumped = plain(value)
    held.whole += difference(json.loads(body), dumped) is None


def plain(value: Any) -> Any:
    """A parsed answer as JSON data again."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return TypeAdapter(Any).dump_python(value, mode="json")


def _count_fields(classes: Iterable[type[BaseModel]], held: Held) -> None:
    for cls in classes:
        cls.model_rebuild()
        for info in cls.model_fields.values():
            if info.annotation is Any:
                held.untyped += 1
                continue
            held.fields += 1
            held.optional += not info.is_required() or type(None) in get_args(info.annotation)
