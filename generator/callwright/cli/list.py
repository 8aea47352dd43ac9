"""`callwright list`."""

from __future__ import annotations

import sys

import click

from callwright.cli.failure import show
from callwright.errors import CallwrightError


@click.command()
@click.argument("connector", required=False)
def list(connector: str | None) -> None:
    """List connectors, calls and samples, one per line, with the state of each sample.

    captured: a current response is stored; stale: the call has changed since it was captured; missing: no response is
    stored; unproven: the response comes from documentation or an import, not from the provider.
    """
    from callwright.captures.read import read_captures
    from callwright.diagnostics import Severity
    from callwright.incremental import read_requests
    from callwright.initialize.review.listing import listing
    from callwright.project.connectors import discover
    from callwright.project.settings import load_settings

    settings = load_settings()
    code = 0
    for folder in discover(settings, () if connector is None else (connector,)):
        try:
            requests, _ = read_requests(folder, settings.root)
            captures, found = read_captures(folder / "captures", settings.root, requests)
        except CallwrightError as error:
            show(error)
            code = error.exit_code
            continue
        for diagnostic in found:
            if diagnostic.severity is Severity.ERROR:
                click.echo(diagnostic.render(), err=True)
        for line in listing(requests, captures):
            click.echo(line)
    sys.exit(code)
