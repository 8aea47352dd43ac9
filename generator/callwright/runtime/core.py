"""A call from its arguments to the provider's answer, without I/O: flows that the drivers perform.

Credentials are asked for at each call. Redirects are followed here (data calls only), because an HTTP library's own loop
would carry key headers to another origin. An action is never sent twice unless it certainly did not happen.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial

from .config import Login, Settings, mentioned_credentials
from .deadline import bounded
from .definition import Call, Retry
from .errors import ArgumentError, TransportError
from .flow import Flow, Send, Sleep, Target, WireRequest, WireResponse
from .record import Record
from .redaction.request_secrets import secrets_of
from .request import urls
from .request.encode import encode
from .request.plan import plan
from .response import Failure, accepted, failure, is_stream
from .sending.redirects import continued, follow
from .wait import Limiter, backoff


class Exchange(Record):
    """What was asked and what was answered. ``request`` is the one sent last; ``failure`` says why it is an error."""

    call: Call
    request: WireRequest
    response: WireResponse
    failure: Failure | None


def exchange(
    settings: Settings,
    limiter: Limiter | None,
    call: Call,
    arguments: Mapping[str, object],
    *,
    attempts: int | None = None,
    next_url: str | None = None,
    target: Target | None = None,
    stream_after: str | None = None,
) -> Flow[Exchange]:
    """Send a call, repeating it as its policy allows (at most ``attempts`` times when given).

    ``next_url``: where to send it instead, as a page before said; see ``sending.redirects.continued``. ``target``: where
    the response is written if it is a file. ``stream_after``: leave a stream open, to be read while it arrives; the id of
    the last event when it is taken up again, else blank.

    Raises ArgumentError, MissingCredentialError, AuthError, TransportError, RedirectRefusedError and
    ResponseTooLargeError; a failure that the provider reports is part of the result.
    """
    flow = _exchange(
        settings, limiter, call, arguments,
        attempts=attempts, next_url=next_url, target=target, stream_after=stream_after,
    )  # fmt: skip
    total = settings.timeout_for(call).total
    return (yield from flow if total is None else bounded(flow, call.name, total))


def _exchange(
    settings: Settings,
    limiter: Limiter | None,
    call: Call,
    arguments: Mapping[str, object],
    *,
    attempts: int | None,
    next_url: str | None,
    target: Target | None,
    stream_after: str | None,
) -> Flow[Exchange]:
    login = settings.login_for(call)
    retry = settings.retry_for(call)
    yield from login.scheme.prepare(login.context)
    request = yield from _encoded(settings, login, call, arguments)
    if target is not None:
        limit = call.max_download_bytes or settings.connector.max_download_bytes
        request = request.replace(target=target, max_download=limit)
    if stream_after is not None:
        limit = call.max_download_bytes or settings.connector.max_download_bytes
        request = _streamed(call, request, stream_after).replace(max_download=limit)
    if retry.idempotency_header and not call.data:
        request = _with_key(request, retry.idempotency_header)
    repeatable = call.data or _has_header(request, retry.idempotency_header)
    attempt = _Attempt(settings, limiter, call, login, retry, next_url)
    last = attempts or retry.attempts
    number = 0
    while True:
        number += 1
        try:
            result = yield from attempt.run(request)
        except TransportError as error:
            may_repeat = not error.request_sent or repeatable or call.repeatable
            if number >= last or not may_repeat or not _can_be_sent(request):
                raise
            yield Sleep(backoff(number))
            continue
        wait = _wait(result.failure, retry, repeatable, number)
        if wait is None or number >= last or not _can_be_sent(request):
            return result
        yield Sleep(wait)


def _encoded(
    settings: Settings, login: Login, call: Call, arguments: Mapping[str, object]
) -> Flow[WireRequest]:
    secrets: dict[str, str] = {}
    values = {**settings.values, **settings.saved} if settings.saved else settings.values
    for variable in settings.connector.variables:
        if variable.param.secret and (name := variable.param.wire) in values:
            secrets[name] = values[name]
            values = {k: v for k, v in values.items() if k != name}
    base_url = settings.base_for(call)
    for name in mentioned_credentials(plan(call).names, base_url, settings):
        value = yield from login.context.credential(name)
        if name in settings.connector.secret_credentials:
            secrets[name] = value
        else:
            values = {name: value, **values}
    request = encode(
        call,
        arguments,
        connector=settings.connector,
        base_url=base_url,
        values=values,
        secrets=secrets,
        shared=settings.shared,
    )
    headers = request.headers
    if settings.headers:
        own = {name.lower() for name, _ in settings.headers}
        headers = (*(h for h in headers if h[0].lower() not in own), *settings.headers)
    limit = call.max_response_bytes or settings.connector.max_response_bytes
    return request.replace(
        headers=headers,
        timeout=settings.timeout_for(call),
        max_bytes=limit,
        call=call.name,
        arguments=arguments,
        held=settings.secrets,
    )


def _can_be_sent(request: WireRequest) -> bool:
    """Whether the request has its whole body (again): a file that was read may be at its end."""
    return request.upload is None or request.upload.can_be_sent


def _streamed(call: Call, request: WireRequest, last_id: str) -> WireRequest:
    headers = request.headers
    if not _has_header(request, "accept"):
        headers = (*headers, ("Accept", accepted(call.response)))
    if last_id:
        headers = (*headers, ("Last-Event-ID", last_id))
    return request.replace(headers=headers, opens=partial(is_stream, call))


def _with_key(request: WireRequest, header: str) -> WireRequest:
    if _has_header(request, header):
        return request  # the caller's own key
    return request.replace(headers=(*request.headers, (header, str(uuid.uuid4()))))


def _has_header(request: WireRequest, name: str | None) -> bool:
    return name is not None and any(k.lower() == name.lower() for k, _ in request.headers)


def _wait(found: Failure | None, retry: Retry, repeatable: bool, number: int) -> float | None:
    """Seconds before the next attempt, None when there is to be none."""
    if found is None:
        return None
    limited = found.is_rate_limit
    if not limited and not (repeatable and found.status in retry.statuses):
        return None
    if limited and found.status not in retry.statuses and found.status == 429:
        return None  # the spec takes 429 out of the statuses that are repeated
    if found.retry_after is None:
        return backoff(number)
    return found.retry_after if found.retry_after <= retry.max_wait else None


class _Attempt:
    """One sending of a request, with its credentials, redirects, and one answer to a challenge."""

    def __init__(
        self,
        settings: Settings,
        limiter: Limiter | None,
        call: Call,
        login: Login,
        retry: Retry,
        next_url: str | None,
    ) -> None:
        self._settings = settings
        self._limiter = limiter
        self._call = call
        self._login = login
        self._retry = retry
        self._next_url = next_url
        self._challenged = False

    def run(self, request: WireRequest) -> Flow[Exchange]:
        """Authorize and send; after a 401 (or an error mapped to it), once per call, as the scheme says."""
        authorized = yield from self._login.scheme.authorize(request, self._login.context)
        result = yield from self._send(authorized)
        if result.failure is None or not result.failure.is_authentication or self._challenged:
            return result
        if not _can_be_sent(request):
            return result
        self._challenged = True
        again = yield from self._login.scheme.challenged(
            authorized, result.response, self._login.context
        )
        return result if again is None else (yield from self._send(again))

    def _send(self, request: WireRequest) -> Flow[Exchange]:
        if self._next_url is not None:
            request = continued(self._call, request, self._next_url)
            request = request.replace(next_url=self._next_url)
        self._refuse_exposure(request)
        if self._limiter is not None:
            wait = self._limiter.reserve()
            if wait > 0:
                yield Sleep(wait)
        response: WireResponse = yield Send(request)
        if 300 <= response.status < 400:
            mapped = self._settings.connector.errors.raises
            request, response = yield from follow(self._call, request, response, mapped)
        found = failure(self._settings, self._call, request, response, self._retry)
        return Exchange(self._call, request, response, found)

    def _refuse_exposure(self, request: WireRequest) -> None:
        url = request.secret_url or request.url
        if url.startswith("https://") or self._settings.connector.allow_insecure:
            return
        if urls.is_exposed(url) and (secrets_of(request) or request.auth is not None):
            raise ArgumentError(self._call.name, "base_url", urls.EXPOSED)
