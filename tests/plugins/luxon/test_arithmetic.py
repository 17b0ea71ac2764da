"""Sums and differences of dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.javascript import number_text
from plugins.luxon import zone
from plugins.luxon.arithmetic import UNITS, difference, iso_duration, minus, plus, start_of
from plugins.luxon.formatting import iso

NEW_YORK = zone("America/New_York")
DATE = datetime(2024, 3, 10, 15, 30, 45, 123_000, UTC)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)).map(
    lambda date: date.replace(microsecond=date.microsecond // 1000 * 1000, tzinfo=UTC).astimezone(NEW_YORK)
)


@pytest.mark.parametrize(
    ("duration", "moment"),
    [
        ({"months": -5}, "2023-10-10T15:30:45.123Z"),
        ({"quarters": 3}, "2024-12-10T15:30:45.123Z"),
        ({"days": 1.5}, "2024-03-12T03:30:45.123Z"),
        ({"weeks": 1, "hours": 1}, "2024-03-17T16:30:45.123Z"),
        ({"milliseconds": 2}, "2024-03-10T15:30:45.125Z"),
    ],
)
def test_durations_are_added(duration: dict[str, float], moment: str) -> None:
    assert iso(plus(DATE, duration)) == moment


def test_the_last_day_of_a_month_stays_in_the_month() -> None:
    assert iso(minus(datetime(2024, 2, 29, tzinfo=UTC), {"years": 5})) == "2019-02-28T00:00:00.000Z"


def test_days_keep_the_wall_clock_and_hours_do_not() -> None:
    before = datetime(2024, 3, 9, 12, tzinfo=NEW_YORK)
    assert iso(plus(before, {"days": 1})) == "2024-03-10T12:00:00.000-04:00"
    assert iso(plus(before, {"hours": 24})) == "2024-03-10T13:00:00.000-04:00"


def test_a_time_that_is_not_there_is_an_hour_later() -> None:
    assert iso(plus(datetime(2024, 3, 9, 2, 30, tzinfo=NEW_YORK), {"days": 1})) == "2024-03-10T03:30:00.000-04:00"


@pytest.mark.parametrize(
    ("unit", "moment"),
    [
        ("year", "2024-01-01T00:00:00.000Z"),
        ("quarter", "2024-01-01T00:00:00.000Z"),
        ("month", "2024-03-01T00:00:00.000Z"),
        ("week", "2024-03-04T00:00:00.000Z"),
        ("day", "2024-03-10T00:00:00.000Z"),
        ("hour", "2024-03-10T15:00:00.000Z"),
        ("minute", "2024-03-10T15:30:00.000Z"),
        ("second", "2024-03-10T15:30:45.000Z"),
        ("millisecond", "2024-03-10T15:30:45.123Z"),
    ],
)
def test_it_finds_the_start_of_a_unit(unit: str, moment: str) -> None:
    assert iso(start_of(DATE, unit)) == moment


def test_what_remains_is_a_fraction_of_the_smallest_unit() -> None:
    start = datetime(2023, 12, 25, 10, tzinfo=UTC)
    assert difference(DATE, start, ["month"]) == {"months": 2.490678928400383}
    assert difference(DATE, datetime(2024, 1, 1, tzinfo=UTC), ["day"]) == {"days": 69.64635559027778}
    assert difference(start, DATE, ["months", "days", "hours"]) == {
        "months": -2,
        "days": -14,
        "hours": -5.512534166666667,
    }


def test_durations_are_written_as_iso_8601() -> None:
    assert iso_duration({"days": 69.64635559027778}, number_text) == "P69.64635559027778D"
    assert iso_duration(
        {"years": 1, "quarters": 1, "weeks": 2, "hours": 3, "seconds": 4, "milliseconds": 5}, number_text
    ) == ("P1Y3M2WT3H4.005S")
    assert iso_duration({"days": 0}, number_text) == "PT0S"


@given(MOMENTS, MOMENTS, st.sampled_from(UNITS))
def test_a_difference_is_signed_by_which_comes_first(one: datetime, other: datetime, unit: str) -> None:
    there, back = difference(one, other, [unit]), difference(other, one, [unit])
    assert there == {name: -amount for name, amount in back.items()}


@given(MOMENTS, st.integers(-500, 500), st.sampled_from(("hours", "minutes", "seconds", "milliseconds")))
def test_clock_units_are_exact(date: datetime, amount: int, unit: str) -> None:
    later = plus(date, {unit: amount})
    assert later.astimezone(UTC) - date.astimezone(UTC) == timedelta(**{unit: amount})
    assert difference(later, date, [unit]) == {unit: amount}
