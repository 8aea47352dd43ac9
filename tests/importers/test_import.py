"""`callwright import`: what it writes and says, again and into existing connectors."""

from __future__ import annotations

import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.cli import cli
from callwright.importers.connector import connector_of
from callwright.importers.curl.read import read_curl
from callwright.importers.store import usable
from callwright.importers.yaml_text import spec_text
from callwright.operations.lower import problems_of

TOKEN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
COMMAND = (
    f"curl 'https://api.acme.example/v1/users/1001?full=true' -H 'Authorization: Bearer {TOKEN}'"
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "callwright.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["import", *arguments])
    output = capsys.readouterr()
    return int(ended.value.code or 0), output.out + output.err


def test_a_command_becomes_a_connector_without_its_secret(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = run(capsys, COMMAND)
    assert code == 0
    assert text == (
        "wrote specs/acme/connector.yaml: 1 call: get_user\n"
        "set before it is used: ACME_TOKEN\n"
        "next: callwright initialize acme\n"
        "1 secret was found in the command: revoke it if shared\n"
    )
    files = [path.read_text() for path in project.rglob("*") if path.is_file()]
    assert not any(TOKEN in file for file in files)


def test_a_second_import_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, COMMAND)
    path = project / "specs/acme/connector.yaml"
    before = path.read_bytes(), path.stat().st_mtime_ns
    code, text = run(capsys, COMMAND)
    assert (code, text) == (
        0,
        "specs/acme/connector.yaml has all of it already; nothing was written\n",
    )
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_calls_are_added_and_what_stood_there_stays(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, COMMAND)
    path = project / "specs/acme/connector.yaml"
    path.write_text(path.read_text().replace("auth:", "# ours\nauth:"))
    before = path.read_text()
    code, text = run(
        capsys, "curl", "-X", "POST", "https://api.acme.example/v1/users", "-d", '{"name": "Ann"}'
    )
    assert code == 0
    assert "added to specs/acme/connector.yaml: 1 call: create_user\n" in text
    after = path.read_text()
    assert after.startswith(before.rstrip("\n"))
    assert after[len(before) :].lstrip("\n").startswith("  create_user:\n")


def test_another_api_never_gets_into_a_connector(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, COMMAND)
    before = (project / "specs/acme/connector.yaml").read_text()
    code, text = run(capsys, "--name", "acme", "curl https://api.other.example/x")
    assert code == 2
    assert "describes https://api.acme.example/v1, not https://api.other.example" in text
    assert "--into acme" in text
    assert (project / "specs/acme/connector.yaml").read_text() == before
    code, _ = run(capsys, "--into", "acme", "curl https://api.other.example/x")
    assert code == 0
    assert (
        "base_url: https://api.other.example" in (project / "specs/acme/connector.yaml").read_text()
    )


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("missing.sh", 2, "missing.sh: cannot be read: No such file or directory"),
        ("openapi.yaml", 2, "this is an OpenAPI document; only cURL commands can be imported"),
        ("postman.json", 2, "this is a Postman collection"),
        ("words.txt", 2, "a line beginning with curl was expected"),
        ("latin.txt", 2, "not UTF-8"),
        ("curl", 1, "the command has no URL"),
        (
            "curl -X PROPFIND https://acme.example/",
            1,
            "import-method: the method PROPFIND is not supported",
        ),
    ],
)
def test_what_cannot_be_imported_is_said(
    project: Path, capsys: pytest.CaptureFixture[str], source: str, code: int, message: str
) -> None:
    (project / "openapi.yaml").write_text("openapi: 3.1.0\npaths: {}\n")
    (project / "postman.json").write_text('{"info": {"_postman_id": "1"}}')
    (project / "words.txt").write_text("hello\n")
    (project / "latin.txt").write_bytes(b"curl https://acme.example/\xe9")
    found, text = run(capsys, source)
    assert (found, message in text) == (code, True), text
    assert not (project / "specs").exists()


@pytest.fixture
def provider() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """A server that notes the requests it gets."""
    seen: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"id": 7}')

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_imported_call_is_initialized_as_curl_sends_it(
    provider: tuple[str, list[tuple[str, dict[str, str], bytes]]],
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, seen = provider
    monkeypatch.setenv("ACME_TOKEN", "hush-hush-hush")
    body = {"name": "Ann “A”", "deep": {"n": 1.5}}
    command = [
        "curl",
        f"{url}/v1/users?x=a%20b",
        "-H",
        "Authorization: Bearer $T",
        "--json",
        json.dumps(body),
    ]
    run(capsys, "--name", "acme", *command)
    with pytest.raises(SystemExit) as ended:
        cli.main(["initialize", "acme", "--yes"])
    assert ended.value.code in (0, None), capsys.readouterr()
    path, headers, sent = seen[0]
    assert path == "/v1/users?x=a%20b"
    assert headers["authorization"] == "Bearer hush-hush-hush"
    assert json.loads(sent) == body


def test_every_code_is_in_the_docs() -> None:
    root = Path(__file__).parents[2]
    sources = (root / "generator/callwright/importers").rglob("*.py")
    codes = {c for path in sources for c in re.findall(r'"(import-[a-z-]+)"', path.read_text())}
    told = set(
        re.findall(
            r"^\| `(import-[a-z-]+)` \|", (root / "docs/importing.md").read_text(), re.MULTILINE
        )
    )
    assert codes == told


PIECES = st.sampled_from([
    "curl ", "https://acme.example/a/1234", " -d ", " -H ", "'", '"', "\\", "$X", "${A}", "$(", "`", " -F a=@b ", "{\"a\": [1]}",
    "x: y", "&", "=", "[1-3]", "{a,b}", "“", "\n", " --next ", " -G ", " -b a=b ", "?q=1", "#", "/", "..", ":", "é", " -u a:b ",
    "<<EOF\nx\nEOF\n", "<y>", "{x}", " -x ", " --json ", "\x02", "\x00", "%41", "^", '^"', "password=hunter2hunter2",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_paste_is_a_traceback(text: str) -> None:
    imported = usable(connector_of(read_curl(f"curl https://acme.example/x {text}"), name="acme"))
    if imported.calls:
        spec = spec_text(imported.document)
        assert [
            d.render() for d in problems_of(spec, "connector.yaml") if d.severity.value == "error"
        ] == []
