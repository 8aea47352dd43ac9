"""Type expressions as Python annotations, and the imports they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

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

# where a name of an annotation comes from; names that are not here are builtins
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


def annotation(expr: TypeExpr, local: str = "types") -> str:
    """The expression as written in an annotation; ``local`` is the module (or "") that holds params' names."""
    match expr:
        case BuiltinType(name=name):
            return name
        case ModelType(name=name):
            return f"models.{name}"
        case ParamsType(name=name):
            return f"{local}.{name}" if local else name
        case ListType(item=item):
            return f"list[{annotation(item, local)}]"
        case DictType(value=value):
            return f"dict[str, {annotation(value, local)}]"
        case SequenceType(item=item):
            return f"Sequence[{annotation(item, local)}]"
        case MappingType(value=value):
            return f"Mapping[str, {annotation(value, local)}]"
        case LiteralType(values=values):
            return f"Literal[{', '.join(literal(v) for v in values)}]"
        case UnionType(options=options):
            # None last, as people write it
            ordered = sorted(options, key=lambda o: o == BuiltinType(name="None"))
            return " | ".join(annotation(o, local) for o in ordered)
        case _:
            assert_never(expr)


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
