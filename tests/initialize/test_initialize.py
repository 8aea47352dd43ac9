"""`callwright initialize` against a real server: plan, send, review, store."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import trustme
import yaml

from tests.initialize.support import Project, Provider, Seen, answer, at_a_terminal

PING = "ping: {path: /ping, samples: {example: {}}}\n"
SECRET = "s3cr3t-k3y-of-the-test"
KEYED = "auth: {type: api_key, send: {header: X-Api-Key}}\n"

CHAIN = """
create:
  method: POST
  path: /things
  body: {fields: {name: {type: string, required: true}}}
  samples:
    basic: {args: {name: thing}, outputs: {id: $.id}, cleanup: delete.basic}
get:
  path: /things/{thing}
  path_params: {thing: {type: string}}
  samples:
    made: {args: {thing: {from: create.basic, output: id}}}
delete:
  method: DELETE
  path: /things/{thing}
  path_params: {thing: {type: string}}
  samples:
    basic: {args: {thing: {from: create.basic, output: id}}}
"""


def chain(provider: Provider) -> None:
    provider.answers |= {
        "POST /things": answer({"id": "t1", "name": "thing"}, 201),
        "GET /things/t1": answer({"id": "t1", "name": "thing"}),
        "DELETE /things/t1": (204, {}, b""),
    }


def test_an_answer_is_shown_as_types_and_stored(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer(b'{"n":1.50,"when":"2026-01-02T03:04:05Z"}', Link="a")
    project.spec(PING)
    result = project.run()
    assert result.exit_code == 0, result.output
    assert "acme: 1 call to http://127.0.0.1" in result.stdout
    assert "ping.example  GET /ping" in result.stdout
    assert re.search(r"n: float +1\.5", result.stdout)
    assert re.search(r"when: datetime +\"2026", result.stdout)
    capture = project.captures()["ping/example.200.json"]
    assert capture.body == b'{\n  "n": 1.50,\n  "when": "2026-01-02T03:04:05Z"\n}\n'
    assert (capture.source, capture.environment, capture.auth) == ("live", "live", "none")
    assert ("link", "a") in capture.headers
    assert capture.request is not None
    assert capture.request["url"] == f"http://127.0.0.1:{provider.port}/ping"


def test_what_is_current_is_not_sent_again(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"a": 1})
    project.spec(PING)
    project.run()
    result = project.run()
    assert "every sample has a current capture" in result.stdout
    assert len(provider.seen) == 1
    again = project.run("acme", "--all")
    assert "ping.example  200  application/json  13 B  unchanged" in again.stdout
    assert len(provider.seen) == 2


def test_what_was_never_captured_is_not_sent_again(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"ok": True})
    project.spec(PING)
    for target, first in (("acme.ping.example", True), ("acme.ping.example", False)):
        assert ("again" not in project.run(target).stdout) is first


def test_a_changed_call_is_stale_and_sent_again(project: Project, provider: Provider) -> None:
    provider.answers |= {"GET /ping": answer({"a": 1}), "GET /ping?v=2": answer({"a": 1})}
    project.spec(PING)
    project.run()
    project.spec("ping: {path: /ping, query: {v: 2}, samples: {example: {}}}\n")
    assert "stale" in project.run().stdout
    assert "every sample has a current capture" in project.run().stdout


def test_the_review_says_what_changed(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"name": "x", "gone": 1})
    project.spec(PING)
    project.run()
    provider.answers["GET /ping"] = answer({"name": None, "new": [1]})
    out = project.run("--all", "--replace").stdout
    assert re.search(r"stored \(previous: \d{4}-\d\d-\d\d\)", out)
    assert re.search(r"\+ \$\.new +list\[int\] +new field", out)
    assert re.search(r"~ \$\.name +str → Any.* +breaking for callers", out)
    assert re.search(r"- \$\.gone +int +gone: breaking for callers", out)


def test_the_tree_is_typed_as_the_spec_says(project: Project, provider: Provider) -> None:
    provider.answers["GET /users"] = answer({"data": [{"id": 1, "seen": 1700000000}], "more": None})
    project.spec(
        "list_users:\n  path: /users\n"
        "  response: {select: $.data, model: Person, fields: {'$.data[*].seen': {type: unix_seconds}}}\n"
        "  samples: {x: {}}\n"
    )
    shown = project.run().stdout
    assert re.search(r"\n  list\[Person\] +from 1 response: weak evidence\n", shown)
    assert re.search(r"\n    id: int +1\n    seen: UnixSeconds +1700000000\n", shown)
    provider.answers["GET /users"] = answer({"list": [1]})
    assert "list_users.x  200" in project.run("--all").stdout


def test_raw_shows_the_body(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"a": {"b": 1}})
    project.spec(PING)
    assert '      "b": 1\n' in project.run("--raw").stdout


def test_one_call_and_one_sample_can_be_named(project: Project, provider: Provider) -> None:
    provider.answers |= {"GET /ping": answer({}), "GET /ping?a=1": answer({}), "GET /x": answer({})}
    project.spec(
        "ping: {path: /ping, query: {a: {type: integer}}, samples: {one: {}, two: {args: {a: 1}}}}\n"
        "x: {path: /x, samples: {example: {}}}\n"
    )
    assert project.run("acme.ping.two").exit_code == 0
    assert provider.paths() == ["GET /ping?a=1"]
    project.run("acme.ping")
    assert provider.paths()[1:] == ["GET /ping"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("acme.pin", "acme has no call 'pin' (did you mean ping?)"),
        ("acme.ping.exampel", "acme.ping has no sample 'exampel' (did you mean example?)"),
        ("acme.a.b.c", "is no target"),
    ],
)
def test_a_target_that_does_not_exist(project: Project, target: str, message: str) -> None:
    project.spec(PING)
    result = project.run(target)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_call_without_samples_is_told(project: Project) -> None:
    project.spec("ping: {path: /ping}\n")
    result = project.run()
    assert result.exit_code == 0
    assert "acme.ping has no samples" in result.stdout


def test_actions_need_a_yes(project: Project, provider: Provider) -> None:
    chain(provider)
    project.spec(CHAIN)
    result = project.run()
    assert result.exit_code == 2
    assert "create.basic, delete.basic; pass --yes" in result.stderr
    assert provider.seen == []


def test_producers_run_first_and_cleanups_last(project: Project, provider: Provider) -> None:
    chain(provider)
    project.spec(CHAIN)
    result = project.run("--yes")
    assert result.exit_code == 0, result.output
    assert provider.paths() == ["POST /things", "GET /things/t1", "DELETE /things/t1"]
    assert "GET /things/{thing}" in result.stdout
    assert sorted(project.captures()) == [
        "create/basic.201.json",
        "delete/basic.204.empty",
        "get/made.200.json",
    ]


def test_a_named_consumer_brings_its_chain_but_stores_itself_only(
    project: Project, provider: Provider
) -> None:
    chain(provider)
    project.spec(CHAIN)
    result = project.run("acme.get.made", "--yes")
    assert provider.paths() == ["POST /things", "GET /things/t1", "DELETE /things/t1"]
    assert list(project.captures()) == ["get/made.200.json"]
    assert "needed by get.made" in result.stdout


def test_cleanup_runs_though_a_later_step_fails(project: Project, provider: Provider) -> None:
    chain(provider)
    del provider.answers["GET /things/t1"]
    project.spec(CHAIN)
    result = project.run("--yes")
    assert result.exit_code == 3
    assert (
        "get.made: got 404 Not Found (expected 2xx): no /things/t1 here (nowhere)" in result.stderr
    )
    assert provider.paths()[-1] == "DELETE /things/t1"
    assert "get/made.404.json" not in project.captures()


def test_nothing_is_cleaned_up_that_was_not_made(project: Project, provider: Provider) -> None:
    provider.answers["POST /things"] = answer({"message": "full"}, 507)
    project.spec(CHAIN)
    result = project.run("--yes")
    assert result.exit_code == 3
    assert provider.paths() == ["POST /things"]
    assert "not sent, because create.basic has no response: get.made" in result.stderr
    assert (
        "delete.basic: not sent: create.basic may have been executed, but its output id is unknown"
        in result.stderr
    )


def test_an_action_is_sent_once(project: Project, provider: Provider) -> None:
    provider.answers["POST /things"] = answer({"message": "later"}, 503, Retry_After="0")
    project.spec(CHAIN)
    assert project.run("acme.create", "--yes").exit_code == 3
    assert provider.paths() == ["POST /things"]


def test_the_credential_is_sent_and_never_written_or_shown(
    project: Project, provider: Provider
) -> None:
    def echo(seen: Seen) -> tuple[int, dict[str, str], bytes]:
        return answer(
            {"you_sent": seen.headers["x-api-key"], "url": f"http://h/?k={SECRET}"},
            X_Api_Key=SECRET,
            Set_Cookie=f"a={SECRET}",
            Link=f"<http://h/{SECRET}>",
        )

    provider.answers["GET /ping"] = echo
    project.spec(PING, KEYED)
    project.environ["ACME_API_KEY"] = SECRET
    result = project.run("--raw")
    assert result.exit_code == 0, result.output
    assert provider.seen[0].headers["x-api-key"] == SECRET
    assert SECRET not in result.output + project.everything_written()
    assert "api_key in the header X-Api-Key; from ACME_API_KEY" in result.stdout
    assert "redacted: 2 credentials" in result.stdout
    capture = project.captures()["ping/example.200.json"]
    assert json.loads(capture.body)["you_sent"] == "redacted_api_key"
    assert ("link", "<http://h/redacted_api_key>") in capture.headers


def test_an_error_that_repeats_the_credential_does_not_show_it(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /ping"] = answer({"message": f"bad key {SECRET}"}, 403)
    project.spec(PING, KEYED)
    project.environ["ACME_API_KEY"] = SECRET
    result = project.run()
    assert "got 403 Forbidden (expected 2xx): bad key" in result.stderr
    assert SECRET not in result.output


def test_basic_credentials_go_in_every_spelling(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = lambda seen: answer({"got": seen.headers["authorization"]})
    project.spec(PING, "auth: {type: basic}\n")
    project.environ |= {"ACME_USERNAME": "adalovelace", "ACME_PASSWORD": "hunter2hunter2"}
    result = project.run()
    assert result.exit_code == 0, result.output
    written = project.everything_written()
    assert "YWRhbG92" not in written
    assert "hunter2" not in written


def test_everything_that_is_missing_is_told_at_once(project: Project, provider: Provider) -> None:
    project.spec(
        "ping:\n  path: /${tenant}/ping\n  query: {q: {type: string}, pin: {type: string, secret: true, required: true}}\n"
        "  samples: {example: {args: {q: {env: ACME_TEST_Q}}}}\n",
        KEYED + "variables: {tenant: {type: string, required: true}}\n",
    )
    result = project.run()
    assert result.exit_code == 2
    for name in ("ACME_API_KEY", "ACME_TENANT", "ACME_TEST_Q", "pin"):
        assert name in result.stderr
    assert provider.seen == []


def test_an_env_file_gives_credentials(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({})
    project.spec(PING, KEYED)
    (project.root / "test.env").write_text(f"# mine\nACME_API_KEY='{SECRET}'\n")
    assert project.run("--env-file", "test.env").exit_code == 0
    assert provider.seen[0].headers["x-api-key"] == SECRET
    missing = project.run("--env-file", "none.env")
    assert (missing.exit_code, "none.env: cannot be read" in missing.stderr) == (2, True)


def test_an_environment_that_does_not_exist_is_refused_though_nothing_is_to_be_sent(
    project: Project,
) -> None:
    project.spec("ping: {path: /ping}\n")
    result = project.run("--environment", "prod")
    assert result.exit_code == 2
    assert "acme has no environment 'prod': live" in result.stderr


def test_development_is_preferred(project: Project, provider: Provider) -> None:
    provider.answers["GET /dev/ping"] = answer({})
    project.spec(
        PING,
        f"{KEYED}environments: {{development: {{base_url: 'http://127.0.0.1:{provider.port}/dev'}}}}\n",
    )
    project.environ |= {"ACME_API_KEY": "live-key-1", "ACME_DEVELOPMENT_API_KEY": "dev-key-12"}
    assert project.run().exit_code == 0
    assert provider.seen[0].headers["x-api-key"] == "dev-key-12"
    assert project.captures()["ping/example.200.json"].environment == "development"
    assert project.run("--all", "--environment", "staging").exit_code == 2


def test_a_live_credential_needs_allow_live(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({})
    project.spec(PING, f"{KEYED}credentials: {{api_key: {{safe_pattern: '^test_'}}}}\n")
    project.environ["ACME_API_KEY"] = "live_12345678"
    refused = project.run()
    assert refused.exit_code == 2
    assert "api_key does not match its safe_pattern" in refused.stderr
    assert "live_12345678" not in refused.output
    assert project.run("--allow-live").exit_code == 0


def test_refused_credentials_stop_the_run(project: Project, provider: Provider) -> None:
    provider.answers |= {
        "GET /a": answer({"message": "no such key"}, 401),
        "GET /b": answer({}),
    }
    project.spec("a: {path: /a, samples: {x: {}}}\nb: {path: /b, samples: {x: {}}}\n", KEYED)
    project.environ["ACME_API_KEY"] = SECRET
    result = project.run()
    assert result.exit_code == 3
    assert result.stderr.startswith(
        "a.x: got 401 Unauthorized (expected 2xx): no such key\n"
        f"  GET http://127.0.0.1:{provider.port}/a\n"
        "  Check ACME_API_KEY.\n"
        "  To keep this response as an error sample, add `status: 401` to a sample.\n"
    )
    assert "not sent, because the credentials were refused: b.x" in result.stderr
    assert provider.paths() == ["GET /a"]


def test_a_call_without_credentials_that_needs_some(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"message": "who is it?"}, 401)
    project.spec(PING)
    told = project.run().stderr
    assert "got 401 Unauthorized (expected 2xx): who is it?\n" in told
    assert "  The call sends no credentials: see auth in the spec.\n" in told


def test_of_several_credentials_those_that_were_sent_are_told(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /ping"] = answer({"message": "who is it?"}, 401)
    base_url = f"http://127.0.0.1:{provider.port}"
    head = f"auth: {{type: basic}}\nenvironments: {{development: {{base_url: '{base_url}'}}}}\n"
    project.spec(PING, head)
    project.environ |= {"ACME_DEVELOPMENT_USERNAME": "u", "ACME_DEVELOPMENT_PASSWORD": SECRET}
    told = project.run().stderr
    assert "  Check ACME_DEVELOPMENT_USERNAME, ACME_DEVELOPMENT_PASSWORD.\n" in told


def test_a_blank_key_is_seen(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"": 1, " ": 2, "a b": 3})
    project.spec(PING)
    assert re.findall(r"^    (.*): int", project.run().stdout, re.MULTILINE) == ['""', '" "', "a b"]


def test_a_timeout_says_how_to_wait_longer(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        project.spec(
            f"ping: {{base_url: 'http://{host}', path: /ping, timeout: {{read: 0.1}}, samples: {{example: {{}}}}}}\n"
        )
        result = project.run()
    assert result.exit_code == 3
    assert result.stderr == (
        f"ping.example: no response from {host} within 0.1 s (read timeout);"
        " the spec can allow more, like timeout: {read: 0.2}\n"
    )


def test_refused_credentials_stop_what_uses_them_and_nothing_else(
    project: Project, provider: Provider
) -> None:
    for path in ("a", "b", "c", "d", "e", "f"):
        provider.answers[f"GET /{path}"] = answer({})
    provider.answers["GET /a"] = answer({"message": "no such key"}, 401)
    provider.answers["GET /e"] = answer({"message": "say please"}, 401)
    token_url = f"http://127.0.0.1:{provider.port}/token"
    provider.answers["POST /token"] = answer({"error": "invalid_client"}, 400)
    project.spec(
        """a: {path: /a, samples: {x: {}}}
