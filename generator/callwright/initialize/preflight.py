"""Before the first request: nothing is sent when a sample of the plan has an argument that its call does not take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from callwright.captures.digest import relaxed
from callwright.diagnostics import Diagnostic, Severity
from callwright.errors import SpecError
from callwright.initialize.arguments import resolve_arguments
from callwright.initialize.credentials.access import Access, connector_for
from callwright.initialize.plan import Step
from callwright.ir.nodes import FromSample, NestedValue, Requests
from callwright.runtime.config import Settings, resolve
from callwright.runtime.definition import Call
from callwright.runtime.errors import ApiError, ArgumentError
from callwright.runtime.flow import WireRequest
from callwright.runtime.request import urls
from callwright.runtime.request.encode import encode
from callwright.runtime.request.plan import plan
from callwright.runtime.template import names

UNFINISHED = "unfinished-sample"
"""The code of the warning about a sample of `callwright add` whose values are still to be written."""


def refuse_unfinished(steps: Iterable[Step], warnings: Iterable[Diagnostic]) -> None:
    """Raise SpecError when values of these steps are still to be written. ``warnings``: those of the spec."""
    samples = tuple(f"calls.{s.request.call.name}.samples.{s.sample.name}.args." for s in steps)
    found = [w for w in warnings if w.code == UNFINISHED and w.path.startswith(samples)]
    _refuse([replace(warning, severity=Severity.ERROR) for warning in found])


def check_steps(steps: Sequence[Step], settings: Settings, access: Access, folder: Path) -> None:
    """Check the arguments of all steps, as far as they do not come from answers.

    Raises SpecError that holds every file that cannot be read and every argument that is refused.
    """
    _refuse([problem for step in steps for problem in _problems(step, settings, access, folder)])


def settings_for(requests: Requests, access: Access) -> Settings:
    """What the calls are sent with. Raises SpecError when a credential or variable does not fit the spec."""
    try:
        settings = resolve(
            connector_for(requests.connector, access),
            credentials=access.credentials,
            variables=access.variables,
            shared={},
            environment=access.environment,
            base_url=access.base_url,
            auth=access,  # any object: nothing is sent with these settings
        )
        for named in settings.connector.auth:
            settings.named_login(named.name)  # checks the credentials of each scheme
        return settings
    except ApiError as error:
        raise SpecError(str(error)) from None


def encoded(
    call: Call, settings: Settings, access: Access, arguments: Mapping[str, object]
) -> WireRequest:
    """A call's request with these arguments, and ``***`` for credentials. Raises ArgumentError."""
    made = plan(call)
    base_url = settings.base_for(call)
    mentioned = {*made.names, *names(base_url)} & access.credentials.keys()
    secret = mentioned & settings.connector.secret_credentials - settings.values.keys()
    shown = {name: access.credentials[name] for name in mentioned - secret}
    return encode(
        call,
        {name: value for name, value in arguments.items() if name in made.arguments},
        connector=settings.connector,
        base_url=base_url,
        values={**shown, **settings.values},
        secrets=dict.fromkeys(secret, "***"),
    )


def _problems(step: Step, settings: Settings, access: Access, folder: Path) -> Iterator[Diagnostic]:
    call, args = step.request.call, step.sample.args
    later = {
        n: f"{{{n}}}" for n, value in args.items() if isinstance(value, FromSample | NestedValue)
    }
    known = {n: value for n, value in args.items() if n not in later}
    early = replace(step, sample=replace(step.sample, args=known))
    try:
        arguments = resolve_arguments(early, access, {}, folder)
        strict = relaxed(call, later) if later else call
        request = encoded(strict, settings, access, {**arguments, **later})
        if _would_be_exposed(step, request, settings, access):
            yield _problem(step, f"base_url {urls.EXPOSED}")
    except SpecError as error:
        yield _problem(step, str(error).removeprefix(f"{step.name}: "))
    except ArgumentError as error:
        # what is no argument is a value that signing in gives
        if error.argument.partition("[")[0] in plan(call).arguments:
            yield _problem(step, str(error).removeprefix(f"{call.name}: "))


def _would_be_exposed(step: Step, request: WireRequest, settings: Settings, access: Access) -> bool:
    """Whether credentials would be sent over plain http to another machine."""
    if settings.connector.allow_insecure or step.request.call.name not in access.schemes:
        return False
    return urls.is_exposed(request.secret_url or request.url)


def _problem(step: Step, text: str) -> Diagnostic:
    call, sample = step.request.call.name, step.sample.name
    return Diagnostic(
        severity=Severity.ERROR,
        code="bad-value",
        message=f"{step.request.place}: calls.{call}.samples.{sample}: {text}",
    )


def _refuse(found: Sequence[Diagnostic]) -> None:
    if found:
        noun = "error" if len(found) == 1 else "errors"
        raise SpecError(f"{len(found)} {noun} in the samples; nothing was sent", found)
