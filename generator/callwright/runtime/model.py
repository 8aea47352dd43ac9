"""What every generated model is: frozen, strict, parsed by the wire's own names, and keeping what it does not know."""

from __future__ import annotations

import datetime
import importlib
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from decimal import Decimal
from threading import local
from typing import TYPE_CHECKING, Any, cast

from pydantic import VERSION, BaseModel, ConfigDict, Discriminator, GetCoreSchemaHandler
from pydantic_core import core_schema

from .versions import require

require("pydantic", VERSION)


class Model(BaseModel):
    """Base of the generated models.

    Fields are read under the wire's names and dumped under them again; unknown fields are kept (``model_extra``). An
    optional field that was absent reads as None (``model_fields_set`` tells absent from null).
    """

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
        validate_by_alias=True,
        validate_by_name=False,
        serialize_by_alias=True,
        protected_namespaces=(),
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """The schema pydantic makes, reading texts by the letter (exact_texts) and writing what drifted (write_all)."""
        made = handler(source)
        own: Any = handler.resolve_ref_schema(made)
        exact_texts(own)
        while "schema" in own:
            own = own["schema"]
        for field in own.get("fields", {}).values():
            write_all(field["schema"])
        return made

    # checkers keep pydantic's own signatures, and unknown attributes stay errors
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # only a field that a response drifted away from is declared and yet has no value
            if name in type(self).model_fields and name not in self.__dict__:
                raise AttributeError(_missing(type(self), name))
            return super().__getattr__(name)

        def model_dump_json(self, **options: Any) -> str:
            """As pydantic's, with declared decimals as numbers that have all their digits."""
            text, mark = spelled(lambda: super(Model, self).model_dump_json(**options))
            return re.sub(f'"{mark}([^"]*)"', r"\1", text) if mark else text


def _missing(model: type[Model], name: str) -> str:
    """The message for a field that should be there and is missing from a response."""
    package = re.sub(r"\.models(?:\.\w+)?\Z", "", model.__module__)
    try:
        connector = f"{importlib.import_module(f'{package}._calls').CONNECTOR.name} "
    except (ImportError, AttributeError):
        connector = ""  # models of samples have no package
    return (
        f"{model.__name__}.{name} is missing from this response: the provider's responses have changed. Capture the"
        f" call again and regenerate; `callwright explain {connector}{model.__name__}.{name}` shows why it is required"
    )


DECIMAL_MARKS: ContextVar[list[str] | None] = ContextVar("DECIMAL_MARKS", default=None)
"""The mark of declared decimals while they are to keep their spelling, once one was met (see spelled)."""


def spelled(dump: Callable[[], Any]) -> tuple[Any, str]:
    """What ``dump`` gives, with declared decimals as texts after a mark, and the mark ("" when there are none).

    pydantic can write no numbers but ints and floats, which do not keep 1.10 or more than 17 digits.
    """
    marks: list[str] = []
    token = DECIMAL_MARKS.set(marks)
    try:
        return dump(), "".join(marks)
    finally:
        DECIMAL_MARKS.reset(token)


def write_all(schema: Any) -> None:
    """Let a field be dumped whatever is in it: a response that drifted is kept as it came, without warnings."""
    kind = schema["type"]
    if kind in ("default", "nullable"):
        write_all(schema["schema"])
    elif not _has_writer(schema):
        # written as what it is, rather than as what was expected
        schema["serialization"] = {"type": "any"}
    elif "serialization" not in schema:
        for inner in _parts(schema):
            write_all(inner)
        expected = {"list": list, "dict": dict}.get(kind)
        if expected is not None:
            schema["serialization"] = core_schema.wrap_serializer_function_ser_schema(
                lambda value, write: write(value) if isinstance(value, expected) else value
            )


def _has_writer(schema: Any) -> bool:
    return "serialization" in schema or any(_has_writer(inner) for inner in _parts(schema))


def _parts(schema: Any) -> list[Any]:
    """The schemas inside a schema; other models look after themselves."""
    if schema["type"] in ("model", "definition-ref"):
        return []
    keys = ("schema", "items_schema", "values_schema")
    choices: Any = schema.get("choices", ())
    # a tagged union's are a dict; a plain one's may be pairs with a label
    options: list[Any] = [*(choices.values() if hasattr(choices, "values") else choices)]
    return [
        *(schema[key] for key in keys if key in schema),
        *(option[0] if type(option) is tuple else option for option in options),
    ]


