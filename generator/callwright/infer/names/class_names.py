"""What classes are called: pinned names, then remembered ones, then by the field they stand under."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from callwright.infer.classes.object_index import Node
from callwright.infer.names.response_names import (
    answer_name,
    call_name,
    envelope_name,
    envelopes_of,
    thing_of,
    word,
    wrapped,
)
from callwright.ir.naming import attributes, pascal, words
from callwright.ir.taken import MODELS

TAKEN = MODELS
"""Names that the modules of models use themselves."""

_PATIENCE = 12
"""Steps up the ladder of a class after which its best name is marked instead of given up."""

_VAGUE = frozenset(
    [
        "Data",
        "Item",
        "Result",
        "Value",
        "Object",
        "Node",
        "Edge",
        "Attribute",
        "Detail",
        "Info",
        "Content",
        "Entry",
        "Record",
        "Element",
        "Response",
        "Body",
        "Payload",
        "Output",
        "Field",
        "Property",
        "Meta",
        "Type",
        "Root",
        "Model",
        "List",
        "Items",
        "Results",
        "Embedded",
        "Link",
        "Option",
        "Config",
        "Setting",
        "Param",
        "Total",
        "Resource",
        "Relationship",
        "Row",
        "Hit",
        "Obj",
        "Self",
        "Parent",
        "Child",
        "Next",
        "Previous",
        "Prev",
    ]
)


def name_classes(
    classes: Sequence[Sequence[Node]],
    pins: Mapping[int, str],
    lock: Mapping[str, str],
    reserved: frozenset[str],
) -> list[str]:
    """A name for each class, all different (case aside), none reserved; the order of captures plays no part."""
    answers, owned = _answers(classes)
    ladders = [_ladder(nodes, own, answers) for nodes, own in zip(classes, owned, strict=True)]
    claims = [{name.lower() for name in own} for own in owned]
    names: dict[int, str] = {}
    taken = {r.lower() for r in reserved | TAKEN} | _retired(classes, lock)
    for index, name in sorted(pins.items()):
        names[index] = name
        taken.add(name.lower())

    def claim(index: int, low: str) -> tuple[bool, int, str]:
        # what a call answers is that thing, before what is only called so somewhere
        return (low not in claims[index], *_weight(classes[index]))

    remembered: dict[str, list[int]] = defaultdict(list)
    for index, nodes in enumerate(classes):
        known = _remembered(nodes, lock)
        if index not in names and known and known.lower() not in taken:
            remembered[known].append(index)
    for known, rivals in remembered.items():
        low = known.lower()
        if low not in taken:
            names[min(rivals, key=lambda i: claim(i, low))] = known
            taken.add(low)
    step = 0
    while len(names) < len(classes):
        wanted: dict[str, list[int]] = defaultdict(list)
        for index, ladder in enumerate(ladders):
            if index not in names:
                wanted[ladder[min(step, len(ladder) - 1)].lower()].append(index)
        for low, rivals in sorted(wanted.items()):
            if low in taken and step < _PATIENCE:
                continue
            best = min(rivals, key=lambda i: claim(i, low))
            name = ladders[best][min(step, len(ladders[best]) - 1)]
            if name.lower() in taken:
                name = _apart(name, classes[best])
            names[best] = name
            taken.add(name.lower())
        step += 1
    return [names[index] for index in range(len(classes))]


@dataclass(frozen=True, slots=True)
class _Answers:
    """What calls answer with, by the id of a node: ``envelopes`` around a thing, what is ``inside`` of them, and the
    ``titles`` of objects of a class that calls answer with, wherever these stand."""

    envelopes: Set[int]
    inside: Mapping[int, int]
    titles: Mapping[int, str]


def _answers(classes: Sequence[Sequence[Node]]) -> tuple[_Answers, list[list[str]]]:
    """The same of all classes, and what each class is called as what calls answer with, itself or wrapped."""
    inside = wrapped(classes)
    envelopes = frozenset().union(inside.values(), *map(envelopes_of, classes))
    owned = [
        [
            _kind(n) + (envelope_name(n.observation) if n.id in envelopes else answer_name(n))
            for n in nodes
            if (n.parent is None and not n.name) or n.id in inside
        ]
        for nodes in classes
    ]
    titles = {
        node.id: _most(own)
        for nodes, own in zip(classes, owned, strict=True)
        if len(set(own)) == 1
        for node in nodes
        if not node.tag_key and node.id not in envelopes
    }
    return _Answers(envelopes, inside, titles), owned


def lock_keys(node: Node) -> list[str]:
    """What an object's name is remembered under: its place, and where several kinds share a place, each of its tags."""
    kinds: list[list[str]] = []
    current: Node | None = node
    while current is not None:
        if current.tag_key:
            kinds.insert(0, [f"[{current.tag_key}={tag}]" for tag in current.tags])
        current = current.parent
    place = f"{node.observation}:{node.path}"
    return [place + "".join(tags) for tags in itertools.product(*kinds)]


