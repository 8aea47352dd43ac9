"""The whole path at work: provider, spec, initialize, generate, and the generated client in use."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from callwright import commands
from callwright.demo.provider import API_KEY, running_provider
from callwright.errors import CallwrightError, InitializeError, OutputError
from callwright.initialize.credentials.access import choose_environment, resolve_access
from callwright.initialize.plan import Step, Target, make_plan
from callwright.initialize.review.lines import outcome_lines
from callwright.initialize.run import Outcome, Session, failures
from callwright.operations.lower import read_requests
from callwright.project.settings import Settings, load_settings

_HERE = Path(__file__).parent
_MARK = "# The project of `callwright demo`, which writes it anew each time.\n"
_SETTINGS = _MARK + 'specs = "specs"\noutput = "generated"\n'
_NAME = "bookshop"
_WIDTH = 78  # of a tree; it is shown two cells further to the right


class Screen(Protocol):
    """Where the tour is shown."""

    def heading(self, text: str) -> None:
        """The beginning of a step."""

    def command(self, text: str) -> None:
        """What a user would type."""

    def text(self, text: str) -> None:
        """One or more lines."""

    def code(self, text: str) -> None:
        """Lines of a file."""


def run_tour(folder: Path, screen: Screen) -> None:
    """Show everything, leaving the project in ``folder``; the provider is stopped at the end.

    Raises OutputError when the folder is in use for something else, CallwrightError when a step fails.
    """
    settings = _prepare(folder)
    with running_provider() as (port, _shop):
        environ = {**os.environ, "BOOKSHOP_PORT": str(port), "BOOKSHOP_API_KEY": API_KEY}
        screen.text(f"A bookshop now listens on http://127.0.0.1:{port} and wants an API key.")
        _describe(settings, screen)
        _initialize(settings, environ, screen)
        _generate(settings, screen)
        _use(settings, environ, screen)
    _close(folder, screen)


def _prepare(folder: Path) -> Settings:
    """The demo's folder with its spec and nothing left of an earlier run."""
    config = folder / "callwright.toml"
    try:
        if folder.is_dir() and any(folder.iterdir()) and not _is_ours(config):
            raise OutputError(
                f"{folder} holds something else already; name another folder with --folder"
            )
        for left in (folder / "specs" / _NAME, folder / "generated" / _NAME):
            if left.is_symlink():
                raise OutputError(f"{left} is a link; remove it, or name another folder")
            if left.is_dir():
                shutil.rmtree(left)
        (folder / "specs" / _NAME).mkdir(parents=True)
        config.write_text(_SETTINGS, encoding="utf-8")
        shutil.copyfile(_HERE / "connector.yaml", folder / "specs" / _NAME / "connector.yaml")
        shutil.copytree(_HERE / "fixtures", folder / "specs" / _NAME / "fixtures")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror}") from None
    return load_settings(folder)


def _is_ours(config: Path) -> bool:
    return config.is_file() and config.read_text(encoding="utf-8", errors="replace").startswith(
        _MARK
    )


def _describe(settings: Settings, screen: Screen) -> None:
    screen.heading("1. Describe the calls")
    screen.text("specs/bookshop/connector.yaml says, for example:")
    text = (settings.specs / _NAME / "connector.yaml").read_text(encoding="utf-8")
    screen.code(_between(text, "  get_book:", "  get_author:"))


def _initialize(settings: Settings, environ: Mapping[str, str], screen: Screen) -> None:
    screen.heading("2. Send them once, for real")
    _expect_too_much(settings, environ, screen)
    screen.command("callwright initialize bookshop --yes")
    outcomes, shown = _sent(settings, environ, Target(_NAME))
    failed = failures(outcomes)
    if failed:
        raise InitializeError(failed[0].message)
    screen.text("\n".join(lines[0] for lines in shown))
    screen.text("\nWhat came back is stored without secrets, and read as types:")
    tree = next(lines for lines in shown if lines[0].startswith("list_books.all_books"))
    screen.code("\n".join(line[2:] for line in tree[1:]))


