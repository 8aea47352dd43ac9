"""Time and memory of inference."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.inference.report import Row
from callwright.collector import collector_paused
from callwright.infer import Observation, infer
from callwright.render.models import render_models
from callwright.render.proof import problems


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


def large(megabytes: int) -> Iterator[Row]:
    """A capture of this size, in a process of its own: seconds and the most memory it took."""
    program = (
        "import resource, time\n"
        "from pathlib import Path\n"
        "from callwright.infer import Observation, infer\n"
        'row = b\'{"id": 17, "name": "xxxxxxxxxxxxxxxxxxxx", "price": 1.25, "tags": ["a", "b"], \''
        ' b\'"owner": {"id": 2, "login": "abc"}}\'\n'
        f"body = b'[' + b','.join([row] * ({megabytes}_000_000 // len(row))) + b']'\n"
        "begin = time.process_time()\n"
        "infer([Observation(key='list_rows', call='list_rows', bodies=[body])])\n"
        "spent = time.process_time() - begin\n"
        # ru_maxrss begins with what the process had that this one was forked from
        "status = Path('/proc/self/status')\n"
        "lines = status.read_text().splitlines() if status.exists() else []\n"
        "peak = [int(line.split()[1]) for line in lines if line.startswith('VmHWM')]\n"
        "print(spent, (peak or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss])[0] / 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if done.returncode:
        yield Row(
            f"a capture of {megabytes} MB",
            done.stderr.strip().splitlines()[-1][:40],
            "works",
            False,
        )
        return
    seconds, memory = map(float, done.stdout.split())
    yield Row(
        f"a capture of {megabytes} MB",
        f"{seconds:.1f} s, {memory:.0f} MB in all",
        "≤ 1024 MB",
        memory <= 1024,
    )
