"""The generated models under type checkers; their names and duplicates."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.inference.corpus import Api, made
from benchmarks.inference.report import Row
from callwright.infer.seen.shapes import Place, observe


def checkers(apis: Mapping[str, Api]) -> Iterator[Row]:
    """The generated models of every API under mypy --strict and pyright strict; their names and duplicates."""
    numbered = duplicates = nones = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, api in apis.items():
            usable = {c: b for c, b in api.items() if _depth_fits(b)}
            found = made(usable)
            (root / f"{name.replace('.', '_')}_models.py").write_text(found.source)
            names = {c.__name__ for c in found.classes}
            # ours would be a number after a name that is there without it, and in no key or call of the API
            numbered += sum(
                bool(re.search(r"\d$", name))
                and name.rstrip("0123456789") in names
                and not _in_wire(name, api)
                for name in names
            )
            duplicates += _duplicates(found.source)
            nones += len(re.findall(r"^    \w+: None(?: = None)?$", found.source, re.MULTILINE))
        for tool, command in (
            ("mypy --strict", ["mypy", "--strict", "--no-incremental", folder]),
            ("pyright strict", ["pyright", folder]),
        ):
            (root / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
            program = Path(sys.executable).with_name(command[0])
            if not program.exists():
                continue
            done = subprocess.run(
                [str(program), *command[1:]], capture_output=True, text=True, cwd=folder
            )
            last = done.stdout.strip().splitlines()[-1]
            yield Row(f"whole corpus under {tool}", last[:28], "clean", done.returncode == 0)
    yield Row("duplicate classes", str(duplicates), "0", duplicates == 0)
    yield Row("Name1-like names", str(numbered), "0", numbered == 0)
    yield Row("None-only types", str(nones), "0", nones == 0)


def _depth_fits(bodies: Sequence[bytes]) -> bool:
    try:
        for body in bodies:
            observe(Place(), json.loads(body), 1)
    except ValueError:
        return False
    return True


def _in_wire(name: str, api: Api) -> bool:
    # a number that the provider's own key or the call's name ends in is no number of ours
    digits = re.search(r"\d+$", name)
    texts = [*api, *(body.decode() for bodies in api.values() for body in bodies)]
    return digits is not None and any(re.search(rf"[A-Za-z_]{digits[0]}\b", text) for text in texts)


def _duplicates(source: str) -> int:
    """Classes whose fields (names, types, requirement) are those of another class, with three fields or more."""
    seen: set[str] = set()
    count = 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef) or node.name == "Model":
            continue
        fields = sorted(ast.unparse(s) for s in node.body if isinstance(s, ast.AnnAssign))
        key = "\n".join(fields)
        if len(fields) >= 3:
            count += key in seen
            seen.add(key)
    return count