b: {path: /b, samples: {x: {}}}
c: {path: /c, auth: machine, samples: {x: {}}}
d: {path: /d, auth: machine, samples: {x: {}}}
e: {path: /e, auth: none, samples: {x: {}}}
f: {path: /f, auth: none, samples: {x: {}}}
""",
        f"""auth:
  key: {{type: api_key, send: {{header: X-Key}}}}
  machine: {{type: oauth2, flow: client_credentials, token_url: {token_url}}}
""",
    )
    project.environ |= {"ACME_API_KEY": SECRET, "ACME_CLIENT_ID": "i", "ACME_CLIENT_SECRET": SECRET}
    result = project.run()
    assert result.exit_code == 3
    assert "not sent, because the credentials were refused: b.x" in result.stderr
    assert "not sent, because there is no token: d.x" in result.stderr
    assert provider.paths() == ["GET /a", "POST /token", "GET /e", "GET /f"]
    assert list(project.captures()) == ["f/x.200.json"]


def test_an_expected_error_is_stored_and_an_unexpected_success_is_not(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /b"] = answer({"fine": True})
    project.spec(
        "a: {path: /a, samples: {x: {status: 404}}}\nb: {path: /b, samples: {x: {status: 404}}}\n"
    )
    result = project.run()
    assert result.exit_code == 3
    assert "b.x: got 200 OK (expected 404)\n" in result.stderr
    assert list(project.captures()) == ["a/x.404.json"]


def test_failed_when_is_an_error_whatever_the_status(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"ok": False, "message": "nope"})
    (project.root / "specs").mkdir()
    project.spec(PING)
    spec = project.folder / "connector.yaml"
    spec.write_text(
        spec.read_text().replace("errors: {", "errors: {failed_when: [{path: $.ok, is: false}], ")
    )
    result = project.run()
    assert result.exit_code == 3
    assert "got 200 OK, a failure by errors.failed_when (expected 2xx): nope" in result.stderr
    assert project.captures() == {}
    spec.write_text(spec.read_text().replace("example: {}", "example: {expect: error}"))
    assert project.run().exit_code == 0
    assert list(project.captures()) == ["ping/example.200.json"]


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"<html><b>Hi</b></html>", "text/html", "JSON was promised, the response is text/html"),
        (b'{"a": NaN}', "application/json", "the answer's JSON cannot be used: line 1, column 7: NaN"),
        (b'{"a": 1', "application/json", "the answer's JSON cannot be used: line 1"),
        (b'"\xff"', "application/json", "not UTF-8"),
        (b"\x89PNG\x00", "image/png", "JSON was promised, the response is image/png"),
    ],
)  # fmt: skip
def test_what_is_not_the_promised_kind_is_not_stored(
    project: Project, provider: Provider, body: bytes, content_type: str, message: str
) -> None:
    provider.answers["GET /ping"] = (200, {"Content-Type": content_type}, body)
    project.spec(PING)
    result = project.run()
    assert result.exit_code == 3
    assert message in result.stderr
    assert result.stderr.startswith("ping.example: 200, but ")
    assert project.captures() == {}


def test_text_is_stored_as_it_is(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = (200, {"Content-Type": "text/plain"}, b"h\xc3\xa4\n")
    project.spec("ping: {path: /ping, response: {type: text}, samples: {example: {}}}\n")
    result = project.run()
    assert result.exit_code == 0, result.output
    assert project.captures()["ping/example.200.txt"].body == b"h\xc3\xa4\n"


def test_an_empty_answer_is_a_capture_too(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = (204, {}, b"")
    project.spec(PING)
    assert project.run().exit_code == 0
    assert project.captures()["ping/example.204.empty"].body == b""


def test_a_host_that_cannot_be_reached_is_told_once(project: Project, provider: Provider) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        provider.port = free.getsockname()[1]
    project.spec("a: {path: /a, samples: {x: {}}}\nb: {path: /b, samples: {x: {}, y: {}}}\n")
    result = project.run()
    assert result.exit_code == 3
    assert f"a.x: no connection to 127.0.0.1:{provider.port}" in result.stderr
    assert "not sent, because the provider cannot be reached: b.x, b.y" in result.stderr
    assert not (project.folder / "captures").exists()


def test_an_unreachable_redirect_or_second_host_stops_only_what_leads_there(
    project: Project, provider: Provider
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"
    provider.answers["GET /moved"] = answer({}, 302, Location=f"{closed}/gone")
    provider.answers["GET /a"] = answer({"a": 1})
    project.spec(
        "moved: {path: /moved, samples: {x: {}}}\n"
        f"other: {{base_url: '{closed}', path: /o, samples: {{x: {{}}, y: {{}}}}}}\n"
        "a: {path: /a, samples: {x: {}}}\n"
    )
    result = project.run()
    assert result.exit_code == 3
    assert f"moved.x: no connection to {closed.removeprefix('http://')}" in result.stderr
    assert "not sent, because the provider cannot be reached: other.y\n" in result.stderr
    assert set(project.captures()) == {"a/x.200.json"}


def test_a_certificate_nobody_vouches_for_is_told(project: Project, provider: Provider) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        project.spec(PING)
        spec = project.folder / "connector.yaml"
        spec.write_text(
            spec.read_text().replace(
                f"http://127.0.0.1:{provider.port}", f"https://127.0.0.1:{port}"
            )
        )
        result = project.run()
        thread.join()
    assert result.exit_code == 3
    assert re.search(
        r"ping\.example: TLS failed with 127.0.0.1:\d+: certificate verify failed", result.stderr
    )
    assert "SSL_CERT_FILE" in result.stderr


def test_a_response_that_is_not_http_is_told(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = (
        200,
        {"Content-Type": "application/json", "Content-Length": "99"},
        b"{",
    )

    project.spec(PING)
    result = project.run()
    assert result.exit_code == 3
    assert "not an HTTP response: conflicting Content-Length headers" in result.stderr
    assert project.captures() == {}


def test_paths_that_the_spec_redacts(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer(
        {"who": {"name": "Ann"}, "items": [{"id": 5}, {"id": 6}]}
    )
    project.spec(
        "ping:\n  path: /ping\n  response: {fields: {'$.who': {redact: true}}}\n"
        "  samples: {example: {redact: ['$.items[*].id']}}\n"
    )
    assert project.run().exit_code == 0
    assert json.loads(project.captures()["ping/example.200.json"].body) == {
        "who": {"name": "redacted_1"},
        "items": [{"id": 1000001}, {"id": 1000002}],
    }


def test_sample_values_from_files_variables_and_new_names(
    project: Project, provider: Provider
) -> None:
    provider.answers["POST /things"] = lambda seen: answer({"got": json.loads(seen.body)["name"]})
    project.spec(
        "create:\n  method: POST\n  path: /things\n"
        "  body: {fields: {name: {type: string}, n: {type: integer}, key: {type: string}}}\n"
        "  samples:\n    x:\n      args: {name: {file: name.txt}, n: {env: ACME_N}, key: {auto: uuid4}}\n"
    )
    (project.folder / "name.txt").write_text("from a file")
    project.environ["ACME_N"] = "123456"
    result = project.run("--yes")
    sent = json.loads(provider.seen[0].body)
    assert (sent["name"], sent["n"]) == ("from a file", 123456)
    assert re.fullmatch(r"[0-9a-f-]{36}", sent["key"])
    assert result.exit_code == 0, result.output
    assert "123456" not in project.everything_written()


def test_a_manual_response_is_stored_like_a_live_one(project: Project, provider: Provider) -> None:
    project.spec(PING)
    (project.root / "r.json").write_text('{"a":1,"password":"x"}')
    result = project.run("acme.ping.example", "--response", "r.json")
    assert result.exit_code == 0, result.output
    capture = project.captures()["ping/example.200.json"]
    assert (capture.source, capture.status) == ("manual", 200)
    assert b"redacted_1" in capture.body
    assert provider.seen == []
    (project.root / "e.json").write_text('{"message":"no"}')
    project.run("acme.ping.example", "--response", "e.json", "--status", "404", "--source", "docs")
    assert project.captures()["ping/example.404.json"].source == "docs"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["acme.ping", "--response", "r.json"], 2, "CONNECTOR.CALL.SAMPLE"),
        (["acme.ping.example", "--response", "no.json"], 2, "no.json: cannot be read"),
        (["acme.ping.example", "--response", "bad.json"], 2, "bad.json: the answer's JSON"),
        (["acme.ping.example", "--status", "200"], 2, "--status requires --response"),
    ],
)
def test_a_manual_response_that_cannot_be_used(
    project: Project, args: list[str], code: int, message: str
) -> None:
    project.spec(PING)
    (project.root / "r.json").write_text("{}")
    (project.root / "bad.json").write_text("{")
    result = project.run(*args)
    assert result.exit_code == code
    assert message in result.stderr
    assert not (project.folder / "captures").exists()


def test_samples_put_there_by_hand_are_told_not_sent(project: Project, provider: Provider) -> None:
    project.spec("ping: {path: /ping, samples: {example: {source: docs}}}\n")
    result = project.run()
    assert result.exit_code == 0
    assert "callwright initialize acme.ping.example --response FILE" in result.stdout
    assert provider.seen == []


def test_a_broken_capture_is_told_and_made_anew(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"a": 1})
    project.spec(PING)
    broken: Path = project.folder / "captures" / "ping" / "example.200.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    result = project.run()
    assert "error[capture-not-json]" in result.stderr
    assert result.exit_code == 0
    assert project.captures()["ping/example.200.json"].body == b'{\n  "a": 1\n}\n'


def test_the_meta_file_is_plain_yaml(project: Project, provider: Provider) -> None:
    provider.answers["GET /ping"] = answer({"a": 1})
    project.spec(PING)
    project.run()
    meta = yaml.safe_load((project.folder / "captures/ping/example.200.meta.yaml").read_text())
    assert list(meta) == [
        "source", "captured_at", "environment", "auth", "auth_digest", "base_path", "call_digest", "request",
        "status", "headers",
    ]  # fmt: skip
    assert meta["call_digest"].startswith("sha256:")


def interrupted(
    project: Project, provider: Provider, path: str
) -> subprocess.CompletedProcess[str]:
    """Run the command and press Ctrl-C while the provider thinks about ``path``."""
    thinking = threading.Event()
    process: list[subprocess.Popen[str]] = []

    def hang(seen: Seen) -> tuple[int, dict[str, str], bytes]:
        process[0].send_signal(signal.SIGINT)
        thinking.wait(5)
        return answer({})

    provider.answers[path] = hang
    process.append(
        subprocess.Popen(
            [sys.executable, "-m", "callwright", "initialize", "--yes"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    )
    out, err = process[0].communicate(timeout=30)
    thinking.set()
    return subprocess.CompletedProcess([], process[0].returncode, out, err)


def test_ctrl_c_cleans_up_and_leaves_nothing_half_written(
    project: Project, provider: Provider
) -> None:
    chain(provider)
    project.spec(CHAIN)
    done = interrupted(project, provider, "GET /things/t1")
    assert done.returncode == 130
    assert provider.paths()[-1] == "DELETE /things/t1"
    assert "get.made: interrupted" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(project.captures()) == ["create/basic.201.json", "delete/basic.204.empty"]


def test_ctrl_c_during_an_action_says_that_it_may_have_happened(
    project: Project, provider: Provider
) -> None:
    project.spec(CHAIN)
    done = interrupted(project, provider, "POST /things")
    assert done.returncode == 130
    assert "create.basic: interrupted while it was sent: it may have been executed" in done.stderr
    assert not (project.folder / "captures").exists()


def test_at_a_terminal_actions_ask(project: Project, provider: Provider) -> None:
    chain(provider)
    provider.answers["GET /ping"] = answer({"a": 1})
    project.spec(CHAIN + PING)
    code, shown = at_a_terminal("[y/N]", "n\n")
    assert "Send them? [y/N]" in shown
    assert (code, provider.paths()) == (0, ["GET /ping"])
    code, shown = at_a_terminal("[y/N]", "y\n")
    assert code == 0, shown
    assert len(project.captures()) == 4


def test_at_a_terminal_an_unexpected_error_can_be_kept(
    project: Project, provider: Provider
) -> None:
    provider.answers["GET /ping"] = answer({"message": "closed"}, 423)
    project.spec(PING)
    code, shown = at_a_terminal("[y/N]", "y\n")
    assert "Keep it as the error capture example.423? [y/N]" in shown
    assert code == 3
    assert list(project.captures()) == ["ping/example.423.json"]


def test_at_a_terminal_secret_arguments_are_asked_for_without_showing_them(
    project: Project, provider: Provider
) -> None:
    provider.answers["POST /login"] = lambda seen: answer(json.loads(seen.body))
    project.spec(
        "login:\n  method: POST\n  path: /login\n  use_as: data\n"
        "  body: {fields: {code: {type: string, secret: true, required: true}}}\n"
        "  samples: {example: {}}\n"
    )
    code, shown = at_a_terminal("login.example: code", "hunter2hunter2\n")
    assert code == 0, shown
    assert json.loads(provider.seen[0].body) == {"code": "hunter2hunter2"}
    assert "hunter2" not in shown + project.everything_written()


def test_without_a_connector_the_first_step_is_told(project: Project) -> None:
    result = project.run()
    assert result.exit_code == 2
    assert "callwright new NAME --base-url URL" in result.stderr


def test_credentials_that_no_call_of_the_plan_needs_may_be_missing(
    project: Project, provider: Provider
) -> None:
    provider.answers |= {"GET /ping": answer({}), "GET /open": answer({})}
    project.spec(PING + "free: {path: /open, auth: none, samples: {example: {}}}\n", KEYED)
    assert project.run("acme.free").exit_code == 0
    assert "x-api-key" not in provider.seen[0].headers
    missing = project.run("acme.ping")
    assert (missing.exit_code, "ACME_API_KEY" in missing.stderr) == (2, True)


def test_a_variable_that_does_not_fit_is_told(project: Project, provider: Provider) -> None:
    project.spec(
        "ping: {path: '/${size}/ping', samples: {example: {}}}\n",
        "auth: none\nvariables: {size: {type: integer, required: true}}\n",
    )
    project.environ["ACME_SIZE"] = "big"
    result = project.run()
    assert result.exit_code == 2
    assert "error: acme: size must be an integer" in result.stderr
    assert provider.seen == []


def test_a_credential_in_the_path_is_shown_nowhere(project: Project, provider: Provider) -> None:
    provider.answers[f"GET /bot{SECRET}/me"] = lambda seen: answer({"path": seen.path})
    project.spec(
        "me: {path: '/bot${bot_token}/me', samples: {example: {}}}\n",
        "auth: none\ncredentials: {bot_token: {}}\n",
    )
    project.environ["ACME_BOT_TOKEN"] = SECRET
    result = project.run("--raw")
    assert result.exit_code == 0, result.output
    assert SECRET not in result.output + project.everything_written()
    assert "GET /bot***/me" in result.stdout or "GET /***/me" in result.stdout


def test_an_answer_of_another_charset_is_stored_in_utf8(
    project: Project, provider: Provider
) -> None:
    body = '{"name": "Zoë"}'.encode("latin-1")
    kind = "application/json; charset=ISO-8859-1"
    provider.answers["GET /ping"] = answer(body, Content_Type=kind)
    project.spec(PING)
    assert project.run().exit_code == 0
    capture = project.captures()["ping/example.200.json"]
    assert json.loads(capture.body) == {"name": "Zoë"}
    assert dict(capture.headers)["content-type"] == "application/json; charset=utf-8"


def test_a_refused_redirect_says_where_it_leads(project: Project, provider: Provider) -> None:
    provider.answers["POST /orders"] = (301, {"Location": "/orders/?session=abc123"}, b"")
    project.spec(
        "make: {method: POST, path: /orders, response: {untyped: true}, samples: {basic: {}}}\n"
    )
    result = project.run("--yes")
    assert result.exit_code == 3
    assert f"http://127.0.0.1:{provider.port}/orders/?***" in result.output
    assert "abc123" not in result.output


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b'{"error": "Invalid API token"}', "application/json", "Invalid API token"),
        (b"Invalid API token", "text/html", "Invalid API token"),
        (b'{"detail": "Ung\xfcltig"}', "application/json; charset=latin1", "Ungültig"),
    ],
)
def test_the_providers_message_is_shown_wherever_it_stands(
    project: Project, provider: Provider, body: bytes, kind: str, said: str
) -> None:
    provider.answers["GET /ping"] = (401, {"Content-Type": kind}, body)
    project.spec(PING)
    result = project.run()
    assert result.exit_code == 3
    assert said in result.output
