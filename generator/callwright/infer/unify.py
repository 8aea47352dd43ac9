"""Which objects, at any place of any call, are of one class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from callwright.infer.hints import ANY_STEP, OBSERVED, Hints
from callwright.infer.maps import kind_of, map_rule
from callwright.infer.observation import Observation
from callwright.infer.shapes import Place, Variant, join
from callwright.infer.variants import split, tags_of
from callwright.ir.nodes import FieldHint

SAME_NAME = 0.6
"""Objects under the same field name are one class when they share this part of their keys."""

ANY_NAME = 0.8
"""Objects under different names are one class when they share this part of their keys."""

IDENTITY_KEYS = frozenset(
    "object kind __typename @type _type $type @class _class resource_type resourceType objectType object_type".split()
)
"""Keys under which an object says what it is; objects that say different things are of different classes."""

MIN_KEYS = 3
"""Fewer keys than this say too little without the same field name."""


@dataclass(slots=True, eq=False)
class Node:
    """The objects of one class at one place. ``offset`` shifts the place's response bits to the connector's."""

    id: int
    name: str  # the wire key that leads here, empty for a root
    path: str
    call: str
    observation: str
    offset: int
    variants: list[Variant]
    role: str = "success"
    pin: str | None = None  # the class name the author gave
    parent: Node | None = None
    in_list: bool = False
    in_map: bool = False
    tag_key: str = ""  # tells it from the other kinds of object at its place
    fields: dict[str, list[Place]] = field(default_factory=dict[str, list[Place]])

    @property
    def tags(self) -> list[str]:
        """The texts at ``tag_key``; one empty text when the place holds one kind of object."""
        return sorted(tags_of(self.fields[self.tag_key])) if self.tag_key else [""]


@dataclass(slots=True, eq=False)
class MapPlace:
    """A place that is a map: its values joined, and why."""

    value: Place
    rule: str


@dataclass(slots=True)
class Forest:
    """All objects and maps of all observations.

    By the id of a place: ``at`` its nodes, ``maps`` its map, ``hints`` what the author declares of it.
    """

    nodes: list[Node] = field(default_factory=list[Node])
    at: dict[int, list[Node]] = field(default_factory=dict[int, list[Node]])
    maps: dict[int, MapPlace] = field(default_factory=dict[int, MapPlace])
    hints: dict[int, FieldHint] = field(default_factory=dict[int, FieldHint])
    keep: list[Place] = field(default_factory=list[Place])  # ids stay valid while the places live


def plant(forest: Forest, root: Place, observation: Observation, hints: Hints, offset: int) -> None:
    """Find the objects below a root place; ``offset`` is the number of responses before this observation's."""
    _Planter(forest, observation, hints, offset).visit(root, _Spot())
    if observation.model:
        for node in _shallowest(children(forest, root)):
            node.pin = observation.model


