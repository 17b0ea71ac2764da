"""moment's dates in Python: reading text leniently, and formatting by its tokens, in English."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from plugins import javascript_dates
from plugins.luxon import parsing
from plugins.luxon.arithmetic import start_of
from plugins.luxon.formatting import MONTHS, WEEKDAYS, offset_text, to_format
from plugins.luxon.zones import fixed, minutes

_LONG: Final[Mapping[str, str]] = {
    "LTS": "h:mm:ss A", "LT": "h:mm A",
    "L": "MM/DD/YYYY", "LL": "MMMM D, YYYY", "LLL": "MMMM D, YYYY h:mm A", "LLLL": "dddd, MMMM D, YYYY h:mm A",
    "l": "M/D/YYYY", "ll": "MMM D, YYYY", "lll": "MMM D, YYYY h:mm A", "llll": "ddd, MMM D, YYYY h:mm A",
}  # fmt: skip
_LONG_TOKEN = re.compile(r"(\[[^\[]*\])|(LTS|LT|LL?L?L?|l{1,4})")
_TOKEN = re.compile(
    r"\[[^\[]*\]|\\.|[Hh]mm(?:ss)?|Mo|MM?M?M?|Do|DDDo|DD?D?D?|ddd?d?|do?|w[ow]?|W[oW]?|Qo?|N{1,5}|YYYYYY|YYYYY|YYYY|YY"
    r"|y{2,4}|yo?|gg(?:ggg?)?|GG(?:GGG?)?|e|E|a|A|hh?|HH?|kk?|mm?|ss?|S{1,9}|x|X|zz?|ZZ?|.",
    re.DOTALL,
)
_SPACED = re.compile(r"^(\S+) (?=\d\d)")


def parse(text: str, zone: tzinfo = UTC) -> datetime | None:
    """`moment(text)`: ISO 8601, mail dates, and whatever JavaScript takes for a date. Without an offset, in `zone`."""
    tidy = _SPACED.sub(r"\1T", text.strip()).replace(" Z", "Z")
    return parsing.from_iso(tidy, zone) or parsing.from_rfc2822(text) or javascript_dates.parse(text)


# ------------------------------------------------------------------------------------------------ formatting


def format(date: datetime, template: str) -> str:
    """The date by a template such as `YYYY-MM-DD[T]HH:mm`."""
    return "".join(_written(date, token) for token in _TOKEN.findall(_expanded(template)))


def _expanded(template: str) -> str:
    return _LONG_TOKEN.sub(lambda found: found[1] or _LONG[found[2]], template)


def _written(date: datetime, token: str) -> str:
    if token.startswith("[") and token.endswith("]") and len(token) > 1:
        return token[1:-1]
    if token.startswith("\\"):
        return token[1:]
    if re.fullmatch("S{1,9}", token):
        return f"{date.microsecond:06}000"[: len(token)]
    if write := _FORMATS.get(token):
        return write(date)
    return token


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _local_week(date: datetime) -> int:
    return int(to_format(date, "n"))


def _local_year(date: datetime) -> int:
    return int(to_format(date, "iiii"))


def _numbered(letters: str, number: Callable[[datetime], int]) -> dict[str, Callable[[datetime], str]]:
    """A token alone, doubled with a leading zero, and with `o` as an ordinal."""
    return {
        letters: lambda date: str(number(date)),
        letters * 2: lambda date: f"{number(date):02}",
        f"{letters}o": lambda date: _ordinal(number(date)),
    }


def _milliseconds(date: datetime) -> int:
    return (date - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _day_of_year(date: datetime) -> int:
    return (date.replace(tzinfo=None) - start_of(date, "years").replace(tzinfo=None)).days + 1


_FORMATS: Final[Mapping[str, Callable[[datetime], str]]] = {
    **_numbered("M", lambda date: date.month),
    **_numbered("D", lambda date: date.day),
    **_numbered("w", _local_week),
    **_numbered("W", lambda date: date.isocalendar().week),
    "MMM": lambda date: MONTHS[date.month - 1][:3],
    "MMMM": lambda date: MONTHS[date.month - 1],
    "Q": lambda date: str((date.month + 2) // 3),
    "Qo": lambda date: _ordinal((date.month + 2) // 3),
    "DDD": lambda date: str(_day_of_year(date)),
    "DDDo": lambda date: _ordinal(_day_of_year(date)),
    "DDDD": lambda date: f"{_day_of_year(date):03}",
    "d": lambda date: str(date.isoweekday() % 7),
    "do": lambda date: _ordinal(date.isoweekday() % 7),
    "dd": lambda date: WEEKDAYS[date.weekday()][:2],
    "ddd": lambda date: WEEKDAYS[date.weekday()][:3],
    "dddd": lambda date: WEEKDAYS[date.weekday()],
    "e": lambda date: str(date.isoweekday() % 7),
    "E": lambda date: str(date.isoweekday()),
    "YY": lambda date: f"{date.year % 100:02}",
    "YYYY": lambda date: f"{date.year:04}",
    "YYYYY": lambda date: f"{date.year:05}",
    "YYYYYY": lambda date: f"+{date.year:06}",
    "y": lambda date: str(date.year),
    "yo": lambda date: _ordinal(date.year),
    **dict.fromkeys(("yy", "yyy", "yyyy"), lambda date: str(date.year)),
    **dict.fromkeys(("N", "NN", "NNN", "NNNNN"), lambda _: "AD"),
    "NNNN": lambda _: "Anno Domini",
    "gg": lambda date: f"{_local_year(date) % 100:02}",
    "gggg": lambda date: f"{_local_year(date):04}",
    "ggggg": lambda date: f"{_local_year(date):05}",
    "GG": lambda date: f"{date.isocalendar().year % 100:02}",
    "GGGG": lambda date: f"{date.isocalendar().year:04}",
    "GGGGG": lambda date: f"{date.isocalendar().year:05}",
    "A": lambda date: "AM" if date.hour < 12 else "PM",
    "a": lambda date: "am" if date.hour < 12 else "pm",
    "H": lambda date: str(date.hour),
    "HH": lambda date: f"{date.hour:02}",
    "h": lambda date: str(date.hour % 12 or 12),
    "hh": lambda date: f"{date.hour % 12 or 12:02}",
    "k": lambda date: str(date.hour or 24),
    "kk": lambda date: f"{date.hour or 24:02}",
    "Hmm": lambda date: f"{date.hour}{date:%M}",
    "Hmmss": lambda date: f"{date.hour}{date:%M%S}",
    "hmm": lambda date: f"{date.hour % 12 or 12}{date:%M}",
    "hmmss": lambda date: f"{date.hour % 12 or 12}{date:%M%S}",
    "m": lambda date: str(date.minute),
    "mm": lambda date: f"{date.minute:02}",
    "s": lambda date: str(date.second),
    "ss": lambda date: f"{date.second:02}",
    "x": lambda date: str(_milliseconds(date)),
    "X": lambda date: str(_milliseconds(date) // 1000),
    **dict.fromkeys(("z", "zz"), lambda date: date.tzname() or ""),
    "Z": lambda date: offset_text(date, ":"),
    "ZZ": lambda date: offset_text(date, ""),
}


# ------------------------------------------------------------------------------------------------ reading

_UP_TO_TWO = r"\d\d?"
_READ: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("YYYY", "Y", "YYYYY", "YYYYYY"), ("year", r"\d{1,4}")), "YY": ("year", _UP_TO_TWO),
    **dict.fromkeys(("M", "MM"), ("month", _UP_TO_TWO)),
    "Mo": ("month", r"\d{1,2}(?=th|st|nd|rd)"), "Q": ("quarter", r"\d"),
    **dict.fromkeys(("MMM", "MMMM"), ("month_name", "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTHS))),
    **dict.fromkeys(("D", "DD"), ("day", _UP_TO_TWO)), "Do": ("day", r"\d{1,2}(?=th|st|nd|rd)"),
    **dict.fromkeys(("DDD", "DDDD"), ("ordinal", r"\d{1,3}")),
    **dict.fromkeys(("ddd", "dddd"), ("weekday_name", "|".join(f"{w[:3]}(?:{w[3:]})?" for w in WEEKDAYS))),
    **dict.fromkeys(("H", "HH", "h", "hh", "k", "kk"), ("hour", _UP_TO_TWO)),
    **dict.fromkeys(("m", "mm"), ("minute", _UP_TO_TWO)), **dict.fromkeys(("s", "ss"), ("second", _UP_TO_TWO)),
    **{"S" * n: ("fraction", r"\d+" if n > 3 else rf"\d{{1,{n}}}") for n in range(1, 10)},
    **dict.fromkeys(("a", "A"), ("meridiem", r"[ap]\.?m?\.?")),
    **dict.fromkeys(("Z", "ZZ"), ("offset", r"Z|[+-]\d\d:?\d\d")),
    "X": ("seconds", r"[+-]?\d+(?:\.\d{1,3})?"), "x": ("milliseconds", r"[+-]?\d+"),
}  # fmt: skip


def from_format(text: str, template: str, zone: tzinfo, now: datetime) -> datetime | None:
    """`moment(text, template)`: each token is looked for from where the last one ended; what is between is passed over.

    What the template leaves out above its largest unit is of `now`. None where nothing fits or there is no such date.
    """
    parts: dict[str, str] = {}
    for token in _TOKEN.findall(_expanded(template)):
        unit, pattern = _READ.get(token, ("", re.escape(token.strip("[]") if len(token) > 1 else token)))
        if found := re.search(pattern, text, re.IGNORECASE):
            text = text[found.end() :]
            parts |= {unit: found.group()} if unit else {}
    try:
        return _assembled(parts, zone, now) if parts else None
    except (ValueError, OverflowError):
        return None


def _assembled(parts: Mapping[str, str], zone: tzinfo, now: datetime) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    if "milliseconds" in parts or "seconds" in parts:
        since = float(parts.get("milliseconds", 0)) + float(parts.get("seconds", 0)) * 1000
        return (epoch + timedelta(milliseconds=since)).astimezone(zone)
    offset = parts.get("offset", "").upper()
    place = (UTC if offset == "Z" else fixed(minutes(offset[:3], offset[-2:]))) if offset else zone
    today = now.astimezone(place)
    year, month, day = _date(parts, today)
    hour = int(parts.get("hour", 0))
    if afternoon := parts.get("meridiem", "").lower():
        hour = hour % 12 + 12 * afternoon.startswith("p") if hour <= 12 else hour
    fraction = int(float(f"0.{parts.get('fraction', 0)}") * 1000) * 1000
    clock = (hour, int(parts.get("minute", 0)), int(parts.get("second", 0)), fraction)
    moment = datetime(year, month, 1, *clock, place)
    shifted = moment.replace(tzinfo=None) + timedelta(days=day - 1)
    if "ordinal" not in parts and shifted.month != month:
        raise ValueError("no such day")
    return shifted.replace(tzinfo=place)


def _date(parts: Mapping[str, str], today: datetime) -> tuple[int, int, int]:
    year, month, day = today.year, today.month, today.day
    if "year" in parts:
        year, month, day = int(parts["year"]), 1, 1
        if len(parts["year"]) <= 2:
            year += 1900 if year > 68 else 2000
    if "quarter" in parts:
        month, day = int(parts["quarter"]) * 3 - 2, 1
    if "month" in parts:
        month, day = int(parts["month"]), 1
    elif "month_name" in parts:
        month, day = [name[:3].lower() for name in MONTHS].index(parts["month_name"][:3].lower()) + 1, 1
    if "ordinal" in parts:
        return year, 1, int(parts["ordinal"])
    return year, month, int(parts.get("day", day))
