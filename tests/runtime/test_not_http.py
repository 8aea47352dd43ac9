"""Responses that are not HTTP, and what the libraries below refuse: each is an error of ours that says what is wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from handwritten._runtime.definition import Call, Environment, Retry
from handwritten._runtime.errors import ApiError, ArgumentError, TransportError
from handwritten._runtime.flow import WireRequest
from handwritten._runtime.sending.network import Network
from handwritten._runtime.sending.pool import Pool, translate
from hypothesis import given
from hypothesis import strategies as st

from .conftest import Make

READ = Call("read", "GET", "/x", data=True)
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def speaker() -> Iterator[tuple[str, list[bytes]]]:
    """A server that says whatever the list holds, and its URL."""
    said: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(said[0])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", said
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (OK + b"/usr/lib/hush.php: notice line\r\n\r\n{}", "illegal header line"),
        (OK + b"X hush: 1\r\n\r\n{}", "illegal header line"),
        (OK + b"X-A: a\x00hush\r\n\r\n{}", "illegal header line"),
        (b"hush is no status line\r\n\r\n", "illegal status line"),
        (b"<html>hush</html>\n\n", "illegal status line"),
        (b"HTTP/1.1 abc hush\r\n\r\n", "illegal status line"),
        (OK + b"Content-Length: hush\r\n\r\n", "bad Content-Length"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "conflicting Content-Length headers"),
        (OK + b"Transfer-Encoding: hush\r\n\r\n", "Transfer-Encoding"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nhush\r\n", "illegal chunk header"),
        (b"\x15\x03\x01\x00\x02\x02\x46" * 4 + b"\r\n\r\n", "illegal status line"),
    ],
)  # fmt: skip
def test_a_response_that_is_not_http_says_what_is_wrong_with_it(
    api: Make, speaker: tuple[str, list[bytes]], said: bytes, problem: str
) -> None:
    url, script = speaker
    script.append(said)
    made = api(environments=(Environment("live", url),), client={"retry": Retry(attempts=1)})
    with pytest.raises(TransportError) as caught:
        made.call(READ)
    text = str(caught.value)
    assert text.startswith(f"read: {url[7:]} sent something that is not an HTTP response: ")
    assert problem in text
    assert "hush" not in repr((text, vars(caught.value), caught.value.__context__))
    assert caught.value.request_sent is True


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"", "without sending an HTTP response"),
        (b"SSH-2.0-hush\r\n", "without sending an HTTP response"),
        (b"<html>hush</html>", "without sending an HTTP response"),
        (OK + b"X-A", "without sending an HTTP response"),
        (OK + b"Content-Length: 9\r\n\r\n{}", "before the response was complete"),
    ],
)
def test_a_connection_that_just_ends_is_told_as_that(
    api: Make, speaker: tuple[str, list[bytes]], said: bytes, problem: str
) -> None:
    url, script = speaker
    script.append(said)
    made = api(environments=(Environment("live", url),), client={"retry": Retry(attempts=1)})
    match = rf"read: {url[7:]} closed the connection {problem}|lost the connection"
    with pytest.raises(TransportError, match=match):
        made.call(READ)


@pytest.mark.parametrize(
    "wire",
    [
        WireRequest("GET", "http://127.0.0.1:9/", headers=(("X A", "hush"),)),
        WireRequest("GET", "http://127.0.0.1:9/", headers=(("X-A", "hush\r\nX-B: 1"),)),
        WireRequest("POST", "http://127.0.0.1:9/", headers=(("Content-Length", "5"),), content=b"hush"),
        WireRequest("GET", "http://127.0.0.1:9/", headers=(("X-A", "hush\ud800"),)),
        WireRequest("GET", "http://127.0.0.1:99999/hush"),
        WireRequest("GET", f"http://{'a' * 70}.example/hush"),
        WireRequest("GET", "http://[::hush/"),
        WireRequest("GET", "ftp://127.0.0.1/hush"),
        WireRequest("GET", "http://127.0.0.1:9/", secret_headers=(("Näme", "hush"),)),
    ],
    ids=lambda wire: wire.url,
)  # fmt: skip
def test_whatever_cannot_be_sent_is_an_error_of_ours(
    speaker: tuple[str, list[bytes]], wire: WireRequest
) -> None:
    url, script = speaker
    script.append(OK + b"Content-Length: 2\r\n\r\n{}")
    pool = Pool(None, None, Network())
    try:
        with pytest.raises(ApiError) as caught:
            pool.send(wire.replace(url=wire.url.replace("http://127.0.0.1:9", url), call="read"))
    finally:
        pool.close()
    assert "hush" not in repr((str(caught.value), vars(caught.value), caught.value.__context__))


def test_errors_of_an_applications_own_transport_pass_as_they_are(api: Make) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise KeyError("a bug of the test itself")

    transport: Any = httpx.MockTransport(answer)
    with pytest.raises(KeyError, match="a bug"):
        api(client={"transport": transport}).call(READ)


WORDS = st.sampled_from(["illegal header line", ": ", "bytearray(b'", 'b"', "hush", "')", " ", "é"])


@given(st.lists(WORDS).map("".join))
def test_no_bytes_of_a_response_are_quoted(text: str) -> None:
    wire = WireRequest("GET", "http://127.0.0.1:9/", call="read")
    told = str(translate(wire, httpx.RemoteProtocolError(f"illegal header line: b'hush{text}")))
    assert "hush" not in told
    assert isinstance(translate(wire, httpx.LocalProtocolError(text)), ArgumentError)
