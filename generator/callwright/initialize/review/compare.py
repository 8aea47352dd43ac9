"""What changed between two trees of answers: ``+`` new, ``-`` gone, ``~`` another type, at whatever depth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from callwright.infer.author.hints import spelled_step
from callwright.infer.type_text import type_text
from callwright.initialize.review.branches import Branch, options_of
from callwright.ir.nodes import DictType, ListType, ModelType

BREAKING = "breaking for callers"
STAYS = "in this answer; the types stay"


@dataclass(frozen=True, slots=True)
class Change:
    """One line: ``sign``, the place's path, its type (or ``old → new``), and what it means."""

    sign: str
    path: str
    what: str
    note: str


def changes(old: Branch, new: Branch, path: str = "$") -> Iterator[Change]:
    """All that differs at a place and below it. What lies below something new or gone is not told."""
    yield from _type_changes(path, [old], [new])
    if old.item is not None and new.item is not None:
        yield from changes(old.item, new.item, f"{path}[*]")
    if old.value is not None and new.value is not None:
        yield from changes(old.value, new.value, f"{path}[*]")
    if old.tag and old.tag == new.tag:
        yield from _variant_changes(path, old, new)
    else:
        yield from _field_changes(path, _fields(old), _fields(new))


def _type_changes(path: str, old: Sequence[Branch], new: Sequence[Branch]) -> Iterator[Change]:
    was, now = _shape(old), _shape(new)
    if was != now:
        note = "" if now < was else BREAKING
        counts = new[0].counts
        if "None" in now and "None" not in was and len(new) == 1:
            reason = f"now null in {counts.of(counts.null)}" if counts.null else ""
            if counts.present < counts.possible:
                reason = f"now in {counts.of_possible()}"
            note = ": ".join(filter(None, (note, reason)))
        yield Change("~", path, f"{_text(old)} → {_text(new)}", note)


def _field_changes(
    path: str, old: Mapping[str, Sequence[Branch]], new: Mapping[str, Sequence[Branch]]
) -> Iterator[Change]:
    """Those of two objects' fields; of several classes that nothing tells apart, each key has several places."""
    if not old or not new:
        return  # another type, which is told
    for key, now in new.items():
        place, was = path + spelled_step(key), old.get(key)
        if was is None:
            yield Change("+", place, _text(now), "new field")
        elif len(was) == len(now) == 1:
            yield from changes(was[0], now[0], place)
        else:
            yield from _type_changes(place, was, now)
    for key, was in old.items():
        if key not in new:
            yield Change("-", path + spelled_step(key), _text(was), f"gone: {BREAKING}")


def _variant_changes(path: str, old: Branch, new: Branch) -> Iterator[Change]:
    """Those of two unions: variants are the same when the same text tells them."""
    old_tags = {tag: variant for variant in old.variants for tag in variant.tags}
    for variant in new.variants:
        added = [tag for tag in variant.tags if tag not in old_tags]
        if added:
            known = len(added) < len(variant.tags)
            note = "new text of a variant" if known else f"new variant: {BREAKING}"
            yield Change("+", _tagged(path, new.tag, added), variant.name, note)
        for was in old.variants:
            common = [tag for tag in variant.tags if old_tags.get(tag) is was]
            if common:
                place = _tagged(path, new.tag, common)
                yield from _field_changes(place, _alone(was.fields), _alone(variant.fields))
    new_tags = {tag for variant in new.variants for tag in variant.tags}
    for was in old.variants:
        gone = [tag for tag in was.tags if tag not in new_tags]
        if gone:
            note = "gone" if len(gone) < len(was.tags) else f"gone: {BREAKING}"
            yield Change("-", _tagged(path, old.tag, gone), was.name, note)


def _tagged(path: str, key: str, tags: Iterable[str]) -> str:
    """The objects at a path with one of these texts at a key: ``$.events[*][type="a"]``."""
    return f"{path}[{key}={'|'.join(json.dumps(tag, ensure_ascii=False) for tag in tags)}]"


def _alone(fields: Mapping[str, Branch]) -> dict[str, list[Branch]]:
    return {key: [branch] for key, branch in fields.items()}


def _fields(branch: Branch) -> dict[str, list[Branch]]:
    """The places of each key, in all classes that may be there."""
    found = _alone(branch.fields)
    for variant in branch.variants:
        for key, place in variant.fields.items():
            found.setdefault(key, []).append(place)
    return found


def _shape(branches: Iterable[Branch]) -> frozenset[str]:
    """What may be at a place, without names: those of classes follow from what is in them, which is compared."""
    found: set[str] = set()
    for branch in branches:
        for option in options_of(branch.type):
            match option:
                case ListType():
                    found.add("list")
                case DictType():
                    found.add("dict")
                case ModelType():
                    found.add(f"object by {branch.tag}" if branch.variants else "object")
                case _:
                    found.add(type_text(option))
        if _has_none(branch):
            found.add("None")
    return frozenset(found)


def _text(branches: Iterable[Branch]) -> str:
    """Their types as one, with the classes of a union in place of its name."""
    texts: list[str] = []
    for branch in branches:
        for option in options_of(branch.type):
            is_several = isinstance(option, ModelType) and branch.variants
            texts += [v.name for v in branch.variants] if is_several else [type_text(option)]
        texts += ["None"] if _has_none(branch) else []
    distinct = dict.fromkeys(texts)
    return " | ".join(sorted(distinct, key=lambda text: text == "None"))


def _has_none(branch: Branch) -> bool:
    return branch.text == "None" or branch.text.endswith(" | None")
