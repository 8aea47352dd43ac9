"""`callwright explain`."""

from __future__ import annotations

import click


@click.command()
@click.argument("connector")
@click.argument("name", required=False, metavar="[MODEL[.FIELD]]")
@click.option(
    "--uncertain",
    is_flag=True,
    help="Only what rests on little evidence, worst first, and what to capture next.",
)
def explain(connector: str, name: str | None, uncertain: bool) -> None:
    """Say why the types of CONNECTOR are what they are: captures, counts, values seen, the rule that decided."""
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
