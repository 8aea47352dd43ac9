"""What a person sees of an answer: a tree of fields with inferred types and their evidence, and what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from callwright.captures.model import Capture
from callwright.errors import CallwrightError
from callwright.infer import Inference, Observation, infer
from callwright.infer.elements import known_of
from callwright.infer.reading import body_values
from callwright.infer.result import ModelClass
from callwright.ir.nodes import (
    BuiltinType,
    DictType,
    FieldHint,
    ListType,
    LiteralType,
    MappingType,
    ModelType,
    ParamsType,
    Request,
    SequenceType,
    TypeExpr,
    UnionType,
)
from callwright.runtime.definition import Xml
from callwright.runtime.paths import parse_path
from callwright.runtime.xml import read_xml

_WIDTH = 44  # of the column with names and types
_EXAMPLE = 32  # characters of an example value


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One place of an answer: its path, depth, key, type as text, and what is known of it."""

    path: str
    depth: int
    key: str
    type: str
    required: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a tree is typed with: ``name``, from which unnamed classes take theirs, what the spec says, and what other
    captures say of XML."""

    name: str
    model: str | None = None
    select: str | None = None
    hints: tuple[FieldHint, ...] = ()
    xml: Xml | None = None


def promise_of(request: Request, capture: Capture, others: Sequence[Capture] = ()) -> Promise:
    """What the spec says of a call's answers with the status of this one; ``others`` are of the same status and kind."""
    status = capture.status
    promise = Promise(name="error") if status >= 400 else _declared(request, status)
    if capture.kind != "xml":
        return promise
    roots = [read_xml(c.body) for c in (*others, capture)]
    return replace(promise, xml=known_of(roots, promise.hints))


def _declared(request: Request, status: int) -> Promise:
    call = request.call
    by_status = {h.status: h for h in request.hints}
    hints = by_status.get(status, by_status.get(None))
    return Promise(
        name=call.name,
        model=hints.model if hints else None,
        select=call.responses.get(status, call.response).select,
        hints=hints.fields if hints else (),
    )


def rows(bodies: Sequence[bytes], promise: Promise) -> list[Row]:
    """The places of JSON or XML answers (of the selected value), in document order; empty for what inference cannot
    read."""
    bare = Promise(name=promise.name, xml=promise.xml)
    for tried in (promise, bare):  # an answer that is not as the spec says is shown as it is
        observation = _observation(bodies, tried)
        try:
            found = infer([observation])
        except CallwrightError:
            continue
        values = body_values(replace(observation, select=None))
        return list(_Walk(found, values).root(tried.select or "$"))
    return []


def _observation(bodies: Sequence[bytes], promise: Promise) -> Observation:
    return Observation(
        key=promise.name,
        call=promise.name,
        bodies=bodies,
        model=promise.model,
        select=promise.select,
        hints=promise.hints,
        media="json" if promise.xml is None else "xml",
        xml=promise.xml,
    )


def tree(bodies: Sequence[bytes], promise: Promise) -> list[str]:
    """The answer as a tree, one line for each field: name, type, and an example or what is special about it."""
    lines: list[str] = []
    for row in rows(bodies, promise):
        head = "  " * row.depth + (f"{_shown(row.key)}: {row.type}" if row.depth else row.type)
        lines.append(f"{head:{_WIDTH}}  {row.note}".rstrip())
    return lines


def changes(before: Sequence[bytes], after: Sequence[bytes], promise: Promise) -> list[str]:
    """What differs in shape between two captures of a sample: ``+`` new, ``-`` gone, ``~`` another type."""
    old = {row.path: row for row in rows(before, promise)}
    new = {row.path: row for row in rows(after, promise)}
    lines: list[str] = []
    for path, row in new.items():
        was = old.get(path)
        if was is None:
            if _parent(path) in old:
                lines.append(_line("+", path, row.type, "new field"))
        elif was.type != row.type:
            lines.append(
                _line("~", path, f"{was.type} → {row.type}", _severity(was.type, row.type))
            )
    lines += [
        _line("-", path, was.type, "gone: breaking for callers")
        for path, was in old.items()
        if path not in new and _parent(path) in new
    ]
    return lines


def is_typed(capture: Capture) -> bool:
    """Whether an answer has a tree at all."""
    return capture.kind in ("json", "xml")


