"""What validation found, as diagnostics: short, plain, at their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from pydantic import ValidationError

from callwright.diagnostics import Diagnostic, Severity, SourceSpan, did_you_mean
from callwright.specfile.model.values import NAME, Reading, describe
from callwright.specfile.source import Node, SourceMap, dotted

_WRONG_TYPES = {
    "dict_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "string_type": "text",
    "model_type": "a mapping",
}
_FIRST_LINES = {"callwright": "a spec begins with: callwright: 1", "name": "the name of its folder"}
_LIMITS = {
    "greater_than_equal": ("ge", "at least {}"),
    "greater_than": ("gt", "more than {}"),
    "less_than_equal": ("le", "at most {}"),
    "less_than": ("lt", "less than {}"),
}


def error(
    code: str, message: str, span: SourceSpan | None = None, path: str = "", hint: str = ""
) -> Diagnostic:
    """A diagnostic of severity error."""
    return Diagnostic(
        severity=Severity.ERROR, code=code, message=message, span=span, path=path, hint=hint
    )


def translate(failure: ValidationError, source: SourceMap) -> list[Diagnostic]:
    """Every error of a failed validation."""
    return [
        _one(cast("dict[str, Any]", found), source) for found in failure.errors(include_url=False)
    ]


def unknown_keys(reading: Reading, source: SourceMap) -> list[Diagnostic]:
    """The unknown keys that validation met on its way."""
    if not reading.unknown:
        return []
    paths = _paths(source.root, {id(node) for node, _, _ in reading.unknown})
    found: dict[tuple[int, str], Diagnostic] = {}
    for node, key, known in reading.unknown:
        at = node.key(key) or node
        meant = did_you_mean(key, known)
        hint = "" if meant else f"known keys: {', '.join(known)}"
        path = dotted((*paths.get(id(node), ()), key))
        if hint:
            hint += _place_of_unknown(key, known)
        if " " in key and node.members[key][1].value is None:
            # what follows a comma inside { } reads as a key of its own
            hint = "a text with a comma must be quoted inside { }"
        found[id(node), key] = error("unknown-key", f"unknown key{meant}", at.span(), path, hint)
    return list(found.values())


def _one(found: dict[str, Any], source: SourceMap) -> Diagnostic:
    location: tuple[str | int, ...] = found["loc"]
    kind: str = found["type"]
    context: dict[str, Any] = found.get("ctx", {})
    is_key = bool(location) and location[-1] == "[key]"
    if is_key:
        location = location[:-1]
    node, taken, key = source.walk(location)
    if kind == "missing":
        missing = str(location[-1])
        at = key or node
        hint = _FIRST_LINES.get(missing, "") if not taken else ""
        return error("missing-key", f"{missing} is missing", at.span(), dotted(taken), hint)
    if kind == "bad-choice":
        inside = context.get("key")
        if inside and (inner := node.child(inside)):
            node, taken = inner, [*taken, inside]
        meant = did_you_mean(context["text"], context["words"])
        one_of = "one of " if len(context["words"]) > 1 else ""
        message = f"expected {one_of}{context['options']}, found {context['found']}{meant}"
        return error("bad-value", message, node.span(), dotted(taken))
    code, message = _text(kind, found, context)
    hint = _hint(code, found["input"], message)
    return error(code, message, (key if is_key and key else node).span(), dotted(taken), hint)


def _place_of_unknown(key: str, known: Sequence[str]) -> str:
    """Where something stands that is easily written one level too high."""
    holder = "args" if "args" in known else "fields" if "template" in known else ""
    return f"; {holder}: {{{key}: …}} if it is an argument" if holder else ""


def _hint(code: str, value: object, message: str) -> str:
    if code == "wrong-type" and isinstance(value, list) and "a mapping" in message:
        return "write name: value lines, without - or [ ]"
    if not isinstance(value, str):
        return ""
    if code == "wrong-type" and "whole number" in message and value.isdecimal():
        return "write it without quotes"
    if code == "wrong-type" and message.startswith("expected none, a scheme") and NAME.match(value):
        return f"write {{type: {value}}}, or none"
    return f"{near} would do" if code == "bad-name" and (near := near_name(value)) else ""


def near_name(text: str) -> str:
    """The name that was probably meant, blank when there is none."""
    near = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower())
    near = near.strip("_")
    return near if text.isascii() and NAME.match(near) else ""


def _text(kind: str, found: dict[str, Any], context: dict[str, Any]) -> tuple[str, str]:
    if kind in _WRONG_TYPES:
        return "wrong-type", f"expected {_WRONG_TYPES[kind]}, found {describe(found['input'])}"
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        limit = context[name]
        number = int(limit) if limit == int(limit) else limit
        return "bad-value", f"expected {words.format(number)}, found {describe(found['input'])}"
    if kind == "too_short":
        return "bad-value", "the list is empty"
    if kind == "recursion_loop":
        return "bad-value", "it contains itself"
    return (kind if "_" not in kind else "bad-value"), str(found["msg"])


def _paths(root: Node, wanted: set[int]) -> dict[int, Sequence[str | int]]:
    """The first path to each wanted node."""
    found: dict[int, Sequence[str | int]] = {}
    stack: list[tuple[Node, tuple[str | int, ...]]] = [(root, ())]
    while stack and len(found) < len(wanted):
        node, path = stack.pop()
        if id(node) in wanted:
            found.setdefault(id(node), path)
        stack.extend((value, (*path, name)) for name, (_, value) in node.members.items())
        stack.extend((value, (*path, index)) for index, value in enumerate(node.items))
    return found
