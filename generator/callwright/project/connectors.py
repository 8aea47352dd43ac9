"""Which connectors a project has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from callwright.errors import SpecError
from callwright.project.settings import Settings
from callwright.specfile import SPEC_FILE

LOCK = "names.lock"
"""The file in a connector's folder that remembers the names of its classes."""


def discover(settings: Settings, names: Sequence[str] = ()) -> list[Path]:
    """The folders of these connectors, or of all, in the order of their names.

    Raises:
        SpecError: there is no such connector, or none at all.
    """
    found = {folder.name: folder for folder in folders(settings)}
    place = settings.specs.relative_to(settings.root).as_posix()
    if not found and not names:
        raise SpecError(
            f"no connectors in {place}/ below {settings.root.name}/; start one: callwright new NAME --base-url URL"
        )
    for name in names:
        if name not in found:
            from callwright.diagnostics import did_you_mean

            known = f"; there are: {', '.join(found)}" if found else ""
            raise SpecError(
                f"there is no {place}/{name}/connector.yaml{did_you_mean(name, found)}{known}"
            )
    return [found[name] for name in dict.fromkeys(names or found)]


def folders(settings: Settings) -> list[Path]:
    """The folders of all connectors, in the order of their names."""
    return [path.parent for path in sorted(settings.specs.glob(f"*/{SPEC_FILE}"))]


def package_of(folder: Path) -> str:
    """The package that a connector makes: what its spec says, else its name. Nothing else of the spec is looked at."""
    try:
        text = (folder / SPEC_FILE).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return folder.name  # commands for this connector say what is wrong
    if "package" not in text:
        return folder.name
    from callwright.specfile.yaml_text import read_yaml

    tree, _ = read_yaml(text, SPEC_FILE)
    _, value = tree.members.get("package", (None, None)) if tree is not None else (None, None)
    return value.value if value is not None and isinstance(value.value, str) else folder.name
