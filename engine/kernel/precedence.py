"""Order "parallel": where each node run would have stood in order v1.

The runs of an execution make a tree: each stands below the one that made it ready, siblings in the order of v1, which
comes to them from the top down, a branch to its end before the next. So the place of a run is known whenever it ran.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from engine.definition.recovery import FallbackNode
from engine.kernel.events import Given, RecoveryStrategy, Source
from engine.kernel.frontier import Input, Slot
from engine.kernel.graph import Graph, Route
from engine.kernel.history import NodeRun, Runs


def last(graph: Graph, runs: Mapping[str, Runs]) -> str | None:
    """The node whose run v1 would have come to last."""
    places = _Tree.of(graph, runs).places
    ended = [(_standing(place), node) for (node, number), place in places.items() if runs[node][number].counts]
    return max(ended)[1] if ended else None


def in_place(graph: Graph, runs: Mapping[str, Runs], waiting: Mapping[str, Sequence[Slot]]) -> tuple[str, ...]:
    """The waiting nodes in the order in which they would have begun to wait in v1."""
    if len(waiting) < 2:
        return tuple(waiting)
    tree = _Tree.of(graph, runs)
    began = {
        name: min(each.moment for slot in slots for each in tree.arrivals(name, slot))
        for name, slots in waiting.items()
    }
    return tuple(sorted(waiting, key=began.__getitem__))


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """`rank` is a run's place among those that `parent` made ready; the parentless ones are the start and, after it,
    the runs that were released."""

    parent: Place | None
    rank: int
    depth: int

    def below(self, rank: int) -> Place:
        return Place(self, rank, self.depth + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """Items that came to a node over a connection, number so-and-so of all that `source` sent."""

    source: Place
    number: int
    rank: int

    @property
    def moment(self) -> tuple[Any, int]:
        """When v1 would have had it arrive; to compare with others."""
        return _standing(self.source), self.number

    @property
    def ready(self) -> Place:
        """The place of the run that this arrival made ready."""
        return self.source.below(self.rank)


class _Tree:
    """Grows by one run after the other, in the order in which they began."""

    def __init__(self, graph: Graph) -> None:
        self.places: dict[tuple[str, int], Place] = {}
        self._graph = graph
        self._roots = 0
        self._fallbacks: dict[str, list[tuple[Input, Place]]] = {}
        self._alike: Counter[tuple[str, int, Route]] = Counter()

    @classmethod
    def of(cls, graph: Graph, runs: Mapping[str, Runs]) -> _Tree:
        tree = cls(graph)
        for run in sorted((run for each in runs.values() for run in each), key=lambda run: run.execution_index):
            tree._add(run)
        return tree

    def arrivals(self, node: str, inputs: Slot) -> Iterator[Arrival]:
        """Of what came over a connection. The input of a fallback did not: it is another run's."""
        for index, source in enumerate(inputs):
            if isinstance(source, Source):
                route = Route(source.output, node, index)
                routes = self._graph.routes.get(source.node, ())
                # Of connections that are all alike each has brought a run of its own: they take turns.
                alike = [number for number, each in enumerate(routes) if each == route]
                turn = self._alike[source.node, source.run, route]
                if alike:
                    number = alike[-1 - turn % len(alike)]
                    # V1 puts each in front of those before it: the last one to arrive is the first to run.
                    yield Arrival(self.places[source.node, source.run], number, len(routes) - number)

    def _add(self, run: NodeRun) -> None:
        place = self.places[run.node, run.run] = self._place(run) or self._root()
        self._alike.update(
            (source.node, source.run, Route(source.output, run.node, index))
            for index, source in enumerate(run.inputs)
            if isinstance(source, Source)
        )
        then = self._graph.nodes[run.node].recovery.then
        if run.recovery is RecoveryStrategy.FALLBACK and isinstance(then, FallbackNode):
            self._fallbacks.setdefault(then.node, []).append((run.inputs[0] or Given([]), place.below(0)))

    def _place(self, run: NodeRun) -> Place | None:
        """None for the start, and for a run that was released without all of its inputs."""
        if None in run.inputs:
            return None
        arrivals = list(self.arrivals(run.node, run.inputs))
        if arrivals:
            return max(arrivals, key=lambda each: each.moment).ready
        fallbacks = self._fallbacks.get(run.node, [])
        for number, (given, place) in enumerate(fallbacks):
            if given == run.inputs[0]:
                del fallbacks[number]
                return place
        return None

    def _root(self) -> Place:
        self._roots += 1
        return Place(None, self._roots, 0)


def _compared(one: Place, other: Place) -> int:
    """Negative when v1 comes to `one` first. A run comes before all that it made ready."""
    a, b = one, other
    while a.depth > b.depth and a.parent is not None:
        a = a.parent
    while b.depth > a.depth and b.parent is not None:
        b = b.parent
    if a is b:
        return one.depth - other.depth
    while a.parent is not b.parent and a.parent is not None and b.parent is not None:
        a, b = a.parent, b.parent
    return a.rank - b.rank


_standing = cmp_to_key(_compared)
