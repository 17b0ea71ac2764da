"""From what a node answers to its outputs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from plugins import Context, Item, Link, NodeError, Suspend, node
from plugins.node import NodeType
from plugins.running import arrive
from plugins.testing import NodeBench

THREE = [{"n": 1}, {"n": 2}, {"n": 3}]


def answering(answer: Any, **settings: Any) -> tuple[NodeType, ...]:
    @node("acme.answer", **settings)
    async def run(_ctx: Context[object], _items: Sequence[Item]) -> Any:
        """Answers what it was made to."""
        return answer

    return run


def for_each(become: Callable[[Item, int], Any], **settings: Any) -> tuple[NodeType, ...]:
    @node("acme.each", each=True, **settings)
    def run(_ctx: Context[object], item: Item, position: int) -> Any:
        """Makes of each item what it was told to."""
        return become(item, position)

    return run


@pytest.mark.parametrize(
    ("answer", "outputs"),
    [
        ([Item({"a": 1})], [[Item({"a": 1})]]),
        (Item({"a": 1}), [[Item({"a": 1})]]),
        ([[Item({"a": 1})], []], [[Item({"a": 1})], []]),
        ([None, [Item({"a": 1})]], [None, [Item({"a": 1})]]),
        ([], [[]]),
        (None, []),
    ],
)
async def test_every_shape_of_answer_becomes_one_list_an_output(answer: Any, outputs: Any) -> None:
    assert (await NodeBench(answering(answer)).run()).outputs == outputs


async def test_an_outcome_is_passed_on() -> None:
    result = await NodeBench(answering(Suspend([[]], until_us=1))).run()
    assert result.outcome == Suspend([[]], until_us=1)
    assert result.outputs == []


async def test_a_generator_streams_to_output_0() -> None:
    @node("acme.stream")
    async def stream(_ctx: Context[object], items: Sequence[Item]) -> AsyncIterator[Item]:
        """Doubles."""
        for item in items:
            yield item.derive(double=item.json["n"] * 2)

    result = await NodeBench(stream).run(items=THREE)
    assert result.json() == [{"n": 1, "double": 2}, {"n": 2, "double": 4}, {"n": 3, "double": 6}]
    assert [item.paired for item in result.items()] == [Link(0), Link(1), Link(2)]


async def test_an_item_at_a_time_keeps_its_lineage() -> None:
    result = await NodeBench(for_each(lambda item, _: Item({"of": item.json["n"]}))).run(items=THREE)
    assert result.items() == [Item({"of": 1}, Link(0)), Item({"of": 2}, Link(1)), Item({"of": 3}, Link(2))]


async def test_one_item_may_become_none_many_or_go_to_another_output() -> None:
    def become(item: Item, position: int) -> Any:
        return [None, [item, item], [[], [item]]][position]

    result = await NodeBench(for_each(become, outputs=("yes", "no"))).run(items=THREE)
    assert (result.json(0), result.json(1)) == ([{"n": 2}, {"n": 2}], [{"n": 3}])


async def test_a_coroutine_for_each_item_is_awaited() -> None:
    @node("acme.wait", each=True)
    async def run(_ctx: Context[object], item: Item, position: int) -> Item:
        """Says its position."""
        return item.derive(at=position)

    assert (await NodeBench(run).run(items=[{}, {}])).json() == [{"at": 0}, {"at": 1}]


def second_fails(item: Item, position: int) -> Item:
    if position == 1:
        raise NodeError("no")
    return item


async def test_a_failing_item_stops_the_node_and_is_named() -> None:
    with pytest.raises(NodeError, match="no") as raised:
        await NodeBench(for_each(second_fails)).run(items=THREE)
    assert raised.value.failure.item_index == 1


async def test_a_failing_item_becomes_an_error_item_where_the_node_carries_on() -> None:
    result = await NodeBench(for_each(second_fails)).run(items=THREE, continue_on_fail=True)
    assert result.items()[1] == Item({"error": "no"}, Link(1))
    assert len(result.items()) == 3


async def test_a_node_that_leaves_item_errors_alone_fails_as_a_whole() -> None:
    with pytest.raises(NodeError):
        await NodeBench(for_each(second_fails, catches_item_errors=False)).run(items=THREE, continue_on_fail=True)


def test_arriving_items_point_at_where_they_are_and_nowhere_else() -> None:
    sent = [Item({}, Link(7)), Item({}), Item({}, [Link(1), Link(2)])]
    assert [item.paired for item in arrive(sent)] == [Link(0), Link(1), Link(2)]
    assert [item.paired for item in arrive(sent, 1)] == [Link(0, 1), Link(1, 1), Link(2, 1)]
