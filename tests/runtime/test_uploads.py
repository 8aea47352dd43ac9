"""Uploads that have to be sent again: after a challenge, a redirect, a lost connection; and credentials among the parts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from handwritten._runtime.client import Client
from handwritten._runtime.definition import (
    ApiKey,
    Body,
    Call,
    Connector,
    Credential,
    Digest,
    Environment,
    NamedScheme,
    Param,
    Response,
    Retry,
    Send,
)
from handwritten._runtime.errors import (
    ArgumentError,
    AuthenticationError,
    AuthError,
    RedirectRefusedError,
    TransportError,
)
from handwritten._runtime.raw import RawResponse

from tests.cases.recorder import Part, Recorder, Reply

SECRET = "sk-very-secret/1"
CHALLENGE = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
RAW = Body("raw", whole=Param("", "file", "file", required=True), content_type="a/b")
DONE = Reply(200, b"{}")


@pytest.fixture
def server() -> Iterator[Recorder]:
    made = Recorder()
    yield made
    made.close()


def call(body: Body, **rest: Any) -> Call:
    rest = {"data": False, "response": Response(untyped=True), **rest}
    return Call("put", "PUT", "/files", body=body, **rest)


def client(server: Recorder, scheme: Any = None, *names: str) -> Client:
    auth = (NamedScheme("default", scheme, required=names),) if scheme is not None else ()
    connector = Connector(
        "acme", "ACME_", (Environment("live", server.url),), auth=auth, retry=Retry(attempts=2),
        credentials=tuple(Credential(name, {}) for name in names),
    )  # fmt: skip
    return Client(connector, credentials=dict.fromkeys(names, SECRET))


def files(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "a"
    path.write_bytes(b"content")
    return {"path": path, "bytes": b"content", "file": io.BytesIO(b"content")}


@pytest.mark.parametrize("kind", ["path", "bytes", "file"])
def test_a_challenge_is_answered_with_the_whole_file(
    server: Recorder, tmp_path: Path, kind: str
) -> None:
    server.reply(Reply(401, b"{}", headers=CHALLENGE), DONE)
    with client(server, Digest(), "username", "password") as api:
        api._call(call(RAW), {"file": files(tmp_path)[kind]}, returns=object)
    assert [r.body for r in server.received] == [b"content"] * 2
    assert server.last.headers["authorization"].startswith("Digest ")


def test_an_iterator_cannot_answer_a_challenge(server: Recorder) -> None:
    server.reply(Reply(401, b"{}", headers=CHALLENGE), DONE)
    with (
        client(server, Digest(), "username", "password") as api,
        pytest.raises(AuthenticationError),
    ):
        api._call(call(RAW), {"file": iter([b"1"])}, returns=object)
    assert len(server.received) == 1


def test_a_redirect_of_a_data_call_takes_the_file_along(server: Recorder, tmp_path: Path) -> None:
    moved = Reply(307, b"", None, headers={"Location": "/elsewhere"})
    with client(server) as api:
        for value in files(tmp_path).values():
            server.reply(moved, DONE)
            api._call(call(RAW, data=True), {"file": value}, returns=object)
            assert (server.last.path, server.last.body) == ("/elsewhere", b"content")
        server.reply(moved, DONE)
        with pytest.raises(ArgumentError, match="put: file can be read only once"):
            api._call(call(RAW, data=True), {"file": iter([b"1"])}, returns=object)
        server.reply(Reply(303, b"", None, headers={"Location": "/elsewhere"}), DONE)
        api._call(call(RAW, data=True), {"file": iter([b"1"])}, returns=object)
        assert (server.last.method, server.last.body) == ("GET", b"")


def test_a_file_does_not_go_to_another_origin(server: Recorder, tmp_path: Path) -> None:
    server.reply(Reply(308, b"", None, headers={"Location": "http://127.0.0.1:9/x"}))
    with client(server) as api, pytest.raises(RedirectRefusedError, match="with its body"):
        api._call(call(RAW, data=True), {"file": b"1"}, returns=object)


def test_a_lost_connection(server: Recorder, tmp_path: Path) -> None:
    """What may have been executed is sent again only where the spec allows it, and where it can be read again."""
    lost = Reply(200, b"", None, length=5)
    with client(server) as api:
        server.reply(lost, DONE)
        with pytest.raises(TransportError):
            api._call(call(RAW), {"file": b"1"}, returns=object)
        server.reply(lost, DONE)
        with pytest.raises(TransportError):
            api._call(call(RAW, repeatable=True), {"file": iter([b"1"])}, returns=object)
        server.reply(lost, DONE)
        api._call(call(RAW, repeatable=True), {"file": b"1"}, returns=object)
    assert [r.body for r in server.received] == [b"1"] * 4


FIELDS = (Param("a", "a"), Param("f", "f", "file"))


def curl_of(api: Client, made: Call, arguments: dict[str, object]) -> str:
    twin = api._twin()
    twin._raw = True
    raw: Any = twin._call(made, arguments, returns=object)
    assert isinstance(raw, RawResponse)
    return raw.curl


@pytest.mark.parametrize("upload", [True, False])
def test_a_credential_among_the_parts(server: Recorder, upload: bool) -> None:
    server.reply(DONE)
    made = call(Body("multipart", FIELDS))
    arguments: dict[str, object] = {"a": "1"}
    expected = [Part("auth[key]", SECRET.encode()), Part("a", b"1")]
    if upload:
        arguments["f"] = io.BytesIO(b"2")
        expected.append(Part("f", b"2", "f", "application/octet-stream"))
    else:
        made = call(Body("multipart", FIELDS[:1]))
    with client(server, ApiKey(Send("body", "$.auth.key")), "api_key") as api:
        curl = curl_of(api, made, arguments)
    assert server.last.parts == expected
    assert SECRET not in curl
    assert "***" in curl


def test_a_file_has_no_place_for_a_credential(server: Recorder) -> None:
    scheme = ApiKey(Send("body", "$.key"))
    with client(server, scheme, "api_key") as api, pytest.raises(AuthError, match="or a form"):
        api._call(call(RAW), {"file": b"1"}, returns=object)
    assert not server.received


def test_a_credential_in_a_form(server: Recorder) -> None:
    server.reply(DONE)
    with client(server, ApiKey(Send("body", "$.key")), "api_key") as api:
        curl = curl_of(api, call(Body("form", FIELDS[:1])), {"a": "1"})
        assert server.last.body == b"a=1&key=sk-very-secret%2F1"
        assert curl.endswith("--data-binary 'a=1&key=***'")
        api._call(call(Body("form", FIELDS[:1])), {}, returns=object)
        assert server.last.body == b"key=sk-very-secret%2F1"
