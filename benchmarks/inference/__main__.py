"""The bars of inference, measured on recorded answers: what the types hold of, and of what they do not.

    python -m benchmarks.inference [--corpus FOLDER] [--quick] [--markdown]

The corpus (one folder per API, in it one per call, in it the answers; APIs whose names are one up to a dot are summed) is
read in place, from ../shared/corpus unless --corpus or CALLWRIGHT_CORPUS says otherwise; without it, only the timings are
measured. The thresholds of inference were compared on one half of the calls (by a hash of the call's name), after the
rules had been made with all of them in view: the other half is a check of the thresholds, not of the rules.

--quick: one seed instead of five, no type checkers, no other tools.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.inference.checkers import checkers
from benchmarks.inference.components import components
from benchmarks.inference.corpus import CASES, CORPUS, load
from benchmarks.inference.holdout import holdouts
from benchmarks.inference.others import others
from benchmarks.inference.report import Row
from benchmarks.inference.speed import speed
from benchmarks.inference.training import dates, maps, sizes, training


def main() -> None:
    """Print the table of bars."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument(
        "--corpus", type=Path, default=Path(os.environ.get("CALLWRIGHT_CORPUS", CORPUS))
    )
    arguments.add_argument(
        "--quick", action="store_true", help="one seed, no type checkers, no other tools"
    )
    arguments.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    given = arguments.parse_args()
    os.environ["CALLWRIGHT_NO_CACHE"] = "1"
    seeds = range(1 if given.quick else 5)
    rows: list[Row] = []
    for row in measure(given.corpus, seeds, given.quick):
        rows.append(row)
        if not given.markdown:
            print(row, flush=True)
    if given.markdown:
        print("\n".join(markdown(rows)))


def markdown(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as a Markdown table."""
    yield "| | measured | bar |"
    yield "|---|---|---|"
    for row in rows:
        yield f"| {row.what} | {row.measured} | {row.bar} |"


def measure(corpus: Path, seeds: Iterable[int], quick: bool) -> Iterator[Row]:
    """All measurements, in order."""
    if corpus.is_dir():
        apis = {f.name: load(f) for f in sorted(corpus.iterdir()) if f.is_dir()}
        yield from sizes(apis)
        yield from training(apis)
        yield from holdouts({n: api for n, api in apis.items() if n != CASES}, list(seeds))
        yield from dates(apis)
        yield from maps(apis.get(CASES, {}))
        if not quick:
            yield from components(apis)
            yield from checkers(apis)
            yield from others(apis)
    else:
        print(f"(no corpus at {corpus}: only timings)", file=sys.stderr)
    yield from speed(quick)


if __name__ == "__main__":
    main()
