"""Dates out of text by luxon's format tokens: `DateTime.fromFormat`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from plugins.luxon.formatting import MONTHS, WEEKDAYS, split
from plugins.luxon.zones import fixed, minutes, zone

_OFFSET = re.compile(r"([+-]\d{1,2}):?(\d{2})?")
_ONE, _TWO, _ONE_OR_TWO, _THREE, _FOUR = r"\d", r"\d{2}", r"\d{1,2}", r"\d{3}", r"\d{4}"
_MACROS: Final[Mapping[str, str]] = {
    "D": "M/d/yyyy", "DD": "MMM d, yyyy", "DDD": "MMMM d, yyyy", "DDDD": "EEEE, MMMM d, yyyy",
    "t": "h:mm a", "tt": "h:mm:ss a", "T": "H:mm", "TT": "H:mm:ss",
    "f": "M/d/yyyy, h:mm a", "ff": "MMM d, yyyy, h:mm a", "F": "M/d/yyyy, h:mm:ss a", "FF": "MMM d, yyyy, h:mm:ss a",
}  # fmt: skip


def _names(names: tuple[str, ...], length: int | None) -> str:
    return "|".join(name[:length] for name in names)


_TOKENS: Final[Mapping[str, tuple[str, str]]] = {
    "y": ("year", r"\d{1,6}"), "yy": ("short_year", r"\d{2,4}"), "yyyy": ("year", _FOUR), "yyyyy": ("year", r"\d{4,6}"),
    "yyyyyy": ("year", r"\d{6}"),
    **dict.fromkeys("ML", ("month", _ONE_OR_TWO)), **{letter * 2: ("month", _TWO) for letter in "ML"},
    **{letter * 3: ("month_name", _names(MONTHS, 3)) for letter in "ML"},
    **{letter * 4: ("month_name", _names(MONTHS, None)) for letter in "ML"},
    "d": ("day", _ONE_OR_TWO), "dd": ("day", _TWO), "o": ("ordinal", r"\d{1,3}"), "ooo": ("ordinal", _THREE),
    "H": ("hour", _ONE_OR_TWO), "HH": ("hour", _TWO), "h": ("hour", _ONE_OR_TWO), "hh": ("hour", _TWO),
    "m": ("minute", _ONE_OR_TWO), "mm": ("minute", _TWO), "s": ("second", _ONE_OR_TWO), "ss": ("second", _TWO),
    "S": ("millisecond", r"\d{1,3}"), "SSS": ("millisecond", _THREE), "u": ("fraction", r"\d{1,9}"),
    "uu": ("fraction", _ONE_OR_TWO), "uuu": ("fraction", _ONE),
    "a": ("meridiem", "am|pm"), "kkkk": ("week_year", _FOUR), "W": ("week", _ONE_OR_TWO), "WW": ("week", _TWO),
    "q": ("quarter", _ONE), "G": ("era", "AD|BC"),
    **dict.fromkeys("Ec", ("weekday", _ONE)),
    **{letter * 3: ("weekday_name", _names(WEEKDAYS, 3)) for letter in "Ec"},
    **{letter * 4: ("weekday_name", _names(WEEKDAYS, None)) for letter in "Ec"},
    "Z": ("offset", r"[+-]\d{1,2}(?::\d{2})?"), "ZZ": ("offset", r"[+-]\d{1,2}(?::\d{2})?"),
    "ZZZ": ("offset", r"[+-]\d{1,2}(?:\d{2})?"), "z": ("zone", r"[a-z_+\-/]{1,256}[0-9]{0,2}"),
}  # fmt: skip


@dataclass(frozen=True)
class _Form:
    pattern: re.Pattern[str]
    units: tuple[str, ...]


def from_format(text: str, template: str, default: tzinfo, now: datetime) -> datetime | None:
    """The moment, in the zone that the text names or else in `default`; None where the text is not of that form.

    What the form leaves out is of `now` above what it says, and the least below.
    """
    form = _form(template)
    found = form.pattern.fullmatch(text)
    if not found:
        return None
    try:
        return _moment(dict(zip(form.units, found.groups(), strict=True)), default, now)
    except (ValueError, OverflowError, KeyError):
        return None


@lru_cache(maxsize=256)
def _form(template: str) -> _Form:
    parts, units = [], []
    for part, literal in _expanded(template):
        unit, pattern = ("", "") if literal else _TOKENS.get(part, ("", ""))
        parts.append(f"({pattern})" if unit else re.sub(r"\\? ", r"[^\\S\\n\\r]", re.escape(part)))
        units += [unit] if unit else []
    return _Form(re.compile("".join(parts), re.IGNORECASE), tuple(units))


def _expanded(template: str) -> list[tuple[str, bool]]:
    parts: list[tuple[str, bool]] = []
    for part, literal in split(template):
        parts += split(_MACROS[part]) if part in _MACROS and not literal else [(part, literal)]
    return parts


def _moment(parts: Mapping[str, str], default: tzinfo, now: datetime) -> datetime | None:
    place = _zone(parts, default)
    if place is None:
        return None
    day = _day(parts, now.astimezone(place))
    hour = int(parts.get("hour", 0))
    if "meridiem" in parts:
        afternoon = parts["meridiem"].lower() == "pm"
        hour += 12 * (afternoon and hour < 12) - 12 * (not afternoon and hour == 12)
    fraction = int(parts.get("fraction", "0").ljust(3, "0")[:3]) or int(parts.get("millisecond", 0))
    clock = (hour, int(parts.get("minute", 0)), int(parts.get("second", 0)), fraction * 1000)
    moment = datetime(day.year, day.month, day.day, *clock, place)
    named = parts.get("weekday_name")
    if named and not WEEKDAYS[moment.weekday()].lower().startswith(named.lower()):
        return None
    return None if "weekday" in parts and moment.isoweekday() != int(parts["weekday"]) else moment


def _day(parts: Mapping[str, str], now: datetime) -> date:
    year = _year(parts, now)
    if "week" in parts or "week_year" in parts:
        weekday = parts.get("weekday")
        return date.fromisocalendar(int(parts.get("week_year", now.year)), int(parts.get("week", 1)), int(weekday or 1))
    if "ordinal" in parts:
        return date(year, 1, 1) + timedelta(days=int(parts["ordinal"]) - 1)
    above = "year" in parts or "short_year" in parts
    month = 1 if above else now.month
    if "month" in parts:
        month, above = int(parts["month"]), True
    elif "month_name" in parts:
        month, above = _month(parts["month_name"]), True
    elif "quarter" in parts:
        month, above = int(parts["quarter"]) * 3 - 2, True
    return date(year, month, int(parts.get("day", 1 if above else now.day)))


def _year(parts: Mapping[str, str], now: datetime) -> int:
    if "short_year" in parts:
        year = int(parts["short_year"])
        return year if year > 99 else year + (1900 if year > 60 else 2000)
    return int(parts.get("year", now.year))


def _month(name: str) -> int:
    return next(number for number, month in enumerate(MONTHS, 1) if month.lower().startswith(name.lower()))


def _zone(parts: Mapping[str, str], default: tzinfo) -> tzinfo | None:
    if "zone" in parts:
        return zone(parts["zone"])
    if "offset" not in parts:
        return default
    found = _OFFSET.fullmatch(parts["offset"])
    return fixed(minutes(found[1], found[2])) if found else None
