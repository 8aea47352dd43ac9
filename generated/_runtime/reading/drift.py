"""Parsing responses into their types, tolerating changes by the provider.

Values that match are typed, those that do not are kept raw, a missing required field stays missing, and each difference
is a ``Drift``. A response that matches is validated once by pydantic, at no extra cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json
from typing_extensions import TypeForm

from ..json_text import dumps
from ..model import UNKNOWN_TAGS
from ..printable import printable
from .decimals import declares, with_digits
from .readers import Reading, kind_of, make_adapter, reader, step_text

T = TypeVar("T")

MAX_DRIFTS = 5
"""Maximum number of differences reported per response: one change often shows in many places."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A difference between a response and its model. Never holds a value of the response.

    ``path``: the place, like ``$.data[*].name`` (``[*]`` for list indexes, ``.*`` for the keys of maps). ``got``: the
    kind of value received (``str``, ``null``, …), ``absent``, or ``an unknown tag`` for a tagged union.
    """

    call: str
    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.call}: {self.difference}"

    @property
    def difference(self) -> str:
        """The difference in words, without the call's name."""
        path = printable(self.path)  # keys of a response are the provider's words
        if self.got == "absent":
            return f"{path} is absent, expected {self.expected}"
        return f"{path}: expected {self.expected}, got {self.got}"


class SchemaDriftWarning(UserWarning):
    """A response does not match its model, which was generated from captured responses.

    ``drifts``: the differences; ``drift``: the first of them.
    """

    def __init__(self, drifts: Drift | Sequence[Drift]) -> None:
        self.drifts = (drifts,) if isinstance(drifts, Drift) else tuple(drifts)
        self.drift = self.drifts[0]
        super().__init__("; ".join([str(self.drift), *(d.difference for d in self.drifts[1:])]))


class UnexpectedRootError(ValueError):
    """The response is of another kind than expected: a list instead of an object, or not JSON (``is_json`` is false,
    and ``got`` is the reason). Holds no value of the response."""

    def __init__(self, call: str, expected: str, got: str, is_json: bool = True) -> None:
        super().__init__(f"{call}: expected {expected}, got {'' if is_json else 'no JSON: '}{got}")
        self.call = call
        self.expected = expected
        self.got = got
        self.is_json = is_json

    def __reduce__(self) -> tuple[type[UnexpectedRootError], tuple[str, str, str, bool]]:
        return type(self), (self.call, self.expected, self.got, self.is_json)


def adapter(returns: TypeForm[T]) -> TypeAdapter[T]:
    """The cached validator of a type."""
    return cast("TypeAdapter[T]", _adapter(cast(Any, returns)))


@cache
def _adapter(returns: Any) -> TypeAdapter[Any]:
    return make_adapter(reader(returns).form)


def parse(
    returns: TypeForm[T], data: object, *, call: str, root: str = "$"
) -> tuple[T, tuple[Drift, ...]]:
    """Parse a response body (JSON bytes, or data already parsed) as its type, with up to MAX_DRIFTS differences.

    ``root``: the path of ``data`` in the body it was selected from.

    Raises:
        UnexpectedRootError: The body is not JSON, or is another kind of JSON value than ``returns`` accepts.
    """
    body = data if isinstance(data, bytes) else to_json(data)
    result, drifts = _validated(returns, body) or _read(returns, body, call, root)
    form: Any = returns
    if declares(form):
        result = cast("T", with_digits(result, body))
    return result, drifts


def _validated(returns: Any, body: bytes) -> tuple[Any, tuple[Drift, ...]] | None:
    before = UNKNOWN_TAGS.count
    try:
        result = _adapter(returns).validate_json(body)
    except ValidationError:
        # left before the slow path, so that no error holding values becomes the context of another
        return None
    return (result, ()) if UNKNOWN_TAGS.count == before else None


def _read(returns: TypeForm[T], body: bytes, call: str, root: str) -> tuple[T, tuple[Drift, ...]]:
    plan = reader(returns)
    value: Any = None
    problem = ""
    try:
        value = from_json(body)
    except ValueError as error:
        # the parser's own words name a position, and never quote the text
        problem = str(error)
    if problem:
        raise UnexpectedRootError(call, plan.text, problem, is_json=False)
    if not plan.takes(value):
        raise UnexpectedRootError(call, plan.text, kind_of(value))
    reading = Reading()
    result = plan.read(value, "$" if root == "$" else _place(root), reading)
    drifts = tuple(Drift(call, *found) for found in reading.found[:MAX_DRIFTS])
    return cast("T", result), drifts


def _place(path: str) -> str:
    """A path as differences name places: an index is any element."""
    from .paths import parse_path

    steps = parse_path(path).steps
    return "$" + "".join(step_text(s) if isinstance(s, str) else "[*]" for s in steps)


def fit(returns: TypeForm[Any], value: object) -> object:
    """A value of an XML response as the JSON that ``returns`` expects: single elements as lists, texts as numbers.

    Declared decimals that the wire writes as numbers are jsontext.Number objects, with every digit.
    """
    return reader(returns).fit(value)


def fitted(returns: TypeForm[Any], value: object) -> bytes:
    """The result of ``fit`` as JSON text for ``parse``."""
    return dumps(fit(returns, value)).encode()
