"""JSON text, held to V8."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins import jsontext
from plugins.values import UNDEFINED, JsDate
from tests.plugins.v8 import answer

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(alphabet="abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(VALUES)
def test_values_are_written_as_javascript_writes_them(value: Any) -> None:
    plain = _finite(value)
    assert jsontext.stringify(plain) == answer("JSON.stringify(a)", plain)
    assert jsontext.stringify(plain, 2) == answer("JSON.stringify(a, null, 2)", plain)


def test_what_json_cannot_carry_is_written_as_javascript_writes_it() -> None:
    assert jsontext.stringify(
        {"a": UNDEFINED, "b": [UNDEFINED, math.nan], "c": JsDate("1970-01-01T00:00:00.000Z")}
    ) == ('{"b":[null,null],"c":"1970-01-01T00:00:00.000Z"}')
    assert jsontext.stringify(UNDEFINED) == "undefined"


@pytest.mark.parametrize("text", ["{a:1}", "'a'", "[1,]", "NaN", "", "01", "undefined"])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        jsontext.parse(text)


def test_numbers_beyond_precision_are_floats() -> None:
    assert jsontext.parse("123456789012345678901234567890") == 1.2345678901234568e29


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    return {key: _finite(inner) for key, inner in value.items()} if isinstance(value, dict) else value
