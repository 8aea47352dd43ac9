"""Large answers in parts, each of them an answer of the same type: a proof need not hold all of one in every form.

A part is the answer with most of its lists and maps emptied, and some items of one of them left. Objects are never cut:
each item is in one part, whole, unless it is large itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from callwright.infer.author.hints import spelled_step
from callwright.infer.result import Inference
from callwright.ir.nodes import BuiltinType, DictType, ListType, ModelType, TypeExpr, UnionType

MOST = 50_000
"""Values in a part; a class makes an attribute of each of its fields, so an object counts as its widest class."""

_ANY = BuiltinType(name="Any")


class Part(NamedTuple):
    """``starts``: the lists of which a part has no first items, outermost first: path in the part → first index."""

    value: object
    starts: tuple[tuple[str, int], ...] = ()

    def place(self, path: str) -> str:
        """The path in the whole answer of a path in the part."""
        for inside, start in reversed(self.starts):
            head, rest = f"${inside}[", path[len(inside) + 2 :]
            if path.startswith(head) and (index := re.match(r"\d+", rest)):
                path = f"{head}{int(index[0]) + start}{rest[index.end() :]}"
        return path


class Slicer:
    """Cuts answers of the types of an inference."""

    def __init__(self, inference: Inference, most: int = MOST) -> None:
        self._fields = {c.name: {f.wire: f.type for f in c.fields} for c in inference.classes}
        self._unions = {u.name: u for u in inference.unions}
        self._widest = max((len(fields) for fields in self._fields.values()), default=0)
        self._most = most

    def parts(self, form: TypeExpr, value: object) -> Iterator[Part]:
        """The parts of an answer of this type; the answer itself when it is small, or cannot be cut."""
        kind = self._kind(form, value) if self._weight(value) > self._most else None
        match kind:
            case ListType(item=item):
                yield from self._of_list(item, cast("list[object]", value))
            case DictType(value=item):
                yield from self._of_members(cast("dict[str, object]", value), lambda _: item, {})
            case ModelType(name=name):
                yield from self._of_object(name, cast("dict[str, object]", value))
            case _:
                yield Part(value)

    def _of_list(self, form: TypeExpr, items: Sequence[object]) -> Iterator[Part]:
        for start, end in self._runs([self._weight(item) for item in items]):
            if end - start > 1:
                yield Part(items[start:end], (("", start),))
                continue
            for part in self.parts(form, items[start]):
                yield Part([part.value], (("", start), *_inside("[0]", part)))

    def _of_object(self, name: str, members: dict[str, object]) -> Iterator[Part]:
        fields = self._fields[name]
        cut = {key: item for key, item in members.items() if key in fields and _holds(item)}
        bare = members | {key: self._emptied(fields[key], item) for key, item in cut.items()}
        yield from self._of_members(cut, fields.__getitem__, bare)

    def _of_members(
        self, members: dict[str, object], form: Callable[[str], TypeExpr], bare: dict[str, object]
    ) -> Iterator[Part]:
        """Some members at a time, beside what ``bare`` has of the others."""
        keys = list(members)
        if not keys:
            yield Part(bare)
        for start, end in self._runs([self._weight(item) for item in members.values()]):
            some = keys[start:end]
            if len(some) > 1:
                yield Part(bare | {key: members[key] for key in some})
                continue
            for part in self.parts(form(some[0]), members[some[0]]):
                yield Part(bare | {some[0]: part.value}, _inside(spelled_step(some[0]), part))

    def _runs(self, weights: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Where to cut a row of values so that no part is too large, if that is possible."""
        start = total = 0
        for index, weight in enumerate(weights):
            if index > start and total + weight > self._most:
                yield start, index
                start, total = index, 0
            total += weight + 1
        if weights:
            yield start, len(weights)

    def _weight(self, value: object) -> int:
        """How many values are in a value, when they are no more than a part may have."""
        if not _holds(value):
            return 0
        waiting: list[Any] = [value]
        total = 0
        while waiting and total <= self._most:
            one = waiting.pop()
            if type(one) is dict:
                total += max(len(one), self._widest)
                one = one.values()
            else:
                total += len(one)
            waiting += [inner for inner in one if type(inner) is dict or type(inner) is list]
        return total

    def _emptied(self, form: TypeExpr, value: object) -> object:
        """A value of the same type with next to nothing in it."""
        match self._kind(form, value):
            case ListType():
                return []
            case DictType():
                return {}
            case ModelType(name=name):
                fields = self._fields[name]
                return {
                    key: self._emptied(fields[key], item) if key in fields else item
                    for key, item in cast("dict[str, object]", value).items()
                }
            case _:
                return value

    def _kind(self, form: TypeExpr, value: object) -> ListType | DictType | ModelType | None:
        """The list, map or class that a value is read as; None for another kind, and where that depends on its insides."""
        if not _holds(value):
            return None
        options = form.options if isinstance(form, UnionType) else (form,)
        kinds = (ListType,) if isinstance(value, list) else (DictType, ModelType)
        found = [option for option in options if isinstance(option, kinds)]
        if form == _ANY:
            return ListType(item=_ANY) if isinstance(value, list) else DictType(value=_ANY)
        if len(found) != 1:
            return None
        return self._chosen(found[0], cast("dict[str, object]", value))

    def _chosen(
        self, form: ListType | DictType | ModelType, value: dict[str, object]
    ) -> ListType | DictType | ModelType | None:
        union = self._unions.get(form.name) if isinstance(form, ModelType) else None
        if union is None:
            return form
        tag = value.get(union.key)
        name = dict(union.tags).get(tag) if isinstance(tag, str) else None
        return None if name is None else ModelType(name=name)


def _inside(step: str, part: Part) -> tuple[tuple[str, int], ...]:
    return tuple((step + path, start) for path, start in part.starts)


def _holds(value: object) -> bool:
    return type(value) is dict or type(value) is list
