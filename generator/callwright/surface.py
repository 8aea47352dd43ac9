"""What users of a generated package can name, and which changes of it break them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Set

_PUBLIC = ("client.py", "errors.py", "models.py", "models/", "oauth.py", "types.py")


def breaking(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[str, ...]:
    """One line for each public name that is gone or has another type, and each argument that is gone or newly required.

    Files that do not parse (edited by hand, torn) have no surface.
    """
    old, new = _differing(old, new), _differing(new, old)
    if not old:
        return ()
    before, after = _surface(old, new), _surface(new, old)
    gone = {name for name in before if name not in after}
    lines = [
        line
        for name, was in before.items()
        if name.rpartition(".")[0] not in gone  # what is gone takes all that is its with it
        for line in _compare(name, was, after.get(name))
    ]
    # the asynchronous client has the same methods: once is enough
    return tuple(
        x
        for x in lines
        if x.replace("client.Async", "client.", 1) not in lines or "client.Async" not in x
    )


def _compare(name: str, was: ast.AST, now: ast.AST | None) -> Iterator[str]:
    if now is None:
        yield f"{name} is gone"
    elif isinstance(was, ast.AnnAssign) and isinstance(now, ast.AnnAssign):
        if ast.unparse(was.annotation) != ast.unparse(now.annotation):
            yield f"{name}: {ast.unparse(was.annotation)} → {ast.unparse(now.annotation)}"
    elif isinstance(was, _FUNCTIONS) and isinstance(now, _FUNCTIONS):
        yield from _compare_functions(name, was, now)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _compare_functions(
    name: str,
    was: ast.FunctionDef | ast.AsyncFunctionDef,
    now: ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[str]:
    old, new = _arguments(was), _arguments(now)
    yield from (f"{name}: argument {a} is gone" for a in old if a not in new)
    yield from (
        f"{name}: argument {a} is now required"
        for a, required in new.items()
        if required and not old.get(a, False)
    )
    if was.returns and now.returns and ast.unparse(was.returns) != ast.unparse(now.returns):
        yield f"{name} returns {ast.unparse(was.returns)} → {ast.unparse(now.returns)}"


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, bool]:
    """Argument → whether it is required."""
    arguments = function.args
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args) if a.arg != "self"]
    found = dict.fromkeys(positional, True)
    for name in (
        positional[len(positional) - len(arguments.defaults) :] if arguments.defaults else ()
    ):
        found[name] = False
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        found[argument.arg] = default is None
    return found


def _differing(files: Mapping[str, bytes], others: Mapping[str, bytes]) -> dict[str, bytes]:
    """The public modules that are not the same among the others."""
    return {
        path: content
        for path, content in sorted(files.items())
        if path.startswith(_PUBLIC) and path.endswith(".py") and content != others.get(path)
    }


def _surface(files: Mapping[str, bytes], others: Mapping[str, bytes]) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for path, content in files.items():
        # parsing thousands of methods that did not change takes its time
        short = _without(content, _methods(others[path])) if path in others else content
        tree = _parsed(short) or _parsed(content)
        module = path.removesuffix(".py").split("/")[0]
        for node in tree.body if tree else ():
            found.update(_named(f"{module}.", node))
    return found


def _parsed(content: bytes) -> ast.Module | None:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return None


# where a statement of a module begins, or a method of a class
_PART = re.compile(rb"^(?=\S|    (?:@|def |async def ))", re.MULTILINE)


def _parts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The source in parts, each with the line before it that is not indented: of a method, that of its class."""
    above = b""
    for part in _PART.split(content):
        if not part.startswith(b" "):
            above = part.partition(b"\n")[0]
        yield above, part


def _methods(content: bytes) -> frozenset[tuple[bytes, bytes]]:
    return frozenset((above, part) for above, part in _parts(content) if part.startswith(b" "))


def _without(content: bytes, methods: Set[tuple[bytes, bytes]]) -> bytes:
    return b"".join(part for above, part in _parts(content) if (above, part) not in methods)


def _named(prefix: str, node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
        yield f"{prefix}{node.name}", node
        for inner in node.body:
            yield from _named(f"{prefix}{node.name}.", inner)
    elif isinstance(node, _FUNCTIONS) and (
        not node.name.startswith("_") or node.name == "__init__"
    ):
        yield f"{prefix}{node.name}", node
    elif (
        isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and not node.target.id.startswith("_")
    ):
        yield f"{prefix}{node.target.id}", node
