"""Type expressions as Python annotations, and the imports they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, assert_never

from callwright.ir.nodes import (
    BuiltinType,
    DictType,
    ListType,
    LiteralType,
    MappingType,
    ModelType,
    ParamsType,
    SequenceType,
    TypeExpr,
    UnionType,
)
from callwright.render.definitions import literal

FIELD_TYPES = ("Base64", "DecimalNumber", "JsonText", "UnixMillis", "UnixSeconds", "UtcDatetime")
"""What the runtime's module ``fields`` has: types of answers that need pydantic."""

# where a name of an annotation comes from; names that are neither here nor field types are builtins
IMPORTS: dict[str, str] = {
    "datetime.datetime": "import datetime",
    "datetime.date": "import datetime",
    "Mapping": "from collections.abc import Mapping",
    "Sequence": "from collections.abc import Sequence",
    "Decimal": "from decimal import Decimal",
    "Literal": "from typing import Literal",
    "Any": "from typing import Any",
    "UUID": "from uuid import UUID",
    "JsonValue": "from pydantic import JsonValue",
    "SecretStr": "from pydantic import SecretStr",
}


class LazyModule(NamedTuple):
    """A module imported at its first use: its name where it is used, its place in the package, the plain import."""

    name: str
    place: str
    statement: str


_MODELS = LazyModule("models", ".models", "from . import models")


def annotation(expr: TypeExpr, module: Literal["", "types", "models"] = "") -> str:
    """The expression as written in an annotation of a module of the package.

    ``types`` and ``models`` write the names that they define as they are, and ``models`` those of field types, which it
    imports; everywhere else they follow the name of their module (``_fields``: arguments never begin with ``_``).
    """

    def inner(part: TypeExpr) -> str:
        return annotation(part, module)

    match expr:
        case BuiltinType(name="FileInput") if module == "types":
            return "AsyncFileInput"  # the same types serve both clients
        case BuiltinType(name=name):
            return f"_fields.{name}" if name in FIELD_TYPES and module != "models" else name
        case ModelType(name=name):
            return name if module == "models" else f"models.{name}"
        case ParamsType(name=name):
            return name if module == "types" else f"types.{name}"
        case ListType(item=item):
            return f"list[{inner(item)}]"
        case DictType(value=value):
            return f"dict[str, {inner(value)}]"
        case SequenceType(item=item):
            return f"Sequence[{inner(item)}]"
        case MappingType(value=value):
            return f"Mapping[str, {inner(value)}]"
        case LiteralType(values=values):
            return f"Literal[{', '.join(literal(v) for v in values)}]"
        case UnionType(options=options):
            # None last, as people write it
            ordered = sorted(options, key=lambda o: o == BuiltinType(name="None"))
            return " | ".join(map(inner, ordered))
        case _:
            assert_never(expr)


def has_files(expressions: Iterable[TypeExpr]) -> bool:
    """Whether these annotations name files to upload."""
    return any(e == BuiltinType(name="FileInput") for e in contained(expressions))


def lazy_modules(expressions: Iterable[TypeExpr], runtime: str) -> list[LazyModule]:
    """The modules that these annotations name and that load pydantic: for client.py and errors.py to import lazily.

    ``runtime``: the package of the runtime, as they import it.
    """
    of_fields = LazyModule(
        "_fields", f"{runtime}.fields", f"from {runtime} import fields as _fields"
    )
    every = list(contained(expressions))
    fields = any(isinstance(e, BuiltinType) and e.name in FIELD_TYPES for e in every)
    models = any(isinstance(e, ModelType) for e in every)
    return [*([of_fields] if fields else []), *([_MODELS] if models else [])]


def imports(expressions: Iterable[TypeExpr]) -> list[str]:
    """The import statements that these annotations need, sorted."""
    names = {name for expr in contained(expressions) for name in _names(expr)}
    return sorted({IMPORTS[name] for name in names if name in IMPORTS})


def contained(expressions: Iterable[TypeExpr]) -> Iterator[TypeExpr]:
    """The expressions and all that they are made of."""
    for expr in expressions:
        yield expr
        match expr:
            case ListType(item=inner) | SequenceType(item=inner):
                yield from contained([inner])
            case DictType(value=inner) | MappingType(value=inner):
                yield from contained([inner])
            case UnionType(options=options):
                yield from contained(options)
            case BuiltinType() | ModelType() | ParamsType() | LiteralType():
                pass
            case _:
                assert_never(expr)


def _names(expr: TypeExpr) -> tuple[str, ...]:
    match expr:
        case BuiltinType(name=name):
            return (name,)
        case SequenceType():
            return ("Sequence",)
        case MappingType():
            return ("Mapping",)
        case LiteralType():
            return ("Literal",)
        case _:
            return ()
