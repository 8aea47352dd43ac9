"""`callwright new` and `callwright add`: the first lines of a connector and of a call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from callwright.diagnostics import Diagnostic
    from callwright.project.settings import Settings


@click.command()
@click.argument("name")
@click.option(
    "--base-url", required=True, metavar="URL", help="The URL that all paths are appended to."
)
@click.option("--title", help="The provider's display name. The client class is named after it.")
def new(name: str, base_url: str, title: str | None) -> None:
    """Create a connector: specs/NAME/connector.yaml, with comments that explain its parts."""
    from callwright.errors import OutputError
    from callwright.project.scaffold import new_connector
    from callwright.project.settings import load_settings

    settings = load_settings()
    text = new_connector(name, base_url, title=title)
    path = settings.specs / name / "connector.yaml"
    shown = _shown(path, settings.root)
    if path.exists():
        raise OutputError(f"{shown} exists already; it was left as it is")
    _refuse_unusable(text, shown, settings, name)
    _write(path, text)
    click.echo(f"wrote {shown}")
    click.echo(f"next: choose auth in it, then: callwright add {name} CALL --path /…")


@click.command()
@click.argument("name")
@click.argument("call")
@click.option(
    "--path",
    required=True,
    help="Path below the base URL, with placeholders in braces: /users/{id}.",
)
@click.option("--method", default="GET", show_default=True, help="The HTTP method.")
@click.option(
    "--description", default="", help="One sentence: the first line of the method's docstring."
)
def add(name: str, call: str, path: str, method: str, description: str) -> None:
    """Add the call CALL to the connector NAME. Keeps the comments and order of its file."""
    from callwright.errors import SpecError
    from callwright.ir.naming import argument
    from callwright.project.scaffold import NewCall, add_call, names_in, placeholders
    from callwright.project.settings import load_settings

    settings = load_settings()
    target = settings.specs / name / "connector.yaml"
    shown = _shown(target, settings.root)
    if not target.is_file():
        raise SpecError(f"there is no {shown}; start it with: callwright new {name} --base-url URL")
    for group in sorted((target.parent / "calls").glob("*.yaml")):
        if call in names_in(_read(group), _shown(group, settings.root)):
            raise SpecError(f"{_shown(group, settings.root)}: {call} exists already")
    arguments = {wire: argument(wire) for wire in placeholders(path)}
    wanted = NewCall(
        name=call, method=method.upper(), path=path, description=description, arguments=arguments
    )
    changed = add_call(_read(target), wanted, shown)
    _refuse_wrong(changed, shown, call)
    _write(target, changed)
    click.echo(f"added {call} to {shown}")
    if arguments:
        click.echo(
            f"next: replace CHANGE_ME in its sample, then: callwright initialize {name}.{call}"
        )
    else:
        click.echo(f"next: callwright initialize {name}.{call}")


def _refuse_unusable(text: str, shown: str, settings: Settings, name: str) -> None:
    """Raise SpecError when generate would refuse the new connector, or the one that makes a package of its name."""
    from callwright.errors import OutputError, SpecError
    from callwright.operations.lower import problems_of
    from callwright.project.connectors import folders, package_of

    problems = problems_of(text, shown)
    if any(d.code == "package-name" for d in problems):
        raise SpecError(f"{problems[0].message}; choose another name, like {name}_api")
    if problems:
        raise SpecError("; ".join(map(_as_option, problems)))
    other = next((f for f in folders(settings) if package_of(f) == name), None)
    if other is not None:
        place = _shown(other / "connector.yaml", settings.root)
        raise SpecError(f"{place} makes the package {name} already; choose another name")
    target = settings.output / name
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError(
            "is in the way of the package; move it or choose another name", path=target
        )


def _as_option(problem: Diagnostic) -> str:
    """A problem of a spec that is not written yet: its fix is an option of the command."""
    title = problem.hint.removeprefix("title: ")
    if title != problem.hint:
        return f"{problem.message}; pass --title '{title}'"
    return f"{problem.message} ({problem.hint})" if problem.hint else problem.message


def _refuse_wrong(text: str, name: str, call: str) -> None:
    """Raise SpecError when the spec would have problems in this call; those it had before are not of this command."""
    from callwright.errors import fail_on_errors
    from callwright.operations.lower import problems_of

    fail_on_errors(d for d in problems_of(text, name) if f"{d.path}.".startswith(f"calls.{call}."))


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _read(path: Path) -> str:
    from callwright.errors import SpecError

    try:
        # newline="": line ends are kept as they are
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise SpecError("not UTF-8; save it as UTF-8", path=path) from None
    except OSError as error:
        raise SpecError(f"cannot be read: {error.strerror}", path=path) from None


def _write(path: Path, text: str) -> None:
    from callwright.errors import OutputError
    from callwright.output import write_file

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", path=path) from None
    write_file(path, text.encode())
