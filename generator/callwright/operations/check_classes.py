"""Classes that the spec names like what the modules of the generated package use themselves, or like words of Python."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Set

from callwright.diagnostics import Diagnostic
from callwright.ir import taken
from callwright.ir.nodes import Requests
from callwright.operations.calls import answers
from callwright.runtime import errors
from callwright.specfile.messages import error
from callwright.specfile.resolve import ResolvedConnector
from callwright.specfile.source import dotted

_Path = tuple[str | int, ...]


def check_classes(resolved: ResolvedConnector, requests: Requests) -> Iterator[Diagnostic]:
    """Every such name of a connector: of its client, of errors, types and models."""
    check = _Classes(resolved, requests.class_name)
    yield from check.client()
    yield from check.errors()
    for name in resolved.document.types:
        used = taken.MODELS | taken.TYPES
        yield from check.name(name, used, ("types", name), f"{check.owner}{name}")
    for call in resolved.calls:
        for _, within, response in answers(call):
            yield from check.model(response.model, (*within, "model"))


class _Classes:
    """``owner``: the name of the client's class."""

    def __init__(self, resolved: ResolvedConnector, owner: str) -> None:
        self._resolved = resolved
        self.owner = owner

    def client(self) -> Iterator[Diagnostic]:
        if self.owner in taken.CLIENT or _is_error(self.owner):
            path = ("title",) if self._resolved.document.title else ("name",)
            message = f"the client's class would be {self.owner}, which is the name of another"
            yield self._say(message, path, f"title: {self.owner} API")

    def errors(self) -> Iterator[Diagnostic]:
        found = self._resolved.document.errors
        if found is None:
            return
        yield from self.model(found.model, ("errors", "model"))
        used = taken.CLIENT | {self.owner, f"Async{self.owner}"}
        for key, name in found.raise_.items():
            yield from self.name(name, used, ("errors", "raise", key), f"{name}Error")

    def model(self, name: str | None, path: _Path) -> Iterator[Diagnostic]:
        if name is not None:
            yield from self.name(name, taken.MODELS, path, f"{self.owner}{name}")

    def name(self, name: str, used: Set[str], path: _Path, other: str) -> Iterator[Diagnostic]:
        """What is wrong with the name at a path, as a key or the value; ``other``: one that would do."""
        if keyword.iskeyword(name):
            yield self._say(f"{name} is a word of Python", path, f"another name, like {other}")
        elif name in used:
            message = f"the client's modules need the name {name} themselves"
            yield self._say(message, path, f"another name, like {other}")

    def _say(self, message: str, path: _Path, way: str) -> Diagnostic:
        node, _, key = self._resolved.source.walk(path)
        at = key if key is not None and path[0] == "types" else node
        return error("reserved-name", message, at.span(), dotted(path), way)


def _is_error(name: str) -> bool:
    found = getattr(errors, name, None)
    return isinstance(found, type) and issubclass(found, Exception)
