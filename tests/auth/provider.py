"""A provider on a real socket whose token endpoint and data do as the test says."""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    """A request as it arrived; `params` are its form, JSON object or query."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    params: dict[str, Any]
    body: bytes


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


@dataclass
class Provider:
    """Issues numbered tokens at /token and answers /data to whoever sends a token it still takes."""

    port: int
    expires_in: Any = 3600
    rotate: bool = True
    delay: float = 0.0
    issued: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    token_requests: list[Received] = field(default_factory=list)
    data_requests: list[Received] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)  # used up first, at /token
    token_of: Callable[[Received], str | None] = lambda r: r.headers.get(
        "authorization", ""
    ).removeprefix("Bearer ")
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def grants(self) -> list[str]:
        return [r.params.get("grant_type", "") for r in self.token_requests]

    def revoke_all(self) -> None:
        """No token issued so far is taken any more; refresh tokens stay."""
        with self.lock:
            self.valid.clear()

    def answer(self, request: Received) -> Reply:
        if request.path.startswith("/data"):
            return self._data(request)
        with self.lock:
            self.token_requests.append(request)
            reply = self.replies.pop(0) if self.replies else None
        time.sleep(self.delay)
        return reply or self._issue(request)

    def _data(self, request: Received) -> Reply:
        token = self.token_of(request)
        with self.lock:
            self.data_requests.append(request)
            if token in self.valid:
                return Reply(200, {"token": token})
        return Reply(401, {"error": "token refused"})

    def _issue(self, request: Received) -> Reply:
        with self.lock:
            refresh = request.params.get("refresh_token")
            if request.params.get("grant_type") == "refresh_token":
                if refresh not in self.refresh_tokens:
                    reason = f"unknown refresh token {refresh}"
                    return Reply(400, {"error": "invalid_grant", "error_description": reason})
                if self.rotate:
                    self.refresh_tokens.discard(refresh)
            number = next(self.numbers)
            token = f"tok-secret-{number}"
            self.issued.append(token)
            self.valid.add(token)
            body = {"access_token": token, "token_type": "Bearer"}
            if self.expires_in is not None:
                body["expires_in"] = self.expires_in
            if self.rotate or refresh is None:
                body["refresh_token"] = f"ref-secret-{number}"
                self.refresh_tokens.add(body["refresh_token"])
            return Reply(200, body)


@contextmanager
def serving(**settings: Any) -> Iterator[Provider]:
    """A provider that runs until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            reply = provider.answer(_received(self, self.rfile.read(length)))
            body = reply.body if isinstance(reply.body, (str, bytes)) else json.dumps(reply.body)
            content = body.encode() if isinstance(body, str) else body
            self.send_response(reply.status)
            kind = "text/plain" if isinstance(reply.body, (str, bytes)) else "application/json"
            for name, value in {"Content-Type": kind, **reply.headers}.items():
                self.send_header(name, value)
            for cookie in reply.cookies:
                self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = handle_any

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 512
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    provider = Provider(server.server_address[1], **settings)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _received(handler: BaseHTTPRequestHandler, body: bytes) -> Received:
    parts = urlsplit(handler.path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    headers = {k.lower(): v for k, v in handler.headers.items()}
    kind = headers.get("content-type", "")
    params: dict[str, Any] = dict(query)
    if "form" in kind:
        params |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    elif "json" in kind and body:
        params |= json.loads(body)
    return Received(handler.command, parts.path, headers, query, params, body)


def basic(value: str) -> tuple[str, str]:
    """User name and password of a Basic header, as the client wrote them."""
    user, _, password = base64.b64decode(value.removeprefix("Basic ")).decode().partition(":")
    return user, password
