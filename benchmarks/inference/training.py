"""Training sets: what types are inferred from survives them; dates, maps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.inference.corpus import CASES, Api, made, survives
from benchmarks.inference.holdout import families
from benchmarks.inference.report import Row, share
from callwright import models_from_samples
from callwright.infer import Observation, infer
from callwright.infer.seen.texts import text_kind


def sizes(apis: Mapping[str, Api]) -> Iterator[Row]:
    """How many calls and answers there are, and how many calls with more than one answer."""
    for label, names in families(apis).items():
        counts = [len(bodies) for name in names for bodies in apis[name].values()]
        again = [sum(count >= least for count in counts) for least in (2, 4)]
        told = f"{label}: calls, answers (calls with 2, 4 answers or more)"
        yield Row(told, f"{len(counts)}, {sum(counts)} ({again[0]}, {again[1]})", "")


def training(apis: Mapping[str, Api]) -> Iterator[Row]:
    """Generate, import, validate and round-trip everything that types are inferred from."""
    for label, names in families(apis).items():
        good = bodies = 0
        refused: list[str] = []
        for samples in _sets(apis, names):
            count = sum(map(len, samples.values()))
            try:
                found = made(samples)
            except ValueError as error:
                refused.append(str(error))
                continue
            except Exception as error:
                if type(error).__name__ != "CaptureError":
                    raise
                refused.append(str(error).split(":")[0])
                continue
            bodies += count
            good += sum(
                survives(found.adapters[call], body)
                for call, all_ in samples.items()
                for body in all_
            )
        told = f" ({len(refused)} refused: {', '.join(refused)})" if refused else ""
        yield Row(
            f"{label}: training samples survive",
            share(good, bodies) + told,
            "100 %",
            good == bodies,
        )


def _sets(apis: Mapping[str, Api], names: Iterable[str]) -> Iterator[Api]:
    """What is inferred from together: an API, or one made-up case."""
    for name in names:
        if name == CASES:
            yield from ({call: bodies} for call, bodies in apis[name].items())
        else:
            yield apis[name]


def dates(apis: Mapping[str, Api]) -> Iterator[Row]:
    """Of the fields whose every text, over all answers with their class, is an RFC 3339 date or datetime, how many are typed so."""
    found = every = 0
    for name, api in apis.items():
        if name == CASES:
            continue
        inference = infer([Observation(key=c, call=c, bodies=b) for c, b in api.items()])
        kinds = {
            (f"{call}:{place}", key): seen
            for call, bodies in api.items()
            for (place, key), seen in _kinds(bodies).items()
        }
        for c in inference.classes:
            if any(".*" in place for place in c.places):
                continue  # the values of a map, which this walk does not know
            for f in c.fields:
                seen = set[str]().union(*(kinds.get((place, f.wire), ()) for place in c.places))
                if seen in ({"date"}, {"datetime"}):
                    every += 1
                    found += "datetime." in repr(f.type)
    yield Row("dates: recall", share(found, every), "100 %", found == every)


def _kinds(bodies: Sequence[bytes]) -> dict[tuple[str, str], set[str]]:
    """The kinds of value at each (object path, key) of one call, by a simple walk of its own."""
    kinds: dict[tuple[str, str], set[str]] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, list):
            for item in value:
                walk(item, f"{path}[*]")
        elif isinstance(value, dict):
            for key, item in value.items():
                if item is not None:
                    kind = text_kind(item) if isinstance(item, str) else type(item).__name__
                    kinds.setdefault((path, key), set()).add(kind)
                walk(item, f"{path}.{key}")

    for body in bodies:
        walk(json.loads(body), "$")
    return kinds


MAPS = re.compile(r"map_")
NOT_MAPS = re.compile(r"notmap_|key_|plural|enum|near|shared|val_|wide|rec_|optional")


def maps(tricky: Api) -> Iterator[Row]:
    """Maps found in the cases that are maps, and in those that are none (the folders' names tell)."""
    hit = every = wrong = 0
    for call, bodies in tricky.items():
        if not MAPS.match(call) and not NOT_MAPS.match(call):
            continue
        source = models_from_samples({call: bodies})
        body = source.source.split("class Model(", 1)[1].split("\n\n\n", 1)[-1]
        is_map = (
            "dict[str, " in re.sub(r"-> dict\[str, Any\]", "", body)
            or "dict[" in source.roots[call]
        )
        if MAPS.match(call):
            every += 1
            hit += is_map
        elif is_map and "dict[str, Any]" not in body + source.roots[call]:
            wrong += 1
    if every:
        yield Row("maps (cases): recall", share(hit, every), "≥ 50 %", 2 * hit >= every)
        yield Row("maps (cases): precision", share(hit, hit + wrong), "≥ 90 %", hit >= 9 * wrong)
