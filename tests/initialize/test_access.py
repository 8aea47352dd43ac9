"""What calls are sent with: the address of a server that users host, credentials as people have them, and proxies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.initialize.support import Project, Provider, answer

ME = "me:\n  path: /me\n  samples: {basic: {}}\n"
HOSTED = "base_url: {required: true, example: 'https://grafana.example'}\n"
KEY = "auth: {type: api_key, send: {header: X-Key}}\n"


def hosted(project: Project, head: str = "auth: {type: bearer}\n") -> None:
    project.folder.mkdir(parents=True, exist_ok=True)
    calls = "".join(f"  {line}\n" for line in ME.splitlines())
    (project.folder / "connector.yaml").write_text(
        f"callwright: 1\nname: acme\n{HOSTED}{head}calls:\n{calls}"
    )
    project.environ["ACME_TOKEN"] = "t-123456"


def test_the_address_of_a_hosted_server_comes_from_the_environment(
    project: Project, provider: Provider, tmp_path: Path
) -> None:
    provider.answers["GET /api/me"] = answer({"id": 1})
    hosted(project)
    env = tmp_path / ".env"
    env.write_text(f"ACME_BASE_URL=http://127.0.0.1:{provider.port}/api/\n")
    result = project.run("--env-file", str(env))
    assert result.exit_code == 0, result.output
    assert provider.paths() == ["GET /api/me"]
    assert "me.basic  GET /me\n" in result.output
    assert list(project.captures()) == ["me/basic.200.json"]
    # another address makes no capture stale
    project.environ["ACME_BASE_URL"] = f"http://localhost:{provider.port}/other"
    assert project.run().exit_code == 0
    assert provider.paths() == ["GET /api/me"]


def test_without_an_address_nothing_is_sent_and_the_variable_is_named(
    project: Project, provider: Provider
) -> None:
    hosted(project)
    result = project.run()
    assert (result.exit_code, provider.seen) == (2, [])
    assert (
        "ACME_BASE_URL  the address of your server, like https://grafana.example" in result.output
    )


@pytest.mark.parametrize("allowed", [False, True])
def test_plain_http_to_another_machine_names_the_key_that_permits_it(
    project: Project, allowed: bool
) -> None:
    # an address of RFC 5737, to which nothing is ever sent
    project.environ["ACME_BASE_URL"] = "http://192.0.2.5:8123"
    head = "timeout: {connect: 0.01}\nretry: {attempts: 1}\nauth: {type: bearer}\n"
    hosted(project, head + ("allow_insecure: true\n" if allowed else ""))
    result = project.run()
    assert result.exit_code == (3 if allowed else 2), result.output
    assert ("allow_insecure: true" in result.output) is not allowed


def test_plain_http_in_the_spec_is_refused_before_anything_is_sent(
    project: Project, provider: Provider
) -> None:
    project.environ["ACME_API_KEY"] = "k-123456"
    project.spec("a: {path: /a, samples: {basic: {}}}\n" + ME.replace("path: /me", "path: /me\n  base_url: http://192.0.2.5"), KEY)  # fmt: skip
    result = project.run()
    assert (result.exit_code, provider.seen) == (2, [])
    assert "allow_insecure: true" in result.output
    assert "calls.me.samples.basic" in result.output


@pytest.mark.parametrize(
    ("head", "value"),
    [
        (KEY, "\u201chush-1234\u201d"),
        (KEY, "hush-1234\nX: y"),
        ("auth: {type: api_key, send: {cookie: sid}}\n", "hush-1234; a=b"),
        ("auth: {type: api_key, send: {header: Authorization, prefix: 'Bearer '}}\n", "Bearer hush-1234"),
    ],
)  # fmt: skip
def test_a_credential_that_cannot_be_sent_names_its_variable(
    project: Project, provider: Provider, head: str, value: str
) -> None:
    project.environ["ACME_API_KEY"] = value
    project.spec(ME, head)
    result = project.run()
    assert (result.exit_code, provider.seen) == (2, [])
    assert "ACME_API_KEY" in result.output
    assert "hush" not in result.output


def test_white_space_around_a_credential_is_not_sent(project: Project, provider: Provider) -> None:
    provider.answers["GET /me"] = answer({"echo": "hush-1234-hush"})
    project.environ["ACME_API_KEY"] = " hush-1234-hush\n"
    project.spec(ME, KEY)
    result = project.run()
    assert result.exit_code == 0, result.output
    assert provider.seen[0].headers["x-key"] == "hush-1234-hush"
    assert "hush" not in project.everything_written() + result.output


def test_white_space_around_a_secret_argument_or_a_variable_is_not_sent(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /acme/me?pin=1234"] = answer({"id": 1})
    project.environ |= {"ACME_PIN": "1234\n", "ACME_TENANT": " acme\n"}
    project.spec(
        "me:\n  path: '/${tenant}/me'\n  query: {pin: {secret: true}}\n"
        "  samples: {basic: {args: {pin: {env: ACME_PIN}}}}\n",
        "auth: none\nvariables: {tenant: {required: true}}\n",
    )
    result = project.run()
    assert result.exit_code == 0, result.output
    assert provider.paths() == ["GET /acme/me?pin=1234"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks://joe:pr0xy-pass@127.0.0.1:1080"),
        ("https_proxy", "http://joe:pr0xy-pass@p:x"),
        ("SSL_CERT_FILE", "missing.pem"),
        ("SSL_CERT_DIR", "missing"),
    ],
)
def test_an_environment_that_no_connection_can_use_is_told_by_its_variable(
    project: Project, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    project.environ[variable] = value
    project.spec(ME)
    text = (project.folder / "connector.yaml").read_text()
    (project.folder / "connector.yaml").write_text(
        text.replace(f"http://127.0.0.1:{project.provider.port}", "https://api.acme.example")
    )
    result = project.run()
    assert result.exit_code == 2, result.output
    assert variable in result.output
    assert "pr0xy-pass" not in result.output


def test_an_optional_variable_is_wanted_only_by_calls_whose_url_has_it(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /me"] = answer({"id": 1})
    provider.answers["GET /eu/there"] = answer({"id": 2})
    there = "there:\n  path: '/${region}/there'\n  samples: {basic: {}}\n"
    project.spec(ME + there, "auth: none\nvariables: {region: {description: Like eu.}}\n")
    result = project.run()
    assert (result.exit_code, provider.seen) == (2, [])
    assert "ACME_REGION  variable region: Like eu." in result.output
    assert project.run("acme.me").exit_code == 0
    project.environ["ACME_REGION"] = "eu"
    assert project.run().exit_code == 0
    assert provider.paths() == ["GET /me", "GET /eu/there"]


def test_a_variable_that_the_login_fills_is_not_wanted(
    project: Project, provider: Provider
) -> None:
    own = f"http://127.0.0.1:{provider.port}/own"
    provider.answers["POST /login"] = answer({"access_token": "t-123456", "instance_url": own})
    provider.answers["GET /own/me"] = answer({"id": 1})
    head = (
        "variables: {instance_url: {pattern: '^http://127\\.0\\.0\\.1:[0-9]+/own$'}}\n"
        "auth:\n  type: custom_token\n  request: {url: /login, json: {app: one}}\n"
        "  save: {instance_url: $.instance_url}\n"
    )
    project.spec(ME.replace("path:", "base_url: '${instance_url}'\n  path:"), head)
    result = project.run()
    assert result.exit_code == 0, result.output
    assert provider.paths() == ["POST /login", "GET /own/me"]
