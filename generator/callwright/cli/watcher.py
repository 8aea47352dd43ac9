"""What `callwright initialize` prints while samples are sent."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Self

import click

if TYPE_CHECKING:
    from callwright.captures.model import Capture
    from callwright.initialize.plan import Step
    from callwright.initialize.run import Outcome
    from callwright.ir.nodes import Requests


def line_width() -> int:
    """How many cells a line may have: those of the terminal, when there is one."""
    from callwright.initialize.review.display import UNLIMITED

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else UNLIMITED


def with_outcome(captures: Sequence[Capture], outcome: Outcome) -> list[Capture]:
    """The captures with those that a sample and status have now in the place of those it had."""
    new = outcome.capture
    if new is None or outcome.state not in ("stored", "kept"):
        return list(captures)
    place = (new.call, new.sample, new.status)
    others = [c for c in captures if (c.call, c.sample, c.status) != place]
    return [*others, *outcome.kept, new]


class Watcher:
    """Prints what happens; shows progress on a terminal when there is more than one call."""

    def __init__(
        self,
        requests: Requests,
        captures: Sequence[Capture],
        locked: Mapping[str, str],
        total: int,
        *,
        raw: bool,
    ) -> None:
        """``captures``: those that were there; ``locked``: the names of names.lock; ``total``: how many steps there are."""
        self._requests = requests
        self._locked = locked
        self._captures = list(captures)
        self._raw = raw
        self._pending: list[tuple[Outcome, list[Capture]]] = []
        self._shown: set[str] = set()  # steps whose failure was shown before a question
        self._progress: _Progress | None = None
        if total > 1 and sys.stderr.isatty():
            self._progress = _Progress(total)

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()
        self._review()

    def starting(self, step: Step, number: int, total: int) -> None:
        """Show which call is under way."""
        if self._progress is not None:
            self._progress.show(step.name, number - 1)

    def finished(self, outcome: Outcome) -> None:
        """Print a failure at once. What came is reviewed at the end, when the names of all classes are known."""
        from callwright.initialize.review.lines import failure_lines

        if outcome.state != "failed":
            self._pending.append((outcome, list(self._captures)))
        elif outcome.step.name not in self._shown:
            with self._paused():
                for line in failure_lines(outcome, raw=self._raw):
                    click.echo(line, err=True)
        self._captures = with_outcome(
            self._captures, outcome
        )  # what the next ones are compared with

    def _review(self) -> None:
        from callwright.initialize.review.display import visible
        from callwright.initialize.review.lines import outcome_lines
        from callwright.initialize.review.package_names import Package

        package = Package(self._requests, self._locked, self._captures)
        for outcome, before in self._pending:
            lines = outcome_lines(
                outcome, before, self._requests, raw=self._raw, width=line_width(), package=package
            )
            for line in lines:
                click.echo(line)
            if outcome.state == "unfit":
                click.echo(visible(outcome.message), err=True)

    def keep_error(self, outcome: Outcome, file_name: str) -> bool:
        """Show an unexpected error and ask whether it is worth keeping; without a terminal it is not kept."""
        from callwright.initialize.review.lines import failure_lines

        if not sys.stdin.isatty():
            return False
        self._shown.add(outcome.step.name)
        with self._paused():
            for line in failure_lines(outcome, raw=self._raw):
                click.echo(line, err=True)
            return click.confirm(f"Keep it as the error capture {file_name}?")

    def _paused(self) -> AbstractContextManager[object]:
        return self._progress.paused() if self._progress is not None else nullcontext()


class _Progress:
    """A progress bar on stderr."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=total)

    def start(self) -> None:
        self._bar.start()

    def stop(self) -> None:
        self._bar.stop()

    def show(self, name: str, done: int) -> None:
        self._bar.update(self._task, description=name, completed=done)

    def paused(self) -> AbstractContextManager[object]:
        """The bar taken from the screen while something is printed or asked."""
        bar = self._bar

        class _Paused:
            def __enter__(self) -> None:
                bar.stop()

            def __exit__(self, *_: object) -> None:
                bar.start()

        return _Paused()
