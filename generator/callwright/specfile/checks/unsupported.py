"""What the format allows and generation does not do yet: said at its place, never silently ignored."""

from __future__ import annotations

from collections.abc import Iterator

from callwright.diagnostics import Diagnostic
from callwright.specfile.messages import error
from callwright.specfile.model.calls import Response
from callwright.specfile.resolve import ResolvedConnector
from callwright.specfile.source import dotted

# the one list of what is missing: types of responses
RESPONSE_TYPES = frozenset({"stream"})


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


def _not_yet(connector: ResolvedConnector, path: tuple[str | int, ...], what: str) -> Diagnostic:
    return error(
        "not-supported-yet",
        f"{what} are not supported yet",
        connector.source.span(*path),
        dotted(path),
        hint="leave the call out for now, or describe it without this",
    )
