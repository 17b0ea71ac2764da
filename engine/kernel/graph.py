"""A workflow compiled for scheduling: every question that the scheduler asks, answered once beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from engine.definition.recovery import FallbackNode
from engine.definition.workflow import Connection, ExecutionOrder, Node, Workflow

Required: TypeAlias = int | tuple[int, ...] | str | None
"""A number of inputs, their indexes, or "all"; None makes no demand."""

LONGEST_TIMEOUT_S = 10 * 365 * 86_400
"""Whoever allows more sets no limit that anybody will see."""


class UnknownNode(ValueError):
    """The start node, the last node or a fallback node is not a node of the workflow."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What scheduling needs to know of a node's type.

    `inputs` is how many the type declares; slots go by the connected ones, as n8n's do. `required` says which inputs
    must be there before a waiting run is released without the others.
    """

    inputs: int = 1
    required: Required = None
    trigger: bool = False


class Route(NamedTuple):
    """One connection, seen from its source."""

    output: int
    target: str
    input: int


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes that may run, and where their outputs go."""

    nodes: Mapping[str, Node]
    start: str
    until: str | None
    order: ExecutionOrder
    budget: int
    """How many node runs an execution may make."""
    at_once: int
    """How many attempts may be under way at once: more than one in order "parallel" only."""
    timeout_us: int | None
    """How long an execution may take, from its start."""
    routes: Mapping[str, tuple[Route, ...]]
    """Where a node's outputs go, in the order in which arrivals are handled (see `_routes`)."""
    feeders: Mapping[str, tuple[tuple[str, ...], ...]]
    """For each node and each of its connected inputs, up to the last one: the nodes that feed it."""
    ancestors: Mapping[str, frozenset[str]]
    """For each node with several inputs: all that lies before it, itself left out."""
    shapes: Mapping[str, Shape]

    @classmethod
    def compile(cls, workflow: Workflow, shapes: Mapping[str, Shape], start: str, until: str | None = None) -> Graph:
        """Index the `main` connections. With `until`, only nodes on a path to it are kept. Raises `UnknownNode`."""
        for name in (start, until, *_fallbacks(workflow)):
            if name is not None and name not in workflow.nodes:
                raise UnknownNode(f"there is no node {name!r} in this workflow: name one of its nodes")
        wires = _wires(workflow)
        if until is not None:
            wires = _leading_to(until, wires)
        feeders = _feeders(wires)
        order = workflow.settings.execution_order
        return cls(
            nodes=workflow.nodes,
            start=start,
            until=until,
            order=order,
            budget=workflow.settings.max_node_runs,
            at_once=workflow.settings.max_parallel_nodes if order is ExecutionOrder.PARALLEL else 1,
            timeout_us=_microseconds(workflow.settings.timeout_s),
            routes=_routes(wires, workflow.nodes, order),
            feeders=feeders,
            ancestors={name: _before(name, feeders) for name, inputs in feeders.items() if len(inputs) > 1},
            shapes={name: shapes.get(name, Shape()) for name in workflow.nodes},
        )

    @property
    def parallel(self) -> bool:
        return self.order is ExecutionOrder.PARALLEL

    def inputs(self, node: str) -> int:
        """How many inputs of a node are connected, counting gaps before the last one."""
        return len(self.feeders.get(node, ()))


def _microseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(min(seconds, LONGEST_TIMEOUT_S) * 1e6)


def _fallbacks(workflow: Workflow) -> Iterable[str]:
    thens = (node.recovery.then for node in workflow.nodes.values())
    return (then.node for then in thens if isinstance(then, FallbackNode))


def _wires(workflow: Workflow) -> tuple[Connection, ...]:
    """The connections that carry data, in the order of the document. Loose ends are left out."""
    nodes = workflow.nodes
    return tuple(
        wire
        for wire in workflow.connections
        if wire.kind == wire.target_kind == "main" and wire.source in nodes and wire.target in nodes
    )


def _leading_to(until: str, wires: Sequence[Connection]) -> tuple[Connection, ...]:
    kept = _before(until, _feeders(wires)) | {until}
    return tuple(wire for wire in wires if wire.target in kept and wire.source in kept and wire.source != until)


def _routes(
    wires: Iterable[Connection], nodes: Mapping[str, Node], order: ExecutionOrder
) -> dict[str, tuple[Route, ...]]:
    """In v0 arrivals are handled in connection order. In v1 from the bottom right to the top left, because each one
    is put in front of those before it: the top-most runs first, and equal positions in reverse connection order."""
    routes: dict[str, list[Route]] = defaultdict(list)
    for wire in sorted(wires, key=lambda wire: (wire.output_index, wire.position)):
        routes[wire.source].append(Route(wire.output_index, wire.target, wire.input_index))
    if order is not ExecutionOrder.V0:
        for found in routes.values():
            found.sort(key=lambda route: nodes[route.target].position[::-1], reverse=True)
    return {name: tuple(found) for name, found in routes.items()}


def _feeders(wires: Iterable[Connection]) -> dict[str, tuple[tuple[str, ...], ...]]:
    into: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for wire in wires:
        into[wire.target][wire.input_index].append(wire.source)
    return {
        name: tuple(tuple(dict.fromkeys(inputs.get(index, ()))) for index in range(max(inputs) + 1))
        for name, inputs in into.items()
    }


def _before(name: str, feeders: Mapping[str, tuple[tuple[str, ...], ...]]) -> frozenset[str]:
    seen: set[str] = set()
    unvisited = [name]
    while unvisited:
        for sources in feeders.get(unvisited.pop(), ()):
            for source in sources:
                if source not in seen:
                    seen.add(source)
                    unvisited.append(source)
    return frozenset(seen - {name})
