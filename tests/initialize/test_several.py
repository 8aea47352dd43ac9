"""Several connectors, and what must be there before the first request of any."""

from __future__ import annotations

import re

import pytest

from tests.initialize.support import Project, Provider, answer

PING = "ping: {path: /ping, samples: {x: {}}}\n"
KEYED = (
    "auth: {type: api_key, send: {header: X-Key}}\n"
    "credentials: {api_key: {description: From the settings page.}}\n"
    "variables: {region: {required: true, description: 'Where the data is kept, like eu.'}}\n"
)


def other(project: Project, text: str, name: str = "zeta") -> None:
    folder = project.root / "specs" / name
    folder.mkdir(parents=True)
    (folder / "connector.yaml").write_text(
        f"callwright: 1\nname: {name}\nbase_url: http://127.0.0.1:{project.provider.port}\n{text}"
    )


def test_a_missing_credential_of_another_connector_stops_all(
    project: Project, provider: Provider
) -> None:
    project.spec(PING)
    other(project, KEYED + "calls: {a: {path: /a, samples: {x: {}}}}\n")
    result = project.run()
    assert result.exit_code == 2
    assert provider.seen == []
    assert "zeta, environment live: set these first" in result.stderr


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("auth: none\ncalls: {a: {paht: /a}}\n", "unknown key"),
        ("auth: none\ncalls: {a: {path: /a, samples: {x: {args: {b: {file: no.txt}}}}, }}\n", "b"),
    ],
)
def test_an_error_in_another_spec_stops_all(
    project: Project, provider: Provider, text: str, problem: str
) -> None:
    project.spec(PING)
    other(project, text)
    result = project.run()
    assert (result.exit_code, provider.seen) == (2, [])
    assert problem in result.stderr


def test_the_problems_of_all_are_told_at_once(project: Project, provider: Provider) -> None:
    project.spec(PING, KEYED)
    other(project, KEYED + "calls: {a: {path: /a, samples: {x: {}}}}\n")
    told = project.run().stderr
    assert "acme, environment live: set these first" in told
    assert "zeta, environment live: set these first" in told


def test_what_is_missing_is_told_with_its_description(project: Project, provider: Provider) -> None:
    project.spec(
        "ping: {path: /ping, query: {c: {}}, samples: {x: {args: {c: {env: CHANNEL}}}}}\n", KEYED
    )
    told = project.run().stderr
    assert re.search(r"ACME_API_KEY +credential api_key: From the settings page\.\n", told)
    assert re.search(r"ACME_REGION +variable region: Where the data is kept, like eu\.\n", told)
    assert re.search(r"CHANNEL +ping\.x: argument c\n", told)


def test_targets_of_one_connector_are_one_plan(project: Project, provider: Provider) -> None:
    provider.answers |= {
        "POST /login": answer({"id": "1"}),
        "GET /a": answer({}),
        "GET /b": answer({}),
    }
    project.spec(
        "login: {method: POST, path: /login, samples: {x: {}}}\n"
        "a: {path: /a, samples: {x: {after: [login.x]}}}\nb: {path: /b, samples: {x: {after: [login.x]}}}\n"
    )
    result = project.run("acme.a", "acme.b", "--yes")
    assert result.exit_code == 0, result.output
    assert provider.paths() == ["POST /login", "GET /a", "GET /b"]


@pytest.mark.parametrize(
    ("exported", "sent"), [("from-the-shell", "from-the-shell"), ("", "from-the-file")]
)
def test_an_exported_variable_wins_over_the_env_file(
    project: Project, provider: Provider, exported: str, sent: str
) -> None:
    provider.answers["GET /ping"] = answer({})
    project.spec(PING, "auth: {type: api_key, send: {header: X-Key}}\n")
    (project.root / "test.env").write_text("ACME_API_KEY=from-the-file\n")
    project.environ["ACME_API_KEY"] = exported
    assert project.run("--env-file", "test.env").exit_code == 0
    assert provider.seen[0].headers["x-key"] == sent


ADVICE = "there is no development environment: use a test account"


def test_the_live_environment_is_named_first(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({})
    project.spec(PING)
    out = project.run().stdout
    assert out.index("(environment live)") < out.index(ADVICE) < out.index("ping.x  200")


@pytest.mark.parametrize("arguments", [(), ("--environment", "live")])
def test_with_a_development_environment_live_is_a_choice(
    project: Project, provider: Provider, arguments: tuple[str, ...]
) -> None:
    provider.answers["GET /ping"] = answer({})
    base = f"http://127.0.0.1:{provider.port}"
    project.spec(PING, f"auth: none\nenvironments: {{development: {{base_url: '{base}'}}}}\n")
    assert ADVICE not in project.run(*arguments).stdout


@pytest.mark.parametrize(
    ("base_url", "value", "path"),
    [
        ("${url}/api/2.0", "{base}/", "/api/2.0/ping"),
        ("${url}", "{base}/", "/ping"),
        ("${url}/v1", "{base}/sub//", "/sub/v1/ping"),
        ("{base}/${part}", "a b", "/a%20b/ping"),
    ],
)
def test_the_plan_shows_the_address_as_it_is_sent(
    project: Project, provider: Provider, base_url: str, value: str, path: str
) -> None:
    base = f"http://127.0.0.1:{provider.port}"
    name = "part" if "part" in base_url else "url"
    pattern = "" if name == "part" else ", pattern: 'https?://.+'"
    project.spec(PING, f"auth: none\nvariables: {{{name}: {{required: true{pattern}}}}}\n")
    spec = project.folder / "connector.yaml"
    text = base_url.replace("{base}", base).replace("${", "${")
    spec.write_text(spec.read_text().replace(f"base_url: {base}", f"base_url: '{text}'"))
    project.environ[f"ACME_{name.upper()}"] = value.format(base=base)
    provider.answers[f"GET {path}"] = answer({})
    result = project.run()
    assert result.exit_code == 0, result.output
    assert provider.paths() == [f"GET {path}"]
    assert f"1 call to {base}{path.removesuffix('/ping')} (" in result.stdout


def test_a_call_of_another_version_is_shown_whole(project: Project, provider: Provider) -> None:
    base = f"http://127.0.0.1:{provider.port}"
    project.spec(f"ping: {{base_url: '{base}/v10', path: /ping, samples: {{x: {{}}}}}}\n")
    spec = project.folder / "connector.yaml"
    spec.write_text(spec.read_text().replace(f"base_url: {base}\n", f"base_url: {base}/v1\n"))
    assert f"ping.x  GET {base}/v10/ping" in project.run().stdout
