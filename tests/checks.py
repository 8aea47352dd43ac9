"""`make check`: every static check of the project, side by side; prints what failed and exits 1.

The generated packages are checked as users get them: strict mypy and strict pyright over generated/ and over the case
snapshots' consumers, with no configuration of ours helping.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
STRICT = ROOT / "tests" / "strict"  # configurations for generated code


def tool(name: str) -> str:
    return str(BIN / name)


CHECKS: dict[str, list[str]] = {
    "ruff": [tool("ruff"), "check", "."],
    "black": [tool("black"), "--check", "--quiet", "."],
    "import-linter": [tool("lint-imports"), "--no-cache"],
    "mypy": [tool("mypy")],
    "pyright": [tool("pyright"), "--pythonpath", sys.executable],
    "generated: mypy --strict": [
        tool("mypy"), "--config-file", str(STRICT / "mypy.ini"), "generated",
    ],
    "generated: pyright strict": [
        tool("pyright"), "--pythonpath", sys.executable, "-p", str(STRICT / "pyrightconfig.json"),
    ],
    "generated: ruff": [
        tool("ruff"), "check", "--config", str(STRICT / "ruff.toml"), "generated",
    ],
    "generated: up to date": [tool("callwright"), "check"],
}  # fmt: skip


def run(name: str) -> tuple[str, int, str, float]:
    start = time.monotonic()
    done = subprocess.run(
        CHECKS[name], cwd=ROOT, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}
    )
    return name, done.returncode, done.stdout + done.stderr, time.monotonic() - start


def main() -> int:
    failed = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        for name, code, output, seconds in pool.map(run, CHECKS):
            print(f"{'ok    ' if code == 0 else 'FAILED'} {name} ({seconds:.1f} s)", flush=True)
            if code:
                failed += 1
                print(output, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