INSTANT_TEXT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?\Z", re.ASCII
)
"""RFC 3339, at most microseconds because datetime drops what is finer. Group 1, the offset, may be missing here."""

DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)

DECIMAL = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,6})?\Z", re.ASCII)
"""No blanks, underscores, NaN; the exponent within what a Decimal takes."""


def exact_texts(schema: Any) -> None:
    """Let dates and datetimes in a core schema take RFC 3339 only, and decimals only text.

    pydantic reads more than that, strict mode included, and not always what was meant: ``"1700000000"`` and ``"86400"``
    as dates, nanoseconds cut off, datetimes without an offset, numbers as decimals that would be dumped as text.
    """
    for key in ("schema", "items_schema", "values_schema"):
        if key in schema:
            schema[key] = _exact(schema[key])
    if isinstance(schema.get("fields"), dict):
        for field in schema["fields"].values():
            exact_texts(field)
    choices = schema.get("choices")
    if isinstance(choices, list):
        schema["choices"] = [
            (_exact(c[0]), c[1]) if isinstance(c, tuple) else _exact(c)
            for c in cast("Any", choices)
        ]


def _exact(schema: Any) -> Any:
    kind = schema["type"]
    if kind == "datetime":
        return _checked(read_instant, schema)
    if kind == "date":
        return _checked(read_date, schema)
    if kind == "decimal":
        return _checked(read_decimal, schema)
    # other models look after themselves
    ours = kind == "function-before" and schema["function"]["function"] in (
        read_instant,
        read_date,
        read_decimal,
    )
    if kind not in ("model", "definition-ref") and not ours:
        exact_texts(schema)
    return schema


def _checked(read: Callable[[object], object], schema: Any) -> core_schema.CoreSchema:
    return core_schema.no_info_before_validator_function(read, schema)


def read_instant(value: object) -> object:
    """A datetime of a text as RFC 3339 writes it; a datetime as it is. Raises ValueError."""
    if isinstance(value, str):
        match = INSTANT_TEXT.match(value)
        if match and match[1]:
            return datetime.datetime.fromisoformat(value)
    elif isinstance(value, datetime.datetime):
        return value
    raise ValueError("not a datetime as RFC 3339 writes it")


def read_date(value: object) -> object:
    """A date of a text as RFC 3339 writes it; a date as it is. Raises ValueError."""
    if isinstance(value, str):
        if DATE_TEXT.match(value):
            return datetime.date.fromisoformat(value)
    elif isinstance(value, datetime.date):
        return value
    raise ValueError("not a date as RFC 3339 writes it")


def read_decimal(value: object) -> object:
    """A decimal of a text that spells one; a decimal as it is. Raises ValueError, for numbers too."""
    if isinstance(value, str):
        if DECIMAL.match(value):
            return Decimal(value)
    elif isinstance(value, Decimal):
        return value
    raise ValueError("not a text that spells a decimal")


class _Unknown(local):
    """How many objects with an unknown tag this thread has met, so that parsing notices those that validated."""

    count = 0


UNKNOWN_TAGS = _Unknown()


class TagChoice:
    """Chooses the option of a union by the text at the wire's ``key``; ``options`` maps the text to an option's tag."""

    __slots__ = ("__name__", "key", "options")

    def __init__(self, key: str, options: Mapping[str, str]) -> None:
        self.__name__ = "by_tag"  # pydantic's messages name what chooses
        self.key = key
        self.options = options

    def __call__(self, value: Any) -> str:
        """The tag; ``""`` for an unknown text, or none at all."""
        found: object = (
            cast("Any", value).get(self.key)
            if isinstance(value, dict)
            else _wire_value(value, self.key)
        )
        chosen = self.options.get(found) if isinstance(found, str) else None
        if chosen is None:
            UNKNOWN_TAGS.count += 1
            return ""
        return chosen


def by_tag(key: str, options: Mapping[str, str]) -> Discriminator:
    """Choose the option of a union by the text at the wire's ``key``; ``options`` maps the text to an option's tag.

    An unknown text, or none at all, chooses the option tagged ``""``: an untyped object.
    """
    return Discriminator(TagChoice(key, options))


def _wire_value(value: Any, key: str) -> Any:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if (field.validation_alias or name) == key:
                return value.__dict__.get(name)
    return None
