"""What every generated model is: frozen, strict, parsed by the wire's own names, and keeping what it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Discriminator


class Model(BaseModel):
    """Base of the generated models.

    Fields are read under the wire's names and dumped under them again; unknown fields are kept (``model_extra``). An
    optional field that was absent reads as None (``model_fields_set`` tells absent from null). ``captures_`` is the
    number of captured responses the class was inferred from.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        strict=True,
        defer_build=True,
        validate_by_alias=True,
        validate_by_name=False,
        serialize_by_alias=True,
        protected_namespaces=(),
    )

    captures_: ClassVar[int] = 0

    def __init_subclass__(cls, *, captures: int = 0, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.captures_ = captures

    # checkers keep pydantic's own signatures, and unknown attributes stay errors
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # only a field that a response drifted away from is declared and yet has no value
            if name in type(self).model_fields and name not in self.__dict__:
                seen = type(self).captures_
                raise AttributeError(
                    f"{type(self).__name__}.{name} is absent in this response, though it was there in "
                    + (f"all {seen} captures" if seen > 1 else "the one capture")
                    + " of this model: the provider changed (capture the call again and regenerate)"
                )
            return super().__getattr__(name)

        def model_dump(self, **options: Any) -> dict[str, Any]:
            """As pydantic's, without warnings about values that drifted."""
            return super().model_dump(**{"warnings": False} | options)

        def model_dump_json(self, **options: Any) -> str:
            """As pydantic's, without warnings about values that drifted."""
            return super().model_dump_json(**{"warnings": False} | options)


def by_tag(key: str, options: Mapping[str, str]) -> Discriminator:
    """Choose the option of a union by the text at the wire's ``key``; ``options`` maps the text to an option's tag.

    An unknown text, or none at all, chooses the option tagged ``""``: an untyped object.
    """

    def tag(value: Any) -> str:
        found: object = (
            cast("Any", value).get(key) if isinstance(value, dict) else _wire_value(value, key)
        )
        return options.get(found, "") if isinstance(found, str) else ""

    return Discriminator(tag)


def _wire_value(value: Any, key: str) -> Any:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if (field.validation_alias or name) == key:
                return value.__dict__.get(name)
    return None
