"""What inference gives: classes with typed fields and their evidence, the root types, notes, and the names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from callwright.diagnostics import SourceSpan
from callwright.ir.nodes import FieldHint, TypeExpr


class Evidence(NamedTuple):
    """What was seen of a field: counts of responses. ``values``: the distinct texts when few, else empty.

    ``rule`` says in words what decided its type, each reason in a line; ``empty``: responses with an empty list there.
    """

    possible: int
    present: int
    null: int
    values: tuple[str, ...] = ()
    captures: tuple[str, ...] = ()
    rule: str = ""
    empty: int = 0


class ModelField(NamedTuple):
    """One field of a class: the wire's key, the attribute's name, its type without None, and why."""

    wire: str
    name: str
    type: TypeExpr
    required: bool
    nullable: bool
    evidence: Evidence
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelClass:
    """One generated class. ``captures``: the number of responses it was seen in, ``seen_in`` the first of them;
    ``group`` clusters the classes of large clients.

    ``declared``: it is one of the spec's types, whatever was seen.
    """

    name: str
    fields: tuple[ModelField, ...]
    captures: int
    calls: tuple[str, ...]
    places: tuple[str, ...]
    doc: str = ""
    group: str | None = None
    declared: bool = False
    seen_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedUnion:
    """A named union of classes told apart by the text at ``key``; an unknown one is an untyped object.

    ``tags``: text → class name.
    """

    name: str
    key: str
    options: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something the author should know. ``code``: weak-evidence, never-seen, unknown-hint-path, …

    ``path`` and ``span`` are the place in the spec that it is about, when there is one.
    """

    code: str
    message: str
    where: str = ""
    hint: str = ""
    path: str = ""
    span: SourceSpan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """The types of a whole connector. ``roots``: observation key → type; ``names``: what names.lock remembers,
    names that the spec gives left out.

    ``declared``: observation key → steps below the returned value → all declarations of the spec that hold there, in
    whichever call they stand.
    """

    classes: tuple[ModelClass, ...]
    unions: tuple[TaggedUnion, ...]
    roots: Mapping[str, TypeExpr]
    notes: tuple[Note, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    declared: Mapping[str, Mapping[tuple[str, ...], tuple[FieldHint, ...]]] = field(
        default_factory=dict[str, "Mapping[tuple[str, ...], tuple[FieldHint, ...]]"]
    )

    def model(self, name: str) -> ModelClass | None:
        """The class of this name, if there is one."""
        return next((c for c in self.classes if c.name == name), None)
