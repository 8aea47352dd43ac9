"""Classes so far, compared: do their objects look like objects of one class?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache

from callwright.infer.classes.maps import kind_of
from callwright.infer.classes.object_index import Fact, Forest, Node, Texts, children
from callwright.infer.classes.variants import tags_of
from callwright.infer.seen.shapes import Place

SAME_NAME = 0.5
"""Objects under the same field name are one class when they share this part of their keys."""

ANY_NAME = 0.8
"""Objects under different names are one class when they share this part of their keys."""

OTHER_ITEMS = 2
"""A key that lists objects of other classes counts so much against two objects being alike."""

SAME_BELOW = 0.5
"""Objects under the same key of two classes agree when they share this part of their keys."""

_ERROR = "\0error"

MIN_KEYS = 3
"""Fewer keys than this say too little without the same field name."""


def identities_of(nodes: Iterable[Node]) -> dict[str, set[str]]:
    """By key, the texts with which the objects say what they are, or by which kinds at one place are told apart."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        for key in node.identity_keys:
            found.setdefault(key, set()).update(tags_of(node.fields[key]))
    return {key: texts for key, texts in found.items() if texts} if found else found


def own_tags_of(nodes: Iterable[Node]) -> dict[str, set[str]]:
    """By key, the few texts that may be the kind of the objects; a key that holds more tells nothing."""
    found: dict[str, set[str]] = {}
    vague: set[str] = set()
    for node in nodes:
        for key in node.own_tags:
            texts = tags_of(node.fields[key])
            found.setdefault(key, set()).update(texts)
            if not texts:
                vague.add(key)
    return {key: texts for key, texts in found.items() if key not in vague}


def add_texts(known: dict[str, set[str]], more: dict[str, set[str]]) -> None:
    for key, texts in more.items():
        known.setdefault(key, set()).update(texts)


def conflict(a: dict[str, set[str]], b: dict[str, set[str]]) -> bool:
    """Whether both say what they are, and never the same."""
    return any(a[key].isdisjoint(b[key]) for key in a.keys() & b.keys())


class Profile:
    """A class so far, for comparing: names, keys, and per key the kinds and the classes below."""

    def __init__(self, nodes: Sequence[Node], forest: Forest) -> None:
        # what errors answer with is the same thing under every error
        self.names = {n.name or _ERROR for n in nodes if n.name or n.role == "error"}
        self.identities = identities_of(nodes)
        self.own_tags = own_tags_of(nodes)
        self.kinds: dict[str, frozenset[str]] = {}
        self.below: dict[str, Below] = {}
        self.nested = {key for node in nodes for key in node.nested}
        self.group = -1
        self.nodes = nodes
        for node in nodes:
            self._note(node, forest)
        self.keys = frozenset(self.kinds)

    def _note(self, node: Node, forest: Forest) -> None:
        for key, kinds, found in facts_of(node, forest):
            known = self.kinds.get(key, kinds)
            self.kinds[key] = known if kinds <= known else known | kinds
            for child, identities, own_tags in found:
                below = self.below.get(key)
                if below is None:
                    below = self.below[key] = Below()
                below.nodes.append(child.id)
                below.always = always_in(child) & (
                    below.always if below.keys else child.fields.keys()
                )
                below.keys.update(child.fields)
                below.nested.update(child.nested)
                if identities:
                    add_texts(below.identities, identities)
                if own_tags:
                    add_texts(below.own_tags, own_tags)

    def refresh(self, group_of: Callable[[int], int]) -> None:
        """Learn which nodes are of one class by now."""
        self.group = group_of(self.nodes[0].id)
        for below in self.below.values():
            below.groups = set(map(group_of, below.nodes))

    def is_under(self, group: int, group_of: Callable[[int], int]) -> bool:
        """Whether one of the objects stands somewhere inside an object of a group."""
        for node in self.nodes:
            above = node.parent
            while above is not None:
                if group_of(above.id) == group:
                    return True
                above = above.parent
        return False

    @property
    def signature(self) -> object:
        """What two classes that do not differ have in common."""
        said = frozenset((key, frozenset(texts)) for key, texts in self.identities.items())
        return frozenset(self.kinds.items()), frozenset(self.below), said

    def lists(self) -> dict[str, Below]:
        """The keys that hold lists of objects, and what these are."""
        return {key: below for key, below in self.below.items() if self.kinds[key] == {"array"}}


def facts_of(node: Node, forest: Forest) -> list[Fact]:
    """What is below each key of a node; it never changes, so it is found once."""
    known = forest.facts.get(node.id)
    if known is None:
        known = forest.facts[node.id] = [
            (key, _all_kinds(places), _nodes_in(forest, places))
            for key, places in node.fields.items()
        ]
    return known


def always_in(node: Node) -> frozenset[str]:
    """The keys that every object has."""
    return frozenset(node.fields).intersection(
        *(variant.fields.keys() - variant.missing.keys() for variant in node.variants)
    )


def _nodes_in(forest: Forest, places: Sequence[Place]) -> list[tuple[Node, Texts, Texts]]:
    return [
        (node, identities_of([node]), own_tags_of([node]))
        for place in places
        for _, node in children(forest, place)
        if node.fields
    ]


def _all_kinds(places: Sequence[Place]) -> frozenset[str]:
    if len(places) == 1:
        return _kinds(places[0])
    return frozenset(kind for place in places for kind in _kinds(place))


