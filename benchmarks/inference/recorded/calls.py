"""Calls: which recorded exchanges are of one call, told by the traffic alone.

A segment of a path varies when it looks like an id, a name of a host or a date, or when it is what the answer says of
itself: several values at the place, each of them a value in its own answers, and the answers of one shape.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from benchmarks.inference.recorded.recordings import Exchange

Calls = dict[str, list[bytes]]
"""The answers of each call."""
MOST = 12
"""Answers kept per call."""
LONGEST = 160
"""Characters of a call's name."""
ALIKE = 0.5
"""Of all keys of two answers, the share that both have when they are of one call."""

_VARIES = re.compile(
    r"""
    \d+ | \d+(\.\d+){3} | [0-9a-f]{7,} | .*[@:%\s].*               # numbers, addresses, hashes, texts
    | [0-9a-fA-F-]{32,36} | \d{4}-\d\d-\d\d.*                      # uuids, dates
    | (?=.*\d)(?=.*[A-Za-z])[\w-]{8,}                              # ids
    | [\w-]+(\.[\w-]+){2,}\.?                                    # names of hosts; two words with a dot may be a call
    """,
    re.VERBOSE,
)
_SEGMENTS = re.compile(r"/|:(?=[a-z][A-Za-z]+$)")
"""A path may end in a verb behind a colon."""
_FORMAT = re.compile(r"\.(json|php|xml|cgi)$")


@dataclass
class _Row:
    """An exchange while its path is looked at: what is left of it, and what the answer says."""

    name: list[str]
    waiting: list[str]
    said: frozenset[str]
    shape: frozenset[str]


def calls(exchanges: Iterable[Exchange], names: Iterable[str]) -> Calls:
    """The distinct JSON answers of the successes of every call, at most twelve."""
    found: dict[str, dict[bytes, None]] = {}
    for exchange, name in zip(exchanges, names, strict=True):
        value = _answer(exchange)
        if value is not None:
            body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
            found.setdefault(name, {})[body] = None
    return {name: list(bodies)[:MOST] for name, bodies in found.items()}


def call_names(exchanges: Sequence[Exchange]) -> list[str]:
    """A name for the call of each exchange: its method and what of its path does not vary."""
    rows = [_row(exchange) for exchange in exchanges]
    _step(rows)
    return [re.sub(r"[^A-Za-z0-9]+", "_", "_".join(r.name))[:LONGEST].strip("_") for r in rows]


def _answer(exchange: Exchange) -> Any:
    """The JSON of a success, without what is empty or no object or list."""
    if not 200 <= exchange.status < 300:
        return None
    try:
        value = json.loads(exchange.body)
    except ValueError:
        return None
    return value if isinstance(value, (dict, list)) and value else None


def _row(exchange: Exchange) -> _Row:
    value = _answer(exchange)
    parts = [unquote(part) for part in _SEGMENTS.split(exchange.path) if part]
    said = frozenset(_scalars(value))
    return _Row([exchange.method.lower()], parts, said, frozenset(_keys(value, "")))


def _step(rows: list[_Row]) -> None:
    """Name the next segment of rows whose paths are one so far, and go on with each of the names."""
    groups: dict[str, list[_Row]] = defaultdict(list)
    named = _named(rows)
    for row in rows:
        if row.waiting:
            part = row.waiting.pop(0)
            row.name.append("one" if part in named or _looks_varying(part) else part)
            groups[row.name[-1]].append(row)
    for group in groups.values():
        _step(group)


def _looks_varying(part: str) -> bool:
    return _VARIES.fullmatch(_FORMAT.sub("", part)) is not None


def _named(rows: Iterable[_Row]) -> set[str]:
    """The values of the next segment that are names of what is answered, and those with answers like theirs."""
    shapes: dict[str, set[str]] = defaultdict(set)
    sayers: set[str] = set()
    for row in rows:
        if row.waiting and row.shape:
            part = row.waiting[0]
            rest = "/".join(p for p in row.waiting[1:] if not _looks_varying(p))
            shapes[part] |= {f"{row.name[0]} {rest} {key}" for key in row.shape}
            if part in row.said:
                sayers.add(part)
    alike = {p: {q for q in sayers if _alike(shapes[p], shapes[q])} for p in shapes}
    sure = {p for p in sayers if len(alike[p]) > 1}
    return sure | {p for p in shapes if alike[p] & sure}


def _alike(some: set[str], others: set[str]) -> bool:
    return len(some & others) >= ALIKE * len(some | others)


def _scalars(value: Any) -> Iterator[str]:
    if isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _scalars(item)
    elif isinstance(value, str):
        yield value


def _keys(value: Any, path: str) -> Iterator[str]:
    """The paths of all keys in a value, down to three levels."""
    if isinstance(value, list):
        for item in value:
            yield from _keys(item, path + "[]")
    elif isinstance(value, dict) and path.count(".") < 3:
        for key, item in value.items():
            yield f"{path}.{key}"
            yield from _keys(item, f"{path}.{key}")
