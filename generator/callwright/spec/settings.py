"""Interim settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    root: Path
    specs: Path
    output: Path
    http: str = "httpx"
    layout: str = "package"
    recorded: bool = True
    custom_auth: Mapping[str, str] = field(default_factory=dict)


def load_settings(start: Path | str = ".") -> Settings:
    start = Path(start).resolve()
    for root in (start, *start.parents):
        data = None
        if (root / "callwright.toml").is_file():
            data = tomllib.loads((root / "callwright.toml").read_text())
        elif (root / "pyproject.toml").is_file():
            data = (
                tomllib.loads((root / "pyproject.toml").read_text())
                .get("tool", {})
                .get("callwright")
            )
        if data is not None:
            break
    else:
        root, data = start, {}
    return Settings(
        root=root,
        specs=root / data.get("specs", "specs"),
        output=root / data.get("output", "generated"),
        http=data.get("http", "httpx"),
        custom_auth=data.get("custom_auth", {}),
    )
