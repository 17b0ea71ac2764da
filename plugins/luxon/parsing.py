"""Dates out of text, in the standard forms that luxon reads: ISO 8601, HTTP, RFC 2822 and SQL."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from plugins.luxon.zones import fixed, minutes, zone

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_OFFSET = r"(?:(?P<z>[Zz])|(?P<oh>[+-]\d\d)(?::?(?P<om>\d\d))?)"
_CLOCK = r"(?P<H>\d\d)(?::?(?P<M>\d\d)(?::?(?P<S>\d\d)(?:[.,](?P<f>\d{1,30}))?)?)?"
_ISO_TIME = rf"{_CLOCK}{_OFFSET}?(?:\[(?P<zone>[A-Za-z_+\-/0-9]+)\])?"
_ISO_DAYS = (
    r"(?P<y>\d{4})(?:-?(?P<m>\d\d)(?:-?(?P<d>\d\d))?)?",
    r"(?P<y>\d{4})-?W(?P<week>\d\d)(?:-?(?P<weekday>\d))?",
    r"(?P<y>\d{4})-?(?P<ordinal>\d{3})",
)
_ISO = tuple(re.compile(form, re.ASCII) for form in (*(f"{d}(?:[Tt]{_ISO_TIME})?" for d in _ISO_DAYS), _ISO_TIME))
_SQL_TIME = rf"{_CLOCK} ?(?:{_OFFSET}|(?P<zone>[A-Za-z_+\-/]+(?:/[A-Za-z_+\-/0-9]+)*))?"
_SQL = (
    re.compile(rf"(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d)(?:\s{_SQL_TIME})?", re.ASCII),
    re.compile(_SQL_TIME, re.ASCII),
)
_DAY = "|".join(WEEKDAYS)
_MONTH = "|".join(MONTHS)
_HTTP = (
    re.compile(
        rf"(?P<dow>{_DAY}), (?P<d>\d\d) (?P<month>{_MONTH}) (?P<y>\d{{4}}) (?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d) GMT"
    ),
    re.compile(
        r"(?P<dow>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day), "
        rf"(?P<d>\d\d)-(?P<month>{_MONTH})-(?P<y>\d\d) (?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d) GMT"
    ),
    re.compile(
        rf"(?P<dow>{_DAY}) (?P<month>{_MONTH}) (?P<d> \d|\d\d) (?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d) (?P<y>\d{{4}})"
    ),
)
_RFC2822 = re.compile(
    rf"(?:(?P<dow>{_DAY}),\s)?(?P<d>\d{{1,2}})\s(?P<month>{_MONTH})\s(?P<y>\d{{2,4}})\s"
    rf"(?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d))?\s(?:(?P<name>UT|GMT|[ECMP][SD]T)|(?P<z>[Zz])|(?P<oh>[+-]\d\d)(?P<om>\d\d))"
)
_AMERICAN = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}


def parse(text: str, default: tzinfo, now: datetime | None = None) -> datetime | None:
    """The moment, in the zone that the text names or else in `default`. None when no standard form fits.

    A bare time is of the day of `now`, and not a date without it.
    """
    return from_iso(text, default, now) or from_http(text) or from_rfc2822(text) or from_sql(text, default, now)


def from_iso(text: str, default: tzinfo, now: datetime | None = None) -> datetime | None:
    """ISO 8601: calendar, week and ordinal dates, and times."""
    return _first(_ISO, text, default, now)


def from_sql(text: str, default: tzinfo, now: datetime | None = None) -> datetime | None:
    """`2024-01-31 10:00:00.000 Europe/Paris`, and parts of it."""
    return _first(_SQL, text, default, now)


def from_http(text: str) -> datetime | None:
    """The three forms of dates in HTTP headers."""
    return _first(_HTTP, text, UTC, None)


def from_rfc2822(text: str) -> datetime | None:
    """Dates in mail headers."""
    folded = re.sub(r"\s+", " ", re.sub(r"\([^()]*\)|[\n\t]", " ", text)).strip()
    found = _RFC2822.fullmatch(folded)
    if not found:
        return None
    name = found.group("name")
    return _moment(found.groupdict(), fixed(_AMERICAN.get(name, 0) * 60) if name else UTC, None)


def _first(forms: tuple[re.Pattern[str], ...], text: str, default: tzinfo, now: datetime | None) -> datetime | None:
    for form in forms:
        if found := form.fullmatch(text):
            return _moment(found.groupdict(), default, now)
    return None


def _moment(parts: dict[str, str | None], default: tzinfo, now: datetime | None) -> datetime | None:
    """The moment that the named parts of a form make. None when there is no such day, time or zone, or when the
    weekday is another."""
    place = _zone(parts, default)
    try:
        day = _day(parts, now)
        if place is None or day is None:
            return None
        hour, fraction = int(parts.get("H") or 0), (parts.get("f") or "0").ljust(3, "0")[:3]
        minute, second = int(parts.get("M") or 0), int(parts.get("S") or 0)
        at_midnight = hour == 24 and not (minute or second or int(fraction))
        moment = datetime(
            day.year, day.month, day.day, 0 if at_midnight else hour, minute, second, int(fraction) * 1000, place
        )
        if (dow := parts.get("dow")) and not dow.startswith(WEEKDAYS[moment.weekday()]):
            return None
        return moment + timedelta(days=1) if at_midnight else moment
    except (ValueError, OverflowError):
        return None


def _zone(parts: dict[str, str | None], default: tzinfo) -> tzinfo | None:
    if name := parts.get("zone"):
        return zone(name)
    if parts.get("z"):
        return UTC
    hours = parts.get("oh")
    return fixed(minutes(hours, parts.get("om"))) if hours else default


def _day(parts: dict[str, str | None], now: datetime | None) -> date | None:
    year_text = parts.get("y")
    if year_text is None:
        return now.date() if now else None
    year = int(year_text)
    if len(year_text) == 2:
        year += 1900 if year > 60 else 2000
    if week := parts.get("week"):
        return date.fromisocalendar(year, int(week), int(parts.get("weekday") or 1))
    if ordinal := parts.get("ordinal"):
        found = date(year, 1, 1) + timedelta(days=int(ordinal) - 1)
        return found if found.year == year else None
    if month := parts.get("month"):
        return date(year, MONTHS.index(month) + 1, int(parts["d"] or 1))
    return date(year, int(parts.get("m") or 1), int(parts.get("d") or 1))
