"""JavaScript's conversions and comparisons, held to V8."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins import javascript
from plugins.values import UNDEFINED, JsDate, LuxonDateTime
from tests.plugins.v8 import answer

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(["", " ", "0", "1", "5", "1e3", "0x1F", " 7 ", "abc", "true", "Infinity", "-0", ".5", "5.", "1_0"]),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.builds(dict), st.builds(dict, a=st.just(1)))


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_as_javascript_writes_them(number: float) -> None:
    assert javascript.number_text(number) == answer("String(a)", number)


def test_numbers_of_all_sizes_are_written_as_javascript_writes_them() -> None:
    for exponent in range(-30, 31):
        for digits in (1, 1.5, 123456789):
            number = digits * 10.0**exponent
            assert javascript.number_text(number) == answer("String(a)", number)


@settings(deadline=None)
@given(VALUES)
def test_values_become_text_numbers_and_truth_as_in_javascript(value: Any) -> None:
    assert javascript.text(value) == answer("String(a)", value)
    assert javascript.truth(value) == answer("Boolean(a)", value)
    assert javascript.type_of(value) == answer("typeof a", value)
    assert javascript.number_text(javascript.number(value)) == answer("String(Number(a))", value)
    assert javascript.number_text(javascript.leading_number(value)) == answer("String(parseFloat(a))", value)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_values_compare_as_in_javascript(left: Any, right: Any) -> None:
    assert javascript.loosely_equal(left, right) == answer("a == b", left, right)
    assert javascript.less(left, right) == answer("a < b", left, right)
    assert javascript.at_most(left, right) == answer("a <= b", left, right)


@settings(deadline=None)
@given(SCALARS, SCALARS)
def test_scalars_are_identical_exactly_when_javascript_says_so(left: Any, right: Any) -> None:
    assert javascript.identical(left, right) == answer("a === b", left, right)


@settings(deadline=None)
@given(st.lists(st.one_of(SCALARS, st.text(alphabet="a\uffff\U0001f600", max_size=3)), max_size=6))
def test_the_default_order_is_that_of_utf_16(values: list[Any]) -> None:
    assert javascript.in_default_order(values) == [_exact(value) for value in answer("[...a].sort()", values)]


def test_undefined_is_neither_null_nor_a_number() -> None:
    assert javascript.text(UNDEFINED) == "undefined"
    assert javascript.type_of(UNDEFINED) == "undefined"
    assert math.isnan(javascript.number(UNDEFINED))
    assert javascript.loosely_equal(UNDEFINED, None)
    assert not javascript.identical(UNDEFINED, None)
    assert not javascript.at_most(UNDEFINED, 5)


def test_dates_are_objects_worth_their_milliseconds() -> None:
    date, moment = JsDate("1970-01-01T00:00:01.000Z"), LuxonDateTime("1970-01-01T01:00:01.000+01:00")
    assert javascript.type_of(date) == javascript.type_of(moment) == "object"
    assert javascript.number(date) == javascript.number(moment) == 1000
    assert javascript.text(date) == "Thu Jan 01 1970 00:00:01 GMT+0000 (Coordinated Universal Time)"
    assert javascript.text(moment) == "1970-01-01T01:00:01.000+01:00"
    assert javascript.less(date, 1001)


def _exact(value: Any) -> Any:
    """JSON spells large floats as integers of other digits."""
    return float(value) if type(value) is int and abs(value) > 2**53 else value
