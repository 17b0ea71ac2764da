"""Small random worlds: a workflow with loops, merges and policies, and a fixed outcome for every attempt in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from engine.definition.recovery import Backoff, Fail, FallbackItems, FallbackNode, Recovery, Retry, Skip, Then
from engine.definition.workflow import Connection, Node, Settings, Workflow
from engine.kernel.activity import Suspended
from engine.kernel.commands import StartNode
from engine.kernel.events import AnyEvent, ExecutionQueued, ExecutionWaiting, NodeFailed, NodeSucceeded
from engine.kernel.graph import Graph, Required, Shape
from engine.kernel.state import State
from plugins.errors import Failure
from plugins.items import Item, Items, Outputs
from tests.engine.kernel.drive import queued
from tests.engine.kernel.factories import V0, V1

FAILURES = (
    Failure("BOOM", "boom"),
    Failure("HTTP", "unavailable", status=503),
    Failure("HTTP", "slow down", status=429, retry_after_ms=20),
    Failure("BAD", "no use", permanent=True),
)
REQUIRED: tuple[Required, ...] = (None, None, None, None, None, None, 1, 2, (0,), (1,), (0, 1), "all")


@dataclass(frozen=True)
class Wait:
    """The attempt suspends, and is woken by a timer (`signal` None) or by a signal that brings items or none."""

    outputs: Outputs
    delay_us: int
    signal: Items | None = None
    by_signal: bool = False


Outcome: TypeAlias = Outputs | Failure | Wait


@dataclass(frozen=True)
class World:
    workflow: Workflow
    shapes: Mapping[str, Shape]
    queued: ExecutionQueued
    seed: int

    def graph(self) -> Graph:
        return Graph.compile(self.workflow, self.shapes, self.queued.start_node, self.queued.until_node)

    def outcome(self, node: str, run: int, attempt: int) -> Outcome:
        """How that attempt ends, in this world, always."""
        random = Random(f"{self.seed} {node} {run} {attempt}")
        roll = random.random()
        if roll < 0.15:
            return random.choice(FAILURES)
        outputs = some_outputs(random, f"{node}.{run}.{attempt}")
        if roll < 0.2:
            by_signal = random.random() < 0.5
            signal = some_items(random, "signal") if by_signal and random.random() < 0.5 else None
            return Wait(outputs, random.randint(0, 5_000), signal, by_signal)
        return outputs

    def perform(self, command: StartNode, state: State, now_us: int) -> AnyEvent:
        node, run, attempt = command.node, command.run, command.attempt
        match self.outcome(node, run, attempt):
            case Failure() as failure:
                return NodeFailed(at_us=now_us, node=node, run=run, attempt=attempt, error=failure)
            case Wait(outputs, delay_us, by_signal=by_signal):
                return ExecutionWaiting(
                    at_us=now_us,
                    node=node,
                    run=run,
                    attempt=attempt,
                    outputs=outputs,
                    until_us=None if by_signal else now_us + delay_us,
                    signal="go" if by_signal else None,
                )
            case list() as outputs:
                return NodeSucceeded(at_us=now_us, node=node, run=run, attempt=attempt, outputs=outputs)

    def signal(self, wait: Suspended) -> Items | None:
        """What the signal that this run waits for brings."""
        outcome = self.outcome(wait.node, wait.run, wait.attempt)
        assert isinstance(outcome, Wait)
        return outcome.signal


def world(random: Random) -> World:
    names = [f"n{place}" for place in range(random.randint(1, 9))]
    order = random.choice([V0, V1])
    nodes = {name: some_node(random, name, names) for name in names}
    workflow = Workflow(
        name="world",
        nodes=nodes,
        connections=tuple(wires(random, names, loops=random.choice([0, 0, 1, 2, 3]))),
        settings=Settings(execution_order=order, max_node_runs=random.randint(3, 40)),
        pinned={},
        document={},
    )
    shapes = {
        name: Shape(2, required=random.choice(REQUIRED), trigger=name == "n0" or random.random() < 0.1)
        for name in names
    }
    pinned = {name: [Item({"pinned": name}, 0)] for name in names if random.random() < 0.05}
    until = random.choice(names) if random.random() < 0.15 else None
    return World(workflow, shapes, queued("n0", some_items(random, "given"), pinned, until), random.randrange(10**9))


def some_node(random: Random, name: str, names: list[str]) -> Node:
    return Node(
        id=name,
        name=name,
        type="test",
        position=(float(random.randint(0, 1)), float(random.randint(0, 2))),
        disabled=random.random() < 0.08,
        recovery=Recovery(retry=random.choice([None, _retry(random)]), then=_then(random, names)),
    )


def _retry(random: Random) -> Retry:
    return Retry(
        max_attempts=random.randint(1, 4),
        backoff=random.choice(list(Backoff)),
        initial_delay_ms=random.randint(0, 10),
        max_delay_ms=15,
        jitter=random.choice([0.0, 0.5]),
        retry_on=random.choice([frozenset(), frozenset({"BOOM"}), frozenset({"503", "BAD"})]),
    )


def _then(random: Random, names: list[str]) -> Then:
    thens: list[Then] = [Fail(), Skip(), Skip(), FallbackItems([Item({"spare": True})])]
    return random.choice([*thens, FallbackNode(random.choice(names))])


def wires(random: Random, names: list[str], loops: int) -> list[Connection]:
    ends = []
    for place in range(1, len(names)):
        ends += [(random.choice(names[:place]), names[place]) for _ in range(random.randint(1, 3))]
    for _ in range(loops):
        ends.append((random.choice(names), random.choice(names)))
    random.shuffle(ends)
    drawn: dict[tuple[str, int], int] = {}
    drawn_wires = []
    for source, target in ends:
        output = random.choice([0, 0, 1])
        position = drawn[source, output] = drawn.get((source, output), -1) + 1
        drawn_wires.append(
            Connection(source, "main", output, position, target, "main", random.choice([0, 0, 0, 0, 0, 0, 0, 1, 1, 2]))
        )
    return drawn_wires


def some_outputs(random: Random, tag: str) -> Outputs:
    if random.random() < 0.05:
        return []
    return [None if random.random() < 0.05 else some_items(random, tag) for _ in range(2)]


def some_items(random: Random, tag: str) -> Items:
    return [Item({"from": tag, "n": number}) for number in range(random.choice([1, 1, 2, 1, 0]))]
