"""`callwright models`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from callwright.errors import CaptureError


@click.command()
@click.argument("samples", nargs=-1, required=True, metavar="NAME=FILE...")
def models(samples: tuple[str, ...]) -> None:
    """Print pydantic models inferred jointly from sample files, JSON or XML.

    NAME=FILE may be repeated with the same NAME: each file is another response of the same kind. The module printed
    is complete and needs pydantic only. NAME=- reads standard input, once. XML is typed as the objects that clients make of it: attributes under @name,
    text under #text.
    """
    from callwright import models_from_samples
    from callwright.infer.seen.reading import is_xml, read_json, read_root

    found: dict[str, list[bytes]] = {}
    files: list[str] = []
    for sample in samples:
        name, separator, file = sample.partition("=")
        if not (separator and name and file):
            raise click.UsageError(f"{sample!r} is not NAME=FILE, like invoice=invoice.json")
        if file == "-" and "-" in files:
            raise click.UsageError("standard input (-) can be read only once")
        files.append(file)
        content, file = _read(file)
        # here, so that a message names the file
        read_root(content, file) if is_xml(content) else read_json(content, file)
        found.setdefault(name, []).append(content)
    try:
        inferred = models_from_samples(found)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(inferred.source, nl=False)
    for name, root in inferred.roots.items():
        click.echo(f"# {name}: {root}")


def _read(file: str) -> tuple[bytes, str]:
    """The content of a file or of standard input, and its name for messages."""
    if file == "-":
        content, name = sys.stdin.buffer.read(), "standard input"
        if not content.strip():
            raise CaptureError(f"{name} is empty")
        return content, name
    try:
        return Path(file).read_bytes(), file
    except OSError as error:
        raise CaptureError(f"{file}: {error.strerror}") from None
