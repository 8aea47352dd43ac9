"""Secrets in specs: refused where they stand, never shown, with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from callwright.errors import SpecError
from callwright.operations.lower import read_requests
from callwright.runtime.definition import Basic, Digest

# built from pieces, so that no scanner takes this file for a leak
TOKEN = "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc"
SPEC = "callwright: 1\nname: acme\nbase_url: https://api.acme.example\n"
CALL = "calls: {a: {path: /a}}\n"


def problems(folder: Path, text: str) -> list[str]:
    (folder / "connector.yaml").write_text(text, encoding="utf-8")
    try:
        read_requests(folder, folder)
    except SpecError as error:
        return [d.render() for d in error.diagnostics]
    return []


@pytest.mark.parametrize(
    "text",
    [
        f"title: My {TOKEN}\n{CALL}",
        f"description: |\n  A line.\n  Bearer {TOKEN}\n{CALL}",
        f"docs_url: https://x.example/{TOKEN}\n{CALL}",
        f"docs_url: https://user:pass-w0rd@x.example/\n{CALL}",
        f"calls: {{a: {{path: /a, description: like {TOKEN}}}}}\n",
        f"calls: {{a: {{path: /a, query: {{q: {{type: string, default: {TOKEN}}}}}}}}}\n",
        f"calls: {{{TOKEN.lower()}: {{path: /a}}}}\n",
        f"calls: {{a: {{path: /a, headers: {{X-A: {TOKEN}}}}}}}\n",
        f"calls: {{a: {{path: /a, query: {{q: {{}}}}, samples: {{s: {{args: {{q: {TOKEN}}}}}}}}}}}\n",
        f"auth: {{type: basic, username: {{value: {TOKEN}}}, password: '${{password}}'}}\n{CALL}",
    ],
)
def test_a_text_that_looks_like_a_credential_is_refused_and_not_repeated(
    tmp_path: Path, text: str
) -> None:
    found = problems(tmp_path, SPEC + text)
    assert any("error[secret-literal]" in line and " = " in line for line in found)
    shown = [line for line in found if "secret-literal" in line]
    assert not any(TOKEN in line or TOKEN.lower() in line or "pass-w0rd" in line for line in shown)


@pytest.mark.parametrize(
    "text",
    [
        "description: HTTP Basic authentication, or Bearer tokens\n",
        "description: 'Keys begin with sk_live_, e.g. sk_live_…'\n",
        "auth: {type: api_key, send: {header: X-Key, prefix: 'Token token='}}\n",
        "auth: {type: bearer, token: 'x-${api_key}'}\n",
        "auth: {type: basic, username: '${api_key}', password: ''}\n",
        "auth: {type: basic, username: '${api_key}', password: {value: x}}\n",
        "auth: {type: basic, username: {value: api}, password: '${api_key}'}\n",
        "auth: {type: oauth2, flow: client_credentials, client_id: my-app, token_url: 'https://x.example/t',"
        " rename_params: {client_secret: app_secret}, token_path: $.token, save: {session_token: $.s}}\n",
        "credentials: {api_key: {pattern: 'sk_(live|test)_[A-Za-z0-9]+', safe_pattern: '^sk_test_.+'}}\n"
        "auth: {type: bearer, token: '${api_key}'}\n",
        "shared: {headers: {X-Atlassian-Token: no-check}}\n",
        "auth: {type: custom_token, request: {url: 'https://x.example/t', json: {refresh_token: true, p: '${p}'}}}\n",
    ],
)
def test_innocent_texts_and_constants_on_purpose_stay(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, SPEC + text + CALL) == []


LITERAL = "f3a9c1d7e5b24860a1c9"


@pytest.mark.parametrize(
    "text",
    [
        f"docs_url: 'https://x.example/?api_key={LITERAL}'\n{CALL}",
        f"description: 'see https://x.example/cb#access_token={LITERAL}'\n{CALL}",
        f"description: 'see https%3A%2F%2Fx.example%2F%3Ftoken%3D{LITERAL}'\n{CALL}",
        f"calls: {{a: {{path: '/bot123456789:AA{'Hq9' * 11}/a'}}}}\n",
        f"calls: {{a: {{path: /a, query: {{api_key: {{type: string, default: {LITERAL}}}}}}}}}\n",
        f"calls: {{a: {{path: /a, query: {{api_key: {{type: string, example: {LITERAL}}}}}}}}}\n",
        f"calls: {{a: {{method: POST, path: /a, body: {{fields: {{token: {{value: {LITERAL}}}}}}}}}}}\n",
        f"variables: {{api_token: {{default: {LITERAL}}}}}\ncalls: {{a: {{path: '/${{api_token}}'}}}}\n",
        f"auth: {{type: api_key, value: '${{a}}:{LITERAL}', send: {{header: X-Key}}}}\n{CALL}",
        "auth: {type: oauth2, flow: client_credentials,"
        f" token_url: 'https://x.example/t?client_secret={LITERAL}'}}\n{CALL}",
        "auth: {type: custom_token, token_path: $.t,"
        f" request: {{method: POST, url: 'https://x.example/t', form: {{pass: {LITERAL}}}}}}}\n{CALL}",
        "auth: {type: custom_token, token_path: $.t,"
        f" request: {{method: POST, url: 'https://x.example/t', raw: '<Password>{LITERAL}</Password>'}}}}\n{CALL}",
    ],
)
def test_a_credential_is_refused_wherever_a_spec_holds_it(tmp_path: Path, text: str) -> None:
    found = problems(tmp_path, SPEC + text)
    assert any("error[secret-literal]" in line for line in found)
    assert LITERAL not in "".join(found)


@pytest.mark.parametrize(
    "text",
    [
        f"auth: {{type: bearer, token: {LITERAL}, wrong: 1}}\n{CALL}",
        f"calls: {{a: {{path: '/a?api_key={LITERAL}', wrong: 1}}}}\n",
        f"calls: {{a: {{path: /a, query: {{pin: {{secret: true, example: {LITERAL}}}}}}}}}\n",
        f"docs_url: ['https://{LITERAL}@x.example']\n{CALL}",
        f"auth: {{type: bearer, token: {LITERAL}\n{CALL}",
    ],
)
def test_the_line_of_another_problem_does_not_show_the_credential(
    tmp_path: Path, text: str
) -> None:
    found = "\n".join(problems(tmp_path, SPEC + text))
    assert "error[" in found
    assert LITERAL not in found


@pytest.mark.parametrize(
    "text",
    [
        "description: 'call https://x.example/cb?access_token=YOUR_TOKEN or ?api_key={api_key1}'\n",
        "description: 'A token is valid for 3600 seconds; password: at least 12 characters'\n",
        "docs_url: 'https://x.example/docs?page=2#authentication'\n",
    ],
)
def test_words_about_credentials_stay(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, SPEC + text + CALL) == []


@pytest.mark.parametrize(("kind", "definition"), [("basic", Basic), ("digest", Digest)])
def test_a_constant_slot_is_sent_as_it_is(
    tmp_path: Path, kind: str, definition: type[Basic | Digest]
) -> None:
    auth = f"auth: {{type: {kind}, username: {{value: 007}}, password: '${{api_key}}'}}\n"
    assert problems(tmp_path, SPEC + auth + CALL) == []
    (scheme,) = read_requests(tmp_path, tmp_path)[0].connector.auth
    assert scheme.scheme == definition("007", "${api_key}")
    assert scheme.required == ("api_key",)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("auth: {type: basic}", {"password"}),
        ("auth: {type: basic, username: '${api_key}', password: ''}", {"api_key"}),
        (
            "credentials: {username: {secret: true}, password: {secret: false}}\nauth: {type: basic}",
            {"username"},
        ),
        (
            "auth: {type: oauth2, flow: client_credentials, token_url: 'https://x.example/t'}",
            {"client_secret"},
        ),
        (
            "credentials: {client_id: {secret: true}}\n"
            "auth: {type: oauth2, flow: client_credentials, token_url: 'https://x.example/t'}",
            {"client_id", "client_secret"},
        ),
    ],
)
def test_which_credentials_are_secret(tmp_path: Path, text: str, secret: set[str]) -> None:
    assert problems(tmp_path, f"{SPEC}{text}\n{CALL}") == []
    assert read_requests(tmp_path, tmp_path)[0].connector.secret_credentials == secret
