"""The source of each generated class: datamodel-code-generator prints, one pass over its syntax tree finishes.

One ``generate()`` call makes the annotations of all classes that are not in the cache; names and texts of the wire are
not in what it is given: the pass adds them, as names and literals.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from callwright.cache import recall, remember, version_of
from callwright.format.layout import call_statement, laid_out, text_literal
from callwright.infer.result import ModelClass, ModelField
from callwright.ir.nodes import TypeExpr
from callwright.render.annotations import annotation
from callwright.render.environment import docstring
from callwright.render.models.schema import FORMS, LEAF, Forms, Schema, with_none

_RENAMED = {
    "AwareDatetime": "datetime.datetime",
    "date": "datetime.date",
    "datetime": "datetime.datetime",
}


@dataclass(frozen=True, slots=True)
class Fragment:
    """The source of one definition, laid out, and the names it uses."""

    source: str
    names: frozenset[str]


def fragments(classes: Sequence[ModelClass]) -> dict[str, Fragment]:
    """By class name, from the cache or made in one go."""
    found: dict[str, Fragment] = {}
    missing: list[ModelClass] = []
    keys = class_keys(classes)
    for cls in classes:
        known = recall("models", _versions(), keys[cls.name])
        if known is None:
            missing.append(cls)
        else:
            source, names = json.loads(known)
            found[cls.name] = Fragment(source, frozenset(names))
    if missing:
        annotations = _generate(missing)
        for cls in missing:
            found[cls.name] = made = fragment(_class_source(cls, annotations[cls.name]))
            text = json.dumps([made.source, sorted(made.names)])
            remember("models", _versions(), keys[cls.name], text)
    return found


def fragment(source: str) -> Fragment:
    """A definition, laid out. Raises SyntaxError when it is none."""
    source = laid_out(source)
    return Fragment(source, frozenset(names_used(source)))


def names_used(source: str) -> set[str]:
    """The names used in source, those it gives and those inside texts left out."""
    return {
        n.id
        for n in ast.walk(ast.parse(source))
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }


def class_keys(classes: Iterable[ModelClass]) -> dict[str, str]:
    """By class name, all that its source depends on."""
    shown: dict[int, str] = {}  # thousands of fields share few types

    def typed(kind: TypeExpr) -> str:
        text = shown.get(id(kind))
        if text is None:
            text = shown[id(kind)] = repr(kind)
        return text

    return {
        c.name: repr(
            (
                (c.name, c.doc),
                [(f.wire, f.name, typed(f.type), f.required, f.nullable, f.doc) for f in c.fields],
            )
        )
        for c in classes
    }


def _versions() -> str:
    return f"{version_of('callwright')} {version_of('datamodel-code-generator')} 6"


def _generate(classes: Iterable[ModelClass]) -> dict[str, dict[str, str]]:
    """Class name → attribute → annotation, as datamodel-code-generator decides them."""
    forms = Forms()
    wanted = {
        cls.name: {f.name: forms.add(_full_type(f), f.required) for f in cls.fields}
        for cls in classes
    }
    printed = _printed(forms)
    return {
        name: {
            attribute: _filled(printed[form], leaves)
            for attribute, (form, leaves) in fields.items()
        }
        for name, fields in wanted.items()
    }


def _full_type(field: ModelField) -> TypeExpr:
    return with_none(field.type) if field.nullable else field.type


def _printed(forms: Forms) -> dict[str, str]:
    """The annotation of each form, its leaves still numbered, from the cache or made in one go."""
    known = {name: recall("forms", _versions(), key) for name, key in forms.keys.items()}
    missing = [name for name, text in known.items() if text is None]
    made = _annotations(forms.document(missing)) if missing else {}
    for name, text in made.items():
        remember("forms", _versions(), forms.keys[name], text)
    return {name: text for name, text in known.items() if text is not None} | made


def _annotations(document: Schema) -> dict[str, str]:
    """The annotations of the forms in a document, by property."""
    from datamodel_code_generator import InputFileType, generate
    from datamodel_code_generator.enums import DataModelType
    from datamodel_code_generator.format import Formatter, PythonVersion

    source = generate(
        json.dumps(document),
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
        f"{LEAF}{n}": ast.parse(annotation(leaf, "models"), mode="eval").body
        for n, leaf in enumerate(leaves)
    }
    return ast.unparse(_Rename(names).visit(ast.parse(printed, mode="eval").body))


def _class_source(cls: ModelClass, annotations: Mapping[str, str]) -> str:
    lines = [f"class {cls.name}(Model):"]
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
