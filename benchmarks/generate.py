"""How long generating takes, stage by stage, as shares of one run; and what the caches save."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callwright import build, pipeline
from callwright.spec.settings import load_settings

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
    """Seconds of the whole run and of each stage of the pipeline."""
    spent: dict[str, float] = dict.fromkeys(STAGES, 0.0)
    originals = {name: getattr(build, name) for name in STAGES}

    def timed(name: str) -> Callable[..., object]:
        def call(*args: Any, **kwargs: Any) -> object:
            start = time.process_time()
            try:
                return originals[name](*args, **kwargs)
            finally:
                spent[name] += time.process_time() - start

        return call

    for name in STAGES:
        setattr(build, name, timed(name))
    start = time.process_time()
    try:
        run()
    finally:
        for name, original in originals.items():
            setattr(build, name, original)
    return time.process_time() - start, spent


def main(calls: int = 20) -> None:
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_CACHE_HOME"] = f"{place}/cache"
        settings = load_settings(project(Path(place) / "project", calls))
        cold, spent = measured(lambda: pipeline.generate(settings))
        print(f"generate, {calls} calls, cold: {cold:.2f} s")
        for name, seconds in spent.items():
            print(f"  {name:15} {seconds / cold:6.1%}")
        print(f"  {'the rest':15} {1 - sum(spent.values()) / cold:6.1%}  (comparing and writing)")
        warm, _ = measured(lambda: pipeline.generate(settings))
        print(f"again, nothing changed: {warm / cold:.2f} of cold")
        capture = settings.specs / "bench" / "captures" / "call_0" / "s0.200.json"
        capture.write_text(capture.read_text().replace('"next"', '"following"'))
        one, _ = measured(lambda: pipeline.generate(settings))
        print(f"again, one call changed: {one / cold:.2f} of cold ({one:.2f} s)")


if __name__ == "__main__":
    main()