def _retired(classes: Sequence[Sequence[Node]], lock: Mapping[str, str]) -> set[str]:
    """Names (in lower case) of classes that became several kinds: no other class may have them, or code would mean it."""
    every = [node for nodes in classes for node in nodes]
    if not lock or not any(node.tag_key for node in every):
        return set()
    alive = {lock[key].lower() for node in every for key in lock_keys(node) if key in lock}
    plain = {f"{node.observation}:{node.path}" for node in every}
    plain -= {key for node in every for key in lock_keys(node)}
    return {lock[key].lower() for key in plain if key in lock} - alive


def name_union(nodes: Sequence[Node], taken: set[str]) -> str:
    """A name for the union of the kinds of object at one place, different from those taken (in lower case)."""
    first = min(nodes, key=lambda n: (n.path.count("."), n.observation, n.path))
    base = _label(first) if first.name else answer_name(first)
    parent = first.parent
    above = "" if parent is None else (_label(parent) if parent.name else answer_name(parent))
    choices = [
        base,
        f"Any{base}",
        _joined([above, base]),
        f"Any{_joined([above, base])}",
        _joined([pascal(first.observation), base]),
    ]
    name = next((c for c in choices if c and c.lower() not in taken), "")
    while not name or name.lower() in taken:
        name = f"Any{name or base}"
    taken.add(name.lower())
    return name


def _weight(nodes: Sequence[Node]) -> tuple[int, str]:
    return (-len(nodes), min(n.observation + n.path for n in nodes))


def _remembered(nodes: Sequence[Node], lock: Mapping[str, str]) -> str | None:
    votes = Counter(lock[key] for n in nodes for key in lock_keys(n) if key in lock)
    return min(votes, key=lambda name: (-votes[name], name)) if votes else None


def _ladder(nodes: Sequence[Node], own: Sequence[str], answers: _Answers) -> list[str]:
    """Names from the plainest to the most exact; ``own``: what it is called as what calls answer with."""
    clear = [_kind(n) + _label(n) for n in nodes if n.name and not _is_vague(n)]
    ladder: list[str] = []
    if own:
        ladder += [name for name in (_common(own), _most(own)) if name]
    ladder += _by_votes(clear)
    top = min(nodes, key=lambda n: (n.path.count("."), n.observation, n.path))
    above = {_step(n.parent, answers) for n in nodes if n.parent is not None}
    trail: list[str] = []
    current: Node | None = top
    while current is not None:
        trail.insert(0, _step(current, answers))
        # what says nothing says more with what it is part of, where that is always the same
        if len(trail) > 1 or not (own or clear or len(above) == 1):
            ladder.append(_joined(trail))
        if current.parent is None and current.name:
            ladder.append(_joined([call_name(current.observation), *trail]))
        current = current.parent if current.id not in answers.inside else None
    whole = _joined([pascal(top.observation), *trail[1:]])
    # only an answer itself is a response
    responses = [envelope_name(top.observation), f"{whole}Response"]
    ladder += [*(responses if top.parent is None and not top.name else [whole]), _spelled(top)]
    # pascal() marks keywords and builtins with an underscore
    return [f"{n.rstrip('_')}Value" if n.endswith("_") else n for n in ladder if n]


