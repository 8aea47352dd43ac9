"""The sans-I/O core's language: a flow is a generator that yields effects and is sent their results.

Authentication, retries, redirects and pages are written once, as flows; a driver performs the effects, waiting with
threads (drive_sync) or on an event loop (drive_async). A flow never sleeps, locks or sends by itself.
"""

from __future__ import annotations

import inspect
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from .definition import Timeout
from .errors import ApiError, ArgumentError
from .record import Record

if TYPE_CHECKING:
    import asyncio

    from .streaming.opened import Opened

T = TypeVar("T")
HIDDEN = "***"
"""Shown in the place of a secret."""


class Upload(Protocol):
    """A body that is read while it is sent (request/uploads.py)."""

    length: int | None
    words: tuple[str, ...]

    @property
    def can_be_sent(self) -> bool: ...
    @property
    def raised(self) -> BaseException | None: ...
    def check(self, *, asynchronous: bool) -> None: ...
    def with_part(self, part: bytes, words: tuple[str, ...]) -> Upload: ...
    def pieces(self) -> Iterator[bytes]: ...
    def async_pieces(self) -> AsyncIterator[bytes]: ...


class Target(Protocol):
    """Where the body of a response is written while it arrives (sending/file_target.py)."""

    @property
    def accepts(self) -> Callable[[int, tuple[tuple[str, str], ...]], bool]: ...
    @property
    def is_full(self) -> bool: ...
    def start(self) -> None: ...
    def skip(self) -> None: ...
    def write(self, data: bytes) -> None: ...
    def flush(self) -> None: ...


class WireRequest(Record):
    """A request as it goes on the wire, without credentials.

    ``url`` is absolute and already percent-encoded. ``content`` is the whole body; ``upload`` stands in its place where
    the body holds files. ``secret_headers``/``secret_query``/``secret_cookies`` are credentials, kept apart so that nothing
    that logs, shows or raises the request can see them: the transport adds them last. ``secret_url`` and
    ``secret_content`` are what is really sent when ``url`` or ``content`` show ``***`` in the place of a secret;
    ``secret_texts`` are these secrets themselves, for hiding them where an answer repeats them; ``held`` gives all
    other secrets of the client.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    secret_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secret_query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secret_cookies: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secret_url: str | None = field(default=None, repr=False)
    secret_content: bytes | None = field(default=None, repr=False)
    secret_texts: tuple[str, ...] = field(default=(), repr=False)
    held: Callable[[], Iterable[str]] | None = field(default=None, repr=False)
    upload: Upload | None = field(default=None, repr=False)
    timeout: Timeout | None = None
    deadline: float | None = None  # of the whole call, as time.monotonic() counts
    max_bytes: int | None = None  # of the answer, decompressed; None is the sender's own bound
    target: Target | None = None  # where a file goes, instead of into memory
    max_download: int | None = None  # of what is written there, or streamed
    opens: Callable[[int, tuple[tuple[str, str], ...]], bool] | None = field(
        default=None, repr=False
    )  # whether a response of this status and these headers stays open, to be read while it arrives
    call: str = ""  # the call's name, for messages
    arguments: Mapping[str, object] | None = field(default=None, repr=False)  # of the call
    next_url: str | None = field(default=None, repr=False)  # the page of a list that was asked for
    bare: bool = (
        False  # for a token, or redirected to another origin: an application's own HTTP client adds no headers or auth
    )
    auth: object | None = field(
        default=None, repr=False
    )  # an application's httpx.Auth (digest, custom)


class WireResponse(Record):
    """An answer read to its end and decompressed. ``headers`` keep repeats; ``elapsed`` in seconds.

    ``problem``: why the body could not be decoded; ``content`` is then what could be.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    url: str
    elapsed: float = 0.0
    problem: ApiError | None = None
    opened: Opened | None = None  # the body, where it is read while it arrives

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        name = name.lower()
        return next((v for k, v in self.headers if k.lower() == name), None)


class Send(Record):
    """Send one request, once; the result is a WireResponse. Raises TransportError when nothing came back."""

    request: WireRequest


