"""Sums, differences and roundings of dates, as luxon does them: calendar units by the wall clock, the rest exactly."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

UNITS: Final = ("years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds")
MILLISECONDS: Final[Mapping[str, int]] = {
    "years": 31_536_000_000, "quarters": 7_862_400_000, "months": 2_592_000_000, "weeks": 604_800_000,
    "days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1000, "milliseconds": 1,
}  # fmt: skip
"""How long a unit is where no calendar says."""
_CALENDAR = UNITS[:5]
_CLOCK = UNITS[5:]
_MILLISECOND = timedelta(milliseconds=1)
Duration = Mapping[str, float]


def unit(name: str) -> str:
    """A unit in the plural. Raises `ValueError` for one that luxon does not know."""
    plural = name.lower() if name.endswith("s") else f"{name.lower()}s"
    if plural not in UNITS:
        raise ValueError(f"Invalid unit {name}")
    return plural


def plus(date: datetime, duration: Duration) -> datetime:
    """The date that much later. Whole calendar units keep the wall clock; fractions of them count as time."""
    whole = {name: math.trunc(duration.get(name, 0)) for name in _CALENDAR}
    wall = _months_later(date, whole["years"] * 12 + whole["quarters"] * 3 + whole["months"])
    wall += timedelta(days=whole["weeks"] * 7 + whole["days"])
    moment = _placed(wall, date) if any(whole.values()) else date
    rest = sum((duration.get(name, 0) - whole[name]) * MILLISECONDS[name] for name in _CALENDAR)
    rest += sum(duration.get(name, 0) * MILLISECONDS[name] for name in _CLOCK)
    return (moment.astimezone(UTC) + math.floor(rest) * _MILLISECOND).astimezone(date.tzinfo)


def minus(date: datetime, duration: Duration) -> datetime:
    """The date that much earlier."""
    return plus(date, {name: -amount for name, amount in duration.items()})


def start_of(date: datetime, name: str) -> datetime:
    """The first moment of the unit that the date is in."""
    size = UNITS.index(unit(name))
    wall = date.replace(tzinfo=None)
    if name.startswith("quarter"):
        wall = wall.replace(month=(wall.month - 1) // 3 * 3 + 1, day=1)
    elif name.startswith("week"):
        wall -= timedelta(days=wall.weekday())
    elif size <= UNITS.index("months"):
        wall = wall.replace(month=1 if size == 0 else wall.month, day=1)
    wall = wall.replace(
        hour=wall.hour if size > UNITS.index("days") else 0,
        minute=wall.minute if size > UNITS.index("hours") else 0,
        second=wall.second if size > UNITS.index("minutes") else 0,
        microsecond=wall.microsecond if size > UNITS.index("seconds") else 0,
    )
    return _placed(wall, date)


def _months_later(date: datetime, months: int) -> datetime:
    """The wall clock that many months later; a day that the month does not have is its last one."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return date.replace(tzinfo=None, year=year, month=month + 1, day=min(date.day, monthrange(year, month + 1)[1]))


def _placed(wall: datetime, near: datetime) -> datetime:
    """A wall clock in the zone of `near`: with its offset where a time is there twice, later where it is not there."""
    zone: tzinfo | None = near.tzinfo
    for fold in (0, 1):
        candidate = wall.replace(tzinfo=zone, fold=fold)
        if candidate.utcoffset() == near.utcoffset() and _exists(candidate):
            return candidate
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _exists(date: datetime) -> bool:
    return date.astimezone(UTC).astimezone(date.tzinfo).replace(tzinfo=None) == date.replace(tzinfo=None)


# ------------------------------------------------------------------------------------------------ differences


def difference(end: datetime, start: datetime, units: Sequence[str]) -> dict[str, float]:
    """`end.diff(start, units)`: whole numbers of the larger units, and what remains in the smallest."""
    wanted = [unit(name) for name in units]
    later_first = _apart(end, start) > 0
    earlier, later = (end, start) if later_first else (start, end)
    found = _difference(earlier, later.astimezone(earlier.tzinfo), wanted)
    return {name: -amount if later_first and amount else amount for name, amount in found.items()}


