"""`callwright auth`: log in as a developer, manage stored tokens, check credentials."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from callwright.ir.nodes import Requests
    from callwright.project.settings import Settings
    from callwright.runtime.auth.token_store import Token
    from callwright.runtime.sign_in import AuthorizationRequest, SignIn

F = TypeVar("F", bound=Callable[..., Any])


def _where(function: F) -> F:
    """The options that say with which credentials."""
    for option in (
        click.option(
            "--env-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Read credentials and variables from a .env file.",
        ),
        click.option(
            "--environment",
            metavar="NAME",
            help="Default: development if the connector has it, else live.",
        ),
    ):
        function = option(function)
    return function


_scheme = click.option(
    "--scheme", metavar="NAME", help="The scheme to use, if the connector has several."
)


@click.group()
def auth() -> None:
    """Log in to a provider, manage stored tokens, check credentials.

    Tokens are stored in your user's state folder, readable only by you. `callwright initialize` uses them.
    """


@auth.command(short_help="Log in as a developer, in the browser.")
@click.argument("connector")
@_scheme
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Listen on this port (default: a free one)."
)
@click.option("--redirect-uri", metavar="URL", help="As registered with the provider.")
@click.option("--no-browser", is_flag=True, help="Print the URL instead of opening a browser.")
@click.option(
    "--paste",
    is_flag=True,
    help="Instead of listening, paste the URL the browser was redirected to (for machines without a browser).",
)
@click.option("--subject", help="Store the token for this subject, as an application does.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=300.0,
    show_default=True,
    help="Seconds to wait for the browser.",
)
@_where
def login(
    connector: str,
    scheme: str | None,
    port: int | None,
    redirect_uri: str | None,
    no_browser: bool,
    paste: bool,
    subject: str | None,
    timeout: float,
    environment: str | None,
    env_file: Path | None,
) -> None:
    """Log in to CONNECTOR in the browser (OAuth 2.0 authorization code flow) and store the token."""
    from callwright.initialize.credentials.login import code_scheme
    from callwright.runtime.sign_in import read_redirect

    requests, _, _ = _requests(connector)
    with _told():
        named = code_scheme(requests.connector, scheme)
        sign_in = _sign_in(requests, named.name, environment, env_file)
        target = redirect_uri or sign_in.redirect_uri
        if paste:
            target, request, answer = _pasted(sign_in, target, port)
        else:
            target, request, answer = _listened(sign_in, target, port, timeout, not no_browser)
        code = read_redirect(answer, state=request.state)
        token = sign_in.exchange(code, redirect_uri=target, code_verifier=request.code_verifier)
        sign_in.store(token, subject=subject)
        token = _identified(sign_in, token, subject)
    click.echo(f"Logged in to {requests.title}{_who(token)}; {_until(token)}.")


@auth.command()
@click.argument("connector", required=False)
def status(connector: str | None) -> None:
    """Show who is logged in and until when. Never shows tokens."""
    from urllib.parse import unquote

    from callwright.initialize.credentials.login import login_folder
    from callwright.runtime.auth.token_store import FileTokenStore

    found = [(k.split("/"), t) for k, t in FileTokenStore(login_folder()).items()]
    rows = [(parts, token) for parts, token in found if connector in (None, parts[0])]
    if not rows:
        click.echo(f"Nobody is logged in{f' to {connector}' if connector else ''}.")
        sys.exit(1 if connector else 0)
    for (name, environment, scheme, who, *_), token in rows:
        place = f"{name} ({environment}, {scheme})"
        subject = f" for {unquote(who[1:])}" if who.startswith("@") else ""
        click.echo(f"{place}{subject}: logged in{_who(token)}, {_until(token)}")


@auth.command()
@click.argument("connector")
@click.option("--scheme", metavar="NAME", help="Only tokens of this scheme.")
@click.option("--environment", metavar="NAME", help="Only tokens of this environment.")
def logout(connector: str, scheme: str | None, environment: str | None) -> None:
    """Delete the stored tokens of CONNECTOR. They are not revoked at the provider."""
    from callwright.initialize.credentials.login import login_folder
    from callwright.runtime.auth.token_store import FileTokenStore

    store = FileTokenStore(login_folder())
    places = {key: key.split("/") for key, _ in store.items()}
    found = [k for k, parts in places.items() if parts[0] == connector]
    dropped = [
        k for k in found if environment in (None, places[k][1]) and scheme in (None, places[k][2])
    ]
    for key in dropped:
        store.delete(key)
    noun = "token" if len(dropped) == 1 else "tokens"
    click.echo(f"Dropped {len(dropped)} {noun} of {connector}.")


@auth.command(short_help="Check credentials with a cheap call.")
@click.argument("connector")
@_scheme
@_where
def check(
    connector: str, scheme: str | None, environment: str | None, env_file: Path | None
) -> None:
    """Check the credentials of CONNECTOR with the call named in its spec (check: CALL).

    If there are several schemes, each one whose credentials are set is tried, or only the one given with --scheme.

    Exit codes: 0 if the provider accepts the credentials, 1 if it rejects them, 2 if a credential is missing or invalid,
    3 if the provider cannot be reached.
    """
    from callwright.cli.credential_check import Prover
    from callwright.initialize.credentials.access import choose_environment
    from callwright.initialize.credentials.credential_check import ways
    from callwright.initialize.credentials.login import login_folder
    from callwright.runtime.auth.token_store import FileTokenStore

    requests, folder, settings = _requests(connector)
    environ = _environ(env_file)
    chosen = choose_environment(requests.connector, environment)
    logins = [key for key, _ in FileTokenStore(login_folder()).items()]
    found = ways(requests, scheme, environ, chosen, logins, settings.custom_auth)
    prover = Prover(requests, folder, settings, environ, chosen)
    codes = [prover.prove(way, named=len(found) > 1) for way in found]
    if any(codes):
        sys.exit(max(codes))


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the runtime as errors of the tool, with their exit codes."""
    from callwright.errors import InitializeError, SpecError
    from callwright.runtime.errors import (
        ApiError,
        ArgumentError,
        AuthError,
        MissingCredentialError,
    )

    try:
        yield
    except (ArgumentError, MissingCredentialError) as error:
        raise SpecError(str(error)) from None
    except AuthError as error:
        if error.status_code is None:
            raise InitializeError(str(error)) from None
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
    except ApiError as error:
        raise InitializeError(str(error)) from None


