"""Argument types for Acme."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias

from typing_extensions import TypedDict

Lang: TypeAlias = Literal["en", "de"]


class Address(TypedDict):
    street: str
    zipCode: NotRequired[str]
