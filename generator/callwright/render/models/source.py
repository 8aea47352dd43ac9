"""The models of a package: classes in order (children first), in one module or, when large, in several."""

from __future__ import annotations

from collections.abc import Iterable

from callwright.format.layout import text_literal
from callwright.infer.result import Inference, ModelClass, TaggedUnion
from callwright.ir.nodes import ModelType
from callwright.render.annotations import contained
from callwright.render.models.fragments import Fragment, fragment, fragments
from callwright.render.models.modules import Definition, module_source
from callwright.render.models.order import components

MAX_LINES = 500
"""Longer models are laid out as a package of modules."""


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


def render_models(
    inference: Inference, *, header: str = "", runtime: str = ".._runtime"
) -> dict[str, str]:
    """File name → source: ``models.py``, or a package ``models/`` when that would be long.

    ``header`` is the comment every file begins with, ``runtime`` the package of the runtime as ``models.py`` imports it. The sources are laid out as isort and black would.
    """
    made = definitions(inference)
    if sum(d.source.count("\n") + 2 for d in made) <= MAX_LINES:
        text = module_source(made, header, '"""Response models."""', runtime)
        return {"models.py": text}
    from callwright.render.models.split_modules import package_files

    return package_files(made, header, runtime)
