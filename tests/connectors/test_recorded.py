"""The recorded client of each committed connector: every sample is answered with what was captured, without a network."""

from __future__ import annotations

import asyncio
import importlib
import json
import socket
import warnings
from pathlib import Path
from typing import Any

import pytest

from callwright.incremental import read_requests
from callwright.ir.nodes import ConstantValue
from callwright.operations.sample_values import as_argument

SPECS = Path(__file__).parents[2] / "specs"
GENERATED = Path(__file__).parents[2] / "generated"
ENTRIES = [
    (index.parents[1].name, entry)
    for index in sorted(GENERATED.glob("*/_recorded/index.json"))
    for entry in json.loads(index.read_text())
]
# a value of each kind, for arguments that match whatever they are
VALUES: dict[str, Any] = {
    "string": "x", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}, "map": {},
    "file": b"x", "any": "x", "bytes": b"x", "uuid": "00000000-0000-4000-8000-000000000000",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a recorded client has no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def arguments(calls: Any, connector: str, entry: dict[str, Any]) -> dict[str, Any]:
    """What the spec's sample has, and anything where that is not known before it is sent."""
    from generated._runtime.request.plan import plan

    params = {param.arg: param for param in plan(getattr(calls, entry["call"].upper())).params}
    requests, _ = read_requests(SPECS / connector, SPECS.parent)
    request = next(r for r in requests.calls if r.call.name == entry["call"])
    sample = next(s for s in request.samples if s.name == entry["sample"])
    given = {
        name: as_argument(value.value, params.get(name))
        for name, value in sample.args.items()
        if isinstance(value, ConstantValue)
    }
    for name in entry["any"]:
        pattern = params[name].pattern or ""
        given[name] = "x." if pattern.endswith("\\.$") else VALUES[params[name].type]
    return given


def name_of(value: Any) -> str:
    return value if isinstance(value, str) else f"{value['call']}.{value['sample']}"


@pytest.mark.parametrize(("connector", "entry"), ENTRIES, ids=name_of)
def test_every_sample_is_answered(connector: str, entry: dict[str, Any]) -> None:
    testing = importlib.import_module(f"generated.{connector}.testing")
    calls = importlib.import_module(f"generated.{connector}._calls")
    folder = GENERATED / connector / "_recorded"
    given = arguments(calls, connector, entry)
    client = testing.recorded_client(**{entry["call"]: entry["sample"]})
    method = getattr(client, entry["call"])
    if entry["missing"]:
        with pytest.raises(Exception, match=entry["sample"]) as caught:
            client.raw(method, **given)
        assert type(caught.value).__name__ == "NoRecordedResponseError"
        return
    raw = client.raw(method, **given)
    assert raw.status_code == entry["status"]
    bodies = [(folder / path).read_bytes() for path in entry["pages"]]
    if not entry["origin"]:
        assert raw.content == bodies[0]
    if entry["status"] >= 300:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no drift
        value = raw.parse()
    how = getattr(calls, entry["call"].upper())
    if how.paginate is not None:
        pages = list(method(**given, max_pages=len(bodies)).pages())
        assert pages[0].items == value.items
        assert len(pages) == len(bodies)
    elif how.response.stream is not None:
        assert method(**given).collect() == value
    else:
        assert method(**given) == value
    assert asyncio.run(on_a_loop(testing, entry, given)) == raw.content


async def on_a_loop(testing: Any, entry: dict[str, Any], given: dict[str, Any]) -> bytes:
    async with testing.async_recorded_client(**{entry["call"]: entry["sample"]}) as client:
        raw = await client.raw(getattr(client, entry["call"]), **given)
        content: bytes = raw.content
        return content


@pytest.mark.parametrize(
    ("connector", "entry"), [e for e in ENTRIES if not e[1]["missing"]], ids=name_of
)
def test_arguments_find_their_sample(connector: str, entry: dict[str, Any]) -> None:
    testing = importlib.import_module(f"generated.{connector}.testing")
    calls = importlib.import_module(f"generated.{connector}._calls")
    alike = [
        other
        for name, other in ENTRIES
        if (name, other["call"]) == (connector, entry["call"])
        and other["arguments"] == entry["arguments"]
    ]
    if len(alike) > 1:
        return  # told apart by what a recorded client cannot know
    client = testing.recorded_client()
    raw = client.raw(getattr(client, entry["call"]), **arguments(calls, connector, entry))
    assert raw.status_code == entry["status"]
