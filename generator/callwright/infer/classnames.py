"""What classes are called: pinned names, then remembered ones, then by the field they stand under."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

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
        "Option",
        "Config",
        "Setting",
        "Param",
        "Total",
        "Resource",
        "Object",
        "Obj",
        "Self",
        "Parent",
        "Child",
        "Next",
        "Previous",
        "Prev",
    ]
)


def call_name(call: str) -> str:
    """The class name a call's answer suggests: ``list_customers`` → ``Customer``, ``get_invoice`` → ``Invoice``."""
    parts = words(call)
    if len(parts) > 1 and parts[0].lower() in _VERBS:
        return singular_pascal("_".join(parts[1:]))
    return pascal("_".join(parts)) if parts else "Response"


def name_classes(
    classes: Sequence[Sequence[Node]],
    pins: Mapping[int, str],
    lock: Mapping[str, str],
    reserved: frozenset[str],
) -> list[str]:
    """A name for each class, all different (case aside), none reserved; the order of captures plays no part."""
    ladders = [_ladder(nodes) for nodes in classes]
    names: dict[int, str] = {}
    taken = {r.lower() for r in reserved | TAKEN}
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
            best = min(rivals, key=lambda i: _weight(classes[i]))
            name = ladders[best][min(step, len(ladders[best]) - 1)]
            if name.lower() in taken:
                name = _apart(name, classes[best])
            names[best] = name
            taken.add(name.lower())
        step += 1
    return [names[index] for index in range(len(classes))]


def name_union(nodes: Sequence[Node], taken: set[str]) -> str:
    """A name for the union of the kinds of object at one place, different from those taken (in lower case)."""
    first = min(nodes, key=lambda n: (n.path.count("."), n.observation, n.path))
    base = _word(first.name) if first.name else call_name(first.observation)
    parent = first.parent
    above = (
        ""
        if parent is None
        else (_word(parent.name) if parent.name else call_name(parent.observation))
    )
    choices = [
        base,
        f"Any{base}",
        f"{above}{base}",
        f"Any{above}{base}",
        f"{pascal(first.observation)}{base}",
    ]
    name = next((c for c in choices if c and c.lower() not in taken), "")
    while not name or name.lower() in taken:
        name = f"Any{name or base}"
    taken.add(name.lower())
    return name


def _weight(nodes: Sequence[Node]) -> tuple[int, str]:
    return (-len(nodes), min(n.observation + n.path for n in nodes))


def _remembered(nodes: Sequence[Node], lock: Mapping[str, str]) -> str | None:
    votes = Counter(lock[p] for p in (f"{n.observation}:{n.path}" for n in nodes) if p in lock)
    return min(votes, key=lambda name: (-votes[name], name)) if votes else None


def _ladder(nodes: Sequence[Node]) -> list[str]:
    """Names from the plainest to the most exact."""
    own = [_kind(n) + call_name(n.observation) for n in nodes if n.parent is None and not n.name]
    fields = [_kind(n) + _word(n.name) for n in nodes if n.name]
    clear = [name for name in fields if name and name not in _VAGUE]
    ladder: list[str] = []
    if own:
        ladder += [name for name in (_common(own), _most(own)) if name]
    if clear:
        ladder += [name for name, _ in sorted(Counter(clear).items(), key=lambda i: (-i[1], i[0]))]
    top = min(nodes, key=lambda n: (n.path.count("."), n.observation, n.path))
    trail: list[str] = []
    current: Node | None = top
    while current is not None:
        plain = _word(current.name) if current.name else call_name(current.observation)
        trail.insert(0, _kind(current) + plain)
        name = _joined(trail)
        if len(trail) > 1 or not (own or clear):
            ladder.append(name)
        if current.parent is None and current.name:
            ladder.append(_joined([call_name(current.observation), *trail]))
        current = current.parent
    ladder += [pascal(top.observation) + _joined(trail[1:]) + "Response", _spelled(top)]
    # pascal() marks keywords and builtins with an underscore
    return [f"{n.rstrip('_')}Value" if n.endswith("_") else n for n in ladder if n]


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


def _joined(trail: Sequence[str]) -> str:
    out: list[str] = []
    for part in trail:
        if part and (not out or out[-1] != part):
            out.append(part)
    return "".join(out)


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


def _while_equal(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[str, str]]:
    return itertools.takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))


def _most(names: Sequence[str]) -> str:
    votes = Counter(names)
    return min(votes, key=lambda name: (-votes[name], len(name), name))
