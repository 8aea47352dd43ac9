"""`callwright auth` as a developer uses it, against oidc-provider and other real servers."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from callwright.errors import InitializeError, SpecError
from callwright.initialize.credentials.login import Logins
from callwright.initialize.credentials.loopback import Listener, local_target
from callwright.runtime.auth.token_store import FileTokenStore, Token
from tests.auth.project import Project, url_in
from tests.auth.provider import Reply, serving
from tests.servers.browser import browse
from tests.servers.process import Server, free_port


@pytest.fixture
def project(tmp_path: Path, oidc: Server) -> Project:
    made = Project(tmp_path, "oidc")
    made.spec.write_text(made.spec.read_text().replace("check: list_books", "check: me"))
    made.env |= oidc.environment()
    return made


@pytest.mark.servers
@pytest.mark.xdist_group("auth")
class TestLogin:
    def test_log_in_use_and_log_out(self, project: Project, oidc: Server) -> None:
        port = free_port()
        process = project.start("auth", "login", "oidc", "--port", str(port))
        url = url_in(process.stderr)
        target = f"http://127.0.0.1:{port}/callback"
        back = browse(url, target)
        # a stranger's answer is turned away, and the real one still taken
        forged = httpx.get(target, params={"code": "evil", "state": "guess"})
        assert (forged.status_code, "another sign-in" in forged.text) == (400, True)
        assert httpx.get(f"http://127.0.0.1:{port}/favicon.ico").status_code == 404
        done = httpx.get(target, params=back)
        assert "go back to the terminal" in done.text
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
        assert out.startswith("Logged in to Library Login as ada@library.example; until 20")
        assert "renewed by itself" in out

        code, status = project.run("auth", "status")
        assert code == 0
        assert status.startswith("oidc (live, person): logged in as ada@library.example, until")
        (file,) = (project.folder / "state" / "callwright" / "tokens").glob("*.json")
        assert file.stat().st_mode & 0o777 == 0o600
        token = re.findall(r'access_token\\": \\"([^"\\]+)', file.read_text())[0]
        assert token not in out + err + status

        code, text = project.run("auth", "check", "oidc")
        assert (code, text) == (
            0,
            "Library Login takes the credentials of person (GET /me: 200).\n",
        )
        code, text = project.run("initialize", "oidc.me")
        assert code == 0, text
        captures = list((project.folder / "specs" / "oidc" / "captures" / "me").iterdir())
        assert len(captures) == 2
        assert all(token not in c.read_text() for c in captures)

        assert project.run("auth", "logout", "oidc", "--environment", "other")[1].startswith(
            "Dropped 0 tokens"
        )
        assert project.run("auth", "logout", "oidc") == (0, "Dropped 1 token of oidc.\n")
        assert project.run("auth", "status", "oidc") == (1, "Nobody is logged in to oidc.\n")
        code, text = project.run("auth", "check", "oidc")
        assert code == 3
        assert "callwright auth login oidc" in text

    def test_pasting_the_address(self, project: Project) -> None:
        process = project.start("auth", "login", "oidc", "--paste", "--subject", "ann")
        url = url_in(process.stdout)
        back = browse(url, "http://127.0.0.1:8765/callback")
        address = f"http://127.0.0.1:8765/callback?{urlencode(back)}\n"
        out, err = process.communicate(address, timeout=30)
        assert process.returncode == 0, err
        assert "Logged in to Library Login as ada@library.example" in out
        assert "oidc (live, person) for ann: logged in" in project.run("auth", "status")[1]

    def test_a_registered_address_without_a_port(self, project: Project) -> None:
        uri = "http://127.0.0.1/callback"
        process = project.start("auth", "login", "oidc", "--redirect-uri", uri)
        url = url_in(process.stderr)
        (target,) = parse_qs(urlsplit(url).query)["redirect_uri"]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", target)
        httpx.get(target, params=browse(url, target))
        _, err = process.communicate(timeout=30)
        assert process.returncode == 0, err

    def test_pasting_another_ones_address(self, project: Project) -> None:
        address = "http://127.0.0.1:8765/callback?code=c&state=wrong\n"
        code, text = project.run("auth", "login", "oidc", "--paste", stdin=address)
        assert code == 3
        assert "belongs to another sign-in" in text

    def test_a_refusal_of_the_user(self, project: Project) -> None:
        process = project.start("auth", "login", "oidc", "--paste")
        url = url_in(process.stdout)
        state = re.findall(r"[?&]state=([^&]+)", url)[0]
        answer = f"?error=access_denied&error_description=no&state={state}\n"
        _, err = process.communicate(answer, timeout=30)
        assert process.returncode == 3
        assert "the provider refused the sign-in: access_denied: no" in err

    def test_nobody_comes(self, project: Project) -> None:
        code, text = project.run("auth", "login", "oidc", "--timeout", "1", "--no-browser")
        assert code == 3
        assert "nobody came back within 1 s" in text

    def test_interrupting(self, project: Project) -> None:
        process = project.start("auth", "login", "oidc", "--no-browser")
        url_in(process.stderr)
        process.send_signal(2)
        assert process.wait(20) == 130
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()

    def test_what_is_missing_is_told(self, project: Project) -> None:
        del project.env["OIDC_CLIENT_ID"]
        code, text = project.run("auth", "login", "oidc", "--no-browser")
        assert code == 2
        assert "client_id (or OIDC_CLIENT_ID in the environment)" in text
        file = project.folder / "my.env"
        file.write_text("OIDC_CLIENT_ID=library-post\n")
        code, text = project.run(
            "auth", "login", "oidc", "--no-browser", "--env-file", str(file), "--timeout", "1"
        )
        assert code == 3

    def test_a_wrong_secret(self, project: Project) -> None:
        project.spec.write_text(project.spec.read_text().replace("check: me", "check: list_books"))
        code, text = project.run("auth", "check", "oidc")
        assert code == 0, text
        code, text = project.run("auth", "check", "oidc", OIDC_CLIENT_SECRET="wrong-secret")
        assert code == 1
        assert "invalid_client" in text
        assert "wrong-secret" not in text


@pytest.mark.servers
@pytest.mark.xdist_group("auth")
@pytest.mark.parametrize(
    ("server", "connector", "variable"),
    [
        ("kinto", "kinto", "KINTO_PASSWORD"),
        ("influxdb", "influxdb", "INFLUXDB_PASSWORD"),
        ("syncthing", "syncthing", "SYNCTHING_API_KEY"),
        ("pdns", "powerdns", "POWERDNS_API_KEY"),
        ("synapse", "synapse", "SYNAPSE_PASSWORD"),
        ("etcd", "etcd", "ETCD_PASSWORD"),
        ("prometheus_basic", "prometheus", "PROMETHEUS_PASSWORD"),
    ],
)
def test_the_committed_specs_name_a_call_that_proves_credentials(
    server: str, connector: str, variable: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    running: Server = request.getfixturevalue(server)
    project = Project(tmp_path, connector)
    given = running.environment(connector)
    code, text = project.run("auth", "check", connector, **given)
    assert (code, "takes the credentials" in text) == (0, True), text
    code, text = project.run("auth", "check", connector, **given | {variable: "wrong-secret-0815"})
    assert code == 1
    assert "wrong-secret-0815" not in text


@pytest.mark.servers
@pytest.mark.xdist_group("auth")
def test_check_without_tokens(tmp_path: Path, jupyter: Server) -> None:
    project = Project(tmp_path, "jupyter")
    spec = project.spec.read_text()
    given = jupyter.environment()
    code, text = project.run("auth", "check", "jupyter", **given)
    assert code == 0, text
    code, text = project.run(
        "auth", "check", "jupyter", **given | {"JUPYTER_TOKEN": "wrong-secret"}
    )
    assert code == 1
    assert "403" in text
    assert "wrong-secret" not in text
    dead = given | {"JUPYTER_PORT": str(free_port())}
    assert project.run("auth", "check", "jupyter", **dead)[0] == 3
    code, text = project.run("auth", "check", "jupyter", JUPYTER_PORT=given["JUPYTER_PORT"])
    assert code == 2
    assert "JUPYTER_TOKEN" in text
    code, text = project.run("auth", "login", "jupyter")
    assert code == 2
    assert "flow: authorization_code" in text
    project.spec.write_text(re.sub(r"(?m)^check: .*\n", "", spec))
    code, text = project.run("auth", "check", "jupyter", **given)
    assert code == 2
    assert "add check: CALL, a cheap one of " in text


def test_help_imports_little() -> None:
    script = "import sys; import callwright.cli.auth; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("uri", "port", "expected"),
    [
        (None, None, (0, "/callback")),
        (None, 8000, (8000, "/callback")),
        ("http://127.0.0.1/back", None, (0, "/back")),
        ("http://127.0.0.1/back", 8000, (8000, "/back")),
        ("http://localhost:8080", None, (8080, "/")),
    ],
)
def test_where_to_listen(uri: str | None, port: int | None, expected: tuple[int, str]) -> None:
    assert local_target(uri, port) == expected


@pytest.mark.parametrize(
    ("uri", "port", "problem"),
    [
        ("https://acme.example/callback", None, "add --paste"),
        ("http://127.0.0.1:8000/x", 9000, "does not fit"),
        ("http://localhost/x", None, "names no port"),
    ],
)
def test_where_nobody_can_listen(uri: str, port: int | None, problem: str) -> None:
    with pytest.raises(SpecError, match=problem):
        local_target(uri, port)


def test_a_taken_port_is_told() -> None:
    with Listener("s") as one, pytest.raises(InitializeError, match="give another --port"):
        Listener("s", port=one.port)


def test_an_idle_connection_does_not_hold_the_listener_up() -> None:
    import socket

    with Listener("s-1") as listener, socket.create_connection(("127.0.0.1", listener.port)):
        url = f"http://127.0.0.1:{listener.port}/callback?code=c&state=s-1"
        thread = threading.Thread(target=lambda: httpx.get(url))
        thread.start()
        assert listener.wait(5) == "code=c&state=s-1"
        thread.join()


PEOPLE = """\
callwright: 1
name: acme
base_url: {url}
auth:
  type: oauth2
  flow: authorization_code
  authorization_url: {url}/authorize
  token_url: {url}/token
  profile: {{path: /me, id_path: $.id}}
