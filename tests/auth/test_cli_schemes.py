"""`callwright auth` where a connector has several schemes: which one is meant, and proving each of them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.auth.project import Project, url_in
from tests.servers.browser import browse
from tests.servers.oidc import CLIENT_SECRET
from tests.servers.process import Server, free_port

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("auth")]

REDIRECT = "http://127.0.0.1:8765/callback"
SPEC = """\
callwright: 1
name: lending
title: Lending
base_url: http://127.0.0.1:${port}
variables:
  port: {type: integer, required: true}
auth:
  reader:
    type: oauth2
    flow: authorization_code
    authorization_url: http://127.0.0.1:${port}/auth
    token_url: http://127.0.0.1:${port}/token
    profile: {path: /me, id_path: $.sub}
    scopes: [openid, 'books:read']
  guest:
    type: oauth2
    flow: authorization_code
    authorization_url: http://127.0.0.1:${port}/auth
    token_url: http://127.0.0.1:${port}/token
    client_auth: basic
    client_id: ${guest_id}
    client_secret: ${guest_secret}
    scopes: [openid]
  machine:
    type: oauth2
    flow: client_credentials
    token_url: http://127.0.0.1:${port}/token
    client_id: ${machine_id}
    client_secret: ${machine_secret}
    scopes: ['books:read']
  staff: {type: bearer, token: '${staff_token}'}
check: list_books
calls:
  list_books: {path: /api/books, response: {untyped: true}, samples: {all: {}}}
  one_book: {path: /api/books/1, auth: staff, samples: {all: {}}}
