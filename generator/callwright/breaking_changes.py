"""What users of a generated package can name, and which changes of it break them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Set

_PUBLIC = ("client.py", "errors.py", "models.py", "models/", "oauth.py", "types.py")


def breaking(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> tuple[str, ...]:
    """One line for each public name that is gone or has another type, and each argument that is gone or newly required.

    What is only read (fields of models, results) may lose possibilities, such as None: no reader minds. Files that do
    not parse (edited by hand, torn) have no surface.
    """
    old, new = _differing(old, new), _differing(new, old)
    if not old:
        return ()
    before, after = _surface(old, new), _surface(new, old)
    gone = {name for name, was in before.items() if not _is_alike(was, after.get(name))}
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


def _is_alike(was: ast.AST, now: ast.AST | None) -> bool:
    """Whether there still is a class where a class was."""
    return now is not None and isinstance(was, ast.ClassDef) is isinstance(now, ast.ClassDef)


def _compare(name: str, was: ast.AST, now: ast.AST | None) -> Iterator[str]:
    if now is None:
        yield f"{name} is gone"
    elif isinstance(was, ast.AnnAssign) and isinstance(now, ast.AnnAssign):
        yield from _compare_types(name, was, now)
    elif isinstance(was, _FUNCTIONS) and isinstance(now, _FUNCTIONS):
        yield from _compare_functions(name, was, now)
    elif not _is_alike(was, now):
        yield f"{name}: {_kind(was)} → {_kind(now)}"


def _compare_types(name: str, was: ast.AnnAssign, now: ast.AnnAssign) -> Iterator[str]:
    is_read = name.startswith("models.")
    old, new = was.annotation, now.annotation
    if ast.unparse(old) != ast.unparse(new):
        if not (is_read and _is_narrower(new, old)):
            yield f"{name}: {ast.unparse(old)} → {ast.unparse(new)}"
    elif is_read and was.value and now.value and ast.unparse(old) == "TypeAlias":
        more = set(_members(now.value)) - set(_members(was.value))
        yield from [f"{name}: {_kind(was)} → {_kind(now)}"] if more else []


def _is_narrower(new: ast.expr, old: ast.expr) -> bool:
    """Whether all that a type allows is among what another allows: ``int`` beside ``int | None``."""
    return set(_options(new)) <= set(_options(old))


def _options(kind: ast.expr) -> list[str]:
    """The options of a union; of any other type, the type."""
    if isinstance(kind, ast.BinOp) and isinstance(kind.op, ast.BitOr):
        return [*_options(kind.left), *_options(kind.right)]
    return [ast.unparse(_bare(kind))]


def _members(alias: ast.expr) -> list[str]:
    """The classes of a tagged union; the untyped object that it falls back on is always there."""
    return [option for option in _options(_bare(alias)) if not option.startswith("dict[")]


def _bare(kind: ast.expr) -> ast.expr:
    """A type without what ``Annotated`` adds."""
    is_marked = isinstance(kind, ast.Subscript) and ast.unparse(kind.value) == "Annotated"
    if is_marked and isinstance(kind, ast.Subscript) and isinstance(kind.slice, ast.Tuple):
        return kind.slice.elts[0]
    return kind


def _kind(node: ast.AST | None) -> str:
    """What a name stands for, in words."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return f"union of {', '.join(_members(node.value))}"
    return "class" if isinstance(node, ast.ClassDef) else "function"


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
    if was.returns and now.returns and not _is_narrower(now.returns, was.returns):
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
