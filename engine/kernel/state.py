"""The state of an execution, folded from its history: what each event changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial, reduce
from typing import TypeVar

from immutables import Map
from msgspec.structs import replace

from engine.kernel.activity import Activity, Delayed, Faltered, Lost, Mended, Pinned, Running, Suspended
from engine.kernel.calls import Answer, Calling
from engine.kernel.events import (
    AnyEvent,
    ChildEnded,
    ChildStarted,
    ExecutionCanceled,
    ExecutionFailed,
    ExecutionQueued,
    ExecutionRecovered,
    ExecutionResumed,
    ExecutionStarted,
    ExecutionSucceeded,
    ExecutionTimedOut,
    ExecutionWaiting,
    Given,
    NodeFailed,
    NodeRecovered,
    NodeRetryScheduled,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    RecoveryStrategy,
    Source,
    WorkflowsCalled,
)
from engine.kernel.frontier import Frontier, Input, Ready, release, settle
from engine.kernel.graph import Graph
from engine.kernel.history import NO_RUNS, NodeRun, Runs, RunStatus
from engine.kernel.precedence import in_place
from engine.kernel.reuse import taken_over
from engine.kernel.snapshot import InvalidHistory, State, Status
from plugins.errors import Failure
from plugins.items import Outputs

__all__ = ["InvalidHistory", "State", "Status", "evolve", "replay"]

_A = TypeVar("_A", bound=Activity)


def replay(graph: Graph, events: Iterable[AnyEvent]) -> State:
    """The state after these events, the first of which is the execution's first. Raises `InvalidHistory`."""
    return reduce(partial(evolve, graph), events, State())


def evolve(graph: Graph, state: State, event: AnyEvent) -> State:  # noqa: PLR0912 - one branch for each kind of event
    """The state after one more event. Whatever comes after the end changes nothing. Raises `InvalidHistory`."""
    if state.finished:
        return state
    match event:
        case NodeStarted():
            return _started(graph, state, event)
        case NodeSucceeded():
            return _succeeded(graph, state, event)
        case NodeFailed():
            return _failed(state, event)
        case NodeRetryScheduled():
            return _retry_scheduled(state, event)
        case NodeRecovered():
            return _recovered(graph, state, event)
        case NodeSkipped():
            return _skipped(graph, state, event)
        case WorkflowsCalled():
            return _called(state, event)
        case ChildStarted():
            return _calling(state, _asking(state, event).started(event.execution))
        case ChildEnded():
            answer = Answer(event.execution, event.outputs, event.error)
            return _calling(state, _asking(state, event).answered(answer))
        case ExecutionQueued():
            return _queued(graph, state, event)
        case ExecutionStarted():
            return _begun(graph, state, event)
        case ExecutionRecovered():
            return _taken_over(state, event)
        case ExecutionWaiting():
            return _waiting(state, event)
        case ExecutionResumed():
            return _resumed(graph, state, event)
        case ExecutionSucceeded():
            return replace(_ended(state, Status.SUCCEEDED, event.at_us), last_node=event.last_node)
        case ExecutionFailed():
            return _ended(state, Status.FAILED, event.at_us, error=event.error)
        case ExecutionCanceled():
            return _ended(state, Status.CANCELED, event.at_us)
        case ExecutionTimedOut():
            return _ended(state, Status.TIMED_OUT, event.at_us)


# ------------------------------------------------------------------------------------------------ the execution


def _queued(graph: Graph, state: State, event: ExecutionQueued) -> State:
    if state != State():
        raise InvalidHistory("an execution is queued once, before all else")
    if event.retried is not None:
        return taken_over(graph, event, event.retried)
    start = Ready(event.start_node, (Given(event.items),))
    return State(frontier=Frontier((start,)), pinned=event.pinned, salt=event.at_us)


def _begun(graph: Graph, state: State, event: ExecutionStarted) -> State:
    deadline_us = state.deadline_us
    if deadline_us is None and graph.timeout_us is not None:
        deadline_us = event.at_us + graph.timeout_us
    return replace(state, status=_under_way(state.active), deadline_us=deadline_us)


def _taken_over(state: State, event: ExecutionRecovered) -> State:
    active = state.active
    for lost in event.lost:
        before = _was(Running, state, lost.node, lost.run, lost.attempt)
        active = _with(active, before, Lost(lost.node, lost.run, lost.attempt))
    return replace(state, status=_under_way(active), active=active)


def _waiting(state: State, event: ExecutionWaiting) -> State:
    before = _was(Running, state, event.node, event.run, event.attempt)
    wait = Suspended(event.node, event.run, event.attempt, event.outputs, event.until_us, event.signal)
    run = replace(state.run(event.node, event.run), status=RunStatus.WAITING)
    active = _with(state.active, before, wait)
    return replace(state, status=_under_way(active), active=active, runs=_noted(state.runs, run))


