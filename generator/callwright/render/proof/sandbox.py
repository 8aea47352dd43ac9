"""Generated models imported from memory: nothing is written, nothing of the user's is touched."""

from __future__ import annotations

import datetime
import operator
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import reduce
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from typing import Any, Literal, assert_never
from uuid import UUID

from callwright.ir.nodes import (
    BuiltinType,
    DictType,
    ListType,
    LiteralType,
    MappingType,
    ModelType,
    ParamsType,
    SequenceType,
    TypeExpr,
    UnionType,
)
from callwright.runtime import fields
from callwright.runtime import model as runtime_model

_BUILTINS: dict[str, Any] = {
    "None": None, "str": str, "int": int, "float": float, "bool": bool, "bytes": bytes, "Any": Any,
    "datetime.date": datetime.date, "datetime.datetime": datetime.datetime,
}  # fmt: skip


_DECLARED: dict[str, Any] = {"Decimal": Decimal, "UUID": UUID}


class _Memory(MetaPathFinder, Loader):
    """Finds and loads the modules of one package that exists in memory only."""

    def __init__(self, package: str, files: Mapping[str, str]) -> None:
        self._sources = {f"{package}.{_module(path)}": text for path, text in files.items()}
        self._packages = {f"{package}.{_module(p)}" for p in files if p.endswith("__init__.py")}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's place, when it is one of ours."""
        if fullname not in self._sources:
            return None
        return spec_from_loader(fullname, self, is_package=fullname in self._packages)

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the module's source."""
        name = module.__name__
        code = compile(self._sources[name], f"<{name}>", "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - our own output


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@contextmanager
def imported(files: Mapping[str, str]) -> Iterator[types.ModuleType]:
    """The ``models`` module of generated files (``models.py`` or ``models/…``), for the time of a with block."""
    parent = f"_callwright_proof_{id(files):x}"
    package = f"{parent}.client"
    finder = _Memory(package, files)
    aliases: dict[str, types.ModuleType] = {}
    for place in (parent, package):  # the runtime is beside a package, or inside it
        aliases[place] = types.ModuleType(place)
        aliases[place].__path__ = []
        aliases[f"{place}._runtime"] = sys.modules[runtime_model.__package__ or ""]
        aliases |= {f"{place}._runtime.model": runtime_model, f"{place}._runtime.fields": fields}
    sys.modules.update(aliases)
    sys.meta_path.insert(0, finder)
    try:
        __import__(f"{package}.models")
        yield sys.modules[f"{package}.models"]
    finally:
        sys.meta_path.remove(finder)
        for name in [n for n in sys.modules if n == parent or n.startswith(f"{parent}.")]:
            del sys.modules[name]


def python_type(expr: TypeExpr, models: types.ModuleType) -> Any:
    """The type that an expression names."""
    match expr:
        case BuiltinType(name=name):
            return (
                _BUILTINS[name]
                if name in _BUILTINS
                else getattr(fields, name, None) or _DECLARED[name]
            )
        case ModelType(name=name):
            return getattr(models, name)
        case ListType(item=item) | SequenceType(item=item):
            return types.GenericAlias(list, (python_type(item, models),))
        case DictType(value=value) | MappingType(value=value):
            return types.GenericAlias(dict, (str, python_type(value, models)))
        case LiteralType(values=values):
            return Literal[values]
        case UnionType(options=options):
            return reduce(operator.or_, (python_type(o, models) for o in options))
        case ParamsType(name=name):
            raise TypeError(f"{name} is no response type")
        case _:
            assert_never(expr)
