"""What Acme answers."""

from __future__ import annotations

import datetime

from pydantic import Field

from .._runtime.model import Model


class Customer(Model):
    id: str
    name: str
    created: datetime.datetime
    nickname: str | None = None
    zip_code: str | None = Field(
        default=None, validation_alias="zipCode", serialization_alias="zipCode"
    )


class CustomerList(Model):
    data: list[Customer]
    has_more: bool


class ApiProblemError(Model):
    code: str
    message: str


class ApiProblem(Model):
    error: ApiProblemError
