"""A project in a temporary folder, and the command line run in this process."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from callwright.cli import cli

UNTYPED = "auth: none\ncalls: {ping: {path: /ping, response: {untyped: true}}}\n"
ME = "auth: none\ncalls: {me: {path: /me, samples: {basic: {}}}}\n"


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Project:
    """A project's folder; ``run`` is the command line in it."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def write(self, path: str, text: str) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def spec(self, name: str, rest: str) -> Path:
        head = f"callwright: 1\nname: {name}\nbase_url: https://api.{name}.example\n"
        return self.write(f"specs/{name}/connector.yaml", head + rest)

    def capture(self, name: str, call: str, body: object, sample: str = "basic") -> Path:
        path = f"specs/{name}/captures/{call}/{sample}.200.json"
        return self.write(path, json.dumps(body))

    def run(self, *args: str, stdin: bytes = b"") -> Done:
        self.monkeypatch.chdir(self.root)
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(list(args), prog_name="callwright")
        out, err = self.capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        assert "internal error" not in err, err
        return Done(code, out, err)
