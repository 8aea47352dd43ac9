"""The process's environment: proxies, what goes past them, whom to trust, and what is said of mistakes in it."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from handwritten._runtime.definition import (
    ApiKey,
    Call,
    Credential,
    Environment,
    NamedScheme,
    Send,
)
from handwritten._runtime.errors import ApiError, ApiTimeoutError, TransportError
from handwritten._runtime.sending.environment import default_tls, exemptions, proxies
from hypothesis import given
from hypothesis import strategies as st

from .conftest import Answer, Make, Server

READ = Call("read", "GET", "/x", data=True)
FAR = Environment("live", "https://api.acme.example")
FAR_HTTP = Environment("live", "http://api.acme.example")
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PASSWORD = "pr0xy-pass"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "ssl_cert_file", "ssl_cert_dir", "request_method"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def listening(answer: Callable[[bytes], bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """A proxy of a few bytes: its address, and the heads of requests that it saw."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    head = b""
                    # the first byte of TLS is no HTTP
                    while b"\r\n\r\n" not in head and head[:1] != b"\x16":
                        more = connection.recv(65536)
                        if not more:
                            break
                        head += more
                    seen.append(head)
                    connection.sendall(answer(head))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", seen
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.fixture
def refusing() -> Iterator[tuple[str, list[bytes]]]:
    yield from listening(
        lambda head: b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


@pytest.fixture
def bad_gateway() -> Iterator[tuple[str, list[bytes]]]:
    yield from listening(lambda head: b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def closing() -> Iterator[tuple[str, list[bytes]]]:
    yield from listening(lambda head: b"")


@pytest.fixture
def forwarding() -> Iterator[tuple[str, list[bytes]]]:
    yield from listening(
        lambda head: b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )


def used(url: str) -> str | None:
    """The variable that names the proxy of a URL."""
    found = proxies()
    proxy = found.proxy_for(httpx.URL(url)) if found is not None else None
    return None if proxy is None else proxy.variable


def test_each_scheme_has_its_variable_and_all_proxy_stands_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert proxies() is None
    monkeypatch.setenv("NO_PROXY", "a.example")
    assert proxies() is None
    monkeypatch.setenv("ALL_PROXY", "http://p:1")
    monkeypatch.setenv("https_proxy", "p:2")
    assert used("https://b.example/") == "https_proxy"
    assert used("http://b.example/") == "ALL_PROXY"
    assert used("http://a.example/") is None


def test_white_space_around_a_proxy_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", " http://p:1\n")
    assert used("https://b.example/") == "HTTPS_PROXY"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.8.9.1:9", "[::1]:8080", "localhost", "LOCALHOST", "api.localhost", "localhost."],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_is_never_behind_a_proxy(
    monkeypatch: pytest.MonkeyPatch, scheme: str, host: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://nowhere")
    assert used(f"{scheme}://{host}/x") is None


@pytest.mark.parametrize(
    ("no_proxy", "direct", "proxied"),
    [
        ("*", ["http://a.example", "https://10.0.0.1"], []),
        ("acme.example", ["https://acme.example", "https://api.ACME.example", "http://acme.example:81"],
         ["https://notacme.example", "https://acme.example.net"]),
        (".acme.example", ["https://acme.example", "https://a.b.acme.example"], ["https://xacme.example"]),
        ("*.acme.example", ["https://api.acme.example"], ["https://acme.example"]),
        ("192.168.*", ["http://192.168.3.4"], ["http://192.169.0.1"]),
        ("acme.example:8443", ["https://acme.example:8443"], ["https://acme.example"]),
        ("acme.example:443", ["https://acme.example"], ["http://acme.example"]),
        ("https://acme.example", ["https://acme.example"], ["http://acme.example"]),
        ("all://acme.example/", ["https://acme.example", "http://acme.example"], []),
        ("10.0.0.0/8", ["http://10.1.2.3", "https://10.255.0.1:9"], ["http://11.0.0.1", "http://ten.example"]),
        ("10.0.0.5/8", ["http://10.1.2.3"], ["http://11.0.0.1"]),
        ("10.0.0.1:8080", ["http://10.0.0.1:8080"], ["http://10.0.0.1"]),
        ("10.0.0.1", ["http://10.0.0.1", "http://[::ffff:10.0.0.1]"], ["http://10.0.0.10"]),
        ("fe80::/10", ["http://[fe80::1]:9", "http://[febf::1]"], ["http://[2001:db8::1]"]),
        ("::1/128,2001:db8::5", ["http://[2001:db8::5]"], ["http://[2001:db8::6]"]),
        ("[2001:db8::5]", ["http://[2001:DB8::5]", "http://[2001:db8:0::5]:99"], []),
        ("[2001:db8::]/32", ["http://[2001:db8:1::5]"], ["http://[2001:db9::5]"]),
        ("[2001:db8::5]:8080", ["http://[2001:db8::5]:8080"], ["http://[2001:db8::5]"]),
        (" a.example ,\tb.example c.example,", ["http://a.example", "http://b.example", "http://c.example"], ["http://d.example"]),
        ("münchen.example", ["http://xn--mnchen-3ya.example"], []),
        ("a.example.", ["http://a.example"], []),
        ("[::1,::1/129,10.0.0.0/99,ht!tp,,:,/,//,:80,[],a:b:c:d,\u2026,.,a.example:x", [], ["http://10.0.0.1", "http://a.example"]),
        ("<local>,b.example", ["http://b.example"], ["http://a.example"]),
    ],
)  # fmt: skip
def test_entries_of_no_proxy(
    monkeypatch: pytest.MonkeyPatch, no_proxy: str, direct: list[str], proxied: list[str]
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://p:1")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert [url for url in direct if used(url) is not None] == []
    assert [url for url in proxied if used(url) is None] == []


@given(st.text())
def test_no_entry_of_no_proxy_raises(text: str) -> None:
    for entry in exemptions(text):
        for host in ("a.example", "10.0.0.1", "2001:db8::1"):
            assert entry.covers("https", host, 443) in (True, False)


@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize("scheme", ["socks", "socks5"])  # the package for the latter is missing
def test_the_variable_of_a_proxy_that_cannot_be_used_is_named(
    api: Make, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    monkeypatch.setenv(variable, f"{scheme}://joe:{PASSWORD}@127.0.0.1:1080")
    with pytest.raises(ApiError, match=f"^{variable}") as caught:
        api(environments=(FAR,))
    assert PASSWORD not in repr((str(caught.value), caught.value.__context__))


@pytest.mark.parametrize(
    "address",
    [
        f"ftp://joe:{PASSWORD}@p",
        f"http://joe:{PASSWORD}@p:99999",
        f"http://joe:{PASSWORD}@p:x",
        f"http://joe:{PASSWORD}@[::1",
        f"http://joe:{PASSWORD}@",
        f"joe:{PASSWORD}@p:x",
        f"http://p p/{PASSWORD}",
        "http://",
        "://",
        "\x01",
    ],
)
def test_an_address_that_is_no_proxy_names_its_variable_and_no_password(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    with pytest.raises(ApiError, match=r"^ALL_PROXY") as caught:
        used("https://api.acme.example")
    error = caught.value
    assert PASSWORD not in repr((str(error), error.args, error.__context__, error.__cause__))


def test_a_proxy_that_cannot_be_used_is_no_matter_where_none_is(
    api: Make, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/x", Answer(body=b'{"id": 1}'))
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:1080")
    assert api().call(READ, dict[str, int]) == {"id": 1}
    monkeypatch.setenv("NO_PROXY", "acme.example")
    api(environments=(FAR,))
    monkeypatch.setenv("NO_PROXY", "")
    api(environments=(FAR,), client={"base_url": server.url})


def test_a_proxy_for_an_address_that_is_known_late_is_told_when_it_is_called(
    api: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks://127.0.0.1:1080")
    far = READ.replace(base_url="https://other.example")
    made = api()
    with pytest.raises(ApiError, match="HTTPS_PROXY"):
        made.call(far)


def test_a_key_for_this_machine_never_goes_to_a_proxy(
    api: Make, server: Server, forwarding: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/x", Answer())
    address, seen = forwarding
    monkeypatch.setenv("http_proxy", f"http://{address}")
    scheme = NamedScheme("default", ApiKey(Send("header", "X-Key")), ("api_key",))
    made = api(
        auth=(scheme,), credentials=(Credential("api_key", {}),),
        client={"credentials": {"api_key": "k"}},
    )  # fmt: skip
    made.raw(READ)
    assert (seen, len(server.received)) == ([], 1)
    with pytest.raises(ApiError, match="allow_insecure: true"):
        made.call(READ.replace(base_url="http://far.example"))
    assert seen == []


def test_a_proxy_forwards_plain_http(
    api: Make, forwarding: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, seen = forwarding
    monkeypatch.setenv("http_proxy", address)
    api(environments=(FAR_HTTP,)).raw(READ)
    assert seen[0].startswith(b"GET http://api.acme.example/x HTTP/1.1\r\n")


@pytest.mark.parametrize("environment", [FAR, FAR_HTTP], ids=["tunnel", "forward"])
def test_a_refusal_of_the_proxy_is_told_as_its_own(
    api: Make,
    refusing: tuple[str, list[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    environment: Environment,
) -> None:
    address, _ = refusing
    monkeypatch.setenv("ALL_PROXY", f"http://joe:{PASSWORD}@{address}")
    with pytest.raises(TransportError) as caught:
        api(environments=(environment,)).call(READ)
    assert str(caught.value) == (
        f"read: the proxy {address} (ALL_PROXY) for api.acme.example refused the connection:"
        " 407 Proxy Authentication Required"
    )
    assert caught.value.request_sent is False
    assert PASSWORD not in repr((caught.value.__context__, vars(caught.value)))


def test_a_tunnel_that_cannot_be_built_is_told_as_the_proxys(
    api: Make, bad_gateway: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = bad_gateway
    monkeypatch.setenv("https_proxy", f"http://{address}")
    with pytest.raises(TransportError, match="refused the connection: 502 Bad Gateway") as caught:
        api(environments=(FAR,)).call(READ)
    assert address in str(caught.value)
    assert caught.value.request_sent is False


def test_a_proxy_that_is_not_there_is_told_as_the_proxys(
    api: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("https_proxy", f"http://joe:{PASSWORD}@{address}")
    with pytest.raises(TransportError, match=r"no connection to the proxy") as caught:
        api(environments=(FAR,)).call(READ)
    assert f"{address} (https_proxy) for api.acme.example" in str(caught.value)
    assert caught.value.request_sent is False
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "environment", "sent"),
    [("http", FAR, False), ("http", FAR_HTTP, True), ("https", FAR, False)],
    ids=["tunnel", "forward", "TLS with the proxy"],
)
def test_a_proxy_that_breaks_off_is_told_as_the_proxys(
    api: Make,
    closing: tuple[str, list[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    scheme: str,
    environment: Environment,
    sent: bool,
) -> None:
    address, _ = closing
    monkeypatch.setenv("all_proxy", f"{scheme}://{address}")
    call = READ.replace(data=False)
    with pytest.raises(TransportError) as caught:
        api(environments=(environment,)).call(call)
    assert f"the proxy {address} (all_proxy)" in str(caught.value)
    assert caught.value.request_sent is sent


def test_a_proxy_that_does_not_answer_is_a_timeout_of_the_proxy(
    api: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("https_proxy", f"http://{address}")
        with pytest.raises(ApiTimeoutError, match="the proxy 127") as caught:
            api(environments=(FAR,), client={"timeout": 0.2}).call(READ.replace(data=False))
    assert caught.value.request_sent is False


def test_an_own_http_client_keeps_its_proxy(server: Server, api: Make) -> None:
    server.on("/x", Answer(body=b'{"via": "proxy"}'))
    # the scripted server stands in for the proxy: a path is all it looks at
    with httpx.Client(proxy=server.url) as own:
        from handwritten._runtime.client import Client
        from handwritten._runtime.definition import Connector

        connector = Connector("acme", "ACME_", (Environment("live", "http://127.0.0.1:9"),))
        with Client(connector, http_client=own) as client:
            client._exchange(READ, {})
    assert server.received[0].path == "http://127.0.0.1:9/x"


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("kind", ["missing", "nonsense", "other"])
def test_certificate_authorities_that_cannot_be_read_name_their_variable(
    api: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, kind: str
) -> None:
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("no certificates")
    other = tmp_path if variable == "SSL_CERT_FILE" else nonsense
    path = {"missing": tmp_path / "missing", "nonsense": nonsense, "other": other}[kind]
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(ApiError, match=f"^{variable}: "):
        api()


def test_certificate_authorities_of_the_environment_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import certifi

    public = len(default_tls().get_ca_certs())
    first = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----\n")
    (tmp_path / "ca.pem").write_text(first[0] + first[1])
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert len(default_tls().get_ca_certs()) == 1 < public
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'missing'}{os.pathsep}{tmp_path}")
    assert default_tls().get_ca_certs() == []


def test_an_own_client_or_transport_needs_no_environment(
    api: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "missing.pem")
    monkeypatch.setenv("ALL_PROXY", "socks://nowhere")
    answer: Any = httpx.MockTransport(lambda request: httpx.Response(200, content=b"{}"))
    made = api(environments=(FAR,), client={"transport": answer})
    assert made.call(READ, dict[str, int]) == {}
