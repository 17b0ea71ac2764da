"""Check: where the workflow runs in circles."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import networkx as nx

from engine.definition.connections import path_of
from engine.definition.draft import Draft
from engine.definition.findings import Findings
from engine.definition.issues import Code

_Graph: TypeAlias = "nx.DiGraph[str]"

_NAMED = 20
"""So many nodes of a cycle its message names."""


def check_cycles(draft: Draft, found: Findings, *, strict_dag: bool) -> None:
    """n8n's loops are cycles: only a strict DAG forbids them. Disabled nodes pass items on, and so count."""
    edges = {(edge[0], edge[4]): edge for edge in reversed(draft.edges) if edge[1] == "main"}
    for cycle in find_cycles(edges, draft.places):
        report = found.error if strict_dag else found.warning
        fix = "Remove this connection." if strict_dag else "Make sure that a branch leads out of the loop."
        closing = edges[cycle[-1], cycle[0]]
        report(Code.CYCLE, _message(cycle, draft, strict_dag), path_of(closing), node=cycle[0], fix=fix)


def find_cycles(edges: Iterable[tuple[str, str]], places: Mapping[str, int]) -> Sequence[Sequence[str]]:
    """One for each strongly connected part, a shortest through its first node; of all cycles there may be 2^n."""
    graph: _Graph = nx.DiGraph()
    graph.add_edges_from(_without_beginnings(edges))
    parts = [part for part in nx.strongly_connected_components(graph) if _is_cyclic(part, graph)]
    firsts = sorted(((min(part, key=places.__getitem__), part) for part in parts), key=lambda one: places[one[0]])
    return [_cycle_through(first, part, graph) for first, part in firsts]


def _without_beginnings(edges: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Edges that are left once nodes that nothing leads to are taken away, again and again: of most workflows none."""
    onward: defaultdict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        onward[source].append(target)
    leading_to = Counter(target for targets in onward.values() for target in targets)
    beginnings = [name for name in onward if name not in leading_to]
    while beginnings:
        for target in onward.pop(beginnings.pop(), ()):
            leading_to[target] -= 1
            if not leading_to[target]:
                beginnings.append(target)
    return ((source, target) for source, targets in onward.items() for target in targets)


def _is_cyclic(part: set[str], graph: _Graph) -> bool:
    return len(part) > 1 or all(name in graph[name] for name in part)


def _cycle_through(first: str, part: Container[str], graph: _Graph) -> Sequence[str]:
    """Breadth first until an edge leads back: the nodes in order, `first` first."""
    reached_from: dict[str, str] = {}
    queue = deque([first])
    while first not in reached_from:
        name = queue.popleft()
        for target in graph[name]:
            if target in part and target not in reached_from:
                reached_from[target] = name
                queue.append(target)
    backwards = [reached_from[first]]
    while backwards[-1] != first:
        backwards.append(reached_from[backwards[-1]])
    return backwards[::-1]


def _message(cycle: Sequence[str], draft: Draft, strict_dag: bool) -> str:
    steps = [*cycle[:_NAMED], f"… {len(cycle) - _NAMED} more …"] if len(cycle) > _NAMED else list(cycle)
    spelled = " → ".join([*steps, cycle[0]])
    if strict_dag:
        return f"a cycle, which strictDag forbids: {spelled}"
    return f"a cycle, which ends at the latest after {draft.settings.max_node_runs} node runs: {spelled}"
