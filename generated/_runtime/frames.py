"""Takes local variables out of tracebacks: error reporters send them, and ours and the HTTP library's hold secrets."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import cast

_PACKAGE = __name__.rpartition(".")[0]
_LIBRARIES = frozenset({
    "httpx", "httpx2", "httpcore", "httpcore2", "h11", "h2", "hpack", "socksio", "anyio", "sniffio", "jwt", "cryptography",
    "pydantic", "pydantic_core",
})  # fmt: skip


def clear_frames(error: BaseException) -> None:
    """Clear the locals of every finished frame of the runtime and the libraries below it, in the whole chain.

    The application's own frames (functions that give credentials, hooks) keep theirs.
    """
    for link in _chain(error):
        if link.__suppress_context__:
            link.__context__ = None
        trace = link.__traceback__
        while trace is not None:
            _clear(trace)
            trace = trace.tb_next


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    queue: list[BaseException | None] = [error]
    while queue:
        link = queue.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        queue += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            queue += cast("BaseExceptionGroup[BaseException]", link).exceptions


def _clear(trace: TracebackType) -> None:
    name: str = trace.tb_frame.f_globals.get("__name__", "")
    root = name.partition(".")[0]
    if name.startswith(f"{_PACKAGE}.") or root in _LIBRARIES or root in sys.stdlib_module_names:
        with suppress(RuntimeError):  # it is still running
            trace.tb_frame.clear()
