"""Unexpected responses: shown before any question, redacted first, and whole with --raw."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.captures.redact import Redactor
from callwright.initialize.review.unexpected import EXCERPT, received
from callwright.runtime.flow import WireRequest, WireResponse
from tests.initialize.support import Answer, Project, Provider, answer, at_a_terminal

PING = "ping: {path: /ping, samples: {x: {}}}\n"
KEYED = "auth: {type: api_key, send: {header: X-Key}}\n"
SECRET = "k9-very-secret-key-4711"
REASON = {"reason": "start_date must be before end_date"}
HTML = (200, {"Content-Type": "text/html"}, b"<html><title>Down for maintenance</title></html>")


def typed(kind: str) -> str:
    return f"ping: {{path: /ping, response: {{type: {kind}}}, samples: {{x: {{}}}}}}\n"


@pytest.mark.parametrize(
    ("spec", "response", "first", "shown"),
    [
        (PING, answer(REASON, 400), "ping.x: got 400 Bad Request (expected 2xx)", REASON["reason"]),
        (PING, answer({**REASON, "message": "no"}, 400), "(expected 2xx): no", REASON["reason"]),
        (PING, answer(REASON, 500), "got 500 Internal Server Error", REASON["reason"]),
        (PING, answer(REASON, 599), "got 599 (expected 2xx)", REASON["reason"]),
        (PING, answer(b"plain\nwords", 400, Content_Type="text/plain"), "got 400", "plain words"),
        (PING, answer(b"caf\xe9\nclosed", 400, Content_Type="text/plain"), "got 400", "caf\ufffd closed"),
        (PING, answer(b"\x89PNG\x00", 400, Content_Type="image/png"), "got 400", "(5 bytes, image/png)"),
        (PING, answer(b"", 503), "got 503", "(no body)"),
        (PING, answer(b"words", 400, Content_Encoding="gzip"), "got 400", "(the compressed body is corrupt)"),
        (PING, answer(b"<e><why>gone</why></e>", 410, Content_Type="text/xml"), "got 410", "<why>gone"),
        (PING, HTML, "ping.x: 200, but JSON was promised, the response is text/html", "maintenance"),
        (PING, answer(b"{}", Content_Encoding="br"), "ping.x: 200, but the body is encoded as 'br'", "(the body is encoded as 'br'"),
        (PING, answer(b"{}", Content_Encoding="gzip"), "ping.x: 200, but the compressed body is", "(the compressed body is corrupt)"),
        (PING, answer(b'{"a": '), "ping.x: 200, but the answer's JSON cannot be used", '{"a":'),
        (typed("xml"), HTML, "ping.x: 200, but XML was promised, the response is an HTML page", "maint"),
        (typed("number"), answer(b"many", Content_Type="text/plain"), "a number was promised", "many"),
        (
            "ping: {path: /ping, samples: {x: {status: 404}}}\n",
            answer({"fine": "indeed"}),
            "ping.x: got 200 OK (expected 404)",
            "indeed",
        ),
        (
            "ping: {path: /ping, samples: {x: {expect: error}}}\n",
            answer({"fine": "indeed"}),
            "ping.x: got 200 OK (expected an error)",
            "indeed",
        ),
        (
            "ping: {path: /ping, samples: {x: {outputs: {id: $.id}}}}\n",
            answer({"ident": "i-1"}),
            "ping.x: 200, but output id: the response has no $.id",
            "i-1",
        ),
    ],
)  # fmt: skip
def test_what_came_is_shown(
    project: Project, provider: Provider, spec: str, response: Answer, first: str, shown: str
) -> None:
    provider.answers["GET /ping"] = response
    project.spec(spec)
    result = project.run()
    assert result.exit_code == 3
    lines = result.stderr.splitlines()
    assert first in lines[0]
    assert lines[1] == f"  GET http://127.0.0.1:{provider.port}/ping"
    assert shown in lines[2]
    assert project.captures() == {}


def test_a_response_that_is_too_large_says_how_to_allow_it(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /ping"] = answer([1] * 1000)
    project.spec(PING, "auth: none\nlimits: {max_response_bytes: 1000}\n")
    result = project.run()
    assert result.exit_code == 3
    assert "larger than 1000 bytes" in result.stderr
    assert "limits: {max_response_bytes: 10000}" in result.stderr


def test_a_failure_with_a_success_status_is_shown(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"ok": False, **REASON})
    project.spec(PING)
    spec = project.folder / "connector.yaml"
    rule = "errors: {failed_when: [{path: $.ok, is: false}], "
    spec.write_text(spec.read_text().replace("errors: {", rule))
    told = project.run().stderr
    assert "got 200 OK, a failure by errors.failed_when (expected 2xx)" in told
    assert REASON["reason"] in told


def test_a_redirect_says_where_it_leads(project: Project, provider: Provider) -> None:
    provider.answers["POST /ping"] = (302, {"Location": f"/login?token={SECRET}"}, b"")
    project.spec("ping: {method: POST, path: /ping, samples: {x: {}}}\n")
    told = project.run("--yes").stderr
    assert "got 302 Found (expected 2xx)" in told
    assert re.search(r"^  Location: http://\S+/login\?\*\*\*$", told, re.MULTILINE)
    assert SECRET not in told


def test_a_refused_token_request_is_shown(project: Project, provider: Provider) -> None:
    url = f"http://127.0.0.1:{provider.port}/token"
    project.spec(PING, f"auth: {{type: oauth2, flow: client_credentials, token_url: '{url}'}}\n")
    project.environ |= {"ACME_CLIENT_ID": "id", "ACME_CLIENT_SECRET": SECRET}
    provider.answers["POST /token"] = answer(
        {"error": "invalid_client", "hint": "the app is suspended", "got": SECRET}, 400
    )
    told = project.run().stderr
    assert f"  POST {url}\n" in told
    assert "the app is suspended" in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("spec", "body", "kind", "advice"),
    [
        (PING, b"\x89PNG\x00", "image/png", "say so with response: {type: file}"),
        (PING, b"data: x\n\n", "text/event-stream", "say so with response: {type: stream}"),
        (PING, b'{"a": 1}\n{"a": 2}\n', "application/x-ndjson", "say so with response: {type: stream, stream: {format: jsonl}}"),
        (PING, b"hello", "text/plain", "say so with response: {type: text}"),
        (PING, b"<a/>", "text/xml", "say so with response: {type: xml}"),
        (typed("text"), b"\xff", "text/plain", "say so with response: {type: file}"),
    ],
)  # fmt: skip
def test_what_came_is_advised(
    project: Project, provider: Provider, spec: str, body: bytes, kind: str, advice: str
) -> None:
    provider.answers["GET /ping"] = (200, {"Content-Type": kind}, body)
    project.spec(spec)
    told = project.run().stderr
    assert advice in told.splitlines()[0]


def test_an_excerpt_is_cut_and_raw_shows_all(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"a": "x" * 400, "z": "the end"}, 400)
    project.spec(PING)
    told = project.run().stderr
    assert "the end" not in told
    assert f"({EXCERPT} of " in told
    assert "--raw shows all" in told
    raw = project.run("--raw").stderr
    assert "the end" in raw
    assert "x" * 400 in raw


def test_a_body_that_the_message_repeats_is_left_out(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"message": "no such page", "code": "gone"}, 404)
    project.spec(PING)
    told = project.run().stderr
    assert told.count("no such page") == 1
    assert '"message"' in project.run("--raw").stderr


def test_a_way_to_keep_it_is_told(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer(REASON, 400)
    project.spec(PING)
    advice = "  To keep this response as an error sample, add `status: 400` to a sample.\n"
    assert project.run().stderr.endswith(advice)


def test_at_a_terminal_it_is_shown_before_the_question_and_once(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /ping"] = answer(REASON, 400)
    project.spec(PING)
    code, shown = at_a_terminal("[y/N]", "n\n")
    assert code == 3
    assert shown.count(REASON["reason"]) == 1
    assert shown.index(REASON["reason"]) < shown.index("Keep it as the error capture x.400?")


@pytest.mark.parametrize("arguments", [(), ("--raw",)])
def test_secrets_are_taken_out_before_it_is_cut(
    project: Project, provider: Provider, arguments: tuple[str, ...]
) -> None:
    project.environ["ACME_API_KEY"] = SECRET
    project.spec(PING, KEYED)
    for offset in range(EXCERPT - len(SECRET) - 12, EXCERPT, 5):
        provider.answers["GET /ping"] = answer(
            {"a": "x" * offset + SECRET, "password": "hunter-2"}, 400
        )
        told = project.run(*arguments).output
        assert SECRET[:6] not in told
        assert "hunter-2" not in told


@given(st.text(max_size=400), st.text(max_size=400), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_part_of_a_secret_is_ever_shown(before: str, after: str, as_json: bool) -> None:
    text = f"{before}{SECRET}{after}"
    body = json.dumps({"a": text}).encode() if as_json else text.encode("utf-8", "replace")
    media = "application/json" if as_json else "text/plain"
    response = WireResponse(400, (("Content-Type", media),), body, "https://api.example/x")
    request = WireRequest("GET", "https://api.example/x")
    shown = received(Redactor({"api_key": SECRET}), request, response)
    assert SECRET[:8] not in "\n".join([*shown.lines(raw=False), *shown.lines(raw=True)])


def test_a_redirect_to_where_nobody_listens_is_told(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer(b"", 302, Location="http://127.0.0.1:1/login")
    project.spec(PING)
    result = project.run()
    assert result.exit_code == 3
    assert "no connection to 127.0.0.1:1" in result.stderr
    origin = f"http://127.0.0.1:{provider.port}"
    assert f"GET {origin}/ping redirected there with 302" in result.stderr
