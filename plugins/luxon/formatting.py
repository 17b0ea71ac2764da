"""Dates as text, by luxon's format tokens and in its forms of ISO 8601, in American English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
LONG_ZONES: Final[Mapping[str, str]] = {
    "UTC": "Coordinated Universal Time",
    "EST": "Eastern Standard Time", "EDT": "Eastern Daylight Time",
    "CST": "Central Standard Time", "CDT": "Central Daylight Time",
    "MST": "Mountain Standard Time", "MDT": "Mountain Daylight Time",
    "PST": "Pacific Standard Time", "PDT": "Pacific Daylight Time",
    "AKST": "Alaska Standard Time", "AKDT": "Alaska Daylight Time",
    "HST": "Hawaii-Aleutian Standard Time",
    "WET": "Western European Standard Time", "WEST": "Western European Summer Time",
    "GMT": "Greenwich Mean Time", "BST": "British Summer Time",
    "CET": "Central European Standard Time", "CEST": "Central European Summer Time",
    "EET": "Eastern European Standard Time", "EEST": "Eastern European Summer Time",
    "MSK": "Moscow Standard Time", "JST": "Japan Standard Time", "KST": "Korean Standard Time",
    "AEST": "Australian Eastern Standard Time", "AEDT": "Australian Eastern Daylight Time",
    "NZST": "New Zealand Standard Time", "NZDT": "New Zealand Daylight Time",
}  # fmt: skip
_LONG_BY_ZONE: Final = {
    "Asia/Kolkata": "India Standard Time", "Asia/Calcutta": "India Standard Time",
    "Asia/Shanghai": "China Standard Time", "Asia/Singapore": "Singapore Standard Time",
}  # fmt: skip
AMERICAN: Final = frozenset(["EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT", "HST"])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_format(date: datetime, template: str) -> str:
    """The date by a template such as `yyyy-MM-dd'T'HH:mm`. Letters that are no token stand for themselves."""
    return "".join(part if token is None else token(date) for part, token in _compiled(template))


def iso(date: datetime) -> str:
    """`dateTime.toISO()`: milliseconds and the offset, `Z` for UTC itself."""
    ending = "Z" if date.tzinfo is UTC else offset_text(date, ":")
    return f"{date.year:04}-{date:%m-%dT%H:%M:%S}.{date.microsecond // 1000:03}{ending}"


def offset_text(date: datetime, colon: str) -> str:
    """The offset as `+05:30`, or without the colon."""
    minutes = _offset_minutes(date)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def _offset_minutes(date: datetime) -> int:
    return (date.utcoffset() or timedelta()) // timedelta(minutes=1)


def _narrow_offset(date: datetime) -> str:
    minutes = _offset_minutes(date)
    rest = f":{abs(minutes) % 60:02}" if minutes % 60 else ""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60}{rest}"


def zone_name(date: datetime) -> str:
    """The zone's IANA name, `UTC`, or `UTC+3`."""
    key = getattr(date.tzinfo, "key", None)
    return key or ("UTC" if not _offset_minutes(date) else f"UTC{_narrow_offset(date)}")


def short_zone(date: datetime) -> str:
    """`EST` where Americans have a name for it, else `GMT+1`; `UTC+1` for a zone that is only an offset."""
    return zone_name(date) if _is_offset(date) else _short(date)


def long_zone(date: datetime) -> str:
    """`Eastern Standard Time`, or `GMT+01:00`; `UTC+1` for a zone that is only an offset."""
    return zone_name(date) if _is_offset(date) else _long(date)


def _is_offset(date: datetime) -> bool:
    return getattr(date.tzinfo, "key", None) is None


def _short(date: datetime) -> str:
    name = date.tzname() or ""
    if name == "UTC" or (name in AMERICAN and zone_name(date).startswith(("America/", "US/", "Pacific/Honolulu"))):
        return name
    return f"GMT{_narrow_offset(date)}" if _offset_minutes(date) else "GMT"


def _long(date: datetime) -> str:
    if date.tzinfo is UTC:
        return "UTC"
    american = _short(date) == date.tzname()
    name = None if date.tzname() in AMERICAN and not american else LONG_ZONES.get(date.tzname() or "")
    name = _LONG_BY_ZONE.get(zone_name(date)) or name
    return name or (f"GMT{offset_text(date, ':')}" if _offset_minutes(date) else "Greenwich Mean Time")


def _twelve(date: datetime) -> int:
    return date.hour % 12 or 12


def _milliseconds(date: datetime) -> int:
    return date.microsecond // 1000


def _timestamp(date: datetime) -> int:
    return (date - _EPOCH) // timedelta(milliseconds=1)


def _meridiem(date: datetime) -> str:
    return "AM" if date.hour < 12 else "PM"


def _local_week(date: datetime) -> tuple[int, int]:
    """Year and week where weeks begin on Sunday and the first one has the first of January, as in America."""
    first = datetime(date.year + 1, 1, 1)
    sunday = first - timedelta(days=first.isoweekday() % 7)
    if date.replace(tzinfo=None) >= sunday:
        return date.year + 1, 1
    lead = datetime(date.year, 1, 1).isoweekday() % 7
    return date.year, (date.timetuple().tm_yday - 1 + lead) // 7 + 1


def _month(date: datetime) -> str:
    return MONTHS[date.month - 1]


def _weekday(date: datetime) -> str:
    return WEEKDAYS[date.weekday()]


def _clock(date: datetime, *, seconds: bool) -> str:
    return f"{_twelve(date)}:{date:%M:%S}" if seconds else f"{_twelve(date)}:{date:%M}"


