"""Which runtime modules a package needs, and their text, byte for byte."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from callwright.cache import cached
from callwright.ir.nodes import Package
from callwright.runtime.auth.scheme import FEATURES
from callwright.runtime.definition import AllOf, Scheme

# `from ._runtime.reading.drift import Drift`, `from ._runtime import errors`, and the lazy "._runtime.reading.drift"
_MENTIONED = re.compile(r"\._runtime(?:\.(\w+)| import (\w+))")
_FOLDER = Path(__file__).parents[1] / "runtime"


def runtime_files(package: Package, sources: Iterable[str], http: str) -> dict[str, str]:
    """The modules of a package's runtime by their path in it: what the sources import, directly or not, and features.

    ``http``: the HTTP library; another one than httpx changes the one line that imports it.
    """
    wanted = ["__init__", "model"]
    for source in sources:
        wanted += [a or b for a, b in _MENTIONED.findall(source)]
    for named in package.connector.auth:
        wanted += [FEATURES[k][0] for k in _kinds(named.scheme) if k in FEATURES]
    files = {f"_runtime/{name}.py": _source(name) for name in sorted(_closure(wanted))}
    text = files["_runtime/http.py"]
    files["_runtime/http.py"] = text.replace("import httpx as httpx", f"import {http} as httpx")
    return files


def _kinds(scheme: Scheme) -> Iterator[str]:
    yield type(scheme).__name__
    if getattr(scheme, "assertion", None) is not None:
        yield "Assertion"
    if isinstance(scheme, AllOf):
        for inner in scheme.of:
            yield from _kinds(inner)


def _closure(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in found:
            found.add(name)
            queue += _imported(name)
    return found


@lru_cache(maxsize=64)
def _source(name: str) -> str:
    return (_FOLDER / f"{name}.py").read_text(encoding="utf-8")


@lru_cache(maxsize=64)
def _imported(name: str) -> tuple[str, ...]:
    """The sibling modules that a module imports anywhere, in functions too."""
    return tuple(cached("siblings", "1", _source(name), _siblings).split())


def _siblings(source: str) -> str:
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found += [node.module] if node.module else [alias.name for alias in node.names]
    return " ".join(found)
