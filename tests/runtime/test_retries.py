"""Repetitions, counted by the requests that the server executed."""

from __future__ import annotations

import asyncio
import datetime
import time
from email.utils import format_datetime
from typing import Any

import pytest
from handwritten._runtime.client import AsyncClient, Client
from handwritten._runtime.definition import (
    Body,
    Call,
    Connector,
    Environment,
    Errors,
    FailedWhen,
    Param,
    RateLimit,
    Retry,
    Timeout,
)
from handwritten._runtime.errors import (
    ApiTimeoutError,
    RateLimitError,
    RetryAfterTooLongError,
    ServerError,
    StatusError,
    TransportError,
)
from handwritten._runtime.wait import retry_after

from .conftest import Answer, Make, Server

READ = Call("read", "GET", "/x", data=True)
ACT = Call("act", "POST", "/x", data=False, body=Body(fields=(Param("n", "n", "integer"),)))
KEYED = Call("act", "POST", "/x", data=False, retry=Retry(idempotency_header="Idempotency-Key"))
REPEATABLE = Call("put", "PUT", "/x", data=False, repeatable=True)
OK = Answer(body=b'{"ok":true}')


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_data_calls_repeat_what_may_pass(api: Make, server: Server, status: int) -> None:
    server.on("/x", Answer(status), Answer(status), OK)
    assert api().call(READ, returns=dict[str, bool]) == {"ok": True}
    assert len(server.received) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 501])
def test_what_will_not_pass_is_not_repeated(api: Make, server: Server, status: int) -> None:
    server.on("/x", Answer(status))
    with pytest.raises(StatusError):
        api().call(READ)
    assert len(server.received) == 1


def test_attempts_are_bounded(api: Make, server: Server) -> None:
    server.on("/x", Answer(503))
    with pytest.raises(ServerError):
        api(client={"retry": Retry(attempts=4)}).call(READ)
    assert len(server.received) == 4


@pytest.mark.parametrize("fault", ["cut", "half"])
def test_data_calls_repeat_broken_answers(api: Make, server: Server, fault: Any) -> None:
    server.on("/x", Answer(body=b'{"ok":true}', fault=fault), OK)
    assert api().call(READ, returns=dict[str, bool]) == {"ok": True}
    assert len(server.received) == 2


def test_data_calls_repeat_read_timeouts(api: Make, server: Server) -> None:
    server.on("/x", Answer(delay=1.5), OK)
    found = api(timeout=Timeout(read=0.5)).call(READ, returns=dict[str, bool])
    assert found == {"ok": True}
    assert len(server.received) == 2


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_an_action_that_may_have_happened_is_sent_once(
    api: Make, server: Server, status: int
) -> None:
    server.on("/x", Answer(status), OK)
    with pytest.raises(StatusError):
        api().call(ACT, n=1)
    assert len(server.received) == 1


@pytest.mark.parametrize("fault", ["cut", "half"])
def test_an_action_whose_answer_is_lost_is_sent_once(api: Make, server: Server, fault: Any) -> None:
    server.on("/x", Answer(body=b'{"ok":true}', fault=fault), OK)
    with pytest.raises(TransportError) as caught:
        api().call(ACT, n=1)
    assert caught.value.request_sent is True
    assert len(server.received) == 1


def test_an_action_that_timed_out_is_sent_once(api: Make, server: Server) -> None:
    server.on("/x", Answer(delay=0.4), OK)
    with pytest.raises(ApiTimeoutError):
        api(timeout=Timeout(read=0.1)).call(ACT, n=1)
    time.sleep(0.4)
    assert len(server.received) == 1


@pytest.mark.parametrize("fault", ["cut", "half"])
def test_a_repeatable_action_is_repeated_after_a_lost_connection(
    api: Make, server: Server, fault: Any
) -> None:
    server.on("/x", Answer(body=b'{"ok":true}', fault=fault), OK)
    assert api().call(REPEATABLE, returns=dict[str, bool]) == {"ok": True}
    assert len(server.received) == 2


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_repeatable_action_is_not_repeated_after_a_response(
    api: Make, server: Server, status: int
) -> None:
    server.on("/x", Answer(status), OK)
    with pytest.raises(StatusError):
        api().call(REPEATABLE)
    assert len(server.received) == 1


