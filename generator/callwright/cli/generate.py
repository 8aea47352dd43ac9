"""`callwright generate` and `callwright check`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from callwright.cli.failure import show_diagnostics

if TYPE_CHECKING:
    from callwright.output import FileChange
    from callwright.pipeline import Result

_connectors = click.argument("connectors", nargs=-1, metavar="[CONNECTOR]...")


@click.command()
@_connectors
def generate(connectors: tuple[str, ...]) -> None:
    """Generate the client packages of CONNECTOR... (default: of all) from their specs and captures.

    Offline and deterministic: the same inputs give the same bytes. Nothing is written unless everything could be.
    """
    from callwright import pipeline
    from callwright.spec.settings import load_settings

    for result in pipeline.generate(load_settings(), connectors):
        show_diagnostics(result.diagnostics)
        click.echo(_summary(result))
        for line in result.breaking:
            click.echo(f"  breaking: {line}")


@click.command()
@_connectors
@click.option(
    "--strict", is_flag=True, help="Fail on warnings too: what was never captured, stale captures."
)
def check(connectors: tuple[str, ...], strict: bool) -> None:
    """Compare the packages of CONNECTOR... (default: of all) with what would be generated.

    Exits with 1 and shows a diff when they differ, or when a token stands in a file. For CI; writes nothing.
    """
    from callwright import pipeline
    from callwright.spec.settings import load_settings

    results = pipeline.check(load_settings(), connectors)
    for result in results:
        show_diagnostics((*result.diagnostics, *result.leaks))
        _show_difference(result)
    warned = [r.name for r in results if strict and any(d.is_warning for d in r.diagnostics)]
    if warned:
        click.echo(f"warnings, which --strict does not let pass: {', '.join(warned)}", err=True)
    failed = any(result.changes or result.leaks for result in results)
    sys.exit(1 if warned or failed else 0)


def _show_difference(result: Result) -> None:
    if not result.changes:
        click.echo(f"{result.name}: up to date")
    elif result.other_version:
        click.echo(f"{result.name}: {result.other_version}; run: callwright generate {result.name}")
    elif not result.exists:
        click.echo(
            f"{result.name}: {result.folder} is not there yet; run: callwright generate {result.name}"
        )
    else:
        for change in result.changes:
            click.echo(change.diff or f"{change.kind}: {change.path}", nl=not change.diff)
            if change.edited:
                click.echo(f"{change.path} was changed by hand; generated files are never edited")
        click.echo(f"{result.name}: differs; run: callwright generate {result.name}")


def _summary(result: Result) -> str:
    if not result.changes:
        return f"{result.name}: {result.folder} is up to date"
    lines = [f"{result.name}: {result.folder} ({_calls(result.calls)})"]
    lines += [_line(change) for change in _shown(result.changes)]
    return "\n".join(lines)


def _shown(changes: Sequence[FileChange]) -> list[FileChange]:
    # the runtime's copies change only with Callwright itself: they are not what one looks for
    return [c for c in changes if not c.path.startswith("_runtime/")]


def _line(change: FileChange) -> str:
    added, removed = change.counts
    note = "  (was changed by hand; overwritten)" if change.edited else ""
    return f"  {change.kind:8} {change.path:20} +{added} -{removed}{note}"


def _calls(count: int) -> str:
    return f"{count} call" if count == 1 else f"{count} calls"
