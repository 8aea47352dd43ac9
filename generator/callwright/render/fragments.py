"""The source of each generated class: datamodel-code-generator prints, one pass over its syntax tree finishes.

One ``generate()`` call makes the annotations of all classes that are not in the cache; names and texts of the wire are
not in what it is given: the pass adds them, as names and literals.
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
from callwright.render.schema import FORMS, LEAF, Forms, local, with_none

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
        known = recall("models", _versions(), class_key(cls))
        if known is None:
            missing.append(cls)
        else:
            found[cls.name] = known
    if missing:
        annotations = _generate(missing)
        for cls in missing:
            found[cls.name] = text = _class_source(cls, annotations[cls.name])
            remember("models", _versions(), class_key(cls), text)
    return found


def class_key(cls: ModelClass) -> str:
    return repr((cls.name, cls.captures, cls.doc, [_field_key(f) for f in cls.fields]))


def _field_key(field: ModelField) -> tuple[object, ...]:
    return (field.wire, field.name, field.type, field.required, field.nullable, field.doc)


@lru_cache(maxsize=1)
def _versions() -> str:
    from importlib.metadata import version

    return f"{version('callwright')} {version('datamodel-code-generator')} 4"


def _generate(classes: Iterable[ModelClass]) -> dict[str, dict[str, str]]:
    """Class name → attribute → annotation, as datamodel-code-generator decides them."""
    forms = Forms()
    wanted = {
        cls.name: {f.name: forms.add(_full_type(f), f.required) for f in cls.fields}
        for cls in classes
    }
    printed = _annotations(forms)
    return {
        name: {
            attribute: _filled(printed[form], leaves)
            for attribute, (form, leaves) in fields.items()
        }
        for name, fields in wanted.items()
    }


def _full_type(field: ModelField) -> TypeExpr:
    return with_none(field.type) if field.nullable else field.type


def _annotations(forms: Forms) -> dict[str, str]:
    """The annotation of each form, its leaves still numbered."""
    from datamodel_code_generator import InputFileType, generate
    from datamodel_code_generator.enums import DataModelType
    from datamodel_code_generator.format import Formatter, PythonVersion

    source = generate(
        json.dumps(forms.document()),
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        formatters=[Formatter.BUILTIN],
        skip_root_model=True,
        disable_timestamp=True,
        use_union_operator=True,
        use_standard_collections=True,
    )
    tree = ast.parse(cast(str, source))
    names = _aliases(tree)
    return {
        cast(ast.Name, field.target).id: ast.unparse(_Rename(names).visit(field.annotation))
        for statement in tree.body
        if isinstance(statement, ast.ClassDef) and statement.name == FORMS
        for field in statement.body
        if isinstance(field, ast.AnnAssign)
    }


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


def _filled(printed: str, leaves: Sequence[TypeExpr]) -> str:
    """An annotation with its numbered leaves replaced, by position in the syntax tree."""
    if not leaves:
        return printed
    names = {
        f"{LEAF}{n}": ast.parse(annotation(local(leaf)), mode="eval").body
        for n, leaf in enumerate(leaves)
    }
    return ast.unparse(_Rename(names).visit(ast.parse(printed, mode="eval").body))


def _class_source(cls: ModelClass, annotations: Mapping[str, str]) -> str:
    lines = [f"class {cls.name}(Model, captures={cls.captures}):"]
    if cls.doc:
        lines.append(f"    {docstring(cls.doc, 4)}")
        lines.append("")
    for field in cls.fields:
        lines += [f"    {line}" for line in _field_lines(field, annotations[field.name])]
        if field.doc:
            lines.append(f"    {docstring(field.doc, 4)}")
    if not cls.fields:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def _field_lines(field: ModelField, annotated: str) -> list[str]:
    head = f"{field.name}: {annotated}"
    arguments = [] if field.required else ["default=None"]
    if field.wire == field.name:
        return call_statement(head, None if field.required else "None", ())
    wire = text_literal(field.wire)
    arguments += [f"validation_alias={wire}", f"serialization_alias={wire}"]
    return call_statement(head, "Field", arguments)
