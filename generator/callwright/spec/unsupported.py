"""What the format allows and generation does not do yet: said at its place, never silently ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callwright.diagnostics import Diagnostic
from callwright.spec.calls import Response
from callwright.spec.messages import error
from callwright.spec.parameters import Parameter
from callwright.spec.policies import Paginate
from callwright.spec.resolve import PLACES, ResolvedCall, ResolvedConnector
from callwright.spec.source import dotted

# the one list of what is missing: response types, then parameter types
RESPONSE_TYPES = frozenset({"stream", "file", "image", "xml"})
PARAMETER_TYPES = frozenset({"file"})


def unsupported(connector: ResolvedConnector) -> Iterator[Diagnostic]:
    """A diagnostic for each use of what is not supported yet."""
    for resolved in connector.calls:
        call, path = resolved.call, ("calls", resolved.name)
        if isinstance(call.paginate, Paginate) or call.paginate:
            yield _not_yet(connector, (*path, "paginate"), "paginated calls")
        responses: dict[tuple[str | int, ...], Response | None] = {("response",): call.response}
        responses |= {("responses", status): r for status, r in call.responses.items()}
        for where, response in responses.items():
            if response is not None and response.type in RESPONSE_TYPES:
                yield _not_yet(
                    connector, (*path, *where, "type"), f"responses of type {response.type}"
                )
        yield from _files(connector, resolved)


def _files(connector: ResolvedConnector, resolved: ResolvedCall) -> Iterator[Diagnostic]:
    for place in PLACES:
        where = ("calls", resolved.name, place, *(("fields",) if place == "body" else ()))
        yield from _file_fields(connector, where, resolved.place(place))


def _file_fields(
    connector: ResolvedConnector, where: tuple[str | int, ...], fields: Mapping[str, Parameter]
) -> Iterator[Diagnostic]:
    for name, parameter in fields.items():
        if parameter.kind in PARAMETER_TYPES:
            yield _not_yet(connector, (*where, name), f"parameters of type {parameter.kind}")
        inner = {n: p for n, p in (parameter.fields or {}).items() if p is not None}
        yield from _file_fields(connector, (*where, name, "fields"), inner)


def _not_yet(connector: ResolvedConnector, path: tuple[str | int, ...], what: str) -> Diagnostic:
    return error(
        "not-supported-yet",
        f"{what} are not supported yet",
        connector.source.span(*path),
        dotted(path),
        hint="leave the call out for now, or describe it without this",
    )
