"""Cleanups: they undo what may have been executed, and never touch what the run did not create."""

from __future__ import annotations

import json
import socket
import time

import pytest

from tests.initialize.support import Answer, Project, Provider, Seen, answer, at_a_terminal
from tests.initialize.test_initialize import interrupted

USERS = """
create_user:
  method: PUT
  path: /users/{user}
  path_params: {user: {type: string}}
  samples:
    bob: {args: {user: bob}, cleanup: delete_user.bob}
delete_user:
  method: DELETE
  path: /users/{user}
  path_params: {user: {type: string}}
  samples:
    bob: {args: {user: bob}}
"""
PAGE = (200, {"Content-Type": "text/html"}, b"<html>moved</html>")
SKIPPED = "delete_user.bob: not sent, nothing to clean up: create_user.bob "


def lost(seen: Seen) -> None:
    """No response at all."""


def slow(seen: Seen) -> Answer:
    time.sleep(0.5)
    return answer({})


@pytest.fixture
def users(project: Project, provider: Provider) -> Project:
    provider.answers["DELETE /users/bob"] = answer({})
    project.spec(USERS)
    return project


@pytest.mark.parametrize(
    "response",
    [answer({}, 201), answer({}), answer({}, 500), answer({}, 502), answer({}, 504), PAGE, lost],
)
def test_what_may_have_been_executed_is_cleaned_up(
    users: Project, provider: Provider, response: Answer
) -> None:
    provider.answers["PUT /users/bob"] = response
    users.run("--yes")
    assert provider.paths() == ["PUT /users/bob", "DELETE /users/bob"]


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 422, 429, 501, 503])
@pytest.mark.parametrize("arguments", [["--all"], ["acme.create_user"]])
def test_what_was_refused_is_not_cleaned_up(
    users: Project, provider: Provider, status: int, arguments: list[str]
) -> None:
    provider.answers["PUT /users/bob"] = answer({"message": "no"}, status, Location="/elsewhere")
    result = users.run(*arguments, "--yes")
    assert result.exit_code == 3
    assert provider.paths() == ["PUT /users/bob"]
    assert f"{SKIPPED}was refused with {status}\n" in result.stdout


def test_a_refusal_that_cannot_be_read_is_not_cleaned_up(
    users: Project, provider: Provider
) -> None:
    provider.answers["PUT /users/bob"] = (409, {"Content-Encoding": "br"}, b"\x00\x01")
    users.run("--yes")
    assert provider.paths() == ["PUT /users/bob"]


def test_an_expected_refusal_is_not_cleaned_up(users: Project, provider: Provider) -> None:
    users.spec(USERS.replace("cleanup:", "status: 409, cleanup:"))
    provider.answers["PUT /users/bob"] = answer({"message": "exists"}, 409)
    result = users.run("acme.create_user", "--yes")
    assert result.exit_code == 0, result.output
    assert provider.paths() == ["PUT /users/bob"]


def test_an_expected_redirect_is_cleaned_up(users: Project, provider: Provider) -> None:
    users.spec(USERS.replace("cleanup:", "status: 302, cleanup:"))
    provider.answers["PUT /users/bob"] = answer({}, 302, Location="/users/bob")
    users.run("acme.create_user", "--yes")
    assert provider.paths() == ["PUT /users/bob", "DELETE /users/bob"]


def test_an_unexpected_success_is_cleaned_up(users: Project, provider: Provider) -> None:
    users.spec(USERS.replace("cleanup:", "status: 409, cleanup:"))
    provider.answers["PUT /users/bob"] = answer({}, 201)
    users.run("acme.create_user", "--yes")
    assert provider.paths() == ["PUT /users/bob", "DELETE /users/bob"]


@pytest.mark.parametrize("expected", ["", "expect: error, "])
def test_a_failure_with_a_success_status_is_not_cleaned_up(
    users: Project, provider: Provider, expected: str
) -> None:
    users.spec(USERS.replace("cleanup:", f"{expected}cleanup:"))
    spec = users.folder / "connector.yaml"
    rule = "errors: {failed_when: [{path: $.ok, is: false}], "
    spec.write_text(spec.read_text().replace("errors: {", rule))
    provider.answers["PUT /users/bob"] = answer({"ok": False, "message": "exists"})
    result = users.run("--yes")
    assert provider.paths() == ["PUT /users/bob"]
    assert f"{SKIPPED}was refused with 200 by errors.failed_when\n" in result.stdout


def test_a_timeout_is_cleaned_up(users: Project, provider: Provider) -> None:
    users.spec(USERS.replace("method: PUT", "method: PUT\n  timeout: {read: 0.1}"))
    provider.answers["PUT /users/bob"] = slow
    users.run("--yes")
    assert provider.paths() == ["PUT /users/bob", "DELETE /users/bob"]


def test_an_interruption_is_cleaned_up(users: Project, provider: Provider) -> None:
    assert interrupted(users, provider, "PUT /users/bob").returncode == 130
    assert provider.paths() == ["PUT /users/bob", "DELETE /users/bob"]


