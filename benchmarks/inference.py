"""The bars of inference, measured on recorded answers: what the types hold of, and of what they do not.

    python -m benchmarks.inference [--corpus FOLDER] [--quick] [--markdown]

The corpus (one folder per API, in it one per call, in it the answers) is read in place, from ../shared/corpus unless
--corpus or CALLWRIGHT_CORPUS says otherwise; without it, only the timings are measured. The thresholds of inference
were compared on one half of the calls (by a hash of the call's name), after the rules had been made with all of them in
view: the other half is a check of the thresholds, not of the rules.

--quick: one seed instead of five, no type checkers, no other tools.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib.metadata
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import types
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError

from callwright import models_from_samples
from callwright.infer import Observation, infer
from callwright.infer.shapes import Place, observe
from callwright.infer.texts import text_kind
from callwright.render.models import render_models
from callwright.render.proof import difference, problems
from callwright.runtime.drift import UnexpectedRootError, parse

Api = Mapping[str, Sequence[bytes]]
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
JOINT = ("github_webhooks", "stripe", "twilio")
_numbers = itertools.count()


@dataclass
class Row:
    """One line of the report."""

    what: str
    measured: str
    bar: str
    fine: bool | None = None

    def __str__(self) -> str:
        mark = {None: " ", True: "✓", False: "✗"}[self.fine]
        return f"{mark} {self.what:66} {self.measured:>28}   {self.bar}"


def main() -> None:
    """Print the table of bars."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument(
        "--corpus", type=Path, default=Path(os.environ.get("CALLWRIGHT_CORPUS", CORPUS))
    )
    arguments.add_argument(
        "--quick", action="store_true", help="one seed, no type checkers, no other tools"
    )
    arguments.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    given = arguments.parse_args()
    os.environ["CALLWRIGHT_NO_CACHE"] = "1"
    seeds = range(1 if given.quick else 5)
    rows: list[Row] = []
    for row in measure(given.corpus, seeds, given.quick):
        rows.append(row)
        if not given.markdown:
            print(row, flush=True)
    if given.markdown:
        print("\n".join(markdown(rows)))


