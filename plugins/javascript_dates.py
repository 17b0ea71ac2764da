"""`Date.parse` as V8 does it, in a process whose zone is UTC: ISO first, then anything that looks like a date."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_ISO = re.compile(
    r"(?P<y>\d{4}|[+-]\d{6})(?:-(?P<m>\d\d)(?:-(?P<d>\d\d))?)?"
    r"(?:(?P<T>T)(?:(?P<H>\d\d):(?P<M>\d\d)(?::(?P<S>\d\d)(?:\.(?P<f>\d+))?)?"
    r"(?P<o>Z|[+-]\d\d:?\d\d)?$)?|$)",
    re.ASCII | re.IGNORECASE,
)
"""A date that is followed by a `T` must be ISO to the end."""
_TOKEN = re.compile(r"(?P<number>\d+)|(?P<word>[^\x00-@\s]+)|(?P<space>\s+)|(?P<symbol>.)", re.ASCII | re.DOTALL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip


class _NoDate(Exception):
    """The text is not a date."""


def parse(text: str) -> datetime | None:
    """The moment in UTC, or None where JavaScript has an invalid Date."""
    text = text.strip()
    try:
        found = _ISO.match(text)
        return _iso(found.groupdict()) if found else _Reader(_tokens(text)).read()
    except (_NoDate, ValueError, OverflowError):
        return None


def _iso(parts: dict[str, str | None]) -> datetime:
    if parts["T"] and not parts["H"]:
        raise _NoDate
    year, month, day = (int(parts[key] or 1) for key in "ymd")
    hour, minute, second = (int(parts[key] or 0) for key in "HMS")
    milliseconds = int((parts["f"] or "0").ljust(3, "0")[:3])
    at_midnight = hour == 24 and not (minute or second or milliseconds)
    if not 1 <= day <= 31:
        raise _NoDate
    moment = datetime(year, month, 1, 0 if at_midnight else hour, minute, second, milliseconds * 1000, UTC)
    return moment + timedelta(days=day - 1 + at_midnight) - _ahead(parts["o"])


def _ahead(offset: str | None) -> timedelta:
    if not offset or offset in "Zz":
        return timedelta()
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return -ahead if offset.startswith("-") else ahead


def _tokens(text: str) -> list[tuple[str, str]]:
    """Kinds and texts, what is in parentheses left out."""
    tokens: list[tuple[str, str]] = []
    depth = 0
    for found in _TOKEN.finditer(text):
        depth += found.group() == "("
        if not depth:
            tokens.append((found.lastgroup or "", found.group()))
        elif found.group() == ")":
            depth -= 1
    return [*tokens, ("end", "")]


@dataclass
class _Reader:
    """Reads the tokens of a date written in any order, as browsers always have."""

    tokens: list[tuple[str, str]]
    position: int = 0
    days: list[int] = field(default_factory=list)
    month: int | None = None
    clock: list[int] = field(default_factory=list)
    afternoon: int | None = None
    sign: int = 1
    offset_hour: int | None = None
    offset_minute: int | None = None
    seen_number: bool = False

    def read(self) -> datetime:
        kind, text = self._peek()
        if kind == "number" and len(text) == 4:
            self.position, self.seen_number = 1, True
            self.days.append(int(text))
            self._skip("-")
        while (token := self.tokens[self.position])[0] != "end":
            self.position += 1
            kind, text = token
            if kind == "number":
                self._number(int(text))
            elif kind == "word":
                self._word(text.lower())
            elif kind == "symbol":
                self._symbol(text)
        return self._moment()

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.position]

    def _skip(self, symbol: str) -> bool:
        skipped = self._peek() == ("symbol", symbol)
        self.position += skipped
        return skipped

    def _number(self, number: int) -> None:
        """A number is of the clock where a colon follows or the clock goes on, of the offset, or of the day."""
        self.seen_number = True
        if self._skip(":"):
            self._hour_or_minute(number)
        elif self._skip(".") and self._clock_wants(number):
            self.clock.append(number)
            self._fraction()
        elif self.offset_hour is not None and self.offset_minute is None and number < 60:
            self.offset_minute = number
        elif self._clock_wants(number):
            self._end_clock(number)
            kind, text = self._peek()
            if kind not in ("end", "space") and text not in ("Z", "z", "+", "-"):
                raise _NoDate
        elif len(self.days) == 3:
            raise _NoDate
        else:
            self.days.append(number)
            self._skip("-")

    def _hour_or_minute(self, number: int) -> None:
        if self._skip(":"):
            if self.clock:
                raise _NoDate
            self.clock += [number, 0]
            return
        if len(self.clock) == 4:
            raise _NoDate
        self.clock.append(number)
        self._skip(".")

    def _fraction(self) -> None:
        kind, digits = self._peek()
        if kind != "number":
            raise _NoDate
        self.position += 1
        self._end_clock(int(digits.ljust(3, "0")[:3]))

    def _clock_wants(self, number: int) -> bool:
        parts = len(self.clock)
        return (parts in (1, 2) and number < 60) or (parts == 3 and number < 1000)

    def _end_clock(self, number: int) -> None:
        self.clock = [*self.clock, number, 0, 0, 0][:4]

    def _word(self, word: str) -> None:
        if word in ("am", "pm") and self.clock:
            self.afternoon = 12 if word == "pm" else 0
        elif word[:3] in _MONTHS:
            self.month = _MONTHS.index(word[:3]) + 1
            self._skip("-")
        elif word in _ZONES and self.seen_number:
            self.sign, self.offset_hour, self.offset_minute = (-1 if _ZONES[word] < 0 else 1), abs(_ZONES[word]), 0
        elif self.seen_number or self._peek()[0] == "number":
            raise _NoDate

    def _symbol(self, symbol: str) -> None:
        if symbol in "+-" and (self.clock or (self.offset_hour == 0 and self.offset_minute == 0)):
            self._offset(-1 if symbol == "-" else 1)
        elif symbol in "+-)" and self.seen_number:
            raise _NoDate

    def _offset(self, sign: int) -> None:
        self.sign, self.seen_number = sign, True
        kind, digits = self._peek()
        digits = digits if kind == "number" else ""
        self.position += kind == "number"
        if self._peek() == ("symbol", ":"):
            self.offset_hour, self.offset_minute = int(digits or 0), None
        elif 1 <= len(digits) <= 2:
            self.offset_hour, self.offset_minute = int(digits), 0
        elif 3 <= len(digits) <= 4:
            self.offset_hour, self.offset_minute = divmod(int(digits), 100)
        else:
            raise _NoDate

    def _moment(self) -> datetime:
        if not self.days:
            raise _NoDate
        year, month, day = self._date()
        hour, minute, second, milliseconds = (*self.clock, 0, 0, 0, 0)[:4]
        if self.afternoon is not None:
            if hour > 12:
                raise _NoDate
            hour = hour % 12 + self.afternoon
        if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second or milliseconds)):
            raise _NoDate
        clock = timedelta(hours=hour, minutes=minute, seconds=second, milliseconds=milliseconds)
        ahead = self.sign * timedelta(hours=self.offset_hour or 0, minutes=self.offset_minute or 0)
        return datetime(year, month, 1, tzinfo=UTC) + timedelta(days=day - 1) + clock - ahead

    def _date(self) -> tuple[int, int, int]:
        first, second, third = (*self.days, 1, 1)[:3]
        if self.month is None:
            year, month, day = (third, first, second) if 1 <= first <= 31 else (first, second, third)
        else:
            year, month, day = (second, self.month, first) if 1 <= first <= 31 else (first, self.month, second)
        if not 1 <= day <= 31:
            raise _NoDate
        return year + (2000 if year < 50 else 1900 if year < 100 else 0), month, day
