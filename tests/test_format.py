"""Formatting in pieces gives what isort and black make of the whole."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

from callwright import cache, pipeline
from callwright.errors import FormatError
from callwright.format.format import format_files
from callwright.format.layout import Pieces, joined, tidied
from callwright.package.lower import lower
from callwright.project.settings import load_settings
from callwright.render.package import render_package

ROOT = Path(__file__).parents[1]
FOLDERS = {p.parent.name: p.parent for p in sorted(ROOT.glob("tests/cases/*/connector.yaml"))}
FOLDERS |= {p.parent.name: p.parent for p in sorted(ROOT.glob("specs/*/connector.yaml"))}


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "cache_folder", lambda: None)


def rendered(folder: Path, project: Path) -> dict[str, str | Pieces]:
    """The unformatted files of a connector's package."""
    shutil.copytree(folder, project / "specs" / folder.name)
    (project / "callwright.toml").write_text("")
    learnt = pipeline.learn(project / "specs" / folder.name, load_settings(project))
    groups, roots = learnt.groups, learnt.inference.roots
    return render_package(
        lower(learnt.requests, groups.answers(roots), groups.error_bodies(roots), "generated")
    )


def whole(pieces: Pieces) -> str:
    """The file in one piece, unformatted."""
    text = pieces.frame
    for slot, sources in pieces.slots.items():
        stub = re.compile(rf"    def {slot}\(self\):\n        pass\n|{slot} = None\n")
        assert len(stub.findall(text)) == 1
        made = "\n".join(sources)
        text = stub.sub(lambda _, made=made: made, text)  # type: ignore[misc]
    return text


@pytest.mark.parametrize("name", FOLDERS)
def test_pieces_are_formatted_as_the_whole(name: str, tmp_path: Path) -> None:
    files = rendered(FOLDERS[name], tmp_path)
    pieces = {path: made for path, made in files.items() if isinstance(made, Pieces)}
    assert pieces.keys() == {"client.py", "_calls.py"}
    for made in pieces.values():
        assert joined(made) == tidied(whole(made))


METHODS = [
    "def f(self{}) -> models.{}:\n        return self._call(_calls.F, {{}}, returns=models.{})\n".format(
        ", *, a: int" * (n % 2), "A" * n, "A" * n
    )
    for n in range(1, 70)
]


@pytest.mark.parametrize(
    "docstring", ["", "        return self._call(\n", "    def f(\n", "def f("]
)
def test_asynchronous_methods_are_laid_out_on_their_own(docstring: str) -> None:
    # lengths around where black breaks signatures and calls, which the longer words of one of the two move
    doc = f"        '''{docstring}'''\n" if docstring else ""
    sources = [doc.join(re.split(r"(?<=:\n)", f"    {m}", maxsplit=1)) for m in METHODS]
    longer = [
        "return await self".join(
            s.replace("    def ", "    async def ", 1).rsplit("return self", 1)
        )
        for s in sources
    ]
    frame = "".join(f"class {c}:\n    def {c}_slot(self):\n        pass\n\n\n" for c in "AB")
    slots = {"A_slot": sources, "B_slot": longer}
    alone = Pieces(frame, slots)
    assert joined(Pieces(frame, slots, twins={"B_slot": "A_slot"})) == joined(alone)
    assert joined(alone) == tidied(whole(alone))


def test_no_text_can_pass_for_the_place_of_a_piece(tmp_path: Path) -> None:
    names = [f"_callwright_{n}_{x}" for n in (0, 1) for x in "ab"]
    text = "\n\n".join(f"def {name}(self):\n    pass\n\n{name} = None" for name in names)
    folder = tmp_path / "sly"
    (folder / "captures" / "get").mkdir(parents=True)
    (folder / "captures" / "get" / "example.200.json").write_text('{"a": 1}')
    shown = json.dumps(text)
    (folder / "connector.yaml").write_text(
        f"callwright: 1\nname: sly\nbase_url: https://sly.example\ndescription: {shown}\n"
        f"calls:\n  get: {{path: /, description: {shown}}}\n"
    )
    made = format_files(rendered(folder, tmp_path / "project"))["client.py"]
    classes = [n for n in ast.parse(made).body if isinstance(n, ast.ClassDef)]
    for cls in classes:
        methods = [
            n.name for n in cls.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        assert methods == ["__init__", "with_options", "get"]
        assert names[0] in (ast.get_docstring(cls) or "")


def test_what_does_not_parse_is_told() -> None:
    frame = "class A:\n    def slot(self):\n        pass\n"
    for source in (
        "def (:\n",
        Pieces("def (:\n", {}),
        Pieces(frame, {"slot": ["    def (:\n"]}),
        Pieces(frame, {"slot": ["    def f(self):\n        return self.x = 1\n"]}),
        Pieces("A = 1\n", {"slot": ["    def f(self): ...\n"]}),
    ):
        with pytest.raises(FormatError, match=r"a\.py: the generated source is not valid Python"):
            format_files({"a.py": source})
