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
        return fixed(minutes(found.group(1) or "+0", found.group(2)))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def fixed(minutes_ahead: int) -> tzinfo:
    """A zone that is always as far from UTC."""
    return timezone(timedelta(minutes=minutes_ahead)) if minutes_ahead else UTC


def minutes(hours: str, rest: str | None = None) -> int:
    """An offset in minutes: signed hours, and minutes with the sign of the hours."""
    return int(hours) * 60 + int(rest or 0) * (-1 if hours.startswith("-") else 1)