def _kinds(place: Place) -> frozenset[str]:
    """The kind of a place; texts that are dates are another kind than texts that are not."""
    if not place.arrays and not place.objects:
        return _scalar_kinds(tuple(place.scalars))
    return frozenset({kind_of(place)} - {""})


@lru_cache(1024)
def _scalar_kinds(scalars: tuple[str, ...]) -> frozenset[str]:
    kind = kind_of(Place(scalars=dict.fromkeys(scalars, 1)))
    return frozenset((set(scalars) - {"null"} if kind == "str" else {kind}) - {""})


@dataclass(slots=True)
class Below:
    """The objects under one key: their classes so far, their keys, what they say they are."""

    nodes: list[int] = field(default_factory=lambda: [])
    groups: set[int] = field(default_factory=lambda: set())
    keys: set[str] = field(default_factory=lambda: set())
    always: frozenset[str] = frozenset()  # in every one of them
    nested: set[str] = field(default_factory=lambda: set())  # those that hold objects or lists
    identities: dict[str, set[str]] = field(default_factory=lambda: {})
    own_tags: dict[str, set[str]] = field(default_factory=lambda: {})

    def agrees(self, other: Below) -> bool:
        """Whether these may be objects of one class."""
        if self.groups & other.groups:
            return True
        if conflict(self.identities, other.identities):
            return False
        if self.keys != other.keys and conflict(self.own_tags, other.own_tags):
            return False
        if _links(self, other) or _links(other, self):
            return False
        if SAME_BELOW * len(self.keys | other.keys) <= len(self.keys & other.keys):
            return True
        return self.takes(other) or other.takes(self)

    def takes(self, other: Below) -> bool:
        """Whether the other objects are like some of these, whose keys come and go."""
        return self.always <= other.always and other.keys <= self.keys

    def add(self, other: Below) -> None:
        """Take in what another knows."""
        self.groups |= other.groups
        self.always = self.always & other.always if self.keys else other.always
        self.keys |= other.keys
        self.nested |= other.nested
        add_texts(self.identities, other.identities)
        add_texts(self.own_tags, other.own_tags)


def likeness(a: Profile, b: Profile, group_of: Callable[[int], int]) -> float:
    """How alike two classes are, from 0 (not at all: they stay two) to 1. A key without a value counts half."""
    if not a.keys or not b.keys:
        return 0.0
    every = a.keys | b.keys
    shared = a.keys & b.keys
    same_name = not a.names.isdisjoint(b.names)
    least = (SAME_NAME if same_name else ANY_NAME) * len(every)
    if len(shared) < least or conflict(a.identities, b.identities):
        return 0.0
    if lists_apart(a.lists(), a.keys, b.lists(), b.keys):
        return 0.0
    agreeing = [key for key in shared if _agree(a, b, key)]
    if len(agreeing) == len(every):
        alike = len(every) >= MIN_KEYS or same_name
        alike = alike or b.is_under(a.group, group_of) or a.is_under(b.group, group_of)
    elif (
        _links(a, b)
        or _links(b, a)
        or _other_kind(a, b)
        or (min(len(a.keys), len(b.keys)) < MIN_KEYS and not same_name)
    ):
        alike = False
    else:
        # lists of other things say that these are envelopes of other things
        score = len(agreeing) - OTHER_ITEMS * other_items(a.lists(), b.lists())
        alike = score >= least
    blank = sum(not a.kinds[key] or not b.kinds[key] or _empty(a, b, key) for key in agreeing)
    return (len(agreeing) - blank / 2) / len(every) if alike else 0.0


def _links(link: Profile | Below, thing: Profile | Below) -> bool:
    """Whether objects only link to things like the others: they say what these are, and lack what they hold.

    A type and an id (``{"type": "people", "id": "1"}``) are a link, and so is what names kinds that the things are not.
    """
    if not link.keys < thing.keys or thing.nested <= link.keys:
        return False
    tags = thing.own_tags
    said = [(key, texts) for key, texts in link.own_tags.items() if key in tags]
    return any(len(link.keys) < MIN_KEYS or not texts <= tags[key] for key, texts in said)


def _other_kind(a: Profile, b: Profile) -> bool:
    """Whether objects call themselves differently; plain records that are nearly alike are of one kind all the same."""
    if not conflict(a.own_tags, b.own_tags):
        return False
    return bool(a.below or b.below) or len(a.keys & b.keys) < ANY_NAME * len(a.keys | b.keys)


def lists_apart(
    a: Mapping[str, Below], a_keys: Set[str], b: Mapping[str, Below], b_keys: Set[str]
) -> bool:
    """Whether each lists objects under a key that the other lacks: pages of different things."""
    return bool(a.keys() - b_keys and b.keys() - a_keys)


def _empty(a: Profile, b: Profile, key: str) -> bool:
    return (key in a.below) != (key in b.below)


def _agree(a: Profile, b: Profile, key: str) -> bool:
    kinds_a, kinds_b = a.kinds[key], b.kinds[key]
    if not kinds_a or not kinds_b:
        return True
    if not kinds_a & kinds_b:
        return False
    return key not in a.below or key not in b.below or a.below[key].agrees(b.below[key])


def other_items(a: Mapping[str, Below], b: Mapping[str, Below]) -> int:
    """How many keys list objects of other classes in the one than in the other."""
    return sum(not a[key].agrees(b[key]) for key in a.keys() & b.keys())
