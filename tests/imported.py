"""Import the packages of any output folder, side by side."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

_NUMBERS = count()


@contextmanager
def imported(output: Path, package: str) -> Iterator[Any]:
    """A generated package, imported as part of its output folder, whose name other tests use too."""
    parent = ModuleType(f"generated_{next(_NUMBERS)}")
    parent.__path__ = [str(output)]
    sys.modules[parent.__name__] = parent
    try:
        yield importlib.import_module(f"{parent.__name__}.{package}")
    finally:
        for name in [n for n in sys.modules if n.partition(".")[0] == parent.__name__]:
            del sys.modules[name]
