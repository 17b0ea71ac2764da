"""What happens next: a pure function from state to commands.

It never waits, reads no clock and touches no store. The runner carries the commands out, records what came of them,
and asks again. Orders v0 and v1 run one node at a time; order "parallel" runs whatever is ready, up to a limit.
"""

from __future__ import annotations

from engine.kernel.activity import Activity, Delayed, Faltered, Lost, Mended, Pinned, Running, Suspended
from engine.kernel.calls import Calling
from engine.kernel.commands import Command, Record, SettleCalls, StartChild, StartNode, StopNode, WakeAt
from engine.kernel.events import (
    ExecutionFailed,
    ExecutionResumed,
    ExecutionSucceeded,
    ExecutionTimedOut,
    NodeFailed,
    NodeRecovered,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    RecoveryStrategy,
)
from engine.kernel.frontier import Ready
from engine.kernel.graph import Graph
from engine.kernel.lineage import leaving
from engine.kernel.precedence import last
from engine.kernel.recover import Recovered, recover
from engine.kernel.snapshot import State
from plugins.errors import Failure

NODE_RUN_BUDGET_EXCEEDED = "NODE_RUN_BUDGET_EXCEEDED"
TIMEOUT = "TIMEOUT"
DISABLED = "disabled"


def decide(graph: Graph, state: State, now_us: int) -> tuple[Command, ...]:
    """The commands for this state: none while attempts are under way that may take as long as they like, or only a
    signal is waited for.

    They are one decision to record (after what it stops), or attempts to start, or an instant to wake at. A finished
    execution only stops what still runs.
    """
    if state.finished:
        return tuple(StopNode(node, run, attempt) for node, run, attempt in state.running)
    if state.deadline_us is not None and state.deadline_us <= now_us:
        return (Record(ExecutionTimedOut(at_us=now_us)),)
    if not state.active and not graph.parallel:
        return (_next(graph, state, now_us),)
    starts: list[StartNode] = []
    instants = [] if state.deadline_us is None else [state.deadline_us]
    for each in state.active:
        match _go_on(graph, state, each, now_us):
            case StartNode() as start:
                starts.append(start)
            case WakeAt(due_us):
                instants.append(due_us)
            case tuple(decision):
                return decision
    if graph.parallel:
        return _abreast(graph, state, starts, now_us) or _at_the_first_of(instants)
    return tuple(starts) or _at_the_first_of(instants)


def _next(graph: Graph, state: State, now_us: int) -> Command:
    """Orders v0 and v1 between two node runs."""
    if state.frontier.stack:
        return _begin(graph, state, state.frontier.stack[0], now_us, state.next_index)
    return Record(ExecutionSucceeded(at_us=now_us, last_node=state.last_node))


def _abreast(graph: Graph, state: State, again: list[StartNode], now_us: int) -> tuple[Command, ...]:
    """Order "parallel": those to be made `again`, then what is ready, while there is room; of each node one at a time,
    since its runs share its state."""
    if not state.active and not state.frontier.stack:
        return (Record(ExecutionSucceeded(at_us=now_us, last_node=last(graph, state.runs))),)
    room = graph.at_once - len(state.running)
    starts = again[:room]
    busy = {each.node for each in state.active}
    index = state.next_index
    for ready in state.frontier.stack:
        if ready.node in busy:
            continue
        command = _begin(graph, state, ready, now_us, index)
        if isinstance(command, Record):
            return tuple(starts) or (command,)
        if len(starts) >= room:
            break
        starts.append(command)
        busy.add(ready.node)
        index += 1
    return tuple(starts)


def _at_the_first_of(instants: list[int]) -> tuple[Command, ...]:
    return (WakeAt(min(instants)),) if instants else ()


def _begin(graph: Graph, state: State, ready: Ready, now_us: int, index: int) -> StartNode | Record:
    """A new run. A disabled node is passed by; a pinned one is written down as begun, and then settles."""
    node, inputs = ready
    run = len(state.runs.get(node, ()))
    if index >= graph.budget:
        return Record(ExecutionFailed(at_us=now_us, error=_over_budget(graph, node), node=node, run=run))
    if graph.nodes[node].disabled:
        return Record(
            NodeSkipped(at_us=now_us, node=node, run=run, execution_index=index, inputs=list(inputs), reason=DISABLED)
        )
    if node in state.pinned:
        return Record(NodeStarted(at_us=now_us, node=node, run=run, execution_index=index, inputs=list(inputs)))
    return StartNode(node, run, 1, index, inputs)


def _go_on(
    graph: Graph, state: State, activity: Activity, now_us: int
) -> StartNode | WakeAt | tuple[Command, ...] | None:
    """What a node run that has not settled needs now: an attempt, time, a decision recorded, or nothing."""
    match activity:
        case Running(due_us=due_us):
            if due_us is None:
                return None
            return WakeAt(due_us) if due_us > now_us else _timed_out(graph, activity, now_us)
        case Lost(node, run, attempt):
            return _again(state, node, run, attempt)
        case Pinned():
            return (Record(_pinned_result(state, activity, now_us)),)
        case Faltered():
            return (Record(_recovery(graph, state, activity, now_us)),)
        case Delayed(due_us=due_us):
            if due_us > now_us:
                return WakeAt(due_us)
            return _again(state, activity.node, activity.run, activity.attempt)
        case Suspended():
            return _waited(activity, now_us)
        case Calling():
            return _next_call(activity)
        case Mended():
            return (Record(_mended(activity, now_us)),)


def _timed_out(graph: Graph, attempt: Running, now_us: int) -> tuple[Command, ...]:
    """The attempt is given up, and failed; its policy may have another one made."""
    timeout_ms = graph.nodes[attempt.node].timeout_ms
    failed = NodeFailed(
        at_us=now_us,
        node=attempt.node,
        run=attempt.run,
        attempt=attempt.attempt,
        error=Failure(code=TIMEOUT, message=f"The node took longer than the {timeout_ms} ms that it may take"),
        duration_us=(timeout_ms or 0) * 1000,
    )
    return StopNode(attempt.node, attempt.run, attempt.attempt), Record(failed)


def _recovery(graph: Graph, state: State, faltered: Faltered, now_us: int) -> Recovered:
    return recover(
        graph.nodes[faltered.node].recovery,
        node=faltered.node,
        run=faltered.run,
        attempt=faltered.attempt,
        failure=faltered.failure,
        salt=state.salt,
        now_us=now_us,
    )


def _next_call(calling: Calling) -> tuple[Command, ...] | None:
    """Nothing while an execution that was started has not ended."""
    node, run, attempt = calling.node, calling.run, calling.attempt
    if calling.complete:
        return (SettleCalls(node, run, attempt),)
    if calling.child is not None:
        return None
    return (StartChild(node, run, attempt, calling.calls[len(calling.answers)]),)


def _again(state: State, node: str, run: int, attempt: int) -> StartNode:
    before = state.run(node, run)
    return StartNode(node, run, attempt, before.execution_index, before.inputs)


def _waited(wait: Suspended, now_us: int) -> WakeAt | tuple[Command, ...] | None:
    if wait.until_us is None:
        return None
    if wait.until_us > now_us:
        return WakeAt(wait.until_us)
    return (Record(ExecutionResumed(at_us=now_us, node=wait.node, run=wait.run)),)


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
