"""The runtime definitions as Python source: exactly the objects that initialize used, printed.

Only what differs from a field's default is printed, so that a definition reads like the spec it came from.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Mapping
from typing import Any

from callwright.format.directives import inert
from callwright.runtime import definition
from callwright.runtime.unset import UNSET


def source_of(value: object) -> str:
    """A Python expression that builds ``value``: definitions, containers and JSON scalars, nothing else.

    Raises:
        TypeError: the value is of another kind (a bug of ours).
    """
    if value is UNSET:
        return "UNSET"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _call(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{source_of(k)}: {source_of(v)}" for k, v in value.items()) + "}"
    if isinstance(value, tuple):
        inner = ", ".join(source_of(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return "[" + ", ".join(source_of(item) for item in value) + "]"
    if isinstance(value, str | int | float | bool | bytes | None) and not isinstance(
        value, enum.Enum
    ):
        return literal(value)
    raise TypeError(f"cannot print {type(value).__name__}")


def literal(value: str | int | float | bool | bytes | None) -> str:
    """A Python literal for a scalar; text in ASCII escapes wherever a character is not plainly visible."""
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError("numbers that are not finite have no literal")
    return inert(repr(value)) if isinstance(value, str | bytes) else repr(value)


def names_in(value: object) -> set[str]:
    """The classes and constants of ``_runtime`` that ``source_of(value)`` mentions."""
    if value is UNSET:
        return {"UNSET"}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {type(value).__name__}
        for _, item in _printed(value):
            found |= names_in(item)
        return found
    if isinstance(value, Mapping):
        return set().union(*(names_in(v) for v in value.values()))
    if isinstance(value, tuple | list):
        return set().union(*(names_in(v) for v in value))
    return set()


def _call(value: Any) -> str:
    name = type(value).__name__
    assert getattr(definition, name) is type(value), name
    arguments = [text for text, _ in _printed(value)]
    return f"{name}({', '.join(arguments)})"


def _printed(value: Any) -> list[tuple[str, object]]:
    """The arguments to print, as keywords: required ones, and others that differ from their default."""
    values = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
    return [
        (f"{field.name}={source_of(item)}", item)
        for field, item in values
        if not _is_default(field, item)
    ]


def _is_default(field: dataclasses.Field[Any], item: object) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return bool(item == field.default_factory())
    # 1 == True and 1 == 1.0, but they are not the same on the wire
    return bool(type(item) is type(field.default) and item == field.default)
