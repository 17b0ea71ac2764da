"""Dates in the standard forms, and in forms of the author's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plugins.luxon import zone
from plugins.luxon.formatting import iso
from plugins.luxon.parsing import parse
from plugins.luxon.reading import from_format

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29", "2024-02-29T00:00:00.000Z"),
        ("202403", "2024-03-01T00:00:00.000Z"),
        ("20240310T1530", "2024-03-10T15:30:00.000Z"),
        ("2024-W10-2", "2024-03-05T00:00:00.000Z"),
        ("2024-070", "2024-03-10T00:00:00.000Z"),
        ("2024-03-10T15:30:45.123456789", "2024-03-10T15:30:45.123Z"),
        ("2024-03-10T15:30-00:30", "2024-03-10T15:30:00.000-00:30"),
        ("2024-03-10T24:00:00", "2024-03-11T00:00:00.000Z"),
        ("2024-03-10T10:00[Europe/Paris]", "2024-03-10T10:00:00.000+01:00"),
        ("10:30", "2024-06-01T10:30:00.000Z"),
        ("Sun, 10 Mar 2024 15:30:45 GMT", "2024-03-10T15:30:45.000Z"),
        ("Sunday, 10-Mar-24 15:30:45 GMT", "2024-03-10T15:30:45.000Z"),
        ("10 Mar 2024 15:30 EST", "2024-03-10T15:30:00.000-05:00"),
        ("2024-03-10 15:30:45.5 +02:00", "2024-03-10T15:30:45.500+02:00"),
        ("2024-03-10 15:30:45 America/New_York", "2024-03-10T15:30:45.000-04:00"),
    ],
)
def test_it_reads_what_luxon_reads(text: str, moment: str) -> None:
    found = parse(text, UTC, NOW)
    assert found is not None
    assert iso(found) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "2024-02-30",
        "2023-366",
        "2024-W60",
        "2024-03-10T24:00:01",
        "2024-3-1",
        "T10:30",
        "1710084645",
        "Mon, 10 Mar 2024 15:30:45 GMT",
        "25/12/2023",
        "2024-03-10T10:00[Nowhere/Land]",
    ],
)
def test_it_refuses_what_luxon_refuses(text: str) -> None:
    assert parse(text, UTC, NOW) is None


@pytest.mark.parametrize(
    ("text", "template", "moment"),
    [
        ("31.12.2023", "dd.MM.yyyy", "2023-12-31T00:00:00.000Z"),
        ("10 Mar 2024 15:30", "d MMM yyyy HH:mm", "2024-03-10T15:30:00.000Z"),
        ("2024-03-10T15:30:45+05:30", "yyyy-MM-dd'T'HH:mm:ssZZ", "2024-03-10T15:30:45.000+05:30"),
        ("2024-03-10 12:00 am", "yyyy-MM-dd hh:mm a", "2024-03-10T00:00:00.000Z"),
        ("Sunday March 10 2024", "EEEE MMMM d yyyy", "2024-03-10T00:00:00.000Z"),
        ("15/07/61", "dd/MM/yy", "1961-07-15T00:00:00.000Z"),
        ("2024 070", "yyyy ooo", "2024-03-10T00:00:00.000Z"),
        ("2024-W10", "kkkk-'W'WW", "2024-03-04T00:00:00.000Z"),
        ("Mar 10, 2024, 3:30 PM", "ff", "2024-03-10T15:30:00.000Z"),
        ("2024-03-10 10:00 America/New_York", "yyyy-MM-dd HH:mm z", "2024-03-10T10:00:00.000-04:00"),
        ("15:30", "HH:mm", "2024-06-01T15:30:00.000Z"),
        ("5/3", "d/M", "2024-03-05T00:00:00.000Z"),
    ],
)
def test_it_reads_by_tokens(text: str, template: str, moment: str) -> None:
    found = from_format(text, template, UTC, NOW)
    assert found is not None
    assert iso(found) == moment


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("2024-13-01", "yyyy-MM-dd"),
        ("2024-3-1", "yyyy-MM-dd"),
        ("Monday March 10 2024", "EEEE MMMM d yyyy"),
        ("x", "yyyy"),
    ],
)
def test_other_forms_are_refused(text: str, template: str) -> None:
    assert from_format(text, template, UTC, NOW) is None


@pytest.mark.parametrize(
    ("name", "known"), [("UTC", True), ("Asia/Tokyo", True), ("utc+5:30", True), ("Mars/Base", False), ("", False)]
)
def test_zones_are_known_by_name(name: str, known: bool) -> None:
    assert (zone(name) is not None) == known
