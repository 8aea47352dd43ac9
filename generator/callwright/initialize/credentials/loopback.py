"""Waits on 127.0.0.1 for the browser that a provider sends back."""

from __future__ import annotations

import hmac
import html
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from callwright.errors import InitializeError, SpecError
from callwright.runtime.errors import AuthError
from callwright.runtime.sign_in import has_error, read_redirect, redirect_parameters

_PAGE = """<!doctype html><meta charset="utf-8"><title>Callwright</title>
<p style="font: 16px sans-serif; margin: 3em">{text}</p>"""


def local_target(redirect_uri: str | None, port: int | None) -> tuple[int, str]:
    """The port (0: any) and path to listen on for a redirect URI. Raises SpecError when it is not on this machine."""
    if redirect_uri is None:
        return port or 0, "/callback"
    parts = urlsplit(redirect_uri)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost"):
        raise SpecError(
            f"the browser is sent back to {redirect_uri}, where nobody can listen here: add --paste"
        )
    if port and parts.port and port != parts.port:
        raise SpecError(f"--port {port} does not fit the redirect URI {redirect_uri}")
    if parts.hostname == "localhost" and parts.port is None:
        raise SpecError(f"the redirect URI {redirect_uri} names no port: give it one")
    return parts.port or port or 0, parts.path or "/"


class Listener:
    """Takes the one request that carries this sign-in's state, or a refusal of the provider; anything else is turned
    away and waited past.

    Args:
        state: What the request must carry.
        port: Where to listen; 0 for any free port.
        path: The path of the redirect URI.

    Raises:
        InitializeError: The port is taken.
    """

    def __init__(self, state: str, *, port: int = 0, path: str = "/callback") -> None:
        self._state = state
        self._path = path
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        try:
            self._server = _Server(("127.0.0.1", port), self._handler())
        except OSError as error:
            raise InitializeError(
                f"cannot listen on 127.0.0.1:{port}: {error.strerror}; give another --port"
            ) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def wait(self, seconds: float) -> str:
        """The query of the request. Raises InitializeError when none comes in time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                # in short pieces: on Windows a long wait would not notice Ctrl-C
                return self._answers.get(timeout=min(left, 0.5))
            except queue.Empty:
                continue
        raise InitializeError(f"nobody came back within {seconds:g} s")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _read(self, target: str) -> tuple[int, str, str | None]:
        """The status and text of the page for a request, and the query when it ends the wait."""
        path, _, query = target.partition("?")
        if path != self._path:
            return 404, "There is nothing here.", None
        problem = None
        try:
            read_redirect(query, state=self._state)
        except AuthError as error:
            problem = f"Not signed in: {error}."
        given = redirect_parameters(query)
        # some providers refuse without the state: nothing else is going to come then
        ends = has_error(given) or self._has_state(given.get("state", ""))
        text = problem or "Done: go back to the terminal. This window can be closed."
        return 400 if problem else 200, text, query if ends else None

    def _has_state(self, state: str) -> bool:
        return hmac.compare_digest(state.encode(), self._state.encode())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        read, put = self._read, self._answers.put

        class Handler(BaseHTTPRequestHandler):
            timeout = 10.0  # a browser opens connections that it never uses

            def do_GET(self) -> None:
                status, text, query = read(self.path)
                content = _PAGE.format(text=html.escape(text)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                # the address in the browser's history holds the code: nobody else is to learn it
                self.send_header("Referrer-Policy", "no-referrer")
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()
                if query is not None:
                    # last: the program may end at once, and the page with it
                    put(query)

            def log_message(self, format: str, *args: object) -> None:
                """Print nothing: the request line holds the code."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False  # on Windows it would let two programs share the port
