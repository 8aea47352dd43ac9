"""The corpus of recorded answers, and models of samples."""

from __future__ import annotations

import itertools
import json
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from callwright import models_from_samples
from callwright.render.proof.round_trip import difference

Api = Mapping[str, Sequence[bytes]]
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
CASES = "tricky"
"""The folder of made-up cases; each of them is inferred from alone."""

numbers = itertools.count()


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
    module = types.ModuleType(f"benchmark_models_{next(numbers)}")
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


def survives(adapter: TypeAdapter[Any], body: bytes) -> bool:
    """Whether a body validates and comes back whole."""
    try:
        value = adapter.validate_json(body, strict=True)
    except ValidationError:
        return False
    dumped = adapter.dump_python(value, mode="json", by_alias=True, exclude_unset=True)
    return difference(json.loads(body), dumped) is None
