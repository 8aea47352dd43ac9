"""Which runtime modules a package needs, and their text, byte for byte."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from callwright.cache import cached
from callwright.ir.nodes import Package
from callwright.runtime.auth.registry import FEATURES
from callwright.runtime.definition import AllOf, Scheme

# `from ._runtime.reading.drift import Drift`, `from ._runtime import errors`, and the lazy "._runtime.reading.drift"
_MENTIONED = re.compile(r"\._runtime((?:\.\w+)*)(?: import (\w+))?")
_FOLDER = Path(__file__).parents[1] / "runtime"


def runtime_files(package: Package, sources: Iterable[str], http: str) -> dict[str, str]:
    """The modules of a package's runtime by their path in it: what the sources import, directly or not, and features.

    ``http``: the HTTP library; another one than httpx changes the one line that imports it.
    """
    wanted = ["__init__", "model"]
    for source in sources:
        for place, name in _MENTIONED.findall(source):
            wanted.append(_module(place.removeprefix("."), name))
    for named in package.connector.auth:
        wanted += [f"auth.{FEATURES[k]}" for k in _kinds(named.scheme) if k in FEATURES]
    files = {f"_runtime/{_file(name)}": _source(name) for name in sorted(_closure(wanted))}
    text = files["_runtime/http.py"]
    files["_runtime/http.py"] = text.replace("import httpx as httpx", f"import {http} as httpx")
    return files


def _module(place: str, name: str) -> str:
    """The module that ``from place import name`` needs: ``name`` itself where it is one."""
    inner = ".".join(filter(None, (place, name)))
    if name and (_FOLDER / _file(inner)).is_file():
        return inner
    return (
        place if (_FOLDER / _file(place)).is_file() else ".".join(filter(None, (place, "__init__")))
    )


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _kinds(scheme: Scheme) -> Iterator[str]:
    yield type(scheme).__name__
    if getattr(scheme, "assertion", None) is not None:
        yield "Assertion"
    if isinstance(scheme, AllOf):
        for inner in scheme.of:
            yield from _kinds(inner)


def _closure(names: Iterable[str]) -> set[str]:
    modules: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in modules:
            modules.add(name)
            room, _, _ = name.rpartition(".")
            queue += [*_imported(name), *([f"{room}.__init__"] if room else [])]
    return modules


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return (_FOLDER / _file(name)).read_text(encoding="utf-8")


@lru_cache(maxsize=128)
def _imported(name: str) -> tuple[str, ...]:
    """The modules of the runtime that a module imports anywhere, in functions too."""
    lines = cached("relative_imports", "1", _source(name), _relative_imports).splitlines()
    return tuple(_resolved(name, *line.split()) for line in lines)


def _resolved(importer: str, level: str, place: str, name: str) -> str:
    room = importer.split(".")[: -int(level)]
    return _module(".".join([*room, *place.strip("-").split(".")]).strip("."), name)


def _relative_imports(source: str) -> str:
    """A line per imported name: the number of dots, the module (- for none), the name."""
    return "\n".join(
        f"{node.level} {node.module or '-'} {alias.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    )
