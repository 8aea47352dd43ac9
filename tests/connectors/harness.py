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
from typing import Any, ParamSpec, TypeVar, cast

import httpx

from tests.servers.process import Server

P = ParamSpec("P")
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


async def items(pages: Any) -> list[Any]:
    """All items of a list that comes page by page, from either client."""
    if hasattr(pages, "__aiter__"):
        return [item async for item in pages]
    return list(await pages)


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

    async def at_once(
        self, method: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> list[T]:
        """Call it from THREADS threads, or in TASKS tasks, at the same time."""
        if self.asynchronous:
            return list(await asyncio.gather(*(method(*args, **kwargs) for _ in range(TASKS))))
        call = cast(Callable[P, T], _bare(method))
        with ThreadPoolExecutor(THREADS) as pool:
            started = [pool.submit(call, *args, **kwargs) for _ in range(THREADS)]
            return [done.result() for done in started]

    def counting(self) -> CountingTransport | AsyncCountingTransport:
        """A transport for the client of this face."""
        return AsyncCountingTransport() if self.asynchronous else CountingTransport()


SYNCHRONOUS = Face(asynchronous=False)
ASYNCHRONOUS = Face(asynchronous=True)


class Tokens:
    """A token store for any package, which remembers all that it was given."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self._kept: dict[str, Any] = {}

    def get(self, key: str, /) -> Any:
        return self._kept.get(key)

    def set(self, key: str, token: Any, /) -> None:
        self.given.append(token)
        self._kept[key] = token

    def delete(self, key: str, /) -> None:
        self._kept.pop(key, None)

    def age(self) -> None:
        """Let all tokens be expired; their refresh tokens still hold."""
        self._change(expires_at=1.0)

    def spoil(self) -> None:
        """Put tokens in their place that no server knows."""
        self._change(access_token=WRONG)

    def _change(self, **changes: object) -> None:
        self._kept = {key: token.replace(**changes) for key, token in self._kept.items()}


def assert_hidden(error: BaseException, *secrets: str) -> None:
    """Neither the error, its chain, its attributes nor its pickle tell a secret; and it can be pickled."""
    frozen = pickle.dumps(error)
    shown = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    for secret in secrets:
        assert secret not in "\n".join(shown)
        assert secret.encode() not in frozen
    restored = pickle.loads(frozen)
    assert (type(restored), str(restored)) == (type(error), str(error))
