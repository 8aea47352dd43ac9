"""What the proof found, told to the author: the place in the body, what is declared there, and what to correct."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from callwright.infer.agreed import place_of
from callwright.infer.hints import Steps, declared, steps_of, written
from callwright.infer.observation import Observation
from callwright.ir.nodes import FieldHint


@dataclass(frozen=True, slots=True)
class Problem:
    """A capture that the models do not reproduce: where in its body, what happens there, and the way out.

    Never holds a value.
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

    def problem(self, capture: str, below: str, expected: str, what: str) -> Problem:
        """What happens at a path ``below`` the returned value; ``expected`` is the type there, empty when it fits."""
        root = self.observation.select or "$"
        # indexes, and the keys of maps, are any step
        anywhere = re.sub(r"\[\d+\]|\.\*(?=[.\[]|\Z)", "[*]", below)
        here, hints = self._declared(steps_of(anywhere) or ())
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
            "\n".join(ways or [self._declare(root + anywhere.removeprefix("$"))]),
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

    def _declare(self, path: str) -> str:
        place = "errors" if self.observation.role == "error" else "response"
        plain = ", or take the whole answer as plain data (response: {untyped: true})"
        return (
            f"Declare what the provider really sends ({place}: {{fields: {{{_quoted(path)}: {{type: any}}}}}})"
            + (plain if place == "response" else "")
        )


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
