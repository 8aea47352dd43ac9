"""A page read in one pass: its items as their type, everything around them as plain data."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import typing_extensions
from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypeForm

from ..model import UNKNOWN_TAGS
from .decimals import declares
from .paths import parse_path
from .readers import make_adapter, reader


def enveloped(returns: TypeForm[Any], content: bytes, path: str) -> object | None:
    """The body of a page, its items read as ``returns``; None if anything does not fit, to be read with more care."""
    steps = parse_path(path).steps
    if not all(isinstance(step, str) for step in steps) or declares(cast("Any", returns)):
        return None
    before = UNKNOWN_TAGS.count
    try:
        body = _adapter(cast("Any", returns), steps).validate_json(content)
    except ValidationError:
        return None
    return body if UNKNOWN_TAGS.count == before else None


# called as a function, with keys that no class could have
_typed_dict: Any = vars(typing_extensions)["TypedDict"]


@cache
def _adapter(returns: Any, steps: tuple[str, ...]) -> TypeAdapter[Any]:
    form = reader(returns).form
    if not steps:
        return make_adapter(form)
    config = ConfigDict(strict=True, allow_inf_nan=False, extra="allow")
    for step in reversed(steps):
        form = _typed_dict("Envelope", {step: form})
        form.__pydantic_config__ = config
    return TypeAdapter(form)