def _dates(length: int) -> Callable[[datetime], str]:
    """How dates are written at the four lengths of the tokens D, DD, DDD and DDDD."""
    return (
        lambda date: f"{date.month}/{date.day}/{date.year}",
        lambda date: f"{_month(date)[:3]} {date.day}, {date.year}",
        lambda date: f"{_month(date)} {date.day}, {date.year}",
        lambda date: f"{_weekday(date)}, {_month(date)} {date.day}, {date.year}",
    )[length - 1]


def _zoned(length: int, date: datetime) -> str:
    return "" if length < 3 else f" {_short(date) if length == 3 else _long(date)}"


def _moments(length: int, *, seconds: bool) -> Callable[[datetime], str]:
    between = ", " if length < 3 else " at "
    return lambda date: (
        f"{_dates(length)(date)}{between}{_clock(date, seconds=seconds)} {_meridiem(date)}{_zoned(length, date)}"
    )


def _times(length: int) -> Callable[[datetime], str]:
    return lambda date: f"{_clock(date, seconds=length > 1)} {_meridiem(date)}{_zoned(length, date)}"


def _day_times(length: int) -> Callable[[datetime], str]:
    return lambda date: (f"{date:%H:%M:%S}" if length > 1 else f"{date:%H:%M}") + _zoned(length, date)


TOKENS: Final[Mapping[str, Callable[[datetime], str]]] = {
    "S": lambda date: str(_milliseconds(date)),
    "u": lambda date: f"{_milliseconds(date):03}",
    "SSS": lambda date: f"{_milliseconds(date):03}",
    "uu": lambda date: f"{_milliseconds(date) // 10:02}",
    "uuu": lambda date: str(_milliseconds(date) // 100),
    "s": lambda date: str(date.second),
    "ss": lambda date: f"{date.second:02}",
    "m": lambda date: str(date.minute),
    "mm": lambda date: f"{date.minute:02}",
    "h": lambda date: str(_twelve(date)),
    "hh": lambda date: f"{_twelve(date):02}",
    "H": lambda date: str(date.hour),
    "HH": lambda date: f"{date.hour:02}",
    "Z": _narrow_offset,
    "ZZ": lambda date: offset_text(date, ":"),
    "ZZZ": lambda date: offset_text(date, ""),
    "ZZZZ": short_zone,
    "ZZZZZ": long_zone,
    "z": zone_name,
    "a": _meridiem,
    "d": lambda date: str(date.day),
    "dd": lambda date: f"{date.day:02}",
    **{letter: lambda date: str(date.isoweekday()) for letter in "cE"},
    **{letter * 3: lambda date: _weekday(date)[:3] for letter in "cE"},
    **{letter * 4: _weekday for letter in "cE"},
    **{letter * 5: lambda date: _weekday(date)[0] for letter in "cE"},
    **{letter: lambda date: str(date.month) for letter in "LM"},
    **{letter * 2: lambda date: f"{date.month:02}" for letter in "LM"},
    **{letter * 3: lambda date: _month(date)[:3] for letter in "LM"},
    **{letter * 4: _month for letter in "LM"},
    **{letter * 5: lambda date: _month(date)[0] for letter in "LM"},
    "y": lambda date: str(date.year),
    "yy": lambda date: f"{date.year % 100:02}",
    "yyyy": lambda date: f"{date.year:04}",
    "yyyyyy": lambda date: f"{date.year:06}",
    "G": lambda _: "AD",
    "GG": lambda _: "Anno Domini",
    "GGGGG": lambda _: "A",
    "kk": lambda date: f"{date.isocalendar().year % 100:02}",
    "kkkk": lambda date: f"{date.isocalendar().year:04}",
    "W": lambda date: str(date.isocalendar().week),
    "WW": lambda date: f"{date.isocalendar().week:02}",
    "n": lambda date: str(_local_week(date)[1]),
    "nn": lambda date: f"{_local_week(date)[1]:02}",
    "ii": lambda date: f"{_local_week(date)[0] % 100:02}",
    "iiii": lambda date: f"{_local_week(date)[0]:04}",
    "o": lambda date: str(date.timetuple().tm_yday),
    "ooo": lambda date: f"{date.timetuple().tm_yday:03}",
    "q": lambda date: str((date.month + 2) // 3),
    "qq": lambda date: f"{(date.month + 2) // 3:02}",
    "X": lambda date: str(_timestamp(date) // 1000),
    "x": lambda date: str(_timestamp(date)),
    **{"D" * length: _dates(length) for length in range(1, 5)},
    **{"f" * length: _moments(length, seconds=False) for length in range(1, 5)},
    **{"F" * length: _moments(length, seconds=True) for length in range(1, 5)},
    **{"t" * length: _times(length) for length in range(1, 5)},
    **{"T" * length: _day_times(length) for length in range(1, 5)},
}


@lru_cache(maxsize=256)
def _compiled(template: str) -> tuple[tuple[str, Callable[[datetime], str] | None], ...]:
    return tuple((part, None if literal else TOKENS.get(part)) for part, literal in split(template))


def split(template: str) -> list[tuple[str, bool]]:
    """A template cut into runs of one letter and quoted texts: (text, whether it was quoted). `''` is a quote."""
    parts: list[tuple[str, bool]] = []
    run, quoted = "", False
    for character in template:
        if character == "'":
            if run or quoted:
                parts.append((run or "'", quoted))
            run, quoted = "", not quoted
        elif quoted or not run or character == run[-1]:
            run += character
        else:
            parts.append((run, False))
            run = character
    return [*parts, (run, quoted)] if run else parts
