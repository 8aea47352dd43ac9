"""Problems the author of a spec must fix, as values with a place: collected and shown together."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from callwright.errors import SpecError


class Severity(enum.Enum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpan:
    """A place in a text file: ``line`` and ``column`` count from 1, ``length`` in characters (0: unknown)."""

    file: str
    line: int
    column: int
    length: int = 0
    text: str = ""  # the whole source line, for the caret


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One problem. ``code`` is stable and documented; ``path`` is the dotted place inside the spec."""

    severity: Severity
    code: str
    message: str
    span: SourceSpan | None = None
    path: str = ""
    hint: str = ""

    @property
    def is_warning(self) -> bool:
        """Whether ``check --strict`` fails because of it."""
        return self.severity is Severity.WARNING

    def render(self) -> str:
        """The problem as text: place, code, path, message; then the source line with a caret, and the hint."""
        place = f"{self.span.file}:{self.span.line}:{self.span.column}: " if self.span else ""
        head = f"{place}{self.severity.value}[{self.code}]: "
        if self.path:
            head += f"{self.path}: "
        lines = [head + self.message]
        if self.span and self.span.text:
            lines.append(f"    {self.span.text.rstrip()}")
            # tabs are repeated so that the caret stands under the right character in any terminal
            lead = "".join(
                "\t" if c == "\t" else " " for c in self.span.text[: self.span.column - 1]
            )
            lines.append(f"    {lead}{'^' * max(1, self.span.length)}")
        if self.hint:
            lines.append(f"    = {self.hint}")
        return "\n".join(lines)


def fail_on_errors(diagnostics: Iterable[Diagnostic]) -> None:
    """Raise a SpecError that carries all diagnostics when at least one is an error."""
    found = tuple(diagnostics)
    errors = [d for d in found if d.severity is Severity.ERROR]
    if errors:
        noun = "error" if len(errors) == 1 else "errors"
        of_captures = all(d.code.startswith("capture-") for d in errors)
        raise SpecError(
            f"{len(errors)} {noun} in the {'captures' if of_captures else 'spec'}", found
        )
