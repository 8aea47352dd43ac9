"""What the proof found, told to the author: the place in the body, what is declared there, and what to correct."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from callwright.infer.author.agreed import place_of
from callwright.infer.author.hints import ANY_STEP, Steps, declared, spelled_step, steps_of, written
from callwright.infer.seen.observation import Observation
from callwright.ir.nodes import FieldHint, LiteralType

MAX_OTHERS = 3
"""So many values that a closed enum lacks are told."""

MAX_SHOWN = 40
"""Longer ones are cut."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A capture that the models do not reproduce: where in its body, what happens there, and the way out.

    Holds no value but those that a closed enum lacks, and none that is redacted.
    """

    capture: str
    path: str
    message: str
    way_out: str = ""

    def __str__(self) -> str:
        return f"{self.capture}: {self.path}: {self.message}"


@dataclass(frozen=True, slots=True)
class Blame:
    """One observation, and all declarations that hold in its answers (see Inference.declared)."""

    observation: Observation
    held: Mapping[Steps, tuple[FieldHint, ...]]

    def problems(
        self, capture: str, value: object, lost: Iterable[tuple[str, str, str]]
    ) -> Iterator[Problem]:
        """What is wrong with one returned value: ``lost`` are the path, the type, and what happens of each place."""
        told: set[str] = set()
        for path, expected, what in lost:
            told.add(anywhere(path))
            yield self.problem(capture, path, expected, what, value)
        # where no other value was seen, the type is Any, which takes null
        for path in self._nulls(value):
            if path not in told:
                yield self.problem(capture, path, "Any", "captured null")

    def _nulls(self, value: object) -> Iterator[str]:
        """The paths below a returned value where null stands, and is declared never to."""
        for steps, hints in self.held.items():
            if any(hint.nullable is False for hint in hints) and None in values_at(value, steps):
                yield "$" + "".join(map(spelled_step, steps))

    def problem(
        self, capture: str, below: str, expected: str, what: str, value: object = None
    ) -> Problem:
        """What happens at a path ``below`` a returned value; ``expected`` is the type there, empty when it fits."""
        root = self.observation.select or "$"
        place = anywhere(below)
        steps = steps_of(place) or ()
        here, hints = self._declared(steps)
        if here and expected:
            what += self._others(value, steps, hints, what)
        if hints and here:
            told = f"declared {' and '.join(map(written, hints))}"
        elif expected:
            told = f"{'declared' if hints else 'typed'} {expected}"
        else:
            told = ""
        ways = [_correct(hint, here) for hint in hints]
        return Problem(
            capture,
            root + below.removeprefix("$"),
            f"{told}, {what}" if told else what,
            "\n".join(ways or [self._declare(root + place.removeprefix("$"))]),
        )

    def _declared(self, steps: Steps) -> tuple[bool, Sequence[FieldHint]]:
        """The declarations that decide about a place, and whether they are about this very place."""
        for length in range(len(steps), -1, -1):
            here = length == len(steps)
            found = self.held.get(steps[:length], ())
            hints = [h for h in found if (_binds(h) if here else declared(h) is not None)]
            if hints:
                return here, hints
        return False, ()

    def _others(self, value: object, steps: Steps, hints: Sequence[FieldHint], what: str) -> str:
        """The values at a place that a closed enum lacks, to be added to a message; nothing of what is redacted."""
        closed = [said for hint in hints if isinstance(said := declared(hint), LiteralType)]
        every = (hint for n in range(len(steps) + 1) for hint in self.held.get(steps[:n], ()))
        if not closed or any(hint.redact for hint in every):
            return ""
        known = {_text(option) for said in closed for option in said.values}
        kind = what.removeprefix("captured ")
        found = (_text(v) for v in values_at(value, steps) if _KINDS.get(type(v)) == kind)
        others = [_shortened(text) for text in dict.fromkeys(found) if text not in known]
        return f" {', '.join(others[:MAX_OTHERS])}" + (", …" if len(others) > MAX_OTHERS else "")

    def _declare(self, path: str) -> str:
        place = "errors" if self.observation.role == "error" else "response"
        plain = ", or take the whole answer as plain data (response: {untyped: true})"
        return (
            f"Declare what the provider really sends ({place}: {{fields: {{{_quoted(path)}: {{type: any}}}}}})"
            + (plain if place == "response" else "")
        )


def anywhere(path: str) -> str:
    """A path with ``[*]`` for every index, and for the keys of maps."""
    return re.sub(r"\[\d+\]|\.\*(?=[.\[]|\Z)", "[*]", path)


def values_at(value: object, steps: Steps) -> list[object]:
    """All values of a body that steps lead to."""
    found = [value]
    for step in steps:
        found = [inner for outer in found for inner in _below(outer, step)]
    return found


def _below(value: object, step: str) -> Iterable[object]:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return members.values() if step == ANY_STEP else [members[step]] if step in members else ()
    return cast("list[object]", value) if isinstance(value, list) and step == ANY_STEP else ()


def _text(value: object) -> str:
    return repr(value) if not isinstance(value, bool) else str(value).lower()


_KINDS = {str: "str", int: "int", float: "float", bool: "bool"}


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def _binds(hint: FieldHint) -> bool:
    """Whether a declaration says what can be there, rather than how it is called."""
    return written(replace(hint, rename=None, redact=False)) != "{}"


def _correct(hint: FieldHint, here: bool) -> str:
    types = (
        "" if here or not hint.classes else f"types.{hint.items or hint.values or hint.type}, or "
    )
    return f"Correct {types}{'correct ' if types else ''}or remove {place_of(hint)}"


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"
