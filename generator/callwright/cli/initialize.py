"""`callwright initialize`: plan, confirm, send, review, store."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from callwright.cli.failure import show_diagnostics

if TYPE_CHECKING:
    from callwright.captures.model import Capture
    from callwright.diagnostics import Diagnostic
    from callwright.initialize.plan import Plan, Step, Target
    from callwright.initialize.run import Outcome
    from callwright.ir.nodes import Requests
    from callwright.spec.settings import Settings


@click.command()
@click.argument("targets", nargs=-1, metavar="[CONNECTOR[.CALL[.SAMPLE]]]...")
@click.option("--all", "everything", is_flag=True, help="Send also what has a current capture.")
@click.option("--yes", is_flag=True, help="Send actions without asking.")
@click.option("--raw", is_flag=True, help="Show responses raw instead of as a tree.")
@click.option(
    "--environment", metavar="NAME", help="Default: development when there is one, else live."
)
@click.option(
    "--allow-live", is_flag=True, help="Take credentials that do not match their safe_pattern."
)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read credentials and variables from a .env file.",
)
@click.option(
    "--response",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Store this file as the response to one sample instead of sending it.",
)
@click.option(
    "--status", type=click.IntRange(100, 599), help="With --response: its status (default 200)."
)
@click.option(
    "--source",
    type=click.Choice(["manual", "docs"]),
    default="manual",
    help="With --response: where it comes from (default manual).",
)
def initialize(
    targets: tuple[str, ...],
    everything: bool,
    yes: bool,
    raw: bool,
    environment: str | None,
    allow_live: bool,
    env_file: Path | None,
    response: Path | None,
    status: int | None,
    source: Literal["manual", "docs"],
) -> None:
    """Send the calls for real and store the responses as captures.

    Sends the samples of CONNECTOR, CONNECTOR.CALL or CONNECTOR.CALL.SAMPLE (default: of all connectors) that were never
    captured or whose call has changed since. The plan is shown first, actions ask, and secrets are taken out of what is
    stored. Credentials come from environment variables or --env-file.
    """
    from callwright.errors import SpecError
    from callwright.initialize.access import read_env_file
    from callwright.initialize.plan import Target, parse_target
    from callwright.spec.connectors import discover
    from callwright.spec.settings import load_settings

    settings = load_settings()
    environ = {**os.environ, **(read_env_file(env_file) if env_file else {})}
    asked = [parse_target(text) for text in targets]
    if not asked:
        asked = [Target(folder.name) for folder in discover(settings, ())]
    if not asked:
        raise SpecError("there is no connector yet; start one: callwright new NAME --base-url URL")
    if response is not None:
        _store(settings, asked if targets else [], response, status, source, environ)
        return
    if status is not None:
        raise click.UsageError("--status goes with --response")
    run = _Run(settings, environ, environment, everything, yes, raw, allow_live)
    failed = [target for target in asked if not run.initialize(target)]
    if failed:
        sys.exit(3)


class _Run:
    """One run of the command, over the connectors it was asked for."""

    def __init__(
        self,
        settings: Settings,
        environ: dict[str, str],
        environment: str | None,
        everything: bool,
        yes: bool,
        raw: bool,
        allow_live: bool,
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._environment = environment
        self._everything = everything
        self._yes = yes
        self._raw = raw
        self._allow_live = allow_live

    def initialize(self, target: Target) -> bool:
        """Initialize one target; tells whether everything went as expected."""
        from callwright.initialize.access import choose_environment, connector_for, resolve_access
        from callwright.initialize.login import Logins, custom_auth, login_folder
        from callwright.initialize.plan import make_plan
        from callwright.initialize.preflight import check_steps, refuse_unfinished, settings_for
        from callwright.initialize.run import Session, failures
        from callwright.initialize.show import common_secret_lines, plan_lines, skipped_lines

        requests, folder, captures, unfinished = _read(self._settings, target.connector)
        environment = choose_environment(requests.connector, self._environment)
        plan = make_plan(requests, captures, target, everything=self._everything)
        _tell_about(target.connector, plan)
        if not plan.steps:
            return True
        refuse_unfinished(plan.steps, unfinished)
        access = resolve_access(
            requests.connector,
            plan.steps,
            self._environ,
            environment=environment,
            allow_live=self._allow_live,
            ask_secret=_ask_secret if sys.stdin.isatty() else None,
        )
        given = settings_for(requests, access)
        check_steps(plan.steps, given, access, folder)
        settings = self._settings
        used = connector_for(requests.connector, access)
        auth = custom_auth(used, settings.custom_auth, settings.root, access.credentials)
        for line in plan_lines(plan, given, access):
            click.echo(line)
        for line in common_secret_lines(requests.connector, access):
            click.echo(line, err=True)
        plan = self._confirmed(plan)
        click.echo()
        with (
            _Watcher(requests, captures, len(plan.steps), self._raw) as watcher,
            Session(
                requests, folder, access, watcher, token_store=Logins(login_folder()), auth=auth
            ) as session,
        ):
            try:
                session.run(plan)
            finally:
                for line in skipped_lines(session.outcomes):
                    click.echo(line, err=True)
        return not failures(session.outcomes)

    def _confirmed(self, plan: Plan) -> Plan:
        """The plan, without the actions (and what needs them) when they are not wanted."""
        from callwright.errors import SpecError
        from callwright.initialize.plan import without_actions

        actions = [s for s in plan.steps if s.is_action and s.sample.confirm == "ask"]
        if not actions or self._yes:
            return plan
        names = ", ".join(step.name for step in actions)
        if not sys.stdin.isatty():
            raise SpecError(
                f"these change something at the provider: {names}; pass --yes to send them"
            )
        if click.confirm(f"\nThese change something at the provider: {names}. Send them?"):
            return plan
        return without_actions(plan)


class _Watcher:
    """Prints what happens; shows progress on a terminal when there is more than one call."""

    def __init__(
        self, requests: Requests, captures: Sequence[Capture], total: int, raw: bool
    ) -> None:
        self._requests = requests
        self._captures = list(captures)
        self._raw = raw
        self._progress: _Progress | None = None
        if total > 1 and sys.stderr.isatty():
            self._progress = _Progress(total)

    def __enter__(self) -> _Watcher:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def starting(self, step: Step, number: int, total: int) -> None:
        """Show which call is under way."""
        if self._progress is not None:
            self._progress.show(step.name, number - 1)

    def finished(self, outcome: Outcome) -> None:
        """Print what became of a step."""
        from callwright.initialize.display import visible
        from callwright.initialize.show import outcome_lines

        call = outcome.step.request.call.name
        before = [c for c in self._captures if c.call == call]
        failed = outcome.state == "failed"
        with self._paused():
            lines = outcome_lines(outcome, before, self._requests, raw=self._raw, width=_width())
            for line in lines:
                click.echo(line, err=failed)
            if outcome.state == "unfit":
                click.echo(visible(outcome.message), err=True)
        new = outcome.capture
        if new is not None and outcome.state in ("stored", "kept"):
            # what the next answers of the call are compared with
            place = (new.call, new.sample, new.status)
            kept = [c for c in self._captures if (c.call, c.sample, c.status) != place]
            self._captures = [*kept, new]

    def keep_error(self, message: str, file_name: str) -> bool:
        """Ask whether an unexpected error is worth keeping; without a terminal it is not kept."""
        if not sys.stdin.isatty():
            return False
        with self._paused():
            return click.confirm(f"{message}\nKeep it as the error capture {file_name}?")

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


def _read(
    settings: Settings, connector: str
) -> tuple[Requests, Path, tuple[Capture, ...], list[Diagnostic]]:
    """A connector's requests, folder and captures, and what is unfinished in samples, which matters when they are sent.

    All other warnings are told; a capture that cannot be used is told and counts as missing.
    """
    from callwright.captures.read import read_captures
    from callwright.initialize.preflight import UNFINISHED
    from callwright.ir.lower_requests import read_requests
    from callwright.spec.connectors import discover

    (folder,) = discover(settings, (connector,))
    requests, warnings = read_requests(folder, settings.root)
    captures, found = read_captures(folder / "captures", settings.root, requests)
    unfinished = [d for d in warnings if d.code == UNFINISHED]
    told = [d for d in (*warnings, *found) if d.code not in (UNFINISHED, "stale-capture")]
    show_diagnostics(told)
    return requests, folder, captures, unfinished


def _tell_about(connector: str, plan: Plan) -> None:
    for name in plan.by_hand:
        click.echo(f"{connector}.{name} is put there by hand:"
                   f" callwright initialize {connector}.{name} --response FILE")  # fmt: skip
    for call in plan.without_samples:
        click.echo(
            f"{connector}.{call} has no samples: add one to the spec, like samples: {{example: {{}}}}"
        )
    if not plan.steps and not plan.by_hand:
        click.echo(f"{connector}: every sample has a current capture (--all sends them again)")


def _width() -> int:
    """How many cells a line may have: those of the terminal, when there is one."""
    from callwright.initialize.show import WIDTH

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH


def _ask_secret(what: str) -> str:
    return str(click.prompt(what, hide_input=True, err=True))


def _store(
    settings: Settings,
    targets: Sequence[Target],
    file: Path,
    status: int | None,
    source: Literal["manual", "docs"],
    environ: dict[str, str],
) -> None:
    from callwright.errors import CaptureError
    from callwright.initialize.manual import store_response
    from callwright.initialize.plan import one_step
    from callwright.initialize.show import outcome_lines

    if len(targets) != 1 or targets[0].sample is None:
        raise click.UsageError("--response needs one target of the form CONNECTOR.CALL.SAMPLE")
    requests, folder, captures, _ = _read(settings, targets[0].connector)
    step = one_step(requests, targets[0])
    secrets = (c for c in requests.connector.credentials if c.secret)
    names = {env: c.name for c in secrets for env in c.env.values()}
    known = {name: environ[env] for env, name in names.items() if environ.get(env)}
    outcome = store_response(
        requests, folder, step, file, status=status, source=source, known=known
    )
    before = [c for c in captures if c.call == step.request.call.name]
    for line in outcome_lines(outcome, before, requests, raw=False, width=_width()):
        click.echo(line)
    if outcome.state == "unfit":
        raise CaptureError(outcome.message)
