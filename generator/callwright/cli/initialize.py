"""`callwright initialize`: plan, confirm, send, review, store."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from callwright.cli.failure import show_diagnostics
from callwright.cli.watcher import Watcher, line_width, with_outcome
from callwright.errors import CallwrightError, raise_together

if TYPE_CHECKING:
    from callwright.captures.model import Capture
    from callwright.diagnostics import Diagnostic
    from callwright.initialize.credentials.access import Access
    from callwright.initialize.plan import Plan, Target
    from callwright.initialize.storing.store import Mode
    from callwright.ir.nodes import Requests
    from callwright.project.settings import Settings
    from callwright.runtime.config import Settings as ClientSettings


@click.command()
@click.argument("targets", nargs=-1, metavar="[CONNECTOR[.CALL[.SAMPLE]]]...")
@click.option(
    "--all", "everything", is_flag=True, help="Also send samples that have a current capture."
)
@click.option(
    "--refresh", is_flag=True, help="Store new responses even if they add nothing to the types."
)
@click.option(
    "--replace",
    is_flag=True,
    help="Keep only the new response of each sample (after a permanent change by the provider).",
)
@click.option("--yes", is_flag=True, help="Send actions without confirmation.")
@click.option("--raw", is_flag=True, help="Show raw responses instead of trees.")
@click.option(
    "--environment", metavar="NAME", help="Default: development if the connector has it, else live."
)
@click.option(
    "--allow-live", is_flag=True, help="Accept credentials that do not match their safe_pattern."
)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read credentials and variables from a .env file.",
)
@click.option(
    "--response",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Store this file (- for standard input) as the response of one sample instead of sending it.",
)
@click.option(
    "--status",
    type=click.IntRange(100, 599),
    help="With --response: the response's status (default: 200).",
)
@click.option(
    "--source",
    type=click.Choice(["manual", "docs"]),
    default="manual",
    help="With --response: where the response comes from (default: manual).",
)
def initialize(
    targets: tuple[str, ...],
    everything: bool,
    refresh: bool,
    replace: bool,
    yes: bool,
    raw: bool,
    environment: str | None,
    allow_live: bool,
    env_file: Path | None,
    response: Path | None,
    status: int | None,
    source: Literal["manual", "docs"],
) -> None:
    """Send calls to the provider and store the responses as captures.

    Sends the samples of CONNECTOR, CONNECTOR.CALL or CONNECTOR.CALL.SAMPLE (default: all connectors) that have no capture
    or whose call has changed since. Shows the plan first, asks before sending actions, and redacts secrets in what it
    stores. A response that adds nothing to the types is not stored; one that does is stored next to the previous ones.
    Credentials are read from environment variables or --env-file.
    """
    from callwright.errors import SpecError
    from callwright.initialize.credentials.access import with_env_file
    from callwright.initialize.plan import Target, parse_target
    from callwright.project.connectors import discover
    from callwright.project.settings import load_settings

    settings = load_settings()
    environ = with_env_file(os.environ, env_file)
    asked = [parse_target(text) for text in targets]
    if not asked:
        asked = [Target(folder.name) for folder in discover(settings, ())]
    if not asked:
        raise SpecError("there is no connector yet; start one: callwright new NAME --base-url URL")
    mode: Mode = "replace" if replace else "refresh" if refresh else "grow"
    if response is not None:
        _store(settings, asked if targets else [], response, status, source, environ, mode)
        return
    if status is not None:
        raise click.UsageError("--status requires --response")
    run = _Run(settings, environ, environment, everything, yes, raw, allow_live, mode)
    if not run.initialize(asked):
        sys.exit(3)


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """One connector, checked, with all that sending its plan needs."""

    requests: Requests
    folder: Path
    captures: Sequence[Capture]
    locked: Mapping[str, str]
    plan: Plan
    access: Access
    given: ClientSettings
    auth: object | None


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
        mode: Mode,
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._environment = environment
        self._everything = everything
        self._yes = yes
        self._raw = raw
        self._allow_live = allow_live
        self._mode: Mode = mode

    def initialize(self, targets: Sequence[Target]) -> bool:
        """Initialize all targets; tells whether everything went as expected. Nothing is sent if one has a problem."""
        prepared = [p for p in self._prepared(targets) if p is not None]
        for index, one in enumerate(prepared):
            self._show(one)
            prepared[index] = replace(one, plan=self._confirmed(one.plan))
            click.echo()
        results = [self._send(one) for one in prepared]
        return all(results)

    def _prepared(self, targets: Sequence[Target]) -> list[_Prepared | None]:
        """Every connector that was asked for, None without anything to send. Raises the errors of all together."""
        by_connector: dict[str, list[Target]] = {}
        for target in targets:
            by_connector.setdefault(target.connector, []).append(target)
        prepared: list[_Prepared | None] = []
        errors: list[CallwrightError] = []
        for connector, its_targets in by_connector.items():
            try:
                prepared.append(self._prepare(connector, its_targets))
            except CallwrightError as error:
                errors.append(error)
        raise_together(errors)
        return prepared

    def _prepare(self, connector: str, targets: Sequence[Target]) -> _Prepared | None:
        from callwright.infer.names.lock import read_lock
        from callwright.initialize.credentials.access import (
            choose_environment,
            connector_for,
            descriptions,
            resolve_access,
        )  # fmt: skip
        from callwright.initialize.credentials.login import custom_auth
        from callwright.initialize.plan import make_plan
        from callwright.initialize.preflight import check_steps, refuse_unfinished, settings_for

        requests, folder, captures, unfinished = _read(self._settings, connector)
        environment = choose_environment(requests.connector, self._environment)
        plan = make_plan(requests, captures, targets, everything=self._everything)
        _tell_about(connector, plan)
        if not plan.steps:
            return None
        refuse_unfinished(plan.steps, unfinished)
        access = resolve_access(
            requests.connector,
            plan.steps,
            self._environ,
            environment=environment,
            allow_live=self._allow_live,
            ask_secret=_ask_secret if sys.stdin.isatty() else None,
            descriptions=descriptions(requests),
        )
        given = settings_for(requests, access)
        check_steps(plan.steps, given, access, folder)
        settings = self._settings
        used = connector_for(requests.connector, access)
        return _Prepared(
            requests=requests,
            folder=folder,
            captures=captures,
            locked=read_lock(folder),
            plan=plan,
            access=access,
            given=given,
            auth=custom_auth(used, settings.custom_auth, settings.root, access.credentials),
        )

    def _show(self, prepared: _Prepared) -> None:
        from callwright.initialize.review.lines import common_secret_lines, plan_lines

        for line in plan_lines(prepared.plan, prepared.given, prepared.access):
            click.echo(line)
        for line in common_secret_lines(prepared.requests.connector, prepared.access):
            click.echo(line, err=True)

    def _send(self, prepared: _Prepared) -> bool:
        from callwright.initialize.credentials.login import Logins, login_folder
        from callwright.initialize.review.lines import skipped_lines
        from callwright.initialize.run import Session, failures

        logins = Logins(login_folder())
        with (
            Watcher(prepared.requests, prepared.captures, prepared.locked, len(prepared.plan.steps), raw=self._raw) as watcher,
            Session(
                prepared.requests, prepared.folder, prepared.access, watcher,
                token_store=logins, auth=prepared.auth, mode=self._mode,
            ) as session,
        ):  # fmt: skip
            try:
                session.run(prepared.plan)
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


def _read(
    settings: Settings, connector: str
) -> tuple[Requests, Path, tuple[Capture, ...], list[Diagnostic]]:
    """A connector's requests, folder and captures, and what is unfinished in samples, which matters when they are sent.

    All other warnings are told; a capture that cannot be used is told and counts as missing.
    """
    from callwright.captures.read import read_captures
    from callwright.initialize.preflight import UNFINISHED
    from callwright.operations.lower import read_requests
    from callwright.project.connectors import discover

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


def _ask_secret(what: str) -> str:
    return str(click.prompt(what, hide_input=True, err=True))


def _store(
    settings: Settings,
    targets: Sequence[Target],
    file: Path,
    status: int | None,
    source: Literal["manual", "docs"],
    environ: dict[str, str],
    mode: Mode,
) -> None:
    from callwright.errors import CaptureError
    from callwright.infer.names.lock import read_lock
    from callwright.initialize.plan import one_step
    from callwright.initialize.review.lines import outcome_lines
    from callwright.initialize.review.package_names import Package
    from callwright.initialize.storing.manual import store_response

    if len(targets) != 1 or targets[0].sample is None:
        raise click.UsageError("--response needs one target of the form CONNECTOR.CALL.SAMPLE")
    requests, folder, captures, _ = _read(settings, targets[0].connector)
    step = one_step(requests, targets[0])
    secrets = (c for c in requests.connector.credentials if c.secret)
    names = {env: c.name for c in secrets for env in c.env.values()}
    known = {name: environ[env] for env, name in names.items() if environ.get(env)}
    outcome = store_response(
        requests, folder, step, file, status=status, source=source, known=known, mode=mode
    )
    stored = with_outcome(captures, outcome)
    package = Package(requests, read_lock(folder), stored)
    lines = outcome_lines(
        outcome, captures, requests, raw=False, width=line_width(), package=package
    )
    for line in lines:
        click.echo(line)
    if outcome.state == "unfit":
        raise CaptureError(outcome.message)
