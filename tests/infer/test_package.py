"""The models of a package: modules in order, loaded lazily, clean under the type checkers, and safe to read."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from callwright import models_from_samples, runtime
from callwright.infer import Inference, Observation, infer
from callwright.render.models.schema import document
from callwright.render.models.source import render_models
from callwright.render.proof.sandbox import imported


def wide(calls: int) -> Inference:
    bodies = []
    for n in range(calls):
        inner = {
            f"alpha_{n}": 1,
            f"beta_{n}": {"x": "2020-01-01", f"y_{n}": [None, "s"], "class": 1.5},
        }
        blocks = [{"type": "a", f"x_{n}": 1, "p": 1}, {"type": "b", f"y_{n}": 2, "q": 2}]
        bodies.append(
            {
                "id": n,
                f"nested_{n}": inner,
                "owner": {"id": 1, "login": "x", "boss": None},
                "blocks": blocks,
            }
        )
    return infer(
        [
            Observation(
                key=f"get_thing_{n}", call=f"get_thing_{n}", bodies=[json.dumps(body).encode()]
            )
            for n, body in enumerate(bodies)
        ]
    )


def test_few_models_are_one_module_and_many_a_package() -> None:
    assert list(render_models(wide(2))) == ["models.py"]
    files = render_models(wide(60), header="# Generated.\n")
    assert "models/__init__.py" in files
    assert len(files) > 3
    assert (
        max(text.count("\n") for name, text in files.items() if name != "models/__init__.py") < 500
    )
    assert all(text.startswith("# Generated.\n") for text in files.values())


def test_what_is_added_moves_no_other_module() -> None:
    before = render_models(wide(100))
    assert len(before) > 10
    for calls in (101, 102, 103):
        # new classes stand at three places of the order: a module there may be parted, or end with another class
        assert len(before.keys() ^ render_models(wide(calls)).keys()) <= 3


def test_a_package_loads_only_what_is_used() -> None:
    inference = wide(60)
    files = render_models(inference)
    with imported(files) as models:
        package = models.__name__
        assert not [name for name in sys.modules if name.startswith(f"{package}.")]
        assert models.Owner.__name__ == "Owner"
        loaded = [name for name in sys.modules if name.startswith(f"{package}.")]
        assert len(loaded) < len(files) - 1
        assert set(dir(models)) == {
            *(c.name for c in inference.classes),
            *(u.name for u in inference.unions),
        }
        with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
            _ = models.Nonsense


def test_the_output_does_not_depend_on_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = render_models(wide(3))
    monkeypatch.setattr("callwright.cache.cache_folder", lambda: tmp_path)
    assert render_models(wide(3)) == expected
    assert render_models(wide(3)) == expected
    stored = [p for p in tmp_path.rglob("*") if p.is_file()]
    for path in stored:
        path.write_bytes(b"damaged")
    assert render_models(wide(3)) == expected


def test_what_is_cached_needs_no_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callwright.cache.cache_folder", lambda: tmp_path)
    expected = render_models(wide(3))
    monkeypatch.setitem(sys.modules, "datamodel_code_generator", None)
    assert render_models(wide(3)) == expected


def test_the_json_schema_has_every_class_once() -> None:
    inference = wide(3)
    made: Any = document(inference)
    assert set(made["$defs"]) == {c.name for c in inference.classes} | {
        u.name for u in inference.unions
    }
    assert made["$defs"]["Owner"] == {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "login": {"type": "string"}, "boss": {}},
        "required": ["id", "login"],
    }
    assert len({name.lower() for name in made["$defs"]}) == len(made["$defs"])


HOSTILE = [
    '"""; import os; """',
    "'); exec('x",
    "a\\",
    "x\n    y = 1",
    "{{ x }}",
    "\u202eevil",
    "]\nimport os\n[",
    "#",
    "${x}",
    "__import__",
]


def test_nothing_hostile_becomes_code() -> None:
    tagged = [{"type": text, "kind": text, f"{text}1": 1, f"{text}2": text} for text in HOSTILE[:3]]
    body = {text: text for text in HOSTILE} | {
        "items": tagged,
        "objects": {text: {text: [text]} for text in HOSTILE},
    }
    source = models_from_samples(
        {"get_x": [json.dumps(body).encode(), json.dumps(body).encode()]}
    ).source
    tree = ast.parse(source)
    kinds = {type(statement) for statement in tree.body}
    assert kinds <= {
        ast.Expr,
        ast.ImportFrom,
        ast.Import,
        ast.ClassDef,
        ast.AnnAssign,
        ast.Assign,
        ast.FunctionDef,
    }
    imports = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imports <= {"datetime", "re"}
    wires = {
        keyword.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "validation_alias" and isinstance(keyword.value, ast.Constant)
    }
    assert set(HOSTILE) - {"#"} <= wires | {"a", "x"}


def test_models_are_clean_under_the_type_checkers(tmp_path: Path) -> None:
    package = tmp_path / "client"
    files = render_models(wide(30))
    runtime_folder = Path(runtime.__file__).parent
    (package / "_runtime").mkdir(parents=True)
    (package / "acme" / "models").mkdir(parents=True)
    for name in ("__init__", "model", "fields", "versions"):
        shutil.copy(runtime_folder / f"{name}.py", package / "_runtime")
    (package / "acme" / "__init__.py").touch()
    (package / "__init__.py").touch()
    for name, text in files.items():
        (package / "acme" / name).write_text(text)
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    found_by = ["--pythonpath", sys.executable]
    for command in (["mypy", "--strict", "client"], ["pyright", *found_by, "client"]):
        program = Path(sys.executable).with_name(command[0])
        done = subprocess.run(
            [program, *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
