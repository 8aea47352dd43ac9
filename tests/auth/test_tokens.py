"""Tokens of every kind of connector: one request for all, renewal in time, after a 401, and rotation."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from callwright.runtime.auth.token_store import MemoryTokenStore, Token
from callwright.runtime.definition import OAuth2, TokenAnswer
from callwright.runtime.errors import AuthError
from tests.auth.harness import Caller
from tests.auth.provider import Provider, Reply, serving

SECRET = "s3cr3t&=+ /ü"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as running:
        yield running


def client_credentials(provider: Provider, **changes: Any) -> OAuth2:
    return OAuth2("client_credentials", f"{provider.url}/token", **changes)


def caller(provider: Provider, definition: OAuth2 | None = None, **settings: Any) -> Caller:
    given = {"client_id": "app", "client_secret": SECRET, **settings}
    return Caller(definition or client_credentials(provider), provider.url, **given)


def password(provider: Provider, **changes: Any) -> Caller:
    definition = OAuth2("password", f"{provider.url}/token", **changes)
    return caller(provider, definition, username="ann", password="hunter2-ü")


def test_one_token_serves_many_calls(provider: Provider) -> None:
    c = caller(provider)
    assert [c.call().status for _ in range(3)] == [200, 200, 200]
    assert provider.grants == ["client_credentials"]
    request = provider.token_requests[0]
    assert request.params == {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": SECRET,
    }
    assert request.headers["accept"] == "application/json"


def test_threads_share_one_token_request(provider: Provider) -> None:
    provider.delay = 0.2
    c = caller(provider)
    barrier = threading.Barrier(32)

    def go(_: int) -> int:
        barrier.wait()
        return c.call().status

    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(go, range(32))) == {200}
    assert len(provider.token_requests) == 1


def test_tasks_share_one_token_request(provider: Provider) -> None:
    provider.delay = 0.2
    c = caller(provider)

    async def main() -> set[int]:
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(limits=limits, timeout=30) as http:
            done = await asyncio.gather(*(c.acall(http) for _ in range(200)))
            return {r.status for r in done}

    assert asyncio.run(main()) == {200}
    assert len(provider.token_requests) == 1


def test_threads_that_are_all_refused_refresh_once(provider: Provider) -> None:
    c = caller(provider)
    c.call()
    provider.revoke_all()
    provider.delay = 0.2
    barrier = threading.Barrier(32)

    def go(_: int) -> int:
        barrier.wait()
        return c.call().status

    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(go, range(32))) == {200}
    assert provider.grants == ["client_credentials", "refresh_token"]


def test_tasks_that_are_all_refused_refresh_once(provider: Provider) -> None:
    c = caller(provider)
    c.call()
    provider.revoke_all()
    provider.delay = 0.1

    async def main() -> set[int]:
        async with httpx.AsyncClient(timeout=30) as http:
            done = await asyncio.gather(*(c.acall(http) for _ in range(200)))
            return {r.status for r in done}

    assert asyncio.run(main()) == {200}
    assert provider.grants == ["client_credentials", "refresh_token"]


def test_a_token_is_renewed_before_it_ends(provider: Provider) -> None:
    provider.expires_in = 100
    c = caller(provider, client_credentials(provider, answer=TokenAnswer(refresh_margin=99.9)))
    c.call()
    c.call()
    # of the margin counts only what the life is longer
    assert len(provider.token_requests) == 1
    provider.expires_in = 0.8
    c = caller(provider, client_credentials(provider, answer=TokenAnswer(refresh_margin=0.4)))
    c.call()
    time.sleep(0.5)
    c.call()
    assert provider.grants[1:] == ["client_credentials", "refresh_token"]


def test_a_token_that_lives_shorter_than_the_margin_is_used_to_its_end(provider: Provider) -> None:
    provider.expires_in = 1.2
    c = caller(provider)
    for _ in range(4):
        c.call()
        time.sleep(0.25)
    assert provider.grants == ["client_credentials"]
    time.sleep(0.3)
    c.call()
    assert provider.grants == ["client_credentials", "refresh_token"]


@pytest.mark.parametrize(
    "life",
    [0, -1, "0", "0.0", None, "soon", True, {"in": 5}, "1e400", "Thu, 01 Jan 1970 00:00:00 GMT"],
)
def test_a_token_without_a_lifetime_is_used_until_it_is_refused(
    provider: Provider, life: Any
) -> None:
    provider.expires_in = life
    c = caller(provider)
    assert [c.call().status for _ in range(3)] == [200, 200, 200]
    assert provider.grants == ["client_credentials"]
    provider.revoke_all()
    assert [c.call().status for _ in range(3)] == [200, 200, 200]
    assert provider.grants == ["client_credentials", "refresh_token"]


def test_an_opaque_token_lasts_until_it_is_refused(provider: Provider) -> None:
    provider.expires_in = None
    c = caller(provider)
    c.call()
    c.call()
    assert len(provider.token_requests) == 1
    provider.revoke_all()
    assert c.call().status == 200
    assert len(provider.token_requests) == 2


def test_a_fallback_lifetime_counts_when_the_answer_says_nothing(provider: Provider) -> None:
    provider.expires_in = None
    c = caller(provider, client_credentials(provider, answer=TokenAnswer(lifetime=0.2)))
    c.call()
    time.sleep(0.25)
    c.call()
    assert len(provider.token_requests) == 2


def test_a_rotated_refresh_token_is_stored_before_the_token_is_used(provider: Provider) -> None:
    store = MemoryTokenStore()
    events: list[str] = []

    class Watched(MemoryTokenStore):
        def set(self, key: str, token: Token, /) -> None:
            events.append(f"stored {token.refresh_token}, {len(provider.data_requests)} calls")
            store.set(key, token)

        def get(self, key: str, /) -> Token | None:
            return store.get(key)

    c = caller(provider, token_store=Watched())
    c.call()
    provider.revoke_all()
    c.call()
    # the refused call is the second; the refresh token is stored before the third arrives
    assert events == ["stored ref-secret-1, 0 calls", "stored ref-secret-2, 2 calls"]
    assert provider.token_requests[1].params["refresh_token"] == "ref-secret-1"


def test_a_refresh_token_that_is_not_repeated_is_kept(provider: Provider) -> None:
    provider.rotate = False
    c = caller(provider)
    c.call()
    for _ in range(2):
        provider.revoke_all()
        assert c.call().status == 200
    assert [r.params.get("refresh_token") for r in provider.token_requests[1:]] == [
        "ref-secret-1",
        "ref-secret-1",
    ]


def test_a_refused_refresh_falls_back_to_a_new_grant(provider: Provider) -> None:
    c = password(provider)
    c.call()
    provider.revoke_all()
    provider.refresh_tokens.clear()
    assert c.call().status == 200
    assert provider.grants == ["password", "refresh_token", "password"]


def test_trouble_while_refreshing_early_leaves_the_old_token_in_use(provider: Provider) -> None:
    provider.expires_in = 2
    c = caller(provider, client_credentials(provider, answer=TokenAnswer(refresh_margin=1)))
    c.call()
    time.sleep(1.1)
    provider.replies = [Reply(503, "busy")]
    assert c.call().status == 200
    assert provider.grants == ["client_credentials", "refresh_token"]
    assert c.call().status == 200
    assert provider.grants == ["client_credentials", "refresh_token", "refresh_token"]


def test_a_call_that_stays_refused_is_repeated_once(provider: Provider) -> None:
    c = caller(provider)
    c.call()
    provider.token_of = lambda r: None
    assert c.call().status == 401
    assert len(provider.data_requests) == 3


def test_a_cancelled_task_does_not_lose_a_rotated_refresh_token(provider: Provider) -> None:
    c = caller(provider)
    c.call()
    provider.revoke_all()
    provider.delay = 0.3

    async def main() -> list[int]:
        async with httpx.AsyncClient() as http:
            impatient = [asyncio.create_task(c.acall(http)) for _ in range(3)]
            await asyncio.sleep(0.15)
            for task in impatient:
                task.cancel()
            ended = await asyncio.gather(*impatient, return_exceptions=True)
            assert all(isinstance(e, asyncio.CancelledError) for e in ended)
            return [(await c.acall(http)).status for _ in range(2)]

    assert asyncio.run(main()) == [200, 200]
    assert provider.grants == ["client_credentials", "refresh_token"]


def test_a_failure_that_nobody_waits_for_is_quiet(provider: Provider) -> None:
    provider.delay = 0.2
    provider.replies = [Reply(500, "down")]
    c = caller(provider)
    complaints: list[object] = []

    async def main() -> int:
        asyncio.get_running_loop().set_exception_handler(lambda _, c: complaints.append(c))
        async with httpx.AsyncClient() as http:
            task = asyncio.create_task(c.acall(http))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.3)
            return (await c.acall(http)).status

    assert asyncio.run(main()) == 200
    gc.collect()
    assert complaints == []


def test_a_failed_login_is_not_repeated_by_all_who_waited(provider: Provider) -> None:
    """With a wrong password, 32 attempts at once would lock the account."""
    provider.delay = 1.5  # a busy machine starts threads late
    refused = {"error": "invalid_grant", "error_description": "wrong password"}
    provider.replies = [Reply(400, refused) for _ in range(300)]
    c = password(provider)
    barrier = threading.Barrier(32)

    def go(_: int) -> str:
        barrier.wait()
        with pytest.raises(AuthError) as raised:
            c.call()
        return str(raised.value)

    with ThreadPoolExecutor(32) as pool:
        said = set(pool.map(go, range(32)))
    assert len(said) == 1
    assert len(provider.token_requests) == 1

    async def main() -> list[object]:
        async with httpx.AsyncClient(timeout=30) as http:
            calls = (c.acall(http) for _ in range(200))
            return list(await asyncio.gather(*calls, return_exceptions=True))

    assert {str(e) for e in asyncio.run(main())} == said
    assert len(provider.token_requests) == 2
    provider.replies = []
    assert c.call().status == 200
