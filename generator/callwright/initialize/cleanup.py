"""Which cleanups are sent: only those of samples that may have been executed in this run.

Deleting what the run did not create would harm. A sample counts as executed after a 2xx or an expected 3xx, after a 5xx
(the provider may have failed halfway), and when no response came to a request that may have arrived: a timeout, a lost
connection, an interruption. It does not after any other 3xx, a 4xx, or a 5xx that refuses (501, 503, 505, 511), after a
success that ``failed_when`` calls a failure, and when nothing was sent.
"""

from __future__ import annotations

from callwright.initialize.plan import Name, Plan, Step


class Cleanups:
    """Notes of each sample whether it may have been executed."""

    def __init__(self) -> None:
        self._refusals: dict[Name, str] = {}  # why it was not executed; "" when it may have been

    def note(self, step: Step, refusal: str) -> None:
        """Note why a step was certainly not executed; "" when it may have been."""
        self._refusals[step.key] = refusal

    def may_be_executed(self, step: Step) -> bool:
        """Whether a step may have had its effect."""
        return self._refusals.get(step.key) == ""

    def unneeded(self, cleanup: Step, plan: Plan) -> str:
        """Why a cleanup has nothing to clean up; "" when it is to be sent."""
        owners = [s for s in plan.steps if s.sample.cleanup == cleanup.key]
        if any(map(self.may_be_executed, owners)):
            return ""
        reasons = [f"{s.name} {self._refusals.get(s.key, 'was not sent')}" for s in owners]
        return ", ".join(reasons) or "what it cleans up after was not sent"


def by_hand(cleanup: Step, source: Name) -> str:
    """What to do about a cleanup that needs an output which a sample that may have been executed did not give."""
    outputs = [v.output for v in cleanup.references if (v.call, v.sample) == source]
    return (
        f"{'.'.join(source)} may have been executed, but its output {', '.join(outputs)} is unknown;"
        " look at the provider, and undo it there"
    )
