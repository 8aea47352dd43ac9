"""A provider on a real socket that records whole requests, chunked ones too, and answers by script."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from python_multipart import MultipartParser
from python_multipart.multipart import parse_options_header


@dataclass
class Reply:
    """One scripted response. ``length``: another Content-Length than the body has, None for none at all."""

    status: int = 200
    body: bytes | Sequence[bytes] = b'{"id": "f1", "bytes": 1}'
    kind: str | None = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    length: int | str | None = "its own"


@dataclass
class Part:
    """One part of a multipart body."""

    name: str
    content: bytes
    filename: str | None = None
    kind: str | None = None


@dataclass
class Request:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def parts(self) -> list[Part]:
        """The parts of a multipart body, read by another library."""
        return parts_of(self.headers["content-type"], self.body)


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """The parts of a multipart body. Raises what the library raises for one that is malformed."""
    _, options = parse_options_header(content_type)
    parts: list[tuple[dict[bytes, bytes], bytearray]] = []
    name = bytearray()
    value = bytearray()
    ended: list[bool] = []

    def add(to: bytearray) -> Any:
        return lambda data, start, end: to.extend(data[start:end])

    def header_end() -> None:
        parts[-1][0][bytes(name).lower()] = bytes(value)
        name.clear()
        value.clear()

    parser = MultipartParser(
        options[b"boundary"],
        {
            "on_part_begin": lambda: parts.append(({}, bytearray())),
            "on_header_field": add(name),
            "on_header_value": add(value),
            "on_header_end": header_end,
            "on_part_data": lambda data, start, end: parts[-1][1].extend(data[start:end]),
            "on_end": lambda: ended.append(True),
        },
    )
    parser.write(body)
    parser.finalize()
    assert ended or not parts, "the body has no end"
    return [_part(headers, bytes(content)) for headers, content in parts]


def _part(headers: dict[bytes, bytes], content: bytes) -> Part:
    disposition, options = parse_options_header(headers[b"content-disposition"])
    assert disposition == b"form-data"
    filename = options.get(b"filename")
    kind = headers.get(b"content-type")
    return Part(
        options[b"name"].decode(),
        content,
        None if filename is None else filename.decode(),
        None if kind is None else kind.decode(),
    )


class Recorder:
    """Answers each request with the next reply (the last one stays); ``received`` holds what came, in order."""

    def __init__(self) -> None:
        self.received: list[Request] = []
        self.replies: list[Reply] = [Reply()]
        recorder = self

        class Handler(_Handler):
            owner = recorder

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def reply(self, *replies: Reply) -> None:
        """Answer so from now on."""
        self.replies = list(replies)

    @property
    def last(self) -> Request:
        """The request that came last."""
        return self.received[-1]

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client that gave up
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Recorder

    def log_message(self, format: str, *args: object) -> None: ...

    def _body(self) -> bytes:
        if "Transfer-Encoding" not in self.headers:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return b"".join(self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline() or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def do_GET(self) -> None:
        owner = self.owner
        headers = {k.lower(): v for k, v in self.headers.items()}
        owner.received.append(Request(self.command, self.path, headers, self._body()))
        reply = owner.replies.pop(0) if len(owner.replies) > 1 else owner.replies[0]
        pieces = [reply.body] if isinstance(reply.body, bytes) else list(reply.body)
        whole = sum(map(len, pieces))
        self.send_response(reply.status)
        if reply.kind is not None:
            self.send_header("Content-Type", reply.kind)
        length = whole if reply.length == "its own" else reply.length
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            for piece in pieces:
                self.wfile.write(piece)
        if length != whole:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_WR)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET
