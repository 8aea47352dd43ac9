"""Names that the author gives to attributes of models: what no attribute can be called."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping

from callwright.diagnostics import Diagnostic
from callwright.ir import naming
from callwright.ir.lower_calls import answers
from callwright.spec.messages import error
from callwright.spec.policies import ResponseField
from callwright.spec.resolve import ResolvedConnector
from callwright.spec.source import dotted


def check_renames(resolved: ResolvedConnector) -> Iterator[Diagnostic]:
    """Every ``rename`` in the answers and errors of a connector that makes no attribute."""
    errors = resolved.document.errors
    if errors is not None:
        yield from _fields(resolved, errors.fields, ("errors",))
    for call in resolved.calls:
        for _, within, response in answers(call):
            yield from _fields(resolved, response.fields, within)


def _fields(
    resolved: ResolvedConnector, fields: Mapping[str, ResponseField], within: tuple[str | int, ...]
) -> Iterator[Diagnostic]:
    for place, hint in fields.items():
        if hint.rename is None:
            continue
        path = (*within, "fields", place, "rename")
        if keyword.iskeyword(hint.rename):
            code, message = "reserved-name", f"{hint.rename} is a word of Python"
        elif not naming.is_name(hint.rename):
            code = "bad-name"
            message = f"{hint.rename!r} is not an attribute's name: {_FORM}"
        elif naming.is_reserved_attribute(hint.rename):
            code, message = "reserved-name", f"models need the name {hint.rename} themselves"
        else:
            continue
        way = f"rename: {naming.attribute(hint.rename)}" if hint.rename else ""
        yield error(code, message, resolved.source.span(*path), dotted(path), way)


_FORM = "lower-case letters, digits and _, beginning with a letter"
