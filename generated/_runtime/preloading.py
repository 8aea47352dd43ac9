"""Imports and builds what is otherwise made at its first use: models, and what reads responses and errors."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

_LAZY = (
    ".reading.drift", ".reading.messages", ".reading.paths", ".reading.decimals", ".reading.envelope", ".reading.xml",
    ".redaction.redactor", ".frames", ".deadline", ".fields",
)  # fmt: skip


def preload(package: str) -> None:
    """Import the runtime's lazy modules and build the models of a package."""
    from .reading import readers

    for name in _LAZY:
        importlib.import_module(name, __package__)
    readers.make_adapter(int)  # the first one loads pydantic's plugins
    if find_spec(f"{package}.models") is None:
        return
    from pydantic import BaseModel

    models = importlib.import_module(f"{package}.models")
    for name in getattr(models, "__all__", ()):
        model: object = getattr(models, name)
        if isinstance(model, type) and issubclass(model, BaseModel):
            model.model_rebuild()
