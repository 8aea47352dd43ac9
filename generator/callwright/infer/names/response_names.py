"""What an answer is named for by its call, and where in it that stands: the answer itself, or what it only wraps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from callwright.infer.classes.object_index import Node
from callwright.ir.naming import attribute, pascal, singular_pascal, words

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


def thing_of(call: str) -> list[str]:
    """The words of what a call is named for: ``list_big_orders``, ``v1.ListBigOrder`` and ``big_orders.list`` alike."""
    parts, last = words(call), words(call.rpartition(".")[2])
    if len(last) > 1 and last[0].lower() in _VERBS:
        return last[1:]
    if len(parts) > len(last) == 1 and last[0].lower() in _VERBS:
        return parts[:-1]
    return parts


def call_name(call: str, several: bool = True) -> str:
    """The class name a call's answer suggests: ``get_invoice`` → ``Invoice``; ``several``: it is one of the things named."""
    thing = "_".join(thing_of(call))
    return (singular_pascal(thing) if several else pascal(thing)) or "Response"


def answer_name(node: Node) -> str:
    """What an answer, or what it wraps, is called after its call."""
    return call_name(node.observation, node.in_list or node.in_map)


def envelope_name(call: str) -> str:
    """What an answer is called that holds the thing its call is named for: ``{"order": …}`` → ``OrderResponse``."""
    return pascal("_".join(thing_of(call))).rstrip("_") + "Response"


def envelopes_of(nodes: Sequence[Node]) -> set[int]:
    """The roots of answers that hold what their call is named for: under its name, or as a list that only wraps."""
    own = {n.id for n in nodes}
    found = {
        n.parent.id
        for n in nodes
        if n.parent is not None
        and n.parent.parent is None
        and n.parent.id not in own  # recursion: it is such an object itself
        and word(n.name) == call_name(n.parent.observation)
    }
    return found | {n.id for n in nodes if n.parent is None and not n.in_list and _is_page(n)}


def _is_page(node: Node) -> bool:
    """Whether an answer is a page of the things its call is named for, though none was on it."""
    if not is_plural(node.observation) or _OWN_KEYS & node.fields.keys():
        return False
    names = {*_WRAPS, call_name(node.observation)}
    return any(
        word(key) in names and any(place.arrays for place in places)
        for key, places in node.fields.items()
    )


def wrapped(classes: Sequence[Sequence[Node]]) -> dict[int, int]:
    """Objects that are what their call is named for, though an answer wraps them: ``{"data": [{…}]}``; → the answer's."""
    below: dict[int, list[Node]] = defaultdict(list)
    for node in (n for nodes in classes for n in nodes):
        if node.parent is not None and word(node.name) in _WRAPS:
            below[node.parent.id].append(node)
    found: dict[int, int] = {}
    for node in (n for nodes in classes for n in nodes):
        plural = is_plural(node.observation)
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


def is_plural(call: str) -> bool | None:
    """Whether a call is named for several things; None when it is not named for what it answers with at all."""
    thing = thing_of(call)
    if singular_pascal("_".join(thing)) != pascal("_".join(thing)):
        return True
    if thing == words(call):
        return None
    return any(word.lower() in _LIST_VERBS for word in words(call) if word not in thing)


def word(key: str) -> str:
    return singular_pascal(key) or pascal(attribute(key))
