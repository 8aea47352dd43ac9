"""Captures of a spec that has changed since: check says so, and initialize sends their samples again."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from callwright.cli import cli
from tests.initialize.support import Project, Provider, answer

KEY = "auth: {type: api_key, send: {header: X-Key}}\n"


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


def write(project: Project, provider: Provider, text: str) -> None:
    """A spec of one call; BASE stands for the provider's origin."""
    project.folder.mkdir(parents=True, exist_ok=True)
    text = text.replace("BASE", f"http://127.0.0.1:{provider.port}")
    (project.folder / "connector.yaml").write_text(f"callwright: 1\nname: acme\n{text}")


def spec(
    base: str = "BASE/v1", auth: str = "auth: none\n", environments: str = "", call: str = ""
) -> str:
    calls = f"calls:\n  ping: {{path: /ping, {call}samples: {{x: {{}}}}}}\n"
    return f"base_url: {base}\n{environments}{auth}{calls}"


DEVELOPMENT = "environments: {development: {base_url: 'BASE/dev/v%d'}}\n"


@pytest.fixture
def captured(project: Project, provider: Provider) -> Project:
    for path in ("/v1", "/v2", "/dev/v1", "/dev/v2"):
        provider.answers[f"GET {path}/ping"] = answer({"id": 1})
    project.environ |= {"ACME_API_KEY": "key-of-acme", "ACME_TOKEN": "key-of-acme"}
    project.environ |= {"ACME_DEVELOPMENT_API_KEY": "key-of-acme", "ACME_VERSION": "v1"}
    return project


@pytest.mark.parametrize(
    ("before", "after", "path", "said"),
    [
        (spec(), spec("BASE/v2"), "/v2/ping", "the path of base_url (/v1 → /v2)"),
        (spec(), spec(call="base_url: BASE/v2, "), "/v2/ping", "the path of base_url (/v1 → /v2)"),
        (
            spec(environments=DEVELOPMENT % 1),
            spec(environments=DEVELOPMENT % 2),
            "/dev/v2/ping",
            "the path of base_url (/dev/v1 → /dev/v2)",
        ),
        (
            spec("'BASE/${version}'", environments="variables: {version: {required: true}}\n"),
            spec("BASE/v1"),
            "/v1/ping",
            "the path of base_url (/${version} → /v1)",
        ),
        (spec(auth=KEY), spec(auth=KEY.replace("X-Key", "X-Api-Key")), "/v1/ping", "the authentication"),
        (spec(auth=KEY), spec(auth=KEY.replace("header", "query")), "/v1/ping?X-Key=key-of-acme", "the authentication"),
        (spec(auth=KEY), spec(auth=KEY.replace("}}", ", prefix: 'Token '}}")), "/v1/ping", "the authentication"),
        (spec(auth=KEY), spec(auth="auth: {type: bearer}\n"), "/v1/ping", "the authentication"),
        (spec(auth=KEY), spec(), "/v1/ping", "the authentication"),
        (spec(auth=KEY), spec(auth=KEY, call="auth: none, "), "/v1/ping", "the authentication"),
    ],
)  # fmt: skip
def test_captures_of_what_is_sent_otherwise_now_are_stale(
    captured: Project, provider: Provider, before: str, after: str, path: str, said: str
) -> None:
    provider.answers["GET /v1/ping?X-Key=key-of-acme"] = answer({"id": 1})
    write(captured, provider, before)
    assert captured.run().exit_code == 0, captured.run().output
    assert run("generate").exit_code == 0
    assert run("check", "--strict").exit_code == 0
    write(captured, provider, after)
    run("generate")
    checked = run("check", "--strict")
    assert checked.exit_code == 1
    assert "warning[stale-capture]: calls.ping.samples.x: " in checked.output
    assert said in checked.output
    assert "callwright initialize acme.ping.x" in checked.output
    assert run("check").exit_code == 0  # a warning only
    seen = len(provider.seen)
    assert captured.run().exit_code == 0
    assert [request.path for request in provider.seen[seen:]] == [path]
    assert run("check", "--strict").exit_code == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (spec(), spec("https://elsewhere.example/v1")),
        (
            spec("'BASE/${version}'", environments="variables: {version: {default: v1}}\n"),
            spec("'BASE/${api}'", environments="variables: {api: {default: v1}}\n"),
        ),
        (spec(environments=DEVELOPMENT % 1), spec("BASE/v2", environments=DEVELOPMENT % 1)),
        (spec(auth=KEY), spec(auth=KEY.replace("}}", "}, value: '${app_key}'}"))),
        (
            spec(auth=KEY),
            spec(auth=KEY, environments="credentials: {api_key: {env: OTHER_NAME}}\n"),
        ),
    ],
)
def test_captures_of_the_same_request_stay_current(
    captured: Project, provider: Provider, before: str, after: str
) -> None:
    write(captured, provider, before)
    assert captured.run().exit_code == 0
    write(captured, provider, after)
    run("generate")
    checked = run("check", "--strict")
    assert checked.exit_code == 0, checked.output
    assert "every sample has a current capture" in captured.run().output
