"""Immutable records: frozen dataclasses to readers and checkers, without the code that dataclasses generate at import.

A package has some forty of them; compiling their methods anew at each import took longer than importing pydantic.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn, Self

from typing_extensions import dataclass_transform


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
class Record:
    """Base of the records; ``dataclasses.fields`` and ``replace`` work on them as on dataclasses."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    __match_args__: ClassVar[tuple[str, ...]] = ()
    _constants: ClassVar[Mapping[str, Any]] = {}
    _factories: ClassVar[Mapping[str, Callable[[], Any]]] = {}
    _hidden: ClassVar[frozenset[str]] = frozenset()
    _names: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        # dataclass would inspect the signature to write one
        cls.__doc__ = cls.__doc__ or cls.__name__
        dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
        fields = dataclasses.fields(cls)
        missing = dataclasses.MISSING
        cls._constants = {f.name: f.default for f in fields if f.default is not missing}
        cls._factories = {
            f.name: f.default_factory for f in fields if f.default_factory is not missing
        }
        cls._names = frozenset(f.name for f in fields)
        cls._hidden = frozenset(f.name for f in fields if not f.repr)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        names = self.__match_args__
        state = self.__dict__
        state.update(self._constants)
        if args:
            if len(args) > len(names):
                raise TypeError(f"{type(self).__name__} takes at most {len(names)} arguments")
            state.update(zip(names, args, strict=False))
        state.update(kwargs)
        for name, factory in self._factories.items():
            if name not in state:
                state[name] = factory()
        if state.keys() != self._names:
            self._complain(set(state))

    def _complain(self, given: set[str]) -> NoReturn:
        wrong = sorted(given - self._names)
        problem = f"has no {', '.join(wrong)}" if wrong else "needs "
        if not wrong:
            problem += ", ".join(n for n in self.__match_args__ if n not in given)
        raise TypeError(f"{type(self).__name__} {problem}")

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed; their names are not checked."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed: {name}")

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        state = self.__dict__
        return hash(tuple(state[name] for name in self.__match_args__))

    def __repr__(self) -> str:
        state = self.__dict__
        shown = (f"{n}={state[n]!r}" for n in self.__match_args__ if n not in self._hidden)
        return f"{type(self).__name__}({', '.join(shown)})"
