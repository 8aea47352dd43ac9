"""Sending a plan: each sample once, through the clients' own runtime, and storing what may be stored."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias
from urllib.parse import urlsplit

from callwright.captures.model import Capture
from callwright.captures.redact import RedactedCapture, Redactor
from callwright.captures.stale import sent
from callwright.captures.write import stored_bodies
from callwright.errors import CallwrightError, InitializeError, SpecError
from callwright.initialize.arguments import resolve_arguments, secret_values
from callwright.initialize.cleanup import Cleanups, by_hand
from callwright.initialize.credentials.access import Access, connector_for, known_secrets
from callwright.initialize.outputs import read_outputs
from callwright.initialize.plan import Name, Plan, Step
from callwright.initialize.response import (
    checked_body,
    headers_read,
    is_expected,
    kept_body,
    redact_paths,
    request_meta,
    stored_type,
    transport_message,
    unexpected,
)
from callwright.initialize.review.unexpected import Received, received
from callwright.initialize.sending import SampleClient
from callwright.initialize.storing.store import Mode, store_capture
from callwright.ir.nodes import Requests
from callwright.runtime import errors
from callwright.runtime.auth.token_store import TokenStore
from callwright.runtime.core import Exchange
from callwright.runtime.definition import Connector
from callwright.runtime.errors import (
    ApiError,
    ArgumentError,
    AuthError,
    StatusError,
    TransportError,
)
from callwright.runtime.paging import Walk
from callwright.runtime.redaction.request_secrets import all_secrets
from callwright.runtime.response import page_data

State: TypeAlias = Literal[
    "stored", "unchanged", "kept", "unfit", "sent", "failed", "skipped", "unneeded"
]

_STAYS = "not stored: the previous answer stays"
_NO_LOGIN = "there is no token"
_REFUSED = "the credentials were refused"
_EVENTS = 20  # events of a stream that are kept


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a step.

    ``stored``: written; ``unchanged``: equal to what was stored; ``kept``: an unexpected error, stored as the error it
    is; ``unfit``: ``generate`` refuses it as the spec is, stored only where no answer that it takes was; ``sent``: only
    served others; ``failed``, ``skipped`` and ``unneeded`` (a cleanup with nothing to clean up) say why in ``message``;
    the latter two were not sent. ``capture`` is redacted; ``kept`` are the captures of its sample and status that stay
    beside it, and ``notes`` say why. ``received``: an unexpected response; ``advice``: what to do about it, a sentence a
    line.
    """

    step: Step
    state: State
    message: str = ""
    capture: Capture | None = None
    pages: int = 1
    redacted: Mapping[str, int] = dataclasses.field(default_factory=dict[str, int])
    kept: tuple[Capture, ...] = ()
    notes: tuple[str, ...] = ()
    received: Received | None = None
    advice: tuple[str, ...] = ()
    keyed: tuple[str, ...] = ()  # objects with a key that was a secret


