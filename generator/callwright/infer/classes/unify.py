"""Which objects, at any place of any call, are of one class."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from callwright.infer.classes.object_index import Forest, Node, children
from callwright.infer.classes.similarity import (
    ANY_NAME,
    MIN_KEYS,
    SAME_NAME,
    Below,
    Profile,
    add_texts,
    conflict,
    facts_of,
    identities_of,
    likeness,
    lists_apart,
    other_items,
)
from callwright.infer.seen.shapes import Place

MAX_RIVALS = 50
"""Under one rare key a class is compared with so many others, so that time grows with the calls, not their square."""


class Groups:
    """A union-find over nodes. Groups that were given different names, or differ in role, are never joined."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._parent = list(range(len(nodes)))
        self._pin = [(node.role, node.pin) for node in nodes]
        self._identities = [identities_of([node]) for node in nodes]
        self.joins = 0

    def find(self, item: int) -> int:
        """The group of a node."""
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def union(self, a: int, b: int, same: bool = False) -> bool:
        """Join the groups of two nodes; whether that changed anything. ``same``: whatever they say they are."""
        a, b = sorted((self.find(a), self.find(b)))
        (role, pin), (other_role, other) = self._pin[a], self._pin[b]
        if a == b or role != other_role or (pin and other and pin != other):
            return False
        mine, others = self._identities[a], self._identities[b]
        if not same and conflict(mine, others):
            return False
        add_texts(mine, others)
        self._parent[b] = a
        self._pin[a] = role, pin or other
        self.joins += 1
        return True

    def pin(self, item: int) -> str | None:
        """The name the author gave to the group of a node."""
        return self._pin[self.find(item)][1]


def unify(forest: Forest) -> list[UnifiedClass]:
    """The classes: their nodes, in the order of each class's first node."""
    groups = Groups(forest.nodes)
    _join_pinned(forest, groups)
    _join_plain(forest, groups)
    profiles = _Profiles(forest, groups)
    while _round(profiles, forest, groups):
        pass
    while _join_duplicates(forest, groups):
        pass
    classes: dict[int, list[Node]] = defaultdict(list)
    for node in forest.nodes:
        classes[groups.find(node.id)].append(node)
    return [UnifiedClass(nodes, groups.pin(nodes[0].id)) for nodes in classes.values()]


@dataclass(frozen=True, slots=True)
class UnifiedClass:
    """The nodes of one class, and its name when the author gave one."""

    nodes: list[Node]
    pin: str | None


def _join_pinned(forest: Forest, groups: Groups) -> None:
    first: dict[tuple[str, str], int] = {}
    for node in forest.nodes:
        if node.pin:
            groups.union(first.setdefault((node.role, node.pin), node.id), node.id)


def _join_plain(forest: Forest, groups: Groups) -> None:
    """Join objects of plain values that differ in nothing, under one name: much of all there is, and never in doubt."""
    first: dict[object, int] = {}
    for node in forest.nodes:
        if node.nested or node.pin or node.tag_key or not (node.name and node.fields):
            continue
        kinds = frozenset((key, kinds) for key, kinds, _ in facts_of(node, forest))
        said = frozenset((key, frozenset(v)) for key, v in identities_of([node]).items())
        groups.union(first.setdefault((node.role, node.name, kinds, said), node.id), node.id)


def _round(profiles: _Profiles, forest: Forest, groups: Groups) -> bool:
    """Join what is alike, the most alike first, so that an empty list never bridges lists of different things."""
    start = groups.joins
    _close(forest, groups)
    _join_same(profiles.now(), groups)
    if profiles.compared == groups.joins:
        return False  # these very groups were compared already
    profiles.compared = groups.joins
    found = profiles.now()
    lists = {root: profile.lists() for root, profile in found.items()}
    keys = {root: set(profile.keys) for root, profile in found.items()}
    pairs = ((likeness(found[a], found[b], groups.find), a, b) for a, b in _candidates(found))
    for _, a, b in sorted((p for p in pairs if p[0]), key=lambda p: (-p[0], p[1], p[2])):
        mine, other = groups.find(a), groups.find(b)
        if mine == other or other_items(lists[mine], lists[other]):
            continue
        if lists_apart(lists[mine], keys[mine], lists[other], keys[other]):
            continue
        if groups.union(mine, other):
            joined, gone = sorted((mine, other))
            keys[joined] |= keys.pop(gone)
            for key, below in lists.pop(gone).items():
                lists[joined].setdefault(key, Below()).add(below)
    return groups.joins > start


class _Profiles:
    """The profiles of all groups, made anew when groups were joined. ``compared``: at how many joins all were."""

    def __init__(self, forest: Forest, groups: Groups) -> None:
        self._forest = forest
        self._groups = groups
        self._joins = -1
        self._profiles: dict[int, Profile] = {}
        self.compared = -1

    def now(self) -> dict[int, Profile]:
        """The profile of each group, by its root."""
        if self._joins != self._groups.joins:
            self._joins = self._groups.joins
            members: dict[int, list[Node]] = defaultdict(list)
            for node in self._forest.nodes:
                members[self._groups.find(node.id)].append(node)
            self._profiles = {root: self._profile(root, nodes) for root, nodes in members.items()}
        return self._profiles

    def _profile(self, root: int, nodes: Sequence[Node]) -> Profile:
        # groups only grow: one of the same size has the same nodes
        known = self._profiles.get(root)
        same = known is not None and len(known.nodes) == len(nodes)
        profile = known if known is not None and same else Profile(nodes, self._forest)
        profile.refresh(self._groups.find)
        return profile


