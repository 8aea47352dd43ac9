"""A large connector's models as a package: modules by strongly connected component and group, re-exported lazily."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from callwright.format.layout import text_literal, with_sorted_imports
from callwright.ir.naming import snake
from callwright.render.models.modules import Definition, module_source
from callwright.render.models.order import components

LEAST_LINES = 150
"""A module is at least so long (the last one aside) …"""

MOST_LINES = 450
"""… and at most so long, unless it is one strongly connected component, which is never split."""

ONE_IN = 8
"""Between these lengths a module ends after one class in so many, chosen by name: what is added moves no other module."""


_OWN = frozenset({"annotations", "import_module"})
"""Names of ``models/__init__.py`` itself: a module of such a name would take their place once it is imported."""


def package_files(made: Sequence[Definition], header: str, runtime: str) -> dict[str, str]:
    """``models/__init__.py`` and its modules. ``runtime``: the package of the runtime, relative to the one above."""
    shards = _shards(made)
    module_of = {d.name: name for name, part in shards.items() for d in part}
    files = {
        f"models/{name}.py": _shard_source(name, part, module_of, header, f".{runtime}")
        for name, part in shards.items()
    }
    init = header + with_sorted_imports(_init_source(module_of))
    return {"models/__init__.py": init} | dict(sorted(files.items()))


def _shards(made: Sequence[Definition]) -> dict[str, list[Definition]]:
    """Definitions by module: components in order, each module named after its last class."""
    by_name = {d.name: d for d in made}
    graph = {d.name: sorted(d.uses & by_name.keys()) for d in made}
    place = {d.name: index for index, d in enumerate(made)}
    parts = [
        [by_name[n] for n in sorted(part, key=place.__getitem__)] for part in components(graph)
    ]
    shards: list[list[Definition]] = [[]]
    size = 0
    for part in parts:
        lines = sum(d.source.count("\n") + 2 for d in part)
        if shards[-1] and size + lines > MOST_LINES:
            shards.append([])
            size = 0
        shards[-1] += part
        size += lines
        if size >= LEAST_LINES and _ends(part[-1].name):
            shards.append([])
            size = 0
    named: dict[str, list[Definition]] = {}
    for shard in filter(None, shards):
        name = snake(shard[-1].name)
        while name in named or name in _OWN:
            name += "_"
        named[name] = shard
    return named


def _ends(name: str) -> bool:
    return hashlib.sha256(name.encode()).digest()[0] % ONE_IN == 0


def _shard_source(
    name: str,
    part: Sequence[Definition],
    module_of: dict[str, str],
    header: str,
    runtime: str,
) -> str:
    wanted: dict[str, list[str]] = {}
    for definition in part:
        for used in definition.uses:
            if module_of[used] != name and used not in wanted.setdefault(module_of[used], []):
                wanted[module_of[used]].append(used)
    extra = [_import(f".{m}", names) for m, names in sorted(wanted.items())]
    described = f'"""Response models: {part[-1].name} and the models nested in it."""'
    return module_source(part, header, described, runtime, extra)


def _import(module: str, names: Sequence[str]) -> str:
    line = f"from {module} import {', '.join(sorted(names))}"
    if len(line) <= 88:
        return line
    return f"from {module} import (\n" + "".join(f"    {n},\n" for n in sorted(names)) + ")"


def _init_source(module_of: dict[str, str]) -> str:
    modules: dict[str, list[str]] = {}
    for name, module in module_of.items():
        modules.setdefault(module, []).append(name)
    typed = "\n".join(
        re.sub(r"(?m)^", "    ", _reexport(module, names))
        for module, names in sorted(modules.items())
    )
    exported = "".join(f"    {text_literal(n)},\n" for n in sorted(module_of))
    table = "".join(
        f"        {text_literal(name)}: {text_literal(module)},\n"
        for name, module in sorted(module_of.items())
    )
    return f'''"""Response models. A module is loaded when one of its models is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
{exported}]

if TYPE_CHECKING:
{typed}

if not TYPE_CHECKING:
    from importlib import import_module

    _MODULES = {{
{table}    }}

    def __getattr__(name: str) -> object:
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
        value = getattr(import_module(f".{{module}}", __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(__all__)
'''


def _reexport(module: str, names: Sequence[str]) -> str:
    lines = "".join(f"    {n} as {n},\n" for n in sorted(names))
    return f"from .{module} import (\n{lines})"
