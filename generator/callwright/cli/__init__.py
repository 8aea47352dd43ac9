"""The command line: argv → one call → exit code. The only place that prints.

Commands are loaded when they are run, so that `callwright --help` imports click and nothing else.
"""

from __future__ import annotations

import importlib
import sys
from keyword import iskeyword
from typing import Any

import click

# name → (module, one-line help): the help stands here so that showing it imports nothing
_COMMANDS: dict[str, tuple[str, str]] = {
    "new": ("scaffold", "Create a connector: specs/NAME/connector.yaml."),
    "add": ("scaffold", "Add a call to a connector."),
    "import": ("importing", "Make a connector of cURL commands."),
    "initialize": ("initialize", "Send calls to the provider and store the responses as captures."),
    "generate": ("generate", "Generate client packages from specs and captures."),
    "check": ("generate", "Fail if the committed packages are out of date."),
    "list": ("list", "List connectors, calls and samples with their state."),
    "explain": ("explain", "Explain the types of models and fields."),
    "models": ("models", "Print pydantic models inferred from JSON or XML files."),
    "auth": ("auth", "Log in to a provider, manage stored tokens, check credentials."),
    "schema": ("schema", "Print the JSON Schema of connector.yaml."),
    "demo": ("demo", "Run the whole workflow against a small provider on this machine."),
}


class _Cli(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module_name, _ = _COMMANDS[cmd_name]
        module = importlib.import_module(f"callwright.cli.{module_name}")
        command: click.Command = getattr(
            module, f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> Any:
        from callwright.cli.failure import reported

        with reported():
            # not click's standalone mode: an interrupted run must exit with 130, which click would make 1
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
            sys.exit(code if isinstance(code, int) else 0)


@click.group(cls=_Cli, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="callwright", prog_name="callwright")
def cli() -> None:
    """Generate strictly typed Python clients for third-party APIs.

    Describe the calls in specs/NAME/connector.yaml, send them to the provider once, and generate a client whose types
    come from the actual responses.
    """
