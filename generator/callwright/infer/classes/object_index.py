"""All objects of all observations: where they stand, what is a map, and which kinds of object share a place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from callwright.infer.author.hints import ANY_STEP, Hints, declared, spelled_step
from callwright.infer.classes.maps import map_rule
from callwright.infer.classes.variants import split, tags_of
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.shapes import Place, Variant, join
from callwright.infer.seen.tags import is_own_tag
from callwright.ir.nodes import FieldHint

IDENTITY_KEYS = frozenset(
    [
        "object",
        "kind",
        "__typename",
        "@type",
        "_type",
        "$type",
        "@class",
        "_class",
        "resource_type",
        "resourceType",
        "objectType",
        "object_type",
    ]
)
"""Keys under which an object says what it is; objects that say different things are of different classes."""


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
    fields: dict[str, list[Place]] = field(default_factory=lambda: {})
    identity_keys: list[str] = field(default_factory=lambda: [])  # keys that say what it is
    own_tags: list[str] = field(default_factory=lambda: [])  # keys that may name its kind
    nested: list[str] = field(default_factory=lambda: [])  # keys that hold objects or lists

    @property
    def tags(self) -> list[str]:
        """The texts at ``tag_key``; one empty text when the place holds one kind of object."""
        return sorted(tags_of(self.fields[self.tag_key])) if self.tag_key else [""]


@dataclass(slots=True, eq=False)
class MapPlace:
    """A place that is a map: its values joined, and why."""

    value: Place
    rule: str


Texts: TypeAlias = "dict[str, set[str]]"
Fact: TypeAlias = "tuple[str, frozenset[str], list[tuple[Node, Texts, Texts]]]"
"""Of one key of a node: the kinds of its values, and the nodes below with what these say they are and what kind."""


@dataclass(slots=True)
class Forest:
    """All objects and maps of all observations.

    By the id of a place: ``at`` its nodes, ``maps`` its map, ``hints`` what the author declares of it.
    """

    nodes: list[Node] = field(default_factory=lambda: [])
    at: dict[int, list[Node]] = field(default_factory=lambda: {})
    maps: dict[int, MapPlace] = field(default_factory=lambda: {})
    hints: dict[int, FieldHint] = field(default_factory=lambda: {})
    facts: dict[int, list[Fact]] = field(default_factory=lambda: {})
    keep: list[Place] = field(default_factory=lambda: [])  # ids stay valid while the places live
    roots: dict[str, str] = field(default_factory=lambda: {})  # observation → what is returned

    def spelled(self, node: Node) -> str:
        """Where objects stand, rooted at the body and written as paths of the spec (values of maps ``.*``)."""
        above = node.parent
        if above is None:
            return self.roots.get(node.observation, "$") + node.path[1:]
        inside = node.path[len(above.path) + len(node.name) + 1 :]
        return self.spelled(above) + spelled_step(node.name) + inside


def drop_empty(forest: Forest, nodes: Iterable[Node]) -> None:
    """Forget objects that were only ever empty: they are no class."""
    gone = {node.id for node in nodes}
    for place, found in forest.at.items():
        forest.at[place] = [node for node in found if node.id not in gone]


def plant(forest: Forest, root: Place, observation: Observation, hints: Hints, offset: int) -> None:
    """Find the objects below a root place; ``offset`` is the number of responses before this observation's."""
    if observation.select is not None:
        forest.roots[observation.key] = hints.root
    declares = bool(hints.by_steps or hints.spread or hints.outside)
    _Planter(forest, observation, hints, offset, declares).visit(root, _Spot())
    if observation.model:
        for node in _shallowest(children(forest, root)):
            node.pin = observation.model


def _shallowest(found: Iterable[tuple[int, Node]]) -> list[Node]:
    every = list(found)
    return [node for depth, node in every if depth == every[0][0]]


class _Spot(NamedTuple):
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
    declares: bool  # whether hints say anything: if not, there is nothing to find out at values without insides

    def visit(self, place: Place, spot: _Spot) -> None:
        """Find objects and maps at and below one place."""
        self.forest.keep.append(place)
        hint = self.hints.at(spot.steps)
        if hint is not None:
            self.forest.hints[id(place)] = hint
            if declared(hint) is not None:
                return
        if place.items is not None:
            below = spot._replace(
                path=f"{spot.path}[*]", steps=(*spot.steps, ANY_STEP), in_list=True
            )
            self.visit(place.items, below)
        if not place.objects:
            return
        variants = [v for keys, v in place.objects.items() if keys != ()]
        rule = _map_rule(hint, "" if spot.in_list else spot.name, variants) if variants else None
        if rule:
            self._visit_map(place, variants, rule, spot)
        else:
            self._visit_object(place, spot)

    def _visit_map(self, place: Place, variants: Sequence[Variant], rule: str, spot: _Spot) -> None:
        value = join(p for v in variants for p in v.fields.values())
        self.forest.maps[id(place)] = MapPlace(value, rule)
        below = spot._replace(
            path=f"{spot.path}.*", steps=(*spot.steps, ANY_STEP), in_list=False, in_map=True
        )
        self.visit(value, below)

    def _visit_object(self, place: Place, spot: _Spot) -> None:
        # in an order of their own: numbers of nodes must not tell which capture came first
        kinds = list(place.objects.items())
        if len(kinds) > 1:
            kinds.sort(key=lambda i: (sorted(i[1].fields), i[0] or ()))
        filled = [v for k, v in kinds if k != ()]
        key, parts = split(filled)
        empty = place.objects.get(())
        if len(parts) == 1 and empty is not None:
            # an object without keys lacks all that others of its class have
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
        node.identity_keys = [
            k for k in node.fields if k in IDENTITY_KEYS or (k and k == node.tag_key)
        ]
        node.own_tags = list(filter(is_own_tag, node.fields))
        for key, places in sorted(node.fields.items()):
            if len(places) > 1:
                node.fields[key] = places = [join(places)]
            place = places[0]
            if place.objects or place.items is not None:
                node.nested.append(key)
            elif not self.declares:
                self.forest.keep.append(place)
                continue
            self.visit(place, _Spot(key, f"{spot.path}.{key}", (*spot.steps, key), node))


def _map_rule(hint: FieldHint | None, name: str, variants: Sequence[Variant]) -> str | None:
    if hint is not None and hint.type == "map":
        return "declared in the spec"
    if hint is not None and hint.type == "object":
        return None
    return map_rule(name, variants)


def children(forest: Forest, place: Place) -> Iterable[tuple[int, Node]]:
    """The nodes a place leads to, through arrays and maps, with the depth of these."""
    # most places hold a scalar, and are asked often
    return _children(forest, place) if place.objects or place.items else ()


def _children(forest: Forest, place: Place) -> Iterator[tuple[int, Node]]:
    depth = 0
    current: Place | None = place
    while current is not None:
        for node in forest.at.get(id(current), ()):
            yield depth, node
        found = forest.maps.get(id(current))
        current = found.value if found else current.items
        depth += 1
