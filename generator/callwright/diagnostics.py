"""Problems the author of a spec must fix, as values with a place: collected and shown together."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable
from dataclasses import dataclass


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


def span_at(place: str) -> SourceSpan:
    """The span of a place written as ``file:line:column``."""
    file, line, column = place.rsplit(":", 2)
    return SourceSpan(file=file, line=int(line), column=int(column))


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
        # the line of a secret is not shown: terminals and logs of CI keep it
        if self.span and self.span.text and not self.code.startswith("secret-"):
            lines.append(f"    {self.span.text.rstrip()}")
            # tabs are repeated so that the caret stands under the right character in any terminal
            lead = "".join(
                "\t" if c == "\t" else " " for c in self.span.text[: self.span.column - 1]
            )
            lines.append(f"    {lead}{'^' * max(1, self.span.length)}")
        if self.hint:
            lines.append(f"    = {self.hint}")
        return "\n".join(lines)


def closest(word: str, options: Iterable[str]) -> str | None:
    """The option that was probably meant."""
    by_lower = {o.lower().replace("-", "_"): o for o in options}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """`` (did you mean x?)`` or nothing."""
    meant = closest(word, options)
    return f" (did you mean {meant}?)" if meant else ""


def in_order(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by place, without repetitions (an alias may be read twice)."""
    unique = dict.fromkeys(found)
    return sorted(
        unique,
        key=lambda d: (d.span.file, d.span.line, d.span.column) if d.span else ("", 0, 0),
    )
