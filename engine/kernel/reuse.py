"""Beginning where an earlier execution had got to: its finished runs in place, and ready what they made ready."""

from __future__ import annotations

from immutables import Map

from engine.definition.recovery import FallbackNode
from engine.kernel.events import ExecutionQueued, Given, KeptRun, RecoveryStrategy, Retried, Source
from engine.kernel.frontier import Frontier, Input, Ready, Slot, release, settle
from engine.kernel.graph import Graph
from engine.kernel.history import NO_RUNS, NodeRun, Runs, RunStatus
from engine.kernel.precedence import in_place
from engine.kernel.snapshot import State


def taken_over(graph: Graph, queued: ExecutionQueued, retried: Retried) -> State:
    """The state before anything runs again. Each kept run takes what it began with off the frontier, and puts there
    what it made ready, as when it ran: what is left is what runs now."""
    frontier = Frontier((Ready(queued.start_node, (Given(queued.items),)),))
    runs: Map[str, Runs] = Map()
    last_node: str | None = None
    for index, kept in enumerate(retried.runs):
        run = _run(kept, index)
        runs = runs.set(run.node, runs.get(run.node, NO_RUNS).with_run(run))
        frontier = _without(frontier, run.node, run.inputs)
        frontier = settle(graph, _with_fallback(graph, frontier, run), Source(run.node, 0, run.run), kept.outputs, runs)
        last_node = run.node if run.counts else last_node
    if frontier.waiting and not frontier.stack:
        candidates = in_place(graph, runs, frontier.waiting) if graph.parallel else tuple(frontier.waiting)
        frontier = release(graph, frontier, candidates)
    return State(
        runs=runs,
        contexts=Map(retried.contexts),
        frontier=_given(frontier, retried),
        pinned=queued.pinned,
        salt=queued.at_us,
        next_index=len(retried.runs),
        last_node=last_node,
    )


def _run(kept: KeptRun, index: int) -> NodeRun:
    return NodeRun(
        node=kept.node,
        run=kept.run,
        execution_index=index,
        status=RunStatus(kept.status),
        attempt=kept.attempt,
        inputs=tuple(kept.inputs),
        started_at_us=kept.started_at_us,
        outputs=kept.outputs,
        error=kept.error,
        recovery=kept.recovery,
        finished_at_us=kept.finished_at_us,
        duration_us=kept.duration_us,
        reused=True,
    )


def _without(frontier: Frontier, node: str, inputs: Slot) -> Frontier:
    """A run that had been released without all of its inputs is still waiting here, and is taken from there."""
    taken = frontier.taken(node, inputs)
    slots = frontier.waiting.get(node, ())
    if taken is not frontier or inputs not in slots:
        return taken
    place = slots.index(inputs)
    rest = slots[:place] + slots[place + 1 :]
    waiting = {name: kept for name, kept in frontier.waiting.items() if name != node}
    return Frontier(frontier.stack, {**frontier.waiting, node: rest} if rest else waiting)


def _with_fallback(graph: Graph, frontier: Frontier, run: NodeRun) -> Frontier:
    then = graph.nodes[run.node].recovery.then
    if run.recovery is not RecoveryStrategy.FALLBACK or not isinstance(then, FallbackNode):
        return frontier
    return frontier.with_ready(graph, Ready(then.node, (run.inputs[0] or Given([]),)))


def _given(frontier: Frontier, retried: Retried) -> Frontier:
    """With the items that were sent along in the place of what the first node was given."""
    if retried.items is None or retried.from_node is None:
        return frontier
    given: Input = Given(retried.items)
    stack = tuple(
        Ready(ready.node, (given, *ready.inputs[1:])) if ready.node == retried.from_node else ready
        for ready in frontier.stack
    )
    slots = tuple((given, *slot[1:]) for slot in frontier.waiting.get(retried.from_node, ()))
    waiting = {**frontier.waiting, retried.from_node: slots} if slots else frontier.waiting
    return Frontier(stack, waiting)
