"""What `callwright auth check` does with each scheme."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from callwright.initialize.arguments import resolve_arguments
from callwright.initialize.credentials.access import Access, connector_for, resolve_access
from callwright.initialize.credentials.credential_check import Way
from callwright.initialize.credentials.login import Logins, custom_auth, login_folder
from callwright.ir.nodes import Requests
from callwright.project.settings import Settings
from callwright.runtime.client import Client
from callwright.runtime.errors import ApiError, ArgumentError, AuthError, MissingCredentialError


class Prover:
    """Sends the call that proves credentials and says what came of it."""

    def __init__(
        self,
        requests: Requests,
        folder: Path,
        settings: Settings,
        environ: Mapping[str, str],
        environment: str,
    ) -> None:
        self._requests = requests
        self._folder = folder
        self._settings = settings
        self._environ = environ
        self._environment = environment

    def prove(self, way: Way, *, named: bool) -> int:
        """Prove one scheme; the result is the exit code. ``named``: messages say which it is."""
        title, call = self._requests.title, way.step.request.call
        name = "" if way.scheme is None or way.scheme.name == "default" else way.scheme.name
        if way.lacks:
            click.echo(f"{name} was not tried: {way.lacks}.")
            return 0
        access = self._access(way)
        code, text = self._sent(way, access)
        if code:
            click.echo(f"error: {f'{name}: ' if named else ''}{text}", err=True)
            return code
        whose = f" of {name}" if name else ""
        click.echo(f"{title} takes the credentials{whose} ({call.method} {call.path}: {text}).")
        return 0

    def _access(self, way: Way) -> Access:
        return resolve_access(
            self._requests.connector,
            [way.step],
            self._environ,
            environment=self._environment,
            allow_live=True,  # a call that only reads
        )

    def _sent(self, way: Way, access: Access) -> tuple[int, str]:
        """The exit code with its message, or 0 with the status of the answer."""
        call = way.step.request.call
        arguments = resolve_arguments(way.step, access, {}, self._folder)
        try:
            client = _client(self._requests, self._settings, access)
        except ApiError as error:
            return 2, str(error)
        try:
            with client:
                done = client._exchange(call, arguments)
        except (ArgumentError, MissingCredentialError) as error:
            return 2, str(error)
        except AuthError as error:
            return 3 if error.status_code is None else 1, str(error)
        except ApiError as error:
            return 3, str(error)
        if done.failure is None:
            return 0, str(done.response.status)
        return 1, f"{done.failure.error(call)}{self._usual(way)}"

    def _usual(self, way: Way) -> str:
        """What may be the reason when the call is sent with another scheme than its own."""
        name = way.step.request.call.name
        own = next(r.call.auth for r in self._requests.calls if r.call.name == name)
        if own is None or way.scheme is None or own == way.scheme.name:
            return ""
        return f" ({name} is a call that the spec sends with {own})"


def _client(requests: Requests, settings: Settings, access: Access) -> Client:
    connector = connector_for(requests.connector, access)
    custom = custom_auth(connector, settings.custom_auth, settings.root, access.credentials)
    return Client(
        connector,
        credentials=access.credentials,
        variables=access.variables,
        environment=access.environment,
        base_url=access.base_url,
        token_store=Logins(login_folder()),
        auth=custom,
    )
