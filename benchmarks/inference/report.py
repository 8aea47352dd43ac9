"""Lines of the report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Row:
    """One line of the report."""

    what: str
    measured: str
    bar: str
    fine: bool | None = None

    def __str__(self) -> str:
        mark = {None: " ", True: "✓", False: "✗"}[self.fine]
        return f"{mark} {self.what:66} {self.measured:>28}   {self.bar}"


def share(part: int, whole: int) -> str:
    """``part of whole (percent)``."""
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "none"