calls:
  data: {{path: /data, response: {{untyped: true}}, samples: {{one: {{}}}}}}
"""
CLIENT = {"ACME_CLIENT_ID": "app", "ACME_CLIENT_SECRET": "cs-secret"}


@pytest.mark.parametrize("state", ["", "&state=another"])
def test_a_refusal_without_the_state_ends_the_login(tmp_path: Path, state: str) -> None:
    project = Project(tmp_path, "acme", PEOPLE.format(url="http://127.0.0.1:9"))
    process = project.start("auth", "login", "acme", "--no-browser", **CLIENT)
    (target,) = parse_qs(urlsplit(url_in(process.stderr)).query)["redirect_uri"]
    assert httpx.get(f"{target}?code=c&state=another").status_code == 400  # waited past
    page = httpx.get(f"{target}?error=access_denied&error_description=%3Cb%3Eno{state}")
    assert page.status_code == 400
    assert "access_denied: &lt;b&gt;no" in page.text
    _, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "access_denied: <b>no" in err


def test_a_profile_that_fails_does_not_undo_a_login(tmp_path: Path) -> None:
    with serving() as provider:
        project = Project(tmp_path, "acme", PEOPLE.format(url=provider.url))
        process = project.start("auth", "login", "acme", "--paste", **CLIENT)
        state = parse_qs(urlsplit(url_in(process.stdout)).query)["state"][0]
        provider.replies = [
            Reply(200, {"access_token": "tok-1", "expires_in": 3600}),
            Reply(401, {"message": "scope missing"}),
        ]
        out, err = process.communicate(f"?code=c&state={state}\n", timeout=30)
        assert process.returncode == 0, err
        assert "warning: logged in, but" in err
        assert "401: scope missing" in err
        assert "Logged in to Acme; until" in out
        assert "acme (live, default): logged in, until" in project.run("auth", "status")[1]


MACHINE = """\
callwright: 1
name: acme
base_url: {url}
auth: {{{auth}}}
calls:
  one: {{path: /data, response: {{untyped: true}}, samples: {{basic: {{}}}}}}
  two: {{path: /data/2, response: {{untyped: true}}, samples: {{basic: {{}}}}}}
