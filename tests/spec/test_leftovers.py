"""Placeholders of Bubble or of documentation that are left in a spec are reported with the fix; brackets with a meaning
are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from callwright.diagnostics import Diagnostic, Severity
from callwright.operations.lower import inspect_spec

HEAD = "callwright: 1\nname: acme\n"


def leftovers(folder: Path, spec: str) -> list[Diagnostic]:
    if "base_url" not in spec:
        spec = f"base_url: https://api.acme.example\n{spec}"
    (folder / "connector.yaml").write_text(HEAD + spec)
    return [d for d in inspect_spec(folder, folder)[1] if d.code == "placeholder"]


@pytest.mark.parametrize(
    ("call", "path", "fix", "severity"),
    [
        ("path: '/users/[id]'", "path", "{id}", Severity.ERROR),
        ("path: '/users/[user id]/x'", "path", "{user_id}", Severity.ERROR),
        ("path: '/users/<userId>'", "path", "{user_id}", Severity.ERROR),
        ("path: '/users/x-<name>.json'", "path", "{name}", Severity.ERROR),
        ("path: '/v1/:id'", "path", "{id}", Severity.WARNING),
        ("path: '/:org_id/items'", "path", "{org_id}", Severity.WARNING),
        ("path: /x, query: {q: '<search>'}", "query.q", "q: {type: string}", Severity.WARNING),
        ("path: /x, query: {q: '[search]'}", "query.q", "q: {type: string}", Severity.WARNING),
        ("path: /x, query: {'filter[name]': '<search>'}", "query['filter[name]']", "{type: string}", Severity.WARNING),
        ("path: /x, headers: {X-Key: 'Token <api-key>'}", "headers.X-Key", "${api_key}", Severity.WARNING),
        ("path: /x, body: {fields: {name: '<name>'}}", "body.fields.name", "name: {type: string}", Severity.WARNING),
        ("path: /x, body: {fields: {to: {fields: {name: '[name]'}}}}", "body.fields.to.fields.name", "name: {type: string}", Severity.WARNING),
        ("path: /x, body: {fields: {to: {value: {a: [{b: <name>}]}}}}", "body.fields.to", "b: {type: string}", Severity.WARNING),
        ("path: /x, body: {type: raw, content_type: application/json, template: '{{\"a\": <amount>}}'}", "body.template", "{amount}", Severity.WARNING),
        ("path: /x, body: {type: raw, content_type: application/json, template: '{{\"a\": \"[amount]\"}}'}", "body.template", "{amount}", Severity.WARNING),
        ("path: /x, query: {key: '{{api_key}}'}", "query.key", "${api_key}", Severity.WARNING),
        ("path: /x, headers: {X-Key: 'Token {{ key }}'}", "headers.X-Key", "${key}", Severity.WARNING),
        ("path: /x, base_url: '{{base}}/v1'", "base_url", "${base}", Severity.ERROR),
        ("path: /x, base_url: 'https://<team>.acme.example'", "base_url", "${team}", Severity.ERROR),
    ],
)  # fmt: skip
def test_a_placeholder_left_over(
    tmp_path: Path, call: str, path: str, fix: str, severity: Severity
) -> None:
    (found,) = leftovers(tmp_path, f"calls: {{me: {{{call}, method: POST}}}}\n")
    assert found.path.startswith(f"calls.me.{path}")
    assert fix in found.hint
    assert found.severity is severity
    assert found.span is not None


@pytest.mark.parametrize("url", ["https://[subdomain].acme.example", "https://<subdomain>.acme.example/v1"])  # fmt: skip
def test_a_placeholder_in_the_base_url(tmp_path: Path, url: str) -> None:
    spec = f"base_url: '{url}'\nenvironments: {{test: {{base_url: '{url}'}}}}\ncalls: {{}}\n"
    found = leftovers(tmp_path, spec)
    assert [d.path for d in found] == ["base_url", "environments.test.base_url"]
    assert all("${subdomain}" in d.hint for d in found)


@pytest.mark.parametrize(
    "call",
    [
        "path: '/users/{id}/items:batchGet'", "path: '/a:b/%5Bid%5D'", "path: '/users(1)/x'",
        "path: /x, query: {'filter[name]': {}, 'items[]': {type: array}, 'page[size]': '10'}",
        "path: /x, query: {expand: [customer, owner], ids: '[1,2]', q: 'a < b > c', none: '[]'}",
        "path: /x, headers: {Accept: 'application/json; q=<1', Link: '<https://x.example>; rel=next'}",
        "path: /x, body: {fields: {html: '<b>bold</b>', text: 'see [1]', mail: 'Ann <ann@x.example>'}}",
        "path: /x, body: {type: raw, content_type: text/xml, template: '<user><name>{{name}}</name></user>', fields: {name: {}}}",
        "path: /x, body: {type: raw, content_type: application/json, template: '{{\"a\": [null], \"b\": \"<b>x</b>\", \"c\": [true]}}'}",
        "base_url: 'http://[::1]:8080', path: /x",
    ],
)  # fmt: skip
def test_brackets_with_a_meaning(tmp_path: Path, call: str) -> None:
    assert leftovers(tmp_path, f"calls: {{me: {{{call}, method: POST}}}}\n") == []


@pytest.mark.parametrize(
    ("auth", "path"),
    [
        ("{type: oauth2, flow: client_credentials, token_url: 'https://<tenant>.acme.example/token'}", "auth.token_url"),
        ("{a: {type: oauth2, flow: client_credentials, token_url: 'https://[tenant].acme.example/token'}}", "auth.a.token_url"),
        ("{type: custom_token, request: {url: 'https://<tenant>.acme.example/t'}, token_path: $.t}", "auth.request.url"),
    ],
)  # fmt: skip
def test_a_placeholder_in_a_url_of_a_scheme(tmp_path: Path, auth: str, path: str) -> None:
    (found,) = leftovers(tmp_path, f"auth: {auth}\ncalls: {{}}\n")
    assert found.path == path
    assert "${tenant}" in found.hint


def test_two_pairs_of_braces_in_a_path(tmp_path: Path) -> None:
    spec = "base_url: https://api.acme.example\ncalls: {me: {path: '/users/{{id}}'}}\n"
    (tmp_path / "connector.yaml").write_text(HEAD + spec)
    (found,) = inspect_spec(tmp_path, tmp_path)[1]
    assert (found.code, found.path) == ("bad-path", "calls.me.path")
    assert "{id}" in found.hint
