"""Sending a plan: each sample once, through the clients' own runtime, and storing what may be stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias
from urllib.parse import urlsplit

from callwright.captures.digest import sample_digest
from callwright.captures.model import Capture
from callwright.captures.redact import RedactedCapture, Redactor
from callwright.captures.write import stored_bodies, write_capture
from callwright.errors import CallwrightError, InitializeError, SpecError
from callwright.infer.elements import known_of
from callwright.initialize.access import Access, connector_for
from callwright.initialize.answer import (
    checked_body,
    headers_read,
    is_expected,
    redact_paths,
    request_meta,
    transport_message,
    unexpected,
)
from callwright.initialize.arguments import resolve_arguments, secret_values
from callwright.initialize.fit import misfit, replaces_a_fit
from callwright.initialize.plan import Name, Plan, Step
from callwright.ir.nodes import Requests
from callwright.runtime import errors
from callwright.runtime.client import Client
from callwright.runtime.core import Exchange
from callwright.runtime.data import data_of
from callwright.runtime.definition import Connector
from callwright.runtime.errors import (
    ApiError,
    ArgumentError,
    AuthError,
    StatusError,
    TransportError,
)
from callwright.runtime.hiding import secrets_of
from callwright.runtime.paths import lookup
from callwright.runtime.token_store import TokenStore
from callwright.runtime.unset import UNSET

State: TypeAlias = Literal["stored", "unchanged", "kept", "unfit", "sent", "failed", "skipped"]

_STAYS = "not stored: the previous answer stays"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a step.

    ``stored``: written; ``unchanged``: equal to what was stored; ``kept``: an unexpected error, stored as the error it
    is; ``unfit``: ``generate`` refuses it as the spec is, stored only where no answer that it takes was; ``sent``: only
    served others; ``failed`` and ``skipped`` (not sent) say why in ``message``. ``capture`` is redacted.
    """

    step: Step
    state: State
    message: str = ""
    capture: Capture | None = None
    redacted: Mapping[str, int] = dataclasses.field(default_factory=dict[str, int])


class Reporter(Protocol):
    """The person watching."""

    def starting(self, step: Step, number: int, total: int) -> None:
        """Before a step is sent; ``number`` counts from 1."""

    def finished(self, outcome: Outcome) -> None:
        """After a step was sent, stored, or given up."""

    def keep_error(self, message: str, file_name: str) -> bool:
        """Whether to keep an unexpected error as a capture of its own status."""
        ...


