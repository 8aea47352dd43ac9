"""`callwright models`."""

from __future__ import annotations

from pathlib import Path

import click

from callwright.errors import CaptureError


@click.command()
@click.argument("samples", nargs=-1, required=True, metavar="NAME=FILE...")
def models(samples: tuple[str, ...]) -> None:
    """Print pydantic models inferred jointly from JSON sample files.

    NAME=FILE may be repeated with the same NAME: each file is another response of the same kind. The module printed
    is complete and needs pydantic only.
    """
    from callwright import models_from_samples
    from callwright.infer.reading import read_json

    found: dict[str, list[bytes]] = {}
    for sample in samples:
        name, separator, file = sample.partition("=")
        if not (separator and name and file):
            raise click.UsageError(f"{sample!r} is not NAME=FILE, like invoice=invoice.json")
        try:
            content = Path(file).read_bytes()
        except OSError as error:
            raise CaptureError(f"{file}: {error.strerror}") from None
        read_json(content, file)  # here, so that a message names the file
        found.setdefault(name, []).append(content)
    inferred = models_from_samples(found)
    click.echo(inferred.source, nl=False)
    for name, root in inferred.roots.items():
        click.echo(f"# {name}: {root}")
