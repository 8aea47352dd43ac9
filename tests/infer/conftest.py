"""What the tests of inference share: models made from samples, imported, and values read back."""

from __future__ import annotations

import itertools
import json
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import TypeAdapter

from callwright import models_from_samples
from callwright.render.proof.round_trip import difference

_numbers = itertools.count()


@dataclass(frozen=True)
class Made:
    """Models of samples, imported. ``adapters``: the validator of each name's root."""

    source: str
    roots: Mapping[str, str]
    module: types.ModuleType
    adapters: Mapping[str, TypeAdapter[Any]]
    forms: Mapping[str, Any]

    def lost(self, name: str, body: bytes) -> str | None:
        """The first place that does not survive reading and dumping; None when all does."""
        adapter = self.adapters[name]
        value = adapter.validate_json(body, strict=True)
        dumped = adapter.dump_python(value, mode="json", by_alias=True, exclude_unset=True)
        return difference(json.loads(body), dumped)

    def fields(self, name: str) -> dict[str, str]:
        """The annotations of one model by attribute, as written."""
        return {k: str(v) for k, v in getattr(self.module, name).__annotations__.items()}


Make = Callable[[Mapping[str, Sequence[bytes | object]]], Made]


@pytest.fixture
def make() -> Iterator[Make]:
    """Models of samples (bytes, or values that are dumped as JSON), imported until the test ends."""
    modules: list[str] = []

    def build(samples: Mapping[str, Sequence[bytes | object]]) -> Made:
        bodies = {
            name: [v if isinstance(v, bytes) else json.dumps(v).encode() for v in values]
            for name, values in samples.items()
        }
        made = models_from_samples(bodies)
        module = types.ModuleType(f"made_models_{next(_numbers)}")
        sys.modules[module.__name__] = module
        modules.append(module.__name__)
        exec(compile(made.source, module.__name__, "exec"), module.__dict__)
        forms = {name: eval(root, module.__dict__) for name, root in made.roots.items()}
        adapters = {name: TypeAdapter[Any](form) for name, form in forms.items()}
        return Made(made.source, made.roots, module, adapters, forms)

    yield build
    for name in modules:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("callwright.cache.cache_folder", lambda: None)
