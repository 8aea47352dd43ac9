"""What the format allows and generation does not do yet: said at its place, never silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from callwright.diagnostics import Diagnostic
from callwright.specfile.messages import error
from callwright.specfile.model.calls import Response
from callwright.specfile.model.parameters import Parameter
from callwright.specfile.resolve import PLACES, ResolvedCall, ResolvedConnector
from callwright.specfile.source import dotted

# the one list of what is missing: types of responses, of parameters, of declared places in responses
RESPONSE_TYPES = frozenset({"stream", "file", "image"})
PARAMETER_TYPES = frozenset({"file"})
FIELD_TYPES = frozenset({"json_string"})


def unsupported(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    """A diagnostic for each use of what is not supported yet."""
    for resolved in connector.calls:
        call, path = resolved.call, ("calls", resolved.name)
        responses: dict[tuple[str | int, ...], Response | None] = {("response",): call.response}
        responses |= {("responses", status): r for status, r in call.responses.items()}
        for where, response in responses.items():
            if response is not None and response.type in RESPONSE_TYPES:
                yield _not_yet(
                    connector, (*path, *where, "type"), f"responses of type {response.type}"
                )
            for field, hint in (response.fields if response is not None else {}).items():
                if hint.type in FIELD_TYPES:
                    yield _not_yet(
                        connector,
                        (*path, *where, "fields", field),
                        f"response fields of type {hint.type}",
                    )
        yield from _files(connector, resolved)


def _files(connector: ResolvedConnector, resolved: ResolvedCall) -> Iterator[Diagnostic]:
    for place in PLACES:
        where = ("calls", resolved.name, place, *(("fields",) if place == "body" else ()))
        for name, parameter in resolved.place(place).items():
            yield from _file(connector, (*where, name), parameter)
    body = resolved.call.body
    if body is not None and body.of is not None:
        yield from _file(connector, ("calls", resolved.name, "body", "of"), body.of)


def _file(
    connector: ResolvedConnector, where: tuple[str | int, ...], parameter: Parameter
) -> Iterator[Diagnostic]:
    if parameter.kind in PARAMETER_TYPES:
        yield _not_yet(connector, where, f"parameters of type {parameter.kind}")
    for key in ("items", "values"):
        element: Parameter | None = getattr(parameter, key)
        if element is not None:
            yield from _file(connector, (*where, key), element)
    for name, inner in (parameter.fields or {}).items():
        if inner is not None:
            yield from _file(connector, (*where, "fields", name), inner)


def _not_yet(connector: ResolvedConnector, path: tuple[str | int, ...], what: str) -> Diagnostic:
    return error(
        "not-supported-yet",
        f"{what} are not supported yet",
        connector.source.span(*path),
        dotted(path),
        hint="leave the call out for now, or describe it without this",
    )
