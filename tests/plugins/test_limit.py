"""The Limit node."""

from plugins.builtin.limit import limit
from plugins.testing import NodeBench

ITEMS = [{"n": 1}, {"n": 2}, {"n": 3}]


async def test_it_keeps_one_item_unless_told_otherwise() -> None:
    assert (await NodeBench(limit).run(items=ITEMS)).json() == [{"n": 1}]


async def test_it_keeps_the_last_items() -> None:
    result = await NodeBench(limit).run({"maxItems": 2, "keep": "lastItems"}, ITEMS)
    assert result.json() == [{"n": 2}, {"n": 3}]
    assert [item.paired.item for item in result.items()] == [1, 2]  # type: ignore[union-attr]


async def test_the_first_items_expression_decides() -> None:
    assert len((await NodeBench(limit).run({"maxItems": "={{ $json.n }}"}, [{"n": 2}, {}, {}])).items()) == 2
