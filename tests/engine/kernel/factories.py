"""Small workflows in one line, and performers that answer what a test says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import TypeAlias

from engine.definition.recovery import Recovery
from engine.definition.workflow import Connection, ExecutionOrder, Node, Settings, Workflow
from engine.kernel.commands import StartNode
from engine.kernel.events import AnyEvent, NodeFailed, NodeSucceeded
from engine.kernel.graph import Graph, Shape
from engine.kernel.state import State
from plugins.errors import Failure
from plugins.items import Item, Items, Outputs
from tests.engine.kernel.drive import Drive, Performer, order, queued

V0, V1, PARALLEL = ExecutionOrder
BOOM = Failure(code="BOOM", message="boom")

Answer: TypeAlias = list[int] | Failure | Callable[[StartNode], AnyEvent]
"""How many items go out of each output; or how the attempt ends instead."""


def workflow(
    *wires: str,
    order: ExecutionOrder = V1,
    at: Mapping[str, tuple[float, float]] | None = None,
    disabled: Iterable[str] = (),
    recovery: Mapping[str, Recovery] | None = None,
    budget: int = 100,
    at_once: int = 8,
    timeout_s: float | None = None,
    timeout_ms: Mapping[str, int] | None = None,
) -> Workflow:
    """`"A > B > C"` connects first output to first input; `"A.1 > M.2"` names others. Nodes stand where first named,
    from top to bottom, unless `at` says otherwise."""
    links = [link for wire in wires for link in _links(wire)]
    names = dict.fromkeys(name for source, _, target, _ in links for name in (source, target))
    if not links:
        names = dict.fromkeys(wires)
    places = {name: (0.0, float(place)) for place, name in enumerate(names)} | dict(at or {})
    return Workflow(
        name="test",
        nodes={
            name: Node(
                id=name,
                name=name,
                type="test",
                position=places[name],
                disabled=name in disabled,
                recovery=(recovery or {}).get(name, Recovery()),
                timeout_ms=(timeout_ms or {}).get(name),
            )
            for name in names
        },
        connections=tuple(_connections(links)),
        settings=Settings(execution_order=order, max_node_runs=budget, max_parallel_nodes=at_once, timeout_s=timeout_s),
        pinned={},
        document={},
    )


def _links(wire: str) -> Iterable[tuple[str, int, str, int]]:
    ends = [re.fullmatch(r"(\w+?)(?:\.(\d+))?", part.strip()) for part in wire.split(">")]
    for source, target in pairwise(ends):
        assert source is not None, f"cannot read {wire!r}"
        assert target is not None, f"cannot read {wire!r}"
        yield source[1], int(source[2] or 0), target[1], int(target[2] or 0)


def _connections(links: Iterable[tuple[str, int, str, int]]) -> Iterable[Connection]:
    drawn: dict[tuple[str, int], int] = {}
    for source, output, target, input_index in links:
        position = drawn.get((source, output), 0)
        drawn[source, output] = position + 1
        yield Connection(source, "main", output, position, target, "main", input_index)


def chain(*names: str, order: ExecutionOrder = V1) -> Workflow:
    return workflow(" > ".join(names), order=order)


def diamond(order: ExecutionOrder = V1) -> Workflow:
    """T feeds A and B; both feed M, one input each."""
    return workflow("T > A > M.0", "T > B > M.1", order=order)


def script(**answers: Answer | tuple[Answer, ...]) -> Performer:
    """Answers by node; a tuple has one for each attempt in turn, the last one for all that follow.

    A node that is not named passes one item on its first output.
    """
    asked: dict[str, int] = {}

    def perform(command: StartNode, state: State, now_us: int) -> AnyEvent:
        turn = asked[command.node] = asked.get(command.node, -1) + 1
        answer = answers.get(command.node, [1])
        if isinstance(answer, tuple):
            answer = answer[min(turn, len(answer) - 1)]
        return _event(command, answer, now_us)

    return perform


def _event(command: StartNode, answer: Answer, now_us: int) -> AnyEvent:
    node, run, attempt = command.node, command.run, command.attempt
    match answer:
        case Failure():
            return NodeFailed(at_us=now_us, node=node, run=run, attempt=attempt, error=answer)
        case list():
            outputs: Outputs = [some(count, node) for count in answer]
            return NodeSucceeded(at_us=now_us, node=node, run=run, attempt=attempt, outputs=outputs)
    return answer(command)


def some(count: int, tag: str = "") -> Items:
    return [Item({"from": tag, "n": number}) for number in range(count)]


def run(
    flow: Workflow,
    perform: Performer | None = None,
    *,
    start: str = "T",
    items: Items | None = None,
    pinned: Mapping[str, Items] | None = None,
    until: str | None = None,
    shapes: Mapping[str, Shape] | None = None,
) -> Drive:
    """To the end, or as far as it goes."""
    graph = Graph.compile(flow, shapes or {}, start, until)
    drive = Drive(graph, perform or script())
    return drive.begin(queued(start, items, pinned, until)).to_the_end()


def ran(drive: Drive) -> str:
    """The node runs in order, as one line."""
    return " ".join(order(drive.state.runs))


def outputs(drive: Drive, node: str, number: int = 0) -> Outputs | None:
    return drive.state.runs[node][number].outputs
