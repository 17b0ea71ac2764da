"""Time zones by the names that luxon accepts."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_FIXED = re.compile(r"utc(?:([+-]\d{1,2})(?::(\d{2}))?)?", re.IGNORECASE)


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo | None:
    """The zone of an IANA name, `UTC`, or `UTC+3`. None when there is none of that name."""
    if found := _FIXED.fullmatch(name):
        return fixed(int(found.group(1) or 0), int(found.group(2) or 0))
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return None


def fixed(hours: int, minutes: int) -> tzinfo:
    """A zone that is always as far from UTC; the minutes have the sign of the hours."""
    offset = timedelta(hours=hours, minutes=-minutes if hours < 0 else minutes)
    return timezone(offset) if offset else UTC