def _resumed(graph: Graph, state: State, event: ExecutionResumed) -> State:
    wait = state.doing(event.node, event.run)
    if not isinstance(wait, Suspended):
        raise InvalidHistory(f"run {event.run} of node {event.node!r} was not waiting")
    outputs: Outputs = wait.outputs if event.items is None else [event.items]
    run = state.run(event.node, event.run)
    if event.key is not None:
        state = replace(state, signals=state.signals.set(event.key, event))
    return _successful(graph, state, wait, replace(run, outputs=outputs, finished_at_us=event.at_us))


def _ended(state: State, status: Status, at_us: int, error: Failure | None = None) -> State:
    """Attempts under way stay active, so that they can be stopped; what had not settled is canceled."""
    runs = state.runs
    for each in state.active:
        if not isinstance(each, Mended | Faltered):
            run = replace(state.run(each.node, each.run), status=RunStatus.CANCELED, finished_at_us=at_us)
            runs = _noted(runs, run)
    under_way = tuple(each for each in state.active if isinstance(each, Running))
    return replace(state, status=status, runs=runs, active=under_way, frontier=Frontier(), error=error)


def _under_way(active: tuple[Activity, ...]) -> Status:
    """Waiting when nothing is left to do before some wait is over."""
    waits = any(isinstance(each, Suspended | Calling) for each in active)
    idle = all(isinstance(each, Suspended | Calling | Delayed) for each in active)
    return Status.WAITING if waits and idle else Status.RUNNING


# ------------------------------------------------------------------------------------------------ node runs


def _started(graph: Graph, state: State, event: NodeStarted) -> State:
    already = len(state.runs.get(event.node, NO_RUNS))
    if event.run < already:
        return _started_again(graph, state, event)
    if event.run > already:
        raise InvalidHistory(f"run {event.run} of node {event.node!r} begins, and run {already} has not")
    inputs = tuple(event.inputs)
    run = NodeRun(event.node, event.run, event.execution_index, RunStatus.RUNNING, event.attempt, inputs, event.at_us)
    active = (*state.active, _now_running(graph, state, event))
    return replace(
        state,
        status=Status.RUNNING,
        runs=_noted(state.runs, run),
        frontier=state.frontier.taken(event.node, inputs),
        active=active,
        next_index=event.execution_index + 1,
    )


def _now_running(graph: Graph, state: State, event: NodeStarted) -> Running | Pinned:
    node = graph.nodes[event.node]
    if event.node in state.pinned and not node.disabled:
        return Pinned(event.node, event.run, event.attempt)
    due_us = None if node.timeout_ms is None else event.at_us + node.timeout_ms * 1000
    return Running(event.node, event.run, event.attempt, due_us)


def _started_again(graph: Graph, state: State, event: NodeStarted) -> State:
    """The next attempt, or one that was lost."""
    before = state.doing(event.node, event.run)
    if not isinstance(before, Lost | Delayed) or before.attempt != event.attempt:
        raise InvalidHistory(f"attempt {event.attempt} of run {event.run} of node {event.node!r} was not to be made")
    run = replace(state.run(event.node, event.run), status=RunStatus.RUNNING, attempt=event.attempt)
    active = _with(state.active, before, _now_running(graph, state, event))
    return replace(state, status=Status.RUNNING, runs=_noted(state.runs, run), active=active)


def _succeeded(graph: Graph, state: State, event: NodeSucceeded) -> State:
    before = state.doing(event.node, event.run)
    if not isinstance(before, Pinned | Calling):
        before = _was(Running, state, event.node, event.run, event.attempt)
    run = replace(
        state.run(event.node, event.run),
        outputs=event.outputs,
        finished_at_us=event.at_us,
        duration_us=event.duration_us,
    )
    if event.state is not None:
        state = replace(state, contexts=state.contexts.set(event.node, event.state))
    return _successful(graph, state, before, run)


def _successful(graph: Graph, state: State, before: Activity, run: NodeRun) -> State:
    """`run` has its outputs. If an earlier attempt failed, this one's success is a recovery."""
    active = _with(state.active, before, None)
    if run.error is not None:
        active = (*active, Mended(run.node, run.run, run.attempt, run.error))
    return _settled(graph, replace(state, active=active), replace(run, status=RunStatus.SUCCEEDED, error=None))


def _failed(state: State, event: NodeFailed) -> State:
    before = state.doing(event.node, event.run)
    if not isinstance(before, Calling):
        before = _was(Running, state, event.node, event.run, event.attempt)
    now = Faltered(event.node, event.run, event.attempt, event.error)
    run = replace(
        state.run(event.node, event.run),
        status=RunStatus.FAILED,
        error=event.error,
        finished_at_us=event.at_us,
        duration_us=event.duration_us,
    )
    return replace(state, runs=_noted(state.runs, run), active=_with(state.active, before, now), last_node=event.node)


