"""What a package imports at its first use: models cost more to import than everything else of a package.

Type checkers never see this; each use stands in the ``else`` of ``if TYPE_CHECKING:``, beside the plain import.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any


class _Lazy(ModuleType):
    def __init__(self, package: str | None, place: str) -> None:
        super().__init__(place)
        self.__package__ = package

    def __getattr__(self, name: str) -> Any:
        value = getattr(importlib.import_module(self.__name__, self.__package__), name)
        # found without this function from now on
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return dir(importlib.import_module(self.__name__, self.__package__))


def lazy(package: str | None, place: str) -> ModuleType:
    """The module at ``place``, relative to a package, imported when one of its attributes is first read."""
    return _Lazy(package, place)


def names(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """A module's ``__getattr__``: ``places`` maps a name to the module that has it, or that it is."""

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = importlib.import_module(places[name], package)
        # a submodule is an attribute of its package once it is imported
        return module if places[name] == f".{name}" else getattr(module, name)

    return get
