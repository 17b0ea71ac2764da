"""The node types of the simulation: one of each way in which a node can depend on the engine or act on the world.

What a node answers is a function of its name, run and inputs alone (`mixed`), so that a reference can tell it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zlib import crc32

from plugins.context import Context
from plugins.errors import NodeError
from plugins.items import Item, Items, Json, Outputs
from plugins.node import Effects, NodeType, node
from plugins.outcomes import Suspend
from plugins.registry import Registry

MOST = 3
"""Items that a node puts out at most, so that nothing grows in a loop."""


@dataclass(frozen=True)
class Parameters:
    """Which of them counts depends on the type."""

    value: Json = None
    """`slow`: an expression, for the sandbox."""
    times: int = 1
    """`loop`: how often it goes round."""
    delay_ms: int = 0
    """`wait`: for how long."""
    fails: list[str] = field(default_factory=list)
    """How the first attempts fail; those after them succeed. `broken`: how every attempt does."""


def values(items: Iterable[Item]) -> list[Json]:
    return [item.json.get("v") for item in items]


def mixed(name: str, run: int, given: Sequence[Json]) -> list[Json]:
    """What a node makes of the values that it is given."""
    return [crc32(f"{name} {run} {place} {value}".encode()) for place, value in enumerate(given[:MOST])]


def goes_left(name: str, run: int) -> bool:
    return crc32(f"{name} {run}".encode()) % 2 == 0


def gathered(inputs: Sequence[Items | None]) -> list[Json]:
    """The values of all inputs, in order."""
    return [value for items in inputs for value in values(items or ())]


def _made(ctx: Context[Parameters]) -> Items:
    return [Item({"v": value}) for value in mixed(ctx.node.name, ctx.run_index, gathered(ctx.inputs))]


@node("sim.start", trigger=True)
async def start(ctx: Context[Any], items: Sequence[Item]) -> Items:
    """Passes on what the execution was started with."""
    return list(items)


@node("sim.pure", parameters=Parameters)
async def pure(ctx: Context[Parameters], items: Sequence[Item]) -> Items:
    """A transformation, carried out on the spot."""
    return _made(ctx)


@node("sim.slow", parameters=Parameters)
async def slow(ctx: Context[Parameters], items: Sequence[Item]) -> Items:
    """A transformation that waits for the sandbox: other things happen while it runs."""
    answers = [ctx.parameters(place).value for place in range(len(items))]
    return [Item({"v": item.json["v"], "said": said}) for item, said in zip(_made(ctx), answers, strict=False)]


@node("sim.branch", parameters=Parameters, outputs=("left", "right"))
async def branch(ctx: Context[Parameters], items: Sequence[Item]) -> Outputs:
    """All items go one way."""
    made = _made(ctx)
    return [made, []] if goes_left(ctx.node.name, ctx.run_index) else [[], made]


@node("sim.merge", parameters=Parameters, inputs=2, required_inputs=1)
async def merge(ctx: Context[Parameters], items: Sequence[Item]) -> Items:
    """Waits for both inputs, and makes do with one."""
    return _made(ctx)


@node("sim.join", parameters=Parameters, inputs=2, required_inputs="all")
async def join(ctx: Context[Parameters], items: Sequence[Item]) -> Items:
    """Waits for both inputs, or does not run."""
    return _made(ctx)


@node("sim.loop", parameters=Parameters, outputs=("done", "loop"))
async def loop(ctx: Context[Parameters], items: Sequence[Item]) -> Outputs:
    """Goes round some times, and counts in the state that the engine keeps for it."""
    round_number = ctx.state.get("round", 0)
    ctx.state["round"] = round_number + 1
    return [[], _made(ctx)] if round_number < ctx.parameters().times else [_made(ctx), []]


@node("sim.wait", parameters=Parameters)
async def wait(ctx: Context[Parameters], items: Sequence[Item]) -> Suspend:
    """Goes on later."""
    until = ctx.now + timedelta(milliseconds=ctx.parameters().delay_ms)
    return Suspend([_made(ctx)], until_us=round(until.timestamp() * 1e6))


@node("sim.broken", parameters=Parameters)
async def broken(ctx: Context[Parameters], items: Sequence[Item]) -> Items:
    """A transformation that fails, whenever it is tried."""
    raise failed(ctx.parameters().fails[0])


@node("sim.put", parameters=Parameters, effects=Effects.IDEMPOTENT)
async def put(ctx: Context[Parameters], items: Sequence[Item]) -> Items:
    """One request an item, each under its key."""
    made = _made(ctx)
    return [await _sent(ctx, item, place) for place, item in enumerate(made)]


@node("sim.act", parameters=Parameters, effects=Effects.EXTERNAL)
async def act(ctx: Context[Parameters], items: Sequence[Item]) -> Items:
    """One request for all items; nobody can tell whether it is a repetition."""
    made = _made(ctx)
    return [await _sent(ctx, made[0], 0), *made[1:]] if made else []


async def _sent(ctx: Context[Parameters], item: Item, place: int) -> Item:
    request = {
        "execution": ctx.execution_id,
        "node": ctx.node.name,
        "run": ctx.run_index,
        "item": place,
        "fails": ctx.parameters().fails,
        "given": [None if items is None else values(items) for items in ctx.inputs],
    }
    response = await ctx.http.request("POST", "/", json=request, idempotency_key=ctx.idempotency_key(place))
    return item.derive(receipt=response.status)


def failed(how: str) -> NodeError:
    """The errors that nodes fail with, by name."""
    match how:
        case "busy":
            return NodeError("try again", code="HTTP_ERROR", status=503)
        case "slow down":
            return NodeError("not so fast", code="HTTP_ERROR", status=429, retry_after_ms=700)
        case "lost":
            return NodeError("no answer", code="NO_ANSWER")
        case _:
            return NodeError("no use", code="BAD", retryable=False)


EVERY: tuple[NodeType, ...] = (
    *start, *pure, *slow, *branch, *merge, *join, *loop, *wait, *broken, *put, *act,
)  # fmt: skip
REGISTRY = Registry(EVERY)
EFFECTS = {kind.name: kind.effects for kind in EVERY}
