"""A lock that a flow holds across waits, for threads and for the tasks of one event loop."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class SharedLock:
    """Exclusive among threads (synchronous clients) or among tasks (asynchronous ones); used by one kind of client.

    A flow yields ``Acquire(lock)`` and, in a ``finally``, ``Release(lock)``. Not re-entrant.
    """

    def __init__(self) -> None:
        self._threads = threading.Lock()
        self._tasks: asyncio.Lock | None = None

    def acquire_sync(self) -> None:
        """Wait for the lock on this thread."""
        self._threads.acquire()

    def release_sync(self) -> None:
        """Give the lock back on the thread that holds it."""
        self._threads.release()

    async def acquire_async(self) -> None:
        """Wait for the lock in this task."""
        if self._tasks is None:
            import asyncio  # httpx alone does not import it, and synchronous users never need it

            self._tasks = asyncio.Lock()
        await self._tasks.acquire()

    def release_async(self) -> None:
        """Give the lock back in the task that holds it."""
        assert self._tasks is not None
        self._tasks.release()