def test_an_action_that_was_refused_for_now_is_repeated(api: Make, server: Server) -> None:
    server.on("/x", Answer(429, headers={"Retry-After": "0"}), OK)
    assert api().call(ACT, returns=dict[str, bool], n=1) == {"ok": True}
    assert len(server.received) == 2


def test_an_action_with_an_idempotency_key_is_repeated_with_the_same_key(
    api: Make, server: Server
) -> None:
    server.on("/x", Answer(500), Answer(fault="cut"), OK)
    made = api()
    assert made.call(KEYED, returns=dict[str, bool]) == {"ok": True}
    made.call(KEYED, returns=dict[str, bool])
    keys = [r.headers["Idempotency-Key"] for r in server.received]
    assert len(keys) == 4
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_the_callers_own_idempotency_key_is_kept(api: Make, server: Server) -> None:
    own = Call(
        "act", "POST", "/x", data=False, headers=(Param("Idempotency-Key", "key"),),
        retry=Retry(idempotency_header="idempotency-key"),
    )  # fmt: skip
    server.on("/x", Answer(500), OK)
    api().call(own, returns=dict[str, bool], key="mine")
    assert [r.headers["Idempotency-Key"] for r in server.received] == ["mine", "mine"]


def test_the_idempotency_header_goes_with_actions_only(api: Make, server: Server) -> None:
    server.on("/x", OK)
    api(retry=Retry(idempotency_header="Idempotency-Key")).call(READ, returns=dict[str, bool])
    assert "Idempotency-Key" not in server.received[0].headers


def test_a_connection_that_never_was_is_tried_again_even_for_actions(api: Make) -> None:
    made = api(environments=(Environment("live", "http://127.0.0.1:1"),))
    tried: list[float] = []
    pool = made.client._pool
    send = pool.send

    def counted(wire: Any) -> Any:
        tried.append(time.monotonic())
        return send(wire)

    pool.send = counted
    with pytest.raises(TransportError) as caught:
        made.call(ACT, n=1)
    assert caught.value.request_sent is False
    assert len(tried) == 3


def test_retry_after_is_waited_for(api: Make, server: Server) -> None:
    server.on("/x", Answer(503, headers={"Retry-After": "0.3"}), OK)
    api().call(READ, returns=dict[str, bool])
    first, second = server.received
    assert 0.29 <= second.at - first.at < 5


def test_a_wait_that_is_too_long_is_an_error_at_once(api: Make, server: Server) -> None:
    server.on("/x", Answer(429, headers={"Retry-After": "3600"}))
    with pytest.raises(RetryAfterTooLongError) as caught:
        api().call(READ)
    assert isinstance(caught.value, RateLimitError)
    assert caught.value.retry_after == 3600
    assert len(server.received) == 1


def test_a_code_mapped_to_a_rate_limit_waits_whatever_the_status(api: Make, server: Server) -> None:
    errors = Errors(
        code_path=("$.error",),
        failed_when=(FailedWhen(("$.ok",), is_=False),),
        raises={"ratelimited": "RateLimitError"},
    )
    limited = Answer(200, b'{"ok":false,"error":"ratelimited"}')
    server.on("/x", limited, limited, OK)
    assert api(errors=errors).call(ACT, returns=dict[str, bool], n=1) == {"ok": True}
    server.on("/x", limited)
    with pytest.raises(RateLimitError) as caught:
        api(errors=errors).call(READ)
    assert (caught.value.status_code, caught.value.code) == (200, "ratelimited")
    assert len(server.received) == 6


def test_an_own_class_on_a_429_is_still_repeated(api: Make, server: Server) -> None:
    class QuotaError(RateLimitError):
        pass

    errors = Errors(code_path=("$.code",), raises={"quota": "QuotaError"})
    server.on("/x", Answer(429, b'{"code":"quota"}'))
    made = api(client={"errors": {"QuotaError": QuotaError}}, errors=errors)
    with pytest.raises(QuotaError):
        made.call(READ)
    assert len(server.received) == 3


NOW = 1_800_000_000.0
MOMENT = datetime.datetime.fromtimestamp(NOW + 30, datetime.UTC)


