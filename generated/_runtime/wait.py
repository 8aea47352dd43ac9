"""How long to wait: before a repetition, and to stay below a rate limit."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from typing import Any

from .definition import RateLimit, Retry
from .reading.dates import parse_date
from .unset import UNSET

_BASE = 0.5
_CEILING = 8.0


def backoff(attempt: int) -> float:
    """Seconds before the next attempt: exponential with full jitter; ``attempt`` counts from 1."""
    ceiling: float = min(_CEILING, _BASE * 2 ** (attempt - 1))
    return random.uniform(0, ceiling)  # noqa: S311 - spreads load, guards nothing


def retry_after(
    retry: Retry, body: object, headers: tuple[tuple[str, str], ...], now: float | None = None
) -> float | None:
    """Seconds that the provider asks to wait, None when it does not say or says nothing readable."""
    from .reading.paths import lookup  # costly to import, and most processes never fail

    value = lookup(retry.wait_path, body, headers)
    if value is UNSET or value is None or isinstance(value, bool):
        return None
    now = time.time() if now is None else now
    seconds = _seconds(value, retry.wait_format, now)
    # also turns away NaN
    return max(0.0, seconds) if seconds is not None and seconds == seconds else None


def _seconds(value: Any, form: str, now: float) -> float | None:
    number = _number(value)
    match form:
        case "seconds":
            return number
        case "milliseconds":
            return None if number is None else number / 1000
        case "unix_seconds":
            return None if number is None else number - now
        case "unix_millis":
            return None if number is None else number / 1000 - now
        case "date":
            return _until(value, now)
        case _:
            if number is None:
                return _until(value, now)
            # nobody asks for a wait of thirty years: such numbers are points in time
            if number >= 1e12:
                return number / 1000 - now
            return number - now if number >= 1e9 else number


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _until(value: Any, now: float) -> float | None:
    moment = parse_date(value)
    return None if moment is None else moment - now


class Limiter:
    """At most so many requests in any window of so many seconds, counted over threads and tasks alike."""

    def __init__(self, limit: RateLimit) -> None:
        self._window = limit.seconds
        self._starts: deque[float] = deque(maxlen=limit.requests)
        self._lock = threading.Lock()  # held for microseconds, so tasks may take it too

    def reserve(self) -> float:
        """Take the next place; the result is the seconds to wait before sending."""
        with self._lock:
            now = time.monotonic()
            start = now
            if len(self._starts) == self._starts.maxlen:
                start = max(now, self._starts[0] + self._window)
            self._starts.append(start)
            return start - now
