"""A run of HTTP calls, one for each item: a few at a time, the answers in the items' order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from plugins.context import Context
from plugins.errors import NodeError
from plugins.items import Item, Items
from plugins.running import error_item, link_to
from plugins.web.answer import Reading, items_of
from plugins.web.call import Call, send

CONCURRENT_CALLS = 20


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call, and how to read what comes back."""

    call: Call
    reading: Reading


@dataclass(frozen=True, slots=True)
class Pace:
    """How many calls to make before a pause, and how long it is. No size: all at once."""

    size: int | None = None
    pause_ms: int = 0


Prepare: TypeAlias = Callable[[Item, int], Exchange]
"""(item, position) -> its exchange. Raises `NodeError` when its parameters describe none."""


async def exchanged(ctx: Context[Any], items: Sequence[Item], prepare: Prepare, pace: Pace) -> Items:
    """What the items become. Under continue-on-fail a call that fails leaves an error item; else the first failure
    stops the others and is raised."""
    size = pace.size or max(len(items), 1)
    answered: Items = []
    for begin in range(0, len(items), size):
        if begin and pace.pause_ms:
            await asyncio.sleep(pace.pause_ms / 1000)
        end = min(begin + size, len(items))
        answered += await _together(ctx, items, prepare, range(begin, end))
        ctx.progress(end, of=len(items))
    return answered


async def _together(ctx: Context[Any], items: Sequence[Item], prepare: Prepare, positions: range) -> Items:
    gate = asyncio.Semaphore(CONCURRENT_CALLS)

    async def ask(position: int) -> Items:
        async with gate:
            return await _answer(ctx, items[position], position, prepare)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask(position)) for position in positions]
    except* NodeError as errors:
        raise _foremost(errors) from None
    return [item for task in tasks for item in task.result()]


def _foremost(errors: BaseExceptionGroup[NodeError]) -> NodeError:
    """The error of the first item among those that failed together."""
    found = [error for error in errors.exceptions if isinstance(error, NodeError)]
    return min(found, key=lambda error: error.failure.item_index or 0)


async def _answer(ctx: Context[Any], item: Item, position: int, prepare: Prepare) -> Items:
    try:
        exchange = prepare(item, position)
        response = await send(ctx, exchange.call)
        return [answer.paired_with(link_to(position)) for answer in items_of(response, exchange.reading)]
    except NodeError as error:
        if ctx.continue_on_fail:
            return [error_item(error, position)]
        raise error.at(position) from None
