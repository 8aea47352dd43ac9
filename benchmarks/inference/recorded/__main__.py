"""A corpus of other APIs: the traffic that client libraries recorded for their own tests, read from their source archives.

    python -m benchmarks.inference.recorded FOLDER [--set known|untouched]
    python -m benchmarks.inference --corpus FOLDER

The archives are downloaded with pip and with ``apt-get source``, which needs deb-src lines of bookworm, trixie and sid (in a
configuration of its own, if APT_CONFIG names one). A call is a method and a path in which what varies is left out; the
answers are the distinct JSON bodies of its successes, at most twelve. Recordings of many years stand side by side, so that
an API's own growth counts as evidence that keys come and go.

known: three APIs that inference's rules were revised with in view; their paths are read with lists of words.
untouched: APIs that no rule was made with in view; what varies in their paths is told by the traffic alone.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.inference.recorded import known
from benchmarks.inference.recorded.archives import KNOWN, UNTOUCHED, Source, unpacked
from benchmarks.inference.recorded.calls import Calls, call_names, calls
from benchmarks.inference.recorded.recordings import Exchange, recorded

LEAST_CALLS, LEAST_ANSWERS = 2, 20
"""A smaller API says little, and one whose calls are told apart by something else than their paths is no API of calls."""


def main() -> None:
    """Write the corpus to the folder that is named."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--set", choices=("known", "untouched"), default="known", dest="chosen")
    given = arguments.parse_args()
    if given.chosen == "known":
        write(given.folder, KNOWN, lambda exchanges: map(known.call_of, exchanges), least=(0, 0))
    else:
        write(given.folder, UNTOUCHED, call_names, least=(LEAST_CALLS, LEAST_ANSWERS))


def write(
    target: Path,
    sources: Iterable[Source],
    names: Callable[[list[Exchange]], Iterable[str]],
    least: tuple[int, int],
) -> None:
    """Write the answers of every API of the sources that has enough of them."""
    for api, exchanges in _by_api(sources):
        found = calls(exchanges, names(exchanges))
        count = sum(map(len, found.values()))
        if len(found) < least[0] or count < least[1]:
            print(f"{api}: left out ({len(found)} calls, {count} answers)")
            continue
        _write(target / api, found)
        again = [sum(len(b) >= n for b in found.values()) for n in (2, 4)]
        print(
            f"{api}: {len(found)} calls, {count} answers"
            f" ({again[0]} calls with two or more, {again[1]} with four or more)",
            flush=True,
        )


def _by_api(sources: Iterable[Source]) -> Iterator[tuple[str, list[Exchange]]]:
    """The exchanges of each API; of one archive at a time, or of neighbours that recorded the same API."""
    for _, group in itertools.groupby(sources, lambda s: s.api):
        apis: dict[str, list[Exchange]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for source in group:
                for file, exchange in recorded(unpacked(source, Path(folder))):
                    api = _api(source, file)
                    if api is not None and exchange.path.startswith(source.within):
                        apis.setdefault(api, []).append(exchange)
        yield from sorted(apis.items())


def _api(source: Source, file: Path) -> str | None:
    if source.part is None:
        return source.api
    part = source.part(file)
    return None if part is None else f"{source.api}.{part}"


def _write(folder: Path, found: Calls) -> None:
    for call, bodies in found.items():
        (folder / call).mkdir(parents=True, exist_ok=True)
        for index, body in enumerate(bodies, 1):
            (folder / call / f"{index}.json").write_bytes(body)


if __name__ == "__main__":
    main()
