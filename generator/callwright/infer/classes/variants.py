"""Polymorphic places: objects of several kinds under one key, told apart by a field that names the kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callwright.infer.classes.maps import map_rule
from callwright.infer.seen.shapes import Place, Variant
from callwright.infer.seen.tags import is_own_tag, is_tag_key

SAME_KIND = 0.5
"""Objects with different tags are of one kind when they share this part of their keys (the tag aside)."""


def tags_of(places: Sequence[Place]) -> frozenset[str]:
    """The texts at a key that only ever holds few texts; none when it holds anything else."""
    found: set[str] = set()
    for place in places:
        if place.values is None or set(place.scalars) != {"str"} or place.arrays or place.objects:
            return frozenset()
        found |= place.values
    return frozenset(found)


def split(variants: Sequence[Variant]) -> tuple[str, list[list[Variant]]]:
    """The key that tells kinds apart, and the variants of one place by kind.

    One list and no key when they are of one kind, or nothing tells the kinds apart.
    """
    shared = set.intersection(*(set(v.fields) for v in variants)) if variants else set[str]()
    best, chosen = [list(variants)], ""
    for key in sorted(filter(is_tag_key, shared)):
        parts = _by_tag(key, variants)
        if len(parts) > len(best):
            best, chosen = parts, key
    return chosen, best


def _by_tag(key: str, variants: Sequence[Variant]) -> list[list[Variant]]:
    """Variants that share a tag, or most of their keys, are of one kind."""
    tags = [tags_of([v.fields[key]]) for v in variants]
    if not all(tags):
        return [list(variants)]
    groups = list(range(len(variants)))
    blank = _blank(key, variants)
    _merge_alike(key, variants, tags, groups, [i for i in groups if i not in blank])
    wrapping = {groups[i] for i in groups if i not in blank}
    if len(wrapping) > 1:
        # what wraps nothing now is of the kind its tag says; it must not make one kind of those that differ
        _merge_alike(key, variants, tags, groups, sorted(blank))
        for i in blank:
            for j in (j for j in range(len(variants)) if j not in blank and tags[i] & tags[j]):
                _merge(groups, i, j)
    else:
        _merge_alike(key, variants, tags, groups, range(len(variants)))
    parts: dict[int, list[Variant]] = {}
    for index, group in enumerate(groups):
        parts.setdefault(group, []).append(variants[index])
    return list(parts.values())


def _merge_alike(
    key: str,
    variants: Sequence[Variant],
    tags: Sequence[frozenset[str]],
    groups: list[int],
    among: Sequence[int],
) -> None:
    for i in among:
        for j in (j for j in among if j < i):
            if groups[i] != groups[j] and (
                tags[i] & tags[j] or _alike(variants[i], variants[j], key)
            ):
                _merge(groups, i, j)


def _blank(key: str, variants: Sequence[Variant]) -> set[int]:
    """Those that hold no object where others do: null, ``{}`` or a text stands there, or nothing."""
    if not is_own_tag(key):
        return set()
    wraps = [{k for k, place in v.fields.items() if _keys_in(place)} for v in variants]
    return {i for i, own in enumerate(wraps) if not own} if any(wraps) else set()


def _keys_in(place: Place) -> set[str]:
    return {key for variant in place.objects.values() for key in variant.fields}


def _merge(groups: list[int], i: int, j: int) -> None:
    old, new = groups[i], groups[j]
    if old != new:
        groups[:] = [min(old, new) if g in (old, new) else g for g in groups]


def _alike(a: Variant, b: Variant, key: str) -> bool:
    """Whether objects with different tags are of one kind by their keys and those of the objects they wrap."""
    mine, other = set(a.fields) - {key}, set(b.fields) - {key}
    if len(mine & other) < SAME_KIND * len(mine | other):
        return False
    if not is_own_tag(key):
        return True
    return all(_wrap_alike(k, a.fields[k], b.fields[k]) for k in mine & other)


def _wrap_alike(key: str, a: Place, b: Place) -> bool:
    variants = [v for place in (a, b) for v in place.objects.values()]
    mine, other = _keys_in(a), _keys_in(b)
    if not mine or not other or map_rule(key, variants):
        return True
    return len(mine & other) >= SAME_KIND * len(mine | other)


def discriminator(
    fields: Mapping[str, Mapping[str, Sequence[Place]]], required: Mapping[str, frozenset[str]]
) -> tuple[str, dict[str, str]] | None:
    """The key that tells classes apart, and its texts: text → class. None when no key does.

    ``fields``: class → key → its places; ``required``: class → keys that are always there.
    """
    shared = frozenset.intersection(*required.values())
    for key in sorted(filter(is_tag_key, shared)):
        tags: dict[str, str] = {}
        clear = True
        for name, places in fields.items():
            found = tags_of(places[key])
            clear = clear and bool(found) and not found & tags.keys()
            tags |= dict.fromkeys(sorted(found), name)
        if clear:
            return key, tags
    return None
