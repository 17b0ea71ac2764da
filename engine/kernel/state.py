"""The state of an execution, folded from its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import partial, reduce

import msgspec
from immutables import Map
from msgspec.structs import replace

from engine.kernel.activity import Activity, Delayed, Faltered, Lost, Mended, Pinned, Running, Suspended
from engine.kernel.events import (
    AnyEvent,
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
)
from engine.kernel.frontier import Frontier, Input, Ready, release, settle
from engine.kernel.graph import Graph
from engine.kernel.history import NO_RUNS, NodeRun, Runs, RunStatus
from engine.kernel.lineage import arriving
from plugins.errors import Failure
from plugins.items import Items, Json, Outputs


class InvalidHistory(ValueError):
    """An event that cannot follow those before it: the log was written by something other than this kernel."""


class Status(StrEnum):
    """Where an execution stands. The names are those that the store and the API use."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TIMED_OUT = "TIMED_OUT"


_FINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELED, Status.TIMED_OUT})


class State(msgspec.Struct, frozen=True):
    """Immutable; `evolve` makes the next one, and shares all that did not change."""

    status: Status = Status.QUEUED
    runs: Map[str, Runs] = Map()
    """For each node that has begun: its runs, by number."""
    contexts: Map[str, dict[str, Json]] = Map()
    """For each node that keeps state from run to run: the latest."""
    frontier: Frontier = Frontier()
    active: tuple[Activity, ...] = ()
    """Node runs that have begun and not settled, in the order in which they began. In v0 and v1 at most one."""
    pinned: Mapping[str, Items] = {}
    salt: int = 0
    """When the execution was queued: what derived randomness (jitter) starts from."""
    next_index: int = 0
    """How many node runs there have been: the next one's execution index."""
    last_node: str | None = None
    """The node that last settled or failed. A run that succeeded with no outputs at all does not count."""
    error: Failure | None = None
    """Why the execution failed."""

    @property
    def finished(self) -> bool:
        return self.status in _FINAL

    @property
    def running(self) -> tuple[tuple[str, int, int], ...]:
        """(node, run, attempt) of every attempt under way: after a crash, those that are lost."""
        return tuple((each.node, each.run, each.attempt) for each in self.active if isinstance(each, Running))

    def items(self, inputs: Sequence[Input]) -> list[Items | None]:
        """The items of each input as the node sees them (see `lineage.arriving`); None where nothing arrived."""
        return [None if each is None else arriving(self._sent(each), index) for index, each in enumerate(inputs)]

    def has_items(self, source: Input) -> bool:
        return source is not None and bool(self._sent(source))

    def run(self, node: str, run: int) -> NodeRun:
        """Raises `InvalidHistory` when there is no such run."""
        try:
            return self.runs[node][run]
        except LookupError:
            raise InvalidHistory(f"there is no run {run} of node {node!r}") from None

    def _sent(self, source: Source | Given) -> Items:
        if isinstance(source, Given):
            return source.items
        outputs = self.run(source.node, source.run).outputs or ()
        return (outputs[source.output] if source.output < len(outputs) else None) or []


def replay(graph: Graph, events: Iterable[AnyEvent]) -> State:
    """The state after these events, the first of which is the execution's first."""
    return reduce(partial(evolve, graph), events, State())


def evolve(graph: Graph, state: State, event: AnyEvent) -> State:  # noqa: PLR0912 - one branch for each event there is
    """The state after one more event. Whatever comes after the end changes nothing. Raises `InvalidHistory`."""
    if state.status in _FINAL:
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
        case ExecutionQueued():
            return _queued(event)
        case ExecutionStarted():
            return replace(state, status=_under_way(state.active))
        case ExecutionRecovered():
            return _taken_over(state, event)
        case ExecutionWaiting():
            return _waiting(state, event)
        case ExecutionResumed():
            return _resumed(graph, state, event)
        case ExecutionSucceeded():
            return _ended(state, Status.SUCCEEDED, event.at_us)
        case ExecutionFailed():
            return _ended(state, Status.FAILED, event.at_us, error=event.error)
        case ExecutionCanceled():
            return _ended(state, Status.CANCELED, event.at_us)
        case ExecutionTimedOut():
            return _ended(state, Status.TIMED_OUT, event.at_us)