def _called(state: State, event: WorkflowsCalled) -> State:
    before = _was(Running, state, event.node, event.run, event.attempt)
    calling = Calling(event.node, event.run, event.attempt, tuple(event.calls), event.wait, event.keep_going)
    run = replace(state.run(event.node, event.run), status=RunStatus.WAITING)
    active = _with(state.active, before, calling)
    return replace(state, status=_under_way(active), active=active, runs=_noted(state.runs, run))


def _asking(state: State, event: ChildStarted | ChildEnded) -> Calling:
    return _was(Calling, state, event.node, event.run, event.attempt)


def _calling(state: State, calling: Calling) -> State:
    return replace(state, active=_with(state.active, state.doing(calling.node, calling.run), calling))


def _retry_scheduled(state: State, event: NodeRetryScheduled) -> State:
    before = _was(Faltered, state, event.node, event.run, event.attempt)
    now = Delayed(event.node, event.run, event.attempt + 1, event.due_us)
    run = replace(state.run(event.node, event.run), status=RunStatus.RETRYING, finished_at_us=None)
    active = _with(state.active, before, now)
    return replace(state, status=_under_way(active), runs=_noted(state.runs, run), active=active)


def _recovered(graph: Graph, state: State, event: NodeRecovered) -> State:
    run = replace(state.run(event.node, event.run), recovery=event.strategy)
    if event.strategy is RecoveryStrategy.RETRY:
        mended = _was(Mended, state, event.node, event.run, event.attempt)
        active = _with(state.active, mended, None)
        return replace(state, status=_under_way(active), runs=_noted(state.runs, run), active=active)
    before = _was(Faltered, state, event.node, event.run, event.attempt)
    outputs = _passed_through(state, run.inputs) if event.outputs is None else event.outputs
    run = replace(run, status=RunStatus.RECOVERED, outputs=outputs, error=event.error, finished_at_us=event.at_us)
    frontier = state.frontier
    if event.fallback_node is not None:
        frontier = frontier.with_ready(graph, Ready(event.fallback_node, (run.inputs[0] or Given([]),)))
    return _settled(graph, replace(state, active=_with(state.active, before, None), frontier=frontier), run)


def _skipped(graph: Graph, state: State, event: NodeSkipped) -> State:
    inputs = tuple(event.inputs)
    run = NodeRun(
        event.node,
        event.run,
        event.execution_index,
        RunStatus.SKIPPED,
        event.attempt,
        inputs,
        event.at_us,
        outputs=_passed_through(state, inputs),
        finished_at_us=event.at_us,
    )
    frontier = state.frontier.taken(event.node, inputs)
    return _settled(graph, replace(state, frontier=frontier, next_index=event.execution_index + 1), run)


def _settled(graph: Graph, state: State, run: NodeRun) -> State:
    """With the run written down, and what it makes ready on the frontier."""
    assert run.outputs is not None
    runs = _noted(state.runs, run)
    frontier = settle(graph, state.frontier, Source(run.node, 0, run.run), run.outputs, runs)
    last = run.node if run.counts else state.last_node
    if frontier.waiting and not frontier.stack and all(isinstance(each, Mended) for each in state.active):
        candidates = in_place(graph, runs, frontier.waiting) if graph.parallel else tuple(frontier.waiting)
        frontier = release(graph, frontier, candidates)
    return replace(state, status=_under_way(state.active), runs=runs, frontier=frontier, last_node=last)


def _passed_through(state: State, inputs: tuple[Input, ...]) -> Outputs:
    """Input 0 as output 0; no output where nothing arrived on it."""
    (first,) = state.items(inputs[:1])
    return [] if first is None else [first]


# ------------------------------------------------------------------------------------------------ small changes


def _was(kind: type[_A], state: State, node: str, run: int, attempt: int) -> _A:
    """What the run is doing, which must be this."""
    before = state.doing(node, run)
    if isinstance(before, kind) and before.attempt == attempt:
        return before
    raise InvalidHistory(f"attempt {attempt} of run {run} of node {node!r} is not {kind.__name__.lower()}: {before}")


def _with(active: tuple[Activity, ...], before: Activity, now: Activity | None) -> tuple[Activity, ...]:
    changed = (now if each is before else each for each in active)
    return tuple(each for each in changed if each is not None)


def _noted(runs: Map[str, Runs], run: NodeRun) -> Map[str, Runs]:
    return runs.set(run.node, runs.get(run.node, NO_RUNS).with_run(run))