"""
READER = {"LENDING_CLIENT_ID": "library-post", "LENDING_CLIENT_SECRET": CLIENT_SECRET}
GUEST = {"LENDING_GUEST_ID": "library-basic", "LENDING_GUEST_SECRET": CLIENT_SECRET}
MACHINE = {"LENDING_MACHINE_ID": "library-post", "LENDING_MACHINE_SECRET": CLIENT_SECRET}


@pytest.fixture
def project(tmp_path: Path, oidc: Server) -> Project:
    made = Project(tmp_path, "lending", SPEC)
    made.env["LENDING_PORT"] = str(oidc.port)
    return made


def log_in(project: Project, scheme: str, **env: str) -> str:
    process = project.start("auth", "login", "lending", "--paste", "--scheme", scheme, **env)
    back = browse(url_in(process.stdout), REDIRECT)
    out, err = process.communicate(f"{REDIRECT}?{urlencode(back)}\n", timeout=30)
    assert process.returncode == 0, err
    return out


class TestSeveral:
    def test_which_login_is_meant(self, project: Project) -> None:
        code, text = project.run("auth", "login", "lending")
        assert (code, text) == (
            2,
            "error: lending: which one? --scheme reader, --scheme guest\n",
        )
        code, text = project.run("auth", "login", "lending", "--scheme", "machine")
        assert (code, text) == (
            2,
            "error: lending: 'machine' is none of them: --scheme reader, --scheme guest\n",
        )
        log_in(project, "guest", **GUEST)
        log_in(project, "reader", **READER)
        _, text = project.run("auth", "status")
        assert "lending (live, guest): logged in" in text
        assert "lending (live, reader): logged in as ada" in text
        _, text = project.run("auth", "logout", "lending", "--scheme", "guest")
        assert text == "Dropped 1 token of lending.\n"
        assert "(live, reader)" in project.run("auth", "status", "lending")[1]

    def test_each_that_can_be_used_is_proven(self, project: Project) -> None:
        code, text = project.run("auth", "check", "lending", **READER, **MACHINE)
        assert (code, text) == (
            0,
            "reader was not tried: nobody is logged in:"
            " callwright auth login lending --scheme reader.\n"
            "guest was not tried: LENDING_GUEST_ID, LENDING_GUEST_SECRET are not set.\n"
            "Lending takes the credentials of machine (GET /api/books: 200).\n",
        )
        log_in(project, "reader", **READER)
        code, text = project.run("auth", "check", "lending", **READER, **MACHINE)
        assert code == 0
        assert "takes the credentials of reader" in text
        assert "takes the credentials of machine" in text
        assert "staff" not in text

    def test_one_that_is_refused_does_not_hide_the_others(self, project: Project) -> None:
        log_in(project, "guest", **GUEST)
        wrong = MACHINE | {"LENDING_MACHINE_SECRET": "wrong-secret-0815"}
        code, text = project.run("auth", "check", "lending", **GUEST, **wrong)
        assert code == 1
        assert "Lending takes the credentials of guest" in text
        assert "error: machine: lending: no token: " in text
        assert "invalid_client" in text
        assert "wrong-secret-0815" not in text
        dead = {"LENDING_PORT": str(free_port())}
        assert project.run("auth", "check", "lending", **MACHINE, **dead)[0] == 3

    def test_none_that_can_be_used(self, project: Project) -> None:
        code, text = project.run("auth", "check", "lending", **READER)
        assert (code, text) == (
            2,
            "error: lending, environment live: none of its schemes can be used yet"
            " (--env-file names a file of variables):\n"
            "  reader   nobody is logged in: callwright auth login lending --scheme reader\n"
            "  guest    LENDING_GUEST_ID, LENDING_GUEST_SECRET are not set\n"
            "  machine  LENDING_MACHINE_ID, LENDING_MACHINE_SECRET are not set\n",
        )

    def test_the_one_that_is_named(self, project: Project) -> None:
        both = {**READER, **MACHINE}
        code, text = project.run("auth", "check", "lending", "--scheme", "machine", **both)
        assert (code, text) == (
            0,
            "Lending takes the credentials of machine (GET /api/books: 200).\n",
        )
        code, text = project.run("auth", "check", "lending", "--scheme", "reader", **both)
        assert code == 3
        assert "or callwright auth login lending --scheme reader)" in text
        code, text = project.run("auth", "check", "lending", "--scheme", "guest", **both)
        assert code == 2
        assert "set these first (or name a file with --env-file)" in text
        assert "LENDING_GUEST_SECRET" in text
        code, text = project.run("auth", "check", "lending", "--scheme", "robot", **both)
        assert (code, text) == (
            2,
            "error: lending: 'robot' is none of them:"
            " --scheme reader, --scheme guest, --scheme machine, --scheme staff\n",
        )
        _, text = project.run("auth", "check", "lending", "--scheme", "machin", **both)
        assert "'machin' is none of them (did you mean machine?): --scheme reader" in text
        given = {"LENDING_STAFF_TOKEN": "staff-secret-0815"}
        code, text = project.run("auth", "check", "lending", "--scheme", "staff", **given)
        assert code == 1
        assert "list_books: 401" in text
        assert "staff-secret-0815" not in text

    def test_a_call_with_a_scheme_of_its_own(self, project: Project) -> None:
        text = project.spec.read_text()
        project.spec.write_text(
            text.replace("{path: /api/books,", "{path: /api/books, auth: machine,")
        )
        code, said = project.run("auth", "check", "lending", **MACHINE, **READER)
        assert (code, said) == (
            0,
            "Lending takes the credentials of machine (GET /api/books: 200).\n",
        )
        given = {"LENDING_STAFF_TOKEN": "staff-secret-0815"}
        code, said = project.run("auth", "check", "lending", "--scheme", "staff", **given)
        assert code == 1
        assert "(list_books is a call that the spec sends with machine)" in said


def test_a_connector_without_schemes(tmp_path: Path, oidc: Server) -> None:
    head, _, _ = SPEC.partition("auth:\n")
    more = "auth: none\ncredentials: {key: {}}\ncheck: books\n"
    calls = "calls:\n  books: {path: '/.well-known/${key}', samples: {all: {}}}\n"
    project = Project(tmp_path, "lending", head + more + calls)
    given = {"LENDING_PORT": str(oidc.port), "LENDING_KEY": "openid-configuration"}
    code, text = project.run("auth", "check", "lending", **given)
    assert (code, text) == (
        0,
        "Lending takes the credentials (GET /.well-known/${key}: 200).\n",
    )
    code, text = project.run("auth", "check", "lending", **given | {"LENDING_KEY": "key-0815"})
    assert (code, "404" in text, "key-0815" in text) == (1, True, False), text
    code, text = project.run("auth", "check", "lending", "--scheme", "key", **given)
    assert (code, text) == (
        2,
        "error: lending has no schemes to choose from: its auth is none\n",
    )


def test_custom_code_is_asked_for_only_where_it_is_used(tmp_path: Path, oidc: Server) -> None:
    head, _, _ = SPEC.partition("auth:\n")
    auth = (
        "auth:\n  key: {type: api_key, send: {header: X-Key}}\n  own: {type: custom, name: mine}\n"
    )
    calls = "calls:\n  books: {path: /.well-known/openid-configuration, samples: {all: {}}}\n"
    project = Project(tmp_path, "lending", f"{head}{auth}check: books\n{calls}")
    given = {"LENDING_PORT": str(oidc.port), "LENDING_API_KEY": "key-secret-0815"}
    code, text = project.run("auth", "check", "lending", "--scheme", "key", **given)
    assert (code, "takes the credentials of key" in text) == (0, True), text
    code, text = project.run("auth", "check", "lending", "--scheme", "own", **given)
    assert (code, "name a factory in callwright.toml" in text) == (2, True), text
    code, text = project.run("auth", "check", "lending", **given)
    assert (code, text) == (
        0,
        "Lending takes the credentials of key (GET /.well-known/openid-configuration: 200).\n"
        "own was not tried: callwright.toml names no factory for mine ([custom_auth]).\n",
    )