def _step(node: Node, answers: _Answers) -> str:
    """An object's part in the names of what is below it."""
    if node.id in answers.titles:
        return answers.titles[node.id]
    if node.id in answers.envelopes:
        return pascal("_".join(thing_of(node.observation)))
    if node.id in answers.inside or not node.name:
        return _kind(node) + answer_name(node)
    return _kind(node) + _label(node)


def _spelled(node: Node) -> str:
    """The whole way from the call to an object, told apart from all others of the call."""
    parts: list[str] = []
    current: Node | None = node
    while current is not None:
        parts.insert(0, "Item" * current.path.count("[*]") + "Value" * current.path.count(".*"))
        if current.parent is not None:
            parts.insert(0, pascal(_attributes(tuple(current.parent.fields))[current.name]))
        parts.insert(0, _kind(current))
        current = current.parent
    return pascal(node.observation) + "".join(part.rstrip("_") for part in parts)


@lru_cache(64)
def _attributes(keys: tuple[str, ...]) -> Mapping[str, str]:
    """As attributes(), which is asked about the same object for each of those in it."""
    return attributes(keys)


def _apart(name: str, nodes: Sequence[Node]) -> str:
    """A name that is like no other: with letters made of where its objects stand (never a number that counts)."""
    places = "|".join(sorted(f"{n.observation}{n.path}{n.tags}" for n in nodes))
    digest = hashlib.sha256(places.encode("utf-8", "surrogatepass")).digest()
    return name + "".join(
        chr(ord("A" if i == 0 else "a") + byte % 26) for i, byte in enumerate(digest[:6])
    )


def _kind(node: Node) -> str:
    """What tells the object from others at its place: ``section`` in a list of blocks → ``Section``."""
    return pascal(node.tags[0], "") if node.tag_key else ""


def _label(node: Node) -> str:
    """The key of an object as a name: in the singular where it is one of several."""
    return (
        word(node.name) if node.in_list or node.in_map else pascal(node.name, "") or word(node.name)
    )


def _is_vague(node: Node) -> bool:
    """Whether the key of an object says nothing of what it is, or it only wraps what has such keys."""
    return word(node.name) in _VAGUE or all(word(key) in _VAGUE for key in node.fields)


def _joined(trail: Sequence[str]) -> str:
    """Names one after another, words that end one and begin the next only once: Order, OrderLine → OrderLine."""
    out: list[str] = []
    for part in trail:
        parts = words(part)
        longest = range(min(len(out), len(parts)), -1, -1)
        # the last of these is nothing at all, which ends and begins everything
        shared = next(n for n in longest if out[len(out) - n :] == parts[:n])
        out += parts[shared:]
    name = "".join(out)
    return f"{name}_" if pascal(name).endswith("_") else name


def _common(names: Sequence[str]) -> str:
    """The words that several different names begin or end with: DeletedCard, DeletedPlan → Deleted."""
    every = sorted({tuple(words(name)) for name in names})
    if len(every) < 2:
        return ""
    front, back = every[0], every[0]
    for parts in every[1:]:
        front = tuple(a for a, b in _while_equal(front, parts))
        back = tuple(a for a, b in _while_equal(back[::-1], parts[::-1]))[::-1]
    best = max(front, back, key=len)
    joined = "".join(best)
    # what names end with may begin within a word: X3pid, Y3pid → pid
    name = joined if joined[:1].isupper() else pascal(joined, "")
    return name if name not in _VAGUE else ""


def _by_votes(names: Sequence[str]) -> list[str]:
    """The names, the most common first; one that ends others has their votes: Kv of PrevKv, Address of BillingAddress."""
    votes = Counter(names)
    parts = {name: words(name) for name in votes}

    def count(name: str) -> int:
        return sum(
            n for other, n in votes.items() if parts[other][-len(parts[name]) :] == parts[name]
        )

    return sorted(votes, key=lambda name: (-count(name), name))


def _while_equal(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[str, str]]:
    return itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))


def _most(names: Sequence[str]) -> str:
    votes = Counter(names)
    return min(votes, key=lambda name: (-votes[name], len(name), name))
