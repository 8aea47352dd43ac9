"""The secrets that a request knows, and the redactor that hides them in what is shown of it and its response."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from ..flow import WireRequest

if TYPE_CHECKING:
    from .redactor import Redactor


def secrets_of(request: WireRequest) -> list[str]:
    """The secret texts of a request, whole and without their prefix (``Bearer``), longest first."""
    found: set[str] = set(request.secret_texts)
    for _, value in (*request.secret_headers, *request.secret_query, *request.secret_cookies):
        found |= {value, value.rpartition(" ")[2]}
    if request.secret_url is not None:
        # what the shown URL hides: its segments that the real one has and it has not
        path, _, query = request.secret_url.partition("?")
        found |= set(path.split("/")) - set(request.url.partition("?")[0].split("/"))
        if query != request.url.partition("?")[2]:
            from .sensitive import SHORT

            # short values would stand in innocent text too
            values = [pair.partition("=")[2] for pair in query.split("&")]
            long = {v for v in values if len(v) >= SHORT}
            found |= long | {unquote_plus(v) for v in long}
    return sorted((f for f in found if f), key=len, reverse=True)


def all_secrets(request: WireRequest) -> list[str]:
    """What is secret in a request, and every other secret that its client holds."""
    held = () if request.held is None else request.held()
    return [*secrets_of(request), *held]


def redactor_for(request: WireRequest) -> Redactor:
    """Hides the known secrets in what is shown of a request and its response."""
    from .redactor import Redactor  # only failures and logs need it

    return Redactor(all_secrets(request))
