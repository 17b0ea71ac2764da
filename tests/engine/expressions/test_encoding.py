"""A request's text is the same however it was cut, and a large one lets others have their turn."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions import encoding
from plugins.items import Item

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=40,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=3), values, max_size=4))
def test_the_text_is_what_it_would_be_in_one_piece(request: dict[str, Any]) -> None:
    whole = msgspec.json.encode(request)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(encoding, "_SLICE", 2)
        pieces = asyncio.run(encoding.encode(request))
    assert b"".join(pieces) == whole


async def test_items_are_written_as_n8n_items_in_slices() -> None:
    items = [Item({"n": n}, n) for n in range(2001)]
    pieces = await encoding.encode({"world": {"inputs": [items, None]}})
    assert len(pieces) > 2
    assert msgspec.json.decode(b"".join(pieces))["world"]["inputs"][0][2000] == {
        "json": {"n": 2000},
        "pairedItem": 2000,
    }


async def test_a_large_request_lets_others_have_their_turn() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    watching = asyncio.create_task(other())
    await encoding.encode({"inputs": [[Item({"text": "x" * 1000}) for _ in range(5000)]]})
    watching.cancel()
    assert turns > 3


@pytest.mark.parametrize("value", [object(), "\ud83d", {1j: 1}])
async def test_what_has_no_json_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        await encoding.encode({"a": value})
