"""Nothing is sent when one sample of the plan has an argument that its call does not take."""

from __future__ import annotations

import pytest

from tests.initialize.support import Project, Provider, answer

SPEC = """
get:
  path: /things/{thing}
  path_params: {thing: {type: string}}
  query: {page: {type: integer, minimum: 1}, key: {type: string, pattern: "[a-z]+", secret: true}}
  samples:
    good: {args: {thing: t1}}
    bad: {args: {thing: t1, %s}}
"""


def refused(project: Project, provider: Provider) -> str:
    provider.answers["GET /things/t1"] = answer({"id": "t1"})
    result = project.run()
    assert result.exit_code == 2, result.output
    assert provider.seen == []
    assert not (project.folder / "captures").exists()
    return result.stderr


def test_a_constant_is_refused_with_its_place(project: Project, provider: Provider) -> None:
    project.spec(SPEC % "page: 0")
    told = refused(project, provider)
    assert "error[bad-value]: calls.get.samples.bad.args.page: must be at least 1\n" in told
    assert told.startswith("specs/acme/connector.yaml:14:")


@pytest.mark.parametrize(
    ("arg", "environ", "problem"),
    [
        ("page: {env: ACME_PAGE}", {"ACME_PAGE": "0"}, "page must be at least 1"),
        ("page: {env: ACME_PAGE}", {"ACME_PAGE": "x"}, "the variable of argument page holds no integer"),
        ("key: {env: ACME_PAGE}", {"ACME_PAGE": "HUSH"}, "key must match the pattern [a-z]+"),
        ("page: {file: page.txt}", {}, "page: page.txt: cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_what_is_known_only_now_is_refused_before_anything_is_sent(
    project: Project, provider: Provider, arg: str, environ: dict[str, str], problem: str
) -> None:
    project.spec(SPEC % arg)
    project.environ.update(environ)
    told = refused(project, provider)
    assert problem in told
    assert "HUSH" not in told
    assert f"specs/acme/connector.yaml:9:5: calls.get.samples.bad: {problem}\n" in told
    assert told.endswith("callwright: 1 error in the samples; nothing was sent\n")


def test_a_file_outside_of_the_folder_is_refused(project: Project, provider: Provider) -> None:
    project.spec(SPEC.replace(", secret: true", "") % "key: {file: ../../callwright.toml}")
    assert "leads out of the connector's folder" in refused(project, provider)


def test_a_path_that_the_encoder_refuses(project: Project, provider: Provider) -> None:
    project.spec((SPEC % "page: 1").replace("bad: {args: {thing: t1", "bad: {args: {thing: '..'"))
    assert "calls.get.samples.bad: thing " in refused(project, provider)


def test_all_of_them_are_told_at_once(project: Project, provider: Provider) -> None:
    project.spec(
        SPEC % "page: {env: ACME_PAGE}" + "    worse: {args: {thing: '.', page: {file: none}}}\n"
    )
    project.environ["ACME_PAGE"] = "0"
    told = refused(project, provider)
    assert told.count("error[") == 2
    assert told.endswith("callwright: 2 errors in the samples; nothing was sent\n")


def test_what_comes_from_an_answer_is_no_error_yet(project: Project, provider: Provider) -> None:
    provider.answers |= {
        "GET /things/t1": answer({"id": "t2"}),
        "GET /things/t2": answer({"id": "t2"}),
    }
    project.spec(
        SPEC.replace(
            "good: {args: {thing: t1}}", "good: {args: {thing: t1}, outputs: {id: $.id}}"
        ).replace("bad: {args: {thing: t1", "bad: {args: {thing: {from: get.good, output: id}")
        % "page: 1"
    )
    provider.answers["GET /things/t2?page=1"] = answer({"id": "t2"})
    assert project.run().exit_code == 0
    assert provider.paths() == ["GET /things/t1", "GET /things/t2?page=1"]


def test_an_answer_that_its_argument_refuses_is_told_with_a_place(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /things/t1"] = answer({"id": 0})
    project.spec(
        SPEC.replace("good: {args: {thing: t1}}", "good: {args: {thing: t1}, outputs: {id: $.id}}")
        % "page: {from: get.good, output: id}"
    )
    result = project.run()
    assert result.exit_code == 3
    assert result.stderr == "specs/acme/connector.yaml:9:5: get.bad: page must be at least 1\n"


def test_what_add_left_to_be_written_is_refused(project: Project, provider: Provider) -> None:
    project.spec(
        SPEC.replace("bad: {args: {thing: t1", "bad: {args: {thing: CHANGE_ME") % "page: 1"
    )
    told = refused(project, provider)
    assert (
        "error[unfinished-sample]: calls.get.samples.bad.args.thing: CHANGE_ME stands for" in told
    )
    assert "{from: CALL.SAMPLE, output: NAME}" in told
    assert told.count("CHANGE_ME stands for") == 1


def test_what_is_left_to_be_written_elsewhere_does_not_matter(
    project: Project, provider: Provider
) -> None:
    project.spec(
        SPEC.replace("bad: {args: {thing: t1", "bad: {args: {thing: CHANGE_ME") % "page: 1"
    )
    provider.answers["GET /things/t1"] = answer({"id": "t1"})
    result = project.run("acme.get.good")
    assert (result.exit_code, result.stderr) == (0, "")


def test_unfinished_is_told_before_credentials_are_asked_for(
    project: Project, provider: Provider
) -> None:
    spec = SPEC.replace("bad: {args: {thing: t1", "bad: {args: {thing: CHANGE_ME") % "page: 1"
    project.spec(spec, head="auth: {type: bearer}\n")
    assert "unfinished-sample" in refused(project, provider)
