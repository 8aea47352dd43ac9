"""A provider on 127.0.0.1 that answers as a test scripts it, and a project that describes it."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner, Result

from callwright.captures.model import Capture
from callwright.captures.read import read_captures
from callwright.cli import cli
from callwright.operations.lower import read_requests

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; bytes are sent as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return status, {"Content-Type": "application/json", **named}, content


@dataclass
class Provider:
    """``answers``: "GET /path" → an answer, or a function of the request (None closes the connection without a word);
    everything else is a 404."""

    port: int = 0
    answers: dict[str, Answer | Callable[[Seen], Answer | None]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.seen]

    def handle(self, seen: Seen) -> Answer | None:
        self.seen.append(seen)
        found = self.answers.get(f"{seen.method} {seen.path}")
        if found is None:
            return answer({"message": f"no {seen.path} here", "code": "nowhere"}, 404)
        return found(seen) if callable(found) else found


@dataclass
class Project:
    root: Path
    provider: Provider
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.root / "specs" / "acme"

    def spec(self, text: str, head: str = "auth: none\n") -> None:
        """Write connector.yaml: ``text`` is indented below ``calls:``."""
        calls = "".join(f"  {line}\n" if line.strip() else "\n" for line in text.splitlines())
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "connector.yaml").write_text(
            f"callwright: 1\nname: acme\nbase_url: http://127.0.0.1:{self.provider.port}\n"
            f"errors: {{message_path: $.message, code_path: $.code}}\n{head}calls:\n{calls}"
        )

    def run(self, *args: str) -> Result:
        return CliRunner(env=self.environ).invoke(cli, ["initialize", *args])

    def captures(self) -> dict[str, Capture]:
        """What is stored, by ``call/file``; nothing in the folder may be unusable."""
        requests, _ = read_requests(self.folder, self.root)
        found, problems = read_captures(self.folder / "captures", self.root, requests)
        assert [p.render() for p in problems] == [], problems
        return {c.path.removeprefix("specs/acme/captures/"): c for c in found}

    def files(self) -> list[str]:
        folder = self.folder / "captures"
        return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())

    def everything_written(self) -> str:
        return "".join(
            p.read_bytes().decode("latin-1")
            for p in (self.folder / "captures").rglob("*")
            if p.is_file()
        )


def at_a_terminal(prompt: str, typed: str, *args: str) -> tuple[int, str]:
    """Run the command on a terminal of its own, typing ``typed`` once ``prompt`` is shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "callwright", "initialize", *args])
    shown, answered = b"", False
    while select.select([terminal], [], [], 20)[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other end was closed
            break
        shown += piece
        if not answered and prompt.encode() in shown:
            answered = True
            os.write(terminal, typed.encode())
        if not piece:
            break
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()
