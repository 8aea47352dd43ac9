"""`callwright demo`."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("callwright-demo"),
    show_default=True,
    help="Where to create the demo project.",
)
def demo(folder: Path) -> None:
    """Run the whole workflow against a small provider on this machine.

    Starts a bookshop API on 127.0.0.1, sends the calls of its connector, generates the client and uses it. Takes a few
    seconds and needs no network.
    """
    from callwright.demo.tour import run_tour

    run_tour(folder, _Screen())


class _Screen:
    """Prints the tour; click leaves the colours out where the output is no terminal."""

    def heading(self, text: str) -> None:
        click.echo()
        click.secho(text, bold=True)

    def command(self, text: str) -> None:
        click.secho(f"$ {text}", fg="cyan")

    def text(self, text: str) -> None:
        click.echo(text)

    def code(self, text: str) -> None:
        click.echo(textwrap.indent(text, "    "))
