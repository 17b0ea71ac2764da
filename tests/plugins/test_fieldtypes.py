"""n8n's field types, and what is made to fit them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugins import fieldtypes
from plugins.fieldtypes import Unfit
from plugins.values import UNDEFINED, JsDate, LuxonDateTime

FITS = [
    ("string", 5, "5"),
    ("string", 1.0, "1"),
    ("string", True, "true"),
    ("string", [1, 2], "[1,2]"),
    ("string", {"a": 1}, '{"a":1}'),
    ("string", JsDate("1970-01-01T00:00:00.000Z"), '"1970-01-01T00:00:00.000Z"'),
    ("string", LuxonDateTime("1970-01-01T00:00:00.000Z"), "1970-01-01T00:00:00.000Z"),
    ("number", " 7 ", 7),
    ("number", "1e3", 1000),
    ("number", "", 0),
    ("number", True, 1),
    ("number", [5], 5),
    ("boolean", "TRUE", True),
    ("boolean", "0", False),
    ("boolean", 1, True),
    ("boolean", [], False),
    ("array", "[1,2]", [1, 2]),
    ("array", "['a']", ["a"]),
    ("object", '{"a":1}', {"a": 1}),
    ("object", "null", None),
]
UNFIT = [
    ("number", "abc"),
    ("number", {}),
    ("number", math.nan),
    ("boolean", "yes"),
    ("boolean", 2),
    ("boolean", ""),
    ("array", "a,b"),
    ("array", {"a": 1}),
    ("array", 5),
    ("object", "abc"),
    ("object", [1]),
    ("object", 5),
    ("dateTime", "soon"),
]


@pytest.mark.parametrize(("kind", "value", "wanted"), FITS)
def test_it_is_made_to_fit(kind: str, value: Any, wanted: Any) -> None:
    made = fieldtypes.convert(value, kind)
    assert made == wanted
    assert type(made) is type(wanted)


@pytest.mark.parametrize(("kind", "value"), UNFIT)
def test_it_does_not_fit(kind: str, value: Any) -> None:
    with pytest.raises(Unfit):
        fieldtypes.convert(value, kind)


@pytest.mark.parametrize("kind", [*fieldtypes.CONVERSIONS, "anything"])
@pytest.mark.parametrize("value", [None, UNDEFINED])
def test_nothing_fits_every_type(kind: str, value: Any) -> None:
    assert fieldtypes.convert(value, kind) is value


def test_a_date_without_an_offset_is_of_the_zone_given() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert fieldtypes.to_date("2024-07-01", paris) == datetime(2024, 6, 30, 22, tzinfo=UTC)
    assert fieldtypes.to_date("2024-07-01T00:00:00Z", paris) == datetime(2024, 7, 1, tzinfo=UTC)
    assert fieldtypes.to_date("July 1, 2024", paris) == datetime(2024, 7, 1, tzinfo=UTC)
