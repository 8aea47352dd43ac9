"""Answers that `callwright generate` would refuse: told with their place, and never in place of one that works."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from callwright.cli import cli
from tests.initialize.support import Project, Provider, answer

PING = "ping: {path: /ping, samples: {x: {}}}\n"
SELECTING = "ping: {path: /ping, response: {select: $.data}, samples: {x: {}}}\n"
TWICE = b'{"a": [{"b": 1}, {"b": 1,\n  "b": 2}]}'
GOOD = b'{\n  "a": 1\n}\n'


def generates() -> bool:
    # 1: there is nothing to generate, which is no error of what is stored
    return CliRunner().invoke(cli, ["generate"]).exit_code in (0, 1)


def test_a_key_that_stands_twice_is_refused_with_its_place(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /ping"] = answer(TWICE)
    project.spec(PING)
    result = project.run()
    assert result.exit_code == 3
    assert result.stderr.startswith(
        'ping.x: 200, but the answer\'s JSON cannot be used: line 2, column 3: the key "b" stands twice in one object'
        " ($.a[1].b), and every reader would keep another of the two; where nobody reads it, say so with response:"
        " {untyped: true}\n"
    )
    assert project.captures() == {}
    assert generates()


def test_it_does_not_replace_an_answer_that_works(project: Project, provider: Provider) -> None:
    project.spec(PING)
    provider.answers["GET /ping"] = answer({"a": 1})
    project.run()
    provider.answers["GET /ping"] = answer(TWICE)
    result = project.run("--all")
    assert result.exit_code == 3
    assert "; not stored: the previous answer stays\n" in result.stderr
    assert project.captures()["ping/x.200.json"].body == GOOD
    assert generates()


def test_keys_of_one_name_in_different_objects_are_none_twice(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /ping"] = answer(
        b'{"a": [{"b": 1}, {"b": 1}], "b": {"b": 1}, "\\u0062b": 1}'
    )
    project.spec(PING)
    assert project.run().exit_code == 0


def test_an_escaped_key_is_the_same_key(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer(b'{"b": 1, "\\u0062": 1}')
    project.spec(PING)
    assert 'column 10: the key "b" stands twice' in project.run().stderr


def test_where_nothing_is_typed_it_is_stored(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer(b'{"b": 1, "b": 2}')
    project.spec("ping: {path: /ping, response: {untyped: true}, samples: {x: {}}}\n")
    assert project.run().exit_code == 0
    assert generates()


def test_an_error_with_a_key_twice_is_a_text(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer(b'{"b": 1, "b": 2}', 404)
    project.spec("ping: {path: /ping, samples: {x: {status: 404}}}\n")
    assert project.run().exit_code == 0
    assert list(project.captures()) == ["ping/x.404.txt"]
    assert generates()


def test_a_file_with_a_key_twice_is_refused(project: Project) -> None:
    project.spec(PING)
    (project.root / "r.json").write_bytes(TWICE)
    result = project.run("acme.ping.x", "--response", "r.json")
    assert result.exit_code == 2
    assert "r.json: the answer's JSON cannot be used: line 2, column 3: the key" in result.stderr
    assert not (project.folder / "captures").exists()


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def test_an_answer_nested_too_deep_is_not_stored(project: Project, provider: Provider) -> None:
    project.spec(PING)
    provider.answers["GET /ping"] = answer({"a": 1})
    project.run()
    provider.answers["GET /ping"] = answer(nested(201))
    result = project.run("--all")
    assert result.exit_code == 3
    assert "column 1001: nested more than 200 levels deep; not stored: the prev" in result.stderr
    assert project.captures()["ping/x.200.json"].body == GOOD


@pytest.mark.parametrize("levels", [100, 150, 199])
def test_what_is_stored_can_be_generated_from_however_deep(
    project: Project, provider: Provider, levels: int
) -> None:
    project.spec(PING)
    provider.answers["GET /ping"] = answer({"a": 1})
    project.run()
    provider.answers["GET /ping"] = answer(nested(levels))
    result = project.run("--all")
    is_kept = list(project.captures()) == ["ping/x.200.json"]
    assert result.exit_code == (3 if is_kept else 0)
    assert result.stderr.endswith("; not stored: the previous answer stays\n") is is_kept
    assert generates()


def test_an_answer_that_is_not_as_the_spec_says_does_not_replace_one_that_is(
    project: Project, provider: Provider
) -> None:
    project.spec(SELECTING)
    provider.answers["GET /ping"] = answer({"data": {"a": 1}})
    project.run()
    provider.answers["GET /ping"] = answer({"list": {"a": 1}})
    result = project.run("--all")
    assert result.exit_code == 3
    assert "B  not as the spec says\n" in result.stdout
    assert "\n    list: PingList" in result.stdout
    assert (
        "ping.x: 200, but generate would refuse it as the spec is: nothing is at $.data"
        in result.stderr
    )
    assert result.stderr.endswith("; not stored: the previous answer stays\n")
    assert b"data" in project.captures()["ping/x.200.json"].body
    assert generates()


def test_where_there_was_none_it_is_stored_for_the_spec_to_be_corrected(
    project: Project, provider: Provider
) -> None:
    project.spec(SELECTING)
    provider.answers["GET /ping"] = answer({"list": {"a": 1}})
    result = project.run()
    assert result.exit_code == 3
    assert result.stderr.endswith("; stored all the same: there was none\n")
    assert b"list" in project.captures()["ping/x.200.json"].body
    project.spec(SELECTING.replace("$.data", "$.list"))
    assert "every sample has a current capture" in project.run().stdout
    assert generates()


def test_one_that_generate_refuses_too_is_replaced(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"list": {"a": 1}})
    project.spec(PING)
    project.run()
    project.spec(SELECTING)
    provider.answers["GET /ping"] = answer({"items": {"a": 1}})
    assert project.run("--all").exit_code == 3
    assert b"items" in project.captures()["ping/x.200.json"].body


def test_a_declared_type_that_does_not_hold_is_told(project: Project, provider: Provider) -> None:
    project.spec(
        "ping: {path: /ping, response: {fields: {$.a: {type: integer}}}, samples: {x: {}}}\n"
    )
    provider.answers["GET /ping"] = answer({"a": 1})
    project.run()
    provider.answers["GET /ping"] = answer({"a": "many"})
    result = project.run("--all")
    assert result.exit_code == 3
    assert (
        "$.a: declared {type: integer}, captured str; Correct or remove calls.ping" in result.stderr
    )
    assert project.captures()["ping/x.200.json"].body == GOOD


def test_a_file_that_is_not_as_the_spec_says_is_told(project: Project) -> None:
    project.spec(SELECTING)
    (project.root / "r.json").write_text('{"list": 1}')
    result = project.run("acme.ping.x", "--response", "r.json")
    assert result.exit_code == 2
    assert "nothing is at $.data" in result.stderr
