"""Hints that lead nowhere: what they declare would be lost without a word."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field

from callwright.infer.author.hints import (
    ANY_STEP,
    Hints,
    Steps,
    only_redacts,
    places_at,
    shapes,
    written,
)
from callwright.infer.result import Note
from callwright.infer.seen.observation import Observation
from callwright.infer.seen.shapes import Place
from callwright.ir.nodes import FieldHint


@dataclass(slots=True)
class UnknownPaths:
    """The hints that lead nowhere in all answers of their call; one kind of answer may well lack what another has.

    What is declared of errors mostly holds for those of all calls, so it must lead somewhere in one of these.
    """

    _notes: dict[tuple[str, str], Note | None] = field(
        default_factory=dict[tuple[str, str], "Note | None"]
    )

    def note(self, observation: Observation, hints: Hints, root: Place) -> None:
        """Take in which hints of one observation lead somewhere, once its places were visited."""
        call = observation.call if observation.role == "success" else ""
        for hint, told in _told(hints, root, call or "an error"):
            key = call, hint.path
            if told is None:
                self._notes[key] = None
            elif key not in self._notes:
                message, way = told
                self._notes[key] = Note(
                    code="unknown-hint-path",
                    message=message,
                    where=call,
                    hint=way,
                    path=hint.where,
                    span=hint.span,
                )

    def notes(self) -> Iterable[Note]:
        """A note for each."""
        return (note for note in self._notes.values() if note is not None)


def _told(hints: Hints, root: Place, of: str) -> Iterator[tuple[FieldHint, tuple[str, str] | None]]:
    """All hints; with each that leads nowhere what to say: a message (``of`` what answer), and a way out."""
    places: set[str] = set()
    if hints.outside or not hints.by_steps.keys() <= hints.known:
        places = {hints.spelled(steps) for steps in hints.known}
    for steps, hint in hints.by_steps.items():
        holds = steps in hints.known and _above(hints, steps, lambda outer: outer.ignore) is None
        yield hint, None if holds else _lost(hints, steps, hint, of, root, places)
    for hint in hints.outside:
        yield hint, None if only_redacts(hint) else _outside(hints, hint, of, places)


def _lost(
    hints: Hints, steps: Steps, hint: FieldHint, of: str, root: Place, places: Set[str]
) -> tuple[str, str] | None:
    as_any = "" if steps in hints.known else _as_any(hints, steps)
    if not places_at(root, steps):
        return f"{hint.path} is in no capture of {of}", _meant(hint.path, places, as_any)
    if only_redacts(hint):  # which goes for the whole body as it comes
        return None
    told = f"{hint.path} is one key of a map"
    above = _above(hints, steps, lambda outer: outer.ignore or shapes(outer))
    if above is not None:
        where, outer = above
        told = f"{hint.path} is inside of {where}, which is declared {written(outer)}"
    return told, _meant("", places, as_any)


def _above(
    hints: Hints, steps: Steps, wanted: Callable[[FieldHint], bool]
) -> tuple[str, FieldHint] | None:
    """The outermost declaration of this kind about what a place is inside of, and its path."""
    every = hints.all()
    for length in range(len(steps)):
        outer = every.get(steps[:length])
        if outer is not None and wanted(outer):
            return hints.spelled(steps[:length]), outer
    return None


def _outside(hints: Hints, hint: FieldHint, of: str, places: Set[str]) -> tuple[str, str]:
    below = hints.root + hint.path.removeprefix("$")
    near = _meant(hint.path, places, below if below in places else "")
    return f"{hint.path} is outside of what {of} returns (select: {hints.root})", near


def _as_any(hints: Hints, steps: Steps) -> str:
    """The known place that steps lead to when some of them are keys of maps; empty when there is none."""
    for known in sorted(hints.known):
        pairs = list(zip(steps, known, strict=False))
        if len(steps) == len(known) and all(a == b or b == ANY_STEP for a, b in pairs):
            return hints.spelled(known)
    return ""


def _meant(path: str, places: Set[str], likely: str) -> str:
    # the step into a list is what is forgotten most
    bare = [place for place in places if place.replace("[*]", "") == path.replace("[*]", "")]
    close = difflib.get_close_matches(path, sorted(places), n=1, cutoff=0.7)
    near = next(iter([*sorted(bare), *([likely] if likely else []), *close]), "")
    return f"did you mean {near}?" if near else ""
