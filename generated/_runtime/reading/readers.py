"""The slow path of drift: one reader per type, building what fits and keeping what does not as it came."""

from __future__ import annotations

import datetime
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Tag,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import to_json

from ..model import UNKNOWN_TAGS, TagChoice, read_date, read_decimal, read_instant
from .numbers_in_text import number_kinds, read_number

_TAGS = 5  # known ones that a difference names

_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    list: "list",
    dict: "object",
}


def kind_of(value: object) -> str:
    """The kind of a JSON value, in words."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "a number beyond floats"
    return _KINDS.get(type(value), type(value).__name__)


@dataclass(slots=True)
class Reading:
    """What one reading finds: (path, expected, got), each difference once."""

    found: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])

    def report(self, path: str, expected: str, got: str) -> None:
        """Note a difference; list items that differ alike are one."""
        entry = (path, expected, got)
        if entry not in self.found:
            self.found.append(entry)


class Reader:
    """Reads values of one type. ``text``: the type in words; ``kinds``: the JSON kinds it takes (empty: any)."""

    text = "Any"
    kinds: frozenset[str] = frozenset()
    form: Any = Any  # the type to validate with: dates by the letter, also outside of models

    def takes(self, value: object) -> bool:
        """Whether the value is of a kind this type is made of, whatever it holds."""
        return not self.kinds or _KINDS.get(type(value)) in self.kinds

    def read(self, value: Any, path: str, reading: Reading) -> Any:
        """The value as this type as far as it fits."""
        return value

    def fit(self, value: Any) -> Any:
        """A value of an XML answer, which knows only texts and single elements, in the JSON this type expects."""
        return value


class _Checked(Reader):
    """A reader that tries pydantic first: what validates as a whole needs no walk."""

    def __init__(self, form: Any, text: str) -> None:
        self.form = form
        self._adapter = make_adapter(form)
        self.text = text

    def read(self, value: Any, path: str, reading: Reading) -> Any:
        before = UNKNOWN_TAGS.count
        try:
            read = self._adapter.validate_json(to_json(value))
            if UNKNOWN_TAGS.count == before:
                return read
        except ValidationError:
            pass
        if not self.takes(value):
            reading.report(path, self.text, kind_of(value))
            return value
        return self.walk(value, path, reading)

    def walk(self, value: Any, path: str, reading: Reading) -> Any:
        """The value, which is of the right kind but does not validate."""
        reading.report(path, self.text, kind_of(value))
        return value


_EXACT: dict[Any, Any] = {
    datetime.datetime: Annotated[datetime.datetime, BeforeValidator(read_instant)],
    datetime.date: Annotated[datetime.date, BeforeValidator(read_date)],
    Decimal: Annotated[Decimal, BeforeValidator(read_decimal)],
}


class _Leaf(_Checked):
    def __init__(self, form: Any, text: str) -> None:
        super().__init__(_EXACT.get(form, form), text)
        base: Any = get_args(form)[0] if get_origin(form) is Annotated else form
        numbers = frozenset({"int", "float"})
        self.kinds = {bool: frozenset({"bool"}), int: numbers, float: numbers}.get(
            base,
            frozenset({"null"}) if base in (None, type(None)) else frozenset({"str", *numbers}),
        )
        if base is str:
            self.kinds = frozenset({"str"})
        self._base = base
        self._numbers = number_kinds(form, base)

    def fit(self, value: Any) -> Any:
        """Texts as numbers and booleans, where that is what is declared."""
        if not isinstance(value, str):
            return value
        if self._base is bool:
            return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
        return read_number(self._numbers, value)


class _List(_Checked):
    kinds = frozenset({"list"})

    def __init__(self, form: Any) -> None:
        self._item = reader(_argument(form, 0))
        super().__init__(types.GenericAlias(list, (self._item.form,)), f"list[{self._item.text}]")

    def walk(self, value: Any, path: str, reading: Reading) -> Any:
        return [self._item.read(item, f"{path}[*]", reading) for item in value]

    def fit(self, value: Any) -> Any:
        """A single element is a list of one."""
        items: list[Any] = [*value] if kind_of(value) == "list" else [value]
        return [self._item.fit(item) for item in items]


class _Dict(_Checked):
    kinds = frozenset({"object"})

    def __init__(self, form: Any) -> None:
        self._value = reader(_argument(form, 1))
        form = types.GenericAlias(dict, (str, self._value.form))
        super().__init__(form, f"dict[str, {self._value.text}]")

    def walk(self, value: Any, path: str, reading: Reading) -> Any:
        # keys of a map are data, so they are not in the path
        return {key: self._value.read(item, f"{path}.*", reading) for key, item in value.items()}

    def fit(self, value: Any) -> Any:
        """Each value as its type; of an element that has nothing but text, this text."""
        return _fit_members(_as_object(value), lambda _: self._value)


class _Model(_Checked):
    kinds = frozenset({"object"})

    def __init__(self, model: type[BaseModel]) -> None:
        super().__init__(model, model.__name__)
        self._model = model

    def walk(self, value: Any, path: str, reading: Reading) -> Any:
        rest = dict(value)
        values: dict[str, Any] = {}
        given: set[str] = set()
        for name, info in self._model.model_fields.items():
            alias = info.validation_alias
            key = alias if isinstance(alias, str) else name
            if key in rest:
                plan = reader(info.rebuild_annotation())
                values[name] = plan.read(rest.pop(key), path + step_text(key), reading)
                given.add(name)
            elif info.is_required():
                reading.report(
                    path + step_text(key), reader(info.rebuild_annotation()).text, "absent"
                )
            else:
                values[name] = info.get_default(call_default_factory=True)
        return _build(self._model, values, rest, given)

    def fit(self, value: Any) -> Any:
        """Each field as its type; of an element that has nothing but text this time, this text."""
        fields = self._model.model_fields
        forms = {
            (f.validation_alias if isinstance(f.validation_alias, str) else name): f
            for name, f in fields.items()
        }
        return _fit_members(
            _as_object(value),
            lambda key: reader(forms[key].rebuild_annotation()) if key in forms else _ANY,
        )


def _as_object(value: object) -> object:
    """An element as an object, also when it has nothing but text; only the root of a document is ever ""."""
    if not isinstance(value, str):
        return value
    return {"#text": value} if value else {}


def _fit_members(value: Any, plan: Callable[[str], Reader]) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: plan(key).fit(item) for key, item in cast("dict[str, Any]", value).items()}


def _build(
    model: type[BaseModel], values: dict[str, Any], extra: dict[str, Any], given: set[str]
) -> BaseModel:
    # model_construct would call for every alias and fill what is absent; the object is what validation makes, less that
    made = model.__new__(model)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", given | extra.keys())
    object.__setattr__(made, "__pydantic_extra__", extra)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def step_text(key: str) -> str:
    """A key as a step of a path."""
    return f".{key}" if key.isidentifier() else f"[{key!r}]"


class _Choice(Reader):
    """A union: the option that takes the value's kind, and of several the one it drifts from least, in which fewest
    keys are unknown."""

    def __init__(self, options: tuple[Any, ...]) -> None:
        self._options = [reader(option) for option in options]
        self.form = self._options[0].form
        for option in self._options[1:]:
            self.form = self.form | option.form
        self.text = " | ".join(option.text for option in self._options)
        every = [option.kinds for option in self._options]
        self.kinds = frozenset().union(*every) if all(every) else frozenset()

    def read(self, value: Any, path: str, reading: Reading) -> Any:
        best: tuple[tuple[int, int], Any, Reading] | None = None
        for option in self._options:
            if option.takes(value):
                tried = Reading()
                result = option.read(value, path, tried)
                unknown = len(getattr(result, "__pydantic_extra__", None) or ())
                misfit = len(tried.found), unknown
                if best is None or misfit < best[0]:
                    best = misfit, result, tried
                if not tried.found:
                    break
        if best is None:
            reading.report(path, self.text, kind_of(value))
            return value
        for place, expected, got in best[2].found:
            # at the place itself every option was as good as the one that was tried
            reading.report(place, self.text if place == path else expected, got)
        return best[1]

    def fit(self, value: Any) -> Any:
        """As the first option that takes the value as it is, else as the first that takes it as it fits it."""
        for option in self._options:
            if option.takes(value):
                return option.fit(value)
        fits = (option.fit(value) for option in self._options if value is not None)
        return next((f for o, f in zip(self._options, fits, strict=False) if o.takes(f)), value)


class _Tagged(Reader):
    """A union whose option a discriminator chooses."""

    def __init__(self, form: Any, options: tuple[Any, ...], choose: TagChoice) -> None:
        self._choose = choose
        self._options: dict[Any, Reader] = {}
        self.form = form
        for option in options:
            tags = [m.tag for m in get_args(option)[1:] if isinstance(m, Tag)]
            for tag in tags:
                self._options[tag] = reader(get_args(option)[0])
        self.text = " | ".join(dict.fromkeys(option.text for option in self._options.values()))
        every = [option.kinds for option in self._options.values()]
        self.kinds = frozenset().union(*every) if all(every) else frozenset()

    def read(self, value: Any, path: str, reading: Reading) -> Any:
        kind = kind_of(value)
        if kind != "object":
            reading.report(path, self.text, kind)
            return value
        tag = self._choose(value)
        if not tag:
            key = self._choose.key
            reading.report(path + step_text(key), self._known(), _tag_kind(value, key))
        return self._options[tag].read(value, path, reading) if tag in self._options else value

    def _known(self) -> str:
        """The tags that are known, in words."""
        tags = sorted(self._choose.options)
        shown = ", ".join(map(repr, tags[:_TAGS]))
        return f"one of {shown}{f' and {len(tags) - _TAGS} more' if len(tags) > _TAGS else ''}"

    def fit(self, value: Any) -> Any:
        """As the option that the value chooses."""
        chosen = self._options.get(self._choose(value)) if kind_of(value) == "object" else None
        return value if chosen is None else chosen.fit(value)


def _tag_kind(value: dict[str, Any], key: str) -> str:
    """What stands where a known tag was expected, never the text itself."""
    if key not in value:
        return "absent"
    kind = kind_of(value[key])
    return "an unknown tag" if kind == "str" else kind


def make_adapter(form: Any) -> TypeAdapter[Any]:
    """A strict validator of a type; models bring their own configuration."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        return TypeAdapter[Any](cast("Any", form))
    return TypeAdapter[Any](cast("Any", form), config=ConfigDict(strict=True, allow_inf_nan=False))