def markdown(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as a Markdown table."""
    yield "| | measured | bar |"
    yield "|---|---|---|"
    for row in rows:
        yield f"| {row.what} | {row.measured} | {row.bar} |"


def measure(corpus: Path, seeds: Iterable[int], quick: bool) -> Iterator[Row]:
    """All measurements, in order."""
    if corpus.is_dir():
        apis = {f.name: load(f) for f in sorted(corpus.iterdir()) if f.is_dir()}
        yield from training(apis)
        for name in JOINT:
            if name in apis:
                yield from holdouts(name, apis[name], list(seeds))
        yield from dates(apis)
        yield from maps(apis.get("tricky", {}))
        if not quick:
            yield from checkers(apis)
            yield from others(apis)
    else:
        print(f"(no corpus at {corpus}: only timings)", file=sys.stderr)
    yield from speed(quick)


def load(folder: Path) -> dict[str, list[bytes]]:
    """The answers of an API by call."""
    return {
        call.name: [f.read_bytes() for f in sorted(call.glob("*.json"), key=lambda f: int(f.stem))]
        for call in sorted(folder.iterdir())
        if call.is_dir()
    }


# Models of samples, imported


@dataclass
class Models:
    """Imported models; ``adapters`` validate each name's root."""

    source: str
    module: types.ModuleType
    roots: dict[str, Any]
    adapters: dict[str, TypeAdapter[Any]] = field(default_factory=dict[str, TypeAdapter[Any]])

    @property
    def classes(self) -> list[type[BaseModel]]:
        """The classes, without the base."""
        return [
            c
            for c in vars(self.module).values()
            if isinstance(c, type)
            and issubclass(c, BaseModel)
            and c.__module__ == self.module.__name__
            and c.__name__ != "Model"
        ]


def made(samples: Api) -> Models:
    """Models of samples, inferred jointly and imported."""
    result = models_from_samples(samples)
    module = types.ModuleType(f"benchmark_models_{next(_numbers)}")
    sys.modules[module.__name__] = module
    exec(compile(result.source, module.__name__, "exec"), module.__dict__)
    roots = {name: eval(root, module.__dict__) for name, root in result.roots.items()}
    return Models(result.source, module, roots, {n: TypeAdapter[Any](r) for n, r in roots.items()})


def fits(adapter: TypeAdapter[Any], body: bytes) -> bool:
    """Whether the strict model takes a body."""
    try:
        adapter.validate_json(body, strict=True)
    except ValidationError:
        return False
    return True


# Training sets


def training(apis: Mapping[str, Api]) -> Iterator[Row]:
    """Generate, import, validate and round-trip everything that types are inferred from."""
    for name, api in apis.items():
        sets = [{call: bodies} for call, bodies in api.items()] if name == "tricky" else [api]
        good = bodies = 0
        refused: list[str] = []
        for samples in sets:
            count = sum(map(len, samples.values()))
            try:
                found = made(samples)
            except ValueError as error:
                refused.append(str(error))
                continue
            except Exception as error:
                if type(error).__name__ != "CaptureError":
                    raise
                refused.append(str(error).split(":")[0])
                continue
            bodies += count
            good += sum(
                survives(found.adapters[call], body)
                for call, all_ in samples.items()
                for body in all_
            )
        told = f" ({len(refused)} refused: {', '.join(refused)})" if refused else ""
        yield Row(
            f"{name}: training samples survive", share(good, bodies) + told, "100 %", good == bodies
        )


def survives(adapter: TypeAdapter[Any], body: bytes) -> bool:
    """Whether a body validates and comes back whole."""
    try:
        value = adapter.validate_json(body, strict=True)
    except ValidationError:
        return False
    dumped = adapter.dump_python(value, mode="json", by_alias=True, exclude_unset=True)
    return difference(json.loads(body), dumped) is None


# Hold-out


@dataclass
class Held:
    """Sums over splits: fits of held-out bodies, the same of the calls that thresholds were not chosen on."""

    fit: int = 0
    bodies: int = 0
    confirmed: int = 0
    confirming: int = 0
    objects: int = 0
    whole: int = 0
    other_roots: int = 0
    optional: int = 0
    fields: int = 0
    untyped: int = 0
    classes: int = 0
    splits: int = 0


def is_tuning(call: str) -> bool:
    """Whether thresholds may be chosen by looking at this call (half of them, by a hash of the name)."""
    return hashlib.sha256(call.encode()).digest()[0] % 2 == 0


def holdouts(name: str, api: Api, seeds: Sequence[int]) -> Iterator[Row]:
    """Infer jointly from k samples per call, check the others."""
    for k, bar, most in ((1, 82, 25), (3, 93, 33)):
        held = Held()
        for seed in seeds:
            holdout(api, k, seed, held)
        if not held.bodies:
            continue
        fit = 100 * held.fit / held.bodies
        optional = 100 * held.optional / max(1, held.fields)
        label = f"{name}: held-out bodies fit, {k} per call"
        yield Row(label, share(held.fit, held.bodies), f"≥ {bar} %", fit >= bar)
        if held.confirming:
            yield Row(
                "    of these, calls the thresholds were not compared on",
                share(held.confirmed, held.confirming),
                "",
            )
        yield Row(
            "    fields optional (of Any-typed beside it)",
            f"{optional:.1f} % (Any {100 * held.untyped / max(1, held.fields + held.untyped):.1f} %)",
            f"≤ {most} %",
            optional <= most,
        )
        kind = held.bodies - held.other_roots
        yield Row(
            "    drift: an object comes back",
            share(held.objects, kind),
            "100 %",
            held.objects == kind,
        )
        yield Row(
            "    drift: nothing is lost", share(held.whole, kind), "100 %", held.whole == kind
        )
        yield Row("    classes", f"{held.classes / held.splits:.0f}", "")


def holdout(api: Api, k: int, seed: int, held: Held) -> None:
    """One split, added to the sums."""
    train, test = split(api, k, seed)
    models = made(train)
    for call, bodies in test.items():
        for body in bodies:
            good = fits(models.adapters[call], body)
            held.bodies += 1
            held.fit += good
            if not is_tuning(call):
                held.confirming += 1
                held.confirmed += good
            _drift(models.roots[call], call, body, held)
    held.splits += 1
    held.classes += len(models.classes)
    _count_fields(models.classes, held)


def split(api: Api, k: int, seed: int) -> tuple[dict[str, list[bytes]], dict[str, list[bytes]]]:
    """k samples of each call to infer from, the others to check; the same for the same seed."""
    chooser = random.Random(seed)
    train: dict[str, list[bytes]] = {}
    test: dict[str, list[bytes]] = {}
    for call, bodies in api.items():
        order = list(bodies)
        chooser.shuffle(order)
        train[call], rest = order[:k], order[k:]
        if rest:
            test[call] = rest
    return train, test


def _drift(returns: Any, call: str, body: bytes, held: Held) -> None:
    try:
        value, _ = parse(returns, body, call=call)
    except UnexpectedRootError:
        held.other_roots += 1
        return
    held.objects += 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dumped = plain(value)
    held.whole += difference(json.loads(body), dumped) is None


def plain(value: Any) -> Any:
    """A parsed answer as JSON data again."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return TypeAdapter(Any).dump_python(value, mode="json")


def _count_fields(classes: Iterable[type[BaseModel]], held: Held) -> None:
    for cls in classes:
        cls.model_rebuild()
        for info in cls.model_fields.values():
            if info.annotation is Any:
                held.untyped += 1
                continue
            held.fields += 1
            held.optional += not info.is_required() or type(None) in get_args(info.annotation)


# Dates, maps, names


def dates(apis: Mapping[str, Api]) -> Iterator[Row]:
    """Of the fields whose every text, over all answers with their class, is an RFC 3339 date or datetime, how many are typed so."""
    found = every = 0
    for name, api in apis.items():
        if name == "tricky":
            continue
        inference = infer([Observation(key=c, call=c, bodies=b) for c, b in api.items()])
        kinds = {
            (f"{call}:{place}", key): seen
            for call, bodies in api.items()
            for (place, key), seen in _kinds(bodies).items()
        }
        for c in inference.classes:
            for f in c.fields:
                seen = set[str]().union(*(kinds.get((place, f.wire), ()) for place in c.places))
                if seen in ({"date"}, {"datetime"}):
                    every += 1
                    found += "datetime." in repr(f.type)
    yield Row("dates: recall", share(found, every), "100 %", found == every)


def _kinds(bodies: Sequence[bytes]) -> dict[tuple[str, str], set[str]]:
    """The kinds of value at each (object path, key) of one call, by a simple walk of its own."""
    kinds: dict[tuple[str, str], set[str]] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, list):
            for item in value:
                walk(item, f"{path}[*]")
        elif isinstance(value, dict):
            for key, item in value.items():
                if item is not None:
                    kind = text_kind(item) if isinstance(item, str) else type(item).__name__
                    kinds.setdefault((path, key), set()).add(kind)
                walk(item, f"{path}.{key}")

    for body in bodies:
        walk(json.loads(body), "$")
    return kinds


MAPS = re.compile(r"map_")
NOT_MAPS = re.compile(r"notmap_|key_|plural|enum|near|shared|val_|wide|rec_|optional")


def maps(tricky: Api) -> Iterator[Row]:
    """Maps found in the cases that are maps, and in those that are none (the folders' names tell)."""
    hit = every = wrong = 0
    for call, bodies in tricky.items():
        if not MAPS.match(call) and not NOT_MAPS.match(call):
            continue
        source = models_from_samples({call: bodies})
        body = source.source.split("class Model(", 1)[1].split("\n\n\n", 1)[-1]
        is_map = (
            "dict[str, " in re.sub(r"-> dict\[str, Any\]", "", body)
            or "dict[" in source.roots[call]
        )
        if MAPS.match(call):
            every += 1
            hit += is_map
        elif is_map and "dict[str, Any]" not in body + source.roots[call]:
            wrong += 1
    if every:
        yield Row("maps (cases): recall", share(hit, every), "≥ 50 %", 2 * hit >= every)
        yield Row("maps (cases): precision", share(hit, hit + wrong), "≥ 90 %", hit >= 9 * wrong)


def checkers(apis: Mapping[str, Api]) -> Iterator[Row]:
    """The generated models of every API under mypy --strict and pyright strict; their names and duplicates."""
    numbered = duplicates = nones = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, api in apis.items():
            usable = {c: b for c, b in api.items() if _depth_fits(b)}
            found = made(usable)
            (root / f"{name}_models.py").write_text(found.source)
            names = {c.__name__ for c in found.classes}
            # ours would be a number after a name that is there without it, and in no key or call of the API
            numbered += sum(
                bool(re.search(r"\d$", name))
                and name.rstrip("0123456789") in names
                and not _in_wire(name, api)
                for name in names
            )
            duplicates += _duplicates(found.source)
            nones += len(re.findall(r"^    \w+: None(?: = None)?$", found.source, re.MULTILINE))
        for tool, command in (
            ("mypy --strict", ["mypy", "--strict", "--no-incremental", folder]),
            ("pyright strict", ["pyright", folder]),
        ):
            (root / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
            program = Path(sys.executable).with_name(command[0])
            if not program.exists():
                continue
            done = subprocess.run(
                [str(program), *command[1:]], capture_output=True, text=True, cwd=folder
            )
            last = done.stdout.strip().splitlines()[-1]
            yield Row(f"whole corpus under {tool}", last[:28], "clean", done.returncode == 0)
    yield Row("duplicate classes", str(duplicates), "0", duplicates == 0)
    yield Row("Name1-like names", str(numbered), "0", numbered == 0)
    yield Row("None-only types", str(nones), "0", nones == 0)


def _depth_fits(bodies: Sequence[bytes]) -> bool:
    try:
        for body in bodies:
            observe(Place(), json.loads(body), 1)
    except ValueError:
        return False
    return True


def _in_wire(name: str, api: Api) -> bool:
    # a number that the provider's own key or the call's name ends in is no number of ours
    digits = re.search(r"\d+$", name)
    texts = [*api, *(body.decode() for bodies in api.values() for body in bodies)]
    return digits is not None and any(re.search(rf"[A-Za-z_]{digits[0]}\b", text) for text in texts)


def _duplicates(source: str) -> int:
    """Classes whose fields (names, types, requirement) are those of another class, with three fields or more."""
    seen: set[str] = set()
    count = 0
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef) or node.name == "Model":
            continue
        fields = sorted(ast.unparse(s) for s in node.body if isinstance(s, ast.AnnAssign))
        key = "\n".join(fields)
        if len(fields) >= 3:
            count += key in seen
            seen.add(key)
    return count


# Other tools


def others(apis: Mapping[str, Api]) -> Iterator[Row]:
    """One sample in, the others of the same call checked: what other tools make of each call alone."""
    cases = [
        (bodies[0], bodies[1:])
        for name in JOINT
        for call, bodies in apis.get(name, {}).items()
        if len(bodies) > 1
    ]
    for tool, generate in (
        ("datamodel-code-generator (JSON input)", _dcg),
        ("quicktype", _quicktype),
    ):
        version = _version_of(tool)
        if version is None:
            yield Row(f"{tool}", "not installed", "")
            continue
        good = every = failed = 0
        for first, rest in cases:
            every += len(rest)
            check = _checker(generate, first)
            if check is None:
                failed += 1
                continue
            good += sum(check(body) for body in rest)
        yield Row(f"{tool} {version}, call by call, 1 sample", share(good, every), "")
        yield Row("    calls it makes no importable module of", share(failed, len(cases)), "")


def _version_of(tool: str) -> str | None:
    if tool.startswith("datamodel"):
        return importlib.metadata.version("datamodel-code-generator")
    program = shutil.which("quicktype")
    if program is None:
        return None
    done = subprocess.run([program, "--version"], capture_output=True, text=True)
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return found[0] if found else ""


def _checker(generate: Any, body: bytes) -> Any:
    try:
        source, check = generate(body)
        module = types.ModuleType(f"benchmark_other_{next(_numbers)}")
        sys.modules[module.__name__] = module
        exec(compile(source, module.__name__, "exec"), module.__dict__)
    except Exception:  # another tool's failure of any kind is a result
        return None

    def run(other: bytes) -> bool:
        try:
            return bool(check(module, other))
        except Exception:
            return False

    return run


def _dcg(body: bytes) -> tuple[str, Any]:
    from datamodel_code_generator import InputFileType, generate
    from datamodel_code_generator.enums import DataModelType
    from datamodel_code_generator.format import Formatter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = generate(
            body.decode(),
            input_file_type=InputFileType.Json,
            output_model_type=DataModelType.PydanticV2BaseModel,
            formatters=[Formatter.BUILTIN],
            class_name="Benchmark",
        )

    def check(module: types.ModuleType, other: bytes) -> bool:
        module.Benchmark.model_validate_json(other)
        return True

    return str(source), check


def _quicktype(body: bytes) -> tuple[str, Any]:
    done = subprocess.run(
        [str(shutil.which("quicktype")), "--lang", "python", "--top-level", "Benchmark", "--src-lang", "json"],
        input=body, capture_output=True, check=True,
    )  # fmt: skip

    def check(module: types.ModuleType, other: bytes) -> bool:
        module.benchmark_from_dict(json.loads(other))
        return True

    return done.stdout.decode(), check


# Speed


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
        begin = time.process_time()
        inference = infer(observations)
        inferred = time.process_time()
        files = render_models(inference)
        rendered = time.process_time()
        lost = problems(files, inference, observations)
        assert not lost, lost
        times[calls] = rendered - begin
        parts = f"infer {inferred - begin:.2f}, print {rendered - inferred:.2f}, prove {time.process_time() - rendered:.2f} s"
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
        "from callwright.infer import Observation, infer\n"
        'row = b\'{"id": 17, "name": "xxxxxxxxxxxxxxxxxxxx", "price": 1.25, "tags": ["a", "b"], \''
        ' b\'"owner": {"id": 2, "login": "abc"}}\'\n'
        f"body = b'[' + b','.join([row] * ({megabytes}_000_000 // len(row))) + b']'\n"
        "begin = time.process_time()\n"
        "infer([Observation(key='list_rows', call='list_rows', bodies=[body])])\n"
        "print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
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


def share(part: int, whole: int) -> str:
    """``part of whole (percent)``."""
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "none"


if __name__ == "__main__":
    main()
