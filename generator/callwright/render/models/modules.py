"""Modules of model definitions: their imports, __all__ and classes, laid out as isort and black would."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from callwright.format.layout import WIDTH, text_literal, with_sorted_imports
from callwright.render.annotations import FIELD_TYPES

SOURCES: Mapping[str, tuple[str, ...]] = {
    "collections.abc": ("Callable", "Mapping"),
    "contextvars": ("ContextVar",),
    "decimal": ("Decimal",),
    "threading": ("local",),
    "typing": ("TYPE_CHECKING", "Annotated", "Any", "Literal", "TypeAlias", "cast"),
    "uuid": ("UUID",),
    "pydantic": (
        "BaseModel",
        "ConfigDict",
        "Discriminator",
        "Field",
        "GetCoreSchemaHandler",
        "Tag",
    ),
    "pydantic_core": ("core_schema",),
}
"""Where the names that models and their bases use come from."""


RUNTIME_NAMES = ("Model", "by_tag")


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or alias of the models: its source, the names in it, and those of the package's models it mentions."""

    name: str
    source: str
    names: frozenset[str]
    uses: frozenset[str]


def module_source(
    made: Sequence[Definition], header: str, docstring: str, runtime: str, extra: Sequence[str] = ()
) -> str:
    """A module with these definitions; ``runtime`` is the package that holds Model; ``extra`` import lines."""
    words = frozenset[str]().union(*(d.names for d in made))
    imports = import_lines(words, runtime, extra)
    exported = "".join(f"    {text_literal(name)},\n" for name in sorted(d.name for d in made))
    names = f"__all__ = [\n{exported}]\n" if exported else "__all__: list[str] = []\n"
    parts = [docstring, "from __future__ import annotations", imports, names]
    head = with_sorted_imports("\n\n".join(part.rstrip("\n") for part in parts if part) + "\n")
    return "\n\n".join([header + head, *(d.source for d in made)])


def import_lines(words: Collection[str], runtime: str = "", extra: Sequence[str] = ()) -> str:
    """The imports of a module that uses these names; ``runtime`` is the package of Model ("": the module has it)."""
    standard = [f"import {name}" for name in ("datetime", "re") if name in words]
    third: list[str] = []
    for module, names in SOURCES.items():
        used = [name for name in names if name in words]
        if used:
            (third if module.startswith("pydantic") else standard).append(
                _import_line(module, used)
            )
    own = {f"{runtime}.fields": FIELD_TYPES, f"{runtime}.model": RUNTIME_NAMES} if runtime else {}
    local = [
        _import_line(module, used)
        for module, names in own.items()
        if (used := [name for name in names if name in words])
    ]
    blocks = ["\n".join(lines) for lines in (standard, third, [*local, *extra])]
    return "\n\n".join(block for block in blocks if block)


def _import_line(module: str, names: Sequence[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
