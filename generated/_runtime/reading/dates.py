"""Points in time as providers write them: HTTP dates and ISO 8601."""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime


def parse_date(value: object) -> float | None:
    """Seconds since 1970 for an HTTP date or ISO 8601 text; UTC unless it says otherwise. None if it is neither."""
    if not isinstance(value, str):
        return None
    for parse in (parsedate_to_datetime, datetime.datetime.fromisoformat):
        try:
            moment = parse(value.strip())
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=datetime.UTC)
            return moment.timestamp()
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
    return None
