"""Base classes of generated clients: synchronous and asynchronous drivers of the same flows."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MethodType, TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast, overload

from typing_extensions import TypeForm

from . import VERSION, config
from .auth.scheme import CredentialSource
from .config import OnDrift, Settings
from .core import Exchange, exchange
from .definition import Call, Connector, Retry, Stream, Timeout
from .download import AsyncDownloads, Downloads
from .errors import ArgumentError, StatusError
from .flow import drive_async, drive_sync
from .http import httpx
from .pages import AsyncPages, Page, Pages
from .paging import Step, Walk
from .raw import RawResponse
from .request.encode import check_arguments
from .response import FILES, decode, file_of, is_file, is_stream, no_stream, read_items
from .sending.network import Network
from .sending.pool import AsyncPool, Pool
from .streaming.events import AsyncEventStream, EventStream
from .unlisted import AsyncRequests, Requests
from .unset import UNSET, Unset
from .wait import Limiter

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from .hooks import Hooks
    from .sending.file_target import FileTarget
    from .streaming.opened import Opened
    from .streaming.reader import EventReader

T = TypeVar("T")
P = ParamSpec("P")
NOTHING: Mapping[str, Any] = {}


class _Base:
    """Shared by both clients: everything that does not wait."""

    _settings: Settings
    _limiter: Limiter | None
    _limiters: dict[object, Limiter]
    _raw: bool = False
    _target: FileTarget | None = None

    def __repr__(self) -> str:
        settings: Settings | None = self.__dict__.get("_settings")
        # without settings its constructor has failed, and an error reporter is looking
        shown = "" if settings is None else f"environment={settings.environment.name!r}"
        return f"{type(self).__name__}({shown})"

    def _configure(
        self, settings: Settings, hooks: object = None, tracer_provider: object = None
    ) -> None:
        package = type(self).__module__.rpartition(".")[0]
        if hooks is not None or tracer_provider is not None:
            settings = settings.replace(hooks=config.checked_hooks(settings.connector, hooks))
        if tracer_provider is not None:
            from .tracing import Tracer

            settings = settings.replace(tracer=Tracer(tracer_provider, package, VERSION))
        log = logging.getLogger(package)
        if not log.handlers:
            log.addHandler(logging.NullHandler())
        self._settings = settings = settings.replace(log=log)
        limit = settings.connector.rate_limit
        self._limiters = self.__dict__.get("_limiters", {})
        # each account has its own allowance, whichever copies of the client use it
        account = frozenset(settings.credentials.items())
        self._limiter = (
            None if limit is None else self._limiters.setdefault(account, Limiter(limit))
        )

    def _copy(
        self,
        *,
        credentials: Mapping[str, CredentialSource | None] = NOTHING,
        variables: Mapping[str, object] = NOTHING,
        shared: Mapping[str, object] = NOTHING,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
        access_token: CredentialSource | None = None,
        subject: str | None = None,
    ) -> Self:
        """Return a copy with these settings changed. It shares the pool."""
        try:
            settings = config.changed(
                self._settings, credentials=credentials, variables=variables, shared=shared,
                headers=headers, timeout=timeout, retry=retry, access_token=access_token,
                subject=subject,
            )  # fmt: skip
        except BaseException as error:
            del credentials, variables, shared, headers, access_token
            _clear_frames(error)
            raise
        copy = self._twin()
        copy._settings = settings
        if settings.credentials != self._settings.credentials:
            copy._configure(settings)
        return copy

    def preload(self) -> None:
        """Import and build everything that is otherwise made at its first use, so that no call of an event loop waits for it."""
        from .preloading import preload

        preload(type(self).__module__.rpartition(".")[0])

    def _twin(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def _twin_of(self, caller: str, method: object) -> tuple[Callable[..., Any], Self]:
        """The method's function, and a copy of the client it is bound to."""
        owner = getattr(method, "__self__", None)
        if not isinstance(method, MethodType) or not isinstance(
            owner, Client if isinstance(self, Client) else AsyncClient
        ):
            raise ArgumentError(
                caller, "method", "must be a method of a client, such as client.ping"
            )
        return method.__func__, cast("Self", owner)._twin()

    def _target_for(self, call: Call) -> FileTarget | None:
        """Where the file that the call returns is written; None for in memory."""
        target = self._target
        if target is not None:
            if not any(how.type in FILES for how in (call.response, *call.responses.values())):
                raise ArgumentError(
                    "download", "method", "must be a method that returns a file or image"
                )
            target.accepts = partial(is_file, self._settings, call)
        return target

    def _answer(self, done: Exchange, returns: TypeForm[T]) -> T:
        if self._target is not None:
            return cast("T", self._written(done, self._target))
        if self._raw:
            return cast(
                "T", RawResponse(done.request, done.response, lambda: self._value(done, returns))
            )
        return self._value(done, returns)

    def _check(self, call: Call, arguments: Mapping[str, object]) -> None:
        """Refuse what can never be sent where it is given, not where the first page or event is asked for."""
        self._target_for(call)
        if call.paginate is not None:  # the walk checks where it begins
            arguments = {k: v for k, v in arguments.items() if k != "cursor"}
        try:
            check_arguments(call, arguments, self._settings.connector, self._settings.shared)
        except BaseException as error:
            del arguments
            _clear_frames(error)
            raise

    def _page(self, walk: Walk, done: Exchange, returns: TypeForm[list[T]]) -> Page[T]:
        """The page that was received, and where the list continues."""
        if done.failure is not None:
            raise done.failure.error(done.call)
        on_drift = self._settings.on_drift
        items, body, raw = read_items(done.call, done.request, done.response, returns, on_drift)
        info = walk.take(body, done.request, done.response)
        return Page(items, next_cursor=info.next_cursor, total=info.total, raw=raw)

    def _first_page(
        self, walk: Walk, done: Exchange, returns: TypeForm[list[T]]
    ) -> RawResponse[Page[T]]:
        return RawResponse(done.request, done.response, lambda: self._page(walk, done, returns))

    def _opened(self, done: Exchange) -> Opened:
        """The stream that was opened. Raises what came instead."""
        if done.failure is not None:
            raise done.failure.error(done.call)
        if done.response.opened is None:
            raise no_stream(done.call, done.request, done.response)
        return done.response.opened

    def _event_reader(
        self, call: Call, returns: TypeForm[T], events: Mapping[str, TypeForm[T]]
    ) -> EventReader[T]:
        from .streaming.reader import EventReader

        connector = self._settings.connector
        return EventReader(
            call,
            call.response.stream or Stream(),
            returns,
            events=events,
            limit=call.max_event_bytes or connector.max_event_bytes,
            on_drift=self._settings.on_drift,
            untyped=call.response.untyped,
        )

    def _all_events(
        self,
        call: Call,
        done: Exchange,
        returns: TypeForm[T],
        named: Mapping[str, TypeForm[T]],
    ) -> list[T]:
        """The events of a stream that was read to its end."""
        if done.failure is not None:
            raise done.failure.error(done.call)
        if not is_stream(call, done.response.status, done.response.headers):
            raise no_stream(call, done.request, done.response)
        reader = self._event_reader(call, returns, named)
        events = list(reader.feed(done.response.content))
        return events if reader.is_done else [*events, *reader.finish()]

    def _written(self, done: Exchange, target: FileTarget) -> Path:
        """The path of the file that the response is."""
        if done.failure is not None:
            raise done.failure.error(done.call)
        if not target.is_used:
            content = file_of(done.call, done.request, done.response)
            target.start()
            target.write(content)
        return target.finish()

    def _value(self, done: Exchange, returns: TypeForm[T]) -> T:
        if done.failure is not None:
            raise done.failure.error(done.call)
        return decode(done.call, done.request, done.response, returns, self._settings.on_drift)


