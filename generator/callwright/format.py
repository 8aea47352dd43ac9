"""Formatting of generated source, remembered by content; and the proof that it parses.

A large file is formatted in parts (each method of a class, each top-level assignment), so that a changed call costs one
part. The parts stand as stubs in what is left of the file meanwhile: black sees the same neighbours, so the result is
what it makes of the whole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from callwright.cache import cached
from callwright.errors import FormatError
from callwright.render.layout import black, sorted_imports, versions

FEW_PARTS = 40  # a file of fewer is formatted whole: black needs about a millisecond for each
_STUB = re.compile(r"^( *)(?:def )?_callwright_part_(\d+)(?:\(\):\n *pass| = None)\n", re.MULTILINE)


def format_files(files: Mapping[str, str]) -> dict[str, str]:
    """Format each ``.py`` file and check that it parses; other files pass unchanged.

    Raises:
        FormatError: a file is not valid Python (a bug of the generator, never the user's).
    """
    return {
        path: _format(path, text) if path.endswith(".py") else text for path, text in files.items()
    }


def _format(path: str, text: str) -> str:
    try:
        return cached("format", versions(), text, _formatted)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise FormatError(
            f"{path}: the generated source is not valid Python ({error}); please report this with the spec"
        ) from None


def _formatted(text: str) -> str:
    text = sorted_imports(text)
    parts = list(_parts(ast.parse(text)))
    if len(parts) < FEW_PARTS:
        formatted = black(text)
        ast.parse(formatted)
        return formatted
    lines = text.split("\n")
    made: list[str] = []
    for number, node in enumerate(parts):
        start, end = _first_line(node) - 1, node.end_lineno or 0
        source = "\n".join(lines[start:end]) + "\n"
        indent = " " * node.col_offset
        made.append(cached("format", versions(), source, _method if indent else black))
        name = f"_callwright_part_{number}"
        stub = f"{indent}def {name}():\n{indent}    pass" if indent else f"{name} = None"
        lines[start:end] = [stub, *[_GONE] * (end - start - 1)]
    skeleton = black("\n".join(line for line in lines if line is not _GONE))
    return _STUB.sub(lambda match: made[int(match[2])], skeleton)


_GONE = "\0"  # no line of source


def _parts(tree: ast.Module) -> Iterator[ast.stmt]:
    """Methods and top-level assignments that span several lines."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (
                inner
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            )
        elif isinstance(node, ast.Assign):
            yield node


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _method(source: str) -> str:
    head = "class _:\n"
    return black(head + source).removeprefix(head)
