"""Exceptions specific to Acme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._runtime import errors
from .._runtime.lazy import lazy

if TYPE_CHECKING:
    from . import models
else:
    models = lazy(__package__, ".models")


class NotFoundError(errors.NotFoundError):
    """404, as captured in `get_customer.unknown`."""

    @property
    def body(self) -> models.ApiProblem | None:
        """The parsed error body, or None if it does not match."""
        return self._parsed(models.ApiProblem)


class CardError(errors.StatusError):
    """402, as captured in `create_customer.declined`."""

    @property
    def body(self) -> models.ApiProblem | None:
        """The parsed error body, or None if it does not match."""
        return self._parsed(models.ApiProblem)


CLASSES: Mapping[str, type[errors.StatusError]] = {
    "CardError": CardError,
    "NotFoundError": NotFoundError,
}
"""Exception classes by name. They replace the runtime's classes of the same names."""
