"""Why a place where several kinds of value were seen is typed as it is, with a capture that shows each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from functools import lru_cache

from callwright.infer.seen.shapes import Place
from callwright.infer.seen.texts import text_kind

TEXTS = frozenset({"date", "datetime", "naive", "str"})

_NAIVE = "datetime without an offset"
_WORDS = {"naive": _NAIVE, "str": "other text"}
_ORDER = ("bool", "int", "float", "date", "datetime", "naive", "str", "list", "object")

Located = tuple[Place, int]
"""A place, and the offset of its responses."""


def scalar_kinds(places: Sequence[Place]) -> frozenset[str]:
    """All kinds of scalars seen at some places."""
    if len(places) == 1:
        return frozenset(places[0].scalars)
    return frozenset().union(*(place.scalars for place in places))


@lru_cache(1024)
def telling(kinds: frozenset[str]) -> bool:
    """Whether scalars of these kinds need to be told apart: several kinds, or datetimes that may stay text."""
    return len(kinds - {"null"}) > 1 or "naive" in kinds


def several(places: Iterable[Place]) -> bool:
    """Whether several kinds were seen at places that hold lists or objects."""
    kinds: set[str] = set()
    for place in places:
        kinds |= place.scalars.keys()
        if place.arrays:
            kinds.add("list")
        if place.objects:
            kinds.add("object")
    return telling(frozenset(kinds))


def kinds_rule(
    places: Iterable[Located],
    capture: Callable[[int], str],
    *,
    values: Set[str],
    naive: str | None,
    inside: str,
) -> str:
    """What was seen how often: ``int in 2 responses (as in …), float in 1 (as in …)``.

    ``capture`` names the first of some responses; ``values`` are the texts that may be told; ``naive``: what the spec
    says of datetimes without an offset; ``inside``: what the places are inside of the field, if not the field.
    """
    seen = _responses(places)
    texts = seen.keys() & TEXTS
    if texts == seen.keys() == {"naive"}:
        return _of_naive(values, naive)
    alone = len(texts) == 1 and "naive" not in texts
    parts: list[str] = []
    for kind in (k for k in _ORDER if k in seen):
        count = seen[kind].bit_count()
        word = kind if alone else _WORDS.get(kind, kind)
        times = f"{count} response{'' if count == 1 else 's'}" if not parts else str(count)
        shown = (
            "as" if alone or kind != "str" else _shown(v for v in values if text_kind(v) == "str")
        )
        parts.append(f"{word} in {times} ({shown} in {capture(seen[kind])})")
    told = ", ".join(parts)
    if len(texts) > 1:
        told += ": text"
    return f"{inside}: {told}" if inside else told


def _responses(places: Iterable[Located]) -> dict[str, int]:
    seen: dict[str, int] = {}
    for place, offset in places:
        found = [*place.scalars.items(), ("list", place.arrays)]
        found += [("object", variant.seen) for variant in place.objects.values()]
        for kind, bits in found:
            if bits and kind != "null":
                seen[kind] = seen.get(kind, 0) | bits << offset
    return seen


def _of_naive(values: Set[str], naive: str | None) -> str:
    if naive is not None:
        return (
            f"every text is a {_NAIVE}, read as one of {naive.upper()} (inference: naive_datetimes)"
        )
    example = f" ({min(values)!r})" if values else ""
    return f"text: a {_NAIVE}{example}; `inference: {{naive_datetimes: utc}}` reads it as UTC"


def _shown(values: Iterable[str]) -> str:
    least = min(values, default=None)
    return "as" if least is None else repr(least)
