"""moment's tokens and its lenient reading."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins import moment
from plugins.luxon import zone
from plugins.luxon.formatting import iso

DATE = datetime(2024, 3, 10, 15, 30, 45, 123_000, UTC)
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("MM/DD/YYYY", "03/10/2024"),
        ("YYYY-MM-DD[T]HH:mm:ss.SSSZ", "2024-03-10T15:30:45.123+00:00"),
        ("dddd, MMMM Do YYYY, h:mm:ss a", "Sunday, March 10th 2024, 3:30:45 pm"),
        ("ddd dd d e E do", "Sun Su 0 0 7 0th"),
        ("DDD DDDD DDDo Q Qo Mo", "70 070 70th 1 1st 3rd"),
        ("w ww W WW gggg GGGG", "11 11 10 10 2024 2024"),
        ("X x SS SSSSSS", "1710084645 1710084645123 12 123000"),
        ("L | LL | LT | llll", "03/10/2024 | March 10, 2024 | 3:30 PM | Sun, Mar 10, 2024 3:30 PM"),
        ("H HH h hh k kk A YY ZZ z", "15 15 3 03 15 15 PM 24 +0000 UTC"),
        ("[Y] Hmm", "Y 1530"),
    ],
)
def test_tokens_are_written_as_moment_writes_them(template: str, written: str) -> None:
    assert moment.format(DATE, template) == written


@pytest.mark.parametrize(
    ("text", "template", "read"),
    [
        ("31.12.2023", "DD.MM.YYYY", "2023-12-31T00:00:00.000Z"),
        ("March 5th, 2024 3:07 pm", "MMMM Do, YYYY h:mm a", "2024-03-05T15:07:00.000Z"),
        ("1710084645", "X", "2024-03-10T15:30:45.000Z"),
        ("2024-03-10 10:00 +05:30", "YYYY-MM-DD HH:mm Z", "2024-03-10T10:00:00.000+05:30"),
        ("10/3", "D/M", "2024-03-10T00:00:00.000Z"),
        ("5/7/69", "D/M/YY", "1969-07-05T00:00:00.000Z"),
        ("2024 70", "YYYY DDD", "2024-03-10T00:00:00.000Z"),
        ("date: 2024-03-10!", "YYYY-MM-DD", "2024-03-10T00:00:00.000Z"),
    ],
)
def test_it_reads_by_tokens_wherever_they_are(text: str, template: str, read: str) -> None:
    found = moment.from_format(text, template, UTC, NOW)
    assert found is not None
    assert iso(found) == read


@pytest.mark.parametrize(
    ("text", "template"), [("31.02.2024", "DD.MM.YYYY"), ("nope", "YYYY"), ("2024-13-01", "YYYY-MM-DD")]
)
def test_there_is_no_such_date(text: str, template: str) -> None:
    assert moment.from_format(text, template, UTC, NOW) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2024-03-10 15:30:45", "2024-03-10T15:30:45.000-04:00"),
        ("2024-03-10T15:30:45Z", "2024-03-10T15:30:45.000Z"),
        ("March 10, 2024", "2024-03-10T00:00:00.000Z"),
        ("Sun, 10 Mar 2024 15:30:45 GMT", "2024-03-10T15:30:45.000Z"),
    ],
)
def test_text_without_an_offset_is_of_the_zone_given(text: str, read: str) -> None:
    found = moment.parse(text, zone("America/New_York") or UTC)
    assert found is not None
    assert iso(found) == read
