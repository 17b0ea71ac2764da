"""What deciding costs: microseconds per event of the pure kernel, without nodes, expressions or a store.

python -m benchmarks.kernel
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from time import perf_counter

from engine.definition.workflow import DEFAULT_NODE_RUN_BUDGET, Connection, ExecutionOrder, Node, Settings, Workflow
from engine.kernel.commands import Record, StartNode
from engine.kernel.events import (
    AnyEvent,
    ExecutionMode,
    ExecutionQueued,
    ExecutionStarted,
    NodeStarted,
    NodeSucceeded,
    decode,
    encode,
)
from engine.kernel.graph import Graph
from engine.kernel.scheduler import decide
from engine.kernel.state import State, evolve, replay
from plugins.items import Item, Outputs

ITEMS = [Item({"n": 1}, 0)]
ROUNDS = 20


def main() -> None:
    for name, graph, ends_after in shapes():
        history = run(graph, ends_after)
        runs = sum(isinstance(event, NodeStarted) for event in history)
        live_us = best(lambda graph=graph, ends_after=ends_after: run(graph, ends_after))
        replay_us = best(lambda graph=graph, history=history: replay(graph, history))
        body = [encode(event) for event in history]
        decode_us = best(lambda body=body: [decode(line) for line in body])
        print(
            f"{name:28} {runs:6} node runs {len(history):6} events   "
            f"decide and evolve {live_us / runs:6.2f} µs a node   "
            f"replay {replay_us / len(history):5.2f} µs an event   decode {decode_us / len(history):5.2f} µs an event"
        )
    print(f"compile, 40-node chain       {best(lambda: Graph.compile(chain(40), {}, 'n0')):8.1f} µs")


def best(work: object) -> float:
    """The fastest of some rounds, in microseconds."""
    assert callable(work)
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        began = perf_counter()
        work()
        times.append(perf_counter() - began)
    return min(times) * 1e6


def run(graph: Graph, ends_after: int) -> list[AnyEvent]:
    """Every node passes one item on its first output; a loop's node sends it out of its second one at last."""
    state, history, started = State(), [], 0
    going: Outputs = [ITEMS, []]
    done: Outputs = [[], ITEMS]

    def record(event: AnyEvent) -> None:
        nonlocal state
        history.append(event)
        state = evolve(graph, state, event)

    record(ExecutionQueued(at_us=0, mode=ExecutionMode.TEST, start_node=graph.start, items=ITEMS))
    record(ExecutionStarted(at_us=0, worker="w", epoch=1))
    while not state.finished:
        for command in decide(graph, state, 0):
            match command:
                case StartNode(node, number, attempt, index, inputs):
                    record(
                        NodeStarted(
                            at_us=0, node=node, run=number, attempt=attempt, execution_index=index, inputs=list(inputs)
                        )
                    )
                    started += 1
                    outputs = done if started >= ends_after else going
                    record(NodeSucceeded(at_us=0, node=node, run=number, attempt=attempt, outputs=outputs))
                case Record(event):
                    record(event)
    return history


def shapes() -> Iterator[tuple[str, Graph, int]]:
    never = DEFAULT_NODE_RUN_BUDGET + 1
    yield "40-node chain", Graph.compile(chain(40), {}, "n0"), never
    yield "fan-out 1 to 40", Graph.compile(fan_out(40), {}, "n0"), never
    yield "fan-out 1 to 1000", Graph.compile(fan_out(1000), {}, "n0"), never
    yield "loop of 2 nodes, 1000 passes", Graph.compile(loop(), {}, "n0"), 2000
    yield "loop of 2 nodes, 4500 passes", Graph.compile(loop(), {}, "n0"), 9000


def chain(length: int) -> Workflow:
    return workflow(length, [(place, place + 1) for place in range(length - 1)])


def fan_out(width: int) -> Workflow:
    return workflow(width + 1, [(0, place + 1) for place in range(width)])


def loop() -> Workflow:
    return workflow(2, [(0, 1), (1, 0)])


def workflow(size: int, wires: list[tuple[int, int]]) -> Workflow:
    names = [f"n{place}" for place in range(size)]
    return Workflow(
        name="benchmark",
        nodes={name: Node(name, name, "noOp", position=(0, place)) for place, name in enumerate(names)},
        connections=tuple(
            Connection(names[source], "main", 0, position, names[target], "main", 0)
            for position, (source, target) in enumerate(wires)
        ),
        settings=Settings(execution_order=ExecutionOrder.V1),
        pinned={},
        document={},
    )


if __name__ == "__main__":
    main()
