"""XML."""

from __future__ import annotations

import pytest

from plugins.builtin.xml import xml
from plugins.errors import NodeError
from plugins.testing import NodeBench


async def test_there_and_back() -> None:
    given = {"order": {"id": "7", "line": ["a", "b"]}}
    written = (await NodeBench(xml).run({"mode": "jsonToxml", "dataPropertyName": "x"}, [given])).json()
    assert written[0]["x"].startswith("<?xml")
    assert (await NodeBench(xml).run({"dataPropertyName": "x"}, written)).json() == [given]


async def test_options_reach_the_reader() -> None:
    options = {"mergeAttrs": False, "attrkey": "@", "explicitRoot": False}
    result = await NodeBench(xml).run({"options": options}, [{"data": '<a b="1"><c/></a>'}])
    assert result.json() == [{"@": {"b": "1"}, "c": ""}]


@pytest.mark.parametrize(
    ("item", "message", "name"),
    [
        ({}, 'Item has no JSON property called "data"', "NodeOperationError"),
        ({"data": "<a>1"}, "Unclosed root tag\nLine: 0\nColumn: 4\nChar: ", "Error"),
        ({"data": "  "}, 'The XML in "data" has no element that could become an object', "NodeOperationError"),
    ],
)
async def test_what_cannot_be_read_stops_the_node(item: dict[str, str], message: str, name: str) -> None:
    with pytest.raises(NodeError) as refusal:
        await NodeBench(xml).run({}, [{"data": "<a/>"}, item])
    failure = refusal.value.failure
    assert (failure.message, failure.name, failure.item_index) == (message, name, 1)


async def test_an_item_that_fails_is_dropped_where_the_node_goes_on() -> None:
    items = [{"data": "<a>1</a>"}, {"data": "<a>"}, {"data": "<a>3</a>"}]
    assert (await NodeBench(xml).run({}, items, continue_on_fail=True)).json() == [{"a": "1"}, {"a": "3"}]