def _shallowest(found: Iterable[tuple[int, Node]]) -> list[Node]:
    every = list(found)
    return [node for depth, node in every if depth == every[0][0]]


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a place is: the wire key that leads there, its path, and what holds it."""

    name: str = ""
    path: str = "$"
    steps: tuple[str, ...] = ()
    parent: Node | None = None
    in_list: bool = False
    in_map: bool = False


@dataclass(slots=True)
class _Planter:
    forest: Forest
    observation: Observation
    hints: Hints
    offset: int

    def visit(self, place: Place, spot: _Spot) -> None:
        """Find objects and maps at and below one place."""
        self.forest.keep.append(place)
        hint = self.hints.at(spot.steps)
        if hint is not None:
            self.forest.hints[id(place)] = hint
            if hint.type not in OBSERVED:
                return
        if place.items is not None:
            below = replace(
                spot, path=f"{spot.path}[*]", steps=(*spot.steps, ANY_STEP), in_list=True
            )
            self.visit(place.items, below)
        variants = [v for keys, v in place.objects.items() if keys != ()]
        rule = _map_rule(hint, spot.name, variants)
        if rule:
            self._visit_map(place, variants, rule, spot)
        elif variants:
            self._visit_object(place, spot)

    def _visit_map(self, place: Place, variants: Sequence[Variant], rule: str, spot: _Spot) -> None:
        value = join(p for v in variants for p in v.fields.values())
        self.forest.maps[id(place)] = MapPlace(value, rule)
        below = replace(
            spot, path=f"{spot.path}.*", steps=(*spot.steps, ANY_STEP), in_list=False, in_map=True
        )
        self.visit(value, below)

    def _visit_object(self, place: Place, spot: _Spot) -> None:
        # in an order of their own: numbers of nodes must not tell which capture came first
        filled = [
            v
            for k, v in sorted(place.objects.items(), key=lambda i: sorted(i[1].fields))
            if k != ()
        ]
        key, parts = split(filled)
        empty = place.objects.get(())
        if len(parts) == 1 and empty is not None:
            parts = [[*parts[0], empty]]
        nodes = [self._node(spot, variants) for variants in parts]
        self.forest.at[id(place)] = nodes
        for node in nodes:
            node.tag_key = key
            self._visit_fields(node, spot)

    def _node(self, spot: _Spot, variants: list[Variant]) -> Node:
        node = Node(
            id=len(self.forest.nodes), name=spot.name, path=spot.path, call=self.observation.call,
            observation=self.observation.key, offset=self.offset, variants=variants,
            role=self.observation.role, parent=spot.parent, in_list=spot.in_list, in_map=spot.in_map,
        )  # fmt: skip
        self.forest.nodes.append(node)
        return node

    def _visit_fields(self, node: Node, spot: _Spot) -> None:
        for variant in node.variants:
            for key, child in variant.fields.items():
                node.fields.setdefault(key, []).append(child)
        for key, places in sorted(node.fields.items()):
            if len(places) > 1:
                node.fields[key] = places = [join(places)]
            self.visit(places[0], _Spot(key, f"{spot.path}.{key}", (*spot.steps, key), node))


def _map_rule(hint: FieldHint | None, name: str, variants: Sequence[Variant]) -> str | None:
    if hint is not None and hint.type == "map":
        return "declared in the spec"
    if hint is not None and hint.type == "object":
        return None
    return map_rule(name, variants)


class Groups:
    """A union-find over nodes. Groups that were given different names, or differ in role, are never joined."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._parent = list(range(len(nodes)))
        self._pin = [(node.role, node.pin) for node in nodes]
        self._identities = [_identities([node]) for node in nodes]

    def find(self, item: int) -> int:
        """The group of a node."""
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def union(self, a: int, b: int) -> bool:
        """Join the groups of two nodes; whether that changed anything."""
        a, b = sorted((self.find(a), self.find(b)))
        (role, pin), (other_role, other) = self._pin[a], self._pin[b]
        if a == b or role != other_role or (pin and other and pin != other):
            return False
        mine, others = self._identities[a], self._identities[b]
        if any(mine[key].isdisjoint(others[key]) for key in mine.keys() & others.keys()):
            return False
        self._identities[a] = {
            key: mine.get(key, set()) | others.get(key, set())
            for key in mine.keys() | others.keys()
        }
        self._parent[b] = a
        self._pin[a] = role, pin or other
        return True

    def pin(self, item: int) -> str | None:
        """The name the author gave to the group of a node."""
        return self._pin[self.find(item)][1]


def unify(forest: Forest) -> list[UnifiedClass]:
    """The classes: their nodes, in the order of each class's first node."""
    groups = Groups(forest.nodes)
    _join_pinned(forest, groups)
    while _round(forest, groups):
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


def _round(forest: Forest, groups: Groups) -> bool:
    changed = _close(forest, groups)
    members: dict[int, list[Node]] = defaultdict(list)
    for node in forest.nodes:
        members[groups.find(node.id)].append(node)
    profiles = {root: _Profile(nodes, forest, groups) for root, nodes in members.items()}
    for a, b in _candidates(profiles):
        if _alike(profiles[a], profiles[b]):
            changed |= groups.union(a, b)
    return changed


def _close(forest: Forest, groups: Groups) -> bool:
    """One class has one type per field: the objects under the same key of one class are of one class."""
    changed = False
    again = True
    while again:
        again = False
        first: dict[tuple[int, str, int, str], int] = {}
        for node in forest.nodes:
            root = groups.find(node.id)
            for key, places in node.fields.items():
                for depth, child in children(forest, places[0]):
                    for tag in child.tags:
                        known = first.setdefault((root, key, depth, tag), child.id)
                        again |= groups.union(known, child.id)
        changed |= again
    return changed


