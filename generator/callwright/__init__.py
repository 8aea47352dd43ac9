"""Callwright: strictly typed API clients, generated from connector specs and the responses really received."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from callwright.commands import Report

__version__ = "0.1.0"

__all__ = ["InferredModels", "__version__", "check", "generate", "models_from_samples"]


def generate(project: Path | str = ".", connectors: Sequence[str] = ()) -> Report:
    """Write the client packages of a project, as `callwright generate` does.

    Args:
        project: The project's folder, or any below it.
        connectors: Names of connectors; all when empty.

    Raises:
        CallwrightError: See callwright.errors; nothing is written then.
    """
    from callwright import commands
    from callwright.project.settings import load_settings

    return commands.generate(load_settings(project), connectors)


def check(project: Path | str = ".", connectors: Sequence[str] = ()) -> Report:
    """Compare the client packages of a project with what would be generated; see ``Result.changes``.

    Takes and raises what generate() does, and writes nothing.
    """
    from callwright import commands
    from callwright.project.settings import load_settings

    return commands.check(load_settings(project), connectors)


if TYPE_CHECKING:
    from callwright.render.models.samples import InferredModels, models_from_samples
else:

    def __getattr__(name: str) -> object:
        # loaded when first used: the tool's start stays cheap
        if name in ("InferredModels", "models_from_samples"):
            from callwright.render.models import samples

            return getattr(samples, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
