"""Date & Time, both versions."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.builtin.date_time import date_time
from plugins.builtin.date_time_before import first_date_time
from plugins.errors import NodeError
from plugins.testing import NodeBench
from plugins.values import UNDEFINED, JsDate, LuxonDateTime

FULL = "yyyy-MM-dd'T'HH:mm:ss.SSSZZ"


async def made(each: dict[str, Any], *, version: float = 2, **options: Any) -> list[dict[str, Any]]:
    bench = NodeBench((*date_time, *first_date_time), version=version)
    return (await bench.run(items=[{"k": 1}], each=[each], **options)).json()


def formatting(date: Any, **more: Any) -> dict[str, Any]:
    return {"operation": "formatDate", "date": date, "format": "custom", "customFormat": FULL, **more}


@pytest.mark.parametrize(
    ("date", "written"),
    [
        (1710084645123, "2024-03-10T15:30:45.123+00:00"),
        ("1710084645", "2024-03-10T15:30:45.000+00:00"),
        (1682918315.906, "2023-05-01T05:18:35.906+00:00"),
        ("20240310", "1970-08-23T06:18:30.000+00:00"),
        ("", "1970-01-01T00:00:00.000+00:00"),
        (JsDate("2024-03-10T15:30:45.123Z"), "2024-03-10T15:30:45.123+00:00"),
        (LuxonDateTime("2024-03-10T15:30:45.123+09:00"), "2024-03-10T15:30:45.123+09:00"),
        ("2024-03-10 15:30:45", "2024-03-10T15:30:45.000+00:00"),
        ("2024-03-10T15:30:45+05:30", "2024-03-10T15:00:45.000+05:00"),
        ("2024-W10-2", "2024-03-05T00:00:00.000+00:00"),
        ("March 10, 2024", "2024-03-10T00:00:00.000+00:00"),
        ("Sun, 10 Mar 2024 15:30:45 GMT", "2024-03-10T15:30:45.000+00:00"),
    ],
)
async def test_dates_are_read_in_many_forms(date: Any, written: str) -> None:
    assert await made(formatting(date)) == [{"formattedDate": written}]


@pytest.mark.parametrize("date", [None, UNDEFINED])
async def test_no_date_formats_as_none(date: Any) -> None:
    assert await made(formatting(date)) == [{"formattedDate": None}]


@pytest.mark.parametrize("date", ["25/12/2023", "soon"])
async def test_other_text_is_refused_or_becomes_an_error_item(date: str) -> None:
    with pytest.raises(NodeError, match=r"^Invalid date format$"):
        await made(formatting(date))
    assert await made(formatting(date), continue_on_fail=True) == [{"error": "Invalid date format"}]


async def test_a_form_says_how_to_read_and_the_zone_how_to_write() -> None:
    read = formatting("25/12/2023", options={"fromFormat": "dd/MM/yyyy", "includeInputFields": True})
    assert await made(read) == [{"k": 1, "formattedDate": "2023-12-25T00:00:00.000+00:00"}]
    local = formatting("2024-03-10T15:30:45Z", options={"timezone": True})
    assert await made(local, timezone="America/New_York") == [{"formattedDate": "2024-03-10T11:30:45.000-04:00"}]


@pytest.mark.parametrize(
    ("parameters", "result"),
    [
        ({"operation": "getCurrentDate"}, {"currentDate": "2024-06-01T14:00:00.000+02:00"}),
        ({"operation": "getCurrentDate", "includeTime": False}, {"currentDate": "2024-06-01T00:00:00.000+02:00"}),
        ({"operation": "getCurrentDate", "options": {"timezone": "UTC"}}, {"currentDate": "2024-06-01T12:00:00.000Z"}),
        (
            {"operation": "addToDate", "magnitude": "2024-03-30T12:00:00Z", "duration": 1, "outputFieldName": "then"},
            {"then": "2024-03-31T13:00:00.000+02:00"},
        ),
        (
            {"operation": "subtractFromDate", "magnitude": "2024-03-31T12:00:00Z", "duration": 1, "timeUnit": "months"},
            {"newDate": "2024-02-29T14:00:00.000+01:00"},
        ),
        (
            {"operation": "roundDate", "date": "2024-03-10T15:30:45Z", "toNearest": "hour"},
            {"roundedDate": "2024-03-10T16:00:00.000+01:00"},
        ),
        (
            {"operation": "roundDate", "date": "2024-03-10T15:30:45Z", "mode": "roundUp"},
            {"roundedDate": "2024-04-01T00:00:00.000+02:00"},
        ),
        ({"operation": "extractDate", "date": "2024-03-10T23:30:00Z", "part": "day"}, {"datePart": 11}),
        ({"operation": "extractDate", "date": "2024-03-10T15:30:45Z", "part": "week"}, {"datePart": 10}),
        (
            {
                "operation": "getTimeBetweenDates",
                "startDate": "2024-01-01",
                "endDate": "2024-03-01",
                "units": ["month", "hour"],
            },
            {"timeDifference": {"months": 2, "hours": 0}},
        ),
        (
            {
                "operation": "getTimeBetweenDates",
                "startDate": "2024-01-01",
                "endDate": "2024-01-03",
                "options": {"isoString": True},
            },
            {"timeDifference": "P2D"},
        ),
    ],
)
async def test_operations_are_of_the_workflows_zone(parameters: dict[str, Any], result: dict[str, Any]) -> None:
    assert await made(parameters, timezone="Europe/Paris") == [result]


async def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(NodeError, match="Invalid unit fortnights"):
        await made({"operation": "addToDate", "magnitude": 0, "timeUnit": "fortnights"})


@pytest.mark.parametrize(
    ("parameters", "data"),
    [
        ({"value": "2024-03-10T15:30:45.123Z"}, "03/10/2024"),
        ({"value": "1682918315.906", "toFormat": "YYYY-MM-DD HH:mm"}, "2023-05-01 05:18"),
        ({"value": "31.12.2023", "toFormat": "YYYY-MM-DD", "options": {"fromFormat": "DD.MM.YYYY"}}, "2023-12-31"),
        (
            {"value": "2024-03-10T15:30:45Z", "toFormat": "HH:mm z", "options": {"toTimezone": "Asia/Tokyo"}},
            "00:30 JST",
        ),
        (
            {
                "value": "2024-03-10T15:30:45",
                "toFormat": "HH:mm",
                "options": {"fromTimezone": "America/New_York", "toTimezone": "UTC"},
            },
            "19:30",
        ),
        (
            {"value": "2024-02-29", "action": "calculate", "duration": 3, "timeUnit": "quarters"},
            "2024-11-29T00:00:00.000Z",
        ),
        (
            {"value": "2024-02-29", "action": "calculate", "operation": "subtract", "duration": 1},
            "2024-02-28T00:00:00.000Z",
        ),
    ],
)
async def test_the_first_version_speaks_moment(parameters: dict[str, Any], data: str) -> None:
    assert await made(parameters, version=1) == [{"k": 1, "data": data}]


async def test_the_first_version_drops_items_without_a_date_and_refuses_others() -> None:
    assert await made({"value": UNDEFINED}, version=1) == []
    with pytest.raises(NodeError, match='Please set the "From Format" field'):
        await made({"value": "nope"}, version=1)
    with pytest.raises(NodeError, match="Unrecognized date input"):
        await made({"value": "nope", "action": "calculate"}, version=1)
