"""The exceptions that end a run of the tool with one clear line.

CallwrightError
├─ SpecError            the connector spec or the project settings have problems (carries the diagnostics)
│  └─ ConnectorErrors   several connectors have errors (carries all of them)
├─ CaptureError         a capture cannot be read, parsed or reproduced
├─ InitializeError      the provider could not be reached or did not answer as expected
├─ FormatError          generated source could not be formatted or parsed (a bug of ours: please report)
└─ OutputError          the output folder cannot be written, or holds what is not ours

Each class carries the process's exit code (see docs/cli.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from callwright.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from pathlib import Path

    from callwright.diagnostics import Diagnostic


class CallwrightError(Exception):
    """Base of everything Callwright raises on purpose; its text is one clear message.

    ``path``: the file or folder that it is about, which then stands before the message.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, path: Path | None = None) -> None:
        super().__init__(message if path is None else f"{path}: {message}")
        self.message = message
        self.path = path

    def seen_from(self, root: Path) -> str:
        """The text, with the path as seen from a project's root when it is inside."""
        if self.path is None or not self.path.is_relative_to(root):
            return str(self)
        return f"{self.path.relative_to(root).as_posix()}: {self.message}"


class SpecError(CallwrightError):
    """The spec has problems. ``diagnostics`` holds all of them, in file order."""

    def __init__(
        self, message: str, diagnostics: Sequence[Diagnostic] = (), *, path: Path | None = None
    ) -> None:
        super().__init__(message, path=path)
        self.diagnostics = tuple(diagnostics)


class ConnectorErrors(SpecError):
    """Several connectors have errors; ``errors`` holds those of each."""

    def __init__(self, errors: Sequence[CallwrightError]) -> None:
        diagnostics = [d for e in errors if isinstance(e, SpecError) for d in e.diagnostics]
        super().__init__(f"errors in {len(errors)} connectors; nothing was written", diagnostics)
        self.errors = tuple(errors)


def raise_together(errors: Sequence[CallwrightError]) -> None:
    """Raise the errors of several connectors, if there are any: ConnectorErrors when there is more than one."""
    if len(errors) > 1:
        raise ConnectorErrors(errors)
    if errors:
        raise errors[0]


class CaptureError(CallwrightError):
    """A capture cannot be used; the message names the file, the JSON path and a way out."""


class InitializeError(CallwrightError):
    """The network or the provider failed while initializing; nothing was stored for that sample."""

    exit_code: ClassVar[int] = 3


class FormatError(CallwrightError):
    """Generated source does not parse."""


class OutputError(CallwrightError):
    """The output cannot be written safely."""


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
