"""`callwright models`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from callwright.errors import CaptureError


@click.command()
@click.argument("samples", nargs=-1, required=True, metavar="NAME=FILE...")
def models(samples: tuple[str, ...]) -> None:
    """Print pydantic models inferred from sample files in JSON or XML.

    Repeat NAME=FILE with the same NAME for several responses of the same kind. The printed module is complete and only
    needs pydantic. NAME=- reads standard input (once). XML is modelled as objects, with attributes as @name and text as
    #text.
    """
    from callwright import models_from_samples
    from callwright.infer.seen.reading import is_xml, read_json, read_root

    found: dict[str, list[bytes]] = {}
    files: list[str] = []
    for sample in samples:
        name, separator, file = sample.partition("=")
        if not (separator and name and file):
            raise click.UsageError(
                f"{sample!r} is not of the form NAME=FILE, for example invoice=invoice.json"
            )
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
