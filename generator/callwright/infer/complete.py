"""Requests completed by what their captures show: pages, XML lists, empty bodies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from http import HTTPStatus

from callwright.cache import recall_object, remember_object
from callwright.captures.model import Capture
from callwright.infer.seen.elements import known_of
from callwright.infer.seen.reading import read_root
from callwright.ir import naming
from callwright.ir.nodes import (
    FieldHint,
    Request,
    Requests,
)
from callwright.runtime.definition import Response, Xml
from callwright.runtime.errors import StatusError, class_for
from callwright.runtime.reading.data import data_of
from callwright.runtime.response import fails
from callwright.runtime.unset import UNSET, Unset

_DATA = ("json", "xml")  # kinds of captures that paths lead into


def completed(requests: Requests, captures: Iterable[Capture]) -> Requests:
    """The requests with what captures add to them.

    A success status that was captured without a body only is declared so: the client then expects none. A text that was
    captured as a web page is expected as one. Every error status that was captured and has no class of its own gets
    one, named after the status (PreconditionFailedError). Answers in XML say what their captures do together.

    Raises:
        CaptureError: a capture is no XML, though it should be.
    """
    captures = list(captures)
    pages = {c.call for c in captures if (c.content_type or "").lower().startswith("text/html")}
    filled = {(c.call, c.status) for c in captures if c.kind != "empty"}
    empty: dict[str, set[int]] = {}
    raises: dict[str, str] = {}
    for capture in captures:
        if capture.kind == "empty" and capture.status < 400:
            if (capture.call, capture.status) not in filled:
                empty.setdefault(capture.call, set()).add(capture.status)
        elif capture.status >= 400 and class_for(capture.status) is StatusError:
            raises[str(capture.status)] = _status_class(capture.status)
    connector = requests.connector
    errors = replace(connector.errors, raises={**raises, **connector.errors.raises})
    failed, fine = _parted(requests, captures)
    if any(c.kind == "xml" for c in failed):
        known = _known((c for c in failed if c.kind == "xml"), requests.error_fields)
        errors = errors.replace(xml=known)
    return replace(
        requests,
        connector=replace(connector, errors=errors),
        calls=tuple(
            _declare_xml(
                _declare_empty(_declare_page(r, pages), empty.get(r.call.name, set())),
                fine.get(r.call.name, []),
            )
            for r in requests.calls
        ),
    )


def _parted(
    requests: Requests, captures: Iterable[Capture]
) -> tuple[list[Capture], dict[str, list[Capture]]]:
    """The errors, and by call the successes that have a body."""
    by_name = {r.call.name: r for r in requests.calls}
    failed: list[Capture] = []
    fine: dict[str, list[Capture]] = {}
    for capture in captures:
        if is_error(requests, by_name[capture.call], capture):
            failed.append(capture)
        elif capture.kind != "empty":
            fine.setdefault(capture.call, []).append(capture)
    return failed, fine


def _status_class(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        return "StatusError"
    return f"{naming.pascal(phrase)}Error"


def is_error(requests: Requests, request: Request, capture: Capture) -> bool:
    """Whether a capture is an error: by its status, by ``failed_when``, or because its sample expects one."""
    sample = next((s for s in request.samples if s.name == capture.sample), None)
    if capture.status in request.call.responses:
        return False
    if capture.status >= 400 or (sample is not None and sample.expect_error):
        return True
    if capture.kind not in _DATA:
        return False
    rules = requests.connector.errors.failed_when
    data = _data(requests, capture)
    return any(fails(rule, data, capture.headers, promised=capture.kind) for rule in rules)


def _declare_page(request: Request, pages: set[str]) -> Request:
    call = request.call
    if call.name not in pages or call.response.type != "text" or call.response.content_type:
        return request
    response = replace(call.response, content_type="text/html")
    return replace(request, call=replace(call, response=response))


def _declare_xml(request: Request, captures: Sequence[Capture]) -> Request:
    call = request.call
    hints = {h.status: h.fields for h in request.hints}

    def declared(status: int | None, response: Response) -> Response:
        if response.type != "xml":
            return response
        found = [
            c for c in captures if (c.status if c.status in call.responses else None) == status
        ]
        return response.replace(xml=_known(found, hints.get(status, hints.get(None, ()))))

    responses = {status: declared(status, r) for status, r in call.responses.items()}
    main = declared(None, call.response)
    return replace(request, call=replace(call, response=main, responses=responses))


def _known(captures: Iterable[Capture], hints: Iterable[FieldHint]) -> Xml:
    """What captures of XML say together, remembered by what they hold."""
    captures, hints = list(captures), tuple(hints)
    key = hashlib.sha256(repr(hints).encode("utf-8", "surrogatepass"))
    for capture in captures:
        key.update(hashlib.sha256(capture.body).digest())
    known: Xml | None = recall_object("xml", key.hexdigest())
    if known is None:
        known = known_of((read_root(c.body, c.path) for c in captures), hints)
        remember_object("xml", key.hexdigest(), known)
    return known


def _declare_empty(request: Request, statuses: set[int]) -> Request:
    call = request.call
    new = {
        status: Response("empty")
        for status in sorted(statuses)
        if status not in call.responses and _needs_body(call.response)
    }
    if not new:
        return request
    return replace(request, call=replace(call, responses={**call.responses, **new}))


def _needs_body(response: Response) -> bool:
    return response.type != "empty" and response.value is UNSET


def _data(requests: Requests, capture: Capture) -> object | Unset:
    return data_of(capture.body, requests.connector.errors.xml)
