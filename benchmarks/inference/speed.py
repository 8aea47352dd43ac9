"""Time of inference, and time and memory of a whole run on a large capture."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.inference.report import Row
from callwright.gc_pause import collector_paused
from callwright.infer import Observation, infer
from callwright.render.models.source import render_models
from callwright.render.proof.round_trip import problems


def speed(quick: bool) -> Iterator[Row]:
    """Processor seconds from captures to source, on made-up answers of the size of real ones; and memory of a large one."""
    times: dict[int, float] = {}
    for calls in (100, 400) if quick else (100, 400, 1000, 2000):
        observations = [
            Observation(
                key=f"get_thing_{n}",
                call=f"get_thing_{n}",
                bodies=[_answer(n, s) for s in range(3)],
            )
            for n in range(calls)
        ]
        # processor seconds: what else the machine does is not what is measured
        with collector_paused():  # as build.build() does
            begin = time.process_time()
            inference = infer(observations)
            inferred = time.process_time()
            files = render_models(inference)
            rendered = time.process_time()
            lost = problems(files, inference, observations)
            proven = time.process_time()
        assert not lost, lost
        times[calls] = rendered - begin
        parts = f"infer {inferred - begin:.2f}, print {rendered - inferred:.2f}, prove {proven - rendered:.2f} s"
        fine = times[calls] <= 3 if calls == 400 else None
        yield Row(
            f"{calls} calls, {len(inference.classes)} classes, nothing cached",
            parts,
            "≤ 3 s" if calls == 400 else "",
            fine,
        )
    if len(times) > 2:
        ratio = times[2000] / times[400]
        yield Row(
            "2,000 calls against 400", f"{ratio:.1f} times", "≤ 6 (5 times the calls)", ratio <= 6
        )
    yield from large(5 if quick else 50)


def _answer(number: int, sample: int) -> bytes:
    own = {
        f"{word}_{number}": value
        for word, value in (("size", 1), ("label", "x"), ("state", "open"))
    }
    user = {
        "id": sample,
        "login": "x",
        "created_at": "2026-01-02T03:04:05Z",
        "admin": False,
        "url": "u",
    }
    items = [
        {
            f"line_{number}": i,
            f"price_{number}": 1.5,
            f"note_{number}": None if i else "x",
            "tags": ["a"],
        }
        for i in range(3)
    ]
    value = {"id": number, "owner": user, "editor": None if sample else user, "items": items, **own}
    value |= {
        f"nested_{number}": {
            f"alpha_{number}": 1,
            f"beta_{number}": {"x": 1, f"y_{number}": "s", "z": [1]},
        }
    }
    return json.dumps(value).encode()


_SPEC = """callwright: 1
name: large
base_url: http://127.0.0.1:9
auth: none
calls:
  list_rows: {path: /rows, samples: {example: {}}}
"""

# generate in a process of its own, which prints what it took
_GENERATE = """
import resource, sys, time
from pathlib import Path
sys.argv = ["callwright", "generate"]
from callwright.__main__ import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
used = resource.getrusage(resource.RUSAGE_SELF)
# ru_maxrss begins with what the process had that this one was forked from
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
print(used.ru_utime + used.ru_stime, (peak or [used.ru_maxrss])[0] / 1024)
"""


def large(megabytes: int) -> Iterator[Row]:
    """Generating from one capture of this size with an empty cache: processor seconds and the most memory it took."""
    with TemporaryDirectory() as home:
        _project(Path(home), megabytes)
        done = subprocess.run(
            [sys.executable, "-c", _GENERATE],
            cwd=home,
            env={**os.environ, "XDG_CACHE_HOME": f"{home}/cache"},
            capture_output=True,
            text=True,
        )
    what = f"generate, one capture of {megabytes} MB, nothing cached"
    if done.returncode:
        yield Row(what, done.stderr.strip().splitlines()[-1][:40], "works", False)
        return
    seconds, memory = map(float, done.stdout.splitlines()[-1].split())
    yield Row(what, f"{seconds:.1f} s, {memory:.0f} MB in all", "≤ 1024 MB", memory <= 1024)


def _project(home: Path, megabytes: int) -> None:
    (home / "pyproject.toml").write_text("[tool.callwright]\n")
    spec = home / "specs" / "large"
    captures = spec / "captures" / "list_rows"
    captures.mkdir(parents=True)
    (spec / "connector.yaml").write_text(_SPEC)
    with (captures / "example.200.json").open("w") as file:
        size = file.write('{"rows":[')
        for number in itertools.count():
            row = {"id": number, "name": f"{number:020x}", "price": number / 4, "tags": ["a", "b"]}
            row["owner"] = {"id": number % 999, "login": "abc"} if number % 9 else None
            size += file.write(("," if number else "") + json.dumps(row))
            if size >= megabytes * 1_000_000:
                break
        file.write("]}")
