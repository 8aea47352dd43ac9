"""Runs the code a user would write and prints it with its real results, as an interactive Python would.

A program of its own, started by the demo in its folder: ``python transcript.py SCRIPT``, where SCRIPT holds blocks of
code separated by empty lines.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def run_blocks(script: str) -> None:
    """Print and execute each block; the value of an expression is printed as Python shows it."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in script.strip().split("\n\n"):
        lines = block.split("\n")
        print("\n".join([f">>> {lines[0]}", *(f"... {line}" for line in lines[1:])]))
        code = compile(block + "\n", "<demo>", "single")
        exec(code, namespace)  # noqa: S102 - the demo's own code


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    run_blocks(Path(sys.argv[1]).read_text(encoding="utf-8"))
