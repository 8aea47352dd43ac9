"""A spec as plain data → the text of connector.yaml: short maps on one line, what YAML would read otherwise quoted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import yaml

from callwright.importers.values import Number
from callwright.specfile.yaml_text import core_scalar

_WIDTH = 100
# these are always written as blocks: they grow
_BLOCKS = frozenset({"calls", "samples", "credentials", "variables", "environments"})


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = core_scalar(value)
    style = None if isinstance(plain, str) else "'"
    if "\n" in value and value.isprintable() is False and _is_block(value):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _is_block(value: str) -> bool:
    lines = value.split("\n")
    return (
        all(line == line.rstrip() and line.replace("\t", " ").isprintable() for line in lines)
        and not value[0].isspace()
    )


def _number(dumper: yaml.SafeDumper, value: Number) -> yaml.ScalarNode:
    tag = "tag:yaml.org,2002:int" if value.lstrip("-").isdigit() else "tag:yaml.org,2002:float"
    return yaml.ScalarNode(tag, str(value))


def _mapping(dumper: yaml.SafeDumper, value: Mapping[str, object]) -> yaml.MappingNode:
    pairs = list(cast("Mapping[Any, Any]", value).items())
    node = dumper.represent_mapping("tag:yaml.org,2002:map", pairs)
    node.flow_style = _is_short(value)
    return node


def _sequence(dumper: yaml.SafeDumper, value: list[object]) -> yaml.SequenceNode:
    node = dumper.represent_sequence("tag:yaml.org,2002:seq", value)
    node.flow_style = _is_short(value)
    return node


def _is_short(value: object) -> bool:
    """Whether a map or list fits on a line: it holds scalars, or small maps of scalars."""
    if isinstance(value, dict) and _BLOCKS & value.keys():
        return False
    inner = list(value.values()) if isinstance(value, dict) else cast("list[object]", value)
    if any(isinstance(i, str) and "\n" in i for i in inner):
        return False
    nested = [i for i in inner if isinstance(i, dict | list) and i]
    if isinstance(value, dict) and nested and not all(_is_leaf(i) for i in nested):
        return False
    return len(repr(value)) <= _WIDTH - 20


def _is_leaf(value: object) -> bool:
    inner = value.values() if isinstance(value, dict) else cast("list[object]", value)
    return len(inner) <= 3 and not any(isinstance(i, dict | list) and i for i in inner)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Number, _number)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _sequence)


def block(value: Mapping[str, object], indent: int = 0) -> str:
    """The lines of a map as a YAML block, indented."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    lines = text.split("\n")
    return "\n".join(f"{' ' * indent}{line}" if line.strip() else line for line in lines)


def spec_text(document: Mapping[str, object]) -> str:
    """The text of a connector.yaml: the top-level keys apart by empty lines where they are long."""
    rest = {key: value for key, value in document.items() if key != "calls"}
    calls = cast("Mapping[str, object]", document["calls"])
    body = "\n".join(block({name: call}, 2) for name, call in calls.items())
    return f"{block(rest)}\ncalls:\n{body}" if calls else f"{block(rest)}\ncalls: {{}}\n"
