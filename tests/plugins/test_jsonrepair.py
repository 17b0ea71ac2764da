"""Nearly JSON is read as what it was meant to be."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins import jsonrepair

MENDED = [
    ("{ a: 1, 'b': 'x', }", {"a": 1, "b": "x"}),
    ('{"a":[1,2,],}', {"a": [1, 2]}),
    ('{"a":1 "b":2}', {"a": 1, "b": 2}),
    ('{"a":[1,2', {"a": [1, 2]}),
    ('{"a":"abc', {"a": "abc"}),
    ('{"a":1}}', {"a": 1}),
    ('{"a":undefined, "b": None, "c": True}', {"a": None, "b": None, "c": True}),
    ("{a: hello world, b: 2}", {"a": "hello world", "b": 2}),
    ('{"u": https://x.y/z, "b":1}', {"u": "https://x.y/z", "b": 1}),
    ('// note\n{"a":1 /* one */}', {"a": 1}),
    ('```json\n{"a":1}\n```', {"a": 1}),
    ('{"a":"b" + "c"}', {"a": "bc"}),
    ('{"a":[1,2,...]}', {"a": [1, 2]}),
    ('callback({"a":1});', {"a": 1}),
    ('{"n":NumberLong("2")}', {"n": "2"}),
    ('{\\"a\\":\\"b\\"}', {"a": "b"}),
    ("{“a”:“b”}", {"a": "b"}),
    ("{'a':'don't'}", {"a": "don't"}),
    ('{"a":1}\n{"a":2}', [{"a": 1}, {"a": 2}]),
    ('{"a": }', {"a": None}),
    ("abc", "abc"),
]


@pytest.mark.parametrize(("text", "value"), MENDED)
def test_it_is_mended(text: str, value: Any) -> None:
    assert jsonrepair.parse(text) == value


@pytest.mark.parametrize("text", ["}{ nope", "", ":", "]", "[" * 500])
def test_what_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"unexpected|nested"):
        jsonrepair.parse(text)


LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_stays_what_it_is(value: Any) -> None:
    assert jsonrepair.parse(json.dumps(value)) == value


@given(st.text(alphabet="{}[]:,\"'a1 \\\n/*+.tu", max_size=20))
def test_nothing_but_a_refusal_comes_of_noise(text: str) -> None:
    with suppress(ValueError):
        jsonrepair.parse(text)
