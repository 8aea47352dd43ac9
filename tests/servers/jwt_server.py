"""The process behind `jwt_exchange.py`: a token endpoint by RFC 7523 and a small API. Run by path.

It verifies signature, audience, issuer and lifetime of each assertion for real, and answers as
RFC 6749 says. Settings come as JSON in JWT_SETTINGS: {port, ttl, issuer, keys: {alg: file}}.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import jwt

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST_LIFETIME = 3600

BOOKS = [
    {"id": 1, "title": "Frankenstein", "pages": 280},
    {"id": 2, "title": "Solaris", "pages": None},
]


class Refused(Exception):
    """A token request that is turned down, in RFC 6749's words."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


class State:
    """What the server knows: its keys, and the tokens it gave out with their ends."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.url = f"http://127.0.0.1:{settings['port']}"
        self.ttl = float(settings["ttl"])
        self.issuer = str(settings["issuer"])
        self.keys = {name: Path(file).read_text() for name, file in settings["keys"].items()}
        self.tokens: dict[str, tuple[float, dict[str, Any]]] = {}
        self.token_requests = 0
        self.lock = threading.Lock()

    def exchange(self, form: dict[str, str]) -> dict[str, Any]:
        """A token for a valid assertion; raises Refused."""
        with self.lock:
            self.token_requests += 1
        if form.get("grant_type") != GRANT:
            raise Refused("unsupported_grant_type", f"only {GRANT} is served")
        claims = self.verify(form.get("assertion", ""))
        token = secrets.token_urlsafe(24)
        granted = {"sub": claims.get("sub", claims["iss"]), "scope": claims.get("scope", "")}
        with self.lock:
            self.tokens[token] = (time.time() + self.ttl, granted)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(self.ttl)}
        return {**answer, "scope": granted["scope"]}

    def verify(self, assertion: str) -> dict[str, Any]:
        """The claims of an assertion whose every part is in order; raises Refused."""
        try:
            algorithm = str(jwt.get_unverified_header(assertion)["alg"])
            if algorithm not in self.keys:
                raise Refused("invalid_grant", f"algorithm {algorithm} is not accepted")
            claims: dict[str, Any] = jwt.decode(
                assertion,
                self.keys[algorithm],
                algorithms=[algorithm],
                audience=f"{self.url}/token",
                issuer=self.issuer,
                options={"require": ["iss", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise Refused("invalid_grant", str(error)) from None
        if claims["exp"] - claims["iat"] > LONGEST_LIFETIME:
            raise Refused("invalid_grant", "the assertion lives longer than an hour")
        return claims

    def owner(self, header: str) -> dict[str, Any] | None:
        """Whom a bearer token belongs to; None when it is unknown, expired or revoked."""
        end, granted = self.tokens.get(header.removeprefix("Bearer "), (0.0, None))
        return granted if end > time.time() else None


class Handler(BaseHTTPRequestHandler):
    """POST /token, POST /revoke, GET /api/books, GET /stats."""

    state: ClassVar[State]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        form = {name: values[-1] for name, values in parse_qs(self._body()).items()}
        if self.path == "/token":
            try:
                self._answer(200, self.state.exchange(form))
            except Refused as refused:
                self._answer(400, refused.body)
        elif self.path == "/revoke":
            self.state.tokens.pop(form.get("token", ""), None)
            self._answer(200, {})
        else:
            self._answer(404, {"error": "not_found"})

    def do_GET(self) -> None:
        if self.path == "/stats":
            self._answer(200, {"token_requests": self.state.token_requests})
        elif self.path == "/api/books":
            granted = self.state.owner(self.headers.get("Authorization", ""))
            if granted is None:
                self._answer(401, {"error": "invalid_token"})
            else:
                self._answer(200, {"items": BOOKS, **granted})
        else:
            self._answer(404, {"error": "not_found"})

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the tests' output stays readable."""

    def _body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def _answer(self, status: int, document: object) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    """Takes bursts: many clients connect in the same moment."""

    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    settings = json.loads(os.environ["JWT_SETTINGS"])
    Handler.state = State(settings)
    Server(("127.0.0.1", settings["port"]), Handler).serve_forever()
