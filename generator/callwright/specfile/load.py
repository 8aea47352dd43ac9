"""A connector's folder → Document and places: connector.yaml and calls/*.yaml, strictly read, all problems at once."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from callwright.diagnostics import Diagnostic, in_order
from callwright.errors import fail_on_errors
from callwright.specfile import SPEC_FILE
from callwright.specfile.messages import error, translate, unknown_keys
from callwright.specfile.model.document import Document
from callwright.specfile.model.values import Reading
from callwright.specfile.source import Node, SourceFile, SourceMap, to_data
from callwright.specfile.yaml_text import MAX_BYTES, read_yaml


def load_connector(folder: Path, root: Path) -> tuple[Document, SourceMap]:
    """Read the spec in ``folder``; messages name files relative to ``root``.

    Raises SpecError that carries every problem found.
    """
    document, source, problems = read_connector(folder, root)
    fail_on_errors(problems)
    assert document is not None
    assert source is not None
    return document, source


def load_text(text: str, name: str = SPEC_FILE) -> tuple[Document, SourceMap]:
    """Read one spec from its text; ``name`` is the file's in messages. Raises SpecError."""
    tree, problems = read_yaml(text, name)
    document, source = None, None
    if tree is None:
        problems = problems or [_empty(name)]
    else:
        source = SourceMap(tree)
        document, more = _validate(source)
        problems += more
    fail_on_errors(in_order(problems))
    assert document is not None
    assert source is not None
    return document, source


def read_connector(
    folder: Path, root: Path
) -> tuple[Document | None, SourceMap | None, list[Diagnostic]]:
    """As load_connector, but problems are returned; the document is None when it does not validate."""
    tree, problems = _read_file(folder / SPEC_FILE, root)
    if tree is None:
        return None, None, in_order(problems)
    problems += _merge_calls(tree, folder, root)
    source = SourceMap(tree)
    document, more = _validate(source)
    problems += more
    return document, source, in_order(problems)


def shown(path: Path, root: Path) -> str:
    """A file's name for messages: relative to the project's root where possible, with forward slashes."""
    try:
        return (path.parent.resolve() / path.name).relative_to(root.resolve()).as_posix()
    except (ValueError, OSError, RuntimeError):  # elsewhere, or a loop of links
        return Path(os.path.normpath(path)).as_posix()


def _validate(source: SourceMap) -> tuple[Document | None, list[Diagnostic]]:
    reading = Reading()
    problems: list[Diagnostic] = []
    document = None
    try:
        document = Document.model_validate(to_data(source.root), context=reading)
    except ValidationError as failure:
        problems = translate(failure, source)
    return document, problems + unknown_keys(reading, source)


def _empty(name: str) -> Diagnostic:
    return error("empty", f"{name} is empty", hint="a spec begins with: callwright: 1")


def _read_file(path: Path, root: Path) -> tuple[Node | None, list[Diagnostic]]:
    name = shown(path, root)
    text, problem = _read_text(path, name)
    if text is None:
        return None, [problem] if problem else []
    tree, problems = read_yaml(text, name)
    if tree is None and not problems:
        problems = [_empty(name)]
    return tree, problems


def _read_text(path: Path, name: str) -> tuple[str | None, Diagnostic | None]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None, error(
            "no-spec", f"there is no {name}", hint="callwright new NAME --base-url URL makes one"
        )
    except IsADirectoryError:
        return None, error("no-spec", f"{name} is a folder, not a file")
    except OSError as failure:
        return None, error("no-spec", f"cannot read {name}: {failure.strerror or failure}")
    if len(data) > MAX_BYTES:
        return None, error("too-large", f"{name} is larger than {MAX_BYTES:_} bytes")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, error("not-utf-8", f"{name} is UTF-16", hint="save it as UTF-8")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"), None
    except UnicodeDecodeError as failure:
        line = data.count(b"\n", 0, failure.start) + 1
        return None, error(
            "not-utf-8",
            f"{name} is not UTF-8: byte {data[failure.start]:#04x} in line {line}",
            hint="save it as UTF-8",
        )


def _merge_calls(tree: Node, folder: Path, root: Path) -> list[Diagnostic]:
    """Put the calls of calls/*.yaml beside those of connector.yaml; each file is a group."""
    calls_folder = folder / "calls"
    problems = [
        error("no-spec", f"{shown(path, root)}: files of calls end in .yaml")
        for path in sorted(calls_folder.glob("*.yml"))
    ]
    files = sorted(path for path in calls_folder.glob("*.yaml"))
    if not files or tree.kind != "map":
        return problems
    target = _calls_node(tree)
    for path in files:
        part, found = _read_file(path, root)
        problems += found
        if part is None or target is None:
            continue
        if part.kind != "map":
            problems.append(error("wrong-type", "expected a mapping of calls", part.span()))
            continue
        problems += _merge_file(target, part, path.stem)
    return problems


def _calls_node(tree: Node) -> Node | None:
    pair = tree.members.get("calls")
    if pair is None:
        node = Node(tree.file, tree.line, tree.column, 1, "map")
        tree.members["calls"] = (node, node)
        return node
    return pair[1] if pair[1].kind == "map" else None


def _merge_file(target: Node, part: Node, group: str) -> list[Diagnostic]:
    problems: list[Diagnostic] = []
    for name, (key, call) in part.members.items():
        if name.startswith("x-"):
            continue
        if name in target.members:
            first = target.members[name][0]
            place = f"{first.file.name}:{first.line}:{first.column}"
            problems.append(
                error(
                    "duplicate-call",
                    f"a call of this name stands in {place} too",
                    key.span(),
                    f"calls.{name}",
                )
            )
            continue
        if call.kind == "map" and "group" not in call.members:
            text = Node(
                SourceFile(key.file.name, key.file.lines),
                key.line,
                key.column,
                key.length,
                "scalar",
                group,
            )
            call.members["group"] = (text, text)
        target.members[name] = (key, call)
    return problems