class Reporter(Protocol):
    """The person watching."""

    def starting(self, step: Step, number: int, total: int) -> None:
        """Before a step is sent; ``number`` counts from 1."""

    def finished(self, outcome: Outcome) -> None:
        """After a step was sent, stored, or given up."""

    def keep_error(self, outcome: Outcome, file_name: str) -> bool:
        """Whether to keep an unexpected error as a capture of its own status, once it was shown."""
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
        mode: Mode = "grow",
    ) -> None:
        """``folder`` is the connector's; ``token_store`` holds the developer's logins; ``auth`` is for ``type: custom``;
        ``mode`` says which responses are stored.

        Raises SpecError when a credential or variable does not fit the spec.
        """
        self._requests = requests
        self._folder = folder
        self._access = access
        self._reporter = reporter
        self._mode: Mode = mode
        self._redactor = Redactor(known_secrets(requests.connector, access))
        self._outputs: dict[Name, dict[str, object]] = {}
        self._stopped: dict[str, str] = {}
        self._cleanups = Cleanups()
        self.outcomes: list[Outcome] = []
        try:
            self._client = SampleClient(
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
        cleanups = [number for number, step in numbered if step.cleanup]
        first = min(cleanups, default=total + 1)
        try:
            for number, step in numbered:
                if number < first:
                    self._guarded(step, number, total)
        finally:
            self._stopped.clear()  # what was made is cleaned up, whatever happened
            self._clean_up_all(plan, cleanups)
        for number, step in numbered:
            if number > first and not step.cleanup:
                self._guarded(step, number, total)

    def _clean_up_all(self, plan: Plan, numbers: Sequence[int]) -> None:
        """Send the cleanups. An interruption ends the one that is being sent; the others are still sent."""
        interruption: KeyboardInterrupt | None = None
        for number in numbers:
            try:
                self._clean_up(plan.steps[number - 1], plan, number)
            except KeyboardInterrupt as error:
                interruption = error
        if interruption is not None:
            raise interruption

    def _clean_up(self, step: Step, plan: Plan, number: int) -> None:
        reason = self._cleanups.unneeded(step, plan)
        if reason:
            self._finish(Outcome(step=step, state="unneeded", message=reason))
            return
        lacking = [source for source in step.sources if source not in self._outputs]
        if lacking:
            message = f"{step.name}: not sent: {by_hand(step, lacking[0])}"
            self._finish(self._failed(step, message))
            return
        self._guarded(step, number, len(plan.steps))
        if _REFUSED in self._stopped.values():
            self._stopped.clear()  # the next cleanup may be allowed

    def _guarded(self, step: Step, number: int, total: int) -> None:
        """Send one step, turning what goes wrong into an outcome."""
        stopped = self._stopped.get(self._base(step)) or self._stopped.get(
            self._scheme(step) or "", ""
        )
        lacking = [".".join(source) for source in step.sources if source not in self._outputs]
        if lacking or stopped:
            reason = stopped or f"{lacking[0]} has no response"
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
            may = (
                " while it was sent: it may have been executed"
                if self._may_be_executed(step)
                else ""
            )
            self._finish(self._failed(step, f"{step.name}: interrupted{may}"))
            raise

    def _may_be_executed(self, step: Step) -> bool:
        return step.is_action and self._cleanups.may_be_executed(step)

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

    def _shown(self, step: Step, message: str, told: Sequence[str] = ()) -> Outcome:
        """The outcome of a step that failed, with the response that came last, if any."""
        wire, response = self._client.wire, self._client.response
        last = None
        if wire is not None and response is not None:
            last = received(self._redactor, wire, response, told)
        return dataclasses.replace(self._failed(step, message), received=last)

    def _send(self, step: Step) -> Outcome:
        arguments = resolve_arguments(step, self._access, self._outputs, self._folder)
        for name, value in secret_values(step, arguments).items():
            self._redactor.add(name, value)
        try:
            exchange = self._exchange(step, arguments)
            later = self._later_pages(step, arguments, exchange)
        except ArgumentError as error:
            text = str(error).removeprefix(f"{step.request.call.name}: ")
            raise SpecError(f"{step.request.place}: {step.name}: {text}") from None
        except ApiError as error:
            return self._not_answered(step, error)
        return self._answered(step, exchange, later)

    def _later_pages(
        self, step: Step, arguments: Mapping[str, object], first: Exchange
    ) -> list[Exchange]:
        """The pages after the first, as many as the sample wants and the list has."""
        call, pages = step.request.call, step.sample.pages or 1
        if call.paginate is None or pages == 1 or first.failure is not None:
            return []
        walk = Walk(call, arguments, pages)
        walk.step()
        later: list[Exchange] = []
        exchange = first
        while True:
            data = page_data(call, exchange.request, exchange.response)
            walk.take(data, exchange.request, exchange.response)
            following = walk.step()
            if following is None:
                return later
            exchange = self._exchange(step, following.arguments, following.url)
            if exchange.failure is not None:
                raise exchange.failure.error(call)
            later.append(exchange)

    def _exchange(
        self, step: Step, arguments: Mapping[str, object], next_url: str | None = None
    ) -> Exchange:
        """Send the call, and note whether it may have been executed, and which secrets were sent."""
        arguments = arguments if next_url is not None else _first_arguments(step, arguments)
        try:
            events = None
            if step.request.call.response.stream is not None:
                events = step.sample.events or _EVENTS
            return self._client._exchange(
                step.request.call, arguments, next_url=next_url, events=events
            )
        finally:
            self._cleanups.note(step, self._client.refusal)
            wire = self._client.wire
            for index, secret in enumerate(all_secrets(wire) if wire is not None else ()):
                self._redactor.add(f"secret_{index}", secret)

    def _not_answered(self, step: Step, error: ApiError) -> Outcome:
        """The outcome of a call that raised. Raises _Stop for what others would repeat."""
        response = self._client.response
        status = response.status if response is not None and response.problem is error else None
        message = transport_message(step, error, status)
        if self._client.redirect and isinstance(error, TransportError):
            message += f"; {self._client.redirect}"
        failed = self._shown(step, message)
        scheme = self._scheme(step)
        if scheme is not None and (isinstance(error, AuthError) or self._client.login_failed):
            raise _Stop(failed, _NO_LOGIN, scheme) from None
        if isinstance(error, TransportError) and not error.request_sent:
            base = self._base(step)
            # the address that a redirect leads to says nothing of the other calls
            if base and ("${" in base or urlsplit(base).netloc in str(error)):
                raise _Stop(failed, "the provider cannot be reached", base) from None
        return failed

    def _answered(self, step: Step, exchange: Exchange, later: Sequence[Exchange] = ()) -> Outcome:
        status = exchange.response.status
        if exchange.failure is not None and status < 300:
            self._cleanups.note(step, f"was refused with {status} by errors.failed_when")
        if not is_expected(step, exchange):
            return self._unexpected(step, exchange)
        if 300 <= status < 400:
            self._cleanups.note(step, "")
        try:
            pages = [
                self._capture(step, one, number) for number, one in enumerate([exchange, *later], 1)
            ]
            self._outputs[step.key] = read_outputs(step, exchange.response)
            if not step.stored:
                return Outcome(step=step, state="sent", capture=pages[0].capture)
            return store(self._requests, self._folder, step, pages, self._mode)
        except InitializeError as error:
            return self._shown(step, self._unusable(step, status, error))

    def _unusable(self, step: Step, status: int, error: InitializeError) -> str:
        there = stored_bodies(
            self._folder / "captures", step.request.call.name, step.sample.name, status
        )
        stays = f"; {_STAYS}" if there and step.stored else ""
        return f"{step.name}: {status}, but {str(error).removeprefix(f'{step.name}: ')}{stays}"

    def _unexpected(self, step: Step, exchange: Exchange) -> Outcome:
        status = exchange.response.status
        failure = exchange.failure
        told = [t for t in (failure.message, failure.code) if t] if failure is not None else []
        failed = self._shown(step, unexpected(step, exchange), told)
        advice = [self._refusal(step)] if status == 401 else []
        # a failure with a success status would take the file of the response that is expected
        if status >= 400 and step.stored:
            captured = self._capture(step, exchange)
            asked = dataclasses.replace(failed, advice=tuple(advice))
            if self._reporter.keep_error(asked, f"{step.sample.name}.{status}"):
                return self._kept(asked, step, captured)
            advice.append(
                f"To keep this response as an error sample, add `status: {status}` to a sample."
            )
        failed = dataclasses.replace(failed, advice=tuple(advice))
        scheme = self._scheme(step)
        if status == 401 and scheme is not None:
            raise _Stop(failed, _REFUSED, scheme)
        return failed

    def _kept(self, outcome: Outcome, step: Step, captured: RedactedCapture) -> Outcome:
        """The outcome of an unexpected error that is stored as the error it is."""
        try:
            stored = store(self._requests, self._folder, step, [captured], self._mode)
        except InitializeError as error:
            message = self._unusable(step, captured.capture.status, error)
            return dataclasses.replace(outcome, message=self._redactor.text(message))
        if stored.state == "unfit":
            return stored
        return dataclasses.replace(stored, state="kept", message=outcome.message)

    def _refusal(self, step: Step) -> str:
        """What to look at when the provider says that it does not know who is calling."""
        scheme = self._access.schemes.get(step.request.call.name)
        if scheme is None:
            return "The call sends no credentials: see auth in the spec."
        sent = [n for n in (*scheme.required, *scheme.optional) if n in self._access.credentials]
        known = {c.name: c for c in self._requests.connector.credentials}
        variables = [known[n].env.get(self._access.environment) or n for n in sent if n in known]
        return f"Check {', '.join(variables) or f'the credentials of {scheme.name}'}."

    def _capture(self, step: Step, exchange: Exchange, page: int = 1) -> RedactedCapture:
        response, is_error = exchange.response, exchange.failure is not None
        content_type = response.header("content-type")
        kind, body = checked_body(
            step.request, response.status, content_type, response.content, is_error=is_error
        )
        content_type = stored_type(kind, content_type)
        size, body = kept_body(step, kind, body, is_error=is_error)
        connector, environment = self._requests.connector, self._access.environment
        scheme = self._scheme(step)
        how = sent(connector, step.request, step.sample, environment, scheme)
        capture = Capture(
            call=step.request.call.name,
            sample=step.sample.name,
            status=response.status,
            page=None if step.sample.pages is None else page,
            kind=kind,
            path="",
            body=body,
            source="live",
            captured_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            environment=environment,
            auth=scheme or "none",
            call_digest=how.call_digest,
            base_path=how.base_path,
            auth_digest=how.auth_digest,
            headers=tuple(
                (k, content_type if k.lower() == "content-type" and content_type else v)
                for k, v in response.headers
            ),
            request=request_meta(exchange.request),
            content_type=content_type,
            size=size,
        )
        paths = redact_paths(self._requests, step, response.status, is_error=is_error)
        return self._redactor.redact(capture, paths, headers_read(self._requests, step.request))


def store(
    requests: Requests,
    folder: Path,
    step: Step,
    pages: Sequence[RedactedCapture],
    mode: Mode = "grow",
) -> Outcome:
    """Store a response (or its pages) in a connector's folder, unless ``generate`` refuses it as the spec is and takes what is there.

    Raises InitializeError and CaptureError as store_capture() does.
    """
    capture = pages[0].capture
    stored = store_capture(requests, folder / "captures", step, pages, mode)
    state: State = "stored" if stored.written else "unchanged"
    message = ""
    if stored.refusal:
        state = "unfit"
        fate = "stored all the same: there was none" if stored.written else _STAYS
        message = (
            f"{step.name}: {capture.status}, but generate would refuse it as the spec is:"
            f" {stored.refusal}; {fate}"
        )
    return Outcome(
        step=step, state=state, message=message, capture=capture, pages=len(pages),
        redacted=dict(sum((Counter(page.redacted) for page in pages), Counter())),
        kept=stored.kept, notes=stored.notes,
        keyed=tuple(dict.fromkeys(key for page in pages for key in page.keyed)),
    )  # fmt: skip


def _first_arguments(step: Step, arguments: Mapping[str, object]) -> Mapping[str, object]:
    """The arguments of a sample's first request: pages and offsets are sent from it on."""
    if step.request.call.paginate is None:
        return arguments
    first = Walk(step.request.call, arguments).step()
    return arguments if first is None else first.arguments


def failures(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes that make the run end with exit code 3."""
    return [o for o in outcomes if o.state in ("failed", "skipped", "kept", "unfit")]


def _own_errors(connector: Connector) -> dict[str, type[StatusError]]:
    """Classes for the errors that the spec names; generated clients have better ones."""
    names = {name for name in connector.errors.raises.values() if not hasattr(errors, name)}
    return {name: type(name, (StatusError,), {}) for name in names}
