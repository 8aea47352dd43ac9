"""Secrets in pairs of a name and a value: ``{"key": "db_password", "value": …}``, ``["Authorization", …]``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

from callwright.captures.json_text import Step
from callwright.runtime.redaction.sensitive import is_sensitive, squeezed

Steps: TypeAlias = "tuple[Step, ...]"

_NAMES = frozenset({
    "key", "name", "k", "n", "id", "label", "field", "fieldname", "variable", "variablename", "var", "header", "headername",
    "attribute", "attributename", "property", "propertyname", "param", "paramname", "parameter", "parametername", "option",
    "setting", "settingname", "keyname",
})  # fmt: skip
_VALUES = frozenset({
    "value", "values", "val", "v", "stringvalue", "valuestring", "textvalue", "defaultvalue", "currentvalue", "plainvalue",
})  # fmt: skip


def is_value_key(key: str) -> bool:
    """Whether a key holds the value of a pair."""
    return _plain(key) in _VALUES


def names_secret(entries: Iterable[tuple[str, object]]) -> bool:
    """Whether one of an object's entries is the name of a pair whose value is secret."""
    return any(
        isinstance(value, str) and _plain(key) in _NAMES and is_sensitive(value.strip())
        for key, value in entries
    )


def secret_values(document: object) -> frozenset[Steps]:
    """The paths of all scalars of a document that are, or lie in, the value of a pair whose name is sensitive."""
    found: set[Steps] = set()
    queue: list[tuple[Steps, object, bool]] = [((), document, False)]
    while queue:
        path, value, secret = queue.pop()
        if isinstance(value, dict):
            queue += _members(path, cast("Mapping[str, Any]", value), secret)
        elif isinstance(value, list):
            queue += _elements(path, value, secret)  # pyright: ignore[reportUnknownArgumentType]
        elif secret:
            found.add(path)
    return frozenset(found)


def _members(
    path: Steps, members: Mapping[str, object], secret: bool
) -> Iterator[tuple[Steps, object, bool]]:
    named = names_secret(members.items())
    for key, value in members.items():
        yield (*path, key), value, secret or (named and is_value_key(key))


def _elements(
    path: Steps, elements: Sequence[object], secret: bool
) -> Iterator[tuple[Steps, object, bool]]:
    pairs = bool(elements) and all(map(_is_pair, elements))
    for index, element in enumerate(elements):
        place = (*path, index)
        if pairs and not secret:
            name, value = cast("list[Any]", element)
            yield (*place, 1), value, is_sensitive(name)
        else:
            yield place, element, secret


def _is_pair(element: object) -> bool:
    if not isinstance(element, list):
        return False
    items = cast("list[object]", element)
    return len(items) == 2 and isinstance(items[0], str)


def _plain(key: str) -> str:
    return squeezed(key).lstrip("@#")
