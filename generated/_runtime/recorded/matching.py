"""Which captured response answers a request: by the name that a test gives, or else by the arguments."""

from __future__ import annotations

from collections.abc import Mapping

from ..definition import Call
from ..errors import NoRecordedResponseError
from ..json_text import dumps
from ..request.plan import plan
from ..request.refusal import Refused
from ..request.values import check
from ..unset import UNSET
from .store import Sample, Store

_SHOWN = 4  # samples that an error describes


def chosen(store: Store, call: Call, arguments: Mapping[str, object], name: str | None) -> Sample:
    """The sample that answers a call.

    Raises NoRecordedResponseError, which describes the samples that there are.
    """
    samples = store.of(call.name)
    if name is not None:
        found = next((sample for sample in samples if sample.name == name), None)
        if found is None:
            raise NoRecordedResponseError(
                f"{call.name}: there is no recorded response {name!r}; there are:"
                f" {', '.join(sample.name for sample in samples) or 'none'}"
            )
        return found
    given = normalized(call, arguments)
    fitting = [
        (len(s.any_value), i, s) for i, s in enumerate(samples) if not _differences(s, given)
    ]
    if fitting:
        return min(fitting, key=lambda entry: entry[:2])[2]
    raise NoRecordedResponseError(_message(call, samples, given))


def normalized(call: Call, arguments: Mapping[str, object]) -> dict[str, str]:
    """The arguments as they are sent: JSON text by name, without those that are left out."""
    found: dict[str, str] = {}
    for param in plan(call).params:
        value = arguments.get(param.arg, UNSET)
        if value is UNSET or (value is None and not param.nullable):
            value = param.default
        if value is not UNSET and param.type != "file" and param.auto is None:
            try:
                found[param.arg] = dumps(check(param, value))
            except (Refused, TypeError, ValueError):
                found[param.arg] = repr(value)
    if call.url is not None and call.url.arg in arguments:
        found[call.url.arg] = dumps(arguments[call.url.arg])
    found.pop("cursor" if call.paginate is not None else "", None)
    return found


def _differences(sample: Sample, given: Mapping[str, str]) -> list[str]:
    """The arguments in which a request is another one than the sample's."""
    expected = sample.arguments
    names = {*expected, *given} - sample.any_value
    return sorted(name for name in names if expected.get(name) != given.get(name))


def _message(call: Call, samples: list[Sample], given: Mapping[str, str]) -> str:
    if not samples:
        return f"{call.name}: nothing was captured for this call; add a sample, and initialize it"
    near = sorted(samples, key=lambda sample: len(_differences(sample, given)))
    lines: list[str] = []
    for sample in near[:_SHOWN]:
        expected = sample.arguments
        differing = [
            f"{name}={expected.get(name, 'nothing')}" for name in _differences(sample, given)
        ]
        lines.append(f"{sample.name} ({', '.join(differing)})")
    shown = ", ".join(f"{name}={value}" for name, value in given.items()) or "no arguments"
    more = f" and {len(samples) - _SHOWN} more" if len(samples) > _SHOWN else ""
    return (
        f"{call.name}: no response was captured for {shown}; there are: {'; '.join(lines)}{more}."
        f" To answer any arguments with one of them, name it:"
        f" recorded_client({call.name}={near[0].name!r})"
    )
