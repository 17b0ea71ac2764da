"""What happens next: a pure function from state to commands.

It never waits, reads no clock and touches no store. The runner carries the commands out, records what came of them,
and asks again. Orders v0 and v1 run one node at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.kernel.activity import Activity, Delayed, Faltered, Lost, Mended, Pinned, Running, Suspended
from engine.kernel.commands import Command, Record, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    ExecutionFailed,
    ExecutionResumed,
    ExecutionSucceeded,
    NodeRecovered,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    RecoveryStrategy,
)
from engine.kernel.frontier import Ready
from engine.kernel.graph import Graph
from engine.kernel.lineage import leaving
from engine.kernel.recover import recover
from engine.kernel.snapshot import State
from plugins.errors import Failure

NODE_RUN_BUDGET_EXCEEDED = "NODE_RUN_BUDGET_EXCEEDED"
DISABLED = "disabled"


def decide(graph: Graph, state: State, now_us: int) -> tuple[Command, ...]:
    """The commands for this state: none while an attempt is under way or only a signal is waited for.

    A finished execution only stops what still runs.
    """
    if state.finished:
        return tuple(StopNode(node, run, attempt) for node, run, attempt in state.running)
    if state.active:
        return tuple(command for each in state.active for command in _go_on(graph, state, each, now_us))
    if state.frontier.stack:
        return (_begin(graph, state, state.frontier.stack[0], now_us),)
    return (Record(ExecutionSucceeded(at_us=now_us, last_node=state.last_node)),)


def _begin(graph: Graph, state: State, ready: Ready, now_us: int) -> Command:
    """A new run. A disabled node is passed by; a pinned one is written down as begun, and then settles."""
    node, inputs = ready
    run = len(state.runs.get(node, ()))
    index = state.next_index
    if index >= graph.budget:
        return Record(ExecutionFailed(at_us=now_us, error=_over_budget(graph, node), node=node, run=run))
    if graph.nodes[node].disabled:
        return Record(
            NodeSkipped(at_us=now_us, node=node, run=run, execution_index=index, inputs=list(inputs), reason=DISABLED)
        )
    if node in state.pinned:
        return Record(NodeStarted(at_us=now_us, node=node, run=run, execution_index=index, inputs=list(inputs)))
    return StartNode(node, run, 1, index, inputs)


def _go_on(graph: Graph, state: State, activity: Activity, now_us: int) -> Iterator[Command]:
    match activity:
        case Running():
            return
        case Lost(node, run, attempt):
            yield _again(state, node, run, attempt)
        case Pinned():
            yield Record(_pinned_result(state, activity, now_us))
        case Faltered():
            yield Record(
                recover(
                    graph.nodes[activity.node].recovery,
                    node=activity.node,
                    run=activity.run,
                    attempt=activity.attempt,
                    failure=activity.failure,
                    salt=state.salt,
                    now_us=now_us,
                )
            )
        case Delayed():
            if activity.due_us > now_us:
                yield WakeAt(activity.due_us)
            else:
                yield _again(state, activity.node, activity.run, activity.attempt)
        case Suspended():
            yield from _waited(activity, now_us)
        case Mended():
            yield Record(_mended(activity, now_us))


def _again(state: State, node: str, run: int, attempt: int) -> StartNode:
    before = state.run(node, run)
    return StartNode(node, run, attempt, before.execution_index, before.inputs)


def _waited(wait: Suspended, now_us: int) -> Iterator[Command]:
    if wait.until_us is None:
        return
    if wait.until_us > now_us:
        yield WakeAt(wait.until_us)
    else:
        yield Record(ExecutionResumed(at_us=now_us, node=wait.node, run=wait.run))


def _pinned_result(state: State, pinned: Pinned, now_us: int) -> NodeSucceeded:
    inputs = state.items(state.run(pinned.node, pinned.run).inputs)
    outputs = leaving([state.pinned[pinned.node]], inputs)
    return NodeSucceeded(at_us=now_us, node=pinned.node, run=pinned.run, attempt=pinned.attempt, outputs=outputs)


def _mended(mended: Mended, now_us: int) -> NodeRecovered:
    return NodeRecovered(
        at_us=now_us,
        node=mended.node,
        run=mended.run,
        attempt=mended.attempt,
        strategy=RecoveryStrategy.RETRY,
        error=mended.failure,
    )


def _over_budget(graph: Graph, node: str) -> Failure:
    return Failure(
        code=NODE_RUN_BUDGET_EXCEEDED,
        message=(
            f"node {node!r} would be node run number {graph.budget + 1}, and this execution may make {graph.budget}: "
            "end the loop that it is in, or raise the workflow's maxNodeRuns"
        ),
        name="WorkflowOperationError",
        permanent=True,
    )
