"""Declared decimals with the digits that came: pydantic reads JSON numbers as floats, which keep 17 digits.

Only calls whose type declares a decimal come here, after pydantic has read the body: a Decimal stands nowhere else in
what it made, so each is replaced by the number at the same place of the body. All other numbers stay what they are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from .readers import kind_of


@cache
def declares(form: Any) -> bool:
    """Whether a value of this type may hold a declared decimal."""
    return _declares(form, set())


def _declares(form: Any, seen: set[type]) -> bool:
    if form is Decimal:
        return True
    if not (isinstance(form, type) and issubclass(form, BaseModel)):
        return any(_declares(part, seen) for part in get_args(form))
    if form in seen:
        return False
    seen.add(form)
    form.model_rebuild()
    return any(_declares(f.rebuild_annotation(), seen) for f in form.model_fields.values())


@cache
def _places(model: type[BaseModel]) -> Mapping[str, str]:
    """The fields that may hold a declared decimal, and their keys on the wire."""
    return {
        name: info.validation_alias if isinstance(info.validation_alias, str) else name
        for name, info in model.model_fields.items()
        if declares(info.rebuild_annotation())
    }


def with_digits(value: Any, body: bytes) -> Any:
    """What was read of a body, with all digits of its declared decimals. The objects themselves are changed."""
    text = body.decode()
    try:
        raw = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except InvalidOperation:
        raw = json.loads(text, parse_float=_number, parse_int=_number)
    return _restored(value, raw)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None  # an exponent of twenty digits


def _restored(value: Any, raw: Any) -> Any:
    kind = kind_of(raw)
    if isinstance(value, BaseModel):
        if kind == "object":
            _restore_fields(value, raw)
        return value
    if kind == kind_of(value) == "list":
        value[:] = map(_restored, value, raw)
    elif kind == kind_of(value) == "object":
        value.update({key: _restored(item, raw[key]) for key, item in value.items()})
    elif isinstance(raw, Decimal) and _is_lost(value):
        return raw
    return value


def _restore_fields(model: BaseModel, raw: Mapping[str, Any]) -> None:
    members = vars(model)  # frozen for users; nobody has seen this object yet
    for name, key in _places(type(model)).items():
        if key in raw and name in members:
            members[name] = _restored(members[name], raw[key])


def _is_lost(value: object) -> bool:
    """Whether a number may have been more than what was read of it: 1e400 was refused as a decimal, and is infinite."""
    return isinstance(value, Decimal) or (isinstance(value, float) and math.isinf(value))
