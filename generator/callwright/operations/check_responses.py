"""What is declared about places of answers and cannot be: names that no attribute has, places that are no field, keys
that do not go together."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping, Sequence

from callwright.diagnostics import Diagnostic
from callwright.ir import naming
from callwright.operations.calls import answers
from callwright.runtime.reading.paths import Step, parse_path
from callwright.specfile.checks.parameters import FITS, WORDS
from callwright.specfile.messages import error
from callwright.specfile.model.policies import ResponseField
from callwright.specfile.resolve import ResolvedConnector
from callwright.specfile.source import dotted, plain

_Path = tuple[str | int, ...]
_FORM = "lower-case letters, digits and _, beginning with a letter"
_OF_FIELDS = ("required", "ignore", "rename")
_OF_ENUM = ("string", "integer", "number", "boolean")


def check_answers(resolved: ResolvedConnector) -> Iterator[Diagnostic]:
    """Every such problem in the answers and errors of a connector."""
    errors = resolved.document.errors
    if errors is not None:
        yield from _Fields(resolved, ("errors", "fields"), "$").check(errors.fields)
    for call in resolved.calls:
        for _, within, response in answers(call):
            fields = _Fields(resolved, (*within, "fields"), response.select or "$")
            yield from fields.check(response.fields)


class _Fields:
    """The ``fields`` at one path of the spec; ``root`` is the path of the value that is returned."""

    def __init__(self, resolved: ResolvedConnector, path: _Path, root: str) -> None:
        self._resolved = resolved
        self._path = path
        self._root = _anywhere(root)

    def check(self, fields: Mapping[str, ResponseField]) -> Iterator[Diagnostic]:
        seen: dict[tuple[Step, ...], str] = {}
        for place, hint in fields.items():
            steps = _anywhere(place)
            # redacting is done index by index
            first = place if hint.model_fields_set == {"redact"} else seen.setdefault(steps, place)
            if first != place:
                message = f"the same place as {first}: indexes are any item"
                yield self._say("declared-twice", message, (place,), "write it once, with [*]")
            if steps == self._root or steps[-1:] in ((), (None,)):
                yield from self._no_field(place, hint)
            elif hint.rename is not None:
                yield from self._rename(hint.rename, (place, "rename"))
            yield from self._without_effect(hint, place)

    def _no_field(self, place: str, hint: ResponseField) -> Iterator[Diagnostic]:
        for key in _OF_FIELDS:
            if hint.given(key):
                message = f"{key} is for fields of objects, and {place} is none"
                yield self._say("bad-value", message, (place, key))

    def _without_effect(self, hint: ResponseField, place: str) -> Iterator[Diagnostic]:
        """Keys that do not go together, so that one of them would say nothing."""
        kind = hint.type or ("array" if hint.items else "map" if hint.values else None)
        if hint.closed and not hint.enum:
            message = "closed says that enum has all values, and there is no enum"
            way = "add enum, or leave closed out"
            yield self._say("bad-value", message, (place, "closed"), way)
        if hint.enum and kind is not None:
            yield from self._enum(kind, hint.enum, (place, "enum"))
        for key, of in (("items", "array"), ("values", "map")):
            if getattr(hint, key) and kind != of:
                way = f"leave out one of the two, or declare type: {of}"
                yield self._say("bad-value", f"type {kind} has no {key}", (place, key), way)
        if hint.ignore:
            yield from self._ignored(hint, place)

    def _ignored(self, hint: ResponseField, place: str) -> Iterator[Diagnostic]:
        every = ResponseField.model_fields.items()
        given = [field.alias or name for name, field in every if hint.given(name)]
        more = next((key for key in given if key not in ("ignore", "redact")), None)
        if more is not None:
            way = "leave out one of the two; redact may stand beside ignore"
            yield self._say("bad-value", f"what is ignored has no {more}", (place, more), way)

    def _enum(self, kind: str, values: Sequence[object], path: _Path) -> Iterator[Diagnostic]:
        if kind not in _OF_ENUM:
            message = f"enum says what is there, and type {kind} would say nothing"
            yield self._say("bad-value", message, path, "leave out one of the two")
            return
        for number, value in enumerate(map(plain, values)):
            if not FITS[kind](value):
                message = f"expected {WORDS[kind]}, found {value!r}"
                yield self._say("wrong-type", message, (*path, number))

    def _rename(self, name: str, path: _Path) -> Iterator[Diagnostic]:
        if keyword.iskeyword(name):
            code, message = "reserved-name", f"{name} is a word of Python"
        elif not naming.is_name(name):
            code, message = "bad-name", f"{name!r} is not an attribute's name: {_FORM}"
        elif naming.is_reserved_attribute(name):
            code, message = "reserved-name", f"models need the name {name} themselves"
        else:
            return
        yield self._say(code, message, path, f"rename: {naming.attribute(name)}")

    def _say(self, code: str, message: str, path: _Path, way: str = "") -> Diagnostic:
        whole = (*self._path, *path)
        return error(code, message, self._resolved.source.span(*whole), dotted(whole), way)


def _anywhere(path: str) -> tuple[Step, ...]:
    """The steps of a path, indexes as any item."""
    return tuple(step if isinstance(step, str) else None for step in parse_path(path).steps)
