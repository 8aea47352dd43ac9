"""What classes are called: pinned names, then remembered ones, then by the field they stand under."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set

from callwright.infer.forest import Node
from callwright.ir.naming import attribute, attributes, pascal, singular_pascal, words

TAKEN = frozenset(
    [
        "Model",
        "BaseModel",
        "Field",
        "Tag",
        "Any",
        "Annotated",
        "Literal",
        "TypeAlias",
        "Decimal",
        "UUID",
        "ClassVar",
        "ConfigDict",
        "Discriminator",
        "Mapping",
        "Callable",
        "BeforeValidator",
        "PlainSerializer",
        "Base64",
        "DecimalNumber",
        "JsonText",
        "UnixMillis",
        "UnixSeconds",
        "UtcDatetime",
        "RootModel",
    ]
)
"""Names that the modules of models use themselves."""

_PATIENCE = 12
"""Steps up the ladder of a class after which its best name is marked instead of given up."""

_VERBS = frozenset(
    [
        "get",
        "list",
        "fetch",
        "retrieve",
        "read",
        "show",
        "find",
        "search",
        "create",
        "add",
        "new",
        "post",
        "update",
        "put",
        "patch",
        "edit",
        "modify",
        "replace",
        "upsert",
        "delete",
        "remove",
        "query",
        "lookup",
        "load",
    ]
)
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


_WRAPS = frozenset(
    [
        "Data",
        "Item",
        "Result",
        "Value",
        "Object",
        "Entry",
        "Record",
        "Element",
        "Resource",
        "Row",
        "Hit",
        "Content",
        "Payload",
        "Body",
    ]
)
"""Keys, in the singular, under which an answer holds the very thing its call is named for."""

_OWN_KEYS = frozenset(["id", "_id", "uuid", "sid", "name", "type"])
"""An answer with one of these is a thing itself and wraps none."""

_LIST_VERBS = frozenset(["list", "search", "find"])


def _thing(call: str) -> list[str]:
    """The words of what a call is named for: ``list_big_orders``, ``v1.ListBigOrder`` and ``big_orders.list`` alike."""
    parts, last = words(call), words(call.rpartition(".")[2])
    if len(last) > 1 and last[0].lower() in _VERBS:
        return last[1:]
    if len(parts) > len(last) == 1 and last[0].lower() in _VERBS:
        return parts[:-1]
    return parts


def call_name(call: str, several: bool = True) -> str:
    """The class name a call's answer suggests: ``get_invoice`` → ``Invoice``; ``several``: it is one of the things named."""
    thing = "_".join(_thing(call))
    return (singular_pascal(thing) if several else pascal(thing)) or "Response"


def _answer_name(node: Node) -> str:
    """What an answer, or what it wraps, is called after its call."""
    return call_name(node.observation, node.in_list or node.in_map)


def _envelope_name(call: str) -> str:
    """What an answer is called that holds the thing its call is named for: ``{"order": …}`` → ``OrderResponse``."""
    return pascal("_".join(_thing(call))).rstrip("_") + "Response"


def name_classes(
    classes: Sequence[Sequence[Node]],
    pins: Mapping[int, str],
    lock: Mapping[str, str],
    reserved: frozenset[str],
) -> list[str]:
    """A name for each class, all different (case aside), none reserved; the order of captures plays no part."""
    wrapped = _wrapped(classes)
    envelopes = frozenset().union(wrapped.values(), *map(_envelopes, classes))
    ladders = [_ladder(nodes, envelopes, wrapped) for nodes in classes]
    claims = [{name.lower() for name in _own_names(nodes, envelopes, wrapped)} for nodes in classes]
    names: dict[int, str] = {}
    taken = {r.lower() for r in reserved | TAKEN} | _retired(classes, lock)
    for index, name in sorted(pins.items()):
        names[index] = name
        taken.add(name.lower())
    for index, nodes in enumerate(classes):
        remembered = _remembered(nodes, lock)
        if index not in names and remembered and remembered.lower() not in taken:
            names[index] = remembered
            taken.add(remembered.lower())
    step = 0
    while len(names) < len(classes):
        wanted: dict[str, list[int]] = defaultdict(list)
        for index, ladder in enumerate(ladders):
            if index not in names:
                wanted[ladder[min(step, len(ladder) - 1)].lower()].append(index)
        for low, rivals in sorted(wanted.items()):
            if low in taken and step < _PATIENCE:
                continue
            # what a call answers is that thing, before what is only called so somewhere
            best = min(rivals, key=lambda i: (low not in claims[i], _weight(classes[i])))
            name = ladders[best][min(step, len(ladders[best]) - 1)]
            if name.lower() in taken:
                name = _apart(name, classes[best])
            names[best] = name
            taken.add(name.lower())
        step += 1
    return [names[index] for index in range(len(classes))]


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
    alive = {lock[key].lower() for node in every for key in lock_keys(node) if key in lock}
    plain = {
        f"{node.observation}:{node.path}"
        for node in every
        if lock_keys(node) != [f"{node.observation}:{node.path}"]
    }
    return {lock[key].lower() for key in plain if key in lock} - alive


def _envelopes(nodes: Sequence[Node]) -> set[int]:
    """The roots of answers that hold what their call is named for: under its name, or as a list that only wraps."""
    own = {n.id for n in nodes}
    found = {
        n.parent.id
        for n in nodes
        if n.parent is not None
        and n.parent.parent is None
        and n.parent.id not in own  # recursion: it is such an object itself
        and _word(n.name) == call_name(n.parent.observation)
    }
    return found | {n.id for n in nodes if n.parent is None and not n.in_list and _is_page(n)}


