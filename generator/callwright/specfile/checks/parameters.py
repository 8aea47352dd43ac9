"""Parameters: their types, and values that fit them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from callwright.diagnostics import Diagnostic, did_you_mean
from callwright.runtime.unset import UNSET
from callwright.specfile.checks.base import Checking, Path
from callwright.specfile.model.parameters import TYPES, Parameter
from callwright.specfile.model.policies import ResponseField
from callwright.specfile.source import plain


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


FITS: Mapping[str, Callable[[object], bool]] = {
    "string": _is_text,
    "uuid": _is_text,
    "datetime": _is_text,
    "date": _is_text,
    "integer": _is_integer,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "map": lambda value: isinstance(value, dict),
    "object": lambda value: isinstance(value, dict),
}
WORDS = {
    "string": "text",
    "uuid": "text",
    "datetime": "text",
    "date": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "map": "a mapping",
    "object": "a mapping",
}


def _has_comma(value: object) -> bool:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return any(isinstance(item, str) and "," in item for item in items)


class ParameterChecks(Checking):
    """Everything that stands in headers, queries, paths, bodies and types."""

    def fields(self, fields: Mapping[str, Parameter | None], path: Path) -> Iterator[Diagnostic]:
        for name, parameter in fields.items():
            if parameter is not None:
                yield from self.parameter(parameter, (*path, name))

    def answer_fields(
        self, fields: Mapping[str, ResponseField], path: Path
    ) -> Iterator[Diagnostic]:
        """What is declared about places in answers."""
        for place, hint in fields.items():
            if hint.type is not None:
                yield from self._type(hint.type, (*path, place))
            for key in ("items", "values"):
                inner: Parameter | None = getattr(hint, key)
                if inner is not None:
                    yield from self.parameter(inner, (*path, place, key))

    def _type(self, kind: str, path: Path) -> Iterator[Diagnostic]:
        types = self.connector.document.types
        if kind not in TYPES and kind not in types:
            yield self.say(
                "unknown-type",
                f"there is no type {kind}{did_you_mean(kind, (*TYPES, *types))}",
                (*path, "type"),
            )

    def parameter(self, parameter: Parameter, path: Path) -> Iterator[Diagnostic]:
        if parameter.is_constant:
            yield from self.names(plain(parameter.value), path)
            others = set(parameter.model_fields_set) - {
                "value",
                "array_style",
                "first_index",
                "description",
            }
            if others:
                yield self.say("bad-value", f"a constant (value) has no {min(others)}", path)
            if parameter.array_style == "comma" and _has_comma(plain(parameter.value)):
                yield self.say(
                    "bad-value",
                    "an item holds a comma, and the list is joined by commas",
                    path,
                    "another array_style keeps the items apart",
                )
            return
        if parameter.is_place:
            yield from self.fields(parameter.fields or {}, (*path, "fields"))
            return
        parameter = self.connector.document.written_out(parameter)
        unknown = list(self._type(parameter.kind, path))
        if unknown:
            yield from unknown
            return
        if parameter.secret:
            for key in ("default", "example", "server_default", "enum"):
                if parameter.given(key):
                    yield self.say(
                        "secret-value",
                        f"a secret parameter has no {key}: it would be stored in the spec",
                        (*path, key),
                    )
        yield from self._values(parameter, path)
        for key in ("items", "values"):
            inner: Parameter | None = getattr(parameter, key)
            if inner is not None:
                yield from self.parameter(inner, (*path, key))
        yield from self.fields(parameter.fields or {}, (*path, "fields"))

    def _values(self, parameter: Parameter, path: Path) -> Iterator[Diagnostic]:
        fits = FITS.get(parameter.kind)
        default = parameter.read(parameter.default)
        options = [parameter.read(v) for v in parameter.enum or ()]
        checked: list[tuple[Path, object]] = [
            ((*path, "enum", i), v) for i, v in enumerate(options)
        ]
        if default is not UNSET and not (default is None and parameter.nullable_):
            checked.append(((*path, "default"), default))
            if options and default not in options:
                yield self.say(
                    "bad-value",
                    f"the default is none of enum: {', '.join(map(str, options))}",
                    (*path, "default"),
                )
        for where, value in checked:
            if fits is not None and not fits(value):
                yield self.say(
                    "wrong-type",
                    f"expected {WORDS[parameter.kind]}, found {value!r}",
                    where,
                    "quote it to make it text" if parameter.kind == "string" else "",
                )
        if parameter.required and default is not UNSET:
            yield self.say("bad-value", "a required argument has no default", (*path, "default"))
        for low, high in (("minimum", "maximum"), ("min_length", "max_length")):
            least, most = getattr(parameter, low), getattr(parameter, high)
            if least is not None and most is not None and least > most:
                yield self.say("bad-value", f"{low} is larger than {high}", (*path, low))
