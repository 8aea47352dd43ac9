"""`callwright import`: a connector from requests that were written down elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from callwright.importers.connector import Imported
    from callwright.importers.store import Stored

_LARGEST = 50_000_000


class _ImportCommand(click.Command):
    """Takes a command after ``callwright import`` as it was pasted: what follows ``curl`` are its own options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "curl" in args:
            import shlex

            at = args.index("curl")
            args = [*args[:at], shlex.join(args[at:])]
        return super().parse_args(ctx, args)


@click.command("import", cls=_ImportCommand)
@click.argument("source", nargs=-1, required=True)
@click.option("--name", default="", help="The connector's name. Default: of the host.")
@click.option(
    "--base-url",
    default="",
    metavar="URL",
    help="The base URL, where the source has a placeholder.",
)
@click.option(
    "--into", default="", metavar="NAME", help="Add to this connector, whatever its base URL."
)
def import_(source: tuple[str, ...], name: str, base_url: str, into: str) -> None:
    """Make a connector of cURL commands, or add them to one.

    SOURCE is a file, - for standard input, or a whole command in quotes. Values become arguments with an example,
    credentials are never written: they come from environment variables.
    """
    from callwright.importers.connector import connector_of
    from callwright.importers.curl.read import read_curl
    from callwright.importers.store import check_unsupported, store, usable
    from callwright.project.settings import load_settings

    settings = load_settings()
    text = "\n".join(map(_text, source))
    read = read_curl(text)
    if not read.requests and not read.losses:
        check_unsupported(text)
    imported = usable(connector_of(read, name=into or name, base_url=base_url))
    file = source[0] if len(source) == 1 and not source[0].startswith("curl") else "curl"
    for loss in imported.losses:
        click.echo(f"{file}:{loss.place}: {loss.code}: {loss.text}", err=True)
    if not imported.calls:
        click.echo("no call could be made", err=True)
        sys.exit(1)
    stored = store(imported, settings, into=bool(into))
    for loss in stored.losses:
        click.echo(f"{loss.place}: {loss.code}: {loss.text}", err=True)
    _report(imported, stored, settings.root, file)


def _text(source: str) -> str:
    """The text of a source. Raises SpecError when it cannot be read."""
    from callwright.errors import SpecError

    if source.split(maxsplit=1)[:1] in (["curl"], ["curl.exe"]):
        return source
    try:
        data = sys.stdin.buffer.read(_LARGEST + 1) if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise SpecError(f"cannot be read: {error.strerror}", path=Path(source)) from None
    if len(data) > _LARGEST:
        raise SpecError("larger than 50 MB", path=Path(source))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError("not UTF-8; save it as UTF-8", path=Path(source)) from None


def _report(imported: Imported, stored: Stored, root: Path, file: str) -> None:
    path = stored.path.relative_to(root) if stored.path.is_relative_to(root) else stored.path
    if not stored.calls:
        click.echo(f"{path.as_posix()} has all of it already; nothing was written")
        return
    verb = "wrote" if stored.is_new else "added to"
    noun = "call" if len(stored.calls) == 1 else "calls"
    click.echo(f"{verb} {path.as_posix()}: {len(stored.calls)} {noun}: {', '.join(stored.calls)}")
    variables = [
        f"{imported.name.upper()}_{name.upper()}"
        for name in (*imported.credentials, *imported.variables)
    ]
    variables += [name for name in imported.environment if name not in variables]
    if variables:
        click.echo(f"set before it is used: {', '.join(variables)}")
    if imported.secrets:
        where = "the command" if file == "curl" else file
        noun, it = ("secret was", "it") if imported.secrets == 1 else ("secrets were", "them")
        click.echo(f"{imported.secrets} {noun} found in {where}: revoke {it} if shared", err=True)
    if stored.is_new:
        click.echo(f"next: callwright initialize {imported.name}")
    else:
        click.echo(
            f"next: callwright initialize {' '.join(f'{imported.name}.{call}' for call in stored.calls)}"
        )