def _is_page(node: Node) -> bool:
    """Whether an answer is a page of the things its call is named for, though none was on it."""
    if not _is_plural(node.observation) or _OWN_KEYS & node.fields.keys():
        return False
    names = {*_WRAPS, call_name(node.observation)}
    return any(
        _word(key) in names and any(place.arrays for place in places)
        for key, places in node.fields.items()
    )


def name_union(nodes: Sequence[Node], taken: set[str]) -> str:
    """A name for the union of the kinds of object at one place, different from those taken (in lower case)."""
    first = min(nodes, key=lambda n: (n.path.count("."), n.observation, n.path))
    base = _label(first) if first.name else _answer_name(first)
    parent = first.parent
    above = "" if parent is None else (_label(parent) if parent.name else _answer_name(parent))
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


def _wrapped(classes: Sequence[Sequence[Node]]) -> dict[int, int]:
    """Objects that are what their call is named for, though an answer wraps them: ``{"data": [{…}]}``; → the answer's."""
    below: dict[int, list[Node]] = defaultdict(list)
    for node in (n for nodes in classes for n in nodes):
        if node.parent is not None and _word(node.name) in _WRAPS:
            below[node.parent.id].append(node)
    found: dict[int, int] = {}
    for node in (n for nodes in classes for n in nodes):
        plural = _is_plural(node.observation)
        if node.parent is None and plural is not None and not _OWN_KEYS & node.fields.keys():
            thing = _held(below, node, plural)
            if thing is not None:
                found[thing.id] = node.id
    return found


def _held(below: Mapping[int, Sequence[Node]], node: Node, plural: bool) -> Node | None:
    """The one object under a key that only wraps: items of a list for calls that answer with several things."""
    every = [n for n in below.get(node.id, ()) if not n.tag_key]
    listed = [n for n in every if n.in_list]
    plain = [n for n in every if not n.in_list]
    if not plural:
        return plain[0] if len(plain) == 1 and not listed else None
    if listed:
        return listed[0] if len(listed) == 1 else None
    return (_held(below, plain[0], True) or plain[0]) if len(plain) == 1 else None


def _is_plural(call: str) -> bool | None:
    """Whether a call is named for several things; None when it is not named for what it answers with at all."""
    thing = _thing(call)
    if singular_pascal("_".join(thing)) != pascal("_".join(thing)):
        return True
    if thing == words(call):
        return None
    return any(word.lower() in _LIST_VERBS for word in words(call) if word not in thing)


def _own_names(nodes: Sequence[Node], envelopes: Set[int], wrapped: Mapping[int, int]) -> list[str]:
    """What a class is called as what calls answer with, itself or wrapped."""
    return [
        _kind(n) + (_envelope_name(n.observation) if n.id in envelopes else _answer_name(n))
        for n in nodes
        if (n.parent is None and not n.name) or n.id in wrapped
    ]


def _ladder(nodes: Sequence[Node], envelopes: Set[int], wrapped: Mapping[int, int]) -> list[str]:
    """Names from the plainest to the most exact."""
    own = _own_names(nodes, envelopes, wrapped)
    clear = [_kind(n) + _label(n) for n in nodes if n.name and not _is_vague(n)]
    ladder: list[str] = []
    if own:
        ladder += [name for name in (_common(own), _most(own)) if name]
    ladder += _by_votes(clear)
    top = min(nodes, key=lambda n: (n.path.count("."), n.observation, n.path))
    above = {_step(n.parent, envelopes, wrapped) for n in nodes if n.parent is not None}
    trail: list[str] = []
    current: Node | None = top
    while current is not None:
        trail.insert(0, _step(current, envelopes, wrapped))
        # what says nothing says more with what it is part of, where that is always the same
        if len(trail) > 1 or not (own or clear or len(above) == 1):
            ladder.append(_joined(trail))
        if current.parent is None and current.name:
            ladder.append(_joined([call_name(current.observation), *trail]))
        current = current.parent if current.id not in wrapped else None
    whole = _joined([pascal(top.observation), *trail[1:]])
    # only an answer itself is a response
    responses = [_envelope_name(top.observation), f"{whole}Response"]
    ladder += [*(responses if top.parent is None and not top.name else [whole]), _spelled(top)]
    # pascal() marks keywords and builtins with an underscore
    return [f"{n.rstrip('_')}Value" if n.endswith("_") else n for n in ladder if n]


def _step(node: Node, envelopes: Set[int], wrapped: Mapping[int, int]) -> str:
    """An object's part in the names of what is below it."""
    if node.id in envelopes:
        return pascal("_".join(_thing(node.observation)))
    if node.id in wrapped or not node.name:
        return _kind(node) + _answer_name(node)
    return _kind(node) + _label(node)


def _spelled(node: Node) -> str:
    """The whole way from the call to an object, told apart from all others of the call."""
    parts: list[str] = []
    current: Node | None = node
    while current is not None:
        parts.insert(0, "Item" * current.path.count("[*]") + "Value" * current.path.count(".*"))
        if current.parent is not None:
            parts.insert(0, pascal(attributes(current.parent.fields)[current.name]))
        parts.insert(0, _kind(current))
        current = current.parent
    return pascal(node.observation) + "".join(part.rstrip("_") for part in parts)


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


def _word(key: str) -> str:
    return singular_pascal(key) or pascal(attribute(key))


def _label(node: Node) -> str:
    """The key of an object as a name: in the singular where it is one of several."""
    return (
        _word(node.name)
        if node.in_list or node.in_map
        else pascal(node.name, "") or _word(node.name)
    )


def _is_vague(node: Node) -> bool:
    """Whether the key of an object says nothing of what it is, or it only wraps what has such keys."""
    return _word(node.name) in _VAGUE or all(_word(key) in _VAGUE for key in node.fields)


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
    return "".join(best) if "".join(best) not in _VAGUE else ""


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
