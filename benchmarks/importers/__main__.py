"""What imports get right: real inputs, and for each what the tool it was written for really sends.

    python -m benchmarks.importers FOLDER [--verbose]

FOLDER has ``files/`` and ``truth/``, a folder per kind in each. Prints a line per kind; exits with 1 below a bar.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.importers.curl import CURL_BAR, compare_curl


def main() -> None:
    """Compare all inputs of a folder and print the shares that are exact."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--verbose", action="store_true", help="say what differs, and why")
    arguments = parser.parse_args()
    results = list(compare_curl(arguments.folder))
    exact = sum(not problems for _, problems in results)
    print(f"curl: {exact} of {len(results)} exact")
    for name, problems in results:
        if arguments.verbose and problems:
            print(f"  {name}: {'; '.join(problems)}")
    sys.exit(exact < CURL_BAR * len(results))


if __name__ == "__main__":
    main()
