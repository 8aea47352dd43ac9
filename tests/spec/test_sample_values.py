"""Constants of samples: all that a client would refuse is told with the spec, and nothing else."""

from __future__ import annotations

import pytest

from callwright.diagnostics import Severity
from callwright.operations import sample_values
from callwright.operations.check_arguments import check_arguments
from callwright.operations.lower import lower_requests
from callwright.runtime.definition import Param
from callwright.runtime.errors import ArgumentError
from callwright.runtime.request.encode import encode
from callwright.runtime.request.values import Refused
from callwright.specfile.load import load_text
from callwright.specfile.resolve import resolve

SPEC = """callwright: 1
name: acme
base_url: https://api.acme.example
calls:
  create:
    method: POST
    path: /c/{id}
    query: {size: {type: integer, minimum: 1}}
    body:
      fields: {lines: {type: array, items: {type: map, values: {type: any}}}, data: {type: bytes}, note: {nullable: true}}
    samples:
      one: {args: {id: x, %s}}
"""


def found(args: str) -> list[tuple[str, str, str, Severity]]:
    resolved = resolve(*load_text(SPEC % args))
    return [
        (d.code, d.path.removeprefix("calls.create.samples.one.args."), d.message, d.severity)
        for d in check_arguments(resolved, lower_requests(resolved))
    ]


@pytest.mark.parametrize(
    "args",
    ["size: 1", "size: 5, lines: [], note: null", "data: aGk=", "lines: [{a: 1.5}, {b: 1}]",
     "note: change_me", "note: 'CHANGE_ME later'"],
)  # fmt: skip
def test_what_a_client_takes_is_taken(args: str) -> None:
    assert found(args) == []


@pytest.mark.parametrize("args", ["size: 0", "size: -1"])
def test_what_is_told_is_what_a_client_refuses(args: str) -> None:
    ((code, path, message, severity),) = found(args)
    assert (code, path, severity) == ("bad-value", "size", Severity.ERROR)
    requests = lower_requests(resolve(*load_text(SPEC % args)))
    connector, call = requests.connector, requests.calls[0].call
    with pytest.raises(ArgumentError, match=f"size {message}"):
        encode(call, {"id": "x", "size": 0}, connector=connector, base_url="https://a.example")


@pytest.mark.parametrize(
    ("args", "path"),
    [("note: CHANGE_ME", "note"), ("lines: [{a: [1, CHANGE_ME]}]", "lines"), ("size: CHANGE_ME", "size")],
)  # fmt: skip
def test_a_value_that_is_still_to_be_written_is_a_warning(args: str, path: str) -> None:
    ((code, place, _, severity),) = found(args)
    assert (code, place, severity) == ("unfinished-sample", path, Severity.WARNING)


def test_bytes_are_no_base64() -> None:
    ((code, path, message, _),) = found("data: '***'")
    assert (code, path) == ("bad-value", "data")
    assert message.startswith("takes bytes: write them in base64")
    assert sample_values.as_argument("aGk=", Param("data", "data", "bytes")) == b"hi"
    with pytest.raises(Refused):
        sample_values.as_argument("***", Param("data", "data", "bytes"))


@pytest.mark.parametrize(
    ("path", "steps"),
    [("", []), ("[1]['a b'][\"it's\"]", [1, "a b", "it's"]), ("['a]\\'b'][0]", ["a]'b", 0])],
)
def test_the_place_inside_an_argument(path: str, steps: list[object]) -> None:
    assert sample_values.steps(path) == steps
