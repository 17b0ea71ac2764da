"""From items to a node's outputs: calls its function and gives its answer one shape."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import msgspec

from plugins.context import Context
from plugins.errors import NodeError
from plugins.items import Item, Items, Link, Outputs
from plugins.node import NodeType
from plugins.outcomes import CallWorkflows, Outcome, Suspend

_LINKS = [Link(position) for position in range(1024)]


def link_to(position: int) -> Link:
    """Lineage: item number `position` of input 0."""
    return _LINKS[position] if position < len(_LINKS) else Link(position)


def arrive(items: Sequence[Item], input_index: int = 0) -> Items:
    """Items as a node receives them: whatever lineage they had is replaced by their position on this input."""
    if input_index:
        return [
            Item(item.json, Link(position, input_index), item.binary, item.error) for position, item in enumerate(items)
        ]
    return [
        item if item.paired is (link := link_to(position)) else Item(item.json, link, item.binary, item.error)
        for position, item in enumerate(items)
    ]


def error_item(error: NodeError, position: int) -> Item:
    """What takes the place of an item that failed, where the node carries on."""
    return Item({"error": str(error)}, link_to(position))


async def run_node(node_type: NodeType, ctx: Context[Any], items: Sequence[Item]) -> Outputs | Outcome:
    """Run a node over the items of input 0, as `arrive` made them. One list an output, or an outcome. No list at all
    is the answer of a node that answered None: its branch ends, as if it had not run.

    Lineage is complete for nodes that run an item at a time; others may leave it out, and the engine then fills in
    what is unambiguous. Raises what the node raises; a `NodeError` from a single item carries its index.
    """
    if node_type.run_each is not None:
        return await _run_each(node_type, ctx, items)
    if node_type.run is None:
        return [list(items)]
    answer = node_type.run(ctx, items)
    if isinstance(answer, AsyncIterator):
        return [[item async for item in answer]]
    return _outputs(await answer if isinstance(answer, Awaitable) else answer)


async def _run_each(node_type: NodeType, ctx: Context[Any], items: Sequence[Item]) -> Outputs:
    run: Any = node_type.run_each
    is_async = inspect.iscoroutinefunction(run)
    names = node_type.outputs
    outputs: list[Items] = [[] for _ in (names(dict(ctx.node.parameters)) if callable(names) else names)]
    for position, item in enumerate(items):
        try:
            answer = run(ctx, item, position)
            if is_async:
                answer = await answer
        except NodeError as error:
            if not (ctx.continue_on_fail and node_type.catches_item_errors):
                _say_where(error, position)
                raise
            answer = error_item(error, position)
        _place(answer, position, outputs)
    return list(outputs)


async def one_by_one(
    ctx: Context[Any], items: Sequence[Item], work: Callable[[Item, int], Item | Items | Awaitable[Item | Items]]
) -> Items:
    """What `work` makes of each item, with its lineage. Under continue-on-fail an item that fails leaves an error."""
    made: list[Items] = [[]]
    for position, item in enumerate(items):
        try:
            answer = work(item, position)
            if isinstance(answer, Awaitable):
                answer = await answer
        except NodeError as error:
            if not ctx.continue_on_fail:
                _say_where(error, position)
                raise
            answer = error_item(error, position)
        _place(answer, position, made)
    return made[0]


def _place(answer: Any, position: int, outputs: list[Items]) -> None:
    """Put what one item became where it belongs, its lineage filled in."""
    if isinstance(answer, Item):
        outputs[0].append(answer if answer.paired is not None else answer.paired_with(link_to(position)))
    elif answer and not isinstance(answer[0], Item):
        for output, items in enumerate(answer):
            outputs[output] += _traced(items or (), position)
    elif answer:
        outputs[0] += _traced(answer, position)


def _traced(items: Sequence[Item], position: int) -> Items:
    link = link_to(position)
    return [item if item.paired is not None else item.paired_with(link) for item in items]


def _say_where(error: NodeError, position: int) -> None:
    """Let the error say which item it is about, unless it does already."""
    if error.failure.item_index is None:
        error.failure = msgspec.structs.replace(error.failure, item_index=position)


def _outputs(answer: Any) -> Outputs | Outcome:
    if isinstance(answer, Suspend | CallWorkflows):
        return answer
    if answer is None:
        return []
    if isinstance(answer, Item):
        return [[answer]]
    return list(answer) if answer and not isinstance(answer[0], Item) else [list(answer)]
