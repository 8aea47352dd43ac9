"""What starting the command line costs, as a ratio to importing click (bar: 2)."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15


def seconds(*command: str) -> float:
    """The median of several runs."""
    measured = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        measured.append(time.perf_counter() - start)
    return statistics.median(measured)


def main() -> None:
    bare = seconds(sys.executable, "-c", "import click")
    ours = seconds(sys.executable, "-m", "callwright", "--help")
    print(
        f"callwright --help: {ours / bare:.2f} of python -c 'import click' ({bare * 1000:.0f} ms; bar 2)"
    )


if __name__ == "__main__":
    main()
