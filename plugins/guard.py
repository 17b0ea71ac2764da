"""A plugin's node run at arm's length: whatever it does, it ends its own run and nothing else.

It may raise anything, heed no cancellation, keep the event loop for itself, answer without end or what is no JSON.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from plugins.answers import Budget, check_state, sound, sound_stream
from plugins.context import Context
from plugins.errors import NodeError
from plugins.items import Item, Outputs
from plugins.node import NodeType
from plugins.outcomes import Outcome, Suspend
from plugins.running import run_node
from plugins.steps import BlockedLoop, Steps

BLOCKED_S = 0.5
"""How long a step may take before it is told of."""
STEP_LIMIT_S = 5.0
"""How long a step may take before it is broken off."""
GRACE_S = 2.0
"""What a node that is cancelled gets to come to an end."""

_abandoned: set[asyncio.Task[Any]] = set()
"""Nodes that were cancelled: kept until they end, which is their own doing."""

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Watch:
    """What was seen of a run."""

    longest_step_s: float = 0.0

    @property
    def blocked(self) -> bool:
        return self.longest_step_s > BLOCKED_S


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a node raised, kept from the event loop: SystemExit would end that."""

    error: BaseException


async def run_plugin(
    node_type: NodeType, ctx: Context[Any], items: Sequence[Item], watch: Watch, *, step_limit_s: float = STEP_LIMIT_S
) -> Outputs | Outcome:
    """As `plugins.running.run_node`, and its answer is sound. Raises `NodeError`, and what a plugin raises of its own
    that is an `Exception`."""
    steps = Steps(_caught(_bounded(node_type), ctx, items), limit_s=step_limit_s)
    task = asyncio.create_task(steps)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        await _cancel(task, node_type, ctx)
        raise
    finally:
        watch.longest_step_s = steps.longest_s
        if watch.blocked:
            _tell("node_blocked_loop", node_type, ctx, seconds=round(steps.longest_s, 3))
    answer = task.result()
    if isinstance(answer, _Raised):
        raise _as_failure(answer.error, step_limit_s) from answer.error
    check_state(ctx.state)
    return _sound(node_type, ctx, answer)


def _sound(node_type: NodeType, ctx: Context[Any], answer: Outputs | Outcome) -> Outputs | Outcome:
    names = node_type.outputs
    declared = len(names(dict(ctx.node.parameters)) if callable(names) else names)
    if isinstance(answer, list):
        return sound(answer, outputs_declared=declared, budget=Budget())
    if isinstance(answer, Suspend):
        return replace(answer, outputs=sound(answer.outputs, outputs_declared=declared, budget=Budget()))
    return answer


def _bounded(node_type: NodeType) -> NodeType:
    """The same type, whose streams are sound as they come."""
    run = node_type.run
    if run is None:
        return node_type

    def bounded(ctx: Context[Any], items: Sequence[Item]) -> Any:
        answer = run(ctx, items)
        return sound_stream(answer, Budget()) if isinstance(answer, AsyncIterator) else answer

    return replace(node_type, run=bounded)


async def _caught(node_type: NodeType, ctx: Context[Any], items: Sequence[Item]) -> Outputs | Outcome | _Raised:
    try:
        return await run_node(node_type, ctx, items)
    except BaseException as error:  # noqa: BLE001 - that is the point: nothing of a plugin's reaches the event loop
        return _Raised(error)


def _as_failure(error: BaseException, step_limit_s: float) -> Exception:
    if isinstance(error, BlockedLoop):
        return NodeError(
            f"The node kept the server for itself for more than {step_limit_s:g} s",
            code="TIMEOUT",
            description="This is a fault of the node's plugin: long work is awaited, or done in a thread.",
            retryable=False,
        )
    if isinstance(error, Exception):
        return error
    return NodeError(
        f"The node raised {type(error).__name__}, which is no failure of a node",
        code="NODE_CRASHED",
        description="This is a fault of the node's plugin.",
    )


async def _cancel(task: asyncio.Task[Any], node_type: NodeType, ctx: Context[Any]) -> None:
    _abandoned.add(task)
    task.add_done_callback(_abandoned.discard)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=GRACE_S)
    if not done:
        _tell("node_ignores_cancellation", node_type, ctx)


def _tell(event: str, node_type: NodeType, ctx: Context[Any], **more: float) -> None:
    logger.warning(
        event,
        plugin=node_type.plugin,
        type=node_type.name,
        node=ctx.node.name,
        execution=ctx.execution_id,
        **more,
    )
