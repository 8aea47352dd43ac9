"""Instances of models, from the captures of their package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from ..errors import NoRecordedResponseError
from ..reading.data import data_of
from ..reading.drift import fitted
from ..streaming.parsers import LineParser, SseParser
from ..streaming.reader import plain
from .store import Sample, Store, store_of

M = TypeVar("M", bound=BaseModel)


def example(package: str, model: type[M]) -> M:
    """The first object in the captures that is exactly this model, with as many of its fields as any.

    Raises NoRecordedResponseError when there is none.
    """
    best: M | None = None
    for value in _objects(store_of(package)):
        found = _as_model(model, value)
        if found is not None and (
            best is None or len(found.model_fields_set) > len(best.model_fields_set)
        ):
            best = found
    if best is None:
        raise NoRecordedResponseError(f"no capture of {package} holds a {model.__name__}")
    return best


def _as_model(model: type[M], value: dict[str, object]) -> M | None:
    keys = {
        (field.validation_alias if isinstance(field.validation_alias, str) else name)
        for name, field in model.model_fields.items()
    }
    if not value or not keys.issuperset(value):
        return None
    try:
        return model.model_validate_json(json.dumps(value))
    except ValidationError:
        pass
    try:
        return model.model_validate_json(fitted(cast("Any", model), value))
    except (ValidationError, TypeError, ValueError):
        return None


def _objects(store: Store) -> Iterator[dict[str, object]]:
    for sample in store.samples:
        for path in sample.pages:
            for body in _values(sample, path, store.body(path)):
                yield from _nested(body)


def _values(sample: Sample, path: str, content: bytes) -> Iterator[object]:
    if path.endswith((".sse", ".jsonl")):
        limit = len(content) + 1
        parser = SseParser("", limit) if path.endswith(".sse") else LineParser("", limit)
        yield from (plain(event.data) for event in (*parser.feed(content), *parser.finish()))
    else:
        kind = next((v for k, v in sample.headers[0] if k.lower() == "content-type"), None)
        yield data_of(content, None, kind)


def _nested(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        found = cast("dict[str, object]", value)
        yield found
        for inner in found.values():
            yield from _nested(inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _nested(inner)
