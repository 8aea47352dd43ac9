"""What the author declares about one field, in one call or in several: taken together, or refused where it cannot be.

A class has one type per field, whatever calls it was seen in, so what one call declares holds for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from callwright.diagnostics import Diagnostic, Severity
from callwright.infer.author.hints import both, written
from callwright.infer.seen.shapes import Place
from callwright.ir.nodes import FieldHint

_KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


@dataclass(slots=True)
class Agreed:
    """Declarations by the id of their place. ``problems``: those that contradict one another, and names given twice.

    ``held``: by the id of a place that was asked for, all declarations that hold there.
    """

    hints: Mapping[int, FieldHint]
    held: dict[int, tuple[FieldHint, ...]] = field(
        default_factory=dict[int, "tuple[FieldHint, ...]"]
    )
    _problems: dict[tuple[str, int, int], Diagnostic] = field(
        default_factory=dict[tuple[str, int, int], Diagnostic]
    )

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Each once."""
        return tuple(self._problems.values())

    @property
    def ignored(self) -> frozenset[int]:
        """The ids of the places asked for that are left out of the models."""
        return frozenset(i for i, hints in self.held.items() if any(h.ignore for h in hints))

    def at(self, places: Iterable[Place], what: str = "") -> FieldHint | None:
        """All that is declared about places that share a type; ``what`` says what they are, for messages."""
        if not self.hints:
            return None
        every = [id(p) for p in places]
        found = tuple({id(h): h for place in every if (h := self.hints.get(place))}.values())
        if not found:
            return None
        self.held |= dict.fromkeys(every, found)
        first, *others = found
        for number, other in enumerate(others, 1):
            rival = next((h for h in found[:number] if _contradict(h, other)), None)
            if rival is not None:
                self._report("declared-twice", rival, other, _twice(rival, other, what), _AGREE)
        return reduce(both, others, first)

    def check_names(
        self, cls: str, names: Mapping[str, str], renamed: Mapping[str, FieldHint]
    ) -> None:
        """Report every attribute of a class that two keys would share; ``names`` by key, ``renamed`` the given ones."""
        for key, hint in renamed.items():
            for other, name in names.items():
                if other == key or name != names[key]:
                    continue
                rival = renamed.get(other, hint)
                by = "" if rival is hint else f", by {place_of(rival)},"
                message = f"{name} would be the attribute of {key!r} and{by} of {other!r} in {cls}"
                self._report(
                    "name-clash", rival, hint, message, f"another name, or one for {other!r} too"
                )

    def _report(self, code: str, first: FieldHint, at: FieldHint, message: str, way: str) -> None:
        pair = min(id(first), id(at)), max(id(first), id(at))
        self._problems.setdefault(
            (code, *pair),
            Diagnostic(
                severity=Severity.ERROR,
                code=code,
                message=message,
                span=at.span,
                path=at.where or at.path,
                hint=way,
            ),
        )


_AGREE = (
    "declare the same in both, or in one of them only: it holds for both; an object that is another thing"
    " can be a type of its own (types)"
)


def place_of(hint: FieldHint) -> str:
    """Where a declaration stands: its path in the spec, and file, line and column when known."""
    where = hint.where or f"fields[{hint.path!r}]"
    span = hint.span
    return where if span is None else f"{where} ({span.file}:{span.line}:{span.column})"


def _twice(first: FieldHint, other: FieldHint, what: str) -> str:
    return (
        f"{written(other)} contradicts {written(first)} at {place_of(first)}: both are about"
        f" {what or 'one place of the models'}"
    )


def _contradict(a: FieldHint, b: FieldHint) -> bool:
    mine, other = _said(a), _said(b)
    if a.ignore or b.ignore:
        # what is left out may be redacted, and nothing else
        return a.ignore != b.ignore and bool(other if a.ignore else mine)
    return any(mine[key] != other[key] for key in mine.keys() & other.keys())


def _said(hint: FieldHint) -> dict[str, object]:
    """Each thing that a declaration speaks of, as two of them are compared."""
    kinds = {_KINDS.get(type(value).__name__, "any") for value in hint.enum}
    said: dict[str, object] = {
        "type": hint.type or (kinds.pop() if len(kinds) == 1 else None),
        "items": hint.items,
        "values": hint.values,
        "declares": hint.declares,
        "enum": (frozenset(map(repr, hint.enum)), hint.closed) if hint.enum else None,
        "required": hint.required,
        "nullable": hint.nullable,
        "rename": hint.rename,
    }
    return {key: value for key, value in said.items() if value is not None}
