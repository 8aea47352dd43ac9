"""What other tools make of the same answers."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.inference.corpus import CASES, Api, numbers
from benchmarks.inference.report import Row, share


def others(apis: Mapping[str, Api]) -> Iterator[Row]:
    """One sample in, the others of the same call checked: what other tools make of each call alone."""
    cases = [
        (bodies[0], bodies[1:])
        for name, api in apis.items()
        if name != CASES
        for bodies in api.values()
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
        module = types.ModuleType(f"benchmark_other_{next(numbers)}")
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
