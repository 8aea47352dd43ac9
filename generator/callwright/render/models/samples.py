"""models_from_samples(): pydantic models of JSON or XML samples as one module that needs nothing but pydantic."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from callwright.captures.json_text import MAX_DEPTH
from callwright.errors import CaptureError
from callwright.infer import Observation, infer
from callwright.infer.author.hints import spelled_step
from callwright.infer.seen.reading import is_xml
from callwright.ir.nodes import TypeExpr
from callwright.render.annotations import annotation
from callwright.render.models.fragments import names_used
from callwright.render.models.modules import import_lines
from callwright.render.models.source import definitions
from callwright.runtime import model as runtime_model


@dataclass(frozen=True, slots=True)
class InferredModels:
    """``source``: a complete module that needs pydantic only. ``roots``: each name's type, valid in that module."""

    source: str
    roots: Mapping[str, str]


Sample: TypeAlias = "bytes | str | dict[str, Any] | list[Any] | int | float | bool | None"
"""One answer: its bytes or text, JSON or XML, or a JSON value as ``json.loads`` gives it (a str is always text)."""


def models_from_samples(samples: Mapping[str, Sequence[Sample]]) -> InferredModels:
    """Infer the types of several calls together from samples of their answers (at least one each), JSON or XML.

    Args:
        samples: A name for each call (it suggests the class's name) and the answers it gave: bodies as bytes or str,
            or values that were parsed already (``json.loads``). A str is the text of a body, never a parsed text.

    Raises:
        CaptureError: A sample is no JSON that JSON libraries keep, or no XML; the message has the name, line and column.
        TypeError: A sample is something else; the message has the name, the number of the sample, and the place in it.
        ValueError: A name has no samples, or samples of both kinds.
    """
    if not isinstance(samples, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"samples: expected a mapping of names, found {type(samples).__name__}")
    bodies = {name: _texts_of(name, given) for name, given in samples.items()}
    empty = [name for name, found in bodies.items() if not found]
    if empty:
        raise ValueError(
            f"no samples for {', '.join(map(repr, empty))}: give at least one body each"
        )
    inference = infer([_observation(name, found) for name, found in bodies.items()])
    body = "\n\n".join(d.source for d in definitions(inference))
    roots = {name: _text(root) for name, root in inference.roots.items()}
    return InferredModels(_module(body, roots.values()), roots)


def _texts_of(name: str, given: Sequence[Sample]) -> list[bytes]:
    """All samples of one name as the bodies they are or would have been. Raises TypeError and CaptureError."""
    if isinstance(given, str | bytes) or not isinstance(given, Sequence):  # pyright: ignore
        raise TypeError(
            f"samples of {name!r}: expected a list of them, found {type(given).__name__}"
        )
    return [_body(sample, f"{name} #{number}") for number, sample in enumerate(given, 1)]


def _body(sample: Sample, name: str) -> bytes:
    if isinstance(sample, bytes):
        return sample
    if isinstance(sample, str):
        # what is no character is told by the reader, with its place
        return sample.encode("utf-8", "surrogatepass")
    _check(sample, name, ())
    return json.dumps(sample).encode()


def _check(value: object, name: str, place: tuple[str | int, ...]) -> None:
    """See that a value is one that JSON has. Raises TypeError at the first place that is none."""
    if len(place) > MAX_DEPTH:
        raise CaptureError(f"{name}: nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        for key, inner in cast("dict[object, object]", value).items():
            if not isinstance(key, str):
                raise _no_json(name, place, "a str as key", key)
            _check(inner, name, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            _check(inner, name, (*place, index))
    elif value is not None and not isinstance(value, str | int | float):
        expected = "a JSON value" if place else "bytes, str or a parsed JSON value"
        raise _no_json(name, place, expected, value)


def _no_json(name: str, place: tuple[str | int, ...], expected: str, found: object) -> TypeError:
    path = "".join(f"[{s}]" if isinstance(s, int) else spelled_step(s) for s in place)
    where = f"{name}: ${path}" if place else name
    return TypeError(f"{where}: expected {expected}, found {type(found).__name__}")


def _observation(name: str, bodies: Sequence[bytes]) -> Observation:
    kinds = {is_xml(body) for body in bodies}
    if len(kinds) > 1:
        raise ValueError(f"samples of {name!r} are both JSON and XML: give each kind its own name")
    media: Literal["xml", "json"] = "xml" if True in kinds else "json"
    return Observation(key=name, call=name, bodies=list(bodies), media=media)


def _text(root: TypeExpr) -> str:
    return annotation(root, "models")


def _module(body: str, roots: Iterable[str]) -> str:
    base = _base(body)
    # the roots are evaluated inside the module, so what they name is imported too
    imports = import_lines(names_used("\n\n".join([base, body, *roots])))
    parts = [
        '"""Models inferred from samples by Callwright."""',
        "from __future__ import annotations",
        imports,
    ]
    return "\n\n\n".join(["\n\n".join(parts), base, *([body] if body else [])]).rstrip("\n") + "\n"


def _base(body: str) -> str:
    """The definitions of the runtime's model module that these models need."""
    text = Path(runtime_model.__file__).read_text("utf-8")
    tree = ast.parse(text)
    source = {
        name: cast(str, ast.get_source_segment(text, statement))
        for statement in tree.body
        if (name := _defined(statement))
    }
    wanted = {"Model"}
    waiting = names_used(body) & source.keys() | wanted
    while waiting:
        wanted |= waiting
        waiting = {n for name in waiting for n in names_used(source[name]) & source.keys()} - wanted
    return "\n\n\n".join(part for name, part in source.items() if name in wanted)


def _defined(statement: ast.stmt) -> str:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return ""
