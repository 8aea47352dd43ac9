"""A capture: one real response of one call, as stored beside the spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

CaptureKind: TypeAlias = Literal["json", "jsonl", "sse", "xml", "text", "empty", "binary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """``path`` is relative to the project's root (for messages); ``page`` counts from 1, None when not paginated.

    ``version``: which of the different responses stored for its sample and status. ``call_digest``, ``base_path`` and
    ``auth_digest`` say what was sent; None where the meta file does not say.

    ``size``: of a binary body that is not stored (``keep: head``); ``body`` is then empty, and ``path`` the meta file's.

    ``body`` is the stored file's bytes (redacted, indentation normalised, spelling of numbers and key order kept).
    """

    call: str
    sample: str
    status: int
    page: int | None
    kind: CaptureKind
    path: str
    body: bytes
    source: Literal["live", "manual", "docs"] | str = "manual"
    captured_at: str | None = None
    environment: str | None = None
    auth: str | None = None  # the scheme's name
    call_digest: str | None = None
    base_path: str | None = None
    auth_digest: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    request: Mapping[str, object] | None = None
    content_type: str | None = None
    version: int = 1
    size: int | None = None

    @property
    def is_proven(self) -> bool:
        """Whether a person or a server gave it, not documentation or an import."""
        return self.source != "docs" and self.source.partition(":")[0] != "import"
