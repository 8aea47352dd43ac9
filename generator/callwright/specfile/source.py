"""The text of a spec as a tree of nodes that know their place, and the plain values made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from callwright.diagnostics import SourceSpan
from callwright.secrets import masked


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number or boolean with its spelling in the source: ``1.10``, ``0x1F``, ``True``."""

    value: bool | int | float
    text: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's name as shown in messages (relative to the project's root) and its lines."""

    name: str
    lines: Sequence[str] = field(repr=False)


@dataclass(slots=True, eq=False)
class Node:
    """One YAML node. ``line`` and ``column`` count from 1. An aliased node is one object in several places."""

    file: SourceFile
    line: int
    column: int
    length: int
    kind: Literal["map", "list", "scalar"]
    value: str | Spelled | None = None
    members: dict[str, tuple[Node, Node]] = field(default_factory=lambda: {})
    items: list[Node] = field(default_factory=lambda: [])

    def span(self) -> SourceSpan:
        """The place, with the source line."""
        lines = self.file.lines
        text = masked(lines[self.line - 1]) if 0 < self.line <= len(lines) else ""
        return SourceSpan(
            file=self.file.name,
            line=self.line,
            column=self.column,
            length=self.length,
            text=text,
        )

    def child(self, name: str | int) -> Node | None:
        """The value of a key, or an element; None when there is none."""
        if isinstance(name, int):
            return self.items[name] if 0 <= name < len(self.items) else None
        pair = self.members.get(name)
        return pair[1] if pair else None

    def key(self, name: str) -> Node | None:
        """The node of a key itself."""
        pair = self.members.get(name)
        return pair[0] if pair else None

    def children(self) -> Iterator[Node]:
        """All values or elements."""
        yield from (value for _, value in self.members.values())
        yield from self.items


class Map(dict[str, object]):
    """A mapping of the source with its node; keys are always text, spelled as in the source."""

    __slots__ = ("node",)

    def __init__(self, values: dict[str, object], node: Node) -> None:
        super().__init__(values)
        self.node = node


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Places of the whole spec by path."""

    root: Node

    def walk(self, path: Sequence[str | int]) -> tuple[Node, list[str | int], Node | None]:
        """Follow a path as far as the source goes, skipping names that the source does not have.

        Returns the deepest node, the names that led there, and the node of the last key (None for elements).
        """
        node, taken, key = self.root, list[str | int](), None
        for name in path:
            step = name if node.kind != "map" else str(name)
            inner = node.child(step)
            if inner is not None:
                key = node.key(step) if isinstance(step, str) else None
                node = inner
                taken.append(name)
        return node, taken, key

    def span(self, *path: str | int) -> SourceSpan:
        """The place of the value at a path (or of its nearest ancestor in the source)."""
        return self.walk(path)[0].span()


def to_data(node: Node) -> object:
    """The node's value: Map, list, str, Spelled or None."""
    match node.kind:
        case "map":
            return Map({k: to_data(v) for k, (_, v) in node.members.items()}, node)
        case "list":
            return [to_data(item) for item in node.items]
        case "scalar":
            return node.value


def plain(data: object) -> object:
    """The value without places or spelling: dict, list, str, bool, int, float or None."""
    match data:
        case Spelled():
            return data.value
        case dict():
            return {
                str(k): plain(v) for k, v in data.items()
            }  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case list():
            return [plain(item) for item in data]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return data


def dotted(path: Sequence[str | int]) -> str:
    """A path as text: ``calls.list_invoices.query.page``, ``auth.of[1].type``."""
    text = ""
    for name in path:
        if isinstance(name, int):
            text += f"[{name}]"
        elif name and all(c.isalnum() or c in "_-" for c in name):
            text += f".{name}" if text else name
        else:
            text += f"[{name!r}]"
    return text
