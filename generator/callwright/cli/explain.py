"""`callwright explain`."""

from __future__ import annotations

import click


@click.command()
@click.argument("connector")
@click.argument("name", required=False, metavar="[MODEL[.FIELD]]")
@click.option(
    "--uncertain",
    is_flag=True,
    help="Show only types with little evidence, weakest first, and what to capture next.",
)
def explain(connector: str, name: str | None, uncertain: bool) -> None:
    """Explain the types of CONNECTOR: the captures, counts and values they come from, and the rule that applied."""
    from callwright import commands
    from callwright.errors import CallwrightError
    from callwright.infer import explain as report
    from callwright.project.settings import load_settings

    if name is not None and uncertain:
        raise click.UsageError("--uncertain is about the whole connector; leave out MODEL")
    learnt = commands.learnt(load_settings(), connector)
    if not learnt.inference.roots:
        nothing = f"{connector} has no typed responses yet; run: callwright initialize {connector}"
        if name is not None:
            raise CallwrightError(nothing)
        click.echo(nothing)
        return
    unproven = {c.path: c.source for c in learnt.captures if not c.is_proven}
    if uncertain:
        click.echo(report.uncertain(learnt.inference, unproven))
    else:
        click.echo(report.explain(learnt.inference, name, unproven))
