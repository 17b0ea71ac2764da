"""Loop Over Items: hand out items batch by batch, gather what comes back, and go on when none are left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from plugins import Arrival, Context, Help, Item, Items, Json, Link, Outputs, SourceOverwrite, node


@dataclass(frozen=True, slots=True)
class LoopOptions:
    reset: Annotated[bool, Help("Whether to begin anew with the items that have just arrived")] = False


@dataclass(frozen=True, slots=True)
class LoopParameters:
    batch_size: Annotated[int, Help("How many items to hand out at a time")] = 1
    options: LoopOptions = LoopOptions()


@dataclass(frozen=True, slots=True)
class EarlierLoopParameters(LoopParameters):
    batch_size: Annotated[int, Help("How many items to hand out at a time")] = 10


@node(
    "n8n-nodes-base.splitInBatches",
    version=1,
    display_name="Split In Batches",
    category="FLOW",
    tags=("loop", "batch"),
    parameters=EarlierLoopParameters,
    per_item=False,
)
async def split_in_batches_v1(ctx: Context[EarlierLoopParameters], items: Sequence[Item]) -> Items | None:
    """Split data into batches and iterate over each batch. The branch ends when none are left."""
    return next_batch(ctx, items) or None


@node(
    "n8n-nodes-base.splitInBatches",
    version=2,
    display_name="Split In Batches",
    category="FLOW",
    tags=("loop", "batch"),
    parameters=EarlierLoopParameters,
    outputs=("loop", "done"),
    per_item=False,
)
async def split_in_batches_v2(ctx: Context[EarlierLoopParameters], items: Sequence[Item]) -> Outputs:
    """Split data into batches and iterate over each batch."""
    batch = next_batch(ctx, items)
    return [batch, [] if batch else gathered(ctx, items)]


@node(
    "n8n-nodes-base.splitInBatches",
    version=3,
    display_name="Loop Over Items (Split in Batches)",
    category="FLOW",
    tags=("loop", "batch"),
    parameters=LoopParameters,
    outputs=("done", "loop"),
    per_item=False,
)
async def split_in_batches(ctx: Context[LoopParameters], items: Sequence[Item]) -> Outputs:
    """Split data into batches and iterate over each batch."""
    batch = next_batch(ctx, items)
    return [[] if batch else gathered(ctx, items), batch]


def next_batch(ctx: Context[LoopParameters], items: Sequence[Item]) -> Items:
    """The next items of the loop, empty at its end. The state counts; the items stay where they were recorded."""
    wanted, state = ctx.parameters(), ctx.state
    if "currentRunIndex" not in state or wanted.options.reset:
        return _begin(ctx, items, wanted.batch_size)
    state["currentRunIndex"] += 1
    if state["noItemsLeft"]:
        return []
    everything = ctx.earlier(_first_run(ctx)).items
    begin = state["position"]
    batch = everything[begin : begin + wanted.batch_size]
    _advance(state, begin + len(batch), len(everything))
    origin = _origin(state["sourceData"])
    return [item.paired_with(Link(begin + n, source_overwrite=origin)) for n, item in enumerate(batch)]


def _begin(ctx: Context[LoopParameters], items: Sequence[Item], size: int) -> Items:
    ctx.state.clear()
    ctx.state.update(
        currentRunIndex=0,
        maxRunIndex=math.ceil(len(items) / size) if size else None,
        sourceData=dict(_source(ctx) or {}),
        done=False,
    )
    batch = list(items[:size])
    _advance(ctx.state, len(batch), len(items))
    return batch


def _advance(state: Any, position: int, count: int) -> None:
    state["position"] = position
    state["noItemsLeft"] = position >= count


def gathered(ctx: Context[LoopParameters], items: Sequence[Item]) -> Items:
    """Everything that has come back to the loop since it began, in order; it goes out when no items are left."""
    first, current = _first_run(ctx), ctx.run_index
    arrivals = [ctx.earlier(run) for run in range(first + 1, current)]
    if current > first:
        arrivals.append(Arrival(list(items), _source(ctx)))
    done = [_returned(item, position, arrival) for arrival in arrivals for position, item in enumerate(arrival.items)]
    ctx.state.pop("position", None)
    ctx.state.update(items=[], processedItems=[_plain(item) for item in done], done=True)
    return done


def _returned(item: Item, position: int, arrival: Arrival) -> Item:
    return item.paired_with(Link(position, source_overwrite=_origin(arrival.source)))


def _first_run(ctx: Context[LoopParameters]) -> int:
    """The run with which this round of the loop began."""
    return int(ctx.run_index - ctx.state["currentRunIndex"])


def _source(ctx: Context[LoopParameters]) -> Mapping[str, Any] | None:
    sources = ctx.sources()
    return sources[0] if sources else None


def _origin(source: Mapping[str, Any] | None) -> SourceOverwrite | None:
    if not source:
        return None
    return SourceOverwrite(
        previous_node=source["previousNode"],
        previous_node_output=source.get("previousNodeOutput", 0),
        previous_node_run=source.get("previousNodeRun", 0),
    )


def _plain(item: Item) -> dict[str, Json]:
    """An item as JSON, its data shared."""
    plain: dict[str, Json] = {"json": item.json, "pairedItem": msgspec.to_builtins(item.paired)}
    return plain if item.binary is None else plain | {"binary": msgspec.to_builtins(item.binary)}
