"""One scenario for both clients of a package, many callers at once, and what errors must not tell."""

from __future__ import annotations

import asyncio
import pickle
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from types import MethodType
from typing import Any, TypeVar, cast

import httpx

from tests.servers.process import Server

T = TypeVar("T")
A = TypeVar("A")

THREADS = 32
TASKS = 200
WRONG = "wrong-secret-" + "5f1e0c"
"""A credential that no server takes; put together so that source lines in tracebacks do not hold it."""


class _Awaited:
    """A synchronous client behind the asynchronous one's face: what is awaited has happened already."""

    def __init__(self, client: object) -> None:
        self._client = client

    def __repr__(self) -> str:
        return repr(self._client)

    def __getattr__(self, name: str) -> object:
        member = getattr(self._client, name)
        if name == "with_options":
            return lambda **options: _Awaited(member(**options))
        return MethodType(_AwaitedCall(member), self)


class _AwaitedCall:
    def __init__(self, method: Callable[..., object]) -> None:
        self.method = method

    async def __call__(self, client: object, *args: object, **kwargs: object) -> object:
        return self.method(*map(_bare, args), **kwargs)


def _bare(argument: object) -> object:
    """The client's own method, for `raw(client.method, …)`."""
    call = getattr(argument, "__func__", None)
    return call.method if isinstance(call, _AwaitedCall) else argument


@dataclass(frozen=True)
class Face:
    """Opens the synchronous or the asynchronous client; scenarios are written for the latter."""

    asynchronous: bool

    @asynccontextmanager
    async def __call__(
        self,
        synchronous: Callable[..., AbstractContextManager[object]],
        asynchronous: Callable[..., AbstractAsyncContextManager[A]],
        server: Server,
        /,
        **changes: Any,
    ) -> AsyncIterator[A]:
        """The client of a server's credentials, but for the changes."""
        settings = {**server.credentials, "port": server.port, **changes}
        if self.asynchronous:
            async with asynchronous(**settings) as client:
                yield client
        else:
            with synchronous(**settings) as plain:
                yield cast(A, _Awaited(plain))


SYNCHRONOUS = Face(asynchronous=False)
ASYNCHRONOUS = Face(asynchronous=True)


def in_threads(call: Callable[[], T], times: int = THREADS) -> list[T]:
    """Call it from that many threads at once."""
    with ThreadPoolExecutor(times) as pool:
        return [done.result() for done in [pool.submit(call) for _ in range(times)]]


async def in_tasks(call: Callable[[], Awaitable[T]], times: int = TASKS) -> list[T]:
    """Await it in that many tasks at once."""
    return list(await asyncio.gather(*(call() for _ in range(times))))


class CountingTransport(httpx.HTTPTransport):
    """Sends as usual and counts the requests by path."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: Counter[str] = Counter()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent[request.url.path] += 1
        return super().handle_request(request)


class AsyncCountingTransport(httpx.AsyncHTTPTransport):
    """The same for an asynchronous client."""

    def __init__(self) -> None:
        super().__init__(limits=httpx.Limits(max_connections=50))
        self.sent: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent[request.url.path] += 1
        return await super().handle_async_request(request)


def assert_hidden(error: BaseException, *secrets: str) -> None:
    """Neither the error, its chain, its attributes nor its pickle tell a secret; and it can be pickled."""
    frozen = pickle.dumps(error)
    shown = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    for secret in secrets:
        assert secret not in "\n".join(shown)
        assert secret.encode() not in frozen
    restored = pickle.loads(frozen)
    assert (type(restored), str(restored)) == (type(error), str(error))