def _parent(path: str) -> str:
    return path[: max(path.rfind("."), path.rfind("["))]


def _severity(old: str, new: str) -> str:
    options = set(new.split(" | "))
    if options < set(old.split(" | ")):
        return ""
    return "breaking for callers"


def _line(sign: str, path: str, what: str, note: str) -> str:
    return f"{sign} {path:32}  {what:24}  {note}".rstrip()


class _Walk:
    """Walks the inferred types beside the values they were inferred from."""

    def __init__(self, inference: Inference, values: list[object]) -> None:
        self._models = {model.name: model for model in inference.classes}
        (self._root,) = inference.roots.values()
        self._values = values

    def root(self, path: str) -> Iterator[Row]:
        """All rows; ``path`` is that of the root."""
        yield Row(path=path, depth=0, key="", type=text_of(self._root), required=True, note="")
        yield from self._below(path, self._root, 1, ())

    def _below(
        self, path: str, kind: TypeExpr, depth: int, above: tuple[str, ...]
    ) -> Iterator[Row]:
        """The rows of a type's members; a class inside itself is not opened again."""
        match kind:
            case ListType(item=item):
                yield from self._below(f"{path}[*]", item, depth, above)
            case DictType(value=value):
                yield from self._below(f"{path}[*]", value, depth, above)
            case UnionType(options=options):
                for option in options:
                    yield from self._below(path, option, depth, above)
            case ModelType(name=name) if name in self._models and name not in above:
                yield from self._fields(path, self._models[name], depth, (*above, name))
            case _:
                return

    def _fields(
        self, path: str, model: ModelClass, depth: int, above: tuple[str, ...]
    ) -> Iterator[Row]:
        parents = [v for v in self._find(path) if isinstance(v, dict)]  # pyright: ignore
        for member in model.fields:
            place = f"{path}{_step(member.wire)}"
            found = self._find(place)
            if not found:
                continue  # a class shared by several places; this one does not have the field
            kind = text_of(member.type)
            present = len(found) < len(parents)
            nulls = sum(value is None for value in found)
            shown = f"{kind} | None" if (nulls or present) and "None" not in kind else kind
            note = _note(found, len(parents), nulls)
            yield Row(
                path=place, depth=depth, key=member.wire, type=shown,
                required=not present, note=note,
            )  # fmt: skip
            yield from self._below(place, member.type, depth + 1, above)

    def _find(self, path: str) -> list[object]:
        return [found for value in self._values for found in parse_path(path).find(value)]


def text_of(kind: TypeExpr) -> str:
    """A type as it is written in annotations."""
    match kind:
        case BuiltinType(name=name) | ModelType(name=name) | ParamsType(name=name):
            return name.removeprefix("datetime.")
        case ListType(item=item):
            return f"list[{text_of(item)}]"
        case DictType(value=value):
            return f"dict[str, {text_of(value)}]"
        case UnionType(options=options):
            return " | ".join(text_of(option) for option in options)
        case LiteralType(values=values):
            return f"Literal[{', '.join(map(repr, values))}]"
        case SequenceType(item=item):
            return f"Sequence[{text_of(item)}]"
        case MappingType(value=value):
            return f"Mapping[str, {text_of(value)}]"


def _step(key: str) -> str:
    if key.isascii() and key.replace("_", "a").isalnum() and not key[0].isdigit():
        return f".{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _shown(key: str) -> str:
    """A key as a name; in quotes where it would not be seen as one."""
    return key if key.strip() and key.isprintable() else json.dumps(key)


def _note(found: list[object], parents: int, nulls: int) -> str:
    """An example, and how often the place is absent or null."""
    notes: list[str] = []
    example = next((v for v in found if v is not None and not isinstance(v, dict | list)), None)
    if example is not None:
        text = json.dumps(example, ensure_ascii=False)
        notes.append(text if len(text) <= _EXAMPLE else f"{text[:_EXAMPLE]}…")
    if len(found) < parents:
        notes.append(f"in {len(found)} of {parents}")
    if nulls:
        notes.append(
            f"null in {nulls} of {len(found)}" if nulls < len(found) else "only null so far"
        )
    lists = [v for v in found if isinstance(v, list)]  # pyright: ignore
    if lists and not any(lists):
        notes.append("empty so far")
    return ", ".join(notes)