def _identified(sign_in: SignIn, token: Token, subject: str | None) -> Token:
    """The stored token with its owner; a profile that cannot be read does not undo the login."""
    from callwright.runtime.errors import ApiError

    try:
        identified = sign_in.identify(token)
    except ApiError as error:
        click.echo(
            f"warning: logged in, but whose login it is could not be read: {error}", err=True
        )
        return token
    if identified != token:
        sign_in.store(identified, subject=subject)
    return identified


def _requests(connector: str) -> tuple[Requests, Path, Settings]:
    from callwright.cli.failure import show_diagnostics
    from callwright.operations.lower import read_requests
    from callwright.project.connectors import discover
    from callwright.project.settings import load_settings

    settings = load_settings()
    (folder,) = discover(settings, (connector,))
    requests, warnings = read_requests(folder, settings.root)
    show_diagnostics(warnings)
    return requests, folder, settings


def _environ(env_file: Path | None) -> dict[str, str]:
    from callwright.initialize.credentials.access import with_env_file

    return with_env_file(os.environ, env_file)


def _sign_in(
    requests: Requests, scheme: str, environment: str | None, env_file: Path | None
) -> SignIn:
    from callwright.errors import SpecError
    from callwright.initialize.credentials.access import choose_environment
    from callwright.initialize.credentials.login import login_folder
    from callwright.runtime.auth.token_store import FileTokenStore
    from callwright.runtime.errors import ApiError
    from callwright.runtime.sign_in import SignIn

    connector, environ = requests.connector, _environ(env_file)
    chosen = choose_environment(connector, environment)
    credentials = {c.name: environ.get(c.env.get(chosen, "")) for c in connector.credentials}
    variables = {v.param.arg: environ.get(v.env.get(chosen, "")) for v in connector.variables}
    hosted = connector.self_hosted
    try:
        return SignIn(
            connector,
            scheme,
            credentials={name: value or None for name, value in credentials.items()},
            variables={name: value or None for name, value in variables.items()},
            environment=chosen,
            base_url=environ.get(hosted.env.get(chosen, "")) or None if hosted else None,
            token_store=FileTokenStore(login_folder()),
        )
    except ApiError as error:
        # a credential or certificate that cannot be used: nothing was sent yet
        raise SpecError(str(error)) from None


def _pasted(
    sign_in: SignIn, redirect_uri: str | None, port: int | None
) -> tuple[str, AuthorizationRequest, str]:
    """Let a person carry the URL to a browser and the answer back."""
    target = redirect_uri or f"http://127.0.0.1:{port or 8765}/callback"
    request = sign_in.authorization_url(redirect_uri=target)
    click.echo(f"Open this URL in a browser on any machine:\n\n{request.url}\n")
    click.echo(
        f"After you agree, it is sent to {target}, which need not answer."
        " Copy the whole address it shows then."
    )
    # the code in it is good for one use within minutes, and only with the verifier that stays here
    return target, request, str(click.prompt("Address", err=True)).strip()


def _listened(
    sign_in: SignIn, redirect_uri: str | None, port: int | None, timeout: float, browser: bool
) -> tuple[str, AuthorizationRequest, str]:
    """Wait on 127.0.0.1 for the browser to come back."""
    import secrets
    import webbrowser
    from urllib.parse import urlsplit

    from callwright.initialize.credentials.loopback import Listener, local_target

    state = secrets.token_urlsafe(32)
    own_port, path = local_target(redirect_uri, port)
    with Listener(state, port=own_port, path=path) as listener:
        target = redirect_uri or f"http://127.0.0.1:{listener.port}{path}"
        if urlsplit(target).port is None:
            target = target.replace("://127.0.0.1", f"://127.0.0.1:{listener.port}", 1)
        request = sign_in.authorization_url(redirect_uri=target, state=state)
        click.echo(f"Open this URL in a browser on this machine:\n\n{request.url}\n", err=True)
        if browser and _has_screen():
            webbrowser.open(request.url)
        click.echo(f"Waiting at {target} …", err=True)
        return target, request, listener.wait(timeout)


def _has_screen() -> bool:
    """Whether a browser would have a window: one in the terminal would take it over."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform in ("darwin", "win32") or any(os.environ.get(s) for s in screens)


def _who(token: Token) -> str:
    who = token.profile.get("email") or token.profile.get("id")
    return f" as {who}" if who else ""


def _until(token: Token) -> str:
    """How long a token lasts, for people."""
    import datetime
    import time

    renews = ", renewed by itself" if token.refresh_token else ""
    if token.expires_at is None:
        return f"the provider does not say until when{renews}"
    try:
        end = datetime.datetime.fromtimestamp(token.expires_at).astimezone()
    except (ValueError, OverflowError, OSError):
        return f"longer than dates reach{renews}"
    ended = token.expires_at <= time.time()
    if ended and not renews:
        return f"expired {end:%Y-%m-%d %H:%M %Z}: log in again"
    return f"until {end:%Y-%m-%d %H:%M %Z}{renews}"


command = auth