def _expect_too_much(settings: Settings, environ: Mapping[str, str], screen: Screen) -> None:
    """Send a sample that asks for what is not there, before its spec says so."""
    spec = settings.specs / _NAME / "connector.yaml"
    finished = spec.read_text(encoding="utf-8")
    spec.write_text(finished.replace(", status: 404", ""), encoding="utf-8")
    screen.command("callwright initialize bookshop.get_book.unknown")
    _, (lines,) = _sent(settings, environ, Target(_NAME, "get_book", "unknown"))
    screen.text("\n".join(textwrap.fill(line, 80, subsequent_indent="    ") for line in lines))
    spec.write_text(finished, encoding="utf-8")
    screen.text("\nThat error is worth having, too. With `status: 404` in the sample:")


def _sent(
    settings: Settings, environ: Mapping[str, str], target: Target
) -> tuple[list[Outcome], list[list[str]]]:
    """What became of the samples of a target, and the lines that show it."""
    folder = settings.specs / _NAME
    requests, _ = read_requests(folder, settings.root)
    plan = make_plan(requests, (), [target])
    environment = choose_environment(requests.connector, None)
    access = resolve_access(requests.connector, plan.steps, environ, environment=environment)
    with Session(requests, folder, access, _Silent()) as session:
        session.run(plan)
    shown = [
        outcome_lines(outcome, (), requests, raw=False, width=_WIDTH)
        for outcome in session.outcomes
    ]
    return session.outcomes, shown


class _Silent:
    """Nobody watches while the samples are sent; the tour shows what became of them."""

    def starting(self, step: Step, number: int, total: int) -> None: ...

    def finished(self, outcome: Outcome) -> None: ...

    def keep_error(self, outcome: Outcome, file_name: str) -> bool:
        return False


def _generate(settings: Settings, screen: Screen) -> None:
    screen.heading("3. Generate the client")
    screen.command("callwright generate")
    (result,) = commands.generate(settings, [_NAME]).connectors
    captured = list((settings.specs / _NAME).rglob("*.meta.yaml"))
    screen.text(f"{result.folder}: {result.calls} calls, typed by {len(captured)} captures")
    client = settings.output / _NAME / "client.py"
    text = client.read_text(encoding="utf-8")
    screen.text("\nOne of its methods:")
    screen.code(_between(text, "    def get_book(", "    def "))


def _use(settings: Settings, environ: Mapping[str, str], screen: Screen) -> None:
    screen.heading("4. Use it")
    done = subprocess.run(  # noqa: S603 - our own program and script
        [
            sys.executable,
            "-W",
            "error",
            str(_HERE / "transcript.py"),
            str(_HERE / "session.py.txt"),
        ],
        cwd=settings.root,
        env=dict(environ),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    screen.code(done.stdout.rstrip())
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["it ended without a message"]
        raise CallwrightError(f"the generated client did not work: {last[0]}")


def _close(folder: Path, screen: Screen) -> None:
    screen.heading(f"All of it is in {_shown(folder)}{os.sep}")
    screen.text(
        "  specs/bookshop/connector.yaml   the description\n"
        "  specs/bookshop/captures/        what the provider really answered\n"
        "  generated/bookshop/             the client: commit it, import it\n"
        "\nYour own provider: callwright new NAME --base-url URL"
    )


def _shown(folder: Path) -> str:
    try:
        return str(folder.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(folder)


def _between(text: str, first: str, end: str) -> str:
    """The lines from the one that begins with ``first`` to the next that begins with ``end``, dedented."""
    lines = text.split("\n")
    start = next((i for i, line in enumerate(lines) if line.startswith(first)), 0)
    stop = next((i for i in range(start + 1, len(lines)) if lines[i].startswith(end)), len(lines))
    indent = len(first) - len(first.lstrip())
    return re.sub(rf"(?m)^ {{{indent}}}", "", "\n".join(lines[start:stop])).rstrip()
