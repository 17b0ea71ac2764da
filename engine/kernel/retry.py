"""Trying an execution again: which finished node runs are taken over, which nodes run again, and why.

Whole nodes are judged, not single runs. A node runs again when its run came to nothing, when it is the one named, or
when it is not what it was; a loop runs again from its head; and so does everything downstream of what runs again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from engine.definition.recovery import FallbackNode, Recovery
from engine.definition.workflow import Node
from engine.kernel.events import Decision, KeptRun, Reason, Retried, Verdict
from engine.kernel.graph import Graph
from engine.kernel.history import NodeRun, Runs, RunStatus
from engine.kernel.snapshot import State, Status
from plugins.items import Items

SETTLED = frozenset({RunStatus.SUCCEEDED, RunStatus.RECOVERED, RunStatus.SKIPPED})


class NothingToRetry(ValueError):
    """Everything has run to a good end, and nothing was named."""


@dataclass(frozen=True, slots=True)
class Wish:
    """`of` is the earlier execution. `from_node` is where to begin again, rather than where it failed; `items` are
    given to that node instead of what it got."""

    of: str
    from_node: str | None = None
    items: Items | None = None


def plan(before: Graph, state: State, after: Graph, wish: Wish) -> Retried:
    """What is taken over of an execution that ended in `state`, when it is tried again with `after`.

    Raises `ValueError` for a node that has not run, and `NothingToRetry`.
    """
    if wish.from_node is not None and (wish.from_node not in state.runs or wish.from_node not in after.nodes):
        raise ValueError(f"'{wish.from_node}' has not run in that execution, or is no longer there: name another node")
    edges = _edges(before, after)
    causes = _causes(before, state, after, wish.from_node)
    heads = _heads(causes, edges, state)
    fell = {head: _downstream(head, edges) for head in heads.values()}
    starts = {
        head: causes.get(head, Reason.LOOP_HEAD)
        for head in heads.values()
        if not any(head in reached for other, reached in fell.items() if other != head)
    }
    dropped = {*causes, *fell, *chain.from_iterable(fell.values())}.intersection(state.runs)
    decisions = [_decided(node, state.runs[node], starts, causes, dropped) for node in _by_age(state)]
    first = _first(wish.from_node, causes, heads)
    if wish.items is not None and first not in starts:
        raise ValueError(
            "There is no node to give the input to: something before it runs again and will give it its own"
        )
    if not dropped and not _left_over(state):
        raise NothingToRetry("Every node has run to a good end: name the node to begin again from")
    return Retried(
        of=wish.of,
        from_node=first,
        items=wish.items,
        plan=decisions,
        runs=[_kept(run) for run in _in_order(state) if run.node not in dropped],
        contexts={node: context for node, context in state.contexts.items() if node not in dropped},
    )


# ------------------------------------------------------------------------------------------------ what runs again


def _causes(before: Graph, state: State, after: Graph, named: str | None) -> dict[str, Reason]:
    causes: dict[str, Reason] = {}
    for node, runs in state.runs.items():
        if node not in after.nodes:
            causes[node] = Reason.REMOVED
        elif node == named:
            causes[node] = Reason.NAMED
        elif any(run.status is RunStatus.FAILED for run in runs):
            causes[node] = Reason.FAILED
        elif any(run.status not in SETTLED for run in runs):
            causes[node] = Reason.UNFINISHED
        elif _is_changed(before, after, node, runs):
            causes[node] = Reason.CHANGED
    return causes


def _is_changed(before: Graph, after: Graph, node: str, runs: Runs) -> bool:
    if before is after:
        return False
    recovered = any(run.recovery is not None for run in runs)
    if _essence(before.nodes[node], recovered=recovered) != _essence(after.nodes[node], recovered=recovered):
        return True
    return _incoming(before, node) != _incoming(after, node)


def _essence(node: Node, *, recovered: bool) -> Node:
    """Without what has no part in a result: where it stands, what is noted of it, and a policy that was not needed."""
    recovery = node.recovery if recovered else Recovery()
    return replace(node, id="", position=(0.0, 0.0), notes=None, recovery=recovery, timeout_ms=None)


def _incoming(graph: Graph, node: str) -> set[tuple[str, int, int]]:
    feeders = {source for sources in graph.feeders.get(node, ()) for source in sources}
    return {
        (source, route.output, route.input)
        for source in feeders
        for route in graph.routes.get(source, ())
        if route.target == node
    }


# ------------------------------------------------------------------------------------------------ what follows


def _edges(before: Graph, after: Graph) -> dict[str, frozenset[str]]:
    """What each node leads to, in either graph, over a connection or as its fallback."""
    names = {*before.nodes, *after.nodes}
    return {name: frozenset(each for graph in (before, after) for each in _leads_to(graph, name)) for name in names}


def _leads_to(graph: Graph, name: str) -> Iterator[str]:
    for route in graph.routes.get(name, ()):
        yield route.target
    node = graph.nodes.get(name)
    if node is not None and isinstance(node.recovery.then, FallbackNode):
        yield node.recovery.then.node


def _downstream(start: str, edges: Mapping[str, Iterable[str]]) -> set[str]:
    """All that it leads to; itself only where a loop leads back."""
    seen: set[str] = set()
    unvisited = [start]
    while unvisited:
        for target in edges.get(unvisited.pop(), ()):
            if target not in seen:
                seen.add(target)
                unvisited.append(target)
    return seen


def _heads(causes: Iterable[str], edges: Mapping[str, frozenset[str]], state: State) -> dict[str, str]:
    """For each of these, the node of the same loop that ran first; the node itself outside of loops."""
    back: dict[str, set[str]] = defaultdict(set)
    for source, targets in edges.items():
        for target in targets:
            back[target].add(source)
    heads = {}
    for node in causes:
        loop = {node} | (_downstream(node, edges) & _downstream(node, back)).intersection(state.runs)
        heads[node] = min(loop, key=lambda name: state.runs[name][0].execution_index)
    return heads


def _first(named: str | None, causes: Mapping[str, Reason], heads: Mapping[str, str]) -> str | None:
    """The node that a person means: the one named, else the one that failed; the head of its loop."""
    wanted = (Reason.FAILED, Reason.UNFINISHED, Reason.CHANGED)
    found = named or next((node for reason in wanted for node, why in causes.items() if why is reason), None)
    return None if found is None else heads[found]


def _left_over(state: State) -> bool:
    """Whether it ended before all that was ready had begun."""
    return state.status is not Status.SUCCEEDED


# ------------------------------------------------------------------------------------------------ said and kept


def _decided(
    node: str, runs: Runs, starts: Mapping[str, Reason], causes: Mapping[str, Reason], dropped: set[str]
) -> Decision:
    if node not in dropped:
        return Decision(node, len(runs), Verdict.REUSED, Reason.FINISHED)
    if causes.get(node) is Reason.REMOVED:
        return Decision(node, len(runs), Verdict.INVALIDATED, Reason.REMOVED)
    if node in starts:
        return Decision(node, len(runs), Verdict.RERUN, starts[node])
    return Decision(node, len(runs), Verdict.INVALIDATED, Reason.DOWNSTREAM)


def _by_age(state: State) -> list[str]:
    return sorted(state.runs, key=lambda node: state.runs[node][0].execution_index)


def _in_order(state: State) -> list[NodeRun]:
    return sorted((run for runs in state.runs.values() for run in runs), key=lambda run: run.execution_index)


def _kept(run: NodeRun) -> KeptRun:
    assert run.outputs is not None, "it has settled"
    return KeptRun(
        node=run.node,
        run=run.run,
        attempt=run.attempt,
        status=run.status.value,
        inputs=list(run.inputs),
        outputs=run.outputs,
        error=run.error,
        recovery=run.recovery,
        started_at_us=run.started_at_us,
        finished_at_us=run.finished_at_us,
        duration_us=run.duration_us,
    )
