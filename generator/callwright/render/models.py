"""The models of a package: classes in order (children first), in one module or, when large, in several."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from callwright.infer.result import Inference, ModelClass, TaggedUnion
from callwright.ir.nodes import ModelType
from callwright.render.annotations import FIELD_TYPES, contained
from callwright.render.fragments import Fragment, fragment, fragments
from callwright.render.layout import WIDTH, text_literal, with_sorted_imports
from callwright.render.order import components

MAX_LINES = 500
"""Longer models are laid out as a package of modules."""

SOURCES: Mapping[str, tuple[str, ...]] = {
    "collections.abc": ("Callable", "Mapping"),
    "contextvars": ("ContextVar",),
    "decimal": ("Decimal",),
    "threading": ("local",),
    "typing": ("TYPE_CHECKING", "Annotated", "Any", "ClassVar", "Literal", "TypeAlias", "cast"),
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


def definitions(inference: Inference) -> list[Definition]:
    """All classes and aliases, children before parents, the same for the same types whatever was captured first."""
    sources = fragments(inference.classes)
    made = [_definition(c.name, sources[c.name], _mentioned(c)) for c in inference.classes]
    made += [_definition(u.name, fragment(_union_source(u)), u.options) for u in inference.unions]
    by_name = {d.name: d for d in made}
    graph = {d.name: sorted(d.uses & by_name.keys()) for d in made}
    aliases = {u.name for u in inference.unions}
    # an alias is evaluated where it stands, so it follows the classes it names, also inside a component
    parts = (sorted(part, key=lambda n: (n in aliases, n)) for part in components(graph))
    return [by_name[name] for part in parts for name in part]


def _definition(name: str, made: Fragment, uses: Iterable[str]) -> Definition:
    return Definition(name, made.source, made.names, frozenset(uses))


def _mentioned(cls: ModelClass) -> set[str]:
    return {e.name for e in contained(f.type for f in cls.fields) if isinstance(e, ModelType)}


def _union_source(union: TaggedUnion) -> str:
    options = [f'Annotated[{name}, Tag("{name}")]' for name in union.options]
    options.append('Annotated[dict[str, Any], Tag("")]')
    tags = "".join(
        f"            {text_literal(tag)}: {text_literal(name)},\n" for tag, name in union.tags
    )
    head = f"{union.name}: TypeAlias = Annotated[\n    " + "\n    | ".join(options) + ",\n"
    return f"{head}    by_tag(\n        {text_literal(union.key)},\n        {{\n{tags}        }},\n    ),\n]\n"


def render_models(inference: Inference, *, header: str = "") -> dict[str, str]:
    """File name → source: ``models.py``, or a package ``models/`` when that would be long.

    ``header`` is the comment every file begins with. The sources are laid out as isort and black would.
    """
    made = definitions(inference)
    if sum(d.source.count("\n") + 2 for d in made) <= MAX_LINES:
        text = module_source(made, header, '"""The types of the answers."""', "._runtime")
        return {"models.py": text}
    from callwright.render.shards import package_files

    return package_files(made, header)


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
