"""The modules of models: their names and imports, whatever their classes and fields are called."""

from __future__ import annotations

import ast
import json
import keyword
import re
import warnings
from pathlib import Path, PurePath

import pytest

from callwright import models_from_samples
from callwright.infer import Observation, infer
from callwright.ir import taken
from callwright.render.annotations import FIELD_TYPES, IMPORTS
from callwright.render.models.modules import RUNTIME_NAMES, SOURCES, Definition
from callwright.render.models.source import render_models
from callwright.render.models.split_modules import MOST_LINES, package_files
from callwright.render.proof.sandbox import imported


def long_class(name: str, uses: tuple[str, ...] = ()) -> Definition:
    """A class that fills a module of its own."""
    lines = [f"    n{n}: int" for n in range(MOST_LINES)] + [f"    {u.lower()}_: {u}" for u in uses]
    source = "\n".join([f"class {name}(Model):", *lines, ""])
    return Definition(name, source, frozenset({"Model", *uses}), frozenset(uses))


def test_modules_are_named_for_any_class() -> None:
    names = [
        "ABC",
        "Abc",
        "Annotations",
        "Async",
        "Class",
        "Import",
        "ImportModule",
        "Init",
        "Pass",
    ]
    classes = [long_class(name, ("Import",) if name == "Class" else ()) for name in names]
    files = package_files(classes, "", ".._runtime")
    modules = [PurePath(path).stem for path in files]
    assert len({m.lower() for m in modules}) == len(names) + 1
    assert not any(map(keyword.iskeyword, modules))
    for order in (names, names[::-1]):
        with imported(files) as models:
            assert [getattr(models, name).__name__ for name in order] == order
            assert models.Class.model_fields["import_"].annotation is models.Import


@pytest.mark.parametrize("key", ["local", "re", "cast", "datetime", "local_"])
def test_fields_named_like_what_modules_import_are_no_use_of_it(key: str) -> None:
    source = models_from_samples({"get_a": [json.dumps({key: True}).encode()]}).source
    tree = ast.parse(source)
    bound = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    assert bound - used == {"annotations"}


def test_no_field_hides_what_models_and_their_classes_have() -> None:
    body = {"mro": 1, "register": True, "register_": "x", "model_dump": None, "ABC": 2}
    inference = infer([Observation(key="get_a", call="get_a", bodies=[json.dumps(body).encode()])])
    (cls,) = inference.classes
    attributes = {f.wire: f.name for f in cls.fields}
    assert attributes["mro"] == "mro_"
    assert attributes["register_"] == "register_"
    assert attributes["register"] not in ("register", "register_")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with imported(render_models(inference)) as models:
            made = getattr(models, cls.name).model_validate(body)
            assert made.model_dump() == body


GENERATED = Path(__file__).parents[2] / "generated"


def imported_classes(module: str) -> set[str]:
    """What the modules of this name import in all generated packages, errors and the packages' own aside."""
    found: set[str] = set()
    for path in GENERATED.glob(f"[a-z]*/{module}.py"):
        own = {path.parent.name, "client", "errors"}
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module not in own:
                found |= {alias.asname or alias.name for alias in node.names}
    return {n for n in found if re.fullmatch("[A-Z][A-Za-z0-9]*", n) and not n.endswith("Error")}


def test_no_class_of_a_spec_can_have_a_name_that_its_module_imports() -> None:
    annotated = {n for n in IMPORTS if n.isidentifier()}
    models = {n for names in SOURCES.values() for n in names} | {*RUNTIME_NAMES, *FIELD_TYPES}
    assert {n for n in models if n[0].isupper() and "_" not in n} <= taken.MODELS
    assert annotated | imported_classes("types") <= taken.TYPES
    for module in ("client", "errors", "__init__"):
        assert annotated | imported_classes(module) <= taken.CLIENT
