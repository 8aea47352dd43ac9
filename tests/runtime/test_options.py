"""Options of a client's connections and of whole calls: deadlines, authorities, proxies, how many connections."""

from __future__ import annotations

import asyncio
import http.server
import pickle
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import trustme
from handwritten._runtime.client import AsyncClient, Client
from handwritten._runtime.definition import (
    ApiKey,
    Call,
    ClientCertificate,
    Connector,
    Credential,
    Environment,
    NamedScheme,
    RateLimit,
    Response,
    Retry,
    Send,
    Timeout,
)
from handwritten._runtime.errors import (
    ApiTimeoutError,
    ArgumentError,
    RateLimitError,
    ServerError,
    StatusError,
    TransportError,
)

from tests.runtime.conftest import Answer, Make, Server

READ = Call("read", "GET", "/x", data=True, response=Response(untyped=True))
WRITE = Call("write", "POST", "/x", data=False, response=Response(untyped=True))


def drip() -> Iterator[bytes]:
    """A body that never ends, a byte at a time."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    for _ in range(100):
        time.sleep(0.05)
        yield b" "


class TestTotal:
    def test_a_body_that_only_drips(self, api: Make, server: Server) -> None:
        server.on("/x", Answer(raw=drip()))
        client = api(client={"timeout": Timeout(total=0.4), "retry": Retry(attempts=1)})
        started = time.monotonic()
        with pytest.raises(
            ApiTimeoutError, match=r"read: not done within 0.4 s \(total timeout\)"
        ) as e:
            client.call(READ)
        assert 0.3 < time.monotonic() - started < 1.5
        assert (e.value.phase, e.value.seconds, e.value.request_sent) == ("total", 0.4, True)
        assert e.value.is_retryable

    def test_a_server_that_says_nothing(self, api: Make, server: Server) -> None:
        server.on("/x", Answer(delay=3))
        client = api(client={"timeout": Timeout(total=0.3)})
        started = time.monotonic()
        with pytest.raises(ApiTimeoutError, match="total timeout"):
            client.call(READ)
        assert time.monotonic() - started < 2  # the retries of a data call count, too

    def test_a_wait_that_would_go_beyond_is_not_begun(self, api: Make, server: Server) -> None:
        server.on("/x", Answer(503, b"{}", {"Retry-After": "20"}), Answer())
        client = api(client={"timeout": Timeout(total=5)})
        started = time.monotonic()
        with pytest.raises(ApiTimeoutError, match=r"not done within 5 s \(total timeout\)"):
            client.call(READ)
        assert time.monotonic() - started < 2
        assert len(server.received) == 1

    def test_the_specs_own(self, api: Make, server: Server) -> None:
        server.on("/x", Answer(delay=2))
        with pytest.raises(ApiTimeoutError, match=r"within 0\.2 s"):
            api(timeout=Timeout(total=0.2)).call(READ)

    def test_in_time(self, api: Make, server: Server) -> None:
        server.on("/x", Answer(503), Answer())
        assert api(client={"timeout": Timeout(total=20)}).call(READ) == {}

    @pytest.mark.parametrize("seconds", [0, -1, True, "5"])
    def test_is_a_number_of_seconds(self, api: Make, seconds: Any) -> None:
        with pytest.raises(ArgumentError, match="timeout must be more than 0 seconds"):
            api(client={"timeout": Timeout(total=seconds)})


def test_requests_wait_for_a_connection_without_limit(server: Server) -> None:
    server.on("/x", Answer(delay=0.2))
    connector = Connector("acme", "ACME_", environments=(Environment("live", server.url),))
    with (
        Client(connector, max_connections=1, timeout=0.9) as client,
        ThreadPoolExecutor(6) as threads,
    ):
        done = [threads.submit(client._call, READ, {}, returns=None) for _ in range(6)]
        assert [one.result() for one in done] == [{}] * 6
    starts = [received.at for received in server.received]
    assert min(b - a for a, b in pairwise(starts)) > 0.15


def test_a_limit_for_that_wait(server: Server) -> None:
    server.on("/x", Answer(delay=1))
    connector = Connector("acme", "ACME_", environments=(Environment("live", server.url),))

    async def run() -> list[Any]:
        timeout, retry = Timeout(pool=0.1), Retry(attempts=1)
        async with AsyncClient(
            connector, max_connections=1, timeout=timeout, retry=retry
        ) as client:
            calls = [client._call(READ, {}, returns=None) for _ in range(2)]
            return await asyncio.gather(*calls, return_exceptions=True)

    found = [r for r in asyncio.run(run()) if r != {}]
    assert [(type(e), e.phase, e.request_sent) for e in found] == [(ApiTimeoutError, "pool", False)]


@pytest.mark.parametrize("most", [0, -1, True, 1.5, "3"])
def test_max_connections_is_a_number(api: Make, most: Any) -> None:
    with pytest.raises(ArgumentError, match="max_connections must be a whole number of at least 1"):
        api(client={"max_connections": most})


@pytest.mark.parametrize(
    "option", [{"verify": "ca.pem"}, {"proxy": "http://127.0.0.1:9"}, {"max_connections": 3}]
)
def test_options_of_a_pool_of_our_own(option: dict[str, Any]) -> None:
    import httpx

    connector = Connector(
        "acme", "ACME_", environments=(Environment("live", "http://127.0.0.1:9"),)
    )
    (name,) = option
    with (
        httpx.Client() as own,
        pytest.raises(ArgumentError, match=f"{name} cannot be combined with http_client"),
    ):
        Client(connector, http_client=own, **option)
    with pytest.raises(ArgumentError, match=f"{name} cannot be combined with transport"):
        Client(connector, transport=httpx.MockTransport(lambda _: httpx.Response(200)), **option)


class TestVerify:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def secure(self, authority: trustme.CA) -> Iterator[str]:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None: ...

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()

    def test_a_file_or_a_context(
        self, api: Make, secure: str, authority: trustme.CA, tmp_path: Path
    ) -> None:
        environments = (Environment("live", secure),)
        with pytest.raises(TransportError, match="certificate verify failed"):
            api(environments=environments, client={"retry": Retry(attempts=1)}).call(READ)
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        context = ssl.create_default_context()
        authority.configure_trust(context)
        for verify in (file, str(file), context):
            assert api(environments=environments, client={"verify": verify}).call(READ) == {}

    @pytest.mark.parametrize(
        ("verify", "problem"),
        [
            ("nowhere.pem", "verify No such file or directory: 'nowhere.pem'"),
            (False, "verify must be the path of a PEM file, or an ssl.SSLContext"),
            (5, "verify must be the path"),
        ],
    )
    def test_what_cannot_be_used(self, api: Make, verify: Any, problem: str) -> None:
        with pytest.raises(ArgumentError, match=problem):
            api(client={"verify": verify})

    def test_a_file_without_certificates(self, api: Make, tmp_path: Path) -> None:
        (tmp_path / "ca.pem").write_text("nothing")
        with pytest.raises(ArgumentError, match="verify holds no PEM certificates: "):
            api(client={"verify": tmp_path / "ca.pem"})

    def test_not_with_a_client_certificate(self, api: Make) -> None:
        scheme = NamedScheme("default", ClientCertificate(), ("certificate",))
        credential = Credential("certificate", {"live": "ACME_CERTIFICATE"})
        with pytest.raises(
            ArgumentError, match="verify cannot be combined with a client certificate"
        ):
            api(
                auth=(scheme,), credentials=(credential,),
                client={"credentials": {"certificate": "x"}, "verify": ssl.create_default_context()},
            )  # fmt: skip


def test_a_proxy_takes_every_request(
    api: Make, server: Server, other: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    # even to this machine; it is asked with the whole URL
    other.on(f"{server.url}/x", Answer(200, b'{"by": "proxy"}'))
    user = other.url.replace("://", "://ada:pr0xy-s3cret@")
    assert api(client={"proxy": user}).call(READ) == {"by": "proxy"}
    assert server.received == []
    assert other.received[0].headers["Proxy-Authorization"].startswith("Basic ")


@pytest.mark.parametrize("proxy", ["127.0.0.1:9", "ftp://x", 5, "http://[s3cret"])
def test_a_proxy_is_a_url(api: Make, proxy: Any) -> None:
    with pytest.raises(ArgumentError, match="proxy must be the URL of a proxy") as caught:
        api(client={"proxy": proxy})
    assert "s3cret" not in str(caught.value)


def test_copies_of_one_account_share_its_allowance(api: Make, server: Server) -> None:
    server.on("/x", Answer())
    scheme = NamedScheme("default", ApiKey(Send("header", "X-Key")), ("api_key",))
    client = api(
        rate_limit=RateLimit(1, 0.3), auth=(scheme,),
        credentials=(Credential("api_key", {"live": "ACME_API_KEY"}),),
        client={"credentials": {"api_key": "first"}},
    )  # fmt: skip
    for key in ("second", "second", "first", "second"):
        copy = client.client._copy(credentials={"api_key": key})
        client.run(copy._call(READ, {}, returns=None))
    at = [received.at for received in server.received]
    assert at[1] - at[0] > 0.25
    assert at[2] - at[1] < 0.2  # another account
    assert at[3] - at[1] > 0.25


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, False), (404, False), (408, True), (409, False), (429, True), (500, True), (501, False), (503, True)],
)  # fmt: skip
def test_errors_say_whether_a_retry_may_help(
    api: Make, server: Server, status: int, expected: bool
) -> None:
    server.on("/x", Answer(status))
    with pytest.raises(StatusError) as caught:
        api(client={"retry": Retry(attempts=1)}).call(WRITE)
    assert caught.value.is_retryable is expected
    assert pickle.loads(pickle.dumps(caught.value)).is_retryable is expected


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_above_the_cap_is_in_the_error(api: Make, server: Server, status: int) -> None:
    server.on("/x", Answer(status, b"{}", {"Retry-After": "3600"}))
    started = time.monotonic()
    with pytest.raises((RateLimitError, ServerError)) as caught:
        api().call(READ)
    assert time.monotonic() - started < 2
    assert caught.value.retry_after == 3600
    assert len(server.received) == 1


def test_problems_need_no_configuration(api: Make, server: Server) -> None:
    body = b'{"type": "https://acme.example/out-of-credit", "title": "No credit", "detail": "It is 30."}'
    server.on("/x", Answer(403, body, {"Content-Type": "application/problem+json; charset=utf-8"}))
    with pytest.raises(StatusError) as caught:
        api().call(READ)
    assert (caught.value.message, caught.value.code) == (
        "It is 30.",
        "https://acme.example/out-of-credit",
    )
    server.on("/x", Answer(403, body.replace(b"https://acme.example/out-of-credit", b"about:blank"),
                           {"Content-Type": "application/problem+json"}))  # fmt: skip
    with pytest.raises(StatusError) as caught:
        api().call(READ)
    assert caught.value.code is None


def test_the_logs_of_another_http_library_are_cleaned_too() -> None:
    source = Path(sys.modules["handwritten._runtime.http"].__file__ or "").read_text()
    code = source.replace(
        "import httpx as httpx",
        "import types; httpx = types.SimpleNamespace(__name__='httpx2', __version__='2.0')",
    )
    code = code.replace("from .versions", "from callwright.runtime.versions")
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint(LOGGERS)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "('httpx2', 'httpcore2.http11')\n"