def children(forest: Forest, place: Place) -> Iterator[tuple[int, Node]]:
    """The nodes a place leads to, through arrays and maps, with the depth of these."""
    depth = 0
    current: Place | None = place
    while current is not None:
        for node in forest.at.get(id(current), ()):
            yield depth, node
        found = forest.maps.get(id(current))
        current = found.value if found else current.items
        depth += 1


def nodes_below(forest: Forest, place: Place, depth: int | None = None) -> Iterator[Node]:
    """The nodes a place leads to; only those at a ``depth`` of arrays and maps when it is given."""
    return (node for found, node in children(forest, place) if depth is None or found == depth)


def _identities(nodes: Iterable[Node]) -> dict[str, set[str]]:
    """By key, the texts with which the objects say what they are."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        for key, places in node.fields.items():
            if key in IDENTITY_KEYS:
                found.setdefault(key, set()).update(tags_of(places))
    return {key: texts for key, texts in found.items() if texts}


class _Profile:
    """A class so far, for comparing: names, keys, and per key the kinds and the classes below."""

    def __init__(self, nodes: Sequence[Node], forest: Forest, groups: Groups) -> None:
        self.names = {n.name for n in nodes if n.name}
        self.kinds: dict[str, set[str]] = {}
        self.below: dict[str, set[int]] = {}
        self.below_keys: dict[str, set[str]] = {}
        self.identities = _identities(nodes)
        self.ancestors: set[int] = set()
        for node in nodes:
            above = node.parent
            while above is not None:
                self.ancestors.add(groups.find(above.id))
                above = above.parent
            for key, places in node.fields.items():
                kinds = self.kinds.setdefault(key, set())
                for place in places:
                    kinds.add(kind_of(place))
                    for child in nodes_below(forest, place):
                        self.below.setdefault(key, set()).add(groups.find(child.id))
                        self.below_keys.setdefault(key, set()).update(child.fields)
        self.keys = frozenset(self.kinds)
        self.root = groups.find(nodes[0].id)

    def identities_conflict(self, other: _Profile) -> bool:
        """Whether both say what they are, and never the same."""
        return any(
            mine and theirs and not mine & theirs
            for key, mine in self.identities.items()
            if (theirs := other.identities.get(key))
        )

    def kind(self, key: str) -> set[str]:
        return self.kinds[key] - {""}


def _candidates(profiles: dict[int, _Profile]) -> list[tuple[int, int]]:
    """Pairs that share enough keys to be worth comparing, by the rarest keys of each (prefix filtering)."""
    frequency: dict[str, int] = defaultdict(int)
    for profile in profiles.values():
        for key in profile.keys:
            frequency[key] += 1
    index: dict[str, list[int]] = defaultdict(list)
    pairs: set[tuple[int, int]] = set()
    for root, profile in sorted(profiles.items()):
        ordered = sorted(profile.keys, key=lambda key: (frequency[key], key))
        prefix = ordered[: len(ordered) - int(SAME_NAME * len(ordered)) + 1]
        for key in prefix:
            pairs.update((other, root) for other in index[key])
            index[key].append(root)
    return sorted(pairs)


def _alike(a: _Profile, b: _Profile) -> bool:
    every = a.keys | b.keys
    shared = a.keys & b.keys
    if len(shared) < SAME_NAME * len(every) or a.identities_conflict(b):
        return False
    same_name = bool(a.names & b.names)
    agreeing = sum(_agree(a, b, key) for key in shared)
    if agreeing == len(every):
        related = a.root in b.ancestors or b.root in a.ancestors
        return len(every) >= MIN_KEYS or same_name or related
    if min(len(a.keys), len(b.keys)) < MIN_KEYS and not same_name:
        return False
    # a key that holds other things here and there speaks against, not only not for
    score = agreeing - (len(shared) - agreeing)
    return score >= (SAME_NAME if same_name else ANY_NAME) * len(every)


def _agree(a: _Profile, b: _Profile, key: str) -> bool:
    kinds_a, kinds_b = a.kind(key), b.kind(key)
    if not kinds_a or not kinds_b:
        return True
    if not kinds_a & kinds_b:
        return False
    if key in a.below and key in b.below:
        if a.below[key] & b.below[key]:
            return True
        keys_a, keys_b = a.below_keys[key], b.below_keys[key]
        return 2 * len(keys_a & keys_b) >= len(keys_a | keys_b)
    return True
