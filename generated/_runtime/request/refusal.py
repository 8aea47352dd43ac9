"""Why a value is refused, before it is an error of a call."""

from __future__ import annotations


class Refused(Exception):
    """A value that a parameter does not take. ``path`` is the place inside the argument (``[2].price``)."""

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path

    def inside(self, step: str) -> Refused:
        """The same refusal, seen from the outer value."""
        return Refused(self.problem, step + self.path)
