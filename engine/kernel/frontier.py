"""The frontier: node runs that are ready to start, and multi-input nodes that still wait for some input.

Every function answers a new frontier. Work is in proportion to the connections of the node that has just settled.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import msgspec

from engine.definition.workflow import ExecutionOrder
from engine.kernel.events import Given, Source
from engine.kernel.graph import Graph, Route
from plugins.items import Item, Outputs

Input: TypeAlias = Source | Given | None
Slot: TypeAlias = tuple[Input, ...]
"""One set of inputs that is being filled, None where nothing has arrived."""


class Ready(NamedTuple):
    """A node run that may start."""

    node: str
    inputs: tuple[Input, ...]


class Frontier(msgspec.Struct, frozen=True):
    """`stack` runs from its front; `waiting` keeps the order in which nodes began to wait, and of their slots."""

    stack: tuple[Ready, ...] = ()
    waiting: Mapping[str, tuple[Slot, ...]] = MappingProxyType({})

    def taken(self, node: str, inputs: tuple[Input, ...]) -> Frontier:
        """Without the entry that has just started. The same frontier when it was not there."""
        for index, ready in enumerate(self.stack):
            if ready.node == node and ready.inputs == inputs:
                return Frontier(self.stack[:index] + self.stack[index + 1 :], self.waiting)
        return self

    def with_ready(self, graph: Graph, ready: Ready) -> Frontier:
        """With one more entry: in front in v1, at the end in v0."""
        legacy = graph.order is ExecutionOrder.V0
        return Frontier((*self.stack, ready) if legacy else (ready, *self.stack), self.waiting)


def settle(graph: Graph, frontier: Frontier, source: Source, outputs: Outputs, ran: Container[str]) -> Frontier:
    """What a settled run (`source.node`, `source.run`) makes ready. `ran` are the nodes that have run."""
    legacy = graph.order is ExecutionOrder.V0
    ready: list[Ready] = []
    opened: list[tuple[Route, Source]] = []
    waiting = frontier.waiting
    for route in graph.routes.get(source.node, ()):
        if not _arrives(route, outputs, legacy=legacy):
            continue
        arrival = Source(source.node, route.output, source.run)
        if graph.inputs(route.target) == 1:
            ready.append(Ready(route.target, (arrival,)))
            continue
        waiting, complete, is_new = _fill(graph, waiting, route, arrival)
        if complete is not None:
            ready.append(Ready(route.target, complete))
        elif is_new:
            opened.append((route, arrival))
    if not legacy:
        return Frontier((*reversed(ready), *frontier.stack), waiting)
    after = Frontier((*frontier.stack, *ready), waiting)
    for route, arrival in opened:
        after = _pull(graph, after, route, arrival, ran)
    return after


def release(graph: Graph, frontier: Frontier, candidates: Iterable[str]) -> Frontier:
    """Let one waiting run go without the inputs that will not come, now that nothing else is left to run.

    `candidates` are the waiting nodes, in the order in which they began to wait. The same frontier when none may go.
    Whatever is released has items on some input: only v0 lets empty ones arrive, and not on the first input, which it
    demands.
    """
    for node in candidates:
        slots = frontier.waiting[node]
        if graph.ancestors[node].isdisjoint(frontier.waiting) and _may_go(graph, node, slots[0]):
            waiting = _with_slots(frontier.waiting, node, slots[1:])
            return Frontier((*frontier.stack, Ready(node, slots[0])), waiting)
    return frontier


def _arrives(route: Route, outputs: Outputs, *, legacy: bool) -> bool:
    """v0 lets an empty output through to every input but the first."""
    if route.output < len(outputs) and outputs[route.output]:
        return True
    return legacy and route.input > 0 and bool(outputs)


def _fill(
    graph: Graph, waiting: Mapping[str, tuple[Slot, ...]], route: Route, arrival: Source
) -> tuple[Mapping[str, tuple[Slot, ...]], Slot | None, bool]:
    """Put an arrival into the first slot with room for it, else into a new one.

    Answers the waiting slots, the slot if that completed it, and whether it is new.
    """
    slots = waiting.get(route.target, ())
    for index, slot in enumerate(slots):
        if slot[route.input] is not None:
            continue
        filled = (*slot[: route.input], arrival, *slot[route.input + 1 :])
        if None in filled:
            return _with_slots(waiting, route.target, (*slots[:index], filled, *slots[index + 1 :])), None, False
        return _with_slots(waiting, route.target, slots[:index] + slots[index + 1 :]), filled, False
    opened = tuple(arrival if index == route.input else None for index in range(graph.inputs(route.target)))
    return _with_slots(waiting, route.target, (*slots, opened)), None, True


def _with_slots(
    waiting: Mapping[str, tuple[Slot, ...]], node: str, slots: tuple[Slot, ...]
) -> Mapping[str, tuple[Slot, ...]]:
    if slots:
        return {**waiting, node: slots}
    return {name: kept for name, kept in waiting.items() if name != node}


def _may_go(graph: Graph, node: str, slot: Slot) -> bool:
    required = graph.shapes[node].required
    if isinstance(required, str):
        return False
    if graph.order is ExecutionOrder.V0:
        return slot[0] is not None
    if isinstance(required, int):
        return sum(each is not None for each in slot) >= required
    return all(index < len(slot) and slot[index] is not None for index in required or ())


# ------------------------------------------------------------------------------------------------ order v0


def _pull(graph: Graph, frontier: Frontier, route: Route, arrival: Source, ran: Container[str]) -> Frontier:
    """Order v0 alone: what feeds the other inputs of a node that began to wait, and would not run, runs with one
    empty item."""
    for index, feeders in enumerate(graph.feeders[route.target]):
        if index == route.input:
            continue
        for feeder in feeders:
            found = _unreached(graph, frontier, feeder, ran)
            if found is not None:
                forced = Ready(found, (Given([Item({})], cause=arrival),))
                frontier = Frontier((*frontier.stack, forced), frontier.waiting)
    return frontier


def _unreached(graph: Graph, frontier: Frontier, node: str, ran: Container[str]) -> str | None:
    """The top-most node above (or at) this one that has not run, when nothing on the stack leads to it.

    Triggers are never pulled in: they run when something triggers them.
    """
    stacked = {ready.node for ready in frontier.stack}
    seen: set[str] = set()
    while node not in ran and node not in stacked and node not in seen and not graph.shapes[node].trigger:
        seen.add(node)
        above = [name for feeders in graph.feeders.get(node, ()) for name in feeders if name not in ran]
        if any(name in stacked for name in above):
            return None
        if not above:
            return node
        node = above[0]
    return None
