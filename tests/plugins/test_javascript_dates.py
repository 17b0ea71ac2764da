"""`Date.parse`, held to V8."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins import javascript_dates
from tests.plugins.v8 import answer

FORMS = (
    """
2024|2024-02|2024-01-15|2024-1-15|2024/03/10|3/10/2024|25/12/2023|12-25-2023|31.12.2023|20240310|1710084645|5|12|13|45|55
March 10, 2024|10 Mar 2024 15:30|Mar 2024|2024 Mar 5|1 Jan|Dec 25, 1995|septem 5|1sep2024|2024-Sep-01|March|Tuesday
Sun, 10 Mar 2024 15:30:45 GMT|Sun Mar 10 2024 15:30:45 GMT+0100 (CET)|Mon, 25 Dec 1995 13:30:00 +0430
2024-03-10T15:30|2024-03-10T15:30:45.123Z|2024-03-10T15:30:45+02:00|2024-03-10T15:30:45-0530|2024-03-10T15:30:45+02
2024-03-10T24:00:00|2024-03-10T1:30|2024-03-10T|2024-03-10 T15:30|2024-03-10t15:30:00Z|2024-03-10T15:30:45 GMT
2024-03-10 15:30:45|2024-03-10 15:30:45.5|2024-03-10 15:30 +0530|2024-03-10 15:30+02|2024-03-10 15:30:45 EST|2024-03-10Z
10 Mar 2024 3:30 PM|3:30PM 1/1/2020|12:00 am 1/1/2020|1/1/2020 12:00am|1/1/2020 0:00 am|10 Mar 2024 13:30 PM
2024-02-31|2024-13-01|1/32/2020|0/1/2020|32/1/1|1/1/49|1/1/50|1/1/100|1/2|1/2/3/4|1/1/2020 24:00|1/1/2020 23:59:60
abc|item 1|item1|abc-1|test 12 34|[1,5]|1,5|1*5|5 %|$5|5%|v1|v 1|1 v|room-12|order #12|12 Main St|a:1|hello 2024
+1|1 -1|1--1|-5|0|5.5|1e3|1.5.2024|10:30|T10:00|(comment) 5|2024-03-10 (a (nested) one)|true|null
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("text", [*FORMS, "", "  ", " 2024-01-15 "])
def test_text_is_read_as_v8_reads_it(text: str) -> None:
    assert _milliseconds(text) == answer("Number.isNaN(Date.parse(a)) ? null : Date.parse(a)", text)


@settings(deadline=None)
@given(st.text(alphabet="0123456789:/-. TZap+Mar", max_size=14))
def test_whatever_looks_like_a_date_is_read_as_v8_reads_it(text: str) -> None:
    wanted = answer("Number.isNaN(Date.parse(a)) ? null : Date.parse(a)", text)
    if wanted is None or -62135596800000 <= wanted < 253402300800000:
        assert _milliseconds(text) == wanted


def _milliseconds(text: str) -> int | None:
    moment = javascript_dates.parse(text)
    return None if moment is None else (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
