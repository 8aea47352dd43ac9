"""Meta files: what is stored beside a body about the request and the response, read as strictly as a spec."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from callwright.captures.json_text import JsonTextError, decode
from callwright.diagnostics import Diagnostic, Severity, did_you_mean
from callwright.specfile.source import Node
from callwright.specfile.yaml_text import MAX_BYTES, read_yaml, spelling

Meta: TypeAlias = "Mapping[str, object]"
"""Texts, but ``headers`` (texts, or lists of them), ``pages`` (the same by number) and ``request`` (texts, or maps of
them), by name."""

META_KEYS = (
    "source", "captured_at", "environment", "auth", "auth_digest", "base_path", "call_digest", "request", "status",
    "headers", "pages", "size",
)  # fmt: skip
_LONGEST_LINE = 160  # characters of a line that a message shows
_WAY_OUT = "correct the file, or delete it and initialize the sample again"


def read_meta(path: Path, shown: str) -> tuple[Meta, list[Diagnostic]]:
    """What a meta file says, and its problems; ``shown`` is its name in messages."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        return {}, [_problem("capture-unreadable", f"{shown}: cannot be read: {error.strerror}")]
    if len(content) > MAX_BYTES:
        return {}, [_problem("capture-meta", f"{shown}: larger than {MAX_BYTES:,} bytes", _WAY_OUT)]
    try:
        text = decode(content).replace("\r\n", "\n").replace("\r", "\n")
    except JsonTextError as error:
        return {}, [_problem("capture-meta", f"{shown}: {error.reason}", _WAY_OUT)]
    root, problems = read_yaml(text, shown)
    if root is not None and not problems:
        problems = [*_problems(root)]
    found = [_of_meta(problem) for problem in problems]
    return ({} if root is None or found else _map(root)), found


def _of_meta(problem: Diagnostic) -> Diagnostic:
    """A problem of any YAML as one of a meta file; lines too long to be read are left out."""
    span = problem.span
    if span is not None and len(span.text) > _LONGEST_LINE:
        span = dataclasses.replace(span, text="")
    hint = problem.hint or ("" if problem.code == "capture-meta" else _WAY_OUT)
    return dataclasses.replace(problem, code="capture-meta", span=span, hint=hint)


def _problem(code: str, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(severity=Severity.ERROR, code=code, message=message, hint=hint)


def _problems(root: Node) -> Iterator[Diagnostic]:
    if root.kind != "map":
        if not _is_null(root):
            yield _wrong(root, "expected a map of keys and values")
        return
    for name, (key, value) in root.members.items():
        if name not in META_KEYS:
            near = did_you_mean(name, META_KEYS)
            hint = "" if near else f"known keys: {', '.join(META_KEYS)}"
            yield _wrong(key, f"unknown key {name}{near}", hint)
        elif name == "headers":
            yield from _members(value, name, "list", "text, or a list of texts")
        elif name == "pages":
            yield from _pages(value)
        elif name == "request":
            yield from _members(value, name, "map", "text, or a map of texts")
        elif name == "size" and not _is_size(value):
            yield _wrong(value, "size: expected the number of bytes of a body that is not stored")
        elif value.kind != "scalar":
            yield _wrong(value, f"{name}: expected text, not a {value.kind}")


def _pages(node: Node) -> Iterator[Diagnostic]:
    """Problems of the headers of later pages: a map of page numbers and maps like ``headers``."""
    if node.kind != "map":
        yield _wrong(node, f"pages: expected a map of page numbers, not a {node.kind}")
        return
    for number, (key, value) in node.members.items():
        if not (number.isascii() and number.isdigit() and int(number) > 1):
            yield _wrong(key, f"pages: expected the number of a page after the first, not {number}")
        yield from _members(value, f"pages.{number}", "list", "text, or a list of texts")


def _members(node: Node, name: str, inner: str, expected: str) -> Iterator[Diagnostic]:
    """Problems of a map whose values are texts, or hold texts (``inner``: in a list or a map)."""
    if node.kind != "map":
        if not _is_null(node):
            yield _wrong(node, f"{name}: expected a map, not a {node.kind}")
        return
    for key, (_, value) in node.members.items():
        is_text = value.kind == "scalar"
        if not is_text and (
            value.kind != inner or any(n.kind != "scalar" for n in value.children())
        ):
            yield _wrong(value, f"{name}.{key}: expected {expected}")


def _wrong(node: Node, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(
        severity=Severity.ERROR, code="capture-meta", message=message, span=node.span(), hint=hint
    )


def _is_size(node: Node) -> bool:
    text = spelling(node) if node.kind == "scalar" else ""
    return text.isascii() and text.isdigit()


def _is_null(node: Node) -> bool:
    return node.kind == "scalar" and node.value is None


def _map(node: Node) -> dict[str, object]:
    """A map as data; what has no value is left out."""
    return {name: _data(value) for name, (_, value) in node.members.items() if not _is_null(value)}


def _data(node: Node) -> object:
    match node.kind:
        case "map":
            return _map(node)
        case "list":
            return [spelling(item) for item in node.items]
        case "scalar":
            return spelling(node)
