"""The source of each generated class: datamodel-code-generator prints, one pass over its syntax tree finishes.

One ``generate()`` call makes all classes that are not in the cache; names and texts of the wire are not in what it is
given: the pass adds them, as literals.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import cast

from callwright.cache import recall, remember
from callwright.infer.result import ModelClass, ModelField
from callwright.ir.nodes import TypeExpr
from callwright.render.annotations import annotation
from callwright.render.environment import docstring
from callwright.render.layout import call_statement, text_literal
from callwright.render.schema import Reduced, local, with_none

_RENAMED = {
    "AwareDatetime": "datetime.datetime",
    "date": "datetime.date",
    "datetime": "datetime.datetime",
}


def fragments(classes: Sequence[ModelClass]) -> dict[str, str]:
    """Class name → source of the class, from the cache or made in one go."""
    found: dict[str, str] = {}
    missing: list[ModelClass] = []
    for cls in classes:
        known = recall("models", _versions(), _key(cls))
        if known is None:
            missing.append(cls)
        else:
            found[cls.name] = known
    if missing:
        annotations = _generate(missing)
        for cls in missing:
            found[cls.name] = text = _class_source(cls, annotations.get(cls.name, {}))
            remember("models", _versions(), _key(cls), text)
    return found


def _key(cls: ModelClass) -> str:
    return repr((cls.name, cls.captures, cls.doc, [_field_key(f) for f in cls.fields]))


def _field_key(field: ModelField) -> tuple[object, ...]:
    return (field.wire, field.name, field.type, field.required, field.nullable, field.doc)


@lru_cache(maxsize=1)
def _versions() -> str:
    from importlib.metadata import version

    return f"{version('callwright')} {version('datamodel-code-generator')} 3"


def _generate(classes: Iterable[ModelClass]) -> dict[str, dict[str, str]]:
    """Class name → attribute → annotation, as datamodel-code-generator decides them."""
    from datamodel_code_generator import InputFileType, generate
    from datamodel_code_generator.enums import DataModelType
    from datamodel_code_generator.format import Formatter, PythonVersion

    reduced = Reduced(classes)
    source = generate(
        json.dumps(reduced.document),
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        base_class="_runtime.model.Model",
        formatters=[Formatter.BUILTIN],
        skip_root_model=True,
        disable_timestamp=True,
        use_union_operator=True,
        use_standard_collections=True,
    )
    tree = ast.parse(cast(str, source))
    names = _aliases(tree) | {n: _expression(e) for n, e in reduced.expressions.items()}
    made: dict[str, dict[str, str]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            made[statement.name] = {
                cast(ast.Name, s.target).id: _annotation(s.annotation, names)
                for s in statement.body
                if isinstance(s, ast.AnnAssign)
            }
    return made


def _aliases(tree: ast.Module) -> dict[str, ast.expr]:
    """How imported names are to be written: ``date_aliased`` and ``AwareDatetime`` as ``datetime.…``."""
    found: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            for name in statement.names:
                written = _RENAMED.get(name.name)
                if written:
                    found[name.asname or name.name] = ast.parse(written, mode="eval").body
    return found


def _expression(expr: TypeExpr) -> ast.expr:
    return ast.parse(annotation(expr), mode="eval").body


class _Rename(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._names.get(node.id, node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        sides = (node.left, node.right)
        # Any | None says no more than Any
        return next((s for s in sides if isinstance(s, ast.Name) and s.id == "Any"), node)


def _annotation(node: ast.expr, names: Mapping[str, ast.expr]) -> str:
    return ast.unparse(_Rename(names).visit(node))


def _class_source(cls: ModelClass, annotations: Mapping[str, str]) -> str:
    lines = [f"class {cls.name}(Model, captures={cls.captures}):"]
    if cls.doc:
        lines.append(f"    {docstring(cls.doc, 4)}")
        lines.append("")
    for field in cls.fields:
        lines += [
            f"    {line}"
            for line in _field_lines(field, annotations.get(field.name) or _own(field))
        ]
        if field.doc:
            lines.append(f"    {docstring(field.doc, 4)}")
    if not cls.fields:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def _own(field: ModelField) -> str:
    """The annotation of a field that the generator gave another name (it avoids more names than we need to)."""
    kind = local(field.type)
    return annotation(kind if field.required and not field.nullable else with_none(kind))


def _field_lines(field: ModelField, annotated: str) -> list[str]:
    head = f"{field.name}: {annotated}"
    arguments = [] if field.required else ["default=None"]
    if field.wire == field.name:
        return call_statement(head, None if field.required else "None", ())
    wire = text_literal(field.wire)
    arguments += [f"validation_alias={wire}", f"serialization_alias={wire}"]
    return call_statement(head, "Field", arguments)
