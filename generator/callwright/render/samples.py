"""models_from_samples(): pydantic models of JSON or XML samples as one module that needs nothing but pydantic."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from callwright.infer import Observation, infer
from callwright.infer.reading import is_xml
from callwright.ir.nodes import TypeExpr
from callwright.render.annotations import annotation
from callwright.render.fragments import names_used
from callwright.render.models import definitions, import_lines
from callwright.runtime import model as runtime_model


@dataclass(frozen=True, slots=True)
class InferredModels:
    """``source``: a complete module that needs pydantic only. ``roots``: each name's type, valid in that module."""

    source: str
    roots: Mapping[str, str]


def models_from_samples(samples: Mapping[str, Sequence[bytes]]) -> InferredModels:
    """Infer the types of several calls together from samples of their answers (at least one each), JSON or XML.

    Args:
        samples: A name for each call (it suggests the class's name) and the bodies it answered with.

    Raises:
        CaptureError: A sample is no JSON that JSON libraries keep, or no XML; the message has the name, line and column.
        ValueError: A name has no samples, or samples of both kinds.
    """
    empty = [name for name, bodies in samples.items() if not bodies]
    if empty:
        raise ValueError(
            f"no samples for {', '.join(map(repr, empty))}: give at least one body each"
        )
    inference = infer([_observation(name, bodies) for name, bodies in samples.items()])
    body = "\n\n".join(d.source for d in definitions(inference))
    roots = {name: _text(root) for name, root in inference.roots.items()}
    return InferredModels(_module(body, roots.values()), roots)


def _observation(name: str, bodies: Sequence[bytes]) -> Observation:
    kinds = {is_xml(body) for body in bodies}
    if len(kinds) > 1:
        raise ValueError(f"samples of {name!r} are both JSON and XML: give each kind its own name")
    media: Literal["xml", "json"] = "xml" if True in kinds else "json"
    return Observation(key=name, call=name, bodies=list(bodies), media=media)


def _text(root: TypeExpr) -> str:
    return annotation(root, "models")


def _module(body: str, roots: Iterable[str]) -> str:
    base = _base(body)
    # the roots are evaluated inside the module, so what they name is imported too
    imports = import_lines(names_used("\n\n".join([base, body, *roots])))
    parts = [
        '"""Models inferred from samples by Callwright."""',
        "from __future__ import annotations",
        imports,
    ]
    return "\n\n\n".join(["\n\n".join(parts), base, *([body] if body else [])]).rstrip("\n") + "\n"


def _base(body: str) -> str:
    """The definitions of the runtime's model module that these models need."""
    text = Path(runtime_model.__file__).read_text("utf-8")
    tree = ast.parse(text)
    source = {
        name: cast(str, ast.get_source_segment(text, statement))
        for statement in tree.body
        if (name := _defined(statement))
    }
    wanted = {"Model"}
    waiting = names_used(body) & source.keys() | wanted
    while waiting:
        wanted |= waiting
        waiting = {n for name in waiting for n in names_used(source[name]) & source.keys()} - wanted
    return "\n\n\n".join(part for name, part in source.items() if name in wanted)


def _defined(statement: ast.stmt) -> str:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return ""