@pytest.mark.parametrize(
    ("form", "value", "seconds"),
    [
        ("auto", "30", 30),
        ("auto", "0.5", 0.5),
        ("auto", format_datetime(MOMENT, usegmt=True), 30),
        ("auto", MOMENT.isoformat(), 30),
        ("auto", str(int(NOW + 30)), 30),
        ("auto", str(int((NOW + 30) * 1000)), 30),
        ("auto", "-5", 0),
        ("auto", "soon", None),
        ("auto", "nan", None),
        ("auto", "", None),
        ("seconds", "2", 2),
        ("seconds", MOMENT.isoformat(), None),
        ("milliseconds", "1500", 1.5),
        ("unix_seconds", str(NOW + 7), 7),
        ("unix_millis", str((NOW + 7) * 1000), 7),
        ("date", format_datetime(MOMENT), 30),
        ("date", "12", None),
    ],
)
def test_every_form_of_retry_after(form: Any, value: str, seconds: float | None) -> None:
    found = retry_after(Retry(wait_format=form), None, (("Retry-After", value),), NOW)
    assert found == (None if seconds is None else pytest.approx(seconds, abs=0.01))


def test_the_wait_can_stand_in_the_body() -> None:
    retry = Retry(wait_path=("$.parameters.retry_after", "header.retry-after"))
    assert retry_after(retry, {"parameters": {"retry_after": 3}}, ()) == 3
    assert retry_after(retry, {}, (("retry-after", "4"),)) == 4


def test_a_rate_limit_is_kept_across_calls_and_copies(api: Make, server: Server) -> None:
    server.on("/x", OK)
    made = api(rate_limit=RateLimit(3, 0.4))
    copy = made.client._copy(timeout=5.0)
    for number in range(7):
        client = copy if number % 2 else made.client
        made.run(client._call(READ, {}, returns=dict[str, bool]))
    at = [r.at for r in server.received]
    # any four requests in a row span at least the window (less what the loopback jitters)
    assert all(later - earlier > 0.35 for earlier, later in zip(at, at[3:], strict=False))
    assert at[-1] - at[0] < 10


def test_the_clients_own_retry_keeps_the_providers_headers(api: Make, server: Server) -> None:
    server.on("/x", Answer(500, headers={"X-Wait": "0"}), OK)
    spec = Retry(wait_path=("header.x-wait",), idempotency_header="Idempotency-Key")
    api(client={"retry": Retry(attempts=2)}, retry=spec).call(ACT, returns=dict[str, bool], n=1)
    assert len({r.headers["Idempotency-Key"] for r in server.received}) == 1
    assert len(server.received) == 2


def test_request_sends_exactly_once(api: Make, server: Server) -> None:
    server.on("/x", Answer(503, b"busy"))
    made = api()
    done = made.run(made.client._exchange(READ, {}))
    assert (done.response.status, done.response.content) == (503, b"busy")
    assert done.failure.kind is ServerError
    assert len(server.received) == 1


def test_a_rate_limit_holds_among_threads(server: Server) -> None:
    from concurrent.futures import ThreadPoolExecutor

    server.on("/x", OK)
    environments = (Environment("live", server.url),)
    limited = Connector("acme", "ACME_", environments, rate_limit=RateLimit(4, 0.3))
    with Client(limited) as client, ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: client._exchange(READ, {}), range(12)))
    at = sorted(r.at for r in server.received)
    assert all(later - earlier > 0.2 for earlier, later in zip(at, at[4:], strict=False))
    assert at[-1] - at[0] < 10


def test_a_rate_limit_holds_among_tasks(server: Server) -> None:
    server.on("/x", OK)
    environments = (Environment("live", server.url),)
    limited = Connector("acme", "ACME_", environments, rate_limit=RateLimit(4, 0.3))

    async def main() -> None:
        async with AsyncClient(limited) as client:
            await asyncio.gather(*(client._exchange(READ, {}) for _ in range(12)))

    asyncio.run(main())
    at = sorted(r.at for r in server.received)
    assert all(later - earlier > 0.2 for earlier, later in zip(at, at[4:], strict=False))
    assert at[-1] - at[0] < 10