"""


def test_a_refused_login_is_tried_once_and_explained(tmp_path: Path) -> None:
    with serving() as provider:
        provider.replies = [Reply(401, {"message": "no user ann-secret"})] * 9
        auth = "type: custom_token, request: {url: /login, basic: {}}"
        project = Project(tmp_path, "acme", MACHINE.format(url=provider.url, auth=auth))
        given = {"ACME_USERNAME": "ann-secret", "ACME_PASSWORD": "pw-secret"}
        code, text = project.run("initialize", "acme", "--all", **given)
        assert code
        assert (
            f"{provider.url}/login answered 401: no user ann-secret; check the credentials" in text
        )
        assert "pw-secret" not in text
        assert len(provider.token_requests) == 1
        assert provider.data_requests == []


@pytest.mark.parametrize("status", [302, 503])
def test_a_token_endpoint_that_fails_blames_no_credentials(tmp_path: Path, status: int) -> None:
    with serving() as provider:
        provider.replies = [Reply(status, {"message": "try later"})]
        auth = "type: custom_token, request: {url: /login, basic: {}}"
        project = Project(tmp_path, "acme", MACHINE.format(url=provider.url, auth=auth))
        given = {"ACME_USERNAME": "ann", "ACME_PASSWORD": "pw-secret"}
        code, text = project.run("initialize", "acme", "--all", **given)
        assert code == 3
        assert f"/login answered {status}" in text
        assert "check the credentials" not in text


def test_a_digest_challenge_that_is_not_supported_blames_no_credentials(tmp_path: Path) -> None:
    with serving() as provider:
        challenge = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth-int"'}
        provider.answer = lambda r: Reply(401, {}, challenge)  # type: ignore[method-assign]
        project = Project(tmp_path, "acme", MACHINE.format(url=provider.url, auth="type: digest"))
        given = {"ACME_USERNAME": "ann-secret", "ACME_PASSWORD": "pw-secret"}
        code, text = project.run("initialize", "acme", "--all", **given)
        assert code
        assert "qop auth-int, not auth" in text
        assert "check" not in text


def test_only_new_logins_are_written_to_files(tmp_path: Path) -> None:
    FileTokenStore(tmp_path).set("login", Token("a"))
    store = Logins(tmp_path)
    store.set("login", Token("b"))
    store.set("machine", Token("m"))
    assert [k for k, _ in FileTokenStore(tmp_path).items()] == ["login"]
    for key, token in (("login", "b"), ("machine", "m")):
        found = store.get(key)
        assert found is not None
        assert found.access_token == token
        unlock = store.try_lock(key)
        assert unlock is not None
        assert store.try_lock(key) is None
        unlock()
        store.delete(key)
        assert store.get(key) is None