class Sleep(Record):
    seconds: float


class Invoke(Record):
    """Call a user's function (credential callable, hook, token store); the async driver also awaits its result."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()


class LockLike(Protocol):
    """A lock for both drivers: the driver takes the half that suits it (see SharedLock in the core)."""

    def acquire_sync(self) -> None: ...
    def release_sync(self) -> None: ...
    async def acquire_async(self) -> None: ...
    def release_async(self) -> None: ...


class Acquire(Record):
    lock: LockLike


class Release(Record):
    lock: LockLike


class Shield(Record):
    """Run a flow to its end even when the task that waits for its result is cancelled meanwhile.

    For what must not be lost half way: a refresh token that is good for one use.
    """

    flow: Flow[Any]


Effect: TypeAlias = "Send | Sleep | Invoke | Acquire | Release | Shield"
Flow: TypeAlias = Generator[Effect, Any, T]


def drive_sync(
    flow: Flow[T], *, send: Callable[[WireRequest], WireResponse], sleep: Callable[[float], None]
) -> T:
    """Run a flow to its end on this thread. Errors of effects are thrown into the flow at its yield."""
    failure: BaseException | None = None
    result: Any = None
    try:
        effect = next(flow)
        while True:
            failure = result = None
            try:
                result = _perform(effect, send, sleep)
            except BaseException as error:
                failure = error
            # outside of the handler, so that what a flow raises instead does not carry this error as its context
            effect = flow.send(result) if failure is None else flow.throw(failure)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        failure = None  # its traceback holds this frame: no cycle


def _perform(
    effect: Effect, send: Callable[[WireRequest], WireResponse], sleep: Callable[[float], None]
) -> Any:
    match effect:
        case Send(request):
            return send(request)
        case Sleep(seconds):
            return sleep(seconds)
        case Invoke(function, args):
            result = function(*args)
            if inspect.isawaitable(result):
                if inspect.iscoroutine(result):
                    result.close()
                raise ArgumentError(
                    getattr(function, "__name__", "a function"),
                    "",
                    "is asynchronous, and the synchronous client cannot await it",
                )
            return result
        case Acquire(lock):
            return lock.acquire_sync()
        case Release(lock):
            return lock.release_sync()
        case Shield(flow):
            return drive_sync(flow, send=send, sleep=sleep)


async def drive_async(
    flow: Flow[T],
    *,
    send: Callable[[WireRequest], Awaitable[WireResponse]],
    sleep: Callable[[float], Awaitable[None]],
) -> T:
    """Run a flow to its end on the running event loop; the same rules as drive_sync."""
    failure: BaseException | None = None
    result: Any = None
    try:
        effect = next(flow)
        while True:
            failure = result = None
            try:
                result = await _perform_async(effect, send, sleep)
            except BaseException as error:
                failure = error
            effect = flow.send(result) if failure is None else flow.throw(failure)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        failure = None  # its traceback holds this frame: no cycle


async def _perform_async(
    effect: Effect,
    send: Callable[[WireRequest], Awaitable[WireResponse]],
    sleep: Callable[[float], Awaitable[None]],
) -> Any:
    match effect:
        case Send(request):
            return await send(request)
        case Sleep(seconds):
            return await sleep(seconds)
        case Invoke(function, args):
            result = function(*args)
            return await result if inspect.isawaitable(result) else result
        case Acquire(lock):
            return await lock.acquire_async()
        case Release(lock):
            return lock.release_async()
        case Shield(flow):
            return await _shielded(drive_async(flow, send=send, sleep=sleep))


_shielded_tasks: set[Any] = set()  # the loop itself holds its tasks weakly


async def _shielded(work: Coroutine[Any, Any, T]) -> T:
    import asyncio  # httpx alone does not import it

    task = asyncio.ensure_future(work)
    _shielded_tasks.add(task)
    task.add_done_callback(_retrieve)
    return await asyncio.shield(task)


def _retrieve(task: asyncio.Task[Any]) -> None:
    _shielded_tasks.discard(task)
    if not task.cancelled():
        task.exception()  # otherwise the loop complains when nobody waits for it any more