def _difference(earlier: datetime, later: datetime, units: Sequence[str]) -> dict[str, float]:
    cursor, found, high_water, lowest = _calendar_difference(earlier, later, units)
    remaining = _apart(cursor, later)
    clock_units = [name for name in _CLOCK if name in units]
    if clock_units:
        return {**found, **_spread(remaining, clock_units)}
    if lowest:
        if _apart(high_water, later) > 0:
            high_water = plus(cursor, {lowest: 1})
        if span := _apart(cursor, high_water):
            found[lowest] += remaining / span
    return {name: _plain(amount) for name, amount in found.items()}


def _calendar_difference(
    earlier: datetime, later: datetime, units: Sequence[str]
) -> tuple[datetime, dict[str, float], datetime, str | None]:
    cursor = high_water = earlier
    found: dict[str, float] = {}
    lowest = None
    for name, apart in _APART.items():
        if name not in units:
            continue
        lowest = name
        found[name] = apart(cursor, later)
        high_water = plus(earlier, found)
        if _apart(high_water, later) >= 0:
            cursor = high_water
            continue
        found[name] -= 1
        cursor = plus(earlier, found)
        if _apart(cursor, later) < 0:
            high_water = cursor
            found[name] -= 1
            cursor = plus(earlier, found)
    return cursor, found, high_water, lowest


def _apart(a: datetime, b: datetime) -> int:
    """Milliseconds from a to b. Python's own difference of dates in one zone is that of their wall clocks."""
    return (b.astimezone(UTC) - a.astimezone(UTC)) // _MILLISECOND


def _days_apart(a: datetime, b: datetime) -> int:
    return b.toordinal() - a.toordinal()


_APART: Final[Mapping[str, Callable[[datetime, datetime], int]]] = {
    "years": lambda a, b: b.year - a.year,
    "quarters": lambda a, b: (b.month - 1) // 3 - (a.month - 1) // 3 + (b.year - a.year) * 4,
    "months": lambda a, b: b.month - a.month + (b.year - a.year) * 12,
    "weeks": lambda a, b: _days_apart(a, b) // 7,
    "days": _days_apart,
}


def _spread(milliseconds: float, units: Sequence[str]) -> dict[str, float]:
    """Milliseconds in the units given, largest first: whole numbers but for the last."""
    found = dict.fromkeys(units, 0.0)
    found[units[-1]] = milliseconds / MILLISECONDS[units[-1]]
    for larger, smaller in zip(units[-2::-1], units[:0:-1], strict=False):
        conversion = MILLISECONDS[larger] / MILLISECONDS[smaller]
        carried = math.floor(found[smaller] / conversion)
        found[larger] += carried
        found[smaller] -= carried * conversion
    return {name: _plain(amount) for name, amount in found.items()}


def _plain(amount: float) -> float:
    return int(amount) if amount == int(amount) else amount


def iso_duration(duration: Duration, number_text: Callable[[float], str]) -> str:
    """A duration as ISO 8601, `P1Y2M3DT4H5M6.7S`."""
    amount = {name: duration.get(name, 0) for name in UNITS}
    seconds = round(amount["seconds"] + amount["milliseconds"] / 1000, 3)
    days = (
        (amount["years"], "Y"),
        (amount["months"] + amount["quarters"] * 3, "M"),
        (amount["weeks"], "W"),
        (amount["days"], "D"),
    )
    clock = ((amount["hours"], "H"), (amount["minutes"], "M"), (seconds, "S"))
    written = "".join(f"{number_text(value)}{letter}" for value, letter in days if value)
    time = "".join(f"{number_text(value)}{letter}" for value, letter in clock if value)
    return f"P{written}T{time}" if time else f"P{written}" if written else "PT0S"
