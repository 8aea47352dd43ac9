"""What Acme's calls raise beyond the errors every client has, with the bodies that were captured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ._runtime import errors
from ._runtime.lazy import lazy

if TYPE_CHECKING:
    from . import models
else:
    models = lazy(__package__, "models")


class NotFoundError(errors.NotFoundError):
    """404, as captured in `get_customer.unknown`."""

    @property
    def body(self) -> models.ApiProblem | None:
        """The problem as Acme describes it; None when the body is something else."""
        return self._parsed(models.ApiProblem)


class CardError(errors.StatusError):
    """402, as captured in `create_customer.declined`."""

    @property
    def body(self) -> models.ApiProblem | None:
        """The problem as Acme describes it; None when the body is something else."""
        return self._parsed(models.ApiProblem)


CLASSES: Mapping[str, type[errors.StatusError]] = {
    "CardError": CardError,
    "NotFoundError": NotFoundError,
}
"""Raised in place of the runtime's classes of the same names, and where the spec's ``raise`` names them."""
