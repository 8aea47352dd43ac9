"""How long generating takes, stage by stage, as shares of one run; and how long after a change."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callwright import commands, pipeline
from callwright.project.settings import load_settings

STAGES = (
    "read_requests", "read_captures", "group", "infer", "render_models", "prove", "lower", "render_package",
    "format_files", "runtime_files",
)  # fmt: skip


def project(folder: Path, calls: int) -> Path:
    """A project with one connector of so many calls: nested and shared shapes, 3 captures each."""
    home = folder / "specs" / "bench"
    home.mkdir(parents=True)
    (folder / "callwright.toml").write_text("")
    lines = [
        "callwright: 1",
        "name: bench",
        "base_url: https://bench.example",
        "auth: {type: bearer}",
        "calls:",
    ]
    for number in range(calls):
        lines += [
            f"  call_{number}:",
            f"    description: Thing number {number}.",
            f"    path: /things/{number}/{{thing_id}}",
            "    query:",
            "      limit: {type: integer, minimum: 1, description: At most so many.}",
            "      state: {enum: [open, closed], description: Only these.}",
            "    samples:",
            *(f"      s{sample}: {{args: {{thing_id: '{sample}'}}}}" for sample in range(3)),
        ]
        captures = home / "captures" / f"call_{number}"
        captures.mkdir(parents=True)
        for sample in range(3):
            (captures / f"s{sample}.200.json").write_text(
                json.dumps(body(number, sample), indent=2)
            )
    (home / "connector.yaml").write_text("\n".join(lines) + "\n")
    return folder


def body(number: int, sample: int) -> dict[str, Any]:
    user = {
        "id": sample,
        "login": f"u{sample}",
        "created_at": "2026-01-02T03:04:05Z",
        "site_admin": False,
    }
    own = {f"field_{number}_{k}": [k, f"text {k}", None, 1.5][k % 4] for k in range(12)}
    items = [
        {"name": f"n{k}", "size": k, f"kind_{number % 7}": "x", "owner": user} for k in range(5)
    ]
    return {"user": user, "items": items, "next": None if sample else "abc", **own}


def measured(run: Callable[[], object]) -> tuple[float, dict[str, float]]:
    """Processor seconds of the whole run and of each stage."""
    spent: dict[str, float] = dict.fromkeys(STAGES, 0.0)
    originals = {name: getattr(pipeline, name) for name in STAGES}

    def timed(name: str) -> Callable[..., object]:
        def call(*args: Any, **kwargs: Any) -> object:
            start = time.process_time()
            try:
                return originals[name](*args, **kwargs)
            finally:
                spent[name] += time.process_time() - start

        return call

    for name in STAGES:
        setattr(pipeline, name, timed(name))
    start = time.process_time()
    try:
        run()
    finally:
        for name, original in originals.items():
            setattr(pipeline, name, original)
    return time.process_time() - start, spent


CHANGES: dict[str, Callable[[Path, str], None]] = {
    "nothing": lambda home, new: None,
    "a value in a capture": lambda home, new: change_capture(home, {"field_1_1": new}),
    "a field more in a capture": lambda home, new: change_capture(home, {f"more_{new}": 1}),
    "the description of a call": lambda home, new: change_spec(home, new),
}


def change_capture(home: Path, more: dict[str, Any]) -> None:
    path = home / "captures" / "call_1" / "s0.200.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | more, indent=2))


def change_spec(home: Path, new: str) -> None:
    path = home / "connector.yaml"
    path.write_text(re.sub(r"Thing number 1\b.*", f"Thing number 1 ({new}).", path.read_text()))


def command(folder: Path) -> float:
    """Processor seconds of `callwright generate`, the start of Python included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "callwright", "generate"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        # as users run it: compiled modules are kept
        env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(calls: int = 20) -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_CACHE_HOME"] = f"{place}/cache"
        folder = project(Path(place) / "project", calls)
        settings = load_settings(folder)
        home = settings.specs / "bench"
        cold, spent = measured(lambda: commands.generate(settings))
        print(f"processor seconds, {calls} calls, nothing cached: {cold:.2f}")
        for name, seconds in spent.items():
            print(f"  {name:15} {seconds / cold:6.1%}")
        print(f"  {'the rest':15} {1 - sum(spent.values()) / cold:6.1%}  (comparing and writing)")
        for name, change in CHANGES.items():
            # the first of its kind fills the cache with what all of its kind need
            runs = []
            for number in range(4):
                change(home, f"n{number}")
                runs.append(measured(lambda: commands.generate(settings))[0])
            timed = []
            for number in range(4, 8):
                change(home, f"n{number}")
                timed.append(command(folder))
            least, whole = min(runs[1:]), min(timed[1:])
            print(f"changed: {name:26} {least:.2f}, as a command {whole:.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