def test_what_could_not_be_sent_is_not_cleaned_up(users: Project, provider: Provider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    own = f"method: PUT\n  base_url: http://127.0.0.1:{port}"
    users.spec(USERS.replace("method: PUT", own))
    result = users.run("--yes")
    assert provider.paths() == []
    assert f"{SKIPPED}was not sent\n" in result.stdout


def test_what_waits_for_a_failed_sample_is_not_cleaned_up(
    users: Project, provider: Provider
) -> None:
    first = "team: {method: POST, path: /teams, samples: {x: {outputs: {id: $.id}}}}\n"
    args = "{args: {user: {from: team.x, output: id}}"
    users.spec(first + USERS.replace("bob: {args: {user: bob}", f"bob: {args}", 1))
    provider.answers["POST /teams"] = answer({"message": "full"}, 400)
    result = users.run("--yes")
    assert provider.paths() == ["POST /teams"]
    assert "not sent, because team.x has no response: create_user.bob" in result.stderr
    assert f"{SKIPPED}was not sent\n" in result.stdout


def test_a_cleanup_that_is_asked_for_creates_first(users: Project, provider: Provider) -> None:
    provider.answers["PUT /users/bob"] = answer({}, 201)
    result = users.run("acme.delete_user.bob", "--yes")
    assert result.exit_code == 0, result.output
    assert provider.paths() == ["PUT /users/bob", "DELETE /users/bob"]
    assert list(users.captures()) == ["delete_user/bob.200.json"]


def test_a_cleanup_without_what_it_needs_says_what_to_undo(
    users: Project, provider: Provider
) -> None:
    users.spec(
        "create: {method: POST, path: /things, samples: {x: {outputs: {id: $.id}, cleanup: delete.x}}}\n"
        "delete:\n  method: DELETE\n  path: '/things/{id}'\n"
        "  samples: {x: {args: {id: {from: create.x, output: id}}}}\n"
    )
    provider.answers["POST /things"] = lost
    result = users.run("--yes")
    assert result.exit_code == 3
    assert provider.paths() == ["POST /things"]
    assert "create.x may have been executed, but its output id is unknown" in result.stderr


TOKENS = """auth: {{type: oauth2, flow: client_credentials, token_url: 'http://127.0.0.1:{port}/token'}}
"""


@pytest.mark.parametrize(
    "response", [answer({"error": "invalid_client"}, 400), PAGE, answer({}, 500), lost]
)
def test_a_login_that_failed_is_not_tried_again(
    users: Project, provider: Provider, response: Answer
) -> None:
    users.spec(USERS + "me: {path: /me, samples: {x: {}}}\n", TOKENS.format(port=provider.port))
    users.environ |= {"ACME_CLIENT_ID": "id", "ACME_CLIENT_SECRET": "secret-of-the-client"}
    provider.answers["POST /token"] = response
    result = users.run("--yes")
    assert result.exit_code == 3
    assert provider.paths() == ["POST /token"]
    assert "not sent, because there is no token: me.x\n" in result.stderr
    assert f"{SKIPPED}was not sent\n" in result.stdout


def test_what_comes_after_a_cleanup_is_sent_last(users: Project, provider: Provider) -> None:
    users.spec(
        "get_user:\n  path: /users/{user}\n  path_params: {user: {type: string}}\n"
        "  samples: {gone: {args: {user: bob}, after: [delete_user.bob], status: 404}}\n" + USERS
    )
    provider.answers["PUT /users/bob"] = answer({}, 201)
    result = users.run("--yes")
    assert result.exit_code == 0, result.output
    assert provider.paths() == ["PUT /users/bob", "DELETE /users/bob", "GET /users/bob"]
    meta = users.captures()["get_user/gone.404.json"]
    assert json.loads(meta.body)["code"] == "nowhere"


TWO_USERS = """
create_user:
  method: PUT
  path: /users/{user}
  path_params: {user: {type: string}}
  samples:
    ann: {args: {user: ann}, cleanup: delete_user.ann}
    bob: {args: {user: bob}, cleanup: delete_user.bob}
delete_user:
  method: DELETE
  path: /users/{user}
  path_params: {user: {type: string}}
  samples:
    ann: {args: {user: ann}}
    bob: {args: {user: bob}}
"""


def test_ctrl_c_during_a_cleanup_does_not_leave_the_others_out(
    project: Project, provider: Provider
) -> None:
    for request in ("PUT /users/ann", "PUT /users/bob", "DELETE /users/ann"):
        provider.answers[request] = answer({})
    project.spec(TWO_USERS)
    done = interrupted(project, provider, "DELETE /users/bob")
    assert done.returncode == 130
    assert provider.paths()[2:] == ["DELETE /users/bob", "DELETE /users/ann"]
    assert "delete_user.bob: interrupted" in done.stderr


@pytest.mark.parametrize("confirm", ["", ", confirm: never"])
def test_what_may_not_be_cleaned_up_is_not_made(
    project: Project, provider: Provider, confirm: str
) -> None:
    project.spec(USERS.replace("cleanup: delete_user.bob", f"cleanup: delete_user.bob{confirm}"))
    code, shown = at_a_terminal("[y/N]", "n\n")
    assert (code, provider.paths()) == (0, []), shown
