"""What inference is given: the responses of one call that share a type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from callwright.diagnostics import SourceSpan
from callwright.ir.nodes import FieldHint
from callwright.runtime.definition import Xml


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The captures of one call, status class and content type; they make one type.

    ``key`` is unique and names the root in the result. ``bodies``: JSON texts, XML texts, plain texts (bytes), or
    values already parsed; ``captures`` their paths, for evidence and messages. ``model``: the class name the author
    gave; ``select``: the path of the value that is returned (hints stay rooted at the body), which stands in the spec at
    ``select_at``. ``xml``: what all captures of
    XML that share it say; without it, these bodies are asked.
    """

    key: str
    call: str
    bodies: Sequence[object]
    captures: Sequence[str] = ()
    role: Literal["success", "error"] = "success"
    status: int | None = None
    model: str | None = None
    select: str | None = None
    select_at: SourceSpan | None = None
    hints: tuple[FieldHint, ...] = ()
    media: Literal["json", "xml", "text", "number"] = "json"
    xml: Xml | None = None

    def capture(self, index: int) -> str:
        """The name of a body for messages."""
        return self.captures[index] if index < len(self.captures) else f"{self.key} #{index + 1}"
