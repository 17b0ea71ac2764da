"""luxon's format tokens."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins.luxon import zone
from plugins.luxon.formatting import iso, to_format

DATE = datetime(2024, 3, 10, 15, 30, 45, 123_000, UTC)


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "2024-03-10T15:30:45.123+00:00"),
        ("EEEE, d MMMM yyyy h:mm a", "Sunday, 10 March 2024 3:30 PM"),
        ("ccc LLL L LL MMMMM yy", "Sun Mar 3 03 M 24"),
        ("yyyy 'week' WW", "2024 week 10"),
        ("kkkk-'W'WW-E o ooo q", "2024-W10-7 70 070 1"),
        ("X x u uu uuu S", "1710084645 1710084645123 123 12 1 123"),
        ("ZZ ZZZ ZZZZ z", "+00:00 +0000 UTC UTC"),
        ("D | DD | DDD | DDDD", "3/10/2024 | Mar 10, 2024 | March 10, 2024 | Sunday, March 10, 2024"),
        ("t | tt | T | TT | ttt", "3:30 PM | 3:30:45 PM | 15:30 | 15:30:45 | 3:30:45 PM UTC"),
        ("f | ff | fff", "3/10/2024, 3:30 PM | Mar 10, 2024, 3:30 PM | March 10, 2024 at 3:30 PM UTC"),
        ("FF", "Mar 10, 2024, 3:30:45 PM"),
        ("DATE_SHORT", "3/10/2024A15:307_12315OR15:30"),
        ("''yyyy''", "'2024'"),
        ("G GG", "AD Anno Domini"),
        ("", ""),
    ],
)
def test_tokens_are_written_as_luxon_writes_them(template: str, written: str) -> None:
    assert to_format(DATE, template) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("America/New_York", "-4 -04:00 -0400 EDT Eastern Daylight Time America/New_York"),
        ("Asia/Kolkata", "+5:30 +05:30 +0530 GMT+5:30 India Standard Time Asia/Kolkata"),
        ("Etc/GMT-5", "+5 +05:00 +0500 GMT+5 GMT+05:00 Etc/GMT-5"),
        ("UTC+3", "+3 +03:00 +0300 UTC+3 UTC+3 UTC+3"),
    ],
)
def test_zones_are_named_as_luxon_names_them(name: str, written: str) -> None:
    assert to_format(DATE.astimezone(zone(name)), "Z ZZ ZZZ ZZZZ ZZZZZ z") == written


def test_weeks_begin_on_sunday_where_the_locale_says_so() -> None:
    assert to_format(datetime(2024, 12, 29, tzinfo=UTC), "nn iiii WW kkkk") == "01 2025 52 2024"


def test_only_utc_itself_ends_in_z() -> None:
    assert iso(DATE) == "2024-03-10T15:30:45.123Z"
    assert iso(DATE.astimezone(zone("Europe/London"))) == "2024-03-10T15:30:45.123+00:00"
    assert iso(DATE.astimezone(zone("America/New_York"))) == "2024-03-10T11:30:45.123-04:00"
