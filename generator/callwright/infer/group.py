"""Captures grouped into what shares a type: each call's successes by status, each error class's bodies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from callwright.captures.events import events_of, value_of
from callwright.captures.expected import missing_capture
from callwright.captures.model import Capture
from callwright.diagnostics import Diagnostic, Severity, span_at
from callwright.infer.complete import _DATA, _data, _parted, is_error
from callwright.infer.result import Inference, Note
from callwright.infer.seen.observation import Observation
from callwright.ir import naming
from callwright.ir.nodes import (
    BuiltinType,
    ListType,
    Request,
    Requests,
    ResponseHints,
    TypeExpr,
)
from callwright.ir.type_words import union
from callwright.operations.responses import NO_ANSWERS, Answers, ErrorAnswer, error_class, is_known
from callwright.runtime.definition import Response
from callwright.runtime.reading.paths import lookup
from callwright.runtime.unset import UNSET

_NONE = BuiltinType(name="None")
_STREAMS = ("sse", "jsonl")  # kinds of captures


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """``observations`` go to inference; ``answers`` turn what it finds into the types of calls."""

    observations: tuple[Observation, ...]
    successes: Mapping[
        str, Mapping[int, str | None]
    ]  # call → status → observation key, None for no body
    errors: Mapping[str, tuple[ErrorAnswer, ...]]
    error_keys: Mapping[
        str, tuple[str, ...]
    ]  # error class → observation keys, one for each kind of body
    events: Mapping[str, Mapping[str, str]]  # call → name of a server-sent event → observation key

    def answers(self, roots: Mapping[str, TypeExpr]) -> dict[str, Answers]:
        """By call, the type of each success, and the errors seen; ``roots``: those of the inference."""
        return {
            call: Answers(
                success={
                    **{
                        status: _NONE if key is None else roots[key]
                        for status, key in self.successes.get(call, {}).items()
                    },
                    **self._streamed(call, roots),
                },
                events={name: _item(roots[key]) for name, key in self.events.get(call, {}).items()},
                errors=self.errors.get(call, ()),
            )
            for call in {*self.successes, *self.errors}
        }

    def _streamed(self, call: str, roots: Mapping[str, TypeExpr]) -> dict[int, TypeExpr]:
        """The type of all events of a stream whose events are typed by name."""
        keys = self.events.get(call, {}).values()
        return {200: ListType(item=union(*(_item(roots[key]) for key in keys)))} if keys else {}

    def error_bodies(self, roots: Mapping[str, TypeExpr]) -> dict[str, TypeExpr]:
        """By error class, the type of the bodies captured."""
        return {
            name: union(*(roots[key] for key in keys)) for name, keys in self.error_keys.items()
        }


def group(requests: Requests, captures: Sequence[Capture]) -> Groups:
    """Group the captures of a connector; a page is a response of its own."""
    by_call: dict[str, list[Capture]] = {r.call.name: [] for r in requests.calls}
    for capture in captures:
        by_call[capture.call].append(capture)
    observations: list[Observation] = []
    successes: dict[str, dict[int, str | None]] = {}
    errors: dict[str, list[ErrorAnswer]] = {}
    bodies: dict[str, dict[str, list[Capture]]] = {}
    for request in requests.calls:
        found = by_call[request.call.name]
        failed = [c for c in found if is_error(requests, request, c)]
        for capture in failed:
            answer = _error_answer(requests, capture)
            errors.setdefault(capture.call, []).append(answer)
            if capture.kind in _DATA:
                kinds = bodies.setdefault(answer.error_class, {})
                kinds.setdefault(capture.kind, []).append(capture)
        fine = [c for c in found if c not in failed]
        made = list(_successes(request, fine))
        observations += [o for _, o in made if o is not None]
        successes[request.call.name] = {s: None if o is None else o.key for s, o in made}
    events = {
        request.call.name: list(_named_events(request, by_call[request.call.name], requests))
        for request in requests.calls
        if request.call.response.stream is not None and request.call.response.stream.by_event
    }
    observations += [o for found in events.values() for _, o in found]
    made_errors = {
        name: list(_error_observations(requests, name, found)) for name, found in bodies.items()
    }
    return Groups(
        observations=(*observations, *(o for found in made_errors.values() for o in found)),
        successes=successes,
        errors={call: tuple(found) for call, found in errors.items()},
        error_keys={name: tuple(o.key for o in found) for name, found in made_errors.items()},
        events={call: {name: o.key for name, o in found} for call, found in events.items()},
    )


def errors_in(requests: Requests, captures: Iterable[Capture]) -> list[Capture]:
    """The captures that are errors."""
    return _parted(requests, captures)[0]


def without_captures(
    requests: Requests, captures: Iterable[Capture], answers: Mapping[str, Answers]
) -> tuple[Diagnostic, ...]:
    """A warning for the calls that are left out because nothing is known of their responses, and one for each other
    call with samples that were not captured."""
    by_call: dict[str, list[Capture]] = {}
    for capture in captures:
        by_call.setdefault(capture.call, []).append(capture)
    left_out: list[Request] = []
    found: list[Diagnostic | None] = []
    for request in requests.calls:
        name = request.call.name
        if is_known(request, answers.get(name, NO_ANSWERS)):
            found.append(missing_capture(requests, request, by_call.get(name, ())))
        else:
            left_out.append(request)
    first = [_never_initialized(requests, left_out)] if left_out else []
    return (*first, *(warning for warning in found if warning is not None))


def _never_initialized(requests: Requests, left_out: Sequence[Request]) -> Diagnostic:
    connector, names = requests.connector.name, [r.call.name for r in left_out]
    if len(names) == 1:
        calls, target = f"calls.{names[0]} has no capture and is", f"{connector}.{names[0]}"
    else:
        calls, target = f"{len(names)} calls have no capture and are", connector
    listed = f": {', '.join(names)}" if len(names) > 1 else ""
    return Diagnostic(
        severity=Severity.WARNING,
        code="never-initialized",
        message=f"{calls} left out of the client{listed}",
        span=span_at(left_out[0].place),
        hint=f"run: callwright initialize {target}",
    )


def told(inference: Inference) -> tuple[Note, ...]:
    """The notes that every run tells: what is only weakly known is told when asked for."""
    return tuple(n for n in inference.notes if n.code in ("unknown-hint-path", "digits-lost"))


def inference_warnings(requests: Requests, notes: Iterable[Note]) -> tuple[Diagnostic, ...]:
    """A warning for each path of ``fields`` that is in no capture of its call, and for numbers that lose digits."""
    places = {request.call.name: request.place for request in requests.calls}
    errors = f"{next(iter(places.values()), '').partition(':')[0]}: errors"
    return tuple(
        Diagnostic(
            severity=Severity.WARNING,
            code=note.code,
            message=(
                note.message
                if note.span
                else f"{places.get(note.where, errors)}: fields: {note.message}"
            ),
            span=note.span,
            path=note.path,
            hint=note.hint,
        )
        for note in notes
    )


def _error_answer(requests: Requests, capture: Capture) -> ErrorAnswer:
    code: object = UNSET
    if capture.kind in _DATA:
        code = lookup(
            requests.connector.errors.code_path, _data(requests, capture), capture.headers
        )
    text = str(code) if isinstance(code, str | int) else None
    name = error_class(requests, capture.status, text)
    return ErrorAnswer(error_class=name, status=capture.status, sample=capture.sample)


def _successes(
    request: Request, captures: Sequence[Capture]
) -> Iterable[tuple[int, Observation | None]]:
    call = request.call
    first = min((c.status for c in captures if c.kind != "empty"), default=0)
    for status in sorted({c.status for c in captures}):
        response = call.responses.get(status, call.response)
        found = [c for c in captures if c.status == status]
        if response.value is not UNSET or response.untyped or response.type == "empty":
            continue
        if all(c.kind == "empty" for c in found):
            yield status, None
        elif response.stream is not None:
            if not response.stream.by_event and any(c.kind in _STREAMS for c in found):
                yield status, _streamed(request, call.name, status, found)
        elif response.type in {"json", "xml"}:
            # the key suggests the class's name: other statuses than the first need one of their own
            key = call.name if status == first else f"{call.name}.{status}"
            yield status, _observation(request, key, status, response, found)


def _streamed(
    request: Request, key: str, status: int, captures: Sequence[Capture], event: str | None = None
) -> Observation:
    """The events of streams (those of one name, when it is given) as lists: their items are what the stream yields."""
    hints = _hints(request.hints, status)
    end = request.call.response.stream.end if request.call.response.stream else None
    found = [c for c in captures if c.kind in _STREAMS]
    return Observation(
        key=key,
        call=request.call.name,
        bodies=[
            [value_of(e) for e in events_of(c) if e.data != end and event in (None, e.event)]
            for c in found
        ],
        captures=[c.path for c in found],
        status=status,
        model=hints.model if hints and event is None else None,
        hints=tuple(replace(h, path=f"$[*]{h.path[1:]}") for h in hints.fields) if hints else (),
    )


def _named_events(
    request: Request, captures: Sequence[Capture], requests: Requests
) -> Iterable[tuple[str, Observation]]:
    """An observation for each name of server-sent events."""
    fine = [c for c in captures if not is_error(requests, request, c) and c.kind in _STREAMS]
    end = request.call.response.stream.end if request.call.response.stream else None
    names = sorted({e.event for c in fine for e in events_of(c) if e.data != end})
    for name in names:
        key = f"{request.call.name}_{naming.argument(name)}"
        yield name, _streamed(request, key, fine[0].status, fine, name)


def _item(root: TypeExpr) -> TypeExpr:
    return root.item if isinstance(root, ListType) else root


def _observation(
    request: Request, key: str, status: int, response: Response, captures: Sequence[Capture]
) -> Observation:
    call = request.call
    hints = _hints(request.hints, status)
    filled = [c for c in captures if c.kind != "empty"]
    return Observation(
        key=key,
        call=call.name,
        bodies=[c.body for c in filled],
        captures=[c.path for c in filled],
        status=status,
        model=hints.model if hints else None,
        select=response.select,
        select_at=hints.select_at if hints else None,
        hints=hints.fields if hints else (),
        media="xml" if response.type == "xml" else "json",
        xml=response.xml,
    )


def _hints(hints: Iterable[ResponseHints], status: int) -> ResponseHints | None:
    by_status = {h.status: h for h in hints}
    return by_status.get(status, by_status.get(None))


def _error_observations(
    requests: Requests, name: str, captures: Mapping[str, Sequence[Capture]]
) -> Iterable[Observation]:
    for number, (kind, found) in enumerate(sorted(captures.items())):
        yield Observation(
            key=f"{name}Body" if number == 0 else f"{name}Body.{kind}",
            call=", ".join(sorted({c.call for c in found})),
            role="error",
            bodies=[c.body for c in found],
            captures=[c.path for c in found],
            model=requests.error_model if number == 0 else None,
            hints=requests.error_fields,
            media="xml" if kind == "xml" else "json",
            xml=requests.connector.errors.xml,
        )
