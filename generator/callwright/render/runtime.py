"""The runtime's modules as generated packages import them: byte for byte, but for the HTTP library's name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "runtime"


@lru_cache(maxsize=2)
def runtime_files(http: str) -> dict[str, str]:
    """The modules of the runtime by their path in it.

    ``http``: the HTTP library; another one than httpx changes the one line that imports it.
    """
    files = {
        path.relative_to(_FOLDER).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(_FOLDER.rglob("*.py"))
    }
    files["http.py"] = files["http.py"].replace("import httpx as httpx", f"import {http} as httpx")
    return files | {"py.typed": ""}
