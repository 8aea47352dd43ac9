"""Paths of a spec that lead nowhere in the captures are reported at their place, with the capture."""

from __future__ import annotations

import json

import pytest

from tests.cli.support import Project

SPEC = """\
errors: {message_path: %s, code_path: [$.code, $.error.code]}
calls:
  me:
    path: /me
    response:
      select: %s
    samples: {basic: {}, gone: {status: 404}}
"""


@pytest.mark.parametrize(
    ("select", "meant"),
    [("$.runinfo", "$.run_info"), ("$.run_info.tags[3]", ""), ("$['run info']", "$.run_info"), ("$[0]", "")],
)  # fmt: skip
@pytest.mark.parametrize("command", ["generate", "check", "explain"])
def test_a_select(empty_project: Project, command: str, select: str, meant: str) -> None:
    empty_project.spec("acme", SPEC % ("$.error.message", json.dumps(select)))
    empty_project.capture("acme", "me", {"run_info": {"id": 1, "tags": [1]}})
    done = empty_project.run(command, "acme")
    assert done.code == 2
    assert "specs/acme/connector.yaml:9:15: error[select-nowhere]" in done.err
    assert f"nothing is at {select} in specs/acme/captures/me/basic.200.json" in done.err
    assert (f"did you mean {meant}?" in done.err) == bool(meant)


def test_every_wrong_select_in_one_run(empty_project: Project) -> None:
    calls = "".join(
        f"  {n}: {{path: /{n}, response: {{select: $.{n}}}, samples: {{basic: {{}}}}}}\n"
        for n in ("first", "second", "third")
    )
    empty_project.spec("acme", f"calls:\n{calls}")
    for name in ("first", "second", "third"):
        empty_project.capture("acme", name, {"second": 1})
    done = empty_project.run("generate")
    assert done.code == 2
    assert done.err.count("error[select-nowhere]") == 2


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("$.error.mesage", "did you mean $.error.message?"),
        ("[$.detail, $.title]", "nothing is at $.detail or $.title in any captured error"),
        ("[$.detail, $.error.message]", ""),
        ("header.x-error", ""),
    ],
)
def test_a_path_of_errors(empty_project: Project, path: str, told: str) -> None:
    empty_project.spec("acme", SPEC % (path, "$.id"))
    empty_project.capture("acme", "me", {"id": 1})
    empty_project.write(
        "specs/acme/captures/me/gone.404.json", '{"error": {"message": "gone", "code": 4}}'
    )
    done = empty_project.run("generate")
    assert done.code == 0, done.err
    if told:
        place = "specs/acme/connector.yaml:4:24: warning[unknown-error-path]: errors.message_path"
        assert place in done.err
        assert told in done.err
        assert "specs/acme/captures/me/gone.404.json" in done.err
    else:
        assert "unknown-error-path" not in done.err