class _Stop(Exception):
    """A failure that others would repeat: all steps that have ``shared``, the name of a scheme or a base URL.

    ``reason`` says why they are not sent.
    """

    def __init__(self, outcome: Outcome, reason: str, shared: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason
        self.shared = shared


class Session:
    """Sends the steps of a plan and stores their answers. Use as a context manager; it holds connections.

    Cleanups run at the end, after failures and interruptions too. Each step is sent once.
    """

    def __init__(
        self,
        requests: Requests,
        folder: Path,
        access: Access,
        reporter: Reporter,
        *,
        token_store: TokenStore | None = None,
        auth: object | None = None,
    ) -> None:
        """``folder`` is the connector's; ``token_store`` holds the developer's logins; ``auth`` is for ``type: custom``.

        Raises SpecError when a credential or variable does not fit the spec.
        """
        self._requests = requests
        self._folder = folder
        self._access = access
        self._reporter = reporter
        self._redactor = Redactor(access.credentials)
        self._outputs: dict[Name, dict[str, object]] = {}
        self._stopped: dict[str, str] = {}
        self.outcomes: list[Outcome] = []
        try:
            self._client = Client(
                connector_for(requests.connector, access),
                credentials=access.credentials,
                variables=access.variables,
                environment=access.environment,
                base_url=access.base_url,
                token_store=token_store,
                auth=auth,
                errors=_own_errors(requests.connector),
            )
        except ApiError as error:
            raise SpecError(str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def run(self, plan: Plan) -> None:
        """Send all steps; ``outcomes`` tells what became of each."""
        total = len(plan.steps)
        numbered = list(enumerate(plan.steps, 1))
        try:
            for number, step in numbered:
                if not step.cleanup:
                    self._guarded(step, number, total)
        finally:
            self._stopped.clear()  # what was made is cleaned up, whatever happened
            for number, step in numbered:
                if step.cleanup:
                    self._guarded(step, number, total)
                    self._stopped.clear()

    def _guarded(self, step: Step, number: int, total: int) -> None:
        """Send one step, turning what goes wrong into an outcome."""
        stopped = self._stopped.get(self._base(step)) or self._stopped.get(
            self._scheme(step) or "", ""
        )
        lacking = [".".join(source) for source in step.sources if source not in self._outputs]
        if lacking and not step.stored:
            return  # nothing was made that it could clean up
        if lacking or stopped:
            reason = stopped or f"{lacking[0]} has no answer"
            self._finish(Outcome(step=step, state="skipped", message=reason))
            return
        self._reporter.starting(step, number, total)
        try:
            self._finish(self._send(step))
        except _Stop as stop:
            self._finish(stop.outcome)
            self._stopped[stop.shared] = stop.reason
        except CallwrightError as error:
            self._finish(self._failed(step, str(error)))
        except KeyboardInterrupt:
            may = " while it was sent: it may have been executed" if step.is_action else ""
            self._finish(self._failed(step, f"{step.name}: interrupted{may}"))
            raise

    def _scheme(self, step: Step) -> str | None:
        """The name of the scheme that a step's call uses, None without."""
        scheme = self._access.schemes.get(step.request.call.name)
        return None if scheme is None else scheme.name

    def _base(self, step: Step) -> str:
        """The base URL of a step's call as the spec writes it; "" when its whole URL is an argument."""
        call, environment = step.request.call, self._access.environment
        if call.url is not None:
            return ""
        own = call.base_urls.get(environment) or call.base_url
        return (
            own
            or self._access.base_url
            or next(
                e.base_url for e in self._requests.connector.environments if e.name == environment
            )
        )

    def _finish(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._reporter.finished(outcome)

    def _failed(self, step: Step, message: str) -> Outcome:
        return Outcome(step=step, state="failed", message=self._redactor.text(message))

    def _send(self, step: Step) -> Outcome:
        arguments = resolve_arguments(step, self._access, self._outputs, self._folder)
        for name, value in secret_values(step, arguments).items():
            self._redactor.add(name, value)
        try:
            exchange = self._client.request(step.request.call, arguments)
        except ArgumentError as error:
            text = str(error).removeprefix(f"{step.request.call.name}: ")
            raise SpecError(f"{step.request.place}: {step.name}: {text}") from None
        except ApiError as error:
            failed = self._failed(step, transport_message(step, error))
            if isinstance(error, AuthError):
                raise _Stop(failed, "there is no token", self._scheme(step) or "") from None
            if isinstance(error, TransportError) and not error.request_sent:
                base = self._base(step)
                # the address that a redirect leads to says nothing of the other calls
                if base and ("${" in base or urlsplit(base).netloc in str(error)):
                    raise _Stop(failed, "the provider cannot be reached", base) from None
            return failed
        for index, secret in enumerate(secrets_of(exchange.request)):
            self._redactor.add(f"secret_{index}", secret)
        return self._answered(step, exchange)

    def _answered(self, step: Step, exchange: Exchange) -> Outcome:
        status = exchange.response.status
        if not is_expected(step, exchange):
            return self._unexpected(step, exchange)
        try:
            captured = self._capture(step, exchange)
        except InitializeError as error:
            raise self._unusable(step, status, error) from None
        self._keep_outputs(step, exchange)
        if not step.stored:
            return Outcome(step=step, state="sent", capture=captured.capture)
        try:
            return store(self._requests, self._folder, step, captured)
        except InitializeError as error:
            raise self._unusable(step, status, error) from None

    def _unusable(self, step: Step, status: int, error: InitializeError) -> InitializeError:
        there = stored_bodies(
            self._folder / "captures", step.request.call.name, step.sample.name, status
        )
        stays = f"; {_STAYS}" if there and step.stored else ""
        return InitializeError(f"{step.name}: {status}, but {error}{stays}")

    def _unexpected(self, step: Step, exchange: Exchange) -> Outcome:
        status = exchange.response.status
        message = self._redactor.text(unexpected(step, exchange))
        message += f"; {self._refusal(step)}" if status == 401 else ""
        # a failure with a success status would take the file of the answer that is expected
        if status >= 400 and step.stored:
            captured = self._capture(step, exchange)
            file_name = f"{step.sample.name}.{status}"
            if self._reporter.keep_error(message, file_name):
                write_capture(self._folder / "captures", [captured])
                return Outcome(
                    step=step, state="kept", message=message, capture=captured.capture,
                    redacted=captured.redacted,
                )  # fmt: skip
            message += f"; to keep it, expect it: a sample with the same args and status: {status}"
        failed = Outcome(step=step, state="failed", message=message)
        scheme = self._scheme(step)
        if status == 401 and scheme is not None:
            raise _Stop(failed, "the credentials were refused", scheme)
        return failed

    def _refusal(self, step: Step) -> str:
        """What to look at when the provider says that it does not know who is calling."""
        scheme = self._access.schemes.get(step.request.call.name)
        if scheme is None:
            return "the call sends no credentials: see auth in the spec"
        sent = [n for n in (*scheme.required, *scheme.optional) if n in self._access.credentials]
        known = {c.name: c for c in self._requests.connector.credentials}
        variables = [known[n].env.get(self._access.environment) or n for n in sent if n in known]
        return f"check {', '.join(variables) or f'the credentials of {scheme.name}'}"

    def _capture(self, step: Step, exchange: Exchange) -> RedactedCapture:
        response, is_error = exchange.response, exchange.failure is not None
        content_type = response.header("content-type")
        kind, body = checked_body(
            step.request, response.status, content_type, response.content, is_error=is_error
        )
        capture = Capture(
            call=step.request.call.name,
            sample=step.sample.name,
            status=response.status,
            page=None if step.sample.pages is None else 1,
            kind=kind,
            path="",
            body=body,
            source="live",
            captured_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            environment=self._access.environment,
            auth=self._scheme(step) or "none",
            call_digest=sample_digest(step.request.call, step.sample),
            headers=response.headers,
            request=request_meta(exchange.request),
            content_type=content_type,
        )
        paths = redact_paths(self._requests, step, response.status, is_error=is_error)
        return self._redactor.redact(capture, paths, headers_read(self._requests, step.request))

    def _keep_outputs(self, step: Step, exchange: Exchange) -> None:
        """What later samples take from this answer; it stays in memory, unredacted."""
        outputs: dict[str, object] = {}
        body = _parsed(step, exchange)
        for name, path in step.sample.outputs.items():
            value = lookup((path,), body, exchange.response.headers)
            if value is UNSET or value is None:
                raise InitializeError(f"{step.name}: output {name}: the answer has no {path}")
            outputs[name] = value
        self._outputs[step.request.call.name, step.sample.name] = outputs


def store(requests: Requests, folder: Path, step: Step, captured: RedactedCapture) -> Outcome:
    """Store an answer, unless ``generate`` refuses it as the spec is and takes the one that is there.

    Raises InitializeError for an answer that it refuses whatever the spec says, CaptureError when nothing can be written.
    """
    capture, captures = captured.capture, folder / "captures"
    problem = misfit(requests, step.request, capture)
    outcome = Outcome(step=step, state="unfit", capture=capture, redacted=captured.redacted)
    if problem is None:
        written = write_capture(captures, [captured])
        return dataclasses.replace(outcome, state="stored" if written else "unchanged")
    if not problem.by_spec:
        raise InitializeError(f"generate would refuse it: {problem.message}")
    told = f"{step.name}: {capture.status}, but generate would refuse it as the spec is: {problem.message}"
    if replaces_a_fit(requests, step.request, captures, capture):
        return dataclasses.replace(outcome, message=f"{told}; {_STAYS}")
    write_capture(captures, [captured])
    return dataclasses.replace(outcome, message=f"{told}; stored all the same: there was none")


def failures(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes that make the run end with exit code 3."""
    return [o for o in outcomes if o.state in ("failed", "skipped", "kept", "unfit")]


def _own_errors(connector: Connector) -> dict[str, type[StatusError]]:
    """Classes for the errors that the spec names; generated clients have better ones."""
    names = {name for name in connector.errors.raises.values() if not hasattr(errors, name)}
    return {name: type(name, (StatusError,), {}) for name in names}


def _parsed(step: Step, exchange: Exchange) -> object:
    hints = [hint for found in step.request.hints for hint in found.fields]
    return data_of(exchange.response.content, known_of((), hints))