# ------------------------------------------------------------------------------------------------ the execution


def _queued(event: ExecutionQueued) -> State:
    start = Ready(event.start_node, (Given(event.items),))
    return State(frontier=Frontier((start,)), pinned=event.pinned, salt=event.at_us)


def _taken_over(state: State, event: ExecutionRecovered) -> State:
    lost = {(each.node, each.run, each.attempt) for each in event.lost}
    active = tuple(
        Lost(each.node, each.run, each.attempt)
        if isinstance(each, Running) and (each.node, each.run, each.attempt) in lost
        else each
        for each in state.active
    )
    return replace(state, status=_under_way(active), active=active)


def _waiting(state: State, event: ExecutionWaiting) -> State:
    waits = Suspended(event.node, event.run, event.attempt, event.outputs, event.until_us, event.signal)
    run = replace(state.run(event.node, event.run), status=RunStatus.WAITING)
    return replace(state, status=Status.WAITING, active=_becomes(state, waits), runs=_with_run(state.runs, run))


def _resumed(graph: Graph, state: State, event: ExecutionResumed) -> State:
    waits = _active(state, event.node, event.run)
    if not isinstance(waits, Suspended):
        raise InvalidHistory(f"run {event.run} of node {event.node!r} was not waiting")
    outputs: Outputs = waits.outputs if event.items is None else [event.items]
    before = state.run(event.node, event.run)
    after = _successful(graph, state, before, outputs=outputs, attempt=waits.attempt, at_us=event.at_us)
    return replace(after, status=_under_way(after.active))


def _ended(state: State, status: Status, at_us: int, error: Failure | None = None) -> State:
    """Attempts under way stay active, so that they can be stopped; their runs are canceled."""
    runs = state.runs
    for each in state.active:
        run = state.run(each.node, each.run)
        if not isinstance(each, Mended | Faltered):
            runs = _with_run(runs, replace(run, status=RunStatus.CANCELED, finished_at_us=at_us))
    under_way = tuple(each for each in state.active if isinstance(each, Running))
    return replace(state, status=status, runs=runs, active=under_way, frontier=Frontier(), error=error)


def _under_way(active: tuple[Activity, ...]) -> Status:
    return Status.WAITING if any(isinstance(each, Suspended) for each in active) else Status.RUNNING


# ------------------------------------------------------------------------------------------------ node runs


def _started(graph: Graph, state: State, event: NodeStarted) -> State:
    runs = state.runs.get(event.node, NO_RUNS)
    pinned = event.node in state.pinned and not graph.nodes[event.node].disabled
    begun = (Pinned if pinned else Running)(event.node, event.run, event.attempt)
    if event.run < len(runs):
        return _started_again(state, event, begun)
    inputs = tuple(event.inputs)
    run = NodeRun(event.node, event.run, event.execution_index, RunStatus.RUNNING, event.attempt, inputs, event.at_us)
    return replace(
        state,
        runs=_with_run(state.runs, run),
        frontier=state.frontier.taken(event.node, inputs),
        active=(*state.active, begun),
        next_index=event.execution_index + 1,
    )


def _started_again(state: State, event: NodeStarted, begun: Activity) -> State:
    run = replace(state.run(event.node, event.run), status=RunStatus.RUNNING, attempt=event.attempt)
    return replace(state, runs=_with_run(state.runs, run), active=_becomes(state, begun))


def _succeeded(graph: Graph, state: State, event: NodeSucceeded) -> State:
    before = replace(state.run(event.node, event.run), duration_us=event.duration_us)
    if event.state is not None:
        state = replace(state, contexts=state.contexts.set(event.node, event.state))
    return _successful(graph, state, before, outputs=event.outputs, attempt=event.attempt, at_us=event.at_us)