def _clear_frames(error: BaseException) -> None:
    from .frames import clear_frames  # only failures need it

    clear_frames(error)


class Client(Requests, Downloads, _Base):
    """Base class of synchronous clients. Thread-safe.

    Close it with ``close``, or use it as a context manager. Copies made with ``with_options`` share its connections:
    closing one closes them all.
    """

    def __init__(
        self,
        connector: Connector,
        *,
        credentials: Mapping[str, CredentialSource | None] = NOTHING,
        variables: Mapping[str, object] = NOTHING,
        shared: Mapping[str, object] = NOTHING,
        environment: str | None = None,
        base_url: str | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
        http_client: httpx.Client | None = None,
        transport: httpx.BaseTransport | None = None,
        verify: str | os.PathLike[str] | ssl.SSLContext | None = None,
        proxy: str | None = None,
        max_connections: int | None = None,
        hooks: Hooks | None = None,
        tracer_provider: object | None = None,
        on_drift: OnDrift = "warn",
        errors: Mapping[str, type[StatusError]] | None = None,
        access_token: CredentialSource | None = None,
        token_store: Any = None,
        auth: object | None = None,
        subject: str | None = None,
    ) -> None:
        try:
            self._configure(
                config.resolve(
                    connector, credentials=credentials, variables=variables, shared=shared,
                    environment=environment, base_url=base_url, timeout=timeout, retry=retry,
                    on_drift=on_drift, errors=errors, access_token=access_token,
                    token_store=token_store, auth=auth, subject=subject,
                ),
                hooks,
                tracer_provider,
            )  # fmt: skip
            config.only_one_way(
                connector, http_client, transport=transport, verify=verify, proxy=proxy,
                max_connections=max_connections,
            )  # fmt: skip
            tls = config.tls_context(
                self._settings, own_client=http_client is not None, verify=verify
            )
            network = Network(
                tls,
                base_url=self._settings.default_base_url,
                proxy=proxy,
                max_connections=config.checked_connections(connector, max_connections),
            )
            self._pool = Pool(http_client, transport, network)
        except BaseException as error:
            del credentials, variables, shared, access_token, proxy
            _clear_frames(error)
            raise

    def _call(self, call: Call, arguments: Mapping[str, object], *, returns: TypeForm[T]) -> T:
        """Send a call and return its value, or a RawResponse in raw mode."""
        try:
            flow = exchange(
                self._settings, self._limiter, call, arguments, target=self._target_for(call)
            )
            return self._answer(drive_sync(flow, send=self._pool.send, sleep=time.sleep), returns)
        except BaseException as error:
            del arguments
            _clear_frames(error)
            raise

    def _pages(
        self,
        call: Call,
        arguments: Mapping[str, object],
        *,
        max_pages: int | None,
        returns: TypeForm[list[T]],
    ) -> Pages[T]:
        """Return the items of a paginated call, or the RawResponse of its first page in raw mode."""

        def send(step: Step) -> Exchange:
            flow = exchange(self._settings, self._limiter, call, step.arguments, next_url=step.url)
            return drive_sync(flow, send=self._pool.send, sleep=time.sleep)

        def fetch(walk: Walk, step: Step) -> Page[T]:
            try:
                return self._page(walk, send(step), returns)
            except BaseException as error:
                _clear_frames(error)
                raise

        self._check(call, arguments)
        walk = Walk(call, arguments, max_pages)  # what is wrong with the arguments is raised here
        step = walk.step()
        if not self._raw or step is None:
            return Pages(lambda: Walk(call, arguments, max_pages), fetch)
        try:
            return cast("Pages[T]", self._first_page(walk, send(step), returns))
        except BaseException as error:
            _clear_frames(error)
            raise

    def _stream(
        self,
        call: Call,
        arguments: Mapping[str, object],
        *,
        returns: TypeForm[T],
        events: Mapping[str, TypeForm[T]] = NOTHING,
    ) -> EventStream[T]:
        """Return the stream of a call's events, or the RawResponse of the whole in raw mode."""
        self._check(call, arguments)

        def send(stream_after: str | None) -> Exchange:
            try:
                flow = exchange(
                    self._settings, self._limiter, call, arguments, stream_after=stream_after
                )
                return drive_sync(flow, send=self._pool.send, sleep=time.sleep)
            except BaseException as error:
                _clear_frames(error)
                raise

        if self._raw:
            done = send(None)
            whole = partial(self._all_events, call, done, returns, events)
            return cast("EventStream[T]", RawResponse(done.request, done.response, whole))
        return EventStream(
            lambda last_id: self._opened(send(last_id)),
            lambda: self._event_reader(call, returns, events),
            time.sleep,
        )

    def _exchange(
        self, call: Call, arguments: Mapping[str, object], *, next_url: str | None = None
    ) -> Exchange:
        """Send a call exactly once and return its request and response, unparsed."""
        try:
            flow = exchange(
                self._settings, self._limiter, call, arguments, attempts=1, next_url=next_url
            )
            return drive_sync(flow, send=self._pool.send, sleep=time.sleep)
        except BaseException as error:
            del arguments
            _clear_frames(error)
            raise

    @overload
    def raw(
        self, method: Callable[P, Pages[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[Page[T]]: ...
    @overload
    def raw(
        self, method: Callable[P, EventStream[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[list[T]]: ...
    @overload
    def raw(
        self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]: ...
    def raw(self, method: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call a method of the client and return its raw response. Error statuses do not raise.

        client.raw(client.ping).status_code
        """
        function, twin = self._twin_of("raw", method)
        twin._raw = True
        return function(twin, *args, **kwargs)

    def close(self) -> None:
        """Close the connections. Those of your own ``http_client`` stay open."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncClient(AsyncRequests, AsyncDownloads, _Base):
    """Base class of asynchronous clients. Bound to the event loop of its first call.

    Close it with ``aclose``, or use it as an asynchronous context manager. Copies made with ``with_options`` share its
    connections: closing one closes them all.
    """

    def __init__(
        self,
        connector: Connector,
        *,
        credentials: Mapping[str, CredentialSource | None] = NOTHING,
        variables: Mapping[str, object] = NOTHING,
        shared: Mapping[str, object] = NOTHING,
        environment: str | None = None,
        base_url: str | None = None,
        timeout: Timeout | float | Unset | None = UNSET,
        retry: Retry | None = None,
        http_client: httpx.AsyncClient | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        verify: str | os.PathLike[str] | ssl.SSLContext | None = None,
        proxy: str | None = None,
        max_connections: int | None = None,
        hooks: Hooks | None = None,
        tracer_provider: object | None = None,
        on_drift: OnDrift = "warn",
        errors: Mapping[str, type[StatusError]] | None = None,
        access_token: CredentialSource | None = None,
        token_store: Any = None,
        auth: object | None = None,
        subject: str | None = None,
    ) -> None:
        try:
            self._configure(
                config.resolve(
                    connector, credentials=credentials, variables=variables, shared=shared,
                    environment=environment, base_url=base_url, timeout=timeout, retry=retry,
                    on_drift=on_drift, errors=errors, access_token=access_token,
                    token_store=token_store, auth=auth, subject=subject,
                ),
                hooks,
                tracer_provider,
            )  # fmt: skip
            config.only_one_way(
                connector, http_client, transport=transport, verify=verify, proxy=proxy,
                max_connections=max_connections,
            )  # fmt: skip
            tls = config.tls_context(
                self._settings, own_client=http_client is not None, verify=verify
            )
            network = Network(
                tls,
                base_url=self._settings.default_base_url,
                proxy=proxy,
                max_connections=config.checked_connections(connector, max_connections),
            )
            self._pool = AsyncPool(http_client, transport, network)
        except BaseException as error:
            del credentials, variables, shared, access_token
            _clear_frames(error)
            raise

    async def _run(
        self,
        call: Call,
        arguments: Mapping[str, object],
        attempts: int | None = None,
        next_url: str | None = None,
        stream_after: str | None = None,
    ) -> Exchange:
        import asyncio

        self._pool.bind()
        flow = exchange(
            self._settings, self._limiter, call, arguments, attempts=attempts,
            next_url=next_url, target=self._target_for(call), stream_after=stream_after,
        )  # fmt: skip
        return await drive_async(flow, send=self._pool.send, sleep=asyncio.sleep)

    async def _call(
        self, call: Call, arguments: Mapping[str, object], *, returns: TypeForm[T]
    ) -> T:
        """Send a call and return its value, or a RawResponse in raw mode."""
        try:
            return self._answer(await self._run(call, arguments), returns)
        except BaseException as error:
            del arguments
            _clear_frames(error)
            raise

    def _pages(
        self,
        call: Call,
        arguments: Mapping[str, object],
        *,
        max_pages: int | None,
        returns: TypeForm[list[T]],
    ) -> AsyncPages[T]:
        """Return the items of a paginated call, or the RawResponse of its first page in raw mode."""

        async def fetch(walk: Walk, step: Step) -> Page[T]:
            try:
                done = await self._run(call, step.arguments, next_url=step.url)
                return self._page(walk, done, returns)
            except BaseException as error:
                _clear_frames(error)
                raise

        async def first(walk: Walk, step: Step) -> RawResponse[Page[T]]:
            try:
                done = await self._run(call, step.arguments, next_url=step.url)
                return self._first_page(walk, done, returns)
            except BaseException as error:
                _clear_frames(error)
                raise

        self._check(call, arguments)
        walk = Walk(call, arguments, max_pages)  # what is wrong with the arguments is raised here
        step = walk.step()
        if not self._raw or step is None:
            return AsyncPages(lambda: Walk(call, arguments, max_pages), fetch)
        return cast("AsyncPages[T]", first(walk, step))

    def _stream(
        self,
        call: Call,
        arguments: Mapping[str, object],
        *,
        returns: TypeForm[T],
        events: Mapping[str, TypeForm[T]] = NOTHING,
    ) -> AsyncEventStream[T]:
        """Return the stream of a call's events, or the RawResponse of the whole in raw mode."""
        self._check(call, arguments)

        async def open(last_id: str) -> Opened:
            try:
                return self._opened(await self._run(call, arguments, stream_after=last_id))
            except BaseException as error:
                _clear_frames(error)
                raise

        async def whole() -> RawResponse[list[T]]:
            try:
                done = await self._run(call, arguments)
            except BaseException as error:
                _clear_frames(error)
                raise
            read = partial(self._all_events, call, done, returns, events)
            return RawResponse(done.request, done.response, read)

        async def sleep(seconds: float) -> None:
            import asyncio

            await asyncio.sleep(seconds)

        if self._raw:
            return cast("AsyncEventStream[T]", whole())
        return AsyncEventStream(open, lambda: self._event_reader(call, returns, events), sleep)

    async def _exchange(self, call: Call, arguments: Mapping[str, object]) -> Exchange:
        """Send a call exactly once and return its request and response, unparsed."""
        try:
            return await self._run(call, arguments, attempts=1)
        except BaseException as error:
            del arguments
            _clear_frames(error)
            raise

    @overload
    async def raw(
        self, method: Callable[P, AsyncPages[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[Page[T]]: ...
    @overload
    async def raw(
        self, method: Callable[P, AsyncEventStream[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[list[T]]: ...
    @overload
    async def raw(
        self, method: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]: ...
    async def raw(self, method: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call a method of the client and return its raw response. Error statuses do not raise.

        (await client.raw(client.ping)).status_code
        """
        function, twin = self._twin_of("raw", method)
        twin._raw = True
        return await function(twin, *args, **kwargs)

    async def aclose(self) -> None:
        """Close the connections. Those of your own ``http_client`` stay open."""
        await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
