"""`make bench`: every benchmark, one after the other; each reports ratios within its own run."""

from __future__ import annotations

import subprocess
import sys

MODULES = (
    "benchmarks.start",
    "benchmarks.client",
    "benchmarks.files",
    "benchmarks.lists",
    "benchmarks.generate",
    "benchmarks.inference",
)


def main() -> int:
    failed = 0
    for name in MODULES:
        print(f"== {name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", name]).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