def _join_same(profiles: dict[int, Profile], groups: Groups) -> bool:
    """Join what does not differ at all; there is much of it, and no pair of it needs to be looked at twice."""
    firsts: dict[object, list[int]] = defaultdict(list)
    changed = False
    for root, profile in profiles.items():
        known = firsts[profile.signature]
        like = next(
            (other for other in known if likeness(profiles[other], profile, groups.find)), None
        )
        if like is None or not groups.union(like, root):
            known.append(root)
        else:
            changed = True
    return changed


def _join_duplicates(forest: Forest, groups: Groups) -> bool:
    """Join classes whose fields would be the same in every respect, whatever their objects say they are."""
    members: dict[int, list[Node]] = defaultdict(list)
    for node in forest.nodes:
        members[groups.find(node.id)].append(node)
    rivals: dict[object, list[int]] = defaultdict(list)
    for root, nodes in members.items():
        keys = frozenset(key for node in nodes for key in node.fields)
        # kinds of object at one place are told apart by what they say
        if len(keys) >= MIN_KEYS and not any(node.tag_key for node in nodes):
            rivals[nodes[0].role, keys].append(root)
    changed = False
    for roots in (found for found in rivals.values() if len(found) > 1):
        firsts: dict[object, int] = {}
        for root in roots:
            fields = frozenset(_fields(forest, groups, members[root]))
            first = firsts.setdefault(fields, root)
            changed |= first != root and groups.union(first, root, same=True)
    return changed


def _fields(forest: Forest, groups: Groups, nodes: Sequence[Node]) -> set[object]:
    """What the fields of a class depend on: key, kinds, classes below, whether null, whether sometimes absent."""
    found: dict[str, tuple[set[object], list[bool]]] = {}
    keys = {key for node in nodes for key in node.fields}
    for node in nodes:
        for key in keys:
            kinds, flags = found.setdefault(key, (set(), [False]))
            for variant in node.variants:
                flags[0] |= key not in variant.fields or key in variant.missing
            for place in node.fields.get(key, ()):
                kinds |= _shape_kinds(forest, groups, place)
    return {(key, frozenset(kinds), flags[0]) for key, (kinds, flags) in found.items()}


def _shape_kinds(forest: Forest, groups: Groups, place: Place, depth: int = 0) -> set[object]:
    found: set[object] = {(depth, kind) for kind in place.scalars}
    found |= {(depth, groups.find(node.id)) for node in forest.at.get(id(place), ())}
    found |= {(depth, "empty")} if () in place.objects else set()
    values = forest.maps.get(id(place))
    for below, kind in ((place.items, "list"), (values.value if values else None, "map")):
        if below is not None:
            found |= {(depth, kind), *_shape_kinds(forest, groups, below, depth + 1)}
    return found


def _close(forest: Forest, groups: Groups) -> bool:
    """One class has one type per field: the objects under the same key of one class are of one class."""
    changed = False
    again = True
    while again:
        again = False
        first: dict[tuple[int, str, int, str], int] = {}
        for node in forest.nodes:
            root = groups.find(node.id)
            for key in node.nested:
                for depth, child in children(forest, node.fields[key][0]):
                    for tag in child.tags:
                        known = first.setdefault((root, key, depth, tag), child.id)
                        again |= groups.union(known, child.id)
        changed |= again
    return changed


def _candidates(profiles: dict[int, Profile]) -> list[tuple[int, int]]:
    """Pairs that may share enough keys: those that share one of each other's rarest (prefix filtering)."""
    frequency: dict[str, int] = defaultdict(int)
    for profile in profiles.values():
        for key in profile.keys:
            frequency[key] += 1
    rank = {
        key: place
        for place, (_, key) in enumerate(sorted((times, key) for key, times in frequency.items()))
    }
    index: dict[object, list[int]] = defaultdict(list)
    pairs: set[tuple[int, int]] = set()
    for root, profile in sorted(profiles.items()):
        ordered = sorted(profile.keys, key=rank.__getitem__)
        marks: list[object] = list(ordered[: _prefix(ANY_NAME, len(ordered))])
        short = ordered[: _prefix(SAME_NAME, len(ordered))]
        marks += [(name, key) for name in profile.names for key in short]
        for mark in marks:
            pairs.update((other, root) for other in index[mark][-MAX_RIVALS:])
            index[mark].append(root)
    return sorted(pairs)


def _prefix(part: float, size: int) -> int:
    """How many keys of one must be looked at, so that one of them is shared when that part of all keys is."""
    return size - math.ceil(part * size) + 1