def _successful(graph: Graph, state: State, before: NodeRun, *, outputs: Outputs, attempt: int, at_us: int) -> State:
    run = replace(
        before, status=RunStatus.SUCCEEDED, attempt=attempt, outputs=outputs, error=None, finished_at_us=at_us
    )
    active = _without(state, run.node, run.run)
    if before.error is not None:
        active = (*active, Mended(run.node, run.run, attempt, before.error))
    return _settled(graph, replace(state, active=active), run)


def _failed(state: State, event: NodeFailed) -> State:
    run = replace(
        state.run(event.node, event.run),
        status=RunStatus.FAILED,
        attempt=event.attempt,
        error=event.error,
        finished_at_us=event.at_us,
        duration_us=event.duration_us,
    )
    faltered = Faltered(event.node, event.run, event.attempt, event.error)
    return replace(state, runs=_with_run(state.runs, run), active=_becomes(state, faltered), last_node=event.node)


def _retry_scheduled(state: State, event: NodeRetryScheduled) -> State:
    run = replace(state.run(event.node, event.run), status=RunStatus.RETRYING, finished_at_us=None)
    delayed = Delayed(event.node, event.run, event.attempt + 1, event.due_us)
    return replace(state, runs=_with_run(state.runs, run), active=_becomes(state, delayed))


def _recovered(graph: Graph, state: State, event: NodeRecovered) -> State:
    run = state.run(event.node, event.run)
    active = _without(state, event.node, event.run)
    if event.strategy is RecoveryStrategy.RETRY:
        run = replace(run, recovery=event.strategy)
        return replace(state, runs=_with_run(state.runs, run), active=active)
    run = replace(
        run,
        status=RunStatus.RECOVERED,
        outputs=_passed_through(state, run.inputs) if event.outputs is None else event.outputs,
        error=event.error,
        recovery=event.strategy,
        finished_at_us=event.at_us,
    )
    frontier = state.frontier
    if event.fallback_node is not None:
        fallback = Ready(event.fallback_node, (run.inputs[0] or Given([]),))
        frontier = frontier.with_ready(graph, (fallback,))
    return _settled(graph, replace(state, active=active, frontier=frontier), run)


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
    begun = replace(
        state,
        frontier=state.frontier.taken(event.node, inputs),
        next_index=event.execution_index + 1,
    )
    return _settled(graph, begun, run)


def _settled(graph: Graph, state: State, run: NodeRun) -> State:
    """With the run written down and what it makes ready on the frontier."""
    assert run.outputs is not None
    runs = _with_run(state.runs, run)
    frontier = settle(graph, state.frontier, Source(run.node, 0, run.run), run.outputs, runs)
    last = run.node if run.outputs or run.status is not RunStatus.SUCCEEDED else state.last_node
    state = replace(state, runs=runs, frontier=frontier, last_node=last)
    if state.frontier.waiting and not state.frontier.stack and all(isinstance(each, Mended) for each in state.active):
        return replace(state, frontier=release(graph, state.frontier, state.has_items))
    return state


def _passed_through(state: State, inputs: tuple[Input, ...]) -> Outputs:
    """Input 0 as output 0; no output where nothing arrived on it."""
    first = state.items(inputs[:1])
    return [first[0]] if first and first[0] is not None else []


# ------------------------------------------------------------------------------------------------ small changes


def _active(state: State, node: str, run: int) -> Activity:
    for each in state.active:
        if each.node == node and each.run == run:
            return each
    raise InvalidHistory(f"run {run} of node {node!r} is not under way")


def _becomes(state: State, now: Activity) -> tuple[Activity, ...]:
    before = _active(state, now.node, now.run)
    return tuple(now if each is before else each for each in state.active)


def _without(state: State, node: str, run: int) -> tuple[Activity, ...]:
    before = _active(state, node, run)
    return tuple(each for each in state.active if each is not before)


def _with_run(runs: Map[str, Runs], run: NodeRun) -> Map[str, Runs]:
    return runs.set(run.node, runs.get(run.node, NO_RUNS).with_run(run))
