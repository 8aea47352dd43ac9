"""Which classes and unions the answers need: what only an ignored field led to is none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from callwright.infer.result import ModelClass, TaggedUnion
from callwright.ir.nodes import DictType, ListType, ModelType, TypeExpr, UnionType


def reached(
    roots: Iterable[TypeExpr], classes: Iterable[ModelClass], unions: Iterable[TaggedUnion]
) -> frozenset[str]:
    """The names of classes and unions that the root types lead to."""
    below: Mapping[str, Sequence[str]] = {
        c.name: [name for f in c.fields for name in _named(f.type)] for c in classes
    } | {u.name: list(u.options) for u in unions}
    found: set[str] = set()
    waiting = [name for root in roots for name in _named(root)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += below.get(name, ())
    return frozenset(found)


def _named(expr: TypeExpr) -> Iterator[str]:
    match expr:
        case ModelType(name=name):
            yield name
        case ListType(item=inner) | DictType(value=inner):
            yield from _named(inner)
        case UnionType(options=options):
            for option in options:
                yield from _named(option)
        case _:
            pass
