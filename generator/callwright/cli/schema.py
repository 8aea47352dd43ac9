"""`callwright schema`."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of connector.yaml, for editors (see docs/spec-format.md)."""
    from callwright.specfile.schema import json_schema

    click.echo(json_schema(), nl=False)
