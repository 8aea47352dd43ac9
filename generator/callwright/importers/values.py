"""Values of a source → fields of a spec, and the arguments that send the same again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from callwright.importers.credentials import Credentials, is_secret_name, is_secret_value
from callwright.importers.marks import marked_names, shown, whole_mark
from callwright.ir.naming import argument

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | Number | None"
Tree: TypeAlias = "dict[str, object]"
_DEEPEST = 6
_MOST_LEAVES = 60


class Number(str):
    """A number as it was spelled: 1.10 stays 1.10."""

    __slots__ = ()


@dataclass(slots=True)
class Arguments:
    """The arguments of one call and their values in one sample.

    ``environment``: variable → value in the source, of arguments whose values are only known when it is sent.
    """

    values: dict[str, object] = field(default_factory=dict[str, object])
    environment: dict[str, str] = field(default_factory=dict[str, str])
    unknown: list[str] = field(default_factory=list[str])

    def free(self, wire: str, place: str) -> str:
        """The name of an argument for a name on the wire; of its place too when the name is taken."""
        name = argument(wire)
        if name in self.values:
            name = argument(f"{place}_{wire}")
        wanted, number = name, 1
        while name in self.values:
            number += 1
            name = f"{wanted}_{number}"
        return name

    def give(self, name: str, value: object) -> None:
        """Note an argument's value: a text with marks is read from the environment when the sample is sent."""
        if isinstance(value, str) and marked_names(value):
            variable = whole_mark(value) or name.upper()
            if variable == "command":
                variable = name.upper()
                self.unknown.append(name)
            self.environment[variable] = value
            self.values[name] = {"env": variable}
        else:
            self.values[name] = as_constant(value)


def as_constant(value: object) -> object:
    """A value as it stands among a sample's arguments: wrapped when it reads like a reference."""
    keys = set(cast("dict[str, object]", value)) if isinstance(value, dict) else set[str]()
    references: list[set[str]] = [
        {"from"},
        {"from", "output"},
        {"file"},
        {"env"},
        {"auto"},
        {"value"},
    ]
    return {"value": value} if keys in references else value


def parsed(text: str) -> Json:
    """A JSON text that may hold marks, also where no text stands. Raises ValueError."""
    quoted = re.sub(r"(?<=[:,\[])(\s*)(\x02[^\x02\x03]*\x03)(?=\s*[,}\]])", r'\1"\2"', text)
    try:
        return cast("Json", json.loads(quoted, strict=False, parse_float=Number, parse_int=Number))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def is_too_large(value: Json) -> bool:
    """Whether an object is better one argument than one for each of its places."""
    return _depth(value) > _DEEPEST or _leaves(value) > _MOST_LEAVES


def fields_of(
    value: dict[str, Json], arguments: Arguments, credentials: Credentials, place: str = "body"
) -> Tree:
    """The fields of a JSON object: an argument for each of its values, places for the objects in it."""
    fields: Tree = {}
    for key, inner in value.items():
        text = inner if isinstance(inner, str) and not isinstance(inner, Number) else None
        if text and (is_secret_name(key) or is_secret_value(text)):
            fields[key] = credentials.put(text, argument(key))
        elif isinstance(inner, dict) and inner:
            fields[key] = {"fields": fields_of(inner, arguments, credentials, argument(key))}
        else:
            name = arguments.free(key, place)
            arguments.give(name, inner)
            fields[key] = parameter(inner, name, key)
    return fields


def parameter(value: Json, name: str, wire: str) -> Tree:
    """The description of an argument that had this value."""
    made = type_of(value)
    if name != argument(wire):
        made["arg"] = name
    if isinstance(value, str) and not isinstance(value, Number) and marked_names(value):
        return made
    if not isinstance(value, dict | list) and value is not None and value != "":
        made["example"] = value
    return made


def type_of(value: Json) -> Tree:
    """The type of a value as a parameter."""
    match value:
        case None:
            return {"type": "any", "nullable": True}
        case bool():
            return {"type": "boolean"}
        case Number():
            return {"type": "number" if re.search(r"[.eE]", value) else "integer"}
        case str() if whole_mark(value) is not None:
            return {"type": "string"}
        case str():
            return {"type": "string"}
        case list():
            return {"type": "array", "items": _items(value)}
        case dict():
            return {"type": "object"}
        case _:
            return {"type": "any"}


def _items(values: list[Json]) -> object:
    types = {cast("str", type_of(value)["type"]) for value in values}
    if len(types) != 1:
        return "number" if types == {"integer", "number"} else "any"
    only = types.pop()
    if only == "array":
        return {
            "type": "array",
            "items": _items([i for v in values if isinstance(v, list) for i in v]),
        }
    return only


def scalar(text: str) -> Json:
    """The value of a text in a query or form: a number or flag where it is written like one."""
    if re.fullmatch(r"-?[1-9]\d{0,14}|0", text):
        return Number(text)
    return text == "true" if text in ("true", "false") else text


def text_of(value: str) -> str:
    """A constant text of a spec: ``${`` in it is no variable."""
    return shown(value.replace("${", "$${"))


def _depth(value: Json) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def _leaves(value: Json) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return 1
