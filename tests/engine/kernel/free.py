"""Random worlds in which the order of runs decides nothing: no loops, and an attempt ends by what its run was given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from hashlib import blake2b
from random import Random

import msgspec

from engine.definition.workflow import ExecutionOrder, Settings, Workflow
from engine.kernel.activity import Suspended
from engine.kernel.commands import StartNode
from engine.kernel.events import (
    AnyEvent,
    ExecutionQueued,
    ExecutionWaiting,
    NodeFailed,
    NodeRecovered,
    NodeSucceeded,
)
from engine.kernel.frontier import Input
from engine.kernel.graph import Graph, Shape
from engine.kernel.state import State
from plugins.items import Items
from tests.engine.kernel.crew import Crew
from tests.engine.kernel.drive import queued
from tests.engine.kernel.factories import V1
from tests.engine.kernel.worlds import FAILURES, REQUIRED, some_items, some_node, some_outputs, wires


@dataclass(frozen=True)
class FreeWorld:
    workflow: Workflow
    shapes: dict[str, Shape]
    queued: ExecutionQueued
    seed: int

    def crew(self, order: ExecutionOrder, seed: int = 0) -> Crew:
        settings = replace(self.workflow.settings, execution_order=order)
        flow = replace(self.workflow, settings=settings)
        graph = Graph.compile(flow, self.shapes, self.queued.start_node, self.queued.until_node)
        return Crew(graph, self.perform, Random(seed), self.signal).begin(self.queued)

    def perform(self, command: StartNode, state: State, now_us: int) -> AnyEvent | None:
        node, run, attempt = command.node, command.run, command.attempt
        given = self.given(state, command.inputs)
        random = Random(f"{self.seed} {node} {given} {attempt}")
        roll = random.random()
        if roll < 0.1 and self.workflow.nodes[node].timeout_ms is not None:
            return None
        if roll < 0.2:
            return NodeFailed(at_us=now_us, node=node, run=run, attempt=attempt, error=random.choice(FAILURES))
        outputs = some_outputs(random, f"{node} {given}")
        if roll < 0.3:
            by_signal = random.random() < 0.5
            until_us = None if by_signal else now_us + random.randint(0, 5_000)
            signal = "go" if by_signal else None
            return ExecutionWaiting(
                at_us=now_us, node=node, run=run, attempt=attempt, outputs=outputs, until_us=until_us, signal=signal
            )
        return NodeSucceeded(at_us=now_us, node=node, run=run, attempt=attempt, outputs=outputs)

    def signal(self, wait: Suspended) -> Items | None:
        random = Random(f"{self.seed} {wait.outputs}")
        return some_items(random, f"signal {wait.outputs}") if random.random() < 0.5 else None

    def given(self, state: State, inputs: tuple[Input, ...]) -> str:
        """What a run was given, in a few letters: each item tells where it comes from."""
        items = [None if each is None else [item.json for item in each] for each in state.items(inputs)]
        return blake2b(msgspec.json.encode(items), digest_size=6).hexdigest()

    def told(self, crew: Crew) -> Counter[str]:
        """Every run without its numbers: what it was given, and what became of it."""
        state = crew.state
        return Counter(
            str((run.node, self.given(state, run.inputs), run.attempt, run.status, run.outputs))
            for runs in state.runs.values()
            for run in runs
        )

    def is_free(self) -> bool:
        """False where the order does decide: what arrives twice on one of several inputs is paired up in turn, and a
        fallback that is connected too cannot be told from what the connection brings."""
        crew = self.crew(V1).to_the_end()
        arrivals: Counter[tuple[str, int]] = Counter()
        for node, runs in crew.state.runs.items():
            for run in runs:
                outputs = run.outputs or []
                arrivals.update(
                    (route.target, route.input)
                    for route in crew.graph.routes.get(node, ())
                    if crew.graph.inputs(route.target) > 1 and route.output < len(outputs) and outputs[route.output]
                )
        fallbacks = {each.fallback_node for each in crew.history if isinstance(each, NodeRecovered)} - {None}
        return max(arrivals.values(), default=0) < 2 and fallbacks.isdisjoint(crew.graph.feeders)


def free_world(random: Random) -> FreeWorld:
    names = [f"n{place}" for place in range(random.randint(2, 9))]
    nodes = {name: some_node(random, name, names) for name in names}
    # Where anything fails for good, there is little to compare: most nodes here recover.
    nodes = {
        name: replace(node, timeout_ms=random.choice([None, 2]), position=(node.position[0], float(place % 3)))
        for place, (name, node) in enumerate(nodes.items())
    }
    base = Workflow(
        name="free",
        nodes=nodes,
        connections=tuple(wires(random, names, loops=0)),
        settings=Settings(max_node_runs=random.randint(10, 60), max_parallel_nodes=random.choice([1, 2, 2, 3, 8])),
        pinned={},
        document={},
    )
    shapes = {name: Shape(2, required=random.choice(REQUIRED)) for name in names}
    pinned = {name: some_items(random, name) for name in names if random.random() < 0.05}
    return FreeWorld(base, shapes, queued("n0", some_items(random, "given"), pinned), random.randrange(10**9))
