"""JSON that comes in is strict, and what passes is what Python says it is."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wire import AT_ONCE_BYTES, InvalidJson, parse, read_json

DEPTH = 64


def values(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


JSON = values(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text())


@given(JSON, st.booleans())
def test_json_is_read_as_it_was_written(value: object, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode(), max_depth=DEPTH) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_invalid(body: bytes) -> None:
    with contextlib.suppress(InvalidJson):
        parse(body, max_depth=DEPTH)


REFUSED = {
    "duplicate keys": b'{"query": "a", "query": "b"}',
    "duplicate keys inside": b'{"variables": {"a": [{"b": 1, "b": 1}]}}',
    "NaN": b'{"a": NaN}',
    "Infinity": b"[-Infinity]",
    "out of range": b"[1e999]",
    "half a surrogate pair": b'"\\ud800"',
    "half a surrogate pair as key": b'{"\\udfff": 1}',
    "bad UTF-8": b'"\xff\xfe"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "byte order mark": b"\xef\xbb\xbf{}",
    "raw NUL": b'"\x00"',
    "huge integer": b"1" * 5_000,
    "integer of 301 digits": b"1" * 301,
    "trailing comma": b"[1,]",
    "two values": b"{} {}",
    "nothing": b"",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep and unclosed": b'{"a":' * 100_000,
    "65 levels": b"[" * 65 + b"]" * 65,
    "65 mixed levels": b'[{"a":' * 33 + b"1" + b"}]" * 33,
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_not_accepted_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        await read_json(body, max_depth=DEPTH)


@pytest.mark.parametrize(
    "body",
    [b"[" * 64 + b"]" * 64, b'["[[[[[[" , "' + b"{" * 100 + b'"]', b"1" * 300, b'"\\ud83d\\ude00"', b"[{},[],{}]" * 1],
)
async def test_what_only_looks_dangerous_passes(body: bytes) -> None:
    assert await read_json(body, max_depth=DEPTH) == json.loads(body)


async def test_a_long_text_is_read_elsewhere_by_the_same_rules() -> None:
    text = json.dumps(["x" * 1_000] * (AT_ONCE_BYTES // 500))
    assert await read_json(text.encode(), max_depth=DEPTH) == json.loads(text)
    with pytest.raises(InvalidJson, match="twice"):
        await read_json(f'{{"a": 1, "a": {text}}}'.encode(), max_depth=DEPTH)
