"""Callwright: strictly typed API clients, generated from connector specs and the responses really received."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = ["InferredModels", "__version__", "models_from_samples"]

if TYPE_CHECKING:
    from callwright.render.samples import InferredModels, models_from_samples
else:

    def __getattr__(name: str) -> object:
        # loaded when first used: the tool's start stays cheap
        if name in ("InferredModels", "models_from_samples"):
            from callwright.render import samples

            return getattr(samples, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
