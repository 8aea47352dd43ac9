"""What the responses of an operation may be: the types of its successes and errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from callwright.ir import type_words
from callwright.ir.nodes import (
    BuiltinType,
    LiteralType,
    Request,
    Requests,
    TypeExpr,
    UnionType,
)
from callwright.runtime.definition import (
    Response,
)
from callwright.runtime.errors import class_for
from callwright.runtime.unset import UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """One error that a sample of a call really got: the class it raises and the sample that shows it."""

    error_class: str
    status: int
    sample: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the captures say of one call: the type of each success by status (that of an event, for streams), types by the
    name of a server-sent event, and the errors seen."""

    success: Mapping[int, TypeExpr]
    events: Mapping[str, TypeExpr] = field(default_factory=dict[str, TypeExpr])
    errors: tuple[ErrorAnswer, ...] = ()


NO_ANSWERS = Answers(success={})


def is_known(request: Request, answers: Answers) -> bool:
    """Whether the call's result is known: from captures, or because the spec says it all."""
    return bool(_results(request, answers))


def result_type(request: Request, answers: Answers) -> TypeExpr:
    """The type a method returns: each declared or captured success, in the order of the statuses."""
    return type_words.union(*_results(request, answers))


def _results(request: Request, answers: Answers) -> list[TypeExpr]:
    call = request.call
    found: dict[int, TypeExpr] = dict(answers.success)
    for status, response in call.responses.items():
        declared = _declared(response)
        if declared is not None:
            found[status] = declared
    main = _declared(call.response)
    return [*([main] if main is not None else []), *(found[status] for status in sorted(found))]


def _declared(response: Response) -> TypeExpr | None:
    """The type that needs no capture, if the response is of such a kind."""
    if response.value is not UNSET:
        value = response.value
        if isinstance(value, str | bool | int):
            return LiteralType(values=(value,))
        return BuiltinType(name="None" if value is None else "JsonValue")
    if response.untyped:
        return BuiltinType(name="JsonValue")
    match response.type:
        case "empty":
            return type_words.NONE
        case "text":
            return BuiltinType(name="str")
        case "number":
            return UnionType(options=(BuiltinType(name="int"), BuiltinType(name="float")))
        case "file" | "image":
            return BuiltinType(name="bytes")
        case _:
            return None


def error_class(requests: Requests, status: int, code: str | None) -> str:
    """The name of the class that an error of this status and code raises, as the client decides it."""
    raises = requests.connector.errors.raises
    for key in (code, str(status)):
        if key is not None and key in raises:
            return raises[key]
    return class_for(status).__name__
