"""What the captures of XML answers say together: which children may be repeated, which names clash, what has attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import cast

from callwright.ir.nodes import FieldHint, ListType, ModelType, TypeExpr, UnionType
from callwright.runtime.definition import Xml
from callwright.runtime.reading.paths import parse_path
from callwright.runtime.reading.xml import Element, clashes, local


def known_of(roots: Iterable[Element], hints: Iterable[FieldHint] = ()) -> Xml:
    """What documents of one kind of answer say, and what is declared: a hint of type array is a list of any length.

    One document is looked at after the other, so that an iterator need not hold them all.
    """
    prefixed: set[str] = set()
    repeated: set[tuple[str, str]] = set()
    for root in roots:
        waiting = [(root, local(root.name))]
        while waiting:
            element, name = waiting.pop()
            if element.attributes:
                prefixed |= {f"@{n}" for n in clashes(list(element.own_attributes))}
            children = element.children
            names = [child.name for child in children]
            if len(set(names)) < len(names):
                repeated |= {(name, n) for n, count in Counter(names).items() if count > 1}
            prefixed |= clashes(names)
            waiting += zip(children, names, strict=True)
    kept = {name for name in prefixed if ":" in name}
    lists = {"/".join(n if n in kept else local(n) for n in place) for place in repeated}
    for hint in hints:
        _declare(hint, lists)
    return Xml(lists=tuple(sorted(lists)), prefixed=tuple(sorted(kept)))


def _declare(hint: FieldHint, lists: set[str]) -> None:
    """Add the lists that a hint declares: itself, and those in the spec's own types."""
    steps = ["", *(s for s in parse_path(hint.path).steps if isinstance(s, str))]
    if hint.type == "array" and len(steps) > 1:
        lists.add("/".join(steps[-2:]))
    classes = {c.name: c.fields for c in hint.classes}
    seen: set[tuple[str, str]] = set()
    waiting: list[tuple[str, TypeExpr | None]] = [(steps[-1], hint.declares)]
    while waiting:
        key, kind = waiting.pop()
        match kind:
            case ListType(item=item):
                waiting.append((key, item))
            case UnionType(options=options):
                waiting += [(key, option) for option in options]
            case ModelType(name=name) if (key, name) not in seen:
                seen.add((key, name))
                fields = classes.get(name, ())
                lists |= {f"{key}/{f.wire}" for f in fields if isinstance(f.type, ListType)}
                waiting += [(f.wire, f.type) for f in fields]
            case _:
                pass


def as_objects(values: Sequence[object]) -> list[object]:
    """The values of one kind of answer: where an element has attributes or children in one, a text is an object in all.

    ``<price>5</price>`` beside ``<price currency="EUR">5</price>`` is ``{"#text": "5"}``.
    """
    objects: set[tuple[str, str]] = set()
    for value in values:
        _find_objects(value, ("", ""), objects)
    return [_with_objects(value, ("", ""), objects) for value in values]


def _find_objects(value: object, place: tuple[str, str], found: set[tuple[str, str]]) -> None:
    if isinstance(value, list):
        for item in cast("list[object]", value):
            _find_objects(item, place, found)
    elif isinstance(value, dict):
        found.add(place)
        for key, item in cast("dict[str, object]", value).items():
            _find_objects(item, (place[1], key), found)


def _with_objects(value: object, place: tuple[str, str], objects: set[tuple[str, str]]) -> object:
    if isinstance(value, list):
        return [_with_objects(item, place, objects) for item in cast("list[object]", value)]
    if isinstance(value, str) and place in objects:
        return {"#text": value} if value else {}
    if not isinstance(value, dict):
        return value
    return {
        key: _with_objects(item, (place[1], key), objects)
        for key, item in cast("dict[str, object]", value).items()
    }
