"""The order of samples, and outputs of one inside the arguments of another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.initialize.support import Project, Provider, answer

LOGGED = """
a_read: {path: /read, samples: {x: {after: [m_log.late]}}}
m_log: {method: POST, path: /log, samples: {early: {}, late: {after: [z_open.x]}}}
z_open: {method: POST, path: /open, samples: {x: {cleanup: z_close.x}}}
z_close: {method: POST, path: /close, samples: {x: {}}}
"""


@pytest.fixture
def logged(project: Project, provider: Provider) -> Project:
    for path in ("read", "log", "open", "close"):
        provider.answers |= {f"GET /{path}": answer({"n": 1}), f"POST /{path}": answer({"n": 1})}
    project.spec(LOGGED)
    return project


def test_after_sends_others_first(logged: Project, provider: Provider) -> None:
    assert logged.run("--yes").exit_code == 0
    assert provider.paths() == [
        "POST /open",
        "POST /log",
        "GET /read",
        "POST /log",
        "POST /close",
    ]


def test_one_sample_brings_what_it_comes_after(logged: Project, provider: Provider) -> None:
    result = logged.run("acme.a_read.x", "--yes")
    assert provider.paths() == ["POST /open", "POST /log", "GET /read", "POST /close"]
    assert list(logged.captures()) == ["a_read/x.200.json"]
    assert "needed by a_read.x" in result.stdout


def test_after_is_order_alone(logged: Project, provider: Provider) -> None:
    provider.answers["POST /log"] = answer({"message": "no"}, 400)
    assert logged.run("acme.a_read.x", "--yes").exit_code == 3
    assert "GET /read" in provider.paths()


def test_after_makes_no_capture_stale(logged: Project, provider: Provider) -> None:
    logged.run("--yes")
    logged.spec(LOGGED.replace("after: [m_log.late]", "after: [m_log.early]"))
    assert "every sample has a current capture" in logged.run().stdout


MAKE = "make: {method: POST, path: /make, samples: {x: {outputs: {id: $.id, ids: '$.items[*].id', none: '$.empty[*]'}}}}\n"
FIND = """
find:
  method: POST
  use_as: data
  path: /find
  body: {fields: {ids: {items: string}, filter: {type: any}, map: {type: map, values: string}, deep: {type: array, items: {type: object, fields: {id: {type: string}, on: {type: boolean}}}}}}
  samples: {x: {args: %s}}
"""
ID = "{from: make.x, output: id}"


@pytest.mark.parametrize(
    ("args", "sent"),
    [
        (f"{{ids: [e1, {ID}]}}", {"ids": ["e1", "e7"]}),
        (f"{{ids: [{ID}, {ID}]}}", {"ids": ["e7", "e7"]}),
        (f"{{filter: {{any: [{{id: {ID}}}, 1.50]}}}}", {"filter": {"any": [{"id": "e7"}, 1.5]}}),
        (f"{{map: {{a: {ID}, b: '2'}}}}", {"map": {"a": "e7", "b": "2"}}),
        (f"{{deep: [{{id: {ID}, on: true}}]}}", {"deep": [{"id": "e7", "on": True}]}),
        ("{ids: {from: make.x, output: ids}}", {"ids": ["i1", "i2"]}),
        ("{filter: {of: {from: make.x, output: ids}}}", {"filter": {"of": ["i1", "i2"]}}),
        ("{ids: {from: make.x, output: none}}", {"ids": []}),
        # what is data elsewhere stays data
        ("{filter: {on: {from: 2020-01-01}}}", {"filter": {"on": {"from": "2020-01-01"}}}),
        ("{filter: {env: prod, file: {env: A}}}", {"filter": {"env": "prod", "file": {"env": "A"}}}),
        ("{filter: {value: {a: {from: x, output: y}}}}", {"filter": {"a": {"from": "x", "output": "y"}}}),
    ],
)  # fmt: skip
def test_outputs_stand_anywhere_in_arguments(
    project: Project, provider: Provider, args: str, sent: dict[str, Any]
) -> None:
    made = {"id": "e7", "items": [{"id": "i1"}, {"id": "i2"}], "empty": []}
    provider.answers |= {"POST /make": answer(made), "POST /find": answer({"n": 1})}
    project.spec(MAKE + FIND % args)
    result = project.run("--yes")
    assert result.exit_code == 0, result.output
    (found,) = [request for request in provider.seen if request.path == "/find"]
    assert json.loads(found.body) == sent
    assert "every sample has a current capture" in project.run().stdout


def test_a_value_that_an_output_makes_wrong_is_told(project: Project, provider: Provider) -> None:
    provider.answers |= {"POST /make": answer({"id": 7, "items": [], "empty": []})}
    project.spec(MAKE + FIND % f"{{ids: [{ID}]}}")
    result = project.run("--yes")
    assert result.exit_code == 3
    assert "find.x: ids[0] must be a string, not int" in result.stderr
    assert provider.paths() == ["POST /make"]


def test_an_output_that_is_not_there_is_told(project: Project, provider: Provider) -> None:
    provider.answers |= {"POST /make": answer({"id": "1", "things": []})}
    project.spec(MAKE + FIND % f"{{ids: [{ID}]}}")
    result = project.run("--yes")
    assert "make.x: 200, but output ids: the response has no $.items[*].id" in result.stderr
    assert "not sent, because make.x has no response: find.x" in result.stderr


@pytest.mark.parametrize(
    ("call", "args", "path", "body"),
    [
        ("query: {ids: {items: string, array_style: brackets}}", f"{{ids: [a, {ID}]}}", "/find?ids%5B%5D=a&ids%5B%5D=e7", b""),
        ("query: {ids: {items: string, array_style: comma}}", f"{{ids: [{ID}]}}", "/find?ids=e7", b""),
        ("method: POST\n  body: {arg: record}", f"{{record: {{a: [{ID}]}}}}", "/find", b'{"a":["e7"]}'),
        ("method: POST\n  body: {type: form, fields: {ids: {items: string, array_style: repeat}}}", f"{{ids: [{ID}]}}", "/find", b"ids=e7"),
    ],
)  # fmt: skip
def test_outputs_stand_in_every_place_of_a_request(
    project: Project, provider: Provider, call: str, args: str, path: str, body: bytes
) -> None:
    made = {"id": "e7", "items": [], "empty": []}
    method = "POST" if "POST" in call else "GET"
    provider.answers |= {"POST /make": answer(made), f"{method} {path}": answer({})}
    project.spec(f"{MAKE}find:\n  path: /find\n  {call}\n  samples: {{x: {{args: {args}}}}}\n")
    result = project.run("--yes")
    assert result.exit_code == 0, result.output
    assert provider.paths()[-1] == f"{method} {path}"
    assert provider.seen[-1].body == body


@pytest.mark.parametrize(
    ("args", "place"),
    [
        ("{ids: [e1, {from: make.x}]}", "args.ids[1]"),
        ("{filter: {on: {from: make.x}}}", "args.filter.on"),
    ],
)
def test_a_reference_inside_a_value_without_its_output_is_told(
    project: Project, provider: Provider, args: str, place: str
) -> None:
    project.spec(MAKE + FIND % args)
    result = project.run("--yes")
    assert result.exit_code == 2
    assert f"{place}: output is missing: which output of the sample?" in result.stderr
    assert provider.seen == []
