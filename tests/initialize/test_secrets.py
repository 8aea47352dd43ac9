"""What is secret and what is not, from a provider's response to the captures and classes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from callwright.cli import cli
from tests.initialize.support import Project, Provider, Seen, answer

PING = "ping: {path: /ping, samples: {x: {}}}\n"
BASIC = "auth: {type: basic}\n"
KEY = "auth: {type: api_key, send: {header: X-Key}}\n"
NAME, SECRET = "ada-lovelace", "hunter2-zebra-9"


def stored(project: Project) -> str:
    folder = project.folder / "captures"
    return "\n".join(path.read_text() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("secret", [None, False, True])
def test_a_user_name_is_a_secret_only_where_the_spec_says_so(
    project: Project, provider: Provider, secret: bool | None
) -> None:
    declared = (
        "" if secret is None else f"credentials: {{username: {{secret: {str(secret).lower()}}}}}\n"
    )
    project.spec("ping: {path: '/ping/${username}', samples: {x: {}}}\n", head=declared + BASIC)
    project.environ |= {"ACME_USERNAME": NAME, "ACME_PASSWORD": SECRET}
    body = {NAME: {"owner": NAME, "note": f"{NAME}:{SECRET}"}}
    provider.answers[f"GET /ping/{NAME}"] = answer(body)
    result = project.run()
    assert result.exit_code == 0, result.output
    assert SECRET not in stored(project) + result.output
    assert (NAME in stored(project)) is not secret
    assert (f"/ping/{NAME}" in result.output) is not secret
    assert ("has a key that is a secret" in result.output) is bool(secret)


def test_no_class_is_named_after_a_secret_and_its_name_stays(
    project: Project, provider: Provider
) -> None:
    project.environ |= {"ACME_API_KEY": SECRET}
    project.spec(PING, head=KEY)
    provider.answers["GET /ping"] = answer({"keys": {SECRET: {"uses": 3}, "team": {"uses": 1}}})
    result = project.run()
    assert "$.keys has a key that is a secret, stored as redacted_key" in result.output
    assert 'response: {fields: {"$.keys": {type: map}}}' in result.output
    first = stored(project)
    lock = generated(project)
    project.environ |= {"ACME_API_KEY": "another-zebra-7"}
    provider.answers["GET /ping"] = answer(
        {"keys": {"another-zebra-7": {"uses": 3}, "team": {"uses": 1}}}
    )
    assert project.run("--all").exit_code == 0
    assert json.loads(first.partition("\n\n")[0]) == json.loads(
        stored(project).partition("\n\n")[0]
    )
    assert generated(project) == lock
    assert "zebra" not in lock + stored(project)
    project.spec(
        "ping: {path: /ping, response: {fields: {'$.keys': {type: map}}}, samples: {x: {}}}\n",
        head=KEY,
    )
    assert "redacted" not in generated(project)


def generated(project: Project) -> str:
    """The lock of names and the models, after generating."""
    done = CliRunner(env=project.environ).invoke(cli, ["generate"])
    assert done.exit_code == 0, done.output
    package = project.root / "generated" / "acme"
    texts = [path.read_text() for path in sorted(package.glob("models*.py"))]
    return "\n".join([(project.folder / "names.lock").read_text(), *texts])


@pytest.mark.parametrize("secret", ["abc12", "testing"])
def test_a_credential_that_text_cannot_hide_is_told(
    project: Project, provider: Provider, secret: str
) -> None:
    project.environ |= {"ACME_API_KEY": secret}
    project.spec(PING, head=KEY)
    provider.answers["GET /ping"] = answer({"note": f"only {secret}", "api_key": secret})
    result = project.run()
    assert "warning: api_key is shorter than 6 characters or an ordinary word" in result.stderr
    body = json.loads((project.folder / "captures/ping/x.200.json").read_text())
    assert body == {"note": f"only {secret}", "api_key": "redacted_api_key"}


def test_every_token_of_the_client_is_taken_out(project: Project, provider: Provider) -> None:
    url = f"http://127.0.0.1:{provider.port}"
    project.environ |= {"ACME_CLIENT_ID": "the-client", "ACME_CLIENT_SECRET": SECRET}
    project.spec(
        PING,
        head=f"auth: {{type: oauth2, flow: client_credentials, token_url: '{url}/token'}}\n",
    )
    tokens = {"access_token": "acc-4d5e6f-x", "refresh_token": "ref-7g8h9i-x", "expires_in": 60}
    provider.answers["POST /token"] = answer(tokens)
    provider.answers["GET /ping"] = answer(
        {"a": f"{SECRET} ref-7g8h9i-x acc-4d5e6f-x", "id": "the-client"}
    )
    result = project.run()
    assert result.exit_code == 0, result.output
    shown = stored(project) + result.output
    assert not any(text in shown for text in (SECRET, "ref-7g8h9i-x", "acc-4d5e6f-x"))
    assert "the-client" in shown


def test_tokens_in_fragments_of_addresses_are_taken_out(
    project: Project, provider: Provider
) -> None:
    link = "https://h.example/cb#access_token=zxcv-1&state=5"
    project.spec("ping: {path: /ping, response: {type: text}, samples: {x: {}}}\n")
    body = f'<script>x = "{link}".replace("\\u0023id_token\\u003dzxcv-1", "")</script>'
    provider.answers["GET /ping"] = (
        200,
        {"Content-Type": "text/plain", "Location": link},
        body.encode(),
    )
    result = project.run()
    assert result.exit_code == 0, result.output
    assert "zxcv-1" not in stored(project)
    assert "state=5" in stored(project)


@pytest.mark.parametrize("command", ["initialize", "generate", "check"])
@pytest.mark.parametrize(
    "head",
    [
        "title: 'sk_{}_4eC39HqLyjWDarjtT1zdp7dc'\nauth: none\n".format("live"),
        "auth: {type: bearer, token: zebra-literal}\n",
        "auth: {type: basic, username: '${username}', password: zebra-literal}\n",
        "docs_url: 'https://ada:zebra-literal@h.example'\nauth: none\n",
    ],
)
def test_a_secret_in_a_spec_is_refused_by_every_command(
    project: Project, provider: Provider, command: str, head: str
) -> None:
    project.spec(PING, head=head)
    provider.answers["GET /ping"] = answer({})
    done = CliRunner(env=project.environ).invoke(cli, [command])
    assert done.exit_code == 2
    assert "error[secret-literal]" in done.output
    assert "zebra-literal" not in done.output
    assert "4eC39" not in done.output
    assert provider.seen == []


@pytest.mark.parametrize("url", ["https://ada:pw-zebra@h.example/v1", "https://ada@h.example"])
def test_a_new_connector_takes_no_password_in_its_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["new", "acme", "--base-url", url])
    assert done.exit_code == 2
    assert "auth: {type: basic}" in done.output
    assert "zebra" not in done.output
    assert not list(tmp_path.rglob("connector.yaml"))


def test_an_unexpected_text_is_redacted_before_it_is_cut(
    project: Project, provider: Provider
) -> None:
    project.environ |= {"ACME_API_KEY": SECRET * 3}
    project.spec(PING, head=KEY)

    def page(seen: Seen) -> tuple[int, dict[str, str], bytes]:
        return 500, {"Content-Type": "text/plain"}, f"{'x' * 150} {seen.headers['X-Key']}".encode()

    provider.answers["GET /ping"] = page
    assert SECRET[:8] not in project.run().output
