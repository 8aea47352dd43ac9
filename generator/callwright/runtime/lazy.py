"""Modules imported at their first use: models cost more to import than everything else of a package."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any


class _Lazy(ModuleType):
    def __getattr__(self, name: str) -> Any:
        value = getattr(importlib.import_module(self.__name__), name)
        # found without this function from now on
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return dir(importlib.import_module(self.__name__))


def lazy(package: str | None, name: str) -> ModuleType:
    """The module ``name`` of a package, imported when an attribute of it is first asked for."""
    return _Lazy(f"{package}.{name}")
