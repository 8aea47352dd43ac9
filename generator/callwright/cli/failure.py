"""How the command line ends when something is wrong: one clear message on stderr and the designed exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from callwright.errors import CallwrightError, ConnectorErrors, SpecError

if TYPE_CHECKING:
    from callwright.diagnostics import Diagnostic


@contextmanager
def reported() -> Iterator[None]:
    """Turn what escapes a command into a message and an exit code."""
    try:
        yield
    except CallwrightError as error:
        show(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # the reader of our output went away (`| head`): not an error, and nothing more can be said
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except Exception as error:
        if os.environ.get("CALLWRIGHT_TRACEBACK") == "1":
            raise
        click.echo(
            f"callwright: internal error: {type(error).__name__}: {error}\n"
            "This is a bug in Callwright, not in your files. Set CALLWRIGHT_TRACEBACK=1 to see where, and report it.",
            err=True,
        )
        sys.exit(2)


def show(error: CallwrightError) -> None:
    """Print an error with all its diagnostics to stderr."""
    if isinstance(error, ConnectorErrors):
        for each in error.errors:
            show(each)
        click.echo(f"callwright: {error}", err=True)
    elif isinstance(error, SpecError) and error.diagnostics:
        show_diagnostics(error.diagnostics)
        click.echo(f"callwright: {error}", err=True)
    else:
        click.echo(f"error: {_text(error)}", err=True)


def _text(error: CallwrightError) -> str:
    if error.path is None:
        return str(error)
    from callwright.project.settings import load_settings

    try:
        return error.seen_from(load_settings().root)
    except CallwrightError:  # the settings have problems of their own
        return str(error)


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    for diagnostic in diagnostics:
        click.echo(diagnostic.render(), err=True)