def _argument(form: Any, index: int) -> Any:
    arguments = get_args(form)
    return arguments[index] if index < len(arguments) else Any


_ANY = Reader()
_MODELS: dict[type[BaseModel], Reader] = {}


def reader(form: Any) -> Reader:
    """The reader of a type, made once (recursive models included)."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        if form not in _MODELS:
            form.model_rebuild()
            _MODELS[form] = _Model(form)
        return _MODELS[form]
    return _reader(cast("Any", form))


@cache
def _reader(form: Any) -> Reader:
    origin = get_origin(form)
    if form is Any or form is object:
        return _ANY
    if origin is Annotated:
        return _annotated(form)
    if origin in (Union, types.UnionType):
        return _Choice(get_args(form))
    if origin is list or form is list:
        return _List(form)
    if origin in (dict, Mapping) or form is dict:
        return _Dict(form)
    return _Leaf(form, _name(form))


def _annotated(form: Any) -> Reader:
    inner, *marks = get_args(form)
    chooser = next((m for m in marks if isinstance(m, Discriminator)), None)
    if chooser is not None and isinstance(chooser.discriminator, TagChoice):
        return _Tagged(form, get_args(inner), chooser.discriminator)
    if all(isinstance(m, Tag) for m in marks):
        return reader(inner)
    # what Any says nothing of is described by a text beside it
    return _Leaf(form, next((m for m in marks if isinstance(m, str)), _name(inner)))


def _name(form: Any) -> str:
    if get_origin(form) is Literal:
        return "one of " + ", ".join(repr(value) for value in get_args(form))
    return "None" if form in (None, type(None)) else str(getattr(form, "__name__", form))
