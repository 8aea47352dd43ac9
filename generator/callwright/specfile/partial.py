"""What can still be read of a spec with errors, so that one run reports all of them.

The values that do not validate are left out and the rest is checked as usual. What only follows from their absence is
not reported.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from callwright.diagnostics import Diagnostic
from callwright.specfile.model.document import Document
from callwright.specfile.model.values import Reading
from callwright.specfile.source import Node, SourceMap, Spelled, dotted, to_data

_ROUNDS = 20
_Path = tuple[str | int, ...]
UNREADABLE = frozenset(
    {
        "syntax",
        "not-utf-8",
        "too-large",
        "too-deep",
        "no-spec",
        "empty",
        "alias",
        "tag",
        "merge-key",
    }
)
"""Codes of files that are left out as a whole."""
_PARAMETERS = frozenset(
    {"query", "headers", "cookies", "path_params", "fields", "variables", "args"}
)
_NAMED = _PARAMETERS | {"auth", "credentials", "environments", "calls", "samples", "types"}
_NAMED |= {"outputs", "save"}
_WITH_ARGUMENTS = ("query", "headers", "cookies", "path_params", "body", "fields")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_REFERENCE = re.compile(r"\$\{(\w+)\}")
_WORD = re.compile(r"[\w-]+")
# what the schemes are called that say nothing of their credentials
_IMPLIED = frozenset(
    {"api_key", "token", "username", "password", "private_key", "client_id", "client_secret", "certificate",
     "passphrase", "ca", "refresh_token", "assertion"}
)  # fmt: skip


@dataclass(slots=True)
class Omitted:
    """What was left out. ``names``: what the rest may refer to and is gone; ``incomplete``: names of what lacks a key;
    ``codes``: of problems that need what is gone."""

    paths: list[_Path] = field(default_factory=list["_Path"])
    names: set[str] = field(default_factory=set[str])
    incomplete: set[str] = field(default_factory=set[str])
    codes: set[str] = field(default_factory=set[str])

    def add(self, path: _Path, node: Node) -> None:
        """Note that the value at ``path`` is left out."""
        self.paths.append(path)
        named = [at for at, before in enumerate(path[:-1], 1) if before in _NAMED]
        if named:
            kept = named[-1] < len(path) - 1
            (self.incomplete if kept else self.names).add(str(path[named[-1]]))
        if path[0] == "auth":
            self.names |= _IMPLIED | set(_names_of(node))
        elif isinstance(node.value, str):
            placeholders = _PLACEHOLDER.findall(node.value)
            self.names |= {*placeholders, *(re.sub(r"\W", "_", p) for p in placeholders)}

    def explains(self, diagnostic: Diagnostic) -> bool:
        """Whether a problem may only be there because of what was left out."""
        if diagnostic.code == "placeholder":  # is about the text alone
            return False
        if diagnostic.code in self.codes:
            return True
        if any(within(diagnostic.path, owner) for owner in map(_owner, self.paths) if owner):
            return True
        words = set(_WORD.findall(diagnostic.message))
        last = diagnostic.path.rpartition(".")[2]
        return bool(self.names & words) or last in self.names | self.incomplete

    def unexplained(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The problems that would be there anyway."""
        return [d for d in diagnostics if not self.explains(d)]


def without_invalid(source: SourceMap, name: str, omitted: Omitted) -> Document | None:
    """Validate what is left of a spec without its invalid values, which are removed from ``source``.

    ``name`` stands in for a missing connector name. None when nothing is left to check.
    """
    for _ in range(_ROUNDS):
        _stand_in(source.root, "callwright", Spelled(1, "1"))
        _stand_in(source.root, "name", name)
        try:
            return Document.model_validate(to_data(source.root), context=Reading())
        except ValidationError as failure:
            errors = cast("list[dict[str, Any]]", failure.errors(include_url=False))
            removed = [_remove(source, _path(source, e["loc"]), omitted) for e in errors]
            if not all(removed):
                break
    return None


def without_places(
    source: SourceMap, places: Collection[str], name: str, omitted: Omitted
) -> Document | None:
    """As without_invalid, also without the values at these places, written as diagnostics write them."""
    for path in [path for path in _paths_of(source.root, ()) if dotted(path) in places]:
        _remove(source, path, omitted)
    return without_invalid(source, name, omitted)


def within(place: str, owner: str) -> bool:
    """Whether the dotted path ``place`` is ``owner`` or inside of it."""
    return place == owner or place.startswith((f"{owner}.", f"{owner}["))


def _paths_of(node: Node, path: _Path) -> Iterator[_Path]:
    if path:
        yield path
    for key, (_, value) in node.members.items():
        yield from _paths_of(value, (*path, key))
    for index, value in enumerate(node.items):
        yield from _paths_of(value, (*path, index))


def _path(source: SourceMap, location: Sequence[str | int]) -> _Path:
    return tuple(source.walk([step for step in location if step != "[key]"])[1])


def _stand_in(root: Node, key: str, value: str | Spelled) -> None:
    if root.kind == "map" and key not in root.members:
        node = Node(root.file, root.line, root.column, 1, "scalar", value)
        root.members[key] = (node, node)


def _remove(source: SourceMap, path: _Path, omitted: Omitted) -> bool:
    """Take the value at a path out of the tree; whether that was possible."""
    if not path:
        return False
    if tuple(source.walk(path)[1]) != path:  # gone with another one
        return True
    parent, node = source.walk(path[:-1])[0], source.walk(path)[0]
    omitted.add(path, node)
    if parent.kind == "map":
        parent.members.pop(str(path[-1]))
    else:
        parent.items = [item for item in parent.items if item is not node]
    return True


def _owner(path: _Path) -> str:
    """The part of the spec whose other problems may follow from a missing value in it, blank when there is none."""
    if path[0] == "auth":
        return "auth"
    if path[0] == "calls" and path[2:] and path[-1] in _WITH_ARGUMENTS:
        return dotted((*path[:2], "samples"))
    for at in range(len(path) - 2, 0, -1):
        if path[at - 1] in _PARAMETERS:
            return dotted(path[: at + 1])
    return ""


def _names_of(node: Node) -> Iterator[str]:
    """The names that a scheme uses or saves."""
    if isinstance(node.value, str):
        yield from _REFERENCE.findall(node.value)
    for key, (_, value) in node.members.items():
        if key == "save":
            yield from value.members
        yield from _names_of(value)
    for item in node.items:
        yield from _names_of(item)
